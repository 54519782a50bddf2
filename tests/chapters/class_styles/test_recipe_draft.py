"""The variants of the draft train, ship, load and are measured. Goes when the recipe comes in: then those of all do."""

import json
import math

import pytest
import torch
from chapters.class_styles.few import TwoLayers

from ganbook.chapters.class_styles import recipe_draft as recipe
from ganbook.chapters.class_styles.inference import load_styler
from ganbook.data.avatars import free
from ganbook.errors import UserError
from ganbook.training import Recipe


@pytest.fixture(autouse=True)
def few(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("GANBOOK_BUILD", str(tmp_path_factory.getbasetemp() / "class_styles"))
    monkeypatch.setattr(recipe, "TESTED", 100)
    monkeypatch.setattr(recipe.analysis, "SHOWN", 20)
    monkeypatch.setattr(free, "SPLITS", {"train": 100, "dev": 100, "test": 100})


@pytest.fixture
def asked(monkeypatch):
    """Which segmenters of `style_prior` were asked for."""
    torch.manual_seed(0)
    segmenter, found = TwoLayers().eval(), []
    monkeypatch.setattr(
        Recipe, "load_or_train", lambda self, name, **which: found.append((name, which["seed"])) or segmenter
    )
    return found


@pytest.mark.parametrize("variant", recipe.RECIPE.variants)
def test_every_variant_trains_ships_loads_and_is_measured(variant, asked, tmp_path):
    config = recipe.RECIPE.settings(variant, "smoke", "embedded", {"steps": 2, "precision": "32-true"})
    model = recipe.RECIPE.model(variant)
    run = model.train(config, profile="smoke", data="embedded", folder=tmp_path / "run", progress=False)
    folder = model.ship(run, tmp_path / "shipped")
    assert asked == [("segmenter", recipe.LEARNS), ("segmenter", recipe.MEASURES)] and recipe.LEARNS != recipe.MEASURES
    assert load_styler(folder).config == run.config
    metrics = json.loads((folder / "run.json").read_text())["metrics"]
    assert {"miou", "kid_1e3", "leak_skin"} <= metrics.keys() and all(map(math.isfinite, metrics.values()))
    assert ("colour_skin" in metrics) == (variant != "global_only")


def test_the_segmenter_comes_first(monkeypatch, tmp_path):
    monkeypatch.setattr(recipe.STYLE_PRIOR.__class__, "checkpoint_folder", lambda self, *_, **__: tmp_path / "none")
    with pytest.raises(UserError, match="No checkpoint none is shipped"):
        recipe.make_material(recipe.RECIPE.settings("main", "smoke", "embedded"), "embedded", 0)


def test_another_model_is_refused(asked, tmp_path):
    with pytest.raises(UserError, match="expected a trained model there"):
        load_styler(tmp_path)

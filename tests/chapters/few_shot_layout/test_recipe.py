"""Every variant trains with the generator and the segmenters that it should, ships, loads and is measured."""

import json
import math
from dataclasses import replace

import pytest
import torch
from chapters.few_shot_layout.few import CLASSES, SIDE, BySum, tiny_prior

from ganbook.chapters.few_shot_layout import recipe
from ganbook.data.avatars import free
from ganbook.errors import UserError
from ganbook.training import Recipe

FEW = {"steps": 2, "precision": "32-true"}
OTHERS = ("psp_1", "psp_5", "spade_1", "spade_5")


@pytest.fixture(autouse=True)
def few(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("GANBOOK_BUILD", str(tmp_path_factory.getbasetemp() / "few_shot_layout"))
    monkeypatch.setattr(free, "SPLITS", {"train": 100, "dev": 100, "test": 100})


@pytest.fixture
def asked(monkeypatch):
    """Which models of `style_prior` were asked for."""
    found, models = set(), {"main": tiny_prior(), "segmenter": BySum().eval()}
    monkeypatch.setattr(
        Recipe, "load_or_train", lambda self, name, **which: found.add((name, which["seed"])) or models[name]
    )
    return found


@pytest.mark.parametrize("variant", [name for name in recipe.RECIPE.variants if not name.startswith("spade")])
def test_every_variant_trains_ships_loads_and_is_measured(variant, asked, tmp_path):
    config = recipe.RECIPE.settings(variant, "smoke", "embedded", FEW)
    model = recipe.RECIPE.model(variant)
    run = model.train(config, profile="smoke", data="embedded", folder=tmp_path / "run", progress=False)
    folder = model.ship(run, tmp_path / "shipped")
    assert asked == {("main", 0), ("segmenter", recipe.LEARNS), ("segmenter", recipe.MEASURES)}
    painter = model.load(folder)
    assert painter.config == run.config and len(painter.shots.pictures) == config.shots
    metrics = json.loads((folder / "run.json").read_text())["metrics"]
    assert {"miou", "hits", "kid_1e3"} <= metrics.keys() and all(map(math.isfinite, metrics.values()))
    assert ("gain_nearest_low" in metrics) == (variant not in OTHERS)
    assert ("inversion_psnr" in metrics) == (variant == "inverted")


@pytest.mark.parametrize("variant", ["spade_1", "spade_5"])
def test_the_spade_like_baseline_sees_annotated_pictures_only(variant, asked):
    shots = int(variant[-1])
    config = recipe.RECIPE.settings(variant, "smoke", "embedded", FEW)
    given = recipe.RECIPE.model(variant).data(config, "embedded", 0)
    assert config.styles == "nothing" and len(given.pictures) >= config.batch_size and given.classes == CLASSES
    assert len(given.pictures.flatten(1).unique(dim=0)) == shots
    wanted = recipe.annotation(tiny_prior(), replace(recipe.PROFILES["smoke"], shots=shots), "embedded", 0)
    assert torch.equal(given.pictures[:shots], wanted.pictures)
    assert torch.equal(given.labels[:shots].long(), wanted.labels) and wanted.labels.shape[1] == SIDE


def test_one_picture_is_the_first_of_five_and_seeds_choose_others(asked):
    prior, smoke = tiny_prior(), recipe.PROFILES["smoke"]
    one, five = (recipe.annotation(prior, replace(smoke, shots=n), "embedded", 0) for n in (1, 5))
    assert torch.equal(one.pictures[0], five.pictures[0])
    other = recipe.annotation(prior, smoke, "embedded", 1)
    assert not torch.equal(one.pictures, other.pictures)
    strokes = recipe.annotation(prior, replace(smoke, labels="sparse"), "embedded", 0)
    marked = strokes.labels > 0
    assert torch.equal(strokes.pictures, one.pictures) and torch.equal(strokes.labels[marked], one.labels[marked])


def test_the_prior_comes_first(monkeypatch, tmp_path):
    monkeypatch.setattr(recipe.RECIPE.__class__, "checkpoint_folder", lambda self, *_, **__: tmp_path / "none")
    with pytest.raises(UserError, match="No checkpoint none is shipped"):
        recipe.make_material(recipe.RECIPE.settings("main", "smoke", "embedded"), "embedded", 0)


def test_another_model_is_refused(asked, tmp_path):
    with pytest.raises(UserError, match="expected a trained model there"):
        recipe.load(tmp_path)

"""The variants of the draft train, ship, load and are measured. Goes when the recipe comes in: then those of all do."""

import json
import math
from dataclasses import replace

import pytest
import torch
from chapters.class_styles.few import TwoLayers

from ganbook.chapters.class_styles import recipe_draft as recipe
from ganbook.chapters.class_styles.inference import load_styler
from ganbook.data import avatars
from ganbook.data.avatars import free
from ganbook.data.scenes import drawn, squares
from ganbook.data.scenes.squares import square_scenes
from ganbook.errors import UserError
from ganbook.training import Recipe


@pytest.fixture(autouse=True)
def few(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("GANBOOK_BUILD", str(tmp_path_factory.getbasetemp() / "class_styles"))
    monkeypatch.setattr(recipe, "TESTED", 100)
    monkeypatch.setattr(recipe.analysis, "SHOWN", 20)
    for data in (free, drawn):
        monkeypatch.setattr(data, "SPLITS", {"train": 100, "dev": 100, "test": 100})


@pytest.fixture
def asked(monkeypatch):
    """Which segmenters of `style_prior` were asked for."""
    torch.manual_seed(0)
    segmenter, found = TwoLayers().eval(), []
    monkeypatch.setattr(
        Recipe, "load_or_train", lambda self, name, **which: found.append((name, which["seed"])) or segmenter
    )
    return found


def shipped(variant, folder):
    """A variant, trained for two steps, and the numbers of its record."""
    config = recipe.RECIPE.settings(variant, "smoke", "embedded", {"steps": 2, "precision": "32-true"})
    model = recipe.RECIPE.model(variant)
    run = model.train(config, profile="smoke", data="embedded", folder=folder / "run", progress=False)
    dest = model.ship(run, folder / "shipped")
    loaded = model.load(dest)
    assert loaded.config == run.config
    return loaded, json.loads((dest / "run.json").read_text())["metrics"]


@pytest.mark.parametrize("variant", ["main", "global_only", "one_level", "no_kl", "no_batch_norm"])
def test_every_variant_trains_ships_loads_and_is_measured(variant, asked, tmp_path):
    styler, metrics = shipped(variant, tmp_path)
    assert asked == [("segmenter", recipe.LEARNS), ("segmenter", recipe.MEASURES)] and recipe.LEARNS != recipe.MEASURES
    assert {"miou", "kid_1e3", "leak_skin"} <= metrics.keys() and all(map(math.isfinite, metrics.values()))
    assert ("colour_skin" in metrics) == (variant != "global_only") and styler.names == avatars.LABELS


def test_scenes_have_classes_and_a_judge_of_their_own(asked, tmp_path):
    styler, metrics = shipped("scenes", tmp_path)
    assert asked == [("segmenter", recipe.LEARNS), ("scene_segmenter", 0)]
    assert styler.names == squares.LABELS and styler.generator.classes == len(squares.LABELS)
    assert {"leak_person", "colour_ground", "leak_background"} <= metrics.keys() and "leak_skin" not in metrics
    shown = styler.paint(torch.full((1, 32, 32), squares.LABELS.index("thing")), styler.drawn(1))
    assert shown.shape == (1, 3, 32, 32)


def test_the_judge_of_scenes_learns_from_scenes(tmp_path):
    segmenter, metrics = shipped("scene_segmenter", tmp_path)
    assert metrics.keys() == {"miou", "pixel_accuracy"} and segmenter.side == 32
    scenes = recipe.SCENE_SEGMENTER.data(segmenter.config, "embedded", 0)
    assert torch.equal(scenes.labels, square_scenes("train", 100, 32).labels)


def test_a_training_of_scenes_and_its_judge_fit_their_hour():
    """Together they cost at most half of what ``main`` does: see ``config`` for its 881 MMAC a picture."""
    main, scenes, judge = (recipe.RECIPE.settings(name, "quick") for name in ("main", "scenes", "scene_segmenter"))
    seen = main.steps * main.batch_size, scenes.steps * scenes.batch_size
    assert scenes == replace(main, steps=4_000, train_images=18_000, preview_every=1_000)
    assert seen[1] < 0.4 * seen[0] and judge.steps * judge.batch_size <= seen[1]


def test_the_segmenter_comes_first(monkeypatch, tmp_path):
    monkeypatch.setattr(recipe.STYLE_PRIOR.__class__, "checkpoint_folder", lambda self, *_, **__: tmp_path / "none")
    with pytest.raises(UserError, match="No checkpoint none is shipped"):
        recipe.make_material(recipe.RECIPE.settings("main", "smoke", "embedded"), "embedded", 0)


def test_another_model_is_refused(asked, tmp_path):
    with pytest.raises(UserError, match="expected a trained model there"):
        load_styler(tmp_path)

"""What this recipe asks for and refuses, and its models of scenes, beside what the tests of all recipes ask for."""

import json
from dataclasses import replace

import pytest
import torch
from chapters.class_styles.few import SMOKE, TwoLayers

from ganbook.chapters.class_styles import recipe
from ganbook.chapters.class_styles.inference import load_styler
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
    """Which segmenters were asked for."""
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
    return model.load(dest), json.loads((dest / "run.json").read_text())["metrics"]


def test_what_measures_has_entered_no_loss(asked):
    assert recipe.LEARNS != recipe.MEASURES
    recipe.make_material(SMOKE, "embedded", 0)
    recipe.judge("embedded")
    assert asked == [("segmenter", recipe.LEARNS), ("segmenter", recipe.MEASURES)]


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
    """Scenes cost half of what ``main`` does, their judge less: see ``config`` for the 881 MMAC a picture."""
    main, scenes, judge = (recipe.RECIPE.settings(name, "quick") for name in ("main", "scenes", "scene_segmenter"))
    seen = main.steps * main.batch_size, scenes.steps * scenes.batch_size
    assert scenes == replace(main, steps=4_000, train_images=18_000, kl_weight=0.1)
    assert seen[1] <= 0.5 * seen[0] and judge.steps * judge.batch_size <= seen[1]


def test_the_segmenter_comes_first(monkeypatch, tmp_path):
    monkeypatch.setattr(Recipe, "checkpoint_folder", lambda self, *_, **__: tmp_path / "none")
    with pytest.raises(UserError, match="No checkpoint none is shipped"):
        recipe.make_material(SMOKE, "embedded", 0)


def test_another_model_is_refused(tmp_path):
    with pytest.raises(UserError, match="expected a trained model there"):
        load_styler(tmp_path)

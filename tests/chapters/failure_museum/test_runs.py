"""The saved runs are what they are said to be, and the room can be trained again."""

import numpy as np
import pytest
import torch

from ganbook import paths, training
from ganbook.data import grid_digits
from ganbook.data.digit_edits import digit_edits
from ganbook.chapters.failure_museum import train as museum
from ganbook.training.config import differing_keys

SHIPPED = {"profile": "quick", "data": "embedded"}
SAVED = [(name, seed) for name in museum.RUNS for seed in museum.shipped_seeds(name, **SHIPPED)]


@pytest.mark.parametrize(("name", "seed"), SAVED)
def test_a_saved_run_has_the_settings_that_the_museum_names(name, seed):
    run = training.read_run(museum.checkpoint_folder(name, **SHIPPED, seed=seed))
    chapter = museum.captions if name in museum.CAPTIONERS else museum.editing
    wanted = training.resolve(chapter.Config, chapter.PROFILES, profile="quick", overrides=museum.settings(name, "quick") | {"threads": 1})
    assert run["finished"] and (run["data"], run["seed"]) == ("embedded", seed)
    assert differing_keys(wanted, run["config"]) == [] and run["config"]["steps"] == wanted.steps


def test_nothing_lies_in_the_museum_that_it_does_not_name():
    folders = {folder.name for folder in (paths.checkpoints_dir() / museum.SLUG).iterdir()}
    assert folders == {f"embedded-{name}-s{seed}" for name, seed in SAVED} >= {f"embedded-{name}-s0" for name in museum.RUNS}


@pytest.mark.parametrize("name", ["overfitted", "discriminator_too_strong"])
def test_a_patient_is_trained_anew_with_its_illness(name, tmp_path, monkeypatch):
    monkeypatch.setenv("GANBOOK_BUILD", str(tmp_path))
    made = museum.load_or_train(name, profile="smoke", data="embedded", seed=0, train_anew=True, progress=False)
    if name in museum.CAPTIONERS:
        assert made.config.train_images == 40
        sentences = museum.captions.Labeller(made, grid_digits("test", "embedded", n=5).images)(np.zeros((1, 3), np.float32))
        assert sentences.shape == (1, 5)
    else:
        assert (made.config.feature_weight, made.config.discriminator_rate) == (0.0, 3.0)
        triples = digit_edits("test", "embedded", resolution=made.config.resolution)
        assert made.answer(triples.batch(torch.arange(3))).shape == (3, 32, 32)

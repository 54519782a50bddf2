"""Training: it learns a few images by heart, and planted faults stop it."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from ganbook import training
from ganbook.chapters.latent_captions import analysis
from ganbook.chapters.latent_captions import game as chapter
from ganbook.chapters.latent_captions.config import PROFILES, Config
from ganbook.chapters.latent_captions.recipe import CAPTIONER
from ganbook.data import grid_digits
from ganbook.errors import UserError

FEW_IMAGES = {
    "steps": 700,
    "train_images": 48,
    "batch_size": 48,
    "channels": 8,
    "feature_dim": 32,
    "hidden_dim": 64,
    "learning_rate": 2e-3,
    "sentence_noise": 0.3,
    "r1_weight": 0.3,
    "decay_share": 0.2,
    "recovery_noise_warmup": 100,
    "ema_decay": 0.95,
    "preview_every": 0,
    "threads": 1,
    "precision": "32-true",
}


def accuracy_on_training_images(folder) -> float:
    config = training.resolve(Config, PROFILES, profile="smoke", overrides=FEW_IMAGES)
    run = CAPTIONER.train(config, profile="smoke", data="embedded", seed=0, folder=folder, progress=False)
    captioner = analysis.load_captioner(run.ship(folder / "shipped", only=["generator", "recovery", "autoencoder"]))
    grids = grid_digits("train", "embedded", n=48, seed=0)
    found = analysis.fixed_and_random(analysis.Labeller(captioner, grids.images), grids.labels)
    return analysis.summary(found)["accuracy_same_mean"]


def test_it_learns_a_few_images_by_heart(tmp_path):
    assert accuracy_on_training_images(tmp_path) > 0.9


SMOKE = {"precision": "32-true", "steps": 6, "autoencoder_steps": 150, "preview_every": 3, "log_every": 2}


def run_smoke(folder, **options) -> training.Run:
    config = training.resolve(Config, PROFILES, profile="smoke", overrides={**SMOKE, **options.pop("overrides", {})})
    return CAPTIONER.train(
        config, **{"profile": "smoke", "data": "embedded", "seed": 0, "folder": folder, "progress": False, **options}
    )


def test_previews_are_written(tmp_path):
    run_smoke(tmp_path)
    assert sorted(path.name for path in (tmp_path / "previews").iterdir()) == ["000000.png", "000003.png", "000006.png"]


def test_schedule():
    config = Config(
        steps=100,
        learning_rate=1.0,
        information_weight=2.0,
        late_information_weight=0.5,
        decay_share=0.5,
        recovery_noise_warmup=20,
    )
    assert chapter.schedule(0, config) == (1.0, 2.0, 0.0) and chapter.schedule(10, config) == (1.0, 2.0, 0.5)
    assert chapter.schedule(50, config) == (1.0, 2.0, 1.0)
    rate, weight, heard = chapter.schedule(75, config)
    assert rate == pytest.approx(0.5) and weight == 0.5 and heard == 1.0
    assert chapter.schedule(99, replace(config, decay_share=0.0, recovery_noise_warmup=0)) == (1.0, 2.0, 1.0)


def test_caption_vectors_are_those_of_the_labels():
    config = Config()
    autoencoder = analysis.new_autoencoder(config, seed=0)
    grids = grid_digits("test", "embedded", n=3, seed=0)
    vectors = chapter.caption_vectors(autoencoder, grids, config)
    words = autoencoder.encode(autoencoder.vocabulary.encode(list(grids.caption_set(1))))
    torch.testing.assert_close(vectors[1], words)


def test_unknown_settings_are_refused():
    with pytest.raises(UserError, match="information_weight"):
        training.resolve(Config, PROFILES, profile="quick", overrides={"information_wieght": 1.0})
    with pytest.raises(UserError, match="captions"):
        training.resolve(Config, PROFILES, profile="quick", overrides={"captions": "poems"})


def test_preview_marks_false_captions_in_red(tmp_path):
    picture = np.asarray(Image.open(_first_preview(tmp_path)))
    assert picture.shape == (64 + 20 * 8, 640, 3)
    reddish = (picture[..., 0] > 200) & (picture[..., 1] < 80)
    assert reddish.any(), "an untrained generator says some wrong words"


def _first_preview(folder):
    run_smoke(folder, overrides={"steps": 1})
    return folder / "previews" / "000000.png"

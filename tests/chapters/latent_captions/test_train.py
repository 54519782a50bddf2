"""Training: it learns a few images by heart, planted faults stop it, and a stopped run goes on to the bit."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from ganbook import training
from ganbook.data import grid_digits
from ganbook.errors import UserError
from ganbook.chapters.latent_captions import analysis
from ganbook.chapters.latent_captions import game as chapter
from ganbook.chapters.latent_captions.config import PROFILES, VARIANTS, Config

FEW_IMAGES = {
    "steps": 700, "train_images": 48, "batch_size": 48, "channels": 8, "feature_dim": 32, "hidden_dim": 64, "learning_rate": 2e-3,
    "sentence_noise": 0.3, "r1_weight": 0.3, "decay_share": 0.2, "recovery_noise_warmup": 100, "ema_decay": 0.95, "preview_every": 0, "threads": 1,
    "precision": "32-true",
}  # fmt: skip


def accuracy_on_training_images(folder) -> float:
    config = training.resolve(Config, PROFILES, profile="smoke", overrides=FEW_IMAGES)
    run = chapter.train(config, profile="smoke", data="embedded", seed=0, folder=folder, progress=False)
    captioner = analysis.load_captioner(run.export(folder / "shipped", only=["generator", "recovery", "autoencoder"]))
    grids = grid_digits("train", "embedded", n=48, seed=0)
    return analysis.summary(analysis.fixed_and_random(analysis.Labeller(captioner, grids.images), grids.labels))["accuracy_same_mean"]


def test_it_learns_a_few_images_by_heart(tmp_path):
    assert accuracy_on_training_images(tmp_path) > 0.9


generator_loss = chapter.generator_loss


def wrong_sign(*given):
    adversarial, information = generator_loss(*given)
    return -adversarial, information


def detached(discriminator, recovery, latents, images, judged, heard):
    return generator_loss(discriminator, recovery, latents, images, judged.detach(), heard)


@pytest.mark.parametrize("fault", [wrong_sign, detached])
def test_a_planted_fault_in_the_generators_loss_keeps_it_from_learning(tmp_path, monkeypatch, fault):
    monkeypatch.setattr(chapter, "generator_loss", fault)
    assert accuracy_on_training_images(tmp_path) < 0.8


SMOKE = {"precision": "32-true", "steps": 6, "autoencoder_steps": 150, "preview_every": 3, "log_every": 2}


def weights(folder) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


def run_smoke(folder, **options) -> training.Run:
    config = training.resolve(Config, PROFILES, profile="smoke", overrides={**SMOKE, **options.pop("overrides", {})})
    return chapter.train(config, **{"profile": "smoke", "data": "embedded", "seed": 0, "folder": folder, "progress": False, **options})


def test_a_stopped_run_goes_on_to_the_bit(tmp_path, monkeypatch):
    whole = run_smoke(tmp_path / "whole")
    clock = training.Run._reason_to_stop
    monkeypatch.setattr(training.Run, "_reason_to_stop", lambda run, signals: "minutes" if run.step == 3 else clock(run, signals))
    stopped = run_smoke(tmp_path / "parts")
    assert stopped.step == 3 and not stopped.finished
    monkeypatch.setattr(training.Run, "_reason_to_stop", clock)
    resumed = run_smoke(tmp_path / "parts")
    assert resumed.finished
    first, second = (weights(run.export(tmp_path / name)) for name, run in (("a", whole), ("b", resumed)))
    assert first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def test_the_seed_decides_everything(tmp_path):
    runs = [run_smoke(tmp_path / str(k), seed=seed, overrides={"steps": 2}) for k, seed in enumerate((0, 0, 1))]
    same, again, other = (weights(run.export(tmp_path / f"w{k}")) for k, run in enumerate(runs))
    assert all(torch.equal(same[name], again[name]) for name in same)
    assert any(not torch.equal(same[name], other[name]) for name in same)


def test_previews_are_written(tmp_path):
    run_smoke(tmp_path)
    assert sorted(path.name for path in (tmp_path / "previews").iterdir()) == ["000000.png", "000003.png", "000006.png"]


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_trains_and_ships(tmp_path, variant):
    overrides = {**VARIANTS[variant], "steps": 2}
    if variant == "places":
        overrides["autoencoder_steps"] = 2_000
    folder = chapter.export(run_smoke(tmp_path, overrides=overrides), tmp_path / "shipped")
    record = json.loads((folder / "run.json").read_text())
    assert {"accuracy_same_min", "tv_same", "tv_different"} <= record["metrics"].keys()
    assert (folder / "model.safetensors").stat().st_size < 8e6


def test_schedule():
    config = Config(
        steps=100, learning_rate=1.0, information_weight=2.0, late_information_weight=0.5, decay_share=0.5, recovery_noise_warmup=20
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


def test_what_is_not_shipped_is_refused_with_what_to_do():
    with pytest.raises(UserError, match="Set train = True, or use profile quick with seed 0"):
        chapter.load_or_train(profile="paper", data="embedded", seed=0)
    with pytest.raises(UserError, match="Set train = True"):
        chapter.load_or_train(profile="quick", data="embedded", seed=12345)


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

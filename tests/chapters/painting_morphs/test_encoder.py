"""The encoder: what it learns of the generator's samples, and all its settings."""

from dataclasses import fields, replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from few_paintings import settings_of

from ganbook import training
from ganbook.chapters.painting_morphs import encoder, recipe
from ganbook.chapters.painting_morphs.config import ENCODER_PROFILES, EncoderConfig
from ganbook.chapters.painting_morphs.growth import Phase
from ganbook.chapters.painting_morphs.inference import Painter
from ganbook.chapters.painting_morphs.model import Generator
from ganbook.chapters.painting_morphs.projection import own_samples, picture_distance, project
from ganbook.chapters.painting_morphs.sphere import on_sphere
from ganbook.data.pixels import from_bytes
from ganbook.errors import UserError
from ganbook.training.checkpoint import load_state
from ganbook.training.config import FREE_KEYS

CONFIG = replace(
    ENCODER_PROFILES["smoke"],
    precision="32-true",
    resolution=32,
    latent_dim=3,
    channels=4,
    log_every=1,
    steps=2,
    batch_size=4,
)


@pytest.fixture(scope="module")
def painter():
    torch.manual_seed(0)
    config = settings_of("progressive", latent_dim=3, channels=(6, 6, 4, 4))
    generator = Generator(config).requires_grad_(False).eval()
    generator.to_rgb[3].weight *= 0.2
    return Painter(config, generator, Phase(3))


def train(painter: Painter, folder: Path, **changes: object) -> training.Run:
    identity = {"slug": "painting_morphs", "profile": "smoke", "data": "embedded", "seed": 0}
    run = training.Run(folder, replace(CONFIG, **changes), **identity, device="cpu", progress=False)
    encoder.train_encoder(run, painter)
    return run


def module(run: training.Run) -> encoder.LatentEncoder:
    return run._raw["encoder"].module.eval()


def cosine(painter: Painter, read: encoder.LatentReader) -> float:
    latents, pictures = own_samples(painter, 40, seed=9)
    return float(F.cosine_similarity(read(pictures), latents).mean())


def test_it_learns_where_samples_lie(painter, tmp_path):
    before = encoder.LatentReader(CONFIG, module(train(painter, tmp_path / "one", steps=1)))
    run = train(painter, tmp_path / "more", steps=60, batch_size=16, learning_rate=1e-2)
    read = encoder.LatentReader(run.config, module(run))
    assert cosine(painter, read) > 0.6 > cosine(painter, before) + 0.2
    torch.testing.assert_close(read(own_samples(painter, 5)[1]).square().mean(1), torch.ones(5))


@pytest.mark.parametrize("weights", [(1.0, 0.0), (0.0, 1.0), (0.5, 2.0)])
def test_gradients_of_both_terms_reach_the_encoder_and_nothing_else(painter, tmp_path, weights):
    """The first step by hand."""
    run = training.Run(
        tmp_path,
        replace(CONFIG, steps=1),
        slug="x",
        profile="smoke",
        data="embedded",
        seed=0,
        device="cpu",
        progress=False,
    )
    model = encoder.LatentEncoder(CONFIG)
    run.draws.begin(0)
    z = on_sphere(run.draws.randn(4, 3))
    found = model(painter(z))
    of_latents = (1 - F.cosine_similarity(found, z)).mean()
    of_pictures = picture_distance(painter(found), painter(z)).mean()
    (weights[0] * of_latents + weights[1] * of_pictures).backward()

    weighted = {"latent_weight": weights[0], "picture_weight": weights[1]}
    trained = train(painter, tmp_path / "run", steps=1, **weighted)
    curves = training.read_curves(tmp_path / "run")
    assert curves["of_latents"] == pytest.approx([of_latents.item()], rel=1e-4)
    assert curves["of_pictures"] == pytest.approx([of_pictures.item()], rel=1e-4)
    total = weights[0] * of_latents + weights[1] * of_pictures
    assert curves["loss"] == pytest.approx([total.item()], rel=1e-4)
    for ours, theirs in zip(model.parameters(), trained._raw["encoder"].module.parameters()):
        torch.testing.assert_close(theirs.grad, ours.grad, rtol=1e-3, atol=1e-6)
    assert all(weight.grad is None for weight in painter.generator.parameters())


VALUES = {"channels": 3, "widest": 6, "batch_size": 6, "decay_share": 0.9}
DATA = {"resolution", "latent_dim", "channels_last", "ema_decay"}


@pytest.mark.parametrize("name", [f.name for f in fields(EncoderConfig) if f.name not in FREE_KEYS | DATA])
def test_every_setting_matters(name, painter, tmp_path):
    value = VALUES[name] if name in VALUES else getattr(CONFIG, name) / 2
    train(painter, tmp_path / "one", steps=3), train(painter, tmp_path / "two", steps=3, **{name: value})
    one, two = (load_state(tmp_path / folder, print)[0] for folder in ("one", "two"))
    assert any(one[key].shape != two[key].shape or not torch.equal(one[key], two[key]) for key in one)


def test_it_is_loaded_as_it_was_trained(painter, tmp_path):
    run = train(painter, tmp_path / "run")
    read = encoder.load_encoder(run.ship(tmp_path / "shipped"))
    pictures = own_samples(painter, 5)[1]
    trained = encoder.LatentReader(run.config, module(run))
    assert read.config == run.config
    torch.testing.assert_close(read(pictures), trained(pictures), atol=0.02, rtol=0)


def test_it_must_fit_the_painter(painter, tmp_path):
    with pytest.raises(UserError, match="draws 32 pixels from 3 numbers, the encoder's settings say 32 and 8"):
        train(painter, tmp_path, latent_dim=8)
    small = replace(painter, phase=Phase(2))
    with pytest.raises(UserError, match="draws 16 pixels from 3 numbers"):
        train(small, tmp_path / "small")
    read = encoder.LatentReader(CONFIG, encoder.LatentEncoder(CONFIG).eval())
    with pytest.raises(UserError, match=r"expected pictures \(n, 3, 32, 32\), got \(2, 3, 16, 16\)"):
        read(small.draw(small.latents(2)))


def test_a_projection_can_begin_there(painter):
    read = encoder.LatentReader(CONFIG, encoder.LatentEncoder(CONFIG).eval())
    pictures = own_samples(painter, 2)[1]
    found = project(painter, from_bytes(pictures), start=read(pictures), restarts=1, steps=1)
    with torch.no_grad():
        torch.testing.assert_close(
            found.losses[0, 0], picture_distance(painter(read(pictures)), from_bytes(pictures)), atol=1e-5, rtol=0
        )


def test_its_numbers_by_hand(painter):
    latents = own_samples(painter, 6, seed=1)[0]
    answers = lambda pictures: torch.cat([latents[:5], -latents[5:]])
    found = encoder.encoder_numbers(painter, answers, n=6)
    assert found["cosine"] == pytest.approx(4 / 6) and found["psnr"] == float("inf")


def test_it_learns_from_the_painter_that_comes_with_the_book(painter, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(recipe.inference, "load_progressive", lambda folder: (asked.append(folder.name), painter)[1])
    torch.manual_seed(3)
    before = torch.get_rng_state()
    config = replace(CONFIG, steps=1)
    assert recipe.ENCODER.data(config, "embedded", 4) is painter and torch.equal(torch.get_rng_state(), before)
    run = recipe.ENCODER.train(config, profile="smoke", data="embedded", folder=tmp_path, device="cpu", progress=False)
    folder = recipe.ENCODER.ship(run, tmp_path / "shipped")
    assert set(training.read_run(folder)["metrics"]) == {"cosine", "psnr"} and {*asked} == {"embedded-main-s0"}

"""The adversarial game: each network gets the gradients of its own losses,
and no term can be dropped unseen (see also `test_every_setting_matters`).
"""

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from ganbook import training
from ganbook.chapters.latent_captions import game as chapter
from ganbook.chapters.latent_captions.analysis import new_autoencoder
from ganbook.chapters.latent_captions.config import PROFILES, Config
from ganbook.chapters.latent_captions.model import build
from ganbook.chapters.latent_captions.recipe import CAPTIONER
from ganbook.data import grid_digits
from ganbook.losses import fake_loss, r1_penalty, real_loss
from ganbook.training.draws import Draws

SMALL = {
    "steps": 3,
    "batch_size": 8,
    "train_images": 24,
    "channels": 2,
    "feature_dim": 8,
    "hidden_dim": 12,
    "preview_every": 0,
    "log_every": 1,
    "precision": "32-true",
    "recovery_noise_warmup": 1,
    "mismatch_weight": 0.3,
}


def config_with(**overrides: object) -> Config:
    return training.resolve(Config, PROFILES, "smoke", SMALL | overrides)


def train(folder, config: Config) -> training.Run:
    return CAPTIONER.train(
        config, profile="smoke", data="embedded", seed=0, folder=folder, device="cpu", progress=False
    )


@pytest.fixture
def untrained_text(monkeypatch) -> None:
    """The autoencoder stays as it was drawn: the game does not care what its sentence vectors mean."""
    monkeypatch.setattr(chapter, "pretrain", lambda *_: None)


@pytest.fixture
def gradients(monkeypatch) -> Iterator[dict[str, list[Tensor]]]:
    """The gradients of each network at the end of the last step."""
    found: dict[str, list[Tensor]] = {}

    def keep(run, **values):
        for name, part in run._raw.items():
            if name != "autoencoder":
                found[name] = [parameter.grad.clone() for parameter in part.module.parameters()]

    monkeypatch.setattr(training.Run, "log", keep)
    yield found


def test_the_gradients_of_a_step(tmp_path, untrained_text, gradients):
    """Those of the paper's terms, written down one by one.
    The learning rate is zero, so that all networks are as they were drawn.
    """
    config = config_with(steps=1, learning_rate=0.0, recovery_noise_warmup=0, decay_share=0.0)
    train(tmp_path, config)

    generator, discriminator, recovery = build(config, 0)
    grids = grid_digits("train", "embedded", n=config.train_images, seed=0, distinct=True)
    images = chapter.to_tensor(grids.images)
    sentences = chapter.caption_vectors(new_autoencoder(config, 0), grids, config)
    draws = Draws(0, torch.device("cpu"))

    def noise() -> Tensor:
        return config.sentence_noise * draws.randn(8, config.sentence_dim)

    index = draws.batch(len(images), 8)
    x, true = images[index], sentences[index, draws.randint(4, (8,))]
    of_another = sentences[index.roll(1), draws.randint(4, (8,))]
    c = draws.randn(8, config.latent_dim)
    fake = generator(c, x)
    true = (true + noise()).requires_grad_()
    of_another, to_d, to_d_again, to_q = of_another + noise(), fake.detach() + noise(), fake + noise(), fake + noise()

    def d(vectors: Tensor) -> Tensor:
        return discriminator(x, vectors[:, None])[:, 0]

    d_loss = real_loss(d(true)) + 0.3 * fake_loss(d(of_another)) + 0.7 * fake_loss(d(to_d))
    penalty = config.r1_weight / 2 * r1_penalty(d(true), true)
    g_loss = real_loss(d(to_d_again))
    information = config.information_weight * (c - recovery(x, to_q)).square().sum(1).mean()

    wanted = {"discriminator": d_loss + penalty, "generator": g_loss + information, "recovery": information}
    for name, module in {"generator": generator, "discriminator": discriminator, "recovery": recovery}.items():
        expected = torch.autograd.grad(wanted[name], list(module.parameters()), retain_graph=True)
        for found, right in zip(gradients[name], expected, strict=True):
            torch.testing.assert_close(found, right, rtol=1e-3, atol=1e-6, msg=name)
    for term, module in (
        (penalty, discriminator),
        (information, generator),
        (information, recovery),
        (g_loss, generator),
    ):
        sizes = [
            gradient.abs().max()
            for gradient in torch.autograd.grad(term, list(module.parameters()), retain_graph=True, allow_unused=True)
            if gradient is not None
        ]
        assert max(sizes) > 1e-4, "a term without a gradient could be dropped unseen"


def test_all_three_networks_learn_in_each_step(tmp_path, untrained_text, monkeypatch):
    runs, before, changed, setup, batch, log = [], {}, [], training.Run.setup, Draws.batch, training.Run.log

    def begin(run, **parts):
        runs.append(run)
        return setup(run, **parts)

    def weights(run):
        return {name: [value.clone() for value in part.module.parameters()] for name, part in run._raw.items()}

    def at_the_start(draws, *given, **options):
        before.update(weights(runs[-1]))
        return batch(draws, *given, **options)

    def at_the_end(run, **values):
        now = weights(run)
        changed.append({name for name in now if any(not torch.equal(a, b) for a, b in zip(now[name], before[name]))})
        log(run, **values)

    monkeypatch.setattr(training.Run, "setup", begin)
    monkeypatch.setattr(Draws, "batch", at_the_start)
    monkeypatch.setattr(training.Run, "log", at_the_end)
    train(tmp_path, config_with(decay_share=0.0))
    assert changed == [{"generator", "discriminator", "recovery"}] * 3

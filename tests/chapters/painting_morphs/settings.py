"""What the tests over all recipes, and test_game.py, need to know of the settings."""

import torch

from ganbook.chapters.painting_morphs import analysis, recipe
from ganbook.data.paintings import SPLITS

TINY = {
    "paintings": 24,
    "batch_size": 4,
    "latent_dim": 4,
    "channels": (4, 3, 3),
    "stabilise": 4,
    "fade": 8,
    "ada": True,
    "ada_target": 0.0,
    "ada_images": 20,
    "ada_every": 1,
    "look_every": 0,
}

TINY_DCGAN = {name: value for name, value in TINY.items() if name not in ("stabilise", "fade")} | {
    "resolution": 32,
    "channels": 1,
    "widest": 4,
}

CONCERN_OTHERS = {"main": {"look_every", "looked_at"}}
"""Looks decide nothing."""

VALUES = {"paintings": 20, "about": "in", "batch_size": 6, "channels": (4, 4, 3), "group": 2, "ada_target": 1.0}

VALUES_DCGAN = VALUES | {"channels": 2, "resolution": 48, "discriminator_norm": "none"}


def prepare(monkeypatch) -> None:
    """There are few paintings, all with "in" in their titles; and D is always a little sure of real ones."""
    for split in ("train", "dev"):
        monkeypatch.setitem(SPLITS, split, 48)
    for name in ("sign_of_real", "real_above_fake"):
        monkeypatch.setattr(f"ganbook.chapters.painting_morphs.game.{name}", lambda *scores: torch.tensor(0.5))


def measure_again(painter, source):
    """How like paintings samples are; searches and morphs take minutes."""
    test = recipe.pictures(painter.config, source, split="test").pictures
    return analysis.painter_numbers(painter, recipe.shipped_reader(source), test)

"""A handful of simple pictures with years, small networks that were not trained, and runs of both GANs."""

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import torch

from ganbook import training
from ganbook.chapters.painting_morphs import config as settings
from ganbook.chapters.painting_morphs import game
from ganbook.chapters.painting_morphs.regressor import YearReader, YearRegressor
from ganbook.chapters.painting_morphs.watching import Material
from ganbook.data.paintings import Paintings

KINDS = MappingProxyType(
    {
        "dcgan": (settings.DcganConfig, settings.DCGAN_PROFILES, game.dcgan_training),
        "progressive": (settings.ProgressiveConfig, settings.PROGRESSIVE_PROFILES, game.progressive_training),
    }
)

SMALL = MappingProxyType(
    {
        "paintings": 24,
        "batch_size": 4,
        "latent_dim": 4,
        "precision": "32-true",
        "preview_every": 0,
        "look_every": 0,
        "log_every": 1,
    }
)

SMALLER = MappingProxyType(
    {
        "dcgan": {"resolution": 32, "channels": 1, "widest": 4},
        "progressive": {"channels": (4, 3, 3), "stabilise": 4, "fade": 8},
    }
)


def few_paintings(n: int = 24, side: int = 16, split: str = "train") -> Paintings:
    """The later the year, the brighter is the picture; beside that it is noise."""
    draws = torch.Generator().manual_seed({"train": 0, "dev": 1, "test": 2}[split])
    years = 1881 + 10 * torch.rand(n, generator=draws)
    noise = torch.randint(40, (n, 3, side, side), generator=draws)
    pictures = (20 * (years - 1881)).long()[:, None, None, None] + noise
    names = tuple(f"number {k}" for k in range(n))
    return Paintings("embedded", split, pictures.to(torch.uint8), years, names, names)


def reader(resolution: int = 16) -> YearReader:
    """An untrained regressor."""
    torch.manual_seed(0)
    config = replace(settings.REGRESSOR_PROFILES["smoke"], resolution=resolution)
    return YearReader(config, YearRegressor(config.channels).requires_grad_(False).eval())


def settings_of(kind: str, **overrides: object) -> settings.GanConfig:
    config, profiles, _ = KINDS[kind]
    return training.resolve(config, profiles, "smoke", {**SMALL, **SMALLER[kind], **overrides})


def material(config: settings.GanConfig, with_reader: bool = False) -> Material:
    n, side = min(config.paintings, 24), config.resolution
    with torch.random.fork_rng():
        train, dev = (few_paintings(n, side, split).pictures for split in ("train", "dev"))
        return Material(train, dev, reader() if with_reader else None)


def train(kind: str, folder: Path, shown: Material | None = None, seed: int = 0, **overrides: object) -> training.Run:
    config = settings_of(kind, **overrides)
    identity = {"slug": "painting_morphs", "profile": "smoke", "data": "embedded", "seed": seed}
    run = training.Run(folder, config, **identity, device="cpu", progress=False)
    KINDS[kind][2](run, shown or material(config))
    return run

"""A small painter and a reader that were not trained, and paintings for widgets. Also the first cell of a notebook."""

from dataclasses import replace

import torch

from ganbook.chapters.painting_morphs import config as settings
from ganbook.chapters.painting_morphs.growth import Phase
from ganbook.chapters.painting_morphs.inference import Painter
from ganbook.chapters.painting_morphs.model import Generator
from ganbook.chapters.painting_morphs.morphs import Located
from ganbook.chapters.painting_morphs.projection import project
from ganbook.chapters.painting_morphs.regressor import YearReader, YearRegressor
from ganbook.chapters.painting_morphs.sphere import on_sphere
from ganbook.chapters.painting_morphs.style_axis import style_axis
from ganbook.data.pixels import from_bytes

LATENT = 8


def some_painter():
    torch.manual_seed(0)
    config = replace(settings.PROGRESSIVE_PROFILES["smoke"], latent_dim=LATENT)
    return Painter(config, Generator(config).requires_grad_(False).eval(), Phase(2))


def some_reader():
    torch.manual_seed(0)
    config = settings.REGRESSOR_PROFILES["smoke"]
    regressor = YearRegressor(config.channels)
    regressor.learn_scale(torch.linspace(1881, 1891, 11))
    regressor.year.weight.data.mul_(20)  # it finds years that differ
    return YearReader(config, regressor.requires_grad_(False).eval())


def some_located(n=12, first=1881.0, last=1891.0):
    """What the painter draws from random points, with years in order."""
    latents = on_sphere(torch.randn(n, LATENT, generator=torch.Generator().manual_seed(1)))
    return Located(some_painter().draw(latents), torch.linspace(first, last, n), latents)


def some_axis():
    located = some_located(24)
    return style_axis(located.latents, located.years)


def some_search(n=2, starts=3):
    wanted = some_located(n).pictures
    return project(some_painter(), from_bytes(wanted), restarts=starts, steps=12, looks=(0, 3, 6, 12)), wanted

"""A small prior that was not trained, for widgets. Also the first cell of a notebook."""

from dataclasses import replace

import torch

from ganbook.chapters.style_prior.analysis import directions
from ganbook.chapters.style_prior.config import PROFILES
from ganbook.chapters.style_prior.inference import Prior
from ganbook.chapters.style_prior.model import Generator

LATENT = 8


def some_prior(noise=True):
    """Every layer shows, and so do its noise and the average w."""
    torch.manual_seed(0)
    config = replace(PROFILES["smoke"], latent_dim=LATENT, noise=noise)
    generator = Generator(config).requires_grad_(False).eval()
    w = generator.mapping(torch.randn(1_000, LATENT))
    generator.mapping.mean.copy_(w.mean(0) + 0.3)
    for conv in generator.synthesis.convs:
        conv.style.weight.mul_(1.5)
        conv.strength.fill_(0.3 if noise else 0.0)
    for to_rgb in generator.synthesis.to_rgb:
        to_rgb.weight.mul_(0.5)  # few values are clipped
    return Prior(config, generator)


def some_directions(n=300):
    return directions(some_prior().generator, n)

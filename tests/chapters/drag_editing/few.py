"""A tiny generator that nobody trained, and moves that can be learned."""

import torch
from torch import nn

from ganbook.chapters.drag_editing.config import PROFILES
from ganbook.chapters.drag_editing.game import Material
from ganbook.chapters.drag_editing.model import Scales
from ganbook.chapters.style_prior.config import Config as PriorConfig
from ganbook.chapters.style_prior.inference import Prior
from ganbook.chapters.style_prior.model import Generator

LATENT, CHANNELS, STYLES, LAYERS = 8, 6, 6, 3
CONFIG = PROFILES["smoke"].__class__(
    **{
        **vars(PROFILES["smoke"]),
        "latent_dim": LATENT,
        "feature_channels": CHANNELS,
        "feature_layer": 2,
        "layers": LAYERS,
        "precision": "32-true",
    }
)


def scales(seed=3):
    mean = torch.randn(LATENT, generator=torch.Generator().manual_seed(seed))
    return Scales(mean, code=0.5, move=0.1, flow=2.0, expansion=0.05)


def prior():
    """16 x 16 pixels; the middle of W is known."""
    torch.manual_seed(0)
    config = PriorConfig(latent_dim=LATENT, channels=(CHANNELS,) * 3, mapping_layers=2)
    generator = Generator(config).requires_grad_(False).eval()
    generator.mapping.mean.copy_(generator.mapping(torch.randn(200, LATENT)).mean(0))
    return Prior(config, generator)


class Weights(nn.Module):
    """Features that depend on the code and the point."""

    def __init__(self):
        super().__init__()
        self.of_code, self.of_point = nn.Linear(LATENT, CHANNELS), nn.Linear(2, CHANNELS)

    @torch.no_grad()
    def forward(self, ws, points):
        return self.of_code(ws[:, 2])[:, None] + self.of_point(points)


def material(n=200, tokens=16, seed=0):
    """Motions that a linear map turns into moves, the same for all layers; everything in its unit."""
    draws = torch.Generator().manual_seed(seed)
    unit = scales()
    motion = torch.randn(n, 1, 3, generator=draws)
    to_move = torch.randn(3, LATENT, generator=draws) / 3**0.5
    starts = unit.mean + unit.code * torch.randn(n, LATENT, generator=draws)
    ends = starts[:, None] + (unit.move * motion @ to_move).expand(-1, LAYERS, -1)
    units = torch.tensor([unit.flow, unit.flow, unit.expansion])
    motions = (motion + 0.3 * torch.randn(n, tokens, 3, generator=draws)) * units
    points = torch.rand(tokens, 2, generator=draws) * 2 - 1
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        features = Weights()
    return Material(starts, ends, motions, points, features, STYLES, unit)

"""A tiny prior, a segmenter and annotated pictures for tests."""

from dataclasses import replace

import torch
from torch import Tensor, nn

from ganbook.chapters.few_shot_layout.config import PROFILES
from ganbook.chapters.few_shot_layout.inference import Painter, principal
from ganbook.chapters.few_shot_layout.model import LayoutEncoder
from ganbook.chapters.few_shot_layout.shots import samples, scribbled, shot_prototypes
from ganbook.chapters.style_prior import config as of_prior
from ganbook.chapters.style_prior.inference import Prior
from ganbook.chapters.style_prior.model import Generator
from ganbook.data.avatars import LABELS

CLASSES, SIDE, LATENT, STYLES, LAYER = len(LABELS), 16, 6, 6, 2
SMOKE = PROFILES["smoke"]


def tiny_prior(seed: int = 0) -> Prior:
    """Untrained, with styles that matter; its pictures have 16 pixels a side."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        settings = replace(of_prior.PROFILES["smoke"], channels=(8, 8, 6), latent_dim=LATENT)
        generator = Generator(settings).requires_grad_(False).eval()
        for conv in generator.synthesis.convs:
            conv.style.weight.mul_(3)
        generator.mapping.mean.copy_(generator.mapping(torch.randn(500, LATENT)).mean(0))
    return Prior(settings, generator)


class BySum(nn.Module):
    """Stands for a segmenter: the class of a pixel goes by the sum of its colours, from black to white."""

    def features(self, pictures: Tensor) -> list[Tensor]:
        return [pictures, nn.functional.avg_pool2d(pictures, 2)]

    def forward(self, pictures: Tensor) -> Tensor:
        levels = (pictures.clamp(-0.99, 0.99).sum(1) + 3) / 6 * CLASSES  # (n, side, side)
        return -(levels[:, None] - 0.5 - torch.arange(CLASSES)[:, None, None]).abs()


def annotate(pictures: Tensor) -> Tensor:
    """What ``BySum`` says of pictures, 0 to 255."""
    return BySum()(pictures.float() / 127.5 - 1).argmax(1)


def squares(n: int, seed: int = 0, cell: int = 4, classes: int = CLASSES) -> Tensor:
    """A class for each square, uint8 (n, 16, 16)."""
    draws = torch.Generator().manual_seed(seed)
    small = torch.randint(classes, (n, SIDE // cell, SIDE // cell), generator=draws)
    return small.repeat_interleave(cell, 1).repeat_interleave(cell, 2).to(torch.uint8)


def tiny_painter(labels: str = "dense", shots: int = 2) -> Painter:
    """An encoder that was never trained, whose codes differ from map to map."""
    prior, config = tiny_prior(), replace(SMOKE, labels=labels)
    generator = prior.generator
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1 + (labels == "sparse"))  # a page knows a model by its weights
        encoder = LayoutEncoder(config, CLASSES, SIDE, generator.mapping.mean, STYLES)
        for head in encoder.heads:
            nn.init.normal_(head.code.weight, std=0.5)
    annotated = samples(prior, annotate, shots, CLASSES, among=10)
    annotated = scribbled(annotated) if labels == "sparse" else annotated
    given = shot_prototypes(prior, annotated, (LAYER,), CLASSES, labels == "sparse")
    axes = principal(prior.codes(200), 3)
    return Painter(config, prior, encoder.requires_grad_(False).eval(), annotated, given, axes)

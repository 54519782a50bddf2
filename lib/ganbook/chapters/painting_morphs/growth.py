"""When Progressive GAN grows: which resolution is trained at a step, and how far it is faded in."""

from typing import NamedTuple

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from ganbook.chapters.painting_morphs.config import ProgressiveConfig

FIRST_SIDE = 4
"""Pixels of a side at level 0; each level doubles them."""


class Phase(NamedTuple):
    """What is trained.

    Attributes:
        level: of the largest pictures, from 0.
        alpha: share of the newest layers, from 0, when all is as before they came, to 1.
    """

    level: int
    alpha: float = 1.0

    @property
    def side(self) -> int:
        """Pixels of a side."""
        return FIRST_SIDE * 2**self.level


def phase_at(config: ProgressiveConfig, step: int) -> Phase:
    """The phase of a step; it follows from nothing else: a stopped training goes on where it was.

    A level is trained with ``stabilise`` pictures, then the next one fades in over ``fade``: alpha
    is the share of them that was seen.
    """
    cycle = config.stabilise + config.fade
    seen = config.fade + step * config.batch_size  # as if the first level had been faded in, too
    level = min(seen // cycle, len(config.channels) - 1)
    alpha = min(1.0, (seen - level * cycle) / config.fade) if config.fade else 1.0
    return Phase(level, alpha)


def begins_stage(config: ProgressiveConfig, step: int) -> bool:
    """Whether a fade begins or ends with this step: then Adam's moments are forgotten."""
    if step == 0:
        return False
    (before, faded_before), (level, faded) = phase_at(config, step - 1), phase_at(config, step)
    return (before, faded_before < 1) != (level, faded < 1)


def doubled(maps: Float[Tensor, "batch channels h w"]) -> Float[Tensor, "batch channels h2 w2"]:
    """Twice the side, each value four times."""
    return F.interpolate(maps, scale_factor=2, mode="nearest")


def halved(maps: Float[Tensor, "batch channels h w"]) -> Float[Tensor, "batch channels h2 w2"]:
    """Half the side, means of four values."""
    return F.avg_pool2d(maps, 2)


def at_phase(
    pictures: Float[Tensor, "batch 3 side side"],
    phase: Phase,
) -> Float[Tensor, "batch 3 h w"]:
    """Real pictures as D sees them in this phase: shrunk, and while a level fades in, mixed with
    what it replaces.
    """
    pictures = F.adaptive_avg_pool2d(pictures, phase.side)  # (batch, 3, side, side) of the phase
    if phase.alpha == 1:
        return pictures
    return (1 - phase.alpha) * doubled(halved(pictures)) + phase.alpha * pictures

"""Avatars with free looks and poses as a data set: drawn once, kept beside what the book builds."""

from dataclasses import dataclass
from functools import partial

import torch
from jaxtyping import UInt8
from torch import Tensor

from ganbook.data.avatars.look import Look
from ganbook.data.avatars.pose import Pose, random_poses
from ganbook.data.avatars.render import render
from ganbook.data.avatars.sampling import free_looks
from ganbook.data.kept import BLOCK, drawn_once
from ganbook.data.pixels import to_bytes
from ganbook.errors import UserError

SPLITS = {"train": 30_000, "dev": 2_000, "test": 2_000}
_FIRST_SEED = {"train": 1_000_000, "dev": 2_000_000, "test": 3_000_000}


@dataclass(frozen=True)
class FreeAvatars:
    """The first n avatars of a split.

    Attributes:
        pictures: colours, 0..255.
        labels: class of each pixel, an index into ``LABELS``.
    """

    split: str
    pictures: UInt8[Tensor, "n 3 side side"]
    labels: UInt8[Tensor, "n side side"]

    def __len__(self) -> int:
        return len(self.pictures)


def free_avatars(split: str, n: int | None = None, side: int = 64, progress: bool = True) -> FreeAvatars:
    """Draw avatars, or read those that were drawn before; a drawing that was stopped goes on where it stopped.

    About 150 a second on one slow core at 64 pixels; 16 kB each.

    Args:
        split: "train", "dev" or "test".
        n: the first so many, a multiple of 100; all by default (30,000, 2,000, 2,000).
        side: pixels of a side.
        progress: show a bar.

    Raises:
        UserError: unknown split, or n that cannot be had.
    """
    n = _checked(split, n)
    draw = partial(_drawn, split, side)
    both = drawn_once(f"avatars-{split}-{side}", n, (4, side, side), draw, progress)
    return FreeAvatars(split, both[:, :3], both[:, 3])


def free_parameters(split: str, n: int | None = None) -> tuple[Look, Pose]:
    """The looks and poses of the first n avatars of a split, in their order.

    Raises:
        UserError: as :func:`free_avatars`.
    """
    blocks = [_block(split, start) for start in range(0, _checked(split, n), BLOCK)]
    looks, poses = zip(*blocks, strict=True)
    look = Look(torch.cat([each.features for each in looks]), torch.cat([each.colours for each in looks]))
    return look, Pose(**{name: torch.cat([getattr(each, name) for each in poses]) for name in vars(poses[0])})


def _checked(split: str, n: int | None) -> int:
    if split not in SPLITS:
        raise UserError(f"unknown split {split!r} of the avatars: expected one of {', '.join(SPLITS)}")
    n = SPLITS[split] if n is None else n
    if not 0 < n <= SPLITS[split] or n % BLOCK:
        raise UserError(f"n must be a multiple of {BLOCK} from {BLOCK} to {SPLITS[split]:,} for {split}, got {n}")
    return n


def _block(split: str, start: int) -> tuple[Look, Pose]:
    generator = torch.Generator().manual_seed(_FIRST_SEED[split] + start)
    return free_looks(BLOCK, generator), random_poses(BLOCK, generator)


def _drawn(split: str, side: int, start: int, stop: int) -> UInt8[Tensor, "block 4 side side"]:
    drawing = render(*_block(split, start), side)
    return torch.cat([to_bytes(drawing.pictures), drawing.labels[:, None]], 1)

"""Pairs of renders, one avatar in two poses, with the exact flow between them."""

from dataclasses import dataclass, fields
from functools import partial

import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from ganbook.data.avatars import Look, Pose, flow_between, free_looks, part_motion, random_poses
from ganbook.data.kept import BLOCK, drawn_once
from ganbook.data.pixels import to_bytes
from ganbook.errors import UserError

FIRST_SEED = {"train": 4_000_000, "test": 5_000_000}
NEAREST, FARTHEST = 0.05, 1.0
"""The second pose lies so far, as a share, on the way to another random one."""


@dataclass(frozen=True)
class Pairs:
    """Pairs of pictures of n avatars.

    Attributes:
        first, second: poses.
        before, after: colours, 0..255.
        parts: index into ``FRAMES`` of each pixel of ``before``.
        visible: whether what a pixel of ``before`` shows is seen in ``after``.
    """

    first: Pose
    second: Pose
    before: UInt8[Tensor, "n 3 side side"]
    after: UInt8[Tensor, "n 3 side side"]
    parts: UInt8[Tensor, "n side side"]
    visible: Bool[Tensor, "n side side"]

    def __len__(self) -> int:
        return len(self.before)

    def motion(self, chosen: Tensor | slice) -> tuple[Float[Tensor, "m 2 side side"], Float[Tensor, "m side side"]]:
        """The exact flow of some of the pairs, x and y in pixels, and the logarithm of the growth of lengths."""
        return part_motion(self.first[chosen], self.second[chosen], self.parts[chosen])


def avatar_pairs(split: str, n: int, side: int = 64, progress: bool = True) -> Pairs:
    """Draw pairs, or read those that were drawn before: 32 kB each at 64 pixels.

    Args:
        split: "train" or "test".
        n: the first so many, a multiple of 100.
        side: pixels of a side.
        progress: show a bar.

    Raises:
        UserError: unknown split, or n that cannot be had.
    """
    if split not in FIRST_SEED:
        raise UserError(f"unknown split {split!r} of the pairs: expected one of {', '.join(FIRST_SEED)}")
    if n < 1 or n % BLOCK:
        raise UserError(f"n must be a multiple of {BLOCK}, got {n}")
    both = drawn_once(f"avatar-pairs-{split}-{side}", n, (8, side, side), partial(_drawn, split, side), progress)
    poses = [_poses(split, start) for start in range(0, n, BLOCK)]
    first, second = (_joined(each) for each in zip(*((first, second) for _, first, second in poses), strict=True))
    return Pairs(first, second, both[:, :3], both[:, 3:6], both[:, 6], both[:, 7] > 0)


def _poses(split: str, start: int) -> tuple[Look, Pose, Pose]:
    draws = torch.Generator().manual_seed(FIRST_SEED[split] + start)
    looks, first, other = free_looks(BLOCK, draws), random_poses(BLOCK, draws), random_poses(BLOCK, draws)
    share = NEAREST + (FARTHEST - NEAREST) * torch.rand(BLOCK, generator=draws)
    names = [field.name for field in fields(Pose)]
    second = Pose(**{name: torch.lerp(getattr(first, name), getattr(other, name), share) for name in names})
    return looks, first, second


def _joined(poses: tuple[Pose, ...]) -> Pose:
    names = [field.name for field in fields(Pose)]
    return Pose(**{name: torch.cat([getattr(each, name) for each in poses]) for name in names})


def _drawn(split: str, side: int, start: int, stop: int) -> UInt8[Tensor, "block 8 side side"]:
    looks, first, second = _poses(split, start)
    chosen = slice(0, stop - start)
    before, after, flow = flow_between(looks[chosen], first[chosen], second[chosen], side)
    masks = torch.stack([before.parts.to(torch.uint8), 255 * flow.visible.to(torch.uint8)], 1)
    return torch.cat([to_bytes(before.pictures), to_bytes(after.pictures), masks], 1)

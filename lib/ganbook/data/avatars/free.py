"""Avatars with free looks and poses as a data set: drawn once, kept beside what the book builds."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor
from tqdm import tqdm

from ganbook import paths
from ganbook.data.avatars.look import Look
from ganbook.data.avatars.pose import Pose, random_poses
from ganbook.data.avatars.render import render
from ganbook.data.avatars.sampling import free_looks
from ganbook.errors import UserError

SPLITS = {"train": 30_000, "dev": 2_000, "test": 2_000}
BLOCK = 100
"""Avatars drawn at once, from one seed."""
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
    folder = paths.build_dir() / "data"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"avatars-{split}-{side}.bin"
    _draw_missing(file, split, n, side, progress)
    drawn = np.memmap(file, np.uint8, "r", shape=(n, 4, side, side))
    both = torch.from_numpy(np.array(drawn))
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


def _draw_missing(file: Path, split: str, n: int, side: int, progress: bool) -> None:
    """Append blocks to the file until it holds n avatars; half a block at its end, of a stopped drawing, is
    overwritten.
    """
    size = BLOCK * 4 * side * side
    there = file.stat().st_size // size if file.is_file() else 0
    if there * BLOCK >= n:
        return
    with open(file, "r+b" if there else "wb") as out:
        out.seek(there * size)
        starts = range(there * BLOCK, n, BLOCK)
        for block in _drawn(split, tqdm(starts, desc="drawing avatars", unit="block", disable=not progress), side):
            out.write(block.tobytes())


def _drawn(split: str, starts: range, side: int) -> Iterator[UInt8[np.ndarray, "block 4 side side"]]:
    for start in starts:
        drawing = render(*_block(split, start), side)
        colours = ((drawing.pictures + 1) * 127.5).round().byte()
        yield torch.cat([colours, drawing.labels[:, None]], 1).numpy()

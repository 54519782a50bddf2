"""Pictures of our own painter as a data set: painted once, kept beside what the book builds."""

from functools import partial

import torch
from jaxtyping import UInt8
from torch import Tensor

from ganbook.data.kept import drawn_once
from ganbook.data.paintings.dated import SPLITS, Paintings, check_split
from ganbook.data.paintings.motif import Motif, dice, motif_of
from ganbook.data.paintings.render import LARGEST, SMALLEST, paint
from ganbook.data.paintings.style import FIRST_YEAR, LAST_YEAR
from ganbook.errors import UserError

FIRST = {"train": 0, "dev": 1_000_000, "test": 2_000_000}
"""Number of the first picture of each split."""


def year_of(number: int) -> float:
    """In which year the picture of a number was painted: evenly from 1881 to 1891, whatever it shows."""
    return FIRST_YEAR + (LAST_YEAR - FIRST_YEAR) * float(dice(number, "year").random())


def drawn_paintings(split: str, n: int | None = None, side: int = 64, progress: bool = True) -> Paintings:
    """Paint pictures, or read those that were painted before.

    About 15 a second on one slow core at 64 pixels, where each takes 12 kB.

    Args:
        split: "train", "dev" or "test".
        n: the first so many; all by default (3,200, 400, 400).
        side: pixels of a side, 64 to 256.
        progress: show a bar.

    Raises:
        UserError: unknown split, or n or side out of range.
    """
    motifs = parameters(split, n)
    if not SMALLEST <= side <= LARGEST:
        raise UserError(f"side must be from {SMALLEST} to {LARGEST} pixels, got {side}")
    pictures = drawn_once(
        f"paintings-{split}-{side}", len(motifs), (3, side, side), partial(_block, split, side), progress
    )
    return Paintings(
        "embedded",
        split,
        pictures,
        torch.tensor([year_of(motif.number) for motif in motifs], dtype=torch.float32),
        tuple(motif.title for motif in motifs),
        tuple(f"number {motif.number}" for motif in motifs),
    )


def parameters(split: str, n: int | None = None) -> tuple[Motif, ...]:
    """What the first n pictures of a split show, in their order.

    Raises:
        UserError: unknown split, or n out of range.
    """
    check_split(split)
    n = SPLITS[split] if n is None else n
    if not 0 < n <= SPLITS[split]:
        raise UserError(f"n must be from 1 to {SPLITS[split]:,} for {split}, got {n}")
    return tuple(motif_of(FIRST[split] + k) for k in range(n))


def _block(split: str, side: int, start: int, stop: int) -> UInt8[Tensor, "block 3 side side"]:
    numbers = range(FIRST[split] + start, FIRST[split] + stop)
    return torch.stack([paint(number, year_of(number), side) for number in numbers])

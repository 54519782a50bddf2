"""Dated pictures, whatever their source."""

import hashlib
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float32, UInt8
from PIL import Image, ImageOps
from torch import Tensor

from ganbook.data.report import Report
from ganbook.errors import UserError

SPLITS = {"train": 3_200, "dev": 400, "test": 400}
"""Pictures of our own painter. Of other sources a tenth is for development, and a tenth for the test."""

FEWEST = 20
"""Pictures that can be used which a set of one's own needs at least."""

WIDEST = 3
"""A picture is left out if one side is longer than so many times the other: its middle would say little of it."""

SHORTEST = 32
"""Pixels that the shorter side of a picture needs at least."""


@dataclass(frozen=True, eq=False)
class Paintings:
    """Dated pictures.

    Attributes:
        source: "embedded" (our own painter), "commons" or "folder".
        split: "train", "dev" or "test".
        pictures: colours, 0..255.
        years: with their fraction: 1888.5 is the middle of 1888.
        titles: of the pictures.
        sources: of each picture: its number, file, or page on the web.
    """

    source: str
    split: str
    pictures: UInt8[Tensor, "n 3 side side"]
    years: Float32[Tensor, " n"]
    titles: tuple[str, ...]
    sources: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.pictures)


@dataclass(frozen=True)
class Entry:
    """A picture that was read.

    Attributes:
        key: decides its split.
        picture: uint8 (3, side, side).
    """

    key: str
    title: str
    year: float
    source: str
    picture: Tensor


def check_split(split: str) -> None:
    """Raises ``UserError`` for a split that there is not."""
    if split not in SPLITS:
        raise UserError(f"unknown split {split!r} of the paintings: expected one of {', '.join(SPLITS)}")


def part_of(entries: list[Entry], source: str, split: str, n: int | None, where: str, report: Report) -> Paintings:
    """The first n pictures of a split, in the order of their years.

    Args:
        where: they come from, as an error names it.

    Raises:
        UserError: fewer than ``FEWEST`` entries, or n out of range.
    """
    report.used = len(entries)
    if len(entries) < FEWEST:
        raise UserError(f"{where}: too few pictures, at least {FEWEST} are needed: {report}")
    shuffled = sorted(entries, key=lambda entry: hashlib.sha256(entry.key.encode()).digest())
    tenth = len(entries) // 10
    cuts = {"test": slice(tenth), "dev": slice(tenth, 2 * tenth), "train": slice(2 * tenth, None)}
    mine = shuffled[cuts[split]]
    if n is not None and not 0 < n <= len(mine):
        raise UserError(f"n must be from 1 to {len(mine):,} for {split}, got {n}")
    mine = sorted(mine[:n], key=lambda entry: (entry.year, entry.key))
    return Paintings(
        source,
        split,
        torch.stack([entry.picture for entry in mine]),
        torch.tensor([entry.year for entry in mine], dtype=torch.float32),
        tuple(entry.title for entry in mine),
        tuple(entry.source for entry in mine),
    )


def unfit(picture: Image.Image) -> str | None:
    """Why a picture is left out, or None."""
    long, short = max(picture.size), min(picture.size)
    if long > WIDEST * short:
        return f"left out because one side is more than {WIDEST} times the other"
    return f"left out because they are less than {SHORTEST} pixels high or wide" if short < SHORTEST else None


def square(picture: Image.Image, side: int) -> UInt8[Tensor, "3 side side"]:
    """The middle square of a picture, resized."""
    fitted = ImageOps.fit(picture, (side, side), Image.Resampling.LANCZOS)
    return torch.from_numpy(np.array(fitted)).permute(2, 0, 1).contiguous()

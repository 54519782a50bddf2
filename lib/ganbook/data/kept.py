"""Drawings that are made once and kept beside what the book builds."""

from collections.abc import Callable
from math import prod

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor
from tqdm import tqdm

from ganbook import paths

BLOCK = 100
"""Drawings made at once."""

SAMPLE = 8
"""Drawings that are made anew to see whether a file holds what is drawn today."""


def drawn_once(
    name: str, n: int, shape: tuple[int, ...], draw: Callable[[int, int], UInt8[Tensor, "block ..."]], progress: bool
) -> UInt8[Tensor, "n ..."]:
    """The first n drawings of a name: read if they were made before, else made; what was stopped goes on.

    A file whose first drawings are no longer what is drawn today is thrown away.

    Args:
        name: of the file, without ending.
        n: how many.
        shape: of one drawing.
        draw: (start, stop) -> drawings start to stop - 1, the same at each call; start is a multiple of ``BLOCK``.
        progress: show a bar.
    """
    folder = paths.build_dir() / "data"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.bin"
    size = prod(shape)
    there = file.stat().st_size // size if file.is_file() else 0
    sample = min(there, n, SAMPLE)
    if sample and _differ(np.fromfile(file, np.uint8, sample * size), draw(0, sample).numpy()):
        file.unlink()
        there = 0
    if there < n:
        first = there - there % BLOCK
        starts = tqdm(range(first, n, BLOCK), desc=f"drawing {name}", unit="block", disable=not progress)
        file.touch()  # never truncated: another process may be drawing the same
        with open(file, "r+b") as out:
            out.seek(first * size)
            for start in starts:
                out.write(draw(start, min(start + BLOCK, n)).numpy().tobytes())
    return torch.from_numpy(np.array(np.memmap(file, np.uint8, "r", shape=(n, *shape))))


def _differ(kept: UInt8[np.ndarray, " bytes"], now: UInt8[np.ndarray, "block ..."]) -> bool:
    """Are these other drawings? Processors round differently, by one or two levels of 255."""
    return bool(np.abs(kept.astype(int) - now.ravel()[: len(kept)]).max() > 2)

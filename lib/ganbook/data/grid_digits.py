"""GridMNIST: four digits in a 2 x 2 grid, so that an image has four correct captions."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Int64, UInt8

from ganbook.data.captions import DIGIT_WORDS
from ganbook.data.digits import DATA_SET as DIGITS
from ganbook.data.digits import Digits, load_digits
from ganbook.errors import UserError

CELL, MARGIN = 32, 2
"""Pixels: a cell's side, and the empty border round the 28 x 28 digit in its middle."""

SIZES = {"train": 10_000, "test": 1_000}


@dataclass(frozen=True, eq=False)
class GridDigits:
    """Grids of four digits.

    Attributes:
        images: uint8 (n, 64, 64), ink 255 on paper 0.
        labels: int64 (n, 4): top left, top right, bottom left, bottom right.
        source: of the digits, ``"mnist"`` or ``"embedded"``.
        split: of the digits, ``"train"`` or ``"test"``.
        distinct: whether the four labels of each grid differ.
    """

    images: UInt8[np.ndarray, "n 64 64"]
    labels: Int64[np.ndarray, "n 4"]
    source: str
    split: str
    distinct: bool

    def __len__(self) -> int:
        return len(self.labels)

    def caption_set(self, index: int) -> tuple[str, str, str, str]:
        """The correct one-word captions of one image, in the order of its labels."""
        return tuple(DIGIT_WORDS[label] for label in self.labels[index])


def make_grid_digits(digits: Digits, n: int, seed: int, distinct: bool = True) -> GridDigits:
    """Draw ``n`` grids: the four labels of each uniformly, then for each label one of its digits uniformly.

    The same arguments give the same grids, byte for byte. One seed gives training and test grids unrelated labels.

    Args:
        digits: where the cells come from.
        n: how many grids, at least 1.
        seed: of the NumPy generator, at least 0.
        distinct: draw the four labels without repeats.

    Raises:
        UserError: no grid asked for, a negative seed, or too few classes for distinct labels.
    """
    if n < 1 or seed < 0:
        raise UserError(f"expected n of at least 1 and a seed of at least 0, got n={n}, seed={seed}")
    classes, counts = np.unique(digits.labels, return_counts=True)
    fewest = 4 if distinct else 1
    if len(classes) < fewest:
        raise UserError(
            f"the digits hold {len(classes)} different labels, expected at least {fewest} for distinct={distinct}"
        )

    rng = np.random.default_rng([seed, digits.split == "test"])
    if distinct:
        drawn = rng.random((n, len(classes))).argsort(axis=1, kind="stable")[:, :4]
    else:
        drawn = _draw_below(np.full((n, 4), len(classes)), rng)
    by_class = np.argsort(digits.labels, kind="stable")
    first_of_class = np.cumsum(counts) - counts
    chosen = by_class[first_of_class[drawn] + _draw_below(counts[drawn], rng)]

    images = np.zeros((n, 2, CELL, 2, CELL), np.uint8)
    inside = slice(MARGIN, CELL - MARGIN)
    images[:, :, inside, :, inside] = digits.images[chosen].reshape(n, 2, 2, 28, 28).swapaxes(2, 3)
    images = images.reshape(n, 2 * CELL, 2 * CELL)
    return GridDigits(images, classes[drawn].astype(np.int64), digits.source, digits.split, distinct)


def grid_digits(
    split: str, source: str = "auto", n: int | None = None, seed: int = 0, distinct: bool = True
) -> GridDigits:
    """The book's GridMNIST: 10,000 training grids of training digits, 1,000 test grids of test digits.

    Args:
        split, source: as in ``load_digits``, whose errors and printed line these are.
        n: how many grids instead.
        seed, distinct: as in ``make_grid_digits``.
    """
    digits = load_digits(split, source)
    return make_grid_digits(digits, SIZES[split] if n is None else n, seed, distinct)


def _draw_below(limits: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Whole numbers, uniform on 0..limit-1 for each limit; from ``random`` alone, the steadiest of NumPy's streams."""
    return (rng.random(limits.shape) * limits).astype(np.int64)


DATA_SET = replace(
    DIGITS,
    name="grid_digits",
    title="GridMNIST: four digits in a 2 x 2 grid",
    splits=dict.fromkeys(DIGITS.splits, SIZES),
    schema={
        "images": "uint8 (n, 64, 64), ink 255 on paper 0",
        "labels": "int64 (n, 4), 0..9: top left, top right, bottom left, bottom right",
    },
)

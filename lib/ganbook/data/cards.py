"""Make the sample pictures of the data set cards again: ``python -m ganbook.data.cards``. Embedded data only."""

from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from ganbook import paths
from ganbook.data.digits import load_digits
from ganbook.data.grid_digits import GridDigits, grid_digits

GAP, GAP_GREY, ENLARGEMENT = 2, 96, 3
"""The line between two samples (pixels, grey value), and screen pixels a pixel."""


def digits_picture(rows: int = 6) -> UInt8[np.ndarray, "h w"]:
    """Training digits: a column for each of 0..9, its samples spread over the set."""
    digits = load_digits("train", "embedded")
    columns = [np.flatnonzero(digits.labels == label) for label in range(10)]
    chosen = np.stack([column[np.linspace(0, len(column) - 1, rows).astype(int)] for column in columns], axis=1)
    return tile(digits.images[chosen])


def grid_digits_sample() -> GridDigits:
    """The ten training grids shown in the card."""
    return grid_digits("train", "embedded", n=10, seed=0)


def grid_digits_picture() -> UInt8[np.ndarray, "h w"]:
    """The ten grids of ``grid_digits_sample``, two rows of five."""
    return tile(grid_digits_sample().images.reshape(2, 5, 64, 64))


def tile(images: UInt8[np.ndarray, "rows columns h w"]) -> UInt8[np.ndarray, "height width"]:
    """One picture of all images, with a grey line round each."""
    framed = np.pad(images, ((0, 0), (0, 0), (0, GAP), (0, GAP)), constant_values=GAP_GREY)
    rows, columns, height, width = framed.shape
    sheet = framed.swapaxes(1, 2).reshape(rows * height, columns * width)
    return np.pad(sheet, ((GAP, 0), (GAP, 0)), constant_values=GAP_GREY).repeat(ENLARGEMENT, 0).repeat(ENLARGEMENT, 1)


PICTURES = {"digits.png": digits_picture, "grid_digits.png": grid_digits_picture}


def write_pictures(folder: Path) -> list[Path]:
    """Write every card's sample picture (PNG) into a folder."""
    from PIL import Image

    written = []
    for name, draw in PICTURES.items():
        Image.fromarray(draw()).save(folder / name, optimize=True)
        written.append(folder / name)
    return written


if __name__ == "__main__":
    for picture in write_pictures(paths.root() / "datasets"):
        print(picture)

"""Make the sample pictures of the data set cards again: ``python -m ganbook.data.cards``. Embedded data only."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import UInt8

from ganbook import paths
from ganbook.data.digit_edits import Renderer
from ganbook.data.digits import load_digits
from ganbook.data.edits import EMPTY, State, apply, parse
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


DIGIT_EDITS_SAMPLE = (
    ("put two on the middle", EMPTY),
    ("move four to the bottom left", State(4, 1, 0, 2, 2)),
    ("expand zero to the top right", State(0, 0, 2, 1, 1)),
    ("compress eight to the left", State(8, 0, 0, 3, 3)),
    ("remove seven", State(7, 1, 1, 2, 1)),
)
"""The edits shown in the card: an instruction and the state before it."""


def digit_edits_picture() -> UInt8[np.ndarray, "h w"]:
    """A column for each edit of ``DIGIT_EDITS_SAMPLE``: the source above, the target below."""
    digits = load_digits("train", "embedded")
    instructions = [parse(text) for text, _ in DIGIT_EDITS_SAMPLE]
    samples = [np.flatnonzero(digits.labels == instruction.digit)[0] for instruction in instructions]
    before = [state for _, state in DIGIT_EDITS_SAMPLE]
    after = [apply(instruction, state) for instruction, state in zip(instructions, before, strict=True)]
    ink = torch.from_numpy(digits.images[samples]).float() / 255
    pictures = Renderer(64)(ink.repeat(2, 1, 1), torch.tensor(before + after))
    return tile(((pictures + 1) * 127.5).round().byte().numpy().reshape(2, len(samples), 64, 64))


def tile(images: UInt8[np.ndarray, "rows columns h w"]) -> UInt8[np.ndarray, "height width"]:
    """One picture of all images, with a grey line round each."""
    framed = np.pad(images, ((0, 0), (0, 0), (0, GAP), (0, GAP)), constant_values=GAP_GREY)
    rows, columns, height, width = framed.shape
    sheet = framed.swapaxes(1, 2).reshape(rows * height, columns * width)
    return np.pad(sheet, ((GAP, 0), (GAP, 0)), constant_values=GAP_GREY).repeat(ENLARGEMENT, 0).repeat(ENLARGEMENT, 1)


PICTURES = {
    "digits.png": digits_picture,
    "grid_digits.png": grid_digits_picture,
    "digit_edits.png": digit_edits_picture,
}


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

"""A digit drawn by hand, brought to the form of MNIST's."""

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from ganbook.errors import UserError

SIDE = 28
BOX = 20
"""MNIST's digits fit a box of this many pixels a side, aspect ratio kept (LeCun, Bottou, Bengio and Haffner 1998,
section III.A)."""

CENTRE = 14
"""Row and column, counted from 0, of the pixel in which the centre of mass of each of MNIST's digits lies."""

INK = 32
"""Grey value from which a pixel counts as drawn, not as the soft edge of a stroke."""

SMALLEST, FULLEST = 0.1, 0.5
"""The digit's longer side must be at least this share of the canvas, and its ink at most this share of the canvas."""


def centred_digit(drawing: UInt8[np.ndarray, "height width"]) -> UInt8[np.ndarray, "28 28"]:
    """Scale a drawing to a 20 x 20 box and put its centre of mass in the middle of 28 x 28,
    as MNIST's digits were made.

    MNIST's own digits stay as they are.

    The aspect ratio stays, the scaling is antialiased, the shift is by whole pixels and never pushes ink over the edge.

    Args:
        drawing: ink 255 on paper 0, of any size from 28 x 28.

    Raises:
        UserError: not such a picture, empty, a mere speck, or so full that there is no digit to be seen.
    """
    if drawing.dtype != np.uint8 or drawing.ndim != 2 or min(drawing.shape) < SIDE:
        raise UserError(
            f"a drawing: expected uint8 (height, width), at least {SIDE} x {SIDE}; got {drawing.dtype} {drawing.shape}"
        )
    drawn = drawing >= INK
    if not drawn.any():
        raise UserError("The drawing is empty. Draw a digit first.")
    if drawn.mean() > FULLEST:
        raise UserError(
            f"The drawing fills {drawn.mean():.0%} of the canvas;"
            " a digit needs paper round its strokes. Clear it and draw thinner."
        )
    rows, columns = (np.flatnonzero(drawing.any(axis=axis)) for axis in (1, 0))
    cut = drawing[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    if max(cut.shape) < SMALLEST * max(drawing.shape):
        raise UserError("The drawing is only a speck. Draw a larger digit.")
    height, width = (max(1, round(BOX * side / max(cut.shape))) for side in cut.shape)
    small = np.asarray(Image.fromarray(cut).resize((width, height), Image.Resampling.BILINEAR))
    digit = np.zeros((SIDE, SIDE), np.uint8)
    top, left = _start(small.sum(axis=1)), _start(small.sum(axis=0))
    digit[top : top + height, left : left + width] = small
    return digit


def _start(ink: np.ndarray) -> int:
    """Where a line of ``ink`` begins so that its centre of mass is that of MNIST's digits, as far as there is room."""
    centre = (np.arange(len(ink)) @ ink) / ink.sum()
    return int(np.clip(round(CENTRE - centre), 0, SIDE - len(ink)))

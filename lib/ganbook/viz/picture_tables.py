"""Tables of pictures with words: all lie in one axes in inches, for axes of their own take a second to draw."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
from jaxtyping import UInt8
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy import ndarray

from ganbook.viz.style import DPI, PAGE_WIDTH, fitted

FRAME = 0.03
"""Inches around each picture."""


def image_grid(
    images: UInt8[ndarray, "n height width *colours"],
    labels: Sequence[str],
    columns: int = 6,
    aligned: bool = False,
    *,
    width: float = PAGE_WIDTH,
) -> Figure:
    """Images, grey or in colours, in rows with a line or two of text under each;
    ``aligned`` keeps those of a column together on a narrow page, too.
    """
    across = max(1, round(columns * width / PAGE_WIDTH))
    places = _places(len(images), columns if aligned else across, across)
    side = width / across
    high = _high(images, side) + _height(labels) + 0.06
    axis = _paper(width, high * (max(row for row, _ in places) + 1))
    for (row, column), image, text in zip(places, images, labels):
        bottom = _picture(axis, image, column * side, row * high, side)
        axis.text((column + 0.5) * side, bottom + 0.04, text, ha="center", va="top", fontsize=9.5)
    return axis.figure


def _places(count: int, columns: int, across: int) -> list[tuple[int, int]]:
    """Row and column of each picture when a table of so many ``columns``
    is cut into parts ``across`` wide, one below the other.
    """
    rows = -(-count // columns)
    return [
        (column // across * rows + row, column % across) for row, column in (divmod(n, columns) for n in range(count))
    ]


def examples(
    pictures: UInt8[ndarray, "n kinds height width *colours"],
    texts: Sequence[str],
    kinds: Sequence[str],
    across: int = 2,
    *,
    width: float = PAGE_WIDTH,
) -> Figure:
    """Pictures that belong together side by side (such as source, target, generated),
    with a line of text above each such row.
    """
    across = max(1, round(across * width / PAGE_WIDTH))
    gap = 0.3
    block = (width - gap * (across - 1)) / across
    side = block / len(kinds)
    texts, kinds = [fitted(text, block) for text in texts], [fitted(kind, 0.9 * side) for kind in kinds]
    above, head = _height(texts), _height(kinds)
    high = above + _high(pictures[0], side)
    axis = _paper(width, head + high * -(-len(pictures) // across))
    for number, (row_of_pictures, text) in enumerate(zip(pictures, texts, strict=True)):
        row, column = divmod(number, across)
        left, top = column * (block + gap), head + row * high
        axis.text(left + FRAME, top + above / 2, text, va="center", fontsize=9.5)
        for kind, picture in enumerate(row_of_pictures):
            _picture(axis, picture, left + kind * side, top + above, side)
    for left in (column * (block + gap) for column in range(min(across, len(pictures)))):
        for kind, word in enumerate(kinds):
            middle = left + (kind + 0.5) * side
            axis.text(middle, head / 2, word, ha="center", va="center", fontsize=9.5, fontweight="bold")
    return axis.figure


def _paper(width: float, height: float) -> Axes:
    """One axes over a whole figure: x and y are inches from the left and from the top."""
    figure = plt.figure(figsize=(width, height), layout="none")
    axis = figure.add_axes((0, 0, 1, 1))
    axis.set_axis_off()
    axis.set(xlim=(0, width), ylim=(height, 0), autoscale_on=False)
    return axis


def _picture(axis: Axes, image: UInt8[ndarray, "height width *colours"], left: float, top: float, side: float) -> float:
    """An image, grey or in colours, in a thin frame: its edge is to be seen on a dark page, too.

    It takes ``side`` inches of width with the space around it. Its pixels stay squares where they are enlarged, which
    keeps the file small, too. Returns where it ends, in inches from the top.
    """
    left, top, wide, bottom = left + FRAME, top + FRAME, side - 2 * FRAME, top + _high(image[None], side) - FRAME
    way = "nearest" if image.shape[1] <= wide * DPI else "auto"
    axis.imshow(image, vmin=0, vmax=255, extent=(left, left + wide, bottom, top), aspect="auto", interpolation=way)
    axis.add_patch(Rectangle((left, top), wide, bottom - top, fill=False, edgecolor="#888888", linewidth=0.6))
    return bottom


def _high(images: UInt8[ndarray, "n height width *colours"], side: float) -> float:
    """Inches that a picture with the space around it is high when it is ``side`` wide."""
    height, width = images.shape[1:3]
    return (side - 2 * FRAME) * height / width + 2 * FRAME


def _height(texts: Sequence[str]) -> float:
    """Inches that the text with the most lines takes."""
    return 0.1 + 0.16 * max(text.count("\n") + 1 for text in texts)

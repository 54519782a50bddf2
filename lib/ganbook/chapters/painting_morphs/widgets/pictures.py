"""Pictures of the chapter's widgets: rows in files, and in stills."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jaxtyping import UInt8
from torch import Tensor

from ganbook.widgets import sprites

if TYPE_CHECKING:
    from matplotlib.figure import Figure

QUALITY = 75
"""Of WebP files."""


def row(pictures: UInt8[Tensor, "n 3 side side"]) -> bytes:
    """Pictures beside each other as a WebP."""
    return table(pictures[None])


def table(pictures: UInt8[Tensor, "rows columns 3 side side"]) -> bytes:
    """Pictures in rows and columns as a WebP."""
    return sprites.sheet(pictures.permute(0, 1, 3, 4, 2).numpy(), QUALITY)


def put(
    figure: "Figure", place: Sequence[float], picture: UInt8[Tensor, "3 side side"], title: str = "", colour: str = ""
) -> None:
    """A picture in a figure, at (left, bottom, width, height), with a title above it and a frame in a colour."""
    axes = figure.add_axes(tuple(place), xticks=[], yticks=[])
    axes.imshow(picture.permute(1, 2, 0).numpy())
    axes.set_title(title, fontsize=11, pad=3)
    axes.spines[:].set(visible=bool(colour), color=colour or "none", linewidth=3)

"""The painter: lays coats of strokes over an underpainting and lights the relief of the paint."""

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from ganbook.data.paintings.composing import compose
from ganbook.data.paintings.layout import CELLS, Layout
from ganbook.data.paintings.motif import dice, motif_of
from ganbook.data.paintings.palette import mixed, of_the_year, paints, rgb
from ganbook.data.paintings.strokes import Strokes, coat, drawing, ribbons
from ganbook.data.paintings.style import FIRST_YEAR, LAST_YEAR, Style, personal, style_of
from ganbook.errors import UserError

SMALLEST, LARGEST = 64, 256
FINER = 2
"""Pixels of the canvas for one of the picture, along a side."""

COATS = ((1.7, 2.2), (1.0, 2.4), (0.62, 0.7))
"""Size of strokes and how often they cover the canvas, for each coat."""


def paint(number: int, year: float, side: int = 64, hand: int = 0) -> UInt8[Tensor, "3 side side"]:
    """The picture of a number in the style of a year: the same number and year give the same picture.

    Args:
        number: decides motif, season, weather and composition; 0 or above.
        year: from 1881 up to, not including, 1891; 1888.5 is the middle of 1888.
        side: pixels of a side, 64 to 256.
        hand: another hand sets other strokes: the same picture painted once more.

    Raises:
        UserError: a number below 0, a year or side out of range.
    """
    _check(number, year, side)
    motif = motif_of(number)
    style = personal(style_of(year), dice(number, "turn").random(3))
    table = paints(motif.season, motif.weather)
    layout = compose(motif)
    canvas = Canvas(layout, table, style, side * FINER)
    for k, (size, cover) in enumerate(COATS):
        canvas.set(coat(layout, style, size, cover, dice(number, f"coat {k} {hand}")))
    lines = drawing(layout.lines, style, dice(number, f"lines {hand}"))
    if lines is not None:
        canvas.set(lines)
    return torch.from_numpy(canvas.picture()).permute(2, 0, 1).contiguous()


def _check(number: int, year: float, side: int) -> None:
    if number < 0:
        raise UserError(f"the number of a picture must be 0 or above, got {number}")
    if not FIRST_YEAR <= year < LAST_YEAR:
        raise UserError(f"the year must be from {FIRST_YEAR:.0f} up to, not including, {LAST_YEAR:.0f}, got {year}")
    if not SMALLEST <= side <= LARGEST:
        raise UserError(f"side must be from {SMALLEST} to {LARGEST} pixels, got {side}")


class Canvas:
    """Wet paint: colours in OKLab and the height of the paint, on square pixels."""

    def __init__(self, layout: Layout, table: Float[np.ndarray, "materials 3 3"], style: Style, pixels: int) -> None:
        self.table, self.style, self.pixels = table, style, pixels
        cells = (np.arange(pixels) + 0.5) * CELLS / pixels
        row, column = (each.astype(int) for each in np.meshgrid(cells, cells, indexing="ij"))
        seen = mixed(table, layout.material[row, column], layout.tone[row, column])
        self.colour = of_the_year(seen, style).reshape(-1, 3)
        self.height = np.zeros(pixels * pixels)
        self.depth = layout.depth[row, column].ravel()

    def set(self, strokes: Strokes) -> None:
        """Set strokes in their order; a later one covers an earlier one."""
        pixel, stroke, along, across = ribbons(strokes, self.pixels)
        shown = self.depth[pixel] <= strokes.depth[stroke]
        pixel, stroke, along, across = (each[shown] for each in (pixel, stroke, along, across))
        top = np.full(self.pixels**2, -1)
        top[pixel] = np.arange(len(pixel))
        painted = np.flatnonzero(top >= 0)
        point = top[painted]
        stroke, along, across = stroke[point], along[point], across[point]
        bristle = _bristles(strokes.luck[stroke, 3], across)
        self.colour[painted] = self._paints(strokes)[stroke]
        self.colour[painted, 0] += 0.028 * self.style.impasto * bristle
        edge = 1 - across**2
        self.height[painted] = (0.35 + edge * (0.8 + 0.25 * bristle)) * (1.15 - 0.5 * along) + 0.4 * strokes.luck[
            stroke, 2
        ]

    def _paints(self, strokes: Strokes) -> Float[np.ndarray, "n 3"]:
        """The paint of each stroke: its tone and hue stray as far as the style breaks its colours."""
        stray = 2 * strokes.luck[:, :3] - 1
        tone = strokes.tone + 0.85 * self.style.broken * stray[:, 0]
        colour = of_the_year(mixed(self.table, strokes.material, tone), self.style)
        colour[:, 0] += 0.03 * stray[:, 1]
        colour[:, 1:] += 0.03 * self.style.broken * stray[:, 1:]
        return colour

    def picture(self) -> UInt8[np.ndarray, "side side 3"]:
        """The picture in daylight from the upper left."""
        height = self.height.reshape(self.pixels, self.pixels)
        reach = max(1, round(self.pixels / 160))
        slope = height - np.roll(height, (reach, reach), (0, 1))
        slope[:reach], slope[:, :reach] = 0, 0
        colour = self.colour.reshape(self.pixels, self.pixels, 3).copy()
        colour[..., 0] += 0.075 * self.style.impasto * slope.clip(-1, 1)
        away = np.hypot(*np.meshgrid(*[np.linspace(-1, 1, self.pixels)] * 2))
        colour[..., 0] *= 1 - 0.3 * self.style.gloom * (away - 0.55).clip(0)
        fine = rgb(colour).reshape(self.pixels // FINER, FINER, -1, FINER, 3)
        return (fine.mean((1, 3)) * 255).round().astype(np.uint8)


def _bristles(luck: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Ridges that the bristles leave along a stroke, in [-1, 1]."""
    return 0.6 * np.sin(across * 9 + 40 * luck) + 0.4 * np.sin(across * 17 + 90 * luck)

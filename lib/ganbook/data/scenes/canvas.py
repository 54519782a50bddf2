"""A transparent sheet on which a piece of clip art is drawn, shape over shape.

Coordinates are pixels of a scene of 400 x 700; of an object, the origin is the middle of its foot, x points to the
right and y down, so that what stands on the ground has negative y. A shape is drawn only in the window that holds it.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from jaxtyping import Float32, UInt8
from torch import Tensor

from ganbook.data.avatars import shapes

Colour = tuple[float, float, float]
Point = tuple[float, float]

EDGE = 1.6
"""Width of the dark line round a shape."""


def colour(name: str) -> Colour:
    """A colour from its hexadecimal name: "ff8000" -> (1, 0.5, 0)."""
    red, green, blue = (int(name[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue


def darker(given: Colour, share: float = 0.62) -> Colour:
    red, green, blue = given
    return red * share, green * share, blue * share


def lighter(given: Colour, share: float = 0.35) -> Colour:
    red, green, blue = (value + (1 - value) * share for value in given)
    return red, green, blue


class Canvas:
    """A sheet from (left, top) to (right, bottom), whole numbers."""

    def __init__(self, left: int, top: int, right: int, bottom: int) -> None:
        self.left, self.top = left, top
        y = torch.arange(top, bottom, dtype=torch.float32)[:, None] + 0.5
        x = torch.arange(left, right, dtype=torch.float32)[None] + 0.5
        self._y, self._x = y.expand(-1, x.shape[1]), x.expand(len(y), -1)
        self._sheet = torch.zeros(*self._x.shape, 4)

    def picture(self) -> UInt8[Tensor, "height width 4"]:
        """Red, green, blue, each times the share that is covered, and that share."""
        return (self._sheet * 255).round().to(torch.uint8)

    def paint(
        self,
        window: tuple[float, float, float, float],
        shape: Callable[[Tensor, Tensor], Tensor],
        fill: Colour,
        edge: float = EDGE,
        share: float = 1.0,
        line: Colour | None = None,
    ) -> None:
        """Lay a shape over what is there.

        Args:
            window: left, top, right, bottom of what holds it.
            shape: its signed distance at points (x, y).
            fill: its colour.
            edge: width of the line round it, 0 for none.
            share: below one, what is behind shines through.
            line: colour of the line round it; a dark tone of the fill by default.
        """
        left, top, right, bottom = window
        margin = edge + 2
        columns = slice(max(0, math.floor(left - margin) - self.left), max(0, math.ceil(right + margin) - self.left))
        rows = slice(max(0, math.floor(top - margin) - self.top), max(0, math.ceil(bottom + margin) - self.top))
        part = self._sheet[rows, columns]
        if not part.numel():
            return
        distance = shape(self._x[rows, columns], self._y[rows, columns])
        if edge:
            _over(part, shapes.cover(distance - edge, 1.0) * share, line or darker(fill))
        _over(part, shapes.cover(distance, 1.0) * share, fill)

    def ellipse(self, x: float, y: float, width: float, height: float, fill: Colour, turn: float = 0, **how) -> None:
        """Half axes ``width`` and ``height``, turned clockwise by ``turn`` degrees."""
        reach = max(width, height) if turn else None
        window = (x - (reach or width), y - (reach or height), x + (reach or width), y + (reach or height))
        self.paint(window, lambda u, v: shapes.ellipse(*_turned(u - x, v - y, turn), width, height), fill, **how)

    def box(
        self, x: float, y: float, width: float, height: float, fill: Colour, rounding: float = 2, turn: float = 0, **how
    ) -> None:
        """Middle, half sides."""
        reach = math.hypot(width, height) if turn else 0
        window = (x - max(width, reach), y - max(height, reach), x + max(width, reach), y + max(height, reach))
        self.paint(window, lambda u, v: shapes.box(*_turned(u - x, v - y, turn), width, height, rounding), fill, **how)

    def rectangle(self, left: float, top: float, right: float, bottom: float, fill: Colour, **how) -> None:
        self.box((left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2, fill, **how)

    def line(self, points: Sequence[Point], radius: float, fill: Colour, **how) -> None:
        """A stroke through points."""
        pairs = list(pairwise(points))

        def shape(u: Tensor, v: Tensor) -> Tensor:
            return shapes.union(*(shapes.capsule(u, v, *start, *stop, radius) for start, stop in pairs))

        self.paint(_window(points, radius), shape, fill, **how)

    def limb(self, points: Sequence[Point], radii: Sequence[float], fill: Colour, **how) -> None:
        """A stroke through points that is thinner or thicker from one to the next."""
        parts = list(zip(points, points[1:], radii, radii[1:]))

        def shape(u: Tensor, v: Tensor) -> Tensor:
            return shapes.union(*(_cone(u, v, *part) for part in parts))

        self.paint(_window(points, max(radii)), shape, fill, **how)

    def polygon(self, points: Sequence[Point], fill: Colour, rounding: float = 0, **how) -> None:
        """Corners in order; they are rounded outwards by ``rounding``."""
        self.paint(_window(points, rounding), lambda u, v: polygon(u, v, points) - rounding, fill, **how)

    def clipped(self, points: Sequence[Point], stripes: Sequence[tuple], fill: Colour) -> None:
        """Boxes (left, top, right, bottom) in one colour, as far as they lie within a polygon."""

        def shape(u: Tensor, v: Tensor) -> Tensor:
            return shapes.both(polygon(u, v, points), shapes.union(*(_rectangle(u, v, *each) for each in stripes)))

        self.paint(_window(points, 0), shape, fill, edge=0)

    def dots(self, points: Sequence[Point], size: float, fill: Colour, **how) -> None:
        for x, y in points:
            self.ellipse(x, y, size, size, fill, **({"edge": 0} | how))

    def gradient(self, left: float, top: float, right: float, bottom: float, upper: Colour, lower: Colour) -> None:
        """A box whose colour changes from top to bottom."""
        columns = slice(max(0, round(left) - self.left), round(right) - self.left)
        rows = slice(max(0, round(top) - self.top), round(bottom) - self.top)
        share = ((self._y[rows, columns] - top) / max(bottom - top, 1e-6)).clamp(0, 1)[..., None]
        self._sheet[rows, columns, :3] = torch.lerp(torch.tensor(upper), torch.tensor(lower), share)
        self._sheet[rows, columns, 3] = 1


def _over(part: Float32[Tensor, "height width 4"], share: Tensor, fill: Colour) -> None:
    part.lerp_(torch.tensor([*fill, 1.0]).expand_as(part), share[..., None])


def _turned(x: Tensor, y: Tensor, degrees: float) -> tuple[Tensor, Tensor]:
    if not degrees:
        return x, y
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return x * cos + y * sin, y * cos - x * sin


def _window(points: Sequence[Point], reach: float) -> tuple[float, float, float, float]:
    xs, ys = zip(*points)
    return min(xs) - reach, min(ys) - reach, max(xs) + reach, max(ys) + reach


def _rectangle(x: Tensor, y: Tensor, left: float, top: float, right: float, bottom: float) -> Tensor:
    return shapes.box(x - (left + right) / 2, y - (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2)


def _cone(x: Tensor, y: Tensor, start: Point, stop: Point, first: float, last: float) -> Tensor:
    """A capsule whose radius changes evenly; a first-order distance."""
    dx, dy = stop[0] - start[0], stop[1] - start[1]
    along = (((x - start[0]) * dx + (y - start[1]) * dy) / (dx * dx + dy * dy + 1e-9)).clamp(0, 1)
    away = ((x - start[0] - along * dx) ** 2 + (y - start[1] - along * dy) ** 2).sqrt()
    return away - (first + (last - first) * along)


def polygon(x: Tensor, y: Tensor, points: Sequence[Point]) -> Tensor:
    """Signed distance to a simple polygon: to its nearest side, negative where a ray crosses an odd number of sides."""
    nearest, inside = torch.full_like(x, torch.inf), torch.zeros_like(x, dtype=torch.bool)
    for (x0, y0), (x1, y1) in zip(points, [*points[1:], points[0]]):
        dx, dy = x1 - x0, y1 - y0
        along = (((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy + 1e-9)).clamp(0, 1)
        nearest = torch.minimum(nearest, (x - x0 - along * dx) ** 2 + (y - y0 - along * dy) ** 2)
        if dy:
            inside ^= ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) * dx / dy)
    return torch.where(inside, -nearest.sqrt(), nearest.sqrt())

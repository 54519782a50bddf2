"""Strokes: where they begin, how they run along the flow, and the ribbons of points that cover the canvas."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from ganbook.data.paintings.layout import CELLS, Layout, Line
from ganbook.data.paintings.style import Style

NODES = 9
"""Points along the middle of a stroke."""

_PLASTIC = np.array([0.7548776662, 0.5698402910])
"""Steps of the R2 sequence, whose beginning always covers a square evenly."""


@dataclass(frozen=True, eq=False)
class Strokes:
    """Strokes in the order in which they are set.

    Attributes:
        nodes: the middle line, x and y in sides.
        along: direction at each node.
        width: in sides.
        material, tone: the paint.
        depth: of what it belongs to; it does not show where something nearer is.
        luck: four numbers in [0, 1) of each, for the shade of its paint and the marks of the bristles.
    """

    nodes: Float[np.ndarray, "n nodes 2"]
    along: Float[np.ndarray, "n nodes 2"]
    width: Float[np.ndarray, " n"]
    material: Int[np.ndarray, " n"]
    tone: Float[np.ndarray, " n"]
    depth: Int[np.ndarray, " n"]
    luck: Float[np.ndarray, "n 4"]

    def __len__(self) -> int:
        return len(self.width)


def coat(layout: Layout, style: Style, size: float, cover: float, rng: np.random.Generator) -> Strokes:
    """A coat of strokes over the whole canvas, from far to near.

    Args:
        size: factor on the strokes of the style.
        cover: how often they cover the canvas, about.
    """
    n = int(cover / (style.length * style.width * size**2))
    start = (rng.random(2) + np.arange(1, n + 1)[:, None] * _PLASTIC) % 1
    luck = rng.random((n, 6))
    row, column = _cells(start)
    depth = layout.depth[row, column]
    order = np.argsort(depth + 0.9 * luck[:, 4], kind="stable")
    start, luck, depth, row, column = (each[order] for each in (start, luck, depth, row, column))
    grain = layout.grain[row, column] * size * (0.75 + 0.5 * luck[:, 5])
    nodes, along = _trace(layout, style, start, depth, style.length * grain)
    width = style.width * grain * 0.5
    return Strokes(
        nodes, along, width, layout.material[row, column], layout.tone[row, column], np.full(n, 255), luck[:, :4]
    )


def _cells(points: Float[np.ndarray, "*n 2"]) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of the cells in which points lie; those outside belong to the nearest."""
    cells = (points * CELLS).astype(int).clip(0, CELLS - 1)
    return cells[..., 1], cells[..., 0]


def _trace(
    layout: Layout, style: Style, start: np.ndarray, depth: np.ndarray, length: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Follow the flow both ways from each start; a stroke ends where its thing does."""
    bend = style.swirl * layout.restless
    flow = layout.flow + bend * layout.whirl
    flow /= np.maximum(np.hypot(*flow), 1e-6)
    row, column = _cells(start)
    first = flow[:, row, column].T
    half, step = NODES // 2, (length / (NODES - 1))[:, None]
    ways = []
    for sign in (-1, 1):
        place, heading, path = start, first, []
        for _ in range(half):
            ahead = place + sign * step * heading
            row, column = _cells(ahead)
            inside = (layout.depth[row, column] == depth)[:, None]
            place = np.where(inside, ahead, place)
            local = flow[:, row, column].T
            local = np.where((local * heading).sum(1, keepdims=True) < 0, -local, local)
            turned = heading + style.curl * (local - heading)
            turned /= np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-6)
            heading = np.where(inside, turned, heading)
            path.append((place, heading))
        ways.append(path)
    nodes = [*reversed(ways[0]), (start, first), *ways[1]]
    return np.stack([place for place, _ in nodes], 1), np.stack([heading for _, heading in nodes], 1)


def drawing(lines: list[Line], style: Style, rng: np.random.Generator) -> Strokes | None:
    """The lines of a layout as strokes: contours as strong as the style has them."""
    luck = rng.random((len(lines), 4))
    kept = [k for k, line in enumerate(lines) if not line.contour or luck[k, 3] < 0.35 + style.contour]
    if not kept:
        return None
    nodes = np.stack([_resampled(lines[k].points) for k in kept])
    along = np.gradient(nodes, axis=1)
    along /= np.maximum(np.linalg.norm(along, axis=2, keepdims=True), 1e-6)
    width = [lines[k].width * (0.35 + 0.9 * style.contour if lines[k].contour else 1) for k in kept]
    return Strokes(
        nodes,
        along,
        0.5 * np.array(width),
        np.array([lines[k].material for k in kept]),
        np.array([lines[k].tone for k in kept]),
        np.array([lines[k].depth for k in kept]),
        luck[kept],
    )


def _resampled(points: Float[np.ndarray, "k 2"], n: int = 3 * NODES) -> Float[np.ndarray, "n 2"]:
    """So many points evenly along a line."""
    way = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    at = np.linspace(0, way[-1], n)
    return np.stack([np.interp(at, way, points[:, k]) for k in range(2)], 1)


def ribbons(
    strokes: Strokes, pixels: int
) -> tuple[Int[np.ndarray, " points"], Int[np.ndarray, " points"], np.ndarray, np.ndarray]:
    """Points that cover every stroke, stroke after stroke.

    Args:
        pixels: of a side of the canvas.

    Returns:
        The pixel of each point (row * pixels + column), its stroke, its place along the stroke in [0, 1] and its place
        across it in [-1, 1].
    """
    reach = np.linalg.norm(np.diff(strokes.nodes, axis=1), axis=2).sum(1) + 2 * strokes.width
    u = np.linspace(0, 1, 2 + int(1.3 * pixels * np.quantile(reach, 0.98)), dtype=np.float32)
    v = np.linspace(-1, 1, 2 + int(2.6 * pixels * strokes.width.max()), dtype=np.float32)
    knots = np.linspace(0, 1, strokes.nodes.shape[1])
    weight = np.stack([np.interp(u, knots, row) for row in np.eye(len(knots))], 1).astype(np.float32)
    middle = weight @ (strokes.nodes * pixels).astype(np.float32)
    along = weight @ strokes.along.astype(np.float32)
    half = (strokes.width * pixels)[:, None].astype(np.float32) * _taper(u)
    half /= np.maximum(np.hypot(along[..., 0], along[..., 1]), 1e-6)
    column = np.floor(middle[..., 0, None] - (half * along[..., 1])[..., None] * v).astype(np.int32)
    row = np.floor(middle[..., 1, None] + (half * along[..., 0])[..., None] * v).astype(np.int32)
    point = np.flatnonzero((column >= 0) & (column < pixels) & (row >= 0) & (row < pixels))
    stroke, rest = np.divmod(point, len(u) * len(v))
    at_u, at_v = np.divmod(rest, len(v))
    return (row * pixels + column).ravel()[point], stroke, u[at_u], v[at_v]


def _taper(u: np.ndarray) -> np.ndarray:
    """Share of its width that a stroke has at a place along it: round where it begins, pointed where it ends."""
    return np.sqrt(np.minimum(5 * u + 0.12, 3.5 * (1 - u) + 0.05).clip(0, 1))

"""Where things are: maps of material, tone and flow, laid over each other from far to near, and lines on top."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Float

from ganbook.data.paintings.palette import MATERIALS

CELLS = 128
"""Cells of a map along a side, whatever the size of the picture."""

Points = Float[np.ndarray, "k 2"]


@dataclass(frozen=True, eq=False)
class Line:
    """A drawn line.

    Attributes:
        points: x and y in sides of the picture.
        width: in sides of the picture.
        tone: of its material, from -1 to 1.
        depth: of what it is drawn on; what lies nearer hides it.
        contour: whether it goes round a thing; the year decides how strong such lines are.
    """

    points: Points
    material: int
    width: float
    tone: float
    depth: int
    contour: bool


@dataclass(eq=False)
class Layout:
    """A composition; maps are (cells, cells), x to the right and y down in [0, 1].

    Attributes:
        material: index into ``MATERIALS``.
        depth: counts what was laid from far to near.
        tone: -1 dark .. 1 light.
        flow: direction of strokes, (2, cells, cells), of length one.
        restless: how far whirls bend the flow.
        grain: factor on the size of strokes.
        whirl: direction of the whirls, (2, cells, cells), of length one at most.
        lines: in the order in which they are drawn.
    """

    material: np.ndarray = field(default_factory=lambda: np.zeros((CELLS, CELLS), np.uint8))
    depth: np.ndarray = field(default_factory=lambda: np.zeros((CELLS, CELLS), np.uint8))
    tone: np.ndarray = field(default_factory=lambda: np.zeros((CELLS, CELLS)))
    flow: np.ndarray = field(default_factory=lambda: np.zeros((2, CELLS, CELLS)))
    restless: np.ndarray = field(default_factory=lambda: np.ones((CELLS, CELLS)))
    grain: np.ndarray = field(default_factory=lambda: np.ones((CELLS, CELLS)))
    whirl: np.ndarray = field(default_factory=lambda: np.zeros((2, CELLS, CELLS)))
    lines: list[Line] = field(default_factory=list)
    _top: int = 0

    def lay(
        self,
        where: Bool[np.ndarray, "cells cells"],
        material: str,
        tone: np.ndarray | float,
        flow: tuple[np.ndarray | float, np.ndarray | float],
        restless: float = 1.0,
        grain: float = 1.0,
    ) -> None:
        """Lay a thing over what is there."""
        self._top += 1
        self.material[where] = MATERIALS.index(material)
        self.depth[where] = self._top
        self.restless[where], self.grain[where] = restless, grain
        self.tone[where] = np.broadcast_to(tone, where.shape)[where]
        along = np.stack([np.broadcast_to(part, where.shape) for part in flow]).astype(float)
        along /= np.maximum(np.hypot(*along), 1e-6)
        self.flow[:, where] = along[:, where]

    def line(
        self, points: Points | list, material: str, width: float, tone: float = 0.0, contour: bool = False
    ) -> None:
        """Draw a line over everything that was laid so far."""
        points = np.asarray(points, float)
        self.lines.append(Line(points, MATERIALS.index(material), width, tone, self._top, contour))


_centres = (np.arange(CELLS) + 0.5) / CELLS
X, Y = np.meshgrid(_centres, _centres)
"""The cells' places."""


def noise(rng: np.random.Generator, frequency: float, waves: int = 5) -> Float[np.ndarray, "cells cells"]:
    """Smooth noise of about unit size: a sum of waves of random direction; so many periods a side."""
    angle, phase, pitch = rng.random((3, waves))
    angle, pitch = 2 * np.pi * angle, 2 * np.pi * frequency * (0.6 + 0.8 * pitch)
    across = np.outer(_centres, np.cos(angle) * pitch) + 2 * np.pi * phase
    down = np.outer(_centres, np.sin(angle) * pitch)
    waving = np.sin(down) @ np.cos(across).T + np.cos(down) @ np.sin(across).T
    return waving * np.sqrt(2 / waves)


def ripple(rng: np.random.Generator, x: np.ndarray, frequency: float, waves: int = 4) -> np.ndarray:
    """Smooth noise of about unit size along a line."""
    phase, pitch = rng.random((2, waves))
    angles = 2 * np.pi * (frequency * (0.5 + pitch)[:, None] * np.ravel(x) + phase[:, None])
    return (np.sin(angles).sum(0) * np.sqrt(2 / waves)).reshape(np.shape(x))

"""Figures of the chapter: data in, figure and words out."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ganbook.chapters.drag_editing.inference import Drag

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ARROW, HELD = "#e8590c", "#1c7ed6"
"""Colours of drags and of anchors, in figures and in the widget."""


def draw_marks(axes: "Axes", drags: Sequence[Drag], anchors: Sequence[tuple[float, float]]) -> None:
    """Arrows for drags, circles for zooms, rings for anchors, in the pixels of a picture."""
    from matplotlib.patches import Circle

    for drag in drags:
        if drag.dx or drag.dy:
            how = {
                "arrowstyle": "-|>",
                "color": ARROW,
                "linewidth": 2,
                "shrinkA": 0,
                "shrinkB": 0,
                "mutation_scale": 11,
            }
            axes.annotate("", (drag.x + drag.dx, drag.y + drag.dy), (drag.x, drag.y), arrowprops=how)
        if drag.zoom:
            for radius, style in ((4.0, ":"), (4.0 * math.exp(2 * drag.zoom), "-")):
                axes.add_patch(Circle((drag.x, drag.y), radius, fill=False, color=ARROW, linewidth=2, linestyle=style))
        axes.plot(drag.x, drag.y, "o", color=ARROW, markersize=5, markeredgecolor="white")
    for x, y in anchors:
        axes.plot(x, y, "o", color="none", markersize=8, markeredgecolor="white", markeredgewidth=3.5)
        axes.plot(x, y, "o", color="none", markersize=8, markeredgecolor=HELD, markeredgewidth=2)

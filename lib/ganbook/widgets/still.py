"""Still pictures of widgets, for pages with no Python behind them."""

import base64
import html as markup
import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ganbook.widgets import labelling

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PAPER = {"light": "#ffffff", "dark": "#14181e"}
INK = {"light": "#1f2328", "dark": "#e2e6ea"}
BEHIND = "#858b9359"
"""The random-c histogram, behind the other one; alpha included, so that it suits both papers."""

HOW_TO_OPEN = (
    "A still picture: no Python runs behind this page. To move it yourself, run <code>make lab</code> and open this chapter."
)
STYLE = (
    ".gb-widget-still{margin:0}.gb-widget-still img{width:100%;max-width:860px;height:auto}"
    'html[data-theme="dark"] .gb-widget-still .gb-light{display:none!important}'
    'html[data-theme="dark"] .gb-widget-still .gb-dark{display:block!important}'
)


def html(draw: "Callable[[str], Figure]", alt: str) -> str:
    """A figure element with the picture in light and dark; without a theme on the page only the light one shows.

    ``draw(ink)`` makes the figure with its text and lines in the colour ``ink``.
    """
    light, dark = (_data_uri(draw, theme) for theme in ("light", "dark"))
    text = markup.escape(alt, quote=True)
    return (
        f'<figure class="gb-widget-still gb-figure"><style>{STYLE}</style>'
        f'<img class="gb-light dark-light" alt="{text}" src="{light}">'
        f'<img class="gb-dark dark-light" style="display:none" alt="{text}" src="{dark}">'
        f"<figcaption>{HOW_TO_OPEN}</figcaption></figure>"
    )


def _data_uri(draw: "Callable[[str], Figure]", theme: str) -> str:
    import matplotlib

    ink = INK[theme]
    style = {name: ink for name in ("text.color", "axes.labelcolor", "xtick.color", "ytick.color", "axes.edgecolor")}
    style["axes.facecolor"] = "none"
    file = io.BytesIO()
    with matplotlib.rc_context({"font.size": 11, "font.family": "DejaVu Sans", **style}):
        draw(ink).savefig(file, format="png", dpi=120, facecolor=PAPER[theme], pil_kwargs={"optimize": True})
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")


def figure(width: float, height: float) -> "Figure":
    """An empty figure, inches, that no pyplot window holds on to."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height))


def write_title(axes: "Axes", text: str) -> None:
    """A title at the left of ``axes``."""
    axes.set_title(text, loc="left", fontsize=12)


def draw_histogram(
    axes: "Axes", names: Sequence[str], fractions: np.ndarray, ceiling: float, ink: str, behind: np.ndarray | None = None
) -> None:
    """Horizontal bars, one a label, in the labels' colours; ``behind`` is a second histogram in grey, wider bars."""
    rows = np.arange(len(names))
    end = max(ceiling, fractions.max())
    axes.barh(rows, fractions, height=0.5, color=labelling.LABEL_COLOURS[: len(names)], label="this c", zorder=3)
    if behind is not None:
        axes.barh(rows, behind, height=0.86, color=BEHIND, label="random c")
    axes.axvline(1 / len(names), color=ink, linewidth=1, linestyle=(0, (4, 3)), label="even", zorder=4)
    for row, fraction in zip(rows, fractions, strict=True):
        axes.text(1.02 * end, row, f"{fraction:.0%}", va="center", color=ink)
    axes.set_yticks(rows, [f"{name}  {row}" for row, name in enumerate(names)])
    axes.invert_yaxis()
    axes.set_xlim(0, end)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)

"""Still pictures of widgets, for pages with no Python behind them."""

import base64
import html as markup
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ganbook.viz import pictures
from ganbook.chapters.latent_captions.widgets import labelling

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PAPER = {"light": "#ffffff", "dark": "#14181e"}
INK = {"light": "#1f2328", "dark": "#e2e6ea"}
SIZE, DPI = (4, 3.9), 150
"""Inches, and dots to an inch: 12 points on 4 inches are 13 pixels on a phone."""

BEHIND = "#858b9359"
"""The random-c histogram, behind the other one; alpha included, so that it suits both papers."""

HOW_TO_OPEN = (
    "A still picture: no Python runs behind this page. To move it yourself, run <code>make lab</code> and open this widget's chapter."
)
HOW_TO_START = (
    "A still picture: where scripts may run, you can move it on this page. Or run <code>make lab</code> and open this widget's chapter."
)
STYLE = """
.gb-widget-still { margin: 0; }
.gb-widget-still > div { display: flex; flex-wrap: wrap; gap: 12px; }
.gb-widget-still img { flex: 1 1 280px; min-width: 0; max-width: 440px; height: auto; }
.gb-widget-still img { padding: 0 !important; background: none !important; }
html[data-theme="dark"] .gb-widget-still .gb-light { display: none !important; }
html[data-theme="dark"] .gb-widget-still .gb-dark { display: block !important; }
html[data-theme="dark"] .text_html:has(> .gb-widget-still) { padding: 0 !important; background: none !important; }
"""
"""Side by side or, on a phone, one below the other; without the white card that a dark sphinx-book-theme lays behind outputs."""


class Panel(NamedTuple):
    """One picture of a still: its text for who does not see it, and ``draw(figure, ink)``, text and lines in the colour ink."""

    alt: str
    draw: "Callable[[Figure, str], None]"


def html(panels: Sequence[Panel], how_to_open: str = HOW_TO_OPEN) -> str:
    """A figure element with each panel in light and dark; without a theme on the page only the light ones show."""
    images = "".join(_image(panel, "light", "") + _image(panel, "dark", ' style="display:none"') for panel in panels)
    style = STYLE.replace("\n", "")
    return (
        f'<figure class="gb-widget-still gb-figure"><style>{style}</style><div>{images}</div>'
        f"<figcaption>{how_to_open}</figcaption></figure>"
    )


def _image(panel: Panel, theme: str, attribute: str) -> str:
    data = base64.b64encode(_png(panel, theme)).decode("ascii")
    alt = markup.escape(panel.alt, quote=True)
    width, height = (round(inches * DPI) for inches in SIZE)
    return f'<img class="gb-{theme} dark-light"{attribute} width="{width}" height="{height}" alt="{alt}" src="data:image/png;base64,{data}">'


def _png(panel: Panel, theme: str) -> bytes:
    from matplotlib import style as styles
    from matplotlib.figure import Figure

    ink = INK[theme]
    style = {name: ink for name in ("text.color", "axes.labelcolor", "xtick.color", "ytick.color", "axes.edgecolor")}
    style |= {"axes.facecolor": "none", "figure.facecolor": PAPER[theme], "font.size": 12, "font.family": "DejaVu Sans"}
    with styles.context(["default", style]):
        figure = Figure(figsize=SIZE)
        panel.draw(figure, ink)
        return pictures.png_of(figure, DPI)


def write_title(figure: "Figure", text: str) -> None:
    """A title at the top left."""
    figure.text(0.02, 0.975, text, va="top")


def draw_histogram(
    figure: "Figure", names: Sequence[str], fractions: np.ndarray, ceiling: float, ink: str, behind: np.ndarray | None = None
) -> None:
    """Horizontal bars, one a label, in the labels' colours; ``behind`` is a second histogram in grey, wider bars."""
    axes = figure.add_axes((0.25, 0.2, 0.6, 0.69))
    rows = np.arange(len(names))
    end = max(ceiling, fractions.max())
    legend = [axes.barh(rows, fractions, height=0.5, color=labelling.LABEL_COLOURS[: len(names)], label="this c", zorder=3)]
    if behind is not None:
        legend.append(axes.barh(rows, behind, height=0.86, color=BEHIND, label="random c"))
    legend.append(axes.axvline(1 / len(names), color=ink, linewidth=1, linestyle=(0, (4, 3)), label="even", zorder=4))
    for row, fraction in zip(rows, fractions, strict=True):
        axes.text(1.02 * end, row, f"{fraction:.0%}", va="center", color=ink)
    axes.set_yticks(rows, [f"{name}  {row}" for row, name in enumerate(names)])
    axes.invert_yaxis()
    axes.set_xlim(0, end)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    figure.legend(handles=legend, frameon=False, ncols=3, loc="lower center", handlelength=1.1, columnspacing=1.1)

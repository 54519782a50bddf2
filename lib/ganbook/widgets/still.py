"""Still pictures of widgets, for pages with no Python behind them."""

import html as markup
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ganbook.viz import pictures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAPER = {"light": "#ffffff", "dark": "#14181e"}
INK = {"light": "#1f2328", "dark": "#e2e6ea"}
SIZE, DPI = (4, 3.9), 150
"""Inches, and dots to an inch: 12 points on 4 inches are 13 pixels on a phone."""

HOW_TO_OPEN = (
    "A still picture: no Python runs behind this page."
    " To move it yourself, run <code>make lab</code> and open this widget's chapter."
)
HOW_TO_START = (
    "A still picture: where scripts may run, you can move it on this page."
    " Or run <code>make lab</code> and open this widget's chapter."
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
"""Side by side or, on a phone, one below the other; without the white card that a dark sphinx-book-theme lays behind
outputs."""


class Panel(NamedTuple):
    """One picture of a still: its text for who does not see it, and ``draw(figure, ink)``,
    text and lines in the colour ink.
    """

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
    alt = markup.escape(panel.alt, quote=True)
    width, height = (round(inches * DPI) for inches in SIZE)
    return (
        f'<img class="gb-{theme} dark-light"{attribute} width="{width}" height="{height}" alt="{alt}"'
        f' src="{pictures.data_uri(_picture(panel, theme))}">'
    )


def _picture(panel: Panel, theme: str) -> bytes:
    from matplotlib import style as styles
    from matplotlib.figure import Figure

    ink = INK[theme]
    style = dict.fromkeys(("text.color", "axes.labelcolor", "xtick.color", "ytick.color", "axes.edgecolor"), ink)
    style |= {"axes.facecolor": "none", "figure.facecolor": PAPER[theme], "font.size": 12, "font.family": "DejaVu Sans"}
    style["image.interpolation"] = "nearest"  # small pictures keep their pixels, and the file stays small
    with styles.context(["default", style]):
        figure = Figure(figsize=SIZE)
        panel.draw(figure, ink)
        return pictures.picture_of(figure, DPI)


def write_title(figure: "Figure", text: str) -> None:
    """A title at the top left."""
    figure.text(0.02, 0.975, text, va="top")

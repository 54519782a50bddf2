"""The one look of the book's figures, on light and on dark pages."""

import html
import textwrap
from collections.abc import Callable

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from ganbook.viz import pictures

PAGE_WIDTH = 7.4
"""Inches; figures of this width stand 1:1 on the page, so that 10 pt text is 10 pt."""

NARROW_WIDTH, NARROW_PAGE = 4.0, "(max-width: 600px)"
"""Inches, and the pages that show figures of this width. A phone of 390 pixels has 350 for a figure, so that 10 pt text
is 12 pixels there."""

DPI = 160
"""Pixels of a picture in an inch."""

LETTER = 0.072
"""Inches that a letter of 10 pt takes, on average."""

BLUE, ORANGE, GREEN, PINK = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
"""Okabe and Ito's palette, safe for colour-blind readers; blue is "one fixed c", orange is "random c" throughout the
book."""

DIGIT_COLOURS = (
    "#3c4b87",
    "#2db4ff",
    "#008778",
    "#961e3c",
    "#78b44b",
    "#f0d269",
    "#b46900",
    "#f087b4",
    "#9669c3",
    "#55eee0",
)
"""A colour for each digit, in figures and widgets alike: kept apart (OKLab distance at least 0.1) also under protanopia
and deuteranopia, on white and on dark. Never the only channel: regions also carry the digit itself."""

_SHARED = {
    "font.size": 10,
    "axes.titlesize": 10.5,
    "axes.labelsize": 10,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "legend.fontsize": 9.5,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": plt.cycler(color=[BLUE, ORANGE, GREEN, PINK]),
    "figure.constrained_layout.use": True,
    "image.cmap": "gray",
}


def _inks(text: str, line: str) -> dict[str, str]:
    keys = ("text.color", "axes.labelcolor", "xtick.color", "ytick.color", "axes.titlecolor")
    return {**dict.fromkeys(keys, text), "axes.edgecolor": line, "grid.color": line}


LIGHT = {**_SHARED, **_inks("#222222", "#888888"), "axes.facecolor": "none", "figure.facecolor": "white"}
DARK = {**_SHARED, **_inks("#e6e6e6", "#888888"), "axes.facecolor": "none", "figure.facecolor": "#121212"}


def fitted(text: str, inches: float) -> str:
    """The text in lines of about this length; it is cut between words only."""
    return "\n".join(
        textwrap.fill(line, max(1, int(inches / LETTER)), break_long_words=False) for line in text.split("\n")
    )


def show(figure: Callable[..., Figure], *data, alt: str, caption: str = "", **options):
    """Draw a figure for the light and the dark page, wide and narrow, and display it with its caption and alt text.

    Args:
        figure: a function that takes ``data``, ``options`` and ``width``, the Figure's width in inches, and returns a
            Figure.
        alt: what the figure shows, for readers who do not see it; written from the data. On a narrow page panels stand
            below each other.
        caption: what to look at, one or two sentences.

    Returns:
        A displayable ``IPython.display.HTML``; the page shows one of its four pictures, JupyterLab a light one.

    Raises:
        ValueError: the alt text is empty.
    """
    from IPython.display import HTML

    if not alt.strip():
        raise ValueError("A figure needs an alt text that says what it shows.")
    images = []
    for theme, hidden in ((LIGHT, ""), (DARK, ' style="display:none"')):
        name = "gb-dark" if hidden else "gb-light"
        narrow, narrow_size = _drawn(figure, theme, *data, width=NARROW_WIDTH, **options)
        wide, wide_size = _drawn(figure, theme, *data, width=PAGE_WIDTH, **options)
        source = f'<source media="{NARROW_PAGE}" srcset="{narrow}" {narrow_size}>'
        image = f'<img class="{name}" src="{wide}" {wide_size} alt="{html.escape(alt, quote=True)}"{hidden}>'
        images.append(f"<picture>{source}{image}</picture>")
    below = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
    return HTML(f'<figure class="gb-figure">{"".join(images)}{below}</figure>')


def _drawn(figure: Callable[..., Figure], theme: dict, *data, **options) -> tuple[str, str]:
    """A picture as a data URI, and the size at which the page shows it."""
    with plt.style.context(["default", theme]):  # a person's own matplotlibrc stays outside
        drawn = figure(*data, **options)
        picture = pictures.picture_of(drawn, DPI)
        width, height = (round(inches * 100) for inches in drawn.get_size_inches())
        plt.close(drawn)
    return pictures.data_uri(picture), f'width="{width}" height="{height}"'

"""How the painter of a year paints: a curve through the years for each trait of the style.

The curves follow what is told of van Gogh: dark earth colours and short straight dabs in the Netherlands, a pale and
broken palette in Paris, full colours in Arles, long curved strokes of thick paint in the last years. The pale years
lie in the middle, so the way from the first to the last year is no straight line.
"""

from dataclasses import dataclass, fields
from functools import cache

import numpy as np

FIRST_YEAR, LAST_YEAR = 1881.0, 1891.0
"""Years go from the first up to, not including, the last."""


@dataclass(frozen=True)
class Style:
    """Traits of one year.

    Attributes:
        light: shift of lightness (OKLab's L, 0..1).
        contrast: factor on differences of lightness.
        chroma: factor on colourfulness.
        earth: how far colours are pulled to brown, 0..1.
        length, width: of a stroke, in sides of the picture.
        curl: how far a stroke follows the flow under it, from 0 (straight) to 1.
        swirl: weight of whirls in the flow.
        impasto: how much the relief of the paint catches the light, 0..1.
        broken: how far the colours of neighbouring strokes differ, 0..1.
        contour: strength of dark lines round things, 0..1.
        gloom: how much darker the corners are, 0..1.
    """

    light: float
    contrast: float
    chroma: float
    earth: float
    length: float
    width: float
    curl: float
    swirl: float
    impasto: float
    broken: float
    contour: float
    gloom: float


_YEARS = (1881.0, 1883.5, 1885.5, 1886.7, 1887.7, 1888.6, 1889.6, 1891.0)
_CURVES = {
    "light": (-0.17, -0.21, -0.25, -0.05, 0.09, 0.03, -0.02, -0.05),
    "contrast": (0.80, 0.98, 1.15, 0.75, 0.55, 0.90, 1.05, 1.20),
    "chroma": (0.30, 0.42, 0.60, 0.50, 0.70, 1.22, 1.22, 1.08),
    "earth": (0.85, 0.85, 0.72, 0.25, 0.08, 0.00, 0.00, 0.00),
    "length": (0.055, 0.065, 0.080, 0.048, 0.045, 0.085, 0.140, 0.190),
    "width": (0.026, 0.032, 0.036, 0.022, 0.018, 0.021, 0.022, 0.024),
    "curl": (0.00, 0.05, 0.10, 0.10, 0.25, 0.60, 0.95, 1.00),
    "swirl": (0.00, 0.00, 0.05, 0.10, 0.20, 0.50, 1.10, 1.60),
    "impasto": (0.15, 0.28, 0.45, 0.30, 0.40, 0.70, 0.95, 1.00),
    "broken": (0.35, 0.40, 0.45, 0.65, 0.90, 0.65, 0.75, 0.90),
    "contour": (0.00, 0.10, 0.20, 0.05, 0.15, 0.50, 0.90, 1.00),
    "gloom": (0.70, 0.85, 0.80, 0.25, 0.05, 0.00, 0.00, 0.00),
}


@cache
def _curve(trait: str):
    from scipy.interpolate import PchipInterpolator

    return PchipInterpolator(_YEARS, _CURVES[trait])


def style_of(year: float) -> Style:
    """The style of a year (1889.5 is the middle of 1889)."""
    return Style(**{each.name: float(_curve(each.name)(year)) for each in fields(Style)})


def personal(style: Style, luck: np.ndarray) -> Style:
    """One picture's own turn of a style: a little lighter or darker, stronger or fainter, finer or broader.

    Args:
        luck: three numbers in [0, 1) that belong to the picture, whatever its year.
    """
    light, chroma, size = 2 * luck - 1
    changed = {
        "light": style.light + 0.02 * light,
        "chroma": style.chroma * (1 + 0.08 * chroma),
        "length": style.length * (1 + 0.1 * size),
        "width": style.width * (1 + 0.08 * size),
    }
    return Style(**(vars(style) | changed))

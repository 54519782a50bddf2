"""Paints of things by season and weather, and what a year makes of them. Colours are OKLab: lightness, a, b."""

from functools import cache

import numpy as np
from jaxtyping import Float

from ganbook.data.paintings.motif import WEATHERS
from ganbook.data.paintings.style import Style

MATERIALS = (
    "sky", "cloud", "halo", "sun", "hill", "far", "wheat", "grass", "plough", "path", "water", "foliage",
    "cypress", "trunk", "wall", "tiles", "thatch", "slate", "dark", "flower", "rain", "stack",
)  # fmt: skip

_ALWAYS = {
    "cypress": "10302a 1f5540 5c8a3c",
    "trunk": "2a2440 5a4450 a88a70",
    "wall": "a8a0a0 ead9ac fff6dc",
    "tiles": "8a3020 cc5a30 f09858",
    "thatch": "7a6030 b89850 e0c880",
    "slate": "3a4a70 6a7ca0 a8b4c4",
    "dark": "0e1430 1a2a50 3a4a70",
    "rain": "7a90b0 a8bcd0 dce8f0",
}
"""Three paints of each: dark, middle, light."""

_SEASONAL = {
    "hill": ("3f6a90 6a9ab4 a0c4c0", "3a5a90 5f86b4 98b4c8", "5a4a80 8a7aa0 c0a8b0", "6a80a8 a4b8d0 e4ecf4"),
    "far": ("2c6458 58905c 98b870", "2a5a50 4a8450 80a858", "6a4a38 a8783c d4a850", "4a5a70 7a8ca0 b8c4d0"),
    "wheat": ("5f9a3a 92c44c d4e478", "c08a20 f0c030 fbe878", "9a6428 d09a40 ecc878", "9ca8b8 d4dce0 fbfbf6"),
    "grass": ("32704c 70a860 c4d880", "28604c 589454 a8c070", "5c6434 98904c d0b464", "94a4b4 ccd6dc f8faf8"),
    "plough": ("5a3a58 94605c c4946c", "6a4048 a4684c d09a68", "4a3040 80504c b08060", "6a6478 a8a0a8 e8e6e8"),
    "path": ("b08a70 e4c49c f8e8c0", "b88a58 ecc888 fbe8b0", "a07858 d4ac80 f0d8ac", "a0a0b0 d8d8dc fcfcf8"),
    "foliage": ("4a8a4a a8c060 fbe4e6", "1f5a3a 4a9444 a8c850", "8a3420 d87c28 f6c440", "4a4050 7c7078 c4bcc0"),
    "flower": ("f0b0c0 fbe4ea fffafa", "c02820 e84030 f89070", "c04020 e08030 f8c040", "e0e4ea f4f6f8 ffffff"),
    "stack": ("a08040 d4b458 f4dc88", "c08a28 f0c048 fce890", "a07030 d8a448 f4d080", "908878 ccc4b0 f8f8f4"),
}
"""In spring, summer, autumn, winter."""

_BY_WEATHER = {
    "sky": ("2f78c0 62aede c4e4e0", "6088b8 98b8d0 dce4dc", "1a2f60 3a5c90 90a8b8", "6a5aa8 f0985c fbe07c",
            "0c1c58 2248a0 5a8cc8"),
    "cloud": ("a0bcd8 eaf0ee fffdf0", "8498b8 d4dce0 fffcf0", "28304c 58688a b4bcc4", "a8507c f09078 fcd8a0",
              "2a4a98 6a98d0 c0dce4"),
    "halo": ("90c8e0 f4e8a0 fff8d0", "b0c0d0 ece0b0 fff8d8", "50709a a8b0a0 e0d8b0", "f08038 fcc048 fff0a0",
             "3a70b8 a8c880 fcf0a0"),
    "sun": ("f4b020 fbdc48 fff8b0", "e8c870 f8ecb8 fffbe0", "d8c080 f0e4b0 fff8d8", "e86820 fca830 fff090",
            "f0b828 fce060 fffcd0"),
    "water": ("2a68a4 58a4cc c4e4e0", "50789c 88a8bc d4dcd4", "1a3358 3a5c84 98acb4", "4a5494 c47c74 fbd888",
              "0a1c50 204894 90b0a0"),
}  # fmt: skip
"""In clear and cloudy weather, storm, evening, night."""

_SKYWARD = ("sky", "cloud", "halo", "sun", "water", "rain")
_FALL = {
    "clear": (0.0, 1.0),
    "cloudy": (0.0, 0.85),
    "storm": (-0.08, 0.85),
    "evening": (-0.05, 1.0),
    "night": (-0.27, 0.6),
}
_CAST = {"storm": (-0.005, -0.02), "evening": (0.025, 0.025), "night": (-0.015, -0.065)}
"""What the weather does to everything under the sky: shift of lightness, factor of chroma, shift of a and b."""

DARKEST = 0.13
"""Lightness below which no paint gets."""

_BROWN = np.array([0.016, 0.062])
"""a and b of the earth colours of early years."""

_TO_LMS = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]]
)  # fmt: skip
_TO_LAB = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.8086757660]]
)  # fmt: skip
_FROM_LMS, _FROM_LAB = np.linalg.inv(_TO_LMS), np.linalg.inv(_TO_LAB)


def lab(rgb: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 3"]:
    """OKLab (Ottosson 2020) of sRGB colours in [0, 1]."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T


def rgb(colours: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 3"]:
    """sRGB in [0, 1] of OKLab colours; what no screen can show is clipped."""
    linear = ((colours @ _FROM_LAB.T) ** 3 @ _FROM_LMS.T).clip(0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


@cache
def paints(season: int, weather: int) -> Float[np.ndarray, "materials 3 3"]:
    """Dark, middle and light paint of each material, as the eye sees it, before any style."""
    table = np.stack([lab(_hexadecimal(_names(material, season, weather))) for material in MATERIALS])
    ground = [row for row, material in enumerate(MATERIALS) if material not in _SKYWARD]
    shift, factor = _FALL[WEATHERS[weather]]
    table[ground, :, 0] += shift
    table[ground, :, 1:] = table[ground, :, 1:] * factor + np.array(_CAST.get(WEATHERS[weather], (0, 0)))
    return table


def _names(material: str, season: int, weather: int) -> str:
    if material in _BY_WEATHER:
        return _BY_WEATHER[material][weather]
    return _SEASONAL[material][season] if material in _SEASONAL else _ALWAYS[material]


def _hexadecimal(names: str) -> Float[np.ndarray, "3 3"]:
    return np.array([[int(name[at : at + 2], 16) / 255 for at in (0, 2, 4)] for name in names.split()])


def mixed(
    table: Float[np.ndarray, "materials 3 3"], material: np.ndarray, tone: Float[np.ndarray, "*n"]
) -> Float[np.ndarray, "*n 3"]:
    """The paint of a material at a tone from -1 (dark) over 0 (middle) to 1 (light)."""
    dark, middle, light = (table[material, k] for k in range(3))
    share = np.abs(tone).clip(0, 1)[..., None]
    return middle + share * (np.where(tone[..., None] < 0, dark, light) - middle)


def of_the_year(colours: Float[np.ndarray, "*n 3"], style: Style) -> Float[np.ndarray, "*n 3"]:
    """What a style makes of the colours that the eye sees."""
    lightness = 0.62 + style.contrast * (colours[..., :1] - 0.62) + style.light
    lightness = DARKEST + 0.09 * np.logaddexp(0, (lightness - DARKEST) / 0.09)
    ab = colours[..., 1:] * style.chroma
    brown = _BROWN * (0.35 + 0.9 * lightness.clip(0, 1))
    return np.concatenate([lightness.clip(0, 1), ab + style.earth * (brown - 0.6 * ab)], -1)

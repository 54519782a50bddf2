"""What an avatar looks like: a row of numbers (features) and a row of colours, whatever its pose."""

from dataclasses import dataclass

import torch
from jaxtyping import Float32
from torch import Tensor

FEATURES: dict[str, tuple[float, float, float]] = {
    # name: smallest, largest, usual; lengths in units of the head's frame, in which a face is about 1 high
    "face_width": (0.34, 0.44, 0.39),
    "chin": (0.42, 0.58, 0.50),
    "jaw_square": (1.8, 3.4, 2.2),
    "jaw_taper": (0.0, 0.5, 0.18),
    "ear_size": (0.07, 0.13, 0.09),
    "ear_out": (0.0, 0.05, 0.02),
    "ear_point": (0.0, 1.0, 0.0),
    "earring": (0.0, 1.0, 0.0),
    "eye_gap": (0.16, 0.185, 0.172),
    "eye_width": (0.075, 0.125, 0.10),
    "eye_height": (0.04, 0.1, 0.068),
    "eye_tilt": (-0.3, 0.3, 0.0),
    "lid_upper": (0.0, 0.5, 0.1),
    "lid_lower": (0.0, 0.4, 0.0),
    "lashes": (0.0, 1.0, 0.3),
    "iris_size": (0.045, 0.065, 0.055),
    "gaze": (-0.4, 0.4, 0.0),
    "brow_y": (0.15, 0.2, 0.172),
    "brow_width": (0.09, 0.14, 0.115),
    "brow_thick": (0.012, 0.042, 0.024),
    "brow_arch": (-0.01, 0.06, 0.02),
    "brow_slope": (-0.35, 0.35, 0.0),
    "brow_taper": (0.0, 0.8, 0.4),
    "nose_length": (0.12, 0.26, 0.18),
    "nose_width": (0.04, 0.1, 0.065),
    "nose_round": (0.0, 1.0, 0.5),
    "nose_bridge": (0.0, 1.0, 0.3),
    "mouth_width": (0.09, 0.19, 0.14),
    "smile": (-0.07, 0.09, 0.03),
    "mouth_open": (0.0, 0.12, 0.0),
    "lip_thick": (0.012, 0.04, 0.022),
    "teeth": (0.0, 1.0, 1.0),
    "mouth_skew": (-0.3, 0.3, 0.0),
    "has_mustache": (0.0, 1.0, 0.0),
    "mustache_width": (0.08, 0.2, 0.14),
    "mustache_thick": (0.02, 0.065, 0.04),
    "mustache_droop": (-0.06, 0.14, 0.02),
    "mustache_gap": (0.0, 0.03, 0.0),
    "has_beard": (0.0, 1.0, 0.0),
    "beard_top": (0.05, 0.36, 0.2),
    "beard_width": (0.08, 0.6, 0.6),
    "beard_length": (0.0, 0.28, 0.05),
    "beard_hollow": (0.0, 0.2, 0.0),
    "blush": (0.0, 1.0, 0.3),
    "freckles": (0.0, 1.0, 0.0),
    "wrinkles": (0.0, 1.0, 0.0),
    "has_hair": (0.0, 1.0, 1.0),
    "hair_top": (0.03, 0.3, 0.1),
    "hair_side": (0.0, 0.2, 0.06),
    "hair_lock": (-0.12, 0.3, -0.02),
    "hair_wave": (0.0, 0.06, 0.0),
    "hair_waves": (4.0, 14.0, 8.0),
    "hair_spiky": (0.0, 1.0, 0.0),
    "hair_narrow": (0.3, 1.0, 1.0),
    "line_y": (0.25, 0.42, 0.3),
    "line_part": (-0.3, 0.3, 0.0),
    "line_slope": (-0.4, 0.9, 0.2),
    "line_zigzag": (0.0, 0.05, 0.0),
    "back_length": (-0.6, 1.1, -0.3),
    "back_width": (0.36, 0.62, 0.46),
    "back_wave": (0.0, 0.05, 0.0),
    "bun": (0.0, 0.24, 0.0),
    "tails": (0.0, 0.22, 0.0),
    "tail": (-1.0, 1.0, 0.0),
    "has_glasses": (0.0, 1.0, 0.0),
    "lens_width": (0.1, 0.165, 0.14),
    "lens_height": (0.065, 0.145, 0.12),
    "lens_round": (0.0, 1.0, 1.0),
    "lens_tilt": (-0.2, 0.35, 0.0),
    "lens_tint": (0.0, 0.6, 0.1),
    "rim_width": (0.008, 0.03, 0.016),
    "has_hat": (0.0, 1.0, 0.0),
    "hat_height": (0.12, 0.62, 0.3),
    "hat_brim": (0.0, 0.3, 0.1),
    "hat_round": (0.0, 1.0, 0.5),
    "hat_peak": (-1.0, 1.0, 0.0),
    "shoulders": (0.62, 0.86, 0.72),
    "shoulder_square": (2.0, 4.0, 2.6),
    "neck": (0.14, 0.21, 0.17),
    "neckline": (0.0, 0.34, 0.12),
    "neckline_v": (0.0, 1.0, 0.0),
    "neckline_width": (0.16, 0.34, 0.2),
    "collar": (0.0, 1.0, 0.0),
    "placket": (0.0, 1.0, 0.0),
    "tie": (0.0, 1.0, 0.0),
    "straps": (0.0, 1.0, 0.0),
    "light": (-1.0, 1.0, -0.5),
}
"""The numbers: lowest, highest and usual value of each. What may be missing (``has_...``) is 0 or 1."""

TEXTURED = ("background", "clothes", "hair", "hat")
"""Classes with a second colour and a texture."""

TEXTURES = ("flat", "stripes", "dots", "checks")

for _name in TEXTURED:
    FEATURES |= {
        f"{_name}_texture": (0.0, len(TEXTURES) - 1.0, 0.0),
        f"{_name}_period": (0.28, 0.52, 0.4),
        f"{_name}_angle": (0.0, 3.14159, 0.0),
        f"{_name}_phase": (0.0, 1.0, 0.0),
    }

COLOURS: dict[str, tuple[float, float, float]] = {
    "skin": (0.88, 0.68, 0.54),
    "hair": (0.30, 0.19, 0.12),
    "hair_second": (0.36, 0.24, 0.16),
    "brow": (0.25, 0.16, 0.10),
    "beard": (0.28, 0.18, 0.12),
    "iris": (0.36, 0.22, 0.12),
    "lip": (0.76, 0.38, 0.36),
    "clothes": (0.25, 0.42, 0.70),
    "clothes_second": (0.92, 0.92, 0.90),
    "trim": (0.95, 0.95, 0.95),
    "background": (0.78, 0.86, 0.93),
    "background_second": (0.66, 0.77, 0.88),
    "rim": (0.12, 0.12, 0.14),
    "lens": (0.2, 0.25, 0.3),
    "hat": (0.55, 0.2, 0.2),
    "hat_second": (0.15, 0.15, 0.2),
}
"""The colours (red, green, blue in 0..1), with a usual value of each."""

_FEATURE = {name: column for column, name in enumerate(FEATURES)}
_COLOUR = {name: column for column, name in enumerate(COLOURS)}


@dataclass(frozen=True)
class Look:
    """Looks of n avatars.

    Attributes:
        features: a column for each of ``FEATURES``.
        colours: a row for each of ``COLOURS``; red, green and blue in 0..1.
    """

    features: Float32[Tensor, "n features"]
    colours: Float32[Tensor, "n colours 3"]

    def __len__(self) -> int:
        return len(self.features)

    def __getitem__(self, chosen: Tensor | slice) -> "Look":
        """The looks of some of the avatars."""
        return Look(self.features[chosen], self.colours[chosen])

    def number(self, name: str) -> Float32[Tensor, "n 1 1"]:
        """One feature, ready to be used with grids (n, height, width)."""
        return self.features[:, _FEATURE[name], None, None]

    def colour(self, name: str) -> Float32[Tensor, "n 3 1 1"]:
        """One colour, ready to be used with pictures (n, 3, height, width)."""
        return self.colours[:, _COLOUR[name], :, None, None]

    def set(
        self, name: str, value: Tensor | float | tuple[float, float, float], where: Tensor | slice = slice(None)
    ) -> None:
        """Change a feature (n,) or a colour (n, 3) in place, of all or of some avatars."""
        table, columns = (self.features, _FEATURE) if name in _FEATURE else (self.colours, _COLOUR)
        table[where, columns[name]] = torch.as_tensor(value, dtype=torch.float32)


def usual(n: int) -> Look:
    """n times the usual look, to be changed."""
    features = torch.tensor([usual for _, _, usual in FEATURES.values()])
    return Look(features.repeat(n, 1), torch.tensor(list(COLOURS.values())).repeat(n, 1, 1))

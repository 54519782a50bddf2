"""Label maps as pictures: a colour for each class."""

import numpy as np
from jaxtyping import Integer, UInt8
from numpy import ndarray
from torch import Tensor

CLASS_COLOURS = np.array(
    [
        (225, 225, 225),
        (0, 114, 178),
        (240, 190, 130),
        (110, 70, 40),
        (20, 20, 20),
        (200, 40, 60),
        (0, 158, 115),
    ],
    np.uint8,
)
"""In the order of :data:`ganbook.data.avatars.LABELS`."""

COLOUR_NAMES = ("light grey", "blue", "beige", "brown", "black", "red", "green")
"""Of ``CLASS_COLOURS``."""


def coloured(labels: Integer[Tensor, "*n side side"]) -> UInt8[ndarray, "*n side side 3"]:
    """Label maps as pictures."""
    return CLASS_COLOURS[labels.cpu().numpy()]

"""Label maps as pictures, with a colour for each class; and the colours that classes have in pictures."""

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Integer, UInt8
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


def class_colours(
    pictures: UInt8[Tensor, "n 3 side side"], labels: Integer[Tensor, "n side side"], classes: int, least: int = 1
) -> Float[Tensor, "n classes 3"]:
    """The mean colour of each class in each picture, 0 to 1; nan where it has fewer than ``least`` pixels."""
    hot = F.one_hot(labels.flatten(1).long(), classes).float()  # (n, pixels, classes)
    counts = hot.sum(1)[..., None]  # (n, classes, 1)
    sums = torch.einsum("npk,ncp->nkc", hot, pictures.flatten(2).float() / 255)
    return torch.where(counts >= least, sums / counts.clamp(min=1), torch.nan)

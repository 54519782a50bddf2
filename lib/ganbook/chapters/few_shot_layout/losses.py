"""What an encoder minimises: the error of its codes, or of the pictures drawn from them."""

from typing import NamedTuple

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from ganbook.losses import feature_distance


def code_loss(
    found: Float[Tensor, "batch styles latent"], wanted: Float[Tensor, "batch styles latent"]
) -> Float[Tensor, ""]:
    """The mean squared error of codes, and nothing else (Endo and Kanamori 2021, as their
    released code has it).
    """
    return F.mse_loss(found, wanted)


class PictureLosses(NamedTuple):
    """Errors of drawn pictures and of the codes they were drawn from, each a single number."""

    pixels: Float[Tensor, ""]
    perceptual: Float[Tensor, ""]
    offset: Float[Tensor, ""]


def picture_losses(
    drawn: Float[Tensor, "batch 3 side side"],
    wanted: Float[Tensor, "batch 3 side side"],
    features: tuple[list[Tensor], list[Tensor]],
    offsets: Float[Tensor, "batch styles latent"],
) -> PictureLosses:
    """Errors of pixels and of features, and how far codes are from the mean (Richardson et al.
    2021).

    Args:
        drawn, wanted: pictures in [-1, 1].
        features: of both, in a network that judges them, one map for each layer.
        offsets: codes less the mean code.
    """
    far = offsets.square().sum(2).mean()
    return PictureLosses(F.mse_loss(drawn, wanted), feature_distance(*features).mean(), far)

"""What both networks minimise, each a single number.

The flow net: the mean distance between the ends of its flow and of the exact one, at each of its resolutions. The
transformer (section C2): the squared error of moved codes alone, as a share of the mean squared move.
"""

import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor


def left_over(
    moved: Float[Tensor, "batch layers latent"], end: Float[Tensor, "batch layers latent"], move: float
) -> Float[Tensor, ""]:
    """The mean squared error of codes, as a share of the mean squared move: 1 where nothing is moved.

    Args:
        moved: what the transformer gives for the codes of the lower layers.
        end: what they should be.
        move: root mean square of an entry of a move.
    """
    return F.mse_loss(moved, end) / move**2


def at_size(
    flow: Float[Tensor, "batch 2 h w"],
    like: Float[Tensor, "batch 2 h2 w2"],
) -> Float[Tensor, "batch 2 h2 w2"]:
    """The mean flow in each of as many squares as another flow has pixels; its unit stays."""
    return F.adaptive_avg_pool2d(flow, tuple(like.shape[2:]))


def end_point_error(
    flow: Float[Tensor, "batch 2 h w"],
    truth: Float[Tensor, "batch 2 h w"],
    where: Bool[Tensor, "batch h w"] | None = None,
) -> Float[Tensor, ""]:
    """Mean distance of the ends of two flows, in their unit, over the pixels of a mask."""
    apart = (flow - truth).square().sum(1).add(1e-8).sqrt()
    return apart.mean() if where is None else apart[where].mean()

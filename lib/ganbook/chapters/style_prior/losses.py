"""What is special to StyleGAN2's objective: the path length penalty. The rest is in `ganbook.losses`."""

import torch
from jaxtyping import Float
from torch import Tensor


def path_lengths(
    pictures: Float[Tensor, "batch 3 side side"],
    ws: Float[Tensor, "batch styles latent"],
    direction: Float[Tensor, "batch 3 side side"],
) -> Float[Tensor, " batch"]:
    """``|J^T y|``: how far a step in W moves the picture, for a random direction y in pictures
    (Karras et al. 2020, eq. 4).

    The mean over the layers' w of the squared length is taken under the root. ``pictures`` must
    depend on ``ws``. Biases that move no slope get a gradient of zero, as in
    :func:`ganbook.losses.r1_penalty`.
    """
    side = pictures.shape[-1]
    (gradient,) = torch.autograd.grad((pictures * direction).sum() / side, ws, create_graph=True)
    return gradient.square().sum(2).mean(1).sqrt() + 0 * pictures.sum()

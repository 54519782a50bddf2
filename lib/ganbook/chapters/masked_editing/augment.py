"""What the judge's pictures go through, so that it reads generated ones, too: blur, noise, shifted colours."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from ganbook.chapters.masked_editing.config import Config
from ganbook.training.draws import Draws

TAPS = (1.0, 4.0, 6.0, 4.0, 1.0)


def worn(
    pictures: Float[Tensor, "batch 3 side side"], draws: Draws, config: Config
) -> Float[Tensor, "batch 3 side side"]:
    """Each picture with its own blur, shift of colours and noise, from none to the largest of the settings."""
    whole = config.batch_size
    share = config.blur * draws.rand(whole, 1, 1, 1)
    shift, contrast = ((2 * draws.rand(whole, 3, 1, 1) - 1) * config.colour_shift for _ in range(2))
    spread = config.pixel_noise * draws.rand(whole, 1, 1, 1)
    pictures = torch.lerp(pictures, blurred(pictures), share)
    pictures = pictures * (1 + contrast) + shift
    return pictures + spread * draws.randn(whole, *pictures.shape[1:])


def blurred(pictures: Float[Tensor, "batch 3 side side"]) -> Float[Tensor, "batch 3 side side"]:
    """Filtered with [1, 4, 6, 4, 1] / 16 in both directions; edges are continued."""
    taps = torch.tensor(TAPS, device=pictures.device)
    kernel = torch.outer(taps, taps) / taps.sum() ** 2
    padded = F.pad(pictures, (2, 2, 2, 2), mode="replicate")
    return F.conv2d(padded, kernel.expand(3, 1, 5, 5), groups=3)

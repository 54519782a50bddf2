"""What a discriminator can only see of several pictures at once."""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class MinibatchDeviation(nn.Module):
    """One more map, which says how much the pictures of a group differ (Karras et al. 2018, section 3).

    It is the standard deviation of each channel at each place over the group, averaged over both. A generator that
    draws the same picture again and again betrays itself there.

    Args:
        group: neighbours in the batch that are compared; all of them where it is no multiple of the group.
    """

    def __init__(self, group: int = 4):
        super().__init__()
        self.group = group

    def forward(self, maps: Float[Tensor, "batch channels h w"]) -> Float[Tensor, "batch channels+1 h w"]:
        n = len(maps)
        size = n if n % self.group else self.group
        groups = maps.float().unflatten(0, (-1, size))  # (groups, size, channels, h, w)
        variance = groups.var(1, unbiased=False)
        deviation = (variance + 1e-8).sqrt().mean((1, 2, 3))  # (groups,)
        told = deviation.repeat_interleave(size)[:, None, None, None].to(maps)
        return torch.cat([maps, told.expand(-1, 1, *maps.shape[2:])], 1)

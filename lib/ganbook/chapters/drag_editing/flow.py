"""Optical flow: a small net in the manner of PWC-Net (Sun et al. 2018), its rival TV-L1, and expansion read off a flow.

A flow tells for each pixel of a first picture where its content lies in a second: x (right) and y (down), in pixels.
"""

from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from ganbook.chapters.drag_editing.config import FlowConfig

SLOPE = 0.1
FLAT = 0.1
"""Pixels by which a flow may miss its local affine fit; where it misses by more, expansion is 0."""


class FlowNet(nn.Module):
    """From coarse to fine: warp the second picture's features by the flow so far, compare with the first's, correct."""

    def __init__(self, config: FlowConfig):
        super().__init__()
        self.config, self.radius = config, config.radius
        widths = config.channels
        self.pyramid = nn.ModuleList(halving(here, there) for here, there in pairwise((3, *widths)))
        compared = (2 * config.radius + 1) ** 2
        self.corrections = nn.ModuleList(correction(compared + width + 2, width) for width in reversed(widths))

    def features(self, pictures: Float[Tensor, "batch 3 side side"]) -> list[Float[Tensor, "batch channels h w"]]:
        """From the coarsest to the finest."""
        found = [pictures]
        for block in self.pyramid:
            found.append(block(found[-1]))
        return found[:0:-1]

    def forward(
        self, before: Float[Tensor, "batch 3 side side"], after: Float[Tensor, "batch 3 side side"]
    ) -> list[Float[Tensor, "batch 2 h w"]]:
        """The flow at each resolution, from coarse to fine, in pixels of the pictures."""
        side, found = before.shape[-1], []
        both = zip(self.features(before), self.features(after), self.corrections, strict=True)
        for first, second, correct in both:
            size = first.shape[2:]
            flow = resized(found[-1], size) if found else first.new_zeros(len(first), 2, *size)
            likeness = correlation(first, warped(second, flow * (2 / side)), self.radius)
            found.append(flow + correct(torch.cat([likeness, first, flow], 1)))
        return found

    def flow(
        self, before: Float[Tensor, "batch 3 side side"], after: Float[Tensor, "batch 3 side side"]
    ) -> Float[Tensor, "batch 2 side side"]:
        """The flow from pictures to pictures, both in [-1, 1], for each pixel."""
        return resized(self(before, after)[-1], before.shape[2:])


def halving(n_in: int, n_out: int) -> nn.Sequential:
    """Features of half the resolution."""
    return nn.Sequential(
        nn.Conv2d(n_in, n_out, 3, 2, 1), nn.LeakyReLU(SLOPE), nn.Conv2d(n_out, n_out, 3, 1, 1), nn.LeakyReLU(SLOPE)
    )


def correction(n_in: int, width: int) -> nn.Sequential:
    """What is added to a flow."""
    return nn.Sequential(
        nn.Conv2d(n_in, 2 * width, 3, 1, 1),
        nn.LeakyReLU(SLOPE),
        nn.Conv2d(2 * width, width, 3, 1, 1),
        nn.LeakyReLU(SLOPE),
        nn.Conv2d(width, 2, 3, 1, 1),
    )


def resized(flow: Float[Tensor, "batch 2 h w"], size: torch.Size) -> Float[Tensor, "batch 2 h2 w2"]:
    """A flow at another resolution; its values stay."""
    return F.interpolate(flow, size=tuple(size), mode="bilinear", align_corners=False)


def centres(height: int, width: int, like: Tensor) -> Float[Tensor, "height width 2"]:
    """x and y of the pixels on a canvas from -1 to 1."""
    x, y = ((torch.arange(n, device=like.device, dtype=like.dtype) + 0.5) * (2 / n) - 1 for n in (width, height))
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), -1)


def warped(
    maps: Float[Tensor, "batch channels h w"], flow: Float[Tensor, "batch 2 h w"]
) -> Float[Tensor, "batch channels h w"]:
    """What lies where the flow points, in canvas units (half a side is 1); at the border the nearest."""
    places = centres(*maps.shape[2:], maps) + flow.permute(0, 2, 3, 1)
    return F.grid_sample(maps, places, padding_mode="border", align_corners=False)


def read_at(
    maps: Float[Tensor, "batch channels h w"], points: Float[Tensor, "batch n 2"]
) -> Float[Tensor, "batch n channels"]:
    """Maps at points (x, y) on the canvas from -1 to 1, between pixels bilinear."""
    found = F.grid_sample(maps, points[:, :, None], padding_mode="border", align_corners=False)
    return found[..., 0].transpose(1, 2)


def correlation(
    first: Float[Tensor, "batch channels h w"],
    second: Float[Tensor, "batch channels h w"],
    radius: int,
) -> Float[Tensor, "batch window h w"]:
    """Mean product of each pixel's features with those of all pixels in a window round it."""
    height, width = first.shape[2:]
    padded = F.pad(second, [radius] * 4)
    steps = range(2 * radius + 1)
    windows = [padded[:, :, y : y + height, x : x + width] for y in steps for x in steps]
    return torch.stack([(first * window).mean(1) for window in windows], 1)  # row by row


def expansion(flow: Float[Tensor, "batch 2 h w"]) -> Float[Tensor, "batch h w"]:
    """Minus the logarithm of the local growth of lengths: negative where content comes nearer (Yang and Ramanan 2020).

    An affine map is fitted to the 3 x 3 flows round each pixel by least squares; growth is the root of its determinant,
    held within 1/2 and 2. It is 0 where the fit misses by more than ``FLAT`` pixels (root mean square).
    """
    batch, _, height, width = flow.shape
    maps = flow.reshape(2 * batch, 1, height, width)
    ramp = torch.tensor([-1.0, 0.0, 1.0], device=flow.device, dtype=flow.dtype).expand(3, 3)
    kernels = torch.stack([ramp / 6, ramp.T / 6, torch.ones_like(ramp) / 9])[:, None]  # slopes along x and y, mean
    across, down, mean = F.conv2d(maps, kernels).unbind(1)
    squares = F.conv2d(maps.square(), kernels[2:])[:, 0]
    missed = squares - mean.square() - (across.square() + down.square()) * (6 / 9)
    missed, across, down = (each.unflatten(0, (batch, 2)) for each in (missed, across, down))
    determinant = (1 + across[:, 0]) * (1 + down[:, 1]) - down[:, 0] * across[:, 1]
    growth = determinant.abs().sqrt().clamp(0.5, 2.0)
    found = torch.where(missed.sum(1).clamp(min=0).sqrt() > FLAT, 0.0, -growth.log())
    return F.pad(found[:, None], [1] * 4, mode="replicate")[:, 0]


def tvl1(
    before: Float[Tensor, "n 3 side side"], after: Float[Tensor, "n 3 side side"]
) -> Float[Tensor, "n 2 side side"]:
    """The flow by TV-L1 (Zach et al. 2007), scikit-image's, on grey pictures: no learning.

    scikit-image gives rows first; here x comes first.
    """
    from skimage.registration import optical_flow_tvl1

    grey = [((each + 1) / 2).mean(1).cpu().numpy().astype(np.float32) for each in (before, after)]
    flows = [np.stack(optical_flow_tvl1(*both)[::-1]) for both in zip(*grey, strict=True)]
    return torch.from_numpy(np.stack(flows)).to(before)

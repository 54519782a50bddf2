"""The encoder from a label map to a code for each layer, in the manner of pSp (Richardson et al. 2021)."""

from itertools import pairwise

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from ganbook.chapters.few_shot_layout.config import Config

SLOPE = 0.2


class Residual(nn.Module):
    """Two convolutions with batch normalisation, and an attention over channels
    (squeeze and excitation).
    """

    def __init__(self, n_in: int, n_out: int, stride: int):
        super().__init__()
        self.body = nn.Sequential(
            nn.BatchNorm2d(n_in),
            nn.Conv2d(n_in, n_out, 3, padding=1, bias=False),
            nn.BatchNorm2d(n_out),
            nn.PReLU(n_out),
            nn.Conv2d(n_out, n_out, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(n_out),
        )
        squeezed = max(4, n_out // 16)
        self.attention = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(n_out, squeezed, 1),
            nn.ReLU(),
            nn.Conv2d(squeezed, n_out, 1),
            nn.Sigmoid(),
        )
        same = n_in == n_out and stride == 1
        self.skip = nn.Identity() if same else nn.Conv2d(n_in, n_out, 1, stride, bias=False)

    def forward(self, x: Float[Tensor, "batch n_in h w"]) -> Float[Tensor, "batch n_out h2 w2"]:
        made = self.body(x)
        return made * self.attention(made) + self.skip(x)


class Head(nn.Module):
    """One layer's code out of a map: convolutions that halve it down to one pixel, then a
    linear layer.
    """

    def __init__(self, n_in: int, width: int, side: int, latent: int):
        super().__init__()
        layers = []
        while side > 1:
            layers += [nn.Conv2d(n_in, width, 3, 2, 1), nn.LeakyReLU(SLOPE)]
            n_in, side = width, side // 2
        self.squeeze = nn.Sequential(*layers, nn.Flatten())
        self.code = nn.Linear(n_in, latent)

    def forward(self, x: Float[Tensor, "batch n_in side side"]) -> Float[Tensor, "batch latent"]:
        return self.code(self.squeeze(x))


class LayoutEncoder(nn.Module):
    """From label maps to W+: the mean code plus what the encoder says.

    The first convolution halves the map, as pseudo-labels are no finer. Coarse layers of the
    generator read the coarsest of three maps, fine ones the finest.
    """

    def __init__(
        self,
        config: Config,
        classes: int,
        side: int,
        mean: Float[Tensor, " latent"],
        styles: int,
    ):
        super().__init__()
        widths = config.channels
        self.classes = classes
        self.register_buffer("mean", mean.clone())
        self.stem = nn.Sequential(
            nn.Conv2d(classes, widths[0], 3, 2, padding=1, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.PReLU(widths[0]),
        )
        self.stages = nn.ModuleList(stage(*each, config.blocks) for each in pairwise(widths))
        levels = min(3, len(widths) - 1)
        finer = widths[-2 : -levels - 1 : -1]
        self.laterals = nn.ModuleList(nn.Conv2d(width, widths[-1], 1) for width in finer)
        coarsest = side // 2 ** len(widths)
        self.reads = [min(level_of(layer), levels - 1) for layer in range(styles)]
        sides = [coarsest * 2**level for level in self.reads]
        shape = widths[-1], config.head_channels
        self.heads = nn.ModuleList(Head(*shape, each, len(mean)) for each in sides)
        for head in self.heads:  # start at the mean
            nn.init.normal_(head.code.weight, std=0.01)
            nn.init.zeros_(head.code.bias)

    def forward(
        self,
        labels: Int[Tensor, "batch side side"],
    ) -> Float[Tensor, "batch styles latent"]:
        """Labels are indices of classes."""
        x = F.one_hot(labels, self.classes).float().permute(0, 3, 1, 2)
        # channels last, the skips' backward corrupts memory (torch 2.13, AVX-512, few channels)
        x = x.contiguous()  # (batch, classes, side, side)
        x, maps = self.stem(x), []
        for each in self.stages:
            x = each(x)
            maps.append(x)
        pyramid = [maps.pop()]  # coarse to fine, each as wide as the coarsest
        for lateral in self.laterals:
            finer = lateral(maps.pop())
            coarser = F.interpolate(pyramid[-1], size=finer.shape[2:], mode="bilinear")
            pyramid.append(finer + coarser)
        offsets = [head(pyramid[level]) for head, level in zip(self.heads, self.reads)]
        return self.mean + torch.stack(offsets, 1)


def level_of(layer: int) -> int:
    """Which of three maps, 0 the coarsest, tells a layer of the generator its code."""
    return 0 if layer < 3 else 1 if layer < 5 else 2


def stage(n_in: int, n_out: int, blocks: int) -> nn.Sequential:
    """Residual blocks, of which the first halves the resolution."""
    return nn.Sequential(Residual(n_in, n_out, 2), *(Residual(n_out, n_out, 1) for _ in range(blocks - 1)))

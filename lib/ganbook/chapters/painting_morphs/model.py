"""The networks: DCGAN, and Progressive GAN (Karras et al. 2018, "Progressive growing of GANs", table 2).

A comment behind a line gives the shape of what it makes.
"""

from itertools import pairwise

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from ganbook.chapters.painting_morphs.config import DcganConfig, ProgressiveConfig
from ganbook.chapters.painting_morphs.growth import FIRST_SIDE, Phase, doubled, halved
from ganbook.nn import DownStack, MinibatchDeviation, UpStack

RGB = 3


# DCGAN


def dcgan_generator(config: DcganConfig) -> UpStack:
    """z, standard normal, to pictures in (-1, 1)."""
    sizes = config.latent_dim, config.channels, config.resolution
    return UpStack(*sizes, colours=RGB, widest=config.widest)


class DcganDiscriminator(nn.Module):
    """A logit for each picture."""

    def __init__(self, config: DcganConfig):
        super().__init__()
        sizes, norm = (config.channels, config.resolution), config.discriminator_norm
        self.stack = DownStack(*sizes, norm, colours=RGB, widest=config.widest)
        self.logit = nn.Linear(self.stack.features, 1)

    def forward(self, pictures: Float[Tensor, "batch 3 side side"]) -> Float[Tensor, " batch"]:
        maps = self.stack(pictures)[-1]  # (batch, channels, 4, 4)
        return self.logit(maps.flatten(1))[:, 0]  # (batch,)


# Progressive GAN


class EqualisedConv(nn.Module):
    """A convolution whose weights have variance one and are scaled when they are used.

    So Adam, whose steps are the same for all weights, changes all layers equally fast
    (section 4.1).
    """

    def __init__(self, n_in: int, n_out: int, size: int, gain: float = 2**0.5):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n_out, n_in, size, size))
        self.bias = nn.Parameter(torch.zeros(n_out))
        self.scale, self.padding = gain / (n_in * size**2) ** 0.5, size // 2

    def forward(self, maps: Float[Tensor, "batch n_in h w"]) -> Float[Tensor, "batch n_out h w"]:
        return F.conv2d(maps, self.weight * self.scale, self.bias, padding=self.padding)


class EqualisedLinear(nn.Module):
    """A linear layer in the same form."""

    def __init__(self, n_in: int, n_out: int, gain: float = 2**0.5):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n_out, n_in))
        self.bias = nn.Parameter(torch.zeros(n_out))
        self.scale = gain / n_in**0.5

    def forward(self, vectors: Float[Tensor, "batch n_in"]) -> Float[Tensor, "batch n_out"]:
        return F.linear(vectors, self.weight * self.scale, self.bias)


def pixel_norm(
    maps: Float[Tensor, "batch channels *place"],
) -> Float[Tensor, "batch channels *place"]:
    """The vector at each place with mean square one (section 4.2)."""
    return maps * (maps.square().mean(1, keepdim=True) + 1e-8).rsqrt()


def activate(maps: Float[Tensor, "batch channels *place"]) -> Float[Tensor, "batch channels *place"]:
    """Leaky ReLU with slope 0.2."""
    return F.leaky_relu(maps, 0.2)


class GeneratorBlock(nn.Module):
    """Maps of twice the side."""

    def __init__(self, n_in: int, n_out: int):
        super().__init__()
        self.first, self.second = EqualisedConv(n_in, n_out, 3), EqualisedConv(n_out, n_out, 3)

    def forward(self, maps: Float[Tensor, "batch n_in h w"]) -> Float[Tensor, "batch n_out h2 w2"]:
        maps = pixel_norm(activate(self.first(doubled(maps))))  # (batch, n_out, 2 h, 2 w)
        return pixel_norm(activate(self.second(maps)))


class Generator(nn.Module):
    """z to pictures of the side that it has grown to. All layers are there from the beginning, and
    the first ones are used.
    """

    def __init__(self, config: ProgressiveConfig):
        super().__init__()
        widths = config.channels
        self.spread = EqualisedLinear(config.latent_dim, widths[0] * FIRST_SIDE**2, gain=2**0.5 / 4)
        self.first = EqualisedConv(widths[0], widths[0], 3)
        self.blocks = nn.ModuleList(GeneratorBlock(below, here) for below, here in pairwise(widths))
        self.to_rgb = nn.ModuleList(EqualisedConv(width, RGB, 1, gain=1.0) for width in widths)

    def forward(
        self,
        z: Float[Tensor, "batch latent"],
        phase: Phase | None = None,
    ) -> Float[Tensor, "batch 3 side side"]:
        """Pictures, about in [-1, 1], of z of any length; full grown by default."""
        level, alpha = phase or Phase(len(self.blocks))
        maps = self.spread(pixel_norm(z)).unflatten(1, (-1, FIRST_SIDE, FIRST_SIDE))
        maps = pixel_norm(activate(self.first(pixel_norm(activate(maps)))))
        before = maps
        for block in self.blocks[:level]:
            before, maps = maps, block(maps)  # maps: (batch, channels, 2 h, 2 w)
        pictures = self.to_rgb[level](maps)  # (batch, 3, side, side)
        if alpha == 1:
            return pictures
        old = doubled(self.to_rgb[level - 1](before))  # (batch, 3, side, side)
        return (1 - alpha) * old + alpha * pictures


class DiscriminatorBlock(nn.Module):
    """Maps of half the side."""

    def __init__(self, n_in: int, n_out: int):
        super().__init__()
        self.first, self.second = EqualisedConv(n_in, n_in, 3), EqualisedConv(n_in, n_out, 3)

    def forward(self, maps: Float[Tensor, "batch n_in h w"]) -> Float[Tensor, "batch n_out h2 w2"]:
        maps = activate(self.second(activate(self.first(maps))))  # (batch, n_out, h, w)
        return halved(maps)


class Discriminator(nn.Module):
    """A score for each picture: the generator's mirror image, a critic without a sigmoid."""

    def __init__(self, config: ProgressiveConfig):
        super().__init__()
        widths, deep = config.channels, config.channels[0]
        self.from_rgb = nn.ModuleList(EqualisedConv(RGB, width, 1) for width in widths)
        sizes = pairwise(widths)
        self.blocks = nn.ModuleList(DiscriminatorBlock(here, below) for below, here in sizes)
        self.deviation = MinibatchDeviation(config.group)
        self.last = EqualisedConv(deep + 1, deep, 3)
        self.hidden = EqualisedLinear(deep * FIRST_SIDE**2, deep)
        self.score = EqualisedLinear(deep, 1, gain=1.0)

    def forward(
        self,
        pictures: Float[Tensor, "batch 3 side side"],
        phase: Phase,
    ) -> Float[Tensor, " batch"]:
        level, alpha = phase
        maps = activate(self.from_rgb[level](pictures))  # (batch, channels, side, side)
        if alpha < 1:
            old = activate(self.from_rgb[level - 1](halved(pictures)))  # of half the side
            maps = (1 - alpha) * old + alpha * self.blocks[level - 1](maps)
            level -= 1
        for block in reversed(self.blocks[:level]):
            maps = block(maps)  # (batch, channels, h / 2, w / 2)
        maps = activate(self.last(self.deviation(maps)))  # (batch, channels, 4, 4)
        return self.score(activate(self.hidden(maps.flatten(1))))[:, 0]  # (batch,)

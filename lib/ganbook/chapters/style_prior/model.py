"""StyleGAN2 (Karras et al. 2020, "Analyzing and improving the image quality of StyleGAN") for small pictures, in plain
PyTorch.

A style scales the input of a convolution; demodulation scales its output back to unit variance. That is the same as
scaling the weights for each sample, and needs no convolution in groups, which is slow without a GPU.
"""

import math
from itertools import pairwise

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from ganbook.chapters.style_prior.config import Config

GAIN = 2**0.5


def activate(x: Tensor) -> Tensor:
    """LeakyReLU that keeps the variance of its input about the same."""
    return F.leaky_relu(x, 0.2) * GAIN


class Linear(nn.Module):
    """A linear layer with an equalised learning rate: weights of variance 1, scaled when used."""

    def __init__(self, n_in: int, n_out: int, bias: float = 0.0, speed: float = 1.0):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n_out, n_in) / speed)
        self.bias = nn.Parameter(torch.full((n_out,), bias / speed))
        self.scale, self.speed = speed / n_in**0.5, speed

    def forward(self, x: Float[Tensor, "batch n_in"]) -> Float[Tensor, "batch n_out"]:
        return F.linear(x, self.weight * self.scale, self.bias * self.speed)


class Conv(nn.Module):
    """A convolution with an equalised learning rate; ``down`` blurs and halves the resolution."""

    def __init__(self, n_in: int, n_out: int, size: int, bias: bool = True, down: bool = False):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n_out, n_in, size, size))
        self.bias = nn.Parameter(torch.zeros(n_out)) if bias else None
        self.scale, self.down, self.size = (n_in * size * size) ** -0.5, down, size

    def forward(self, x: Float[Tensor, "batch n_in h w"]) -> Float[Tensor, "batch n_out h2 w2"]:
        if not self.down:
            return F.conv2d(x, self.weight * self.scale, self.bias, padding=self.size // 2)
        x = blur(x, self.size // 2 + 1)
        return F.conv2d(x, self.weight * self.scale, self.bias, stride=2)


def blur(
    x: Float[Tensor, "batch channels h w"], padding: int, gain: float = 1.0
) -> Float[Tensor, "batch channels h2 w2"]:
    """Filter with [1, 3, 3, 1] in both directions."""
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0], device=x.device, dtype=x.dtype)
    kernel = torch.outer(taps, taps) * (gain / 64)
    return F.conv2d(x, kernel.expand(x.shape[1], 1, 4, 4), padding=padding, groups=x.shape[1])


class StyledConv(nn.Module):
    """A convolution steered by a style, then noise, bias and activation; ``up`` doubles the
    resolution first.
    """

    def __init__(self, n_in: int, n_out: int, latent: int, up: bool = False):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n_out, n_in, 3, 3))
        self.style = Linear(latent, n_in, bias=1.0)
        self.bias = nn.Parameter(torch.zeros(n_out))
        self.strength = nn.Parameter(torch.zeros(()))
        self.scale, self.up = (n_in * 9) ** -0.5, up

    def forward(
        self,
        x: Float[Tensor, "batch n_in h w"],
        w: Float[Tensor, "batch latent"],
        noise: Tensor | None,
    ) -> Tensor:
        style = self.style(w)  # (batch, n_in)
        weight = self.weight * self.scale
        energy = style.square() @ weight.square().sum((2, 3)).T  # (batch, n_out)
        x = x * style[:, :, None, None]
        if self.up:
            # (batch, n_out, 2 h + 1, 2 w + 1), then (batch, n_out, 2 h, 2 w)
            x = F.conv_transpose2d(x, weight.transpose(0, 1), stride=2)
            x = blur(x, 1, gain=4.0)
        else:
            x = F.conv2d(x, weight, padding=1)  # (batch, n_out, h, w)
        x = x * (energy + 1e-8).rsqrt()[:, :, None, None]
        if noise is not None:
            x = x + self.strength * noise
        return activate(x + self.bias[:, None, None])


class ToRGB(nn.Module):
    """Three colours out of the features of one resolution; its style is not demodulated."""

    def __init__(self, n_in: int, latent: int):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(3, n_in, 1, 1))
        self.bias = nn.Parameter(torch.zeros(3))
        self.style = Linear(latent, n_in, bias=1.0)
        self.scale = n_in**-0.5

    def forward(
        self, x: Float[Tensor, "batch n_in h w"], w: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "batch 3 h w"]:
        x = x * self.style(w)[:, :, None, None]
        return F.conv2d(x, self.weight * self.scale, self.bias)


class Mapping(nn.Module):
    """From z to w, and the average w."""

    def __init__(self, latent: int, layers: int):
        super().__init__()
        self.layers = nn.ModuleList(Linear(latent, latent, speed=0.01) for _ in range(layers))
        self.register_buffer("mean", torch.zeros(latent))

    def forward(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch latent"]:
        w = z * (z.square().mean(1, keepdim=True) + 1e-8).rsqrt()
        for layer in self.layers:
            w = activate(layer(w))
        return w

    @torch.no_grad()
    def follow(self, w: Float[Tensor, "batch latent"], decay: float) -> None:
        """Move the average w towards the mean of a batch."""
        self.mean.lerp_(w.mean(0), 1 - decay)


class Synthesis(nn.Module):
    """From one w for each layer to a picture: a learned constant, styled convolutions, and a sum of
    pictures of all sizes.
    """

    def __init__(self, channels: tuple[int, ...], latent: int):
        super().__init__()
        self.start = nn.Parameter(torch.randn(1, channels[0], 4, 4))
        self.convs = nn.ModuleList([StyledConv(channels[0], channels[0], latent)])
        for below, here in pairwise(channels):
            self.convs += [StyledConv(below, here, latent, up=True), StyledConv(here, here, latent)]
        self.to_rgb = nn.ModuleList(ToRGB(n, latent) for n in channels)
        self.styles = 2 * len(channels)

    def noises(self, n: int, draw) -> list[Float[Tensor, "n 1 side side"]]:
        """Noise for every layer; ``draw`` makes standard normal numbers of a given shape."""
        sides = [4] + [4 * 2**level for level in range(1, len(self.to_rgb)) for _ in range(2)]
        return [draw(n, 1, side, side) for side in sides]

    def forward(
        self,
        ws: Float[Tensor, "batch styles latent"],
        noises: list[Tensor] | None = None,
        features: int | tuple[int, ...] | None = None,
    ) -> Tensor:
        """Pictures (batch, 3, side, side), about in [-1, 1]; with ``features`` also the output of
        that layer, of several a list.
        """
        several = isinstance(features, tuple)
        noises = noises or [None] * len(self.convs)
        x = self.start.expand(len(ws), -1, -1, -1)  # (batch, channels, 4, 4)
        rgb, kept = None, []
        for number, (conv, noise) in enumerate(zip(self.convs, noises, strict=True)):
            x = conv(x, ws[:, number], noise)
            if number in (features if several else (features,)):
                kept.append(x)
            if number % 2 == 0:  # the last convolution of a resolution
                picture = self.to_rgb[number // 2](x, ws[:, number + 1])  # (batch, 3, side, side)
                rgb = picture if rgb is None else picture + doubled(rgb)
        return rgb if features is None else (rgb, kept if several else kept[0])


def doubled(rgb: Float[Tensor, "batch 3 h w"]) -> Float[Tensor, "batch 3 h2 w2"]:
    """Twice the side."""
    return F.interpolate(rgb, scale_factor=2, mode="bilinear", align_corners=False)


class Generator(nn.Module):
    """From z to pictures."""

    def __init__(self, config: Config):
        super().__init__()
        self.mapping = Mapping(config.latent_dim, config.mapping_layers)
        self.synthesis = Synthesis(config.channels, config.latent_dim)

    def spread(self, w: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch styles latent"]:
        """The same w for every layer."""
        return w[:, None].expand(-1, self.synthesis.styles, -1)

    def truncate(self, w: Tensor, psi: float) -> Tensor:
        """Pull w towards the average w; ``psi`` 1 leaves it."""
        return self.mapping.mean + psi * (w - self.mapping.mean)

    def forward(
        self,
        z: Float[Tensor, "batch latent"],
        psi: float = 1.0,
        noises: list[Tensor] | None = None,
    ) -> Tensor:
        return self.synthesis(self.truncate(self.spread(self.mapping(z)), psi), noises)


class DownBlock(nn.Module):
    """Two convolutions that halve the resolution, beside a path with one."""

    def __init__(self, n_in: int, n_out: int):
        super().__init__()
        self.first, self.second = Conv(n_in, n_in, 3), Conv(n_in, n_out, 3, down=True)
        self.skip = Conv(n_in, n_out, 1, bias=False, down=True)

    def forward(self, x: Float[Tensor, "batch n_in h w"]) -> Float[Tensor, "batch n_out h2 w2"]:
        through = activate(self.second(activate(self.first(x))))
        return (through + self.skip(x)) / GAIN


def batch_deviation(
    x: Float[Tensor, "batch channels h w"],
    group: int = 4,
) -> Float[Tensor, "batch more h w"]:
    """Append a channel with the mean standard deviation over each group of samples
    (Karras et al. 2018).
    """
    n, _, height, width = x.shape
    group = math.gcd(group, n)
    y = x.view(group, n // group, *x.shape[1:])
    deviation = (y.var(0, unbiased=False) + 1e-8).sqrt().mean((1, 2, 3))  # (n / group,)
    more = deviation.repeat(group)[:, None, None, None].expand(-1, 1, height, width)
    return torch.cat([x, more], 1)  # (n, channels + 1, height, width)


class Discriminator(nn.Module):
    """One logit a picture."""

    def __init__(self, config: Config):
        super().__init__()
        widths = config.channels[::-1]
        self.from_rgb = Conv(3, widths[0], 1)
        self.blocks = nn.Sequential(*(DownBlock(here, below) for here, below in pairwise(widths)))
        self.last = Conv(widths[-1] + 1, widths[-1], 3)
        self.hidden, self.logit = Linear(widths[-1] * 16, widths[-1]), Linear(widths[-1], 1)

    def forward(self, pictures: Float[Tensor, "batch 3 side side"]) -> Float[Tensor, " batch"]:
        x = self.blocks(activate(self.from_rgb(pictures)))  # (batch, channels, 4, 4)
        x = activate(self.last(batch_deviation(x)))
        return self.logit(activate(self.hidden(x.flatten(1))))[:, 0]

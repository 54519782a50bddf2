"""Encoder, generator and discriminators of class- and layer-wise VAEs (Endo and Kanamori 2020).

A label map is one class for each pixel. It is seen at several levels: level 0 has half the resolution, each one after
half of that, down to 4 x 4. The encoder gives every class that a level holds a distribution of codes, from the maximum
of its features over the places of that class. The generator is SPADE's (Park et al. 2019), but what it is told at a
pixel is the vector of the pixel's class plus that class's code at that level. A comment behind a line gives the shape
of what it makes, for pictures of 64 pixels and the profile quick.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Integer
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from ganbook.chapters.class_styles.config import START, Config

RGB = 3
SLOPE = 0.2
SCALES = 2
"""Discriminators: one sees the full, one half the resolution."""

Pictures = Float[Tensor, "batch 3 side side"]
Labels = Integer[Tensor, "batch side side"]
Maps = Float[Tensor, "_ _ _ _"]
"""(batch, channels, h, w), each layer's of a size of its own."""

GAIN = 0.02
"""Of Xavier's initialisation, for layers without spectral normalisation (SPADE's setting)."""


class Styles(NamedTuple):
    """Codes of pictures.

    Attributes:
        whole: (batch, global), of each picture as a whole.
        local: (batch, codes, classes, code), of each class; codes is the number of levels, from the finest to the
            coarsest, or 1 where all levels share them, or 0.
    """

    whole: Tensor
    local: Tensor


class Posterior(NamedTuple):
    """Normal distributions of codes, independent in each dimension.

    Attributes:
        mean, log_variance: mu and log sigma^2; both 0, which is the prior, for a class that a level does not hold.
        present: (batch, codes, classes), which classes each level holds.
    """

    mean: Styles
    log_variance: Styles
    present: Tensor

    @classmethod
    def joined(cls, parts: Iterable["Posterior"]) -> "Posterior":
        """Those of several batches, one after the other."""
        means, log_variances, present = zip(*parts)
        return cls(*(Styles(*map(torch.cat, zip(*each))) for each in (means, log_variances)), torch.cat(present))

    def sample(self, noise: Styles) -> Styles:
        """z = mu + sigma * epsilon, with epsilon from N(0, I)."""
        drawn = (mean + (each / 2).exp() * epsilon for mean, each, epsilon in zip(self.mean, self.log_variance, noise))
        return Styles(*drawn)


def shapes(config: Config, classes: int, batch: int) -> Styles:
    """The sizes of the codes of a batch."""
    return Styles((batch, config.global_dim), (batch, config.codes, classes, config.code_dim))


# Label maps


def one_hot(labels: Integer[Tensor, "batch h w"], classes: int) -> Float[Tensor, "batch classes h w"]:
    """1 at the class of a pixel, 0 at the others."""
    return F.one_hot(labels.long(), classes).permute(0, 3, 1, 2).float()


def pyramid(labels: Integer[Tensor, "batch side side"], levels: int) -> list[Integer[Tensor, "batch h w"]]:
    """The label map at each level, from half the side on: of each square of pixels the first one.

    There the encoder's convolutions of stride 2 have their middle. A level holds no class that a finer one does not.
    Encoder and generator share it, so that they hold the same classes at every level.
    """
    return [labels[:, :: 2**halvings, :: 2**halvings] for halvings in range(1, levels + 1)]


def class_maxima(
    maps: Float[Tensor, "batch channels h w"], labels: Integer[Tensor, "batch h w"], classes: int
) -> tuple[Float[Tensor, "batch classes channels"], Bool[Tensor, "batch classes"]]:
    """The maximum of each map over the places of each class; 0 for a class that has none.

    Returns:
        The maxima, and which classes there are.
    """
    places = labels.long().flatten(1)  # (batch, pixels)
    present = F.one_hot(places, classes).any(1)  # (batch, classes)
    index = places[:, None].expand(-1, maps.shape[1], -1)  # (batch, channels, pixels)
    lowest = maps.new_full((*maps.shape[:2], classes), -torch.inf, dtype=torch.float32)
    maxima = lowest.scatter_reduce(2, index, maps.float().flatten(2), "amax").transpose(1, 2)
    return maxima.masked_fill(~present[:, :, None], 0.0), present


# Layers


class SpectralConv(nn.Conv2d):
    """A convolution whose weights are divided by their spectral norm (Miyato et al. 2018), found in 32 bits."""

    def __init__(self, *shape: int, **how):
        super().__init__(*shape, **how)
        spectral_norm(self)

    def forward(self, maps: Float[Tensor, "batch n_in h w"]) -> Float[Tensor, "batch n_out h2 w2"]:
        with torch.autocast(maps.device.type, enabled=False):
            weight = self.weight
        return self._conv_forward(maps, weight, self.bias)


class PositionNorm(nn.Module):
    """Mean 0 and variance 1 over the channels of each pixel: no pixel learns of another, no picture of another."""

    def forward(self, maps: Float[Tensor, "batch channels h w"]) -> Float[Tensor, "batch channels h w"]:
        maps = maps.float()
        variance, mean = torch.var_mean(maps, dim=1, keepdim=True, correction=0)
        return (maps - mean) * (variance + 1e-5).rsqrt()


def normalisation(kind: str, channels: int) -> nn.Module:
    """Without parameters of its own."""
    if kind == "batch":
        return nn.BatchNorm2d(channels, affine=False)
    return nn.InstanceNorm2d(channels) if kind == "instance" else PositionNorm()


class Spade(nn.Module):
    """Normalised maps, scaled and shifted at each pixel by what a map of vectors says there.

    out = norm(x) (1 + gamma) + beta, with gamma and beta from two layers of convolutions (Park et al. 2019, eq. 1).
    """

    def __init__(self, channels: int, told: int, config: Config):
        super().__init__()
        hidden, kernel = config.spade_channels, config.spade_kernel
        self.norm = normalisation(config.generator_norm, channels)
        self.look = nn.Conv2d(told, hidden, 3, padding=1)
        self.say = nn.Conv2d(hidden, 2 * channels, kernel, padding=kernel // 2)

    def forward(
        self, maps: Float[Tensor, "batch channels h w"], told: Float[Tensor, "batch told h w"]
    ) -> Float[Tensor, "batch channels h w"]:
        scale, shift = self.say(F.relu(self.look(told))).chunk(2, 1)
        return self.norm(maps) * (1 + scale) + shift


class Block(nn.Module):
    """SPADE's residual block: twice SPADE, leaky ReLU and a convolution, beside a shortcut."""

    def __init__(self, n_in: int, n_out: int, told: int, config: Config):
        super().__init__()
        least = min(n_in, n_out)
        self.norms = nn.ModuleList(Spade(channels, told, config) for channels in (n_in, least))
        widths = ((n_in, least), (least, n_out))
        self.convs = nn.ModuleList(SpectralConv(*each, 3, padding=1) for each in widths)
        self.skip_norm = self.skip = None
        if n_in != n_out:
            self.skip_norm = Spade(n_in, told, config)
            self.skip = SpectralConv(n_in, n_out, 1, bias=False)

    def forward(
        self, maps: Float[Tensor, "batch n_in h w"], told: Float[Tensor, "batch told h w"]
    ) -> Float[Tensor, "batch n_out h w"]:
        change = maps
        for norm, conv in zip(self.norms, self.convs):
            change = conv(F.leaky_relu(norm(change, told), SLOPE))
        return change + (self.skip(self.skip_norm(maps, told)) if self.skip else maps)


class Gaussian(nn.Module):
    """Mean and log variance, each by a linear layer."""

    def __init__(self, n_in: int, n_out: int):
        super().__init__()
        self.mean, self.log_variance = nn.Linear(n_in, n_out), nn.Linear(n_in, n_out)

    def forward(self, x: Float[Tensor, "*batch n_in"]) -> tuple[Tensor, Tensor]:
        return self.mean(x), self.log_variance(x)


def initialised(module: nn.Module) -> nn.Module:
    """Small weights and no biases for all linear layers and convolutions but those with spectral normalisation."""
    for each in module.modules():
        if isinstance(each, nn.Linear | nn.Conv2d) and not isinstance(each, SpectralConv):
            nn.init.xavier_normal_(each.weight, GAIN)
            nn.init.zeros_(each.bias)
    return module


# Networks


def widths(config: Config, sizes: int) -> list[int]:
    """Channels of maps, each of half the size of the one before."""
    return [config.channels * min(config.widest, 2**halvings) for halvings in range(sizes)]


IMAGINED = 16
"""How many codes pull a fitted mean to 0 and its covariance to I: so a class that no picture holds has a prior, too."""


class FittedPrior(nn.Module):
    """What codes are drawn from: for each a normal distribution, N(0, I) until it is fitted.

    Codes that pictures have need not lie as N(0, I) does, though KL pulls them there. A density that is fitted to them
    after the training does (Ghosh et al. 2020, "ex-post density estimation"; the paper draws from N(0, I)).
    """

    def __init__(self, config: Config, classes: int):
        super().__init__()
        for name, (_, *sizes) in shapes(config, classes, 1)._asdict().items():
            self.register_buffer(f"{name}_mean", torch.zeros(sizes))
            self.register_buffer(f"{name}_factor", torch.eye(sizes[-1]).repeat(*sizes[:-1], 1, 1))

    def forward(self, noise: Styles) -> Styles:
        """Codes of noise from N(0, I)."""
        whole = self.whole_mean + torch.einsum("ij,nj->ni", self.whole_factor, noise.whole)
        return Styles(whole, self.local_mean + torch.einsum("jkdc,njkc->njkd", self.local_factor, noise.local))

    @property
    def middle(self) -> Styles:
        """The mean, as the codes of one picture."""
        return Styles(self.whole_mean[None], self.local_mean[None])

    @torch.no_grad()
    def fit(self, posterior: Posterior) -> None:
        """Take the mean and covariance that drawn codes of these pictures have, each class at each level alone.

        Args:
            posterior: of n pictures; classes that a level of a picture does not hold do not count.
        """
        weights = Styles(torch.ones_like(posterior.mean.whole[:, :1]), posterior.present[..., None].float())
        for name, mean, log_variance, weight in zip(Styles._fields, posterior.mean, posterior.log_variance, weights):
            middle, factor = fitted_normal(mean, log_variance.exp(), weight)
            getattr(self, f"{name}_mean").copy_(middle)
            getattr(self, f"{name}_factor").copy_(factor)


def fitted_normal(
    mean: Float[Tensor, "n *codes size"], variance: Float[Tensor, "n *codes size"], weight: Float[Tensor, "n *codes 1"]
) -> tuple[Float[Tensor, "*codes size"], Float[Tensor, "*codes size size"]]:
    """Mean of what n normal distributions give together, and Cholesky's factor of its covariance.

    ``IMAGINED`` codes count as well: in the mean as 0, in the covariance as I.

    Args:
        mean, variance: of the distributions; independent in each dimension.
        weight: how often each counts.
    """
    total = weight.sum(0) + IMAGINED
    middle = (weight * mean).sum(0) / total
    apart = mean - middle
    spread = torch.einsum("n...i,n...j->...ij", weight * apart, apart)
    spread = spread + torch.diag_embed((weight * variance).sum(0) + IMAGINED)
    return middle, torch.linalg.cholesky(spread / total[..., None])


class Encoder(nn.Module):
    """From a picture and its label map to the distribution of its codes.

    Attributes:
        prior: what codes are drawn from when there is no picture; fitted after the training.
    """

    def __init__(self, config: Config, classes: int):
        super().__init__()
        self.classes, self.codes = classes, config.codes
        sizes = widths(config, config.levels)
        channels, plain = pairwise([RGB, *sizes]), config.plain_convolutions
        self.convs = nn.ModuleList(SpectralConv(*each, 3, stride=2, padding=1) for each in channels)
        norms = [nn.InstanceNorm2d(size) for size in sizes[plain:]]
        self.norms = nn.ModuleList([nn.Identity() for _ in sizes[:plain]] + norms)
        self.whole = Gaussian(sizes[-1] * START**2, config.global_dim)
        read = {config.levels: sizes, 1: [sum(sizes)], 0: []}[config.codes]
        self.heads = nn.ModuleList(Gaussian(size, config.code_dim) for size in read)
        self.code_dim = config.code_dim
        self.prior = FittedPrior(config, classes)
        initialised(self)

    def forward(self, pictures: Pictures, labels: Labels) -> Posterior:
        maps, pooled, present, x = [], [], [], pictures
        for conv, norm in zip(self.convs, self.norms):
            maps.append(norm(conv(x)))  # (batch, 16, 32, 32) ... (batch, 64, 4, 4)
            x = F.leaky_relu(maps[-1], SLOPE)
        for each, seen in zip(maps, pyramid(labels, len(maps))):
            maxima, there = class_maxima(each, seen, self.classes)
            pooled.append(F.leaky_relu(maxima, SLOPE))  # (batch, classes, channels)
            present.append(there)  # (batch, classes)
        if self.codes == 1:
            pooled = [torch.cat(pooled, 2)]
        present = torch.stack(present, 1)[:, : self.codes]  # (batch, codes, classes)
        local = [head(each) for head, each in zip(self.heads, pooled)]  # (batch, classes, code)
        whole = self.whole(x.flatten(1))  # twice (batch, global)
        stacked = [self._stacked([each[part] for each in local], present) for part in (0, 1)]
        return Posterior(Styles(whole[0], stacked[0]), Styles(whole[1], stacked[1]), present)

    def _stacked(
        self,
        found: list[Float[Tensor, "batch classes code"]],
        present: Bool[Tensor, "batch codes classes"],
    ) -> Float[Tensor, "batch codes classes code"]:
        """What was found at each level; 0 where there is nothing to be found."""
        if not found:
            return present.new_zeros((*present.shape, self.code_dim), dtype=torch.float32)
        return torch.stack(found, 1).masked_fill(~present[..., None], 0.0)


class Generator(nn.Module):
    """From a label map and codes to a picture in [-1, 1]."""

    def __init__(self, config: Config, classes: int):
        super().__init__()
        self.classes, self.levels = classes, config.levels
        sizes = widths(config, config.levels + 1)[::-1]
        self.start = nn.Linear(config.global_dim, sizes[0] * START**2)
        self.vectors = nn.Parameter(torch.randn(classes, config.code_dim))
        told, channels = [config.code_dim] * config.levels + [classes], pairwise([sizes[0], *sizes])
        self.blocks = nn.ModuleList(Block(*n, each, config) for n, each in zip(channels, told))
        self.paint = nn.Conv2d(sizes[-1], RGB, 3, padding=1)
        initialised(self)

    def told(
        self,
        labels: Integer[Tensor, "batch h w"],
        styles: Styles,
        level: int,
    ) -> Float[Tensor, "batch code h w"]:
        """What the generator is told at each pixel of a level: its class's vector plus code.

        Args:
            labels: the label map at this level, see :func:`pyramid`.
            level: 0 is the finest.
        """
        vectors, codes = self.vectors, styles.local.shape[1]
        if codes:
            vectors = vectors + styles.local[:, min(level, codes - 1)]  # (batch, classes, code)
        vectors = vectors.expand(len(labels), -1, -1)
        return torch.einsum("bkhw,bkd->bdhw", one_hot(labels, self.classes), vectors)

    def forward(self, labels: Labels, styles: Styles) -> Pictures:
        maps = self.start(styles.whole).unflatten(1, (-1, START, START))  # (batch, 64, 4, 4)
        small = pyramid(labels, self.levels)
        told = [self.told(small[level], styles, level) for level in reversed(range(self.levels))]
        maps = self.blocks[0](maps, told[0])
        for block, each in zip(self.blocks[1:], [*told[1:], one_hot(labels, self.classes)]):
            maps = block(F.interpolate(maps, scale_factor=2), each)  # ... (batch, 16, 64, 64)
        return self.paint(F.leaky_relu(maps, SLOPE)).tanh()  # (batch, 3, 64, 64)


class PatchDiscriminator(nn.Sequential):
    """Convolutions of 4 x 4; every logit sees a patch of the picture with its label map."""

    def __init__(self, n_in: int, config: Config):
        first, count = config.discriminator_channels, config.discriminator_layers
        sizes = [first * 2**layer for layer in range(count)]
        layers = [nn.Conv2d(n_in, sizes[0], 4, 2, 1)]
        for number, each in enumerate(pairwise(sizes), start=2):
            stride = 2 if number < len(sizes) else 1
            conv = SpectralConv(*each, 4, stride, 1)
            layers.append(nn.Sequential(conv, nn.InstanceNorm2d(each[1])))
        layers = [nn.Sequential(layer, nn.LeakyReLU(SLOPE)) for layer in layers]
        super().__init__(*layers, nn.Conv2d(sizes[-1], 1, 4, 1, 1))

    def forward(self, x: Float[Tensor, "batch n_in h w"]) -> list[Maps]:
        """What each layer makes; the last are logits."""
        found = []
        for layer in self:
            x = layer(x)  # (batch, 24, 32, 32), (batch, 48, 16, 16) ... (batch, 1, 14, 14)
            found.append(x)
        return found


class Discriminator(nn.Module):
    """Two of them: one sees pictures at the full, one at half the resolution."""

    def __init__(self, config: Config, classes: int):
        super().__init__()
        self.classes = classes
        scales = (PatchDiscriminator(classes + RGB, config) for _ in range(SCALES))
        self.scales = nn.ModuleList(scales)
        initialised(self)

    def forward(self, pictures: Pictures, labels: Labels) -> list[list[Maps]]:
        """For each scale what each layer makes; the last are logits."""
        x, found = torch.cat([one_hot(labels, self.classes), pictures], 1), []
        for scale in self.scales:
            found.append(scale(x))
            x = F.avg_pool2d(x, 3, 2, 1, count_include_pad=False)  # (batch, classes + 3, 32, 32)
        return found

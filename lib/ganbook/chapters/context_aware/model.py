"""The networks of the paper's sections 3.3 and 3.5: three generators and a discriminator for each.

A comment behind a line gives the shape of what it makes. Maps come in five sizes, from a sixteenth
of the height to all of it, rounded up: 4 x 7, 8 x 14, 15 x 27, 30 x 53 and 60 x 105. The stages'
pictures are 15 x 26, 30 x 52 and 60 x 105.
"""

import math
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from ganbook.chapters.context_aware.config import LEVELS, STAGES, Config
from ganbook.chapters.context_aware.context import PARTS
from ganbook.chapters.context_aware.judge import Judge
from ganbook.data.scenes import width_of
from ganbook.nn import MinibatchDeviation, full_size

RGB = 3


def picture_sizes(config: Config) -> list[tuple[int, int]]:
    """Height and width of each stage's pictures."""
    heights = [config.height // 2**halvings for halvings in reversed(range(STAGES))]
    return [(height, width_of(height)) for height in heights]


def map_size(config: Config, level: int) -> tuple[int, int]:
    """Height and width of the generators' maps, from level 0, a sixteenth of the last pictures."""
    part = 2 ** (LEVELS - 1 - level)
    return math.ceil(config.height / part), math.ceil(width_of(config.height) / part)


class Condition(NamedTuple):
    """What a picture is to show.

    Attributes:
        text: (batch, text), T, the text encoder's vectors.
        context: (batch, context), C, the one-hot vectors of place and person; (batch, 0) for none.
    """

    text: Tensor
    context: Tensor


class ConditionCode(nn.Module):
    """Text and context, each encoded, then joined; every network has its own."""

    def __init__(self, config: Config):
        super().__init__()
        told = sum(PARTS[config.context])
        self.text = nn.Linear(config.text_dim, config.text_code)
        self.context = nn.Linear(told, config.context_code) if told else None
        self.size = config.text_code + (config.context_code if told else 0)

    def forward(self, condition: Condition) -> Float[Tensor, "batch code"]:
        """Of the text's vector the direction counts alone."""
        text = full_size(F.normalize(condition.text, dim=1))  # (batch, text)
        codes = [self.text(text)]  # (batch, text_code)
        if self.context is not None:
            codes.append(self.context(condition.context))  # (batch, context_code)
        return F.leaky_relu(torch.cat(codes, dim=1), 0.2)  # (batch, code)


class Up(nn.Module):
    """Maps of twice the size, cut to ``size`` where that is odd."""

    def __init__(self, n_in: int, n_out: int, size: tuple[int, int]):
        super().__init__()
        self.size = size
        self.layers = nn.Sequential(
            nn.ConvTranspose2d(n_in, n_out, 4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(n_out),
            nn.ReLU(inplace=True),
        )

    def forward(self, maps: Float[Tensor, "batch n_in h w"]) -> Float[Tensor, "batch n_out h2 w2"]:
        height, width = self.size
        return self.layers(maps)[..., :height, :width]  # (batch, n_out, height, width)


class Painting(nn.Module):
    """The end of every generator: maps of a level grow to a picture in [-1, 1]."""

    def __init__(self, config: Config, level: int, stage: int):
        super().__init__()
        self.size = picture_sizes(config)[stage]
        top = LEVELS - STAGES + stage
        widths = config.channels
        growing = (Up(*widths[at : at + 2], map_size(config, at + 1)) for at in range(level, top))
        self.grow = nn.Sequential(*growing)
        self.paint = nn.Conv2d(widths[top], RGB, 3, padding=1)

    def forward(
        self,
        maps: Float[Tensor, "batch channels h w"],
    ) -> Float[Tensor, "batch 3 height width"]:
        picture = self.paint(self.grow(maps)).tanh()
        height, width = self.size
        return picture[..., :height, :width]  # (batch, 3, height, width)


class FirstGenerator(nn.Module):
    """G_1, Reed et al.'s generator: z, text and context to a small picture."""

    def __init__(self, config: Config):
        super().__init__()
        self.code = ConditionCode(config)
        self.size = map_size(config, 0)
        deep, area = config.channels[0], math.prod(self.size)
        self.spread = nn.Linear(config.noise_dim + self.code.size, deep * area, bias=False)
        self.norm = nn.BatchNorm2d(deep)
        self.painting = Painting(config, level=0, stage=0)

    def forward(
        self,
        noise: Float[Tensor, "batch noise"],
        condition: Condition,
    ) -> Float[Tensor, "batch 3 height width"]:
        vectors = [noise, self.code(condition)]
        vectors = torch.cat(vectors, dim=1)  # (batch, noise + code)
        maps = self.spread(vectors).unflatten(1, (-1, *self.size))  # (batch, channels, 4, 7)
        maps = F.relu(self.norm(maps))
        return self.painting(maps)  # (batch, 3, 15, 26)


class ResidualBlock(nn.Module):
    """Figure 4: what two layers make is added to what they get (He et al.)."""

    def __init__(self, channels: int):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norms = nn.ModuleList(nn.BatchNorm2d(channels) for _ in range(2))

    def forward(self, maps: Float[Tensor, "batch channels h w"]) -> Tensor:
        change = F.relu(self.norms[0](self.first(maps)))  # (batch, channels, h, w)
        change = self.norms[1](self.second(change))
        return F.relu(maps + change)


class LaterGenerator(nn.Module):
    """G_2 and G_3, StackGAN's second stage: a picture, text and context to a larger picture.

    ``stage`` counts from 0: 1 makes 30 x 52 out of 15 x 26, and 2 makes 60 x 105 out of that.
    """

    def __init__(self, config: Config, stage: int):
        super().__init__()
        self.code = ConditionCode(config)
        above = LEVELS - STAGES + stage - 1  # the level of the picture that comes in
        below = above - config.halvings
        self.size, widths = map_size(config, above), config.channels
        self.look = nn.Sequential(nn.Conv2d(RGB, widths[above], 3, padding=1), nn.ReLU())
        shrinking = (halved(widths[at], widths[at - 1]) for at in range(above, below, -1))
        self.shrink = nn.Sequential(*shrinking)
        deep = widths[below]
        self.join = nn.Sequential(
            nn.Conv2d(deep + self.code.size, deep, 1, bias=False),
            nn.BatchNorm2d(deep),
            nn.ReLU(inplace=True),
        )
        self.blocks = nn.Sequential(*(ResidualBlock(deep) for _ in range(config.blocks)))
        self.painting = Painting(config, below, stage)

    def forward(
        self,
        picture: Float[Tensor, "batch 3 h w"],
        condition: Condition,
    ) -> Float[Tensor, "batch 3 height width"]:
        missing = self.size[1] - picture.shape[3]
        picture = F.pad(picture, (0, missing, 0, 0), mode="replicate")  # (batch, 3, 30, 53)
        maps = self.shrink(self.look(picture))  # (batch, channels, 15, 27)
        code = everywhere(self.code(condition), maps)  # (batch, code, 15, 27)
        maps = torch.cat([maps, code], dim=1)  # (batch, channels + code, 15, 27)
        maps = self.blocks(self.join(maps))  # (batch, channels, 15, 27)
        return self.painting(maps)  # (batch, 3, 60, 105)


def halved(n_in: int, n_out: int) -> nn.Sequential:
    """Maps of half the size, rounded up."""
    return nn.Sequential(
        nn.Conv2d(n_in, n_out, 3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(n_out),
        nn.ReLU(inplace=True),
    )


def everywhere(
    code: Float[Tensor, "batch code"], maps: Float[Tensor, "batch channels h w"]
) -> Float[Tensor, "batch code h w"]:
    """A vector laid beside the maps, the same at every place."""
    return code[:, :, None, None].expand(-1, -1, *maps.shape[2:])


def generators(config: Config) -> list[nn.Module]:
    """G_1, G_2 and G_3."""
    return [FirstGenerator(config), *(LaterGenerator(config, at) for at in range(1, STAGES))]


def chain(
    stages: Iterable[nn.Module],
    noise: Float[Tensor, "batch noise"],
    condition: Condition,
) -> list[Float[Tensor, "batch 3 h w"]]:
    """I(G_1), I(G_2), ...: each generator after the first gets the picture of the one before."""
    pictures = [noise]
    for stage in stages:
        pictures.append(stage(pictures[-1], condition))
    return pictures[1:]


def fixed_noise(n: int, config: Config, seed: int = 0) -> Float[Tensor, "n noise"]:
    """z for n pictures, uniform in [-1, 1); the same for the same seed."""
    generator = torch.Generator().manual_seed(seed)
    return 2 * torch.rand(n, config.noise_dim, generator=generator) - 1


class TrainedFeatures(nn.Module):
    """What a trained classifier makes of pictures, so that a discriminator has less to learn.

    Args:
        reader: it learns nothing more, and is no part of this module.
    """

    def __init__(self, config: Config, reader: Judge):
        super().__init__()
        self.readers = (reader,)  # a tuple: no part of this module
        found, told = 2 * reader.channels, config.text_dim + sum(PARTS[config.context])
        self.lay = nn.Conv2d(found, MATCHED, 1)
        self.picture, self.condition = nn.Linear(found, MATCHED), nn.Linear(told, MATCHED)
        self.scale = nn.Parameter(torch.tensor(4.0))

    def forward(
        self,
        pictures: Float[Tensor, "batch 3 height width"],
    ) -> Float[Tensor, "batch channels h w"]:
        """The classifier's last maps, of pictures without what alternates from pixel to pixel."""
        return self.readers[0].maps(blurred(pictures))

    def beside(
        self, read: Float[Tensor, "batch channels h w"], size: tuple[int, int]
    ) -> Float[Tensor, "batch matched h2 w2"]:
        """Maps to lay beside the discriminator's own (Sauer et al. 2021)."""
        return F.leaky_relu(self.lay(pooled(read, size)), 0.2)

    def match(
        self,
        read: Float[Tensor, "batch channels h w"],
        condition: Condition,
    ) -> Float[Tensor, "batch 1"]:
        """How well a condition matches: a cosine, where projection discriminators (Miyato and
        Koyama 2018) have an inner product, which pays for exaggeration."""
        picture = self.picture(pooled(read, (1, 1)).flatten(1))  # (batch, matched)
        text = full_size(F.normalize(condition.text, dim=1))
        told = self.condition(torch.cat([text, condition.context], dim=1))  # (batch, matched)
        return self.scale * F.cosine_similarity(picture.float(), told.float())[:, None]


MATCHED = 64
"""Length of the vectors whose cosine says how well picture and condition match."""


def blurred(
    pictures: Float[Tensor, "batch 3 height width"],
) -> Float[Tensor, "batch 3 height width"]:
    """Means over 3 x 3 pixels, weighted 1, 2, 1 in both directions: checkerboards vanish."""
    padded = F.pad(pictures, (1, 1, 1, 1), mode="replicate")
    return F.avg_pool2d(F.avg_pool2d(padded, 2, stride=1), 2, stride=1)


def pooled(
    maps: Float[Tensor, "batch channels h w"],
    size: tuple[int, int],
) -> Float[Tensor, "batch channels2 h2 w2"]:
    """Means over parts of the picture, and a quarter of the maxima there, which are larger."""
    means, maxima = F.adaptive_avg_pool2d(maps, size), F.adaptive_max_pool2d(maps, size)
    return torch.cat([means, maxima / 4], dim=1)


class Discriminator(nn.Module):
    """D_k: is the picture real, and does it match text and context?

    Maps of one size have as many channels in every D, whatever the size of its pictures.

    Args:
        reader: a trained classifier, if D is to see with it, too.
    """

    def __init__(self, config: Config, stage: int, reader: Judge | None = None):
        super().__init__()
        self.code = ConditionCode(config)
        first, widest = config.discriminator_channels, config.discriminator_widest
        widths = [min(first * 2**at, widest) for at in range(STAGES + 2)][STAGES - 1 - stage :]
        norm = config.discriminator_norm
        self.look = nn.Sequential(
            nn.Conv2d(RGB, widths[0], 3, padding=1),
            nn.LeakyReLU(0.2, inplace=True),
            *(judged(*channels, norm) for channels in pairwise(widths)),
        )
        self.trained = TrainedFeatures(config, reader) if reader is not None else None
        self.deviation = MinibatchDeviation()
        seen = widths[-1] + (MATCHED if self.trained else 0) + 1
        part = 2 ** (STAGES + 1)
        area = (config.height // part) * (width_of(config.height) // part)
        self.join = nn.Conv2d(seen + self.code.size, widths[-1], 1)
        self.decide = nn.Linear(widths[-1] * area, 1)

    def forward(
        self,
        pictures: Float[Tensor, "batch 3 height width"],
        *conditions: Condition,
    ) -> Float[Tensor, "batch conditions"]:
        """Logits; the pictures are seen once for all conditions that are asked about."""
        maps = self.look(pictures)  # (batch, channels, 3, 6)
        if self.trained:
            read = self.trained(pictures)  # (batch, its channels, 7, 13)
            maps = torch.cat([maps, self.trained.beside(read, maps.shape[2:])], dim=1)
        maps = self.deviation(maps)  # one map more
        logits = []
        for condition in conditions:
            code = everywhere(self.code(condition), maps)  # (batch, code, 3, 6)
            joined = self.join(torch.cat([maps, code], dim=1))  # (batch, channels, 3, 6)
            joined = F.leaky_relu(joined, 0.2).flatten(1)  # (batch, channels * 3 * 6)
            logit = self.decide(joined)  # (batch, 1)
            logits.append(logit + self.trained.match(read, condition) if self.trained else logit)
        return torch.cat(logits, dim=1).float()  # (batch, conditions)


def judged(n_in: int, n_out: int, norm: str) -> nn.Sequential:
    """Maps of half the size, rounded down, as in DCGAN's discriminator."""
    return nn.Sequential(
        nn.Conv2d(n_in, n_out, 4, stride=2, padding=1, bias=norm == "none"),
        nn.BatchNorm2d(n_out) if norm == "batch" else nn.Identity(),
        nn.LeakyReLU(0.2, inplace=True),
    )


def discriminators(config: Config, reader: Judge) -> list[nn.Module]:
    """D_1, D_2 and D_3, of which the last may get a trained classifier's maps, too."""
    readers = [None] * (STAGES - 1) + [reader if config.trained_features else None]
    return [Discriminator(config, stage, each) for stage, each in enumerate(readers)]

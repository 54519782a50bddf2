"""The regressor: reads the year off a picture. It never enters a loss of a GAN; it only measures."""

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from ganbook import training
from ganbook.chapters.painting_morphs.config import RegressorConfig
from ganbook.data.paintings import Paintings
from ganbook.data.pixels import from_bytes
from ganbook.losses import feature_distance
from ganbook.nn import ResidualStage
from ganbook.nn.augmentation import worn


class YearRegressor(nn.Module):
    """Convolutions; of the maps of each size the mean and the deviation; and the year.

    What is where is forgotten: style is in colours and strokes, which are everywhere.
    """

    def __init__(self, channels: tuple[int, ...]):
        super().__init__()
        self.stages = nn.ModuleList(ResidualStage(n_in, n_out) for n_in, n_out in pairwise((3, *channels)))
        self.standardise = nn.BatchNorm1d(2 * sum(channels))
        self.year = nn.Linear(2 * sum(channels), 1)
        self.register_buffer("middle", torch.zeros(()))
        self.register_buffer("spread", torch.ones(()))

    @torch.no_grad()
    def learn_scale(self, years: Float[Tensor, " n"]) -> None:
        """Count years from the middle of these, in their deviation; both are kept in half precision without loss."""
        self.middle.copy_(years.mean().round())
        self.spread.copy_(years.std(unbiased=False).clamp(min=1).half())

    def maps(self, pictures: Float[Tensor, "batch 3 side side"]) -> list[Float[Tensor, "batch channels h w"]]:
        """Of each stage, at the full, half, quarter ... resolution."""
        maps, found = pictures, []
        for number, stage in enumerate(self.stages):
            maps = stage(F.avg_pool2d(maps, 2) if number else maps)  # (batch, channels, h, w)
            found.append(maps)
        return found

    def features(self, pictures: Float[Tensor, "batch 3 side side"]) -> Float[Tensor, "batch size"]:
        """What the year is read from, and what distances between sets of pictures are measured in."""
        found = []
        for maps in self.maps(pictures):
            found += [maps.mean((2, 3)), (maps.var((2, 3), unbiased=False) + 1e-6).sqrt()]
        return torch.cat(found, 1)  # (batch, 2 channels of all stages)

    def forward(self, pictures: Float[Tensor, "batch 3 side side"]) -> Float[Tensor, " batch"]:
        """How far the years are from the middle, in deviations."""
        return self.year(self.standardise(self.features(pictures)))[:, 0].float()


def year_loss(found: Float[Tensor, " batch"], true: Float[Tensor, " batch"]) -> Float[Tensor, ""]:
    """The mean absolute error, which is also what is reported."""
    return (found - true).abs().mean()


def train_regressor(run: training.Run, paintings: Paintings) -> None:
    """Supervised training on worn pictures, half of them mirrored."""
    config: RegressorConfig = run.config
    module = YearRegressor(config.channels)
    module.learn_scale(paintings.years)
    years = (paintings.years - module.middle) / module.spread
    optimizer = torch.optim.AdamW(module.parameters(), config.learning_rate)
    module, optimizer = run.setup(regressor=(module, optimizer)).regressor
    strength = {name: getattr(config, name) for name in ("blur", "colour_shift", "pixel_noise")}
    for step in run.steps():
        left = training.remaining(step, config.steps, config.decay_share)
        training.set_learning_rate(optimizer, config.learning_rate * left)
        index = run.draws.batch(len(paintings), config.batch_size)
        pictures = from_bytes(paintings.pictures[index].to(run.device))
        pictures = torch.where(run.draws.rand(config.batch_size, 1, 1, 1) < 0.5, pictures.flip(3), pictures)
        pictures = worn(pictures, run.draws, config.batch_size, **strength)
        loss = year_loss(module(pictures), years[index].to(run.device))
        optimizer.zero_grad()
        run.backward(loss)
        optimizer.step()
        run.log(loss=loss)


@dataclass(frozen=True)
class YearReader:
    """The trained regressor in use."""

    config: RegressorConfig
    regressor: YearRegressor

    @torch.no_grad()
    def __call__(self, pictures: UInt8[Tensor, "n 3 height width"]) -> Float[Tensor, " n"]:
        """The year of each picture, with its fraction; pictures of other sizes are scaled."""
        return torch.cat([self.regressor(part) for part in self.parts(pictures)]) * self.regressor.spread + (
            self.regressor.middle
        )

    @torch.no_grad()
    def features(self, pictures: UInt8[Tensor, "n 3 height width"]) -> Float[Tensor, "n size"]:
        """One vector a picture, for distances between sets; pictures of other sizes are scaled."""
        return torch.cat([self.regressor.features(part) for part in self.parts(pictures)])

    @torch.no_grad()
    def apart(
        self, first: UInt8[Tensor, "n 3 height width"], second: UInt8[Tensor, "n 3 height width"]
    ) -> Float[Tensor, " n"]:
        """The perceptual distance of each pair of pictures, from 0, in the maps of the regressor's stages
        (:func:`ganbook.losses.feature_distance`); pictures of other sizes are scaled.
        """
        pairs = zip(self.parts(first), self.parts(second), strict=True)
        return torch.cat([feature_distance(*map(self.regressor.maps, pair)) for pair in pairs])

    def parts(self, pictures: UInt8[Tensor, "n 3 height width"]) -> list[Float[Tensor, "part 3 side side"]]:
        """Pictures in [-1, 1] at the regressor's size, some at a time."""
        return [scaled(from_bytes(part), self.config.resolution) for part in pictures.split(200)]


@dataclass(frozen=True)
class Whitened:
    """The main components of features, each with mean 0 and variance 1 over the pictures that it was fitted on.

    The regressor's own features have heavy tails: night paintings lie so far from all others that in the cubic kernel
    of KID a dozen of them outweigh hundreds, and two halves of the data are as far apart as data and bad samples.

    Attributes:
        reader: whose features they are.
        centre: (size,).
        axes: (size, components).
    """

    reader: YearReader
    centre: Tensor
    axes: Tensor

    def __call__(self, pictures: UInt8[Tensor, "n 3 height width"]) -> Float[Tensor, "n components"]:
        return (self.reader.features(pictures) - self.centre) @ self.axes


def whitened(reader: YearReader, pictures: UInt8[Tensor, "n 3 height width"], components: int = 64) -> Whitened:
    """Fit them on these pictures; as many components as they have, up to ``components``."""
    found = reader.features(pictures)
    centre, scale = found.mean(0), found.std(0).clamp(min=1e-6)
    _, sizes, axes = torch.linalg.svd((found - centre) / scale, full_matrices=False)
    n = min(components, int((sizes > 1e-4 * sizes[0]).sum()))
    deviations = sizes[:n] / (len(found) - 1) ** 0.5
    return Whitened(reader, centre, axes[:n].T / deviations / scale[:, None])


def scaled(pictures: Float[Tensor, "n 3 height width"], side: int) -> Float[Tensor, "n 3 side side"]:
    """Pictures at this size, if they have another."""
    if tuple(pictures.shape[2:]) == (side, side):
        return pictures
    return F.interpolate(pictures, (side, side), mode="bilinear", antialias=True)

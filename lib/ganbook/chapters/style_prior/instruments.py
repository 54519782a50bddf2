"""What measures pictures of avatars: a segmenter, whose features also serve for distances, and a reader of landmarks.

They see renders only, blurred, noisy and tinted at random, so that a generator's slips do not throw them off.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol, runtime_checkable

import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from ganbook import metrics, training
from ganbook.data.avatars import LABELS, LANDMARKS
from ganbook.data.avatars.flow import landmarks
from ganbook.data.avatars.free import FreeAvatars, free_avatars, free_parameters
from ganbook.data.pixels import from_bytes, softened
from ganbook.training import Settings, option


@dataclass(frozen=True)
class InstrumentConfig(Settings):
    """Settings of both instruments."""

    train_images: int = option(10_000, "renders of avatars with free pose", low=100)
    resolution: int = option(64, "pixels of a side", low=16)
    channels: tuple[int, ...] = option((16, 32, 64, 96), "at the full, half, quarter ... resolution")
    learning_rate: float = option(2e-3, "of AdamW", low=0.0)
    decay_share: float = option(
        0.5, "the rate falls linearly to zero over this last share of the steps", low=0.0, high=1.0
    )
    augment: float = option(1.0, "strength of blur, noise and tint", low=0.0, high=1.0)


PROFILES = {
    "smoke": InstrumentConfig(
        steps=20,
        batch_size=8,
        train_images=100,
        resolution=32,
        channels=(4, 8, 12),
        log_every=5,
        preview_every=0,
        threads=1,
    ),
    "quick": InstrumentConfig(steps=4_000, batch_size=32, preview_every=0),
    "paper": InstrumentConfig(
        steps=20_000, batch_size=64, train_images=30_000, channels=(32, 64, 128, 192), preview_every=0
    ),
}


class Block(nn.Sequential):
    """Two convolutions, each with batch normalisation and ReLU."""

    def __init__(self, n_in: int, n_out: int):
        layers = [(n_in, n_out), (n_out, n_out)]
        super().__init__(
            *(
                layer
                for here, there in layers
                for layer in (
                    nn.Conv2d(here, there, 3, padding=1, bias=False),
                    nn.BatchNorm2d(there),
                    nn.ReLU(inplace=True),
                )
            )
        )


class Segmenter(nn.Module):
    """A small U-Net: a class for each pixel."""

    def __init__(self, config: InstrumentConfig):
        super().__init__()
        widths, self.config, self.side = config.channels, config, config.resolution
        self.down = nn.ModuleList(Block(here, there) for here, there in pairwise((3, *widths)))
        self.up = nn.ModuleList(Block(below + here, here) for here, below in pairwise(widths))
        self.head = nn.Conv2d(widths[0], len(LABELS), 1)

    def features(self, pictures: Float[Tensor, "batch 3 side side"]) -> list[Float[Tensor, "batch channels h w"]]:
        """What the way down sees, from the full resolution to the coarsest."""
        found = [self.down[0](pictures)]
        for block in self.down[1:]:
            found.append(block(F.max_pool2d(found[-1], 2)))
        return found

    def forward(self, pictures: Float[Tensor, "batch 3 side side"]) -> Float[Tensor, "batch classes side side"]:
        found = self.features(pictures)
        x = found.pop()
        for block in reversed(self.up):
            x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
            x = block(torch.cat([x, found.pop()], 1))
        return self.head(x)


class LandmarkReader(nn.Module):
    """Twelve landmarks, each as the centre of a heat map, so that a shifted picture gives shifted landmarks."""

    def __init__(self, config: InstrumentConfig):
        super().__init__()
        self.body, self.config, self.side = Segmenter(config), config, config.resolution
        self.body.head = nn.Conv2d(config.channels[0], len(LANDMARKS), 1)

    def forward(self, pictures: Float[Tensor, "batch 3 side side"]) -> Float[Tensor, "batch 12 2"]:
        heat = self.body(pictures).flatten(2).softmax(2)  # (batch, 12, side * side)
        side = pictures.shape[-1]
        centres = (torch.arange(side, device=pictures.device) + 0.5) * (2 / side) - 1
        y, x = torch.meshgrid(centres, centres, indexing="ij")
        return heat @ torch.stack([x.flatten(), y.flatten()], 1)  # (batch, 12, 2)


def augmented(pictures: Tensor, run: training.Run, strength: float) -> Tensor:
    """Blur half of the pictures, add noise, change brightness, contrast and tint."""
    n = len(pictures)

    def draw(*shape: int) -> Tensor:
        return run.draws.rand(n, *shape)

    share = draw(1, 1, 1) * (draw(1, 1, 1) < 0.5) * strength
    pictures = torch.lerp(pictures, softened(pictures), share)
    pictures = pictures * (1 + 0.3 * strength * (draw(1, 1, 1) - 0.5)) + 0.3 * strength * (draw(3, 1, 1) - 0.5)
    return pictures + 0.1 * strength * draw(1, 1, 1) * run.draws.randn(*pictures.shape)


def make_data(config: InstrumentConfig, source: str, seed: int) -> FreeAvatars:
    """Training renders; the same ones for every seed."""
    return free_avatars("train", config.train_images, config.resolution)


@runtime_checkable
class Labelled(Protocol):
    """Pictures (uint8, n 3 side side) with label maps (uint8, n side side); the classes are at most seven."""

    pictures: Tensor
    labels: Tensor


def train_segmenter(run: training.Run, renders: Labelled) -> None:
    """Cross-entropy over pixels; rare classes count more, by the root of their rarity."""
    labels = renders.labels.to(run.device)
    counts = torch.bincount(labels[:1_000].flatten().long(), minlength=len(LABELS)).clamp(min=1)
    weights = (counts.sum() / counts).sqrt()

    def loss(model: nn.Module, pictures: Tensor, index: Tensor) -> Tensor:
        return F.cross_entropy(model(pictures), labels[index].long(), weights / weights.mean())

    supervised(run, renders.pictures, Segmenter(run.config), loss)


def train_landmarks(run: training.Run, avatars: FreeAvatars) -> None:
    """Mean distance of a landmark from where it lies."""
    places = landmarks(*free_parameters("train", len(avatars))).to(run.device)

    def loss(model: nn.Module, pictures: Tensor, index: Tensor) -> Tensor:
        return (model(pictures) - places[index]).square().sum(2).add(1e-8).sqrt().mean()

    supervised(run, avatars.pictures, LandmarkReader(run.config), loss)


def supervised(run: training.Run, pictures: UInt8[Tensor, "n 3 side side"], model: nn.Module, loss_of) -> None:
    """Train a model on augmented renders; ``loss_of`` gets it, a batch of pictures, and which ones they are."""
    config: InstrumentConfig = run.config
    model, optimizer = run.setup(model=(model, torch.optim.AdamW(model.parameters(), lr=config.learning_rate))).model
    for step in run.steps():
        left = training.remaining(step, config.steps, config.decay_share)
        training.set_learning_rate(optimizer, config.learning_rate * left)
        index = run.draws.batch(len(pictures), config.batch_size)
        batch = from_bytes(pictures[index].to(run.device))
        loss = loss_of(model, augmented(batch, run, config.augment), index.to(run.device))
        optimizer.zero_grad()
        run.backward(loss)
        optimizer.step()
        run.log(loss=loss)


def pooled_features(model: Segmenter, pictures: Float[Tensor, "n 3 side side"]) -> Float[Tensor, "n size"]:
    """One vector a picture for distances between sets of pictures: mean and deviation of every channel at every
    scale.
    """
    return metrics.pooled_features(model.features(pictures))

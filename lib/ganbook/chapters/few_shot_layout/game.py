"""Training of the encoder: from pseudo-labels of samples back to the codes of the samples.

For comparison also the usual way: from the label maps of the annotated pictures to pictures like them.
"""

import copy
from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor, nn

from ganbook import training
from ganbook.chapters.few_shot_layout.config import Config
from ganbook.chapters.few_shot_layout.losses import code_loss, picture_losses
from ganbook.chapters.few_shot_layout.model import LayoutEncoder
from ganbook.data.pixels import from_bytes


class Material(NamedTuple):
    """What an encoder learns from.

    Attributes:
        codes: z -> the code w of a sample, (batch, latent).
        label: codes for all layers -> label maps of what the generator draws from them, (batch, side, side).
        classes, side: of the label maps.
        mean: the middle of W.
        styles: layers of the generator that take a code.
    """

    codes: Callable[[Float[Tensor, "batch latent"]], Tensor]
    label: Callable[[Float[Tensor, "batch styles latent"]], Int[Tensor, "batch side side"]]
    classes: int
    side: int
    mean: Float[Tensor, " latent"]
    styles: int


def train(run: training.Run, material: Material) -> None:
    """Samples of the generator, their pseudo-labels, and the squared error of the codes alone
    (Endo and Kanamori 2021, as their released code does it).
    """
    config: Config = run.config
    encoder, optimizer = prepared(run, material)
    codes, label = (on_device(each, run) for each in (material.codes, material.label))
    if isinstance(label, nn.Module):
        label.to(memory_format=torch.channels_last)  # draws in half the time
    mean = material.mean.to(run.device)
    for step in run.steps():
        slow_down(optimizer, config, step)
        with torch.no_grad():
            w = codes(run.draws.randn(config.batch_size, len(mean)))  # (batch, latent)
            ws = w[:, None].expand(-1, material.styles, -1)  # (batch, styles, latent)
            labels = label(ws)  # (batch, side, side)
        loss = code_loss(encoder(labels), ws)
        optimizer.zero_grad()
        run.backward(loss)
        optimizer.step()
        run.log(loss=loss, mean_code_loss=code_loss(mean.expand_as(w), w))


class Pairs(NamedTuple):
    """What an encoder in the manner of pSp learns from.

    Attributes:
        pictures, labels: the annotated ones.
        synthesis: codes for all layers -> pictures in [-1, 1].
        segmenter: a trained network whose features are compared.
        classes, mean, styles: as of :class:`Material`.
    """

    pictures: UInt8[Tensor, "shots 3 side side"]
    labels: Int[Tensor, "shots side side"]
    synthesis: nn.Module
    segmenter: nn.Module
    classes: int
    mean: Float[Tensor, " latent"]
    styles: int

    @property
    def side(self) -> int:
        """Pixels of a side."""
        return self.labels.shape[-1]


def train_on_pictures(run: training.Run, pairs: Pairs) -> None:
    """Pictures like the annotated ones, from their label maps, by errors of pixels and features
    (after Richardson et al. 2021).

    A half of the pairs is mirrored. Without a loss of identity, which is for faces of people.
    """
    config: Config = run.config
    encoder, optimizer = prepared(run, pairs)
    synthesis, segmenter = (on_device(each, run) for each in (pairs.synthesis, pairs.segmenter))
    pictures, labels = from_bytes(pairs.pictures).to(run.device), pairs.labels.to(run.device)
    mean = pairs.mean.to(run.device)
    for step in run.steps():
        slow_down(optimizer, config, step)
        index = run.draws.batch(len(pictures), config.batch_size)
        mirrored = run.draws.rand(config.batch_size, 1, 1) < 0.5
        given = torch.where(mirrored, labels[index].flip(2), labels[index])
        wanted = torch.where(mirrored[:, None], pictures[index].flip(3), pictures[index])
        ws = encoder(given)
        drawn = synthesis(ws)
        features = segmenter.features(drawn), segmenter.features(wanted)
        pixels, perceptual, offset = picture_losses(drawn, wanted, features, ws - mean)
        optimizer.zero_grad()
        run.backward(pixels + config.perceptual_weight * perceptual + config.offset_weight * offset)
        optimizer.step()
        run.log(pixels=pixels, perceptual=perceptual, offset=offset)


def prepared(run: training.Run, given: Material | Pairs) -> training.Part:
    """A new encoder and its optimiser."""
    encoder = LayoutEncoder(run.config, given.classes, given.side, given.mean, given.styles)
    optimizer = torch.optim.AdamW(encoder.parameters(), lr=run.config.learning_rate)
    return run.setup(encoder=(encoder, optimizer)).encoder


def slow_down(optimizer: torch.optim.Optimizer, config: Config, step: int) -> None:
    """The rate falls to zero over the last steps."""
    left = training.remaining(step, config.steps, config.decay_share)
    training.set_learning_rate(optimizer, config.learning_rate * left)


def on_device(part: Callable, run: training.Run) -> Callable:
    """A trained network as it is used in this run: a copy on its device that learns nothing more."""
    if not isinstance(part, nn.Module):
        return part
    return copy.deepcopy(part).to(run.device).requires_grad_(False).eval()

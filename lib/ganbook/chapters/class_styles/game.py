"""Training: pictures from their own label maps and codes, judged by two patch discriminators."""

import copy
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor, nn

from ganbook import training
from ganbook.chapters.class_styles.config import Config
from ganbook.chapters.class_styles.losses import (
    Layers,
    discriminator_loss,
    fooling_loss,
    matching_loss,
    perceptual_loss,
    style_kl,
)
from ganbook.chapters.class_styles.model import Discriminator, Encoder, Generator, Posterior, Styles, shapes
from ganbook.data.pixels import from_bytes, to_bytes


class Material(NamedTuple):
    """What a model learns from.

    Attributes:
        pictures: uint8 (n, 3, side, side), 0 to 255.
        labels: uint8 (n, side, side), the class of each pixel.
        classes: how many there are.
        segmenter: a trained network; its ``features`` of pictures in [-1, 1] are compared, finest first.
    """

    pictures: Tensor
    labels: Tensor
    classes: int
    segmenter: nn.Module


def adversarial_training(run: training.Run, data: Material) -> None:
    """Encoder and generator, then discriminators, once a step; codes are always the posterior's."""
    config: Config = run.config
    networks = {
        "encoder": (Encoder(config, data.classes), config.generator_rate),
        "generator": (Generator(config, data.classes), config.generator_rate),
        "discriminator": (Discriminator(config, data.classes), config.discriminator_rate),
    }
    learners = {name: (each, adam(each, rate, config)) for name, (each, rate) in networks.items()}
    parts = run.setup(**learners)
    run.track_ema("encoder")
    run.track_ema("generator")
    averaged = run.ema("encoder"), run.ema("generator")
    run.preview_with(preview_of(run, *averaged, data))
    encoder, generator = parts.encoder.module, parts.generator.module
    discriminator = parts.discriminator.module
    features = features_of(run, data.segmenter)

    for step in run.steps():
        left = training.remaining(step, config.steps, config.decay_share)
        for name, (_, rate) in networks.items():
            training.set_learning_rate(parts[name].optimizer, left * rate)
        real, labels = batch(run, data)

        # Codes of the picture, and a picture of its label map and codes.
        posterior = encoder(real, labels)
        sizes = shapes(config, data.classes, config.batch_size)
        noise = Styles(*(run.draws.randn(*size) for size in sizes))
        fake = generator(labels, posterior.sample(noise))

        # E and G: be taken for real, be like the picture, and keep the codes near N(0, I).
        with training.frozen(discriminator) as judge:
            judged = judge(fake, labels)
            with torch.no_grad():
                true = judge(real, labels)
        fooling, matching = fooling_loss(judged), matching_loss(true, judged)
        kl = style_kl(posterior)
        perceptual = perceptual_loss(features(real), features(fake))
        g_loss = fooling + config.feature_weight * matching + config.perceptual_weight * perceptual
        g_loss = g_loss + kl_weight(config, step) * kl
        descend(run, [parts.encoder, parts.generator], g_loss)

        # D: tell the picture from what was made of it.
        true, judged = discriminator(real, labels), discriminator(fake.detach(), labels)
        d_loss = discriminator_loss(true, judged)
        descend(run, [parts.discriminator], d_loss)
        run.log(d_loss=d_loss, fooling=fooling, matching=matching, perceptual=perceptual, kl=kl)

    settle(*averaged, data, config)


def batch(run: training.Run, data: Material) -> tuple[Tensor, Tensor]:
    """Pictures in [-1, 1] and their label maps; half of them mirrored, if so set."""
    index = run.draws.batch(len(data.pictures), run.config.batch_size)
    real, labels = from_bytes(data.pictures[index].to(run.device)), data.labels[index].to(run.device).long()
    if run.config.flip:
        mirrored = run.draws.rand(run.config.batch_size) < 0.5
        real = torch.where(mirrored[:, None, None, None], real.flip(3), real)
        labels = torch.where(mirrored[:, None, None], labels.flip(2), labels)
    return real, labels


def kl_weight(config: Config, step: int) -> float:
    """Grows linearly from 0 over the first steps, so that codes learn to say something before they are held back."""
    warm = config.kl_warmup * config.steps
    return config.kl_weight * (min(1.0, step / warm) if warm else 1.0)


def features_of(run: training.Run, segmenter: nn.Module) -> Callable[[Tensor], Layers]:
    """Of pictures in [-1, 1], the features of a trained network that learns nothing more."""
    segmenter = copy.deepcopy(segmenter).to(run.device).requires_grad_(False).eval()

    def features(pictures: Tensor) -> Layers:
        with run.fabric.autocast():
            return segmenter.features(pictures)

    return features


def adam(module: nn.Module, rate: float, config: Config) -> torch.optim.Adam:
    """Adam; two networks with the same rate, each with its own, learn as with a common one."""
    return torch.optim.Adam(module.parameters(), lr=rate, betas=(config.beta1, config.beta2))


def descend(run: training.Run, learners: list[training.Part], loss: Tensor) -> None:
    """One step of these networks down a loss."""
    for _, optimizer in learners:
        optimizer.zero_grad()
    run.backward(loss)
    for _, optimizer in learners:
        optimizer.step()


SETTLING = 1_000
"""Pictures from which averaged weights get statistics of their own, and codes what they are drawn from."""


@torch.no_grad()
def settle(encoder: nn.Module, generator: nn.Module, data: Material, config: Config) -> None:
    """Give averaged weights the batch statistics and spectral norms that are theirs, and codes a fitted prior.

    Those that were copied belong to the weights of the last step, and batch statistics moreover lag behind; pictures
    in evaluation mode then differ from those of the training. Codes are drawn as in training, from the posterior.
    """
    device, draws = next(generator.parameters()).device, torch.Generator().manual_seed(0)
    norms = [module for module in generator.modules() if isinstance(module, nn.BatchNorm2d)]
    usual = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean over all batches
    encoder.train()
    generator.train()
    parts = [each[:SETTLING].to(device).split(config.batch_size) for each in (data.pictures, data.labels)]
    for pictures, labels in zip(*parts):
        sizes = shapes(config, data.classes, len(labels))
        noise = Styles(*(torch.randn(size, generator=draws).to(device) for size in sizes))
        generator(labels, encoder(from_bytes(pictures), labels).sample(noise))
    encoder.eval()
    generator.eval()
    for norm, momentum in zip(norms, usual):
        norm.momentum = momentum
    encoder.prior.fit(Posterior.joined(encoder(from_bytes(pictures), labels) for pictures, labels in zip(*parts)))


def preview_of(
    run: training.Run, encoder: nn.Module, generator: nn.Module, data: Material, columns: int = 10, samples: int = 3
) -> Callable[[], UInt8[np.ndarray, "height width 3"]]:
    """Rows of pictures, of what their own codes give, and of what fixed codes of N(0, I) give on their label maps."""
    columns = min(columns, len(data.pictures))
    pictures = data.pictures[:columns].to(run.device)
    labels = data.labels[:columns].to(run.device).long()
    draws = torch.Generator().manual_seed(0)
    codes = [
        Styles(
            *(torch.randn(size, generator=draws).to(run.device) for size in shapes(run.config, data.classes, columns))
        )
        for _ in range(samples)
    ]

    def picture() -> UInt8[np.ndarray, "height width 3"]:
        own = encoder(from_bytes(pictures), labels).mean
        rows = [pictures, *(to_bytes(generator(labels, each)) for each in (own, *codes))]
        return torch.cat([torch.cat([*row], 2) for row in rows], 1).permute(1, 2, 0).cpu().numpy()

    return picture

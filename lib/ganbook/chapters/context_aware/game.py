"""Training of the GAN (algorithm 2): three generators in a chain, a discriminator for each."""

import copy
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from ganbook import training
from ganbook.chapters.context_aware.config import STAGES, Config
from ganbook.chapters.context_aware.context import PARTS, context_vectors
from ganbook.chapters.context_aware.data import Material, Pictured
from ganbook.chapters.context_aware.judge import folded
from ganbook.chapters.context_aware.losses import (
    discriminator_loss,
    generator_loss,
    joint_embedding_loss,
    over_stages,
    recognised_loss,
)
from ganbook.chapters.context_aware.model import (
    Condition,
    blurred,
    chain,
    discriminators,
    fixed_noise,
    generators,
    picture_sizes,
)
from ganbook.chapters.context_aware.recognisers import Recognisers, at_height
from ganbook.chapters.context_aware.stage_weights import stage_weights, stages_in_use
from ganbook.chapters.context_aware.text import PictureEncoder
from ganbook.chapters.context_aware.watching import Look, collage
from ganbook.data.pixels import from_bytes
from ganbook.losses import r1_penalty
from ganbook.training.draws import Draws


def adversarial_training(run: training.Run, data: Material) -> None:
    """The game of all variants, after the recognisers and the text encoder have learned."""
    config: Config = run.config
    reader = folded(data.describer.reader).to(run.device)
    if config.channels_last and run.precision == "bf16-mixed":  # as run.setup does
        reader = reader.to(memory_format=torch.channels_last)
    recognise, describe = recognition_of(run, data.recognisers), description_of(run, data.describer)
    # Algorithm 2, lines 2 and 3: generators and discriminators, k = 3.
    networks = numbered("generator", generators(config))
    networks |= numbered("discriminator", discriminators(config, reader))
    parts = run.setup(**{name: (each, adam(each, config)) for name, each in networks.items()})
    gs = [parts[f"generator_{k}"] for k in range(1, STAGES + 1)]
    ds = [parts[f"discriminator_{k}"] for k in range(1, STAGES + 1)]
    for k in range(1, STAGES + 1):
        run.track_ema(f"generator_{k}")
    averaged = [run.ema(f"generator_{k}") for k in range(1, STAGES + 1)]
    run.preview_with(preview_of(run, averaged, data))
    look = Look(config, averaged, data, run.device) if config.look_every and data.judge else None

    for step in run.steps():
        left = training.remaining(step, config.steps, config.decay_share)
        for _, optimizer in parts.values():
            training.set_learning_rate(optimizer, config.learning_rate * left)
        weights = stage_weights(config.schedule, step / config.steps)
        k = stages_in_use(weights)
        weights = weights[:k]

        # Lines 4 to 10: noise, pictures, texts, context pictures; and what does not belong to them.
        noise = 2 * run.draws.rand(config.batch_size, config.noise_dim) - 1
        posed = pose(run, data.train)
        real = resized(posed.pictures, config)[:k]

        # Line 11: I(G_1) = G_1(z, C, T), and I(G_k) = G_k(I(G_k-1), C, T).
        made = chain([g.module for g in gs[:k]], noise, posed.right)

        # Line 12: each D learns what is real and belongs together.
        d_losses = [
            discriminator_loss(d.module(x, *posed.asked), d.module(y.detach(), posed.right), config)
            for d, x, y in zip(ds, real, made)
        ]
        descend(run, ds[:k], over_stages(d_losses, weights))
        if config.r1_weight and step % config.r1_every == 0:
            steepness = [r1_of(d.module, x, posed.right) for d, x in zip(ds, real)]
            r1 = over_stages(steepness, weights)
            descend(run, ds[:k], config.r1_weight / 2 * config.r1_every * r1)
            run.log(**numbered("r1", steepness))

        # Line 13: the generators learn to pass. What a stage is told goes back through all before.
        g_losses = []
        for d, picture in zip(ds, made):
            with training.frozen(d.module) as judge:
                g_losses.append(generator_loss(judge(picture, posed.right), config))
        g_loss = over_stages(g_losses, weights)
        if config.recognised_weight:
            recognised = recognised_loss(recognise(made[-1]), posed.right.context)
            g_loss = g_loss + config.recognised_weight * recognised
            run.log(recognised=recognised)
        if config.described_weight and step >= config.described_from * config.steps:
            described = joint_embedding_loss(describe(made[-1]), posed.right.text)
            g_loss = g_loss + config.described_weight * described
            run.log(described=described)
        descend(run, gs[:k], g_loss)

        run.log(**numbered("d_loss", d_losses), **numbered("g_loss", g_losses))
        if look and (step + 1) % config.look_every == 0:
            run.log(**look())


class Posed(NamedTuple):
    """What a step is about.

    Attributes:
        pictures: (batch, 3, height, width), x, in [-1, 1].
        right: t and C, by which pictures are made and judged.
        wrong: what does not belong to x: another's text, and where there is a context, another one.
    """

    pictures: Tensor
    right: Condition
    wrong: list[Condition]

    @property
    def asked(self) -> list[Condition]:
        """What D is asked about real pictures."""
        return [self.right, *self.wrong]


def pose(run: training.Run, scenes: Pictured) -> Posed:
    """Draw scenes, one of the captions of each, and a context picture that shares place and person.

    A share of ``silent`` goes without a context picture, so that a text works alone, too.
    """
    config: Config = run.config
    size = config.batch_size
    index = run.draws.batch(len(scenes.pictures), size)
    caption = run.draws.randint(scenes.texts.shape[1], (size,)).cpu()
    shown = scenes.groups.draw(index, run.draws.rand(size).cpu())
    silent = (run.draws.rand(size, 1) < config.silent).float()

    pictures = from_bytes(scenes.pictures[index].to(run.device))
    text = scenes.texts[index, caption].to(run.device).float()
    said, seen = scenes.said.take((index, caption)), scenes.seen.take(shown)
    said, seen = (type(each)(*(part.to(run.device) for part in each)) for each in (said, seen))
    full = context_vectors(said, seen, config.context, config.hard)
    alone = type(seen)(*(part * (1 - silent) for part in seen))
    context = context_vectors(said, alone, config.context, config.hard)

    wrong = [Condition(text.roll(1, 0), context)]
    if config.context != "nothing":
        wrong.append(Condition(text, another(full, run.draws, config)))
    return Posed(pictures, Condition(text, context), wrong)


def another(
    context: Float[Tensor, "batch context"],
    draws: Draws,
    config: Config,
) -> Float[Tensor, "batch context"]:
    """Context vectors with one part changed that is not open: another place, or another person."""
    size, parts = config.batch_size, context.split(PARTS[config.context], dim=1)
    which = draws.randint(len(parts), (size, 1))
    filled = torch.stack([part.any(1) for part in parts], dim=1)  # (batch, parts)
    which = torch.where(filled.gather(1, which), which, filled.int().argmax(1, keepdim=True))
    changed = []
    for number, part in enumerate(parts):
        classes = part.shape[1]
        shift = 1 + draws.randint(classes - 1, (size, 1))
        moved = part.gather(1, (torch.arange(classes, device=part.device) + shift) % classes)
        changed.append(torch.where(which == number, moved, part))
    return torch.cat(changed, dim=1)


def resized(
    pictures: Float[Tensor, "batch 3 height width"],
    config: Config,
) -> list[Float[Tensor, "batch 3 h w"]]:
    """Pictures at the size of each stage: means over areas."""
    return [F.adaptive_avg_pool2d(pictures, size) for size in picture_sizes(config)]


def r1_of(
    discriminator: nn.Module, pictures: Float[Tensor, "batch 3 height width"], condition: Condition
) -> Float[Tensor, ""]:
    """How steep D is at real pictures that belong to their condition (Mescheder et al. 2018)."""
    pictures = pictures.detach().requires_grad_()
    return r1_penalty(discriminator(pictures, condition)[:, 0], pictures)


def recognition_of(
    run: training.Run, recognisers: Recognisers
) -> Callable[[Float[Tensor, "batch 3 height width"]], list[Float[Tensor, "batch classes"]]]:
    """Of generated pictures, what the recognisers say of each part of the context; they learn nothing."""
    recognisers = copy.deepcopy(recognisers).to(run.device).requires_grad_(False).eval()
    parts = len(PARTS[run.config.context])

    def recognise(pictures: Tensor) -> list[Tensor]:
        with run.fabric.autocast():
            return list(recognisers(at_height(blurred(pictures), run.config.height)))[:parts]

    return recognise


def description_of(
    run: training.Run, describer: PictureEncoder
) -> Callable[[Float[Tensor, "batch 3 height width"]], Float[Tensor, "batch text"]]:
    """Vectors of generated pictures, to be compared with those of texts; the encoder learns nothing."""
    describer = copy.deepcopy(describer).to(run.device).requires_grad_(False).eval()

    def describe(pictures: Tensor) -> Tensor:
        with run.fabric.autocast():
            return describer(describer.features(at_height(blurred(pictures), run.config.height)))

    return describe


def adam(module: nn.Module, config: Config) -> torch.optim.Adam:
    """Adam with the settings that all networks share."""
    betas = (config.beta1, config.beta2)
    return torch.optim.Adam(module.parameters(), lr=config.learning_rate, betas=betas)


def descend(run: training.Run, learners: Sequence[training.Part], loss: Tensor) -> None:
    """One step of these networks down a loss."""
    for _, optimizer in learners:
        optimizer.zero_grad()
    run.backward(loss)
    for _, optimizer in learners:
        optimizer.step()


def numbered(name: str, values: Sequence[Any]) -> dict[str, Any]:
    """What there is of each stage, by name: name_1, name_2, ..."""
    return {f"{name}_{k}": value for k, value in enumerate(values, start=1)}


def preview_of(
    run: training.Run, averaged: Sequence[nn.Module], data: Material
) -> Callable[[], UInt8[np.ndarray, "height width 3"]]:
    """A function that draws the prompts' pictures of all stages, with the same z each time."""
    config: Config = run.config
    context = context_vectors(data.prompts.said, data.prompts.seen, config.context, config.hard)
    told = Condition(*(each.to(run.device) for each in (data.prompts.texts, context)))
    noise = fixed_noise(len(context), config).to(run.device)
    return lambda: collage(chain(averaged, noise, told))

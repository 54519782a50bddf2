"""Projection: the latent code and noise from which the generator draws a given picture (StyleGAN2, appendix D)."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor
from tqdm import tqdm

from ganbook.chapters.style_prior.model import Generator
from ganbook.errors import UserError
from ganbook.losses import feature_distance

NOISE_WEIGHT = 1e5
"""Of the autocorrelation of noise maps, as in the paper."""


@dataclass(frozen=True)
class Projected:
    """What was found for each picture.

    Attributes:
        ws: one code for each layer; in W all are the same.
        noises: a noise map for each layer, each of mean 0 and variance 1.
        pictures: what the generator draws from both.
        losses: distance of each picture after each step.
    """

    ws: Float[Tensor, "n styles latent"]
    noises: list[Float[Tensor, "n 1 side side"]]
    pictures: Float[Tensor, "n 3 side side"]
    losses: Float[Tensor, "steps n"]


def project(
    generator: Generator,
    pictures: Float[Tensor, "n 3 side side"],
    distance: Callable[[Tensor, Tensor], Float[Tensor, " n"]],
    space: str = "w",
    steps: int = 1_000,
    learning_rate: float = 0.1,
    seed: int = 0,
    progress: bool = False,
) -> Projected:
    """Descend from the average w to codes and noise that draw the pictures; each picture on its own.

    Args:
        generator: in evaluation mode; not changed.
        pictures: in [-1, 1], of the generator's resolution.
        distance: (drawn, wanted) -> a number for each picture, such as :func:`perceptual_distance` of a feature net.
        space: "w", one code for all layers, or "w+", one for each.
        steps: of Adam.
        learning_rate: the largest; it rises over the first 5 % of the steps and falls over the last 25 %.
        seed: of the noise.
        progress: show a bar.

    Raises:
        UserError: another space, pictures of another size, or no step.
    """
    check(generator, pictures, space, steps)
    draws = torch.Generator().manual_seed(seed)
    n, synthesis = len(pictures), generator.synthesis
    start, deviation = w_statistics(generator, draws)
    codes = start.repeat(n, synthesis.styles if space == "w+" else 1, 1).requires_grad_(True)
    noises = synthesis.noises(n, lambda *shape: torch.randn(shape, generator=draws))
    noises = [noise.requires_grad_(True) for noise in noises]
    optimizer = torch.optim.Adam([codes, *noises], lr=learning_rate)
    losses = []
    for step in tqdm(range(steps), desc="projecting", disable=not progress):
        done = step / steps
        optimizer.param_groups[0]["lr"] = learning_rate * rate(done)
        spread = 0.05 * deviation * max(0.0, 1 - done / 0.75) ** 2
        explored = codes + spread * torch.randn(codes.shape, generator=draws)
        drawn = synthesis(explored.expand(-1, synthesis.styles, -1), noises)
        away = distance(drawn, pictures)
        loss = away.sum() + NOISE_WEIGHT * autocorrelation(noises).sum()
        optimizer.zero_grad()
        loss.backward(inputs=[codes, *noises])
        optimizer.step()
        normalise(noises)
        losses.append(away.detach())
    found = codes.detach().expand(-1, synthesis.styles, -1).clone()
    noises = [noise.detach() for noise in noises]
    with torch.no_grad():
        return Projected(found, noises, synthesis(found, noises), torch.stack(losses))


def check(generator: Generator, pictures: Tensor, space: str, steps: int) -> None:
    """Raises ``UserError`` as :func:`project` says."""
    side = 4 * 2 ** (len(generator.synthesis.to_rgb) - 1)
    if space not in ("w", "w+"):
        raise UserError(f"unknown space {space!r}: expected w or w+")
    if pictures.ndim != 4 or pictures.shape[1:] != (3, side, side):
        raise UserError(f"expected pictures (n, 3, {side}, {side}), got {tuple(pictures.shape)}")
    if steps < 1:
        raise UserError(f"expected at least one step, got {steps}")


@torch.no_grad()
def w_statistics(generator: Generator, draws: torch.Generator, n: int = 10_000) -> tuple[Tensor, float]:
    """The mean of w, (latent,), and how far an entry of w lies from it: the root of the mean square.

    The public projector takes the distance of the whole vector, sqrt(latent) times as much.
    """
    size = len(generator.mapping.mean)
    w = generator.mapping(torch.randn(n, size, generator=draws))
    return w.mean(0), float((w - w.mean(0)).square().sum(1).mean().sqrt() / math.sqrt(size))


def rate(done: float) -> float:
    """Factor on the learning rate when a share of the steps is done: up over the first 5 %, a cosine at the end."""
    down = min(1.0, (1 - done) / 0.25)
    return (0.5 - 0.5 * math.cos(math.pi * down)) * min(1.0, done / 0.05)


def autocorrelation(noises: list[Float[Tensor, "n 1 side side"]]) -> Float[Tensor, " n"]:
    """How much of a picture hides in its noise: squared correlation with the next pixel, at each
    size down to 8.
    """
    total = torch.zeros(len(noises[0]))
    for noise in noises:
        while True:
            for axis in (2, 3):
                total = total + (noise * noise.roll(1, axis)).mean((1, 2, 3)).square()
            if noise.shape[-1] <= 8:
                break
            noise = F.avg_pool2d(noise, 2) * 2  # variance 1 again, of white noise
    return total


@torch.no_grad()
def normalise(noises: list[Tensor]) -> None:
    """Give each map mean 0 and variance 1 again, in place."""
    for noise in noises:
        noise -= noise.mean((1, 2, 3), keepdim=True)
        noise /= noise.square().mean((1, 2, 3), keepdim=True).sqrt()


def perceptual_distance(
    features: Callable[[Tensor], list[Float[Tensor, "n channels h w"]]],
) -> Callable[[Tensor, Tensor], Float[Tensor, " n"]]:
    """LPIPS's form with another feature net (:func:`ganbook.losses.feature_distance`), beside squared errors."""

    def distance(drawn: Tensor, wanted: Tensor) -> Tensor:
        squared = (drawn - wanted).square().mean((1, 2, 3))
        return squared + feature_distance(features(drawn), features(wanted))

    return distance

"""Projection: the latent vector from which a painter draws a given picture (the paper, section 3.1, step 5).

Gradient descent on z, which is brought back to the sphere after each step; from several starts at once, of which the
best is kept, since the way from a bad one often ends in another picture.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from ganbook import training
from ganbook.chapters.painting_morphs.analysis import thumbnails
from ganbook.chapters.painting_morphs.growth import doubled, halved
from ganbook.chapters.painting_morphs.inference import Painter
from ganbook.chapters.painting_morphs.sphere import on_sphere
from ganbook.data.pixels import to_bytes
from ganbook.errors import UserError
from ganbook.training.progress import Progress, StopRequest, show

Distance = Callable[[Float[Tensor, "n 3 side side"], Float[Tensor, "n 3 side side"]], Float[Tensor, " n"]]

SLOWING = 0.5
"""Over the last so large share of the steps the learning rate falls to zero."""

AT_ONCE = 128
"""Pictures that are drawn at a time."""


APART = 1_000_000
"""Added to the seed of starts: with that of a sample, a search for the sample would begin where it should end."""


@dataclass(frozen=True)
class Projected:
    """What was found for each picture.

    Attributes:
        latents: on the sphere; of all starts and steps those with the least distance.
        pictures: what the painter draws from them, 0 to 255.
        losses: distance before the first step and after each, of each start and picture.
        best: the start that led there.
        looks: what was drawn from all starts after some steps, by the step.
        interrupted: whether one stopped it (Ctrl-C) before all steps were done.
    """

    latents: Float[Tensor, "n latent"]
    pictures: UInt8[Tensor, "n 3 side side"]
    losses: Float[Tensor, "looked starts n"]
    best: Int[Tensor, " n"]
    looks: dict[int, UInt8[Tensor, "starts n 3 side side"]]
    interrupted: bool

    def first(self, n: int) -> "Projected":
        """Of the first n pictures alone."""
        looks = {step: seen[:, :n] for step, seen in self.looks.items()}
        found = self.latents[:n], self.pictures[:n], self.losses[:, :, :n], self.best[:n]
        return Projected(*found, looks, self.interrupted)


def picture_distance(
    drawn: Float[Tensor, "n 3 side side"], wanted: Float[Tensor, "n 3 side side"]
) -> Float[Tensor, " n"]:
    """How unlike pictures are, 0 for equal ones: mean absolute differences, averaged over
    :func:`pyramid`.

    It holds no trained network: the regressor would be the one at hand, but it is to measure the
    years of what is found here, and a search that pleases it would be measured by its own
    yardstick.
    """
    both = zip(pyramid(drawn), pyramid(wanted))
    apart = [(one - other).abs().mean((1, 2, 3)) for one, other in both]
    return torch.stack(apart).mean(0)


def pyramid(pictures: Float[Tensor, "n 3 side side"]) -> list[Float[Tensor, "n 3 h w"]]:
    """The pictures at all sizes down to 4 pixels, and at each how much of what the next one lacks
    is where.

    Colours and composition are compared pixel by pixel. Strokes seldom lie on top of each other, so
    only their strength counts beside that: the mean of absolute differences to the halved picture,
    over 4 x 4 pixels.
    """
    found = [pictures]
    while pictures.shape[-1] >= 8 and pictures.shape[-1] % 4 == 0:
        coarse = halved(pictures)  # (n, 3, h / 2, w / 2)
        strokes = halved(halved((pictures - doubled(coarse)).abs()))  # (n, 3, h / 4, w / 4)
        found += [strokes, coarse]
        pictures = coarse
    return found


def project(
    painter: Painter,
    pictures: Float[Tensor, "n 3 height width"],
    start: Float[Tensor, "n latent"] | None = None,
    restarts: int = 8,
    steps: int = 500,
    learning_rate: float = 0.4,
    distance: Distance = picture_distance,
    looks: Collection[int] = (),
    seed: int = 0,
    progress: bool = False,
) -> Projected:
    """Find pictures in latent space; each on its own, whatever stands beside it.

    Ctrl-C lets the present step finish and returns what was found so far.

    Args:
        painter: whose latent space it is.
        pictures: in [-1, 1], of the size that it draws.
        start: where to begin, such as an encoder's answer; takes the place of the first of the starts. A small learning
            rate, such as 0.05, stays near it.
        restarts: how many starts, all together; random ones are the same for each picture.
        steps: of Adam.
        learning_rate: of Adam, for vectors whose components have a mean square of 1. Large at first, so that the search
            leaves the nearest dead end; it falls to zero over the last half of the steps.
        distance: (drawn, wanted) -> a number for each picture.
        looks: steps after which one looks at what is drawn from all starts, 0 for before the first.
        seed: of the random starts.
        progress: show a bar.

    Raises:
        UserError: no picture, pictures of another size or range or with values that are no numbers, one start for each
            of other pictures, or not at least one start and step.
    """
    check(painter, pictures, start, restarts, steps)
    latents = starts(painter, len(pictures), start, restarts, seed).requires_grad_()  # (starts, n, latent)
    wanted = pictures.repeat(restarts, 1, 1, 1)  # (starts * n, 3, side, side)
    optimizer = torch.optim.Adam([latents], lr=learning_rate)
    least, found = torch.full(latents.shape[:2], torch.inf), latents.detach().clone()
    losses, seen = [], {}
    bar = Progress("projecting", speaks=True, bar=progress).bar(0, steps)
    with StopRequest() as request, bar:
        for step in range(steps + 1):
            away = descend(painter, latents, wanted, distance)  # (starts, n)
            nearer = away < least
            least, found = torch.where(nearer, away, least), torch.where(nearer[..., None], latents.detach(), found)
            losses.append(away)
            if step in looks:
                seen[step] = painter.draw(latents.detach().flatten(0, 1)).unflatten(0, (restarts, -1))
            if request.received or step == steps:
                break
            training.set_learning_rate(optimizer, learning_rate * training.remaining(step, steps, SLOWING))
            optimizer.step()
            latents.data = on_sphere(latents.data)
            show(bar, {"distance": float(least.amin(0).mean())})
            bar.update()
    best = least.argmin(0)
    chosen = found[best, torch.arange(len(pictures))]
    return Projected(chosen, painter.draw(chosen), torch.stack(losses), best, seen, len(losses) <= steps)


def nearest_samples(
    painter: Painter, pictures: Float[Tensor, "n 3 height width"], samples: int = 256, seed: int = 0
) -> Float[Tensor, "n latent"]:
    """Of so many samples the one whose thumbnail is most like each picture's: where a search may begin."""
    latents = on_sphere(painter.latents(samples, APART + seed))
    wanted, drawn = thumbnails(to_bytes(pictures)), thumbnails(painter.draw(latents))
    return latents[torch.cdist(wanted, drawn, p=1).argmin(1)]


def descend(
    painter: Painter, latents: Float[Tensor, "starts n latent"], wanted: Tensor, distance: Distance
) -> Float[Tensor, "starts n"]:
    """The distances of what is drawn, some at a time; their gradients lie in ``latents.grad`` then."""
    latents.grad, away = None, []
    for some, theirs in zip(latents.flatten(0, 1).split(AT_ONCE), wanted.split(AT_ONCE)):
        part = distance(painter(some), theirs)
        part.sum().backward(inputs=[latents])
        away.append(part.detach())
    return torch.cat(away).unflatten(0, latents.shape[:2])


def starts(
    painter: Painter, n: int, start: Float[Tensor, "n latent"] | None, restarts: int, seed: int
) -> Float[Tensor, "starts n latent"]:
    """Random points of the sphere, the same for each picture, but the first one where it is given."""
    latents = on_sphere(painter.latents(restarts, APART + seed))[:, None].repeat(1, n, 1)
    if start is not None:
        latents[0] = on_sphere(start)
    return latents


def check(painter: Painter, pictures: Tensor, start: Tensor | None, restarts: int, steps: int) -> None:
    """Raises ``UserError`` as :func:`project` says."""
    side = painter.side
    if pictures.ndim != 4 or not len(pictures) or tuple(pictures.shape[1:]) != (3, side, side):
        raise UserError(f"expected at least one picture, (n, 3, {side}, {side}), got {tuple(pictures.shape)}")
    if not pictures.isfinite().all():
        bad = (~pictures.isfinite()).flatten(1).any(1).nonzero()[:, 0].tolist()
        raise UserError(f"pictures must be numbers in [-1, 1]: NaN or infinity in number {bad[0]}")
    if pictures.abs().max() > 1.001:
        low, high = float(pictures.min()), float(pictures.max())
        raise UserError(f"pictures must be in [-1, 1], got values from {low:.3g} to {high:.3g}")
    if start is not None and tuple(start.shape) != (len(pictures), painter.config.latent_dim):
        wanted = (len(pictures), painter.config.latent_dim)
        raise UserError(f"expected a start for each picture, {wanted}, got {tuple(start.shape)}")
    if restarts < 1 or steps < 1:
        raise UserError(f"expected at least one start and one step, got {restarts} and {steps}")


def own_samples(
    painter: Painter, n: int, seed: int = 0
) -> tuple[Float[Tensor, "n latent"], UInt8[Tensor, "n 3 side side"]]:
    """Points of the sphere, and what the painter draws from them: pictures that can be found."""
    latents = on_sphere(painter.latents(n, seed))
    return latents, painter.draw(latents)

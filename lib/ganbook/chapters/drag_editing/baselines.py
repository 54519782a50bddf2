"""What the transformer is compared with: a linear map, the best principal direction, and optimisation of the code."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ganbook.chapters.drag_editing.flow import read_at


@dataclass(frozen=True)
class Ridge:
    """Moves of codes as a linear function of the mean motion: it does not know where a motion is."""

    weights: Float[Tensor, "3 size"]
    layers: int

    def moved(
        self, ws: Float[Tensor, "batch styles latent"], motions: Float[Tensor, "batch tokens 3"]
    ) -> Float[Tensor, "batch styles latent"]:
        """Moved codes; motions as the transformer takes them."""
        move = (motions.mean(1) @ self.weights).unflatten(1, (self.layers, -1))
        return torch.cat([ws[:, : self.layers] + move, ws[:, self.layers :]], 1)


def fit_ridge(
    motions: Float[Tensor, "n tokens 3"],
    moves: Float[Tensor, "n layers latent"],
    penalty: float = 1e-3,
) -> Ridge:
    """Least squares with a penalty on squared weights, without a constant: no motion, no move.

    Args:
        motions: of the training moves.
        moves: ends less starts.
        penalty: in units of each motion's mean square.
    """
    mean = motions.mean(1).double()  # (n, 3)
    moments = mean.T @ mean
    squares = moments.diagonal().clamp(min=1e-6)  # a motion that never is moves nothing
    held = moments + penalty * torch.diag(squares)
    weights = torch.linalg.solve(held, mean.T @ moves.flatten(1).double())
    return Ridge(weights.float(), moves.shape[1])


@torch.no_grad()
def best_direction(
    synthesis: Callable,
    flow: Callable[[Tensor, Tensor], Float[Tensor, "batch 2 side side"]],
    ws: Float[Tensor, "styles latent"],
    axes: Float[Tensor, "count latent"],
    deviations: Float[Tensor, " count"],
    layers: int,
    point: Float[Tensor, "2"],
    drag: Float[Tensor, "2"],
    trial: float = 0.3,
) -> Float[Tensor, "styles latent"]:
    """Move along the one principal axis of W (GANSpace) that takes the handle the most nearly where it should go.

    Each axis is tried by a step of ``trial`` deviations; the motion under the handle is taken to grow with the step.

    Args:
        synthesis: codes -> pictures.
        flow: pictures before and after -> flow in pixels.
        ws: codes to move.
        axes, deviations: unit vectors, and spread along each.
        layers: lower layers that move.
        point: of the handle, x and y on the canvas from -1 to 1.
        drag: where it should go, x and y in pixels.
    """
    lower = (torch.arange(len(ws)) < layers)[:, None]
    steps = trial * deviations[:, None] * axes  # (count, latent)
    trials = ws + lower * steps[:, None]  # (count, styles, latent)
    before = synthesis(ws[None]).expand(len(axes), -1, -1, -1)
    shifts = read_at(flow(before, synthesis(trials)), point.expand(len(axes), 1, 2))[:, 0]  # (count, 2)
    factors = (shifts @ drag) / shifts.square().sum(1).clamp(min=1e-6)
    factors = factors.clamp(-3 / trial, 3 / trial)  # stay in W
    best = (factors[:, None] * shifts - drag).square().sum(1).argmin()
    return ws + lower * factors[best] * steps[best]


@dataclass(frozen=True)
class Optimised:
    """What the optimisation gave.

    Attributes:
        ws: codes.
        points: where the handles are at the end, on the canvas from -1 to 1.
        seconds: that it took.
        steps: that it took; fewer than allowed where all handles arrived.
    """

    ws: Float[Tensor, "styles latent"]
    points: Float[Tensor, "handles 2"]
    seconds: float
    steps: int


def optimise(
    features: Callable[[Float[Tensor, "1 styles latent"]], Float[Tensor, "1 channels side side"]],
    ws: Float[Tensor, "styles latent"],
    layers: int,
    points: Float[Tensor, "handles 2"],
    targets: Float[Tensor, "handles 2"],
    anchors: Float[Tensor, "anchors 2"],
    side: int,
    steps: int = 150,
    learning_rate: float = 0.02,
    radius: int = 2,
    search: int = 3,
    hold: float = 10.0,
) -> Optimised:
    """Motion supervision and point tracking in the manner of DragGAN (Pan et al. 2023, eq. 1, 2).

    In each step the features round a handle are asked to appear a pixel nearer to its target; then
    the handle is looked for again by its first feature.

    Args:
        features: codes -> a map of features, of any resolution.
        ws: codes to start with.
        layers: lower layers that move.
        points, targets: of the handles, x and y on the canvas from -1 to 1.
        anchors: where features should stay as they are.
        side: pixels of a picture's side.
        steps, learning_rate: of Adam.
        radius, search: in pixels, of what is moved, and of where a handle is looked for.
        hold: weight of the anchors.
    """
    began, pixel = time.perf_counter(), 2 / side
    code = ws[:layers].clone().requires_grad_(True)
    optimizer = torch.optim.Adam([code], lr=learning_rate)

    def codes() -> Tensor:
        return torch.cat([code, ws[layers:]])[None]

    with torch.no_grad():
        first = features(ws[None])
        wanted, kept = (read_at(first, at[None])[0] for at in (points, anchors))
    patch, near = window(radius) * pixel, window(search) * pixel
    done = 0
    while done < steps and ((targets - points).norm(dim=1) > pixel).any():
        maps = features(codes())
        away = targets - points
        toward = away * (pixel / away.norm(dim=1, keepdim=True)).clamp(max=1.0)  # at most a pixel
        here = (points[:, None] + patch).flatten(0, 1)[None]
        there = (points[:, None] + patch + toward[:, None]).flatten(0, 1)[None]
        loss = (read_at(maps, there) - read_at(maps, here).detach()).abs().mean()
        if len(anchors):
            loss = loss + hold * (read_at(maps, anchors[None])[0] - kept).abs().mean()
        optimizer.zero_grad()
        loss.backward(inputs=[code])
        optimizer.step()
        with torch.no_grad():
            around = (points[:, None] + near).clamp(-1, 1)  # (handles, window, 2)
            seen = read_at(features(codes()), around.flatten(0, 1)[None])[0]
            seen = seen.unflatten(0, around.shape[:2])  # (handles, window, channels)
            nearest = (seen - wanted[:, None]).abs().sum(2).argmin(1)
            points = around[torch.arange(len(around)), nearest]
        done += 1
    return Optimised(codes()[0].detach(), points, time.perf_counter() - began, done)


def window(radius: int) -> Float[Tensor, "pixels 2"]:
    """Offsets x, y of the pixels in a square."""
    offsets = torch.arange(-radius, radius + 1.0)
    return torch.stack(torch.meshgrid(offsets, offsets, indexing="xy"), -1).flatten(0, 1)

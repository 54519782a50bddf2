"""Moves to learn from, made by the generator alone (section C2): a code, the code mixed a little with others, and the
motion between their pictures.
"""

import hashlib
from collections.abc import Callable
from functools import partial

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from ganbook.chapters.drag_editing.config import Config
from ganbook.chapters.drag_editing.flow import FlowNet, centres, expansion, read_at
from ganbook.chapters.drag_editing.game import Material
from ganbook.chapters.drag_editing.model import Scales
from ganbook.data.kept import BLOCK, drawn_once

FIRST_SEED = {"train": 6_000_000, "test": 7_000_000}
FARTHEST = 8.0
"""Pixels, along x or y: what moves farther is kept as that far."""

DEEPEST = 0.6931472
"""The largest expansion: lengths twice or half as long."""


def make_moves(
    prior: object, flow: FlowNet, config: Config, n: int, split: str = "train", progress: bool = True
) -> Material:
    """Draw moves and measure their motions, or read what was measured before.

    Motions are kept in bytes: in steps of 1/16 pixel and of 0.0055 of expansion.

    Args:
        prior: a trained generator, from the recipe of `style_prior`.
        flow: the trained flow net.
        config: settings of the transformer.
        n: how many, a multiple of 100.
        split: "train" or "test".
        progress: show a bar.
    """
    tokens = config.grid**2
    name = f"moves-{split}-{fingerprint(prior, flow, config)}"
    draw = partial(_measured, prior.generator, flow, config, split)
    motions = decoded(drawn_once(name, n, (tokens, 3), draw, progress))
    codes = [_codes(prior.generator, config, split, start) for start in range(0, n, BLOCK)]
    starts, ends = (torch.cat(each)[:n] for each in zip(*codes, strict=True))
    points = grid_points(config.grid, starts)
    features = partial(features_at, prior.generator.synthesis, config.feature_layer)
    scales = scales_of(prior.generator.mapping.mean, starts, ends, motions)
    return Material(starts, ends, motions, points, features, prior.generator.synthesis.styles, scales)


def scales_of(mean: Tensor, starts: Tensor, ends: Tensor, motions: Tensor) -> Scales:
    """Units of codes, moves and motions; where nothing moves the unit is the step in which motions are kept."""
    return Scales(
        mean.clone(),
        float((starts - mean).square().mean().sqrt()),
        float((ends - starts[:, None]).square().mean().sqrt()),
        max(float(motions[..., :2].std()), FARTHEST / 127),
        max(float(motions[..., 2].std()), DEEPEST / 127),
    )


def grid_points(grid: int, like: Tensor) -> Float[Tensor, "tokens 2"]:
    """Points x, y of a grid on the canvas from -1 to 1, row by row."""
    return centres(grid, grid, like).flatten(0, 1)


def features_at(
    synthesis: Callable, layer: int, ws: Float[Tensor, "batch styles latent"], points: Float[Tensor, "batch tokens 2"]
) -> Float[Tensor, "batch tokens channels"]:
    """What a layer of the generator says at points of the picture."""
    return read_at(synthesis(ws, features=layer)[1], points)


def motion_at(
    flow: Float[Tensor, "batch 2 side side"], points: Float[Tensor, "batch tokens 2"]
) -> Float[Tensor, "batch tokens 3"]:
    """x, y and expansion of a flow at points of the picture."""
    return read_at(torch.cat([flow, expansion(flow)[:, None]], 1), points)


def encoded(motions: Float[Tensor, "batch tokens 3"]) -> UInt8[Tensor, "batch tokens 3"]:
    """Motions in bytes; 128 is no motion."""
    return (motions / motions.new_tensor(_UNITS) * 127 + 128).round().clamp(1, 255).to(torch.uint8)


def decoded(kept: UInt8[Tensor, "batch tokens 3"]) -> Float[Tensor, "batch tokens 3"]:
    """Back from bytes."""
    return (kept.float() - 128) / 127 * torch.tensor(_UNITS)


_UNITS = (FARTHEST, FARTHEST, DEEPEST)


def fingerprint(prior: object, flow: FlowNet, config: Config) -> str:
    """Twelve letters that change with the generator, the flow net, and each setting that decides the motions."""
    found = hashlib.sha256(repr((config.layers, config.truncation, config.mixing, config.grid)).encode())
    for module in (prior.generator, flow):
        for value in module.state_dict().values():
            found.update(value.cpu().numpy().tobytes())
    return found.hexdigest()[:12]


@torch.no_grad()
def _codes(generator: torch.nn.Module, config: Config, split: str, start: int) -> tuple[Tensor, Tensor]:
    """A block of truncated codes, and of the codes of the lower layers after a little of others is mixed in."""
    draws = torch.Generator().manual_seed(FIRST_SEED[split] + start)
    z, others = (torch.randn(*size, config.latent_dim, generator=draws) for size in ((BLOCK,), (BLOCK, config.layers)))
    starts = generator.truncate(generator.mapping(z), config.truncation)
    others = generator.mapping(others.flatten(0, 1)).unflatten(0, (BLOCK, config.layers))
    return starts, torch.lerp(starts[:, None], others, config.mixing)


@torch.no_grad()
def _measured(
    generator: torch.nn.Module, flow: FlowNet, config: Config, split: str, start: int, stop: int
) -> UInt8[Tensor, "block tokens 3"]:
    starts, ends = (each[: stop - start] for each in _codes(generator, config, split, start))
    ws = generator.spread(starts)
    moved = torch.cat([ends, ws[:, config.layers :]], 1)
    shift = flow.flow(*(generator.synthesis(each).clamp(-1, 1) for each in (ws, moved)))
    return encoded(motion_at(shift, grid_points(config.grid, ws).expand(len(ws), -1, -1)))

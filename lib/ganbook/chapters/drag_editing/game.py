"""Training of both networks: the flow net on renders, the transformer on moves of the generator."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ganbook import training
from ganbook.chapters.drag_editing.config import Config, FlowConfig
from ganbook.chapters.drag_editing.flow import FlowNet
from ganbook.chapters.drag_editing.losses import at_size, end_point_error, left_over
from ganbook.chapters.drag_editing.model import Scales, Transformer
from ganbook.chapters.drag_editing.pairs import Pairs
from ganbook.data.pixels import from_bytes


def train_flow(run: training.Run, pairs: Pairs) -> None:
    """Mean distance between the flow and the exact one, at each resolution."""
    config: FlowConfig = run.config
    net = FlowNet(config)
    optimizer = torch.optim.AdamW(net.parameters(), lr=config.learning_rate)
    net, optimizer = run.setup(model=(net, optimizer)).model
    for step in run.steps():
        left = training.remaining(step, config.steps, config.decay_share)
        training.set_learning_rate(optimizer, config.learning_rate * left)
        index = run.draws.batch(len(pairs), config.batch_size)
        truth = pairs.motion(index)[0].to(run.device)
        clean = [from_bytes(each[index].to(run.device)) for each in (pairs.before, pairs.after)]
        shape = (config.batch_size, *clean[0].shape[1:])
        before, after = (each + config.noise * run.draws.randn(*shape) for each in clean)
        flows = net(before, after)
        errors = [end_point_error(flow, at_size(truth, flow)) for flow in flows]
        loss = sum(errors)
        optimizer.zero_grad()
        run.backward(loss)
        optimizer.step()
        run.log(loss=loss, error=errors[-1])


class Material(NamedTuple):
    """What a transformer learns from: moves of codes and the motions that they make.

    Attributes:
        starts: codes w before the move.
        ends: codes of the lower layers after it.
        motions: x and y in pixels, expansion, at each point.
        points: x and y on the canvas from -1 to 1.
        features: codes of all layers -> the generator's features at points.
        styles: layers of the generator that take a code.
        scales: units of codes, moves and motions.
    """

    starts: Float[Tensor, "n latent"]
    ends: Float[Tensor, "n layers latent"]
    motions: Float[Tensor, "n tokens 3"]
    points: Float[Tensor, "tokens 2"]
    features: Callable[[Tensor, Tensor], Float[Tensor, "batch tokens channels"]]
    styles: int
    scales: Scales


def train(run: training.Run, material: Material) -> None:
    """The squared error of the moved codes (section C2), in units of the mean squared move."""
    config: Config = run.config
    transformer = Transformer(config, material.scales)
    optimizer = torch.optim.AdamW(transformer.parameters(), lr=config.learning_rate)
    transformer, optimizer = run.setup(transformer=(transformer, optimizer)).transformer
    motions = material.motions.roll(1, 0) if config.shuffled else material.motions
    for step in run.steps():
        left = training.remaining(step, config.steps, config.decay_share)
        training.set_learning_rate(optimizer, config.learning_rate * left)
        index = run.draws.batch(len(motions), config.batch_size)
        kept = (material.starts, material.ends, motions)
        start, end, motion = (each[index].to(run.device) for each in kept)
        ws = start[:, None].expand(-1, material.styles, -1)
        points = material.points.to(run.device).expand(len(ws), -1, -1)
        with torch.no_grad():
            features = material.features(ws, points)
        present = shown(run, config, motion.shape[1]) if config.subsets else None
        moved = transformer(ws, motion, features, points, present)
        loss = left_over(moved[:, : config.layers], end, material.scales.move)
        optimizer.zero_grad()
        run.backward(loss)
        optimizer.step()
        run.log(loss=loss)


def shown(run: training.Run, config: Config, tokens: int) -> Bool[Tensor, "batch tokens"]:
    """Which motions a sample shows: half of the samples all, the others 1 to ``config.most`` at random places.

    Few are as usual as many: the logarithm of the number is uniform, as a user gives one motion or a handful.
    """
    every = run.draws.rand(config.batch_size, 1) < 0.5
    most = min(config.most, tokens)
    count = (most + 1) ** run.draws.rand(config.batch_size, 1)  # from 1 to below most + 1
    rank = run.draws.rand(config.batch_size, tokens).argsort(1).argsort(1)
    return every | (rank < count.floor())

"""A real but tiny GAN on the plane: the data are a ring of radius 1 around (2, -1).
Runs as a script for tests with processes.
"""

import argparse
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from ganbook import training

CENTRE, RADIUS = (2.0, -1.0), 1.0


@dataclass(frozen=True)
class Config(training.Settings):
    steps: int = training.option(40, "training steps in all", low=1)
    batch_size: int = training.option(32, "examples a step", low=1)
    log_every: int = training.option(10, "steps between two lines of the curves", low=1)
    precision: Literal["auto", "32-true", "bf16-mixed"] = training.option(
        "32-true", "number format of the forward passes"
    )
    preview_every: int = training.option(20, "steps between two previews", low=0)
    checkpoint_every: int = training.option(7, "steps between two checkpoints", low=0)
    threads: int | None = training.option(1, "CPU threads", low=1)
    width: int = training.option(32, "units of a hidden layer", low=1)
    learning_rate: float = training.option(2e-3, "of Adam", low=0.0)
    penalty: float = training.option(0.1, "weight of the R1 penalty", low=0.0)


PROFILES = {"smoke": {"steps": 4, "width": 8}, "quick": {}}


def ring(n: int = 1_000) -> Tensor:
    angle = torch.linspace(0, 2 * math.pi, n)
    return torch.stack([angle.cos(), angle.sin()], dim=1) * RADIUS + torch.tensor(CENTRE)


def mlp(inputs: int, outputs: int, width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(inputs, width),
        nn.LeakyReLU(0.2),
        nn.Linear(width, width),
        nn.LeakyReLU(0.2),
        nn.Linear(width, outputs),
    )


def make_run(folder: Path, config: Config, **options: object) -> tuple[training.Run, training.Parts]:
    options = {
        "slug": "toy",
        "profile": "quick",
        "data": "ring",
        "seed": 0,
        "device": "cpu",
        "progress": False,
        **options,
    }
    run = training.Run(folder, config, **options)
    generator, discriminator = mlp(4, 2, config.width), mlp(2, 1, config.width)
    parts = run.setup(
        generator=(generator, torch.optim.Adam(generator.parameters(), config.learning_rate, betas=(0.5, 0.99))),
        discriminator=(
            discriminator,
            torch.optim.Adam(discriminator.parameters(), config.learning_rate, betas=(0.5, 0.99)),
        ),
    )
    run.track_ema("generator", decay=0.99)
    latents = torch.randn(16, 4, generator=torch.Generator().manual_seed(1))
    run.preview_with(lambda: (run.ema("generator")(latents).reshape(8, 4) * 40 + 100).clamp(0, 255).byte())
    return run, parts


def train_steps(run: training.Run, parts: training.Parts, config: Config):
    """The adversarial steps: non-saturating loss, R1 penalty on the real points; yields after each."""
    (generator, opt_g), (discriminator, opt_d) = parts.generator, parts.discriminator
    data = ring()
    for step in run.steps():
        real = data[run.draws.batch(len(data), config.batch_size)].to(run.device).requires_grad_()
        z = run.draws.randn(config.batch_size, 4)
        with torch.no_grad():
            fake = generator(z)
        logits_real, logits_fake = discriminator(torch.cat([real, fake])).chunk(2)
        (slope,) = torch.autograd.grad(logits_real.sum(), real, create_graph=True)
        penalty = slope.square().sum(dim=1).mean()
        d_loss = softplus(-logits_real).mean() + softplus(logits_fake).mean()
        opt_d.zero_grad()
        run.backward(d_loss + config.penalty * penalty)
        opt_d.step()

        with training.frozen(discriminator) as judge:
            g_loss = softplus(-judge(generator(run.draws.randn(config.batch_size, 4)))).mean()
        opt_g.zero_grad()
        run.backward(g_loss)
        opt_g.step()
        run.log(d_loss=d_loss, g_loss=g_loss, penalty=penalty)
        yield step


def train(folder: Path, config: Config, **options: object) -> training.Run:
    run, parts = make_run(folder, config, **options)
    for _ in train_steps(run, parts, config):
        pass
    return run


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--devices", type=int, default=1)
    parser.add_argument("--set", action="append", default=[])
    arguments = parser.parse_args()
    settings = training.resolve(Config, PROFILES, "quick", arguments.set)
    finished = train(arguments.folder, settings, devices=arguments.devices)
    rank = finished.fabric.global_rank
    (arguments.folder / f"mean-{rank}").write_text(str(finished.mean(torch.tensor(float(rank)))))
    raise SystemExit(0 if finished.finished else 3)

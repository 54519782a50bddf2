"""A DCGAN trained in two ways: by the plain loop of the tutorials, and by this book's blocks and engine.

Both are generators that do one training step each time they are asked for the next item, so that they can be timed in
turns.
"""

from collections.abc import Iterator
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ganbook import training
from ganbook.losses import fake_loss, real_loss
from ganbook.nn import DownStack, UpStack

RESOLUTION, CHANNELS, NOISE, BATCH = 64, 64, 100, 64
ADAM = {"lr": 2e-4, "betas": (0.5, 0.999)}
Pictures = Float[Tensor, "n colours 64 64"]


# The tutorial: the architecture of the PyTorch DCGAN example, float32, one thing after the other.


def tutorial_generator(colours: int) -> nn.Sequential:
    """(batch, 100, 1, 1) to pictures in (-1, 1); 3.6 M parameters, all of them started as the DCGAN paper says."""

    def stage(n_in: int, n_out: int, stride: int, padding: int) -> list[nn.Module]:
        return [
            nn.ConvTranspose2d(n_in, n_out, 4, stride, padding, bias=False),
            nn.BatchNorm2d(n_out),
            nn.ReLU(inplace=True),
        ]

    width = CHANNELS
    return nn.Sequential(
        *stage(NOISE, 8 * width, 1, 0),
        *stage(8 * width, 4 * width, 2, 1),
        *stage(4 * width, 2 * width, 2, 1),
        *stage(2 * width, width, 2, 1),
        nn.ConvTranspose2d(width, colours, 4, 2, 1, bias=False),
        nn.Tanh(),
    ).apply(_initialise)


def tutorial_discriminator(colours: int) -> nn.Sequential:
    """Pictures to probabilities (batch, 1, 1, 1); 2.8 M parameters."""

    def stage(n_in: int, n_out: int) -> list[nn.Module]:
        return [nn.Conv2d(n_in, n_out, 4, 2, 1, bias=False), nn.BatchNorm2d(n_out), nn.LeakyReLU(0.2, inplace=True)]

    width = CHANNELS
    return nn.Sequential(
        nn.Conv2d(colours, width, 4, 2, 1, bias=False),
        nn.LeakyReLU(0.2, inplace=True),
        *stage(width, 2 * width),
        *stage(2 * width, 4 * width),
        *stage(4 * width, 8 * width),
        nn.Conv2d(8 * width, 1, 4, 1, 0, bias=False),
        nn.Sigmoid(),
    ).apply(_initialise)


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)


def tutorial_steps(pictures: Pictures, batch_size: int = BATCH) -> Iterator[None]:
    """Train on random batches of ``pictures``, on their device, for ever:
    D on real, D on generated pictures, then G.
    """
    device, colours = pictures.device, pictures.shape[1]
    generator, discriminator = tutorial_generator(colours).to(device), tutorial_discriminator(colours).to(device)
    generator_optimizer = torch.optim.Adam(generator.parameters(), **ADAM)
    discriminator_optimizer = torch.optim.Adam(discriminator.parameters(), **ADAM)
    criterion = nn.BCELoss()
    ones, zeros = torch.ones(batch_size, device=device), torch.zeros(batch_size, device=device)
    while True:
        real = pictures[torch.randint(len(pictures), (batch_size,))]
        discriminator.zero_grad()
        real_error = criterion(discriminator(real).view(-1), ones)
        real_error.backward()
        fake = generator(torch.randn(batch_size, NOISE, 1, 1, device=device))
        fake_error = criterion(discriminator(fake.detach()).view(-1), zeros)
        fake_error.backward()
        discriminator_optimizer.step()

        generator.zero_grad()
        error = criterion(discriminator(fake).view(-1), ones)
        error.backward()
        generator_optimizer.step()
        yield


# This book: the same game with the blocks and the engine that the chapters use.


class Discriminator(nn.Module):
    """DCGAN's discriminator: the shared stack and one linear layer."""

    def __init__(self, colours: int):
        super().__init__()
        self.stack = DownStack(CHANNELS, RESOLUTION, colours=colours)
        self.decide = nn.Linear(self.stack.features, 1)

    def forward(self, pictures: Float[Tensor, "batch colours 64 64"]) -> Float[Tensor, " batch"]:
        """Logits."""
        return self.decide(self.stack(pictures)[-1].flatten(1))[:, 0].float()


def book_steps(pictures: Pictures, folder: Path, batch_size: int = BATCH) -> Iterator[None]:
    """Train on ``pictures``, on their device, for ever; the engine keeps its files in ``folder``.

    Both networks move at once, each by its own loss, so that D looks at the generated pictures once a step; and no
    gradients of D's weights are taken while G learns. The tutorial lets D move first and looks again.

    Raises:
        KeyboardInterrupt: Ctrl-C, which ends the engine's loop without an error.
    """
    config = training.Settings(steps=10**9, batch_size=batch_size, channels_last=True, checkpoint_seconds=1e9)
    run = training.Run(
        folder, config, slug="bench", profile="bench", data="noise", seed=0, device=pictures.device.type, progress=False
    )
    colours = pictures.shape[1]
    generator, discriminator = UpStack(NOISE, CHANNELS, RESOLUTION, "tanh", colours), Discriminator(colours)
    parts = run.setup(
        generator=(generator, torch.optim.Adam(generator.parameters(), **ADAM, fused=True)),
        discriminator=(discriminator, torch.optim.Adam(discriminator.parameters(), **ADAM, fused=True)),
    )
    generator, generator_optimizer = parts.generator
    discriminator, discriminator_optimizer = parts.discriminator
    for _ in run.steps():
        real = pictures[run.draws.batch(len(pictures), batch_size)]
        real_logits, fake_logits = discriminator(real), discriminator(generator(run.draws.randn(batch_size, NOISE)))
        d_loss, g_loss = real_loss(real_logits) + fake_loss(fake_logits), real_loss(fake_logits)

        discriminator_optimizer.zero_grad()
        run.backward(d_loss, inputs=list(discriminator.parameters()), retain_graph=True)
        generator_optimizer.zero_grad()
        run.backward(g_loss, inputs=list(generator.parameters()))
        discriminator_optimizer.step()
        generator_optimizer.step()
        run.log(d_loss=d_loss, g_loss=g_loss)
        yield
    raise KeyboardInterrupt

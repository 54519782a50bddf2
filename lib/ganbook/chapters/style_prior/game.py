"""Training: the non-saturating game of StyleGAN2, with both regularisers applied lazily."""

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor

from ganbook import training
from ganbook.chapters.style_prior.config import Config
from ganbook.chapters.style_prior.losses import path_lengths
from ganbook.chapters.style_prior.model import Discriminator, Generator
from ganbook.data.pixels import from_bytes, to_bytes
from ganbook.losses import fake_loss, r1_penalty, real_loss
from ganbook.nn import AdaptiveAugmentation


def adversarial_training(
    run: training.Run,
    renders: UInt8[Tensor, "images 3 side side"],
) -> None:
    """G and D, updated once a step from one and the same forward pass on generated pictures."""
    config: Config = run.config
    generator, discriminator = Generator(config), Discriminator(config)
    path_every = config.path_every if config.path_weight else None
    r1_every = config.r1_every if config.r1_weight else None
    parts = run.setup(
        generator=(generator, adam(generator, config, path_every)),
        discriminator=(discriminator, adam(discriminator, config, r1_every)),
        path=PathAverage(),
        augmentation=AdaptiveAugmentation(config.ada_target, config.ada_images),
    )
    run.track_ema("generator")
    run.preview_with(preview_of(run, renders))
    generator, generator_optimizer = parts.generator
    discriminator, discriminator_optimizer = parts.discriminator
    average_path, augmentation = parts.path.module, parts.augmentation.module

    def styles(batch: int) -> Tensor:
        """w for every layer of a batch; most pictures get one w up to some layer and another from
        there on.
        """
        z = [run.draws.randn(batch, config.latent_dim) for _ in range(2)]
        first, second = (generator.mapping(each) for each in z)
        layers = generator.synthesis.styles
        switch = 1 + run.draws.randint(layers - 1, (batch,))
        switch = torch.where(run.draws.rand(batch) < config.style_mixing, switch, layers)
        upper = torch.arange(layers, device=run.device)[None] >= switch[:, None]  # (batch, layers)
        generator.mapping.follow(first.detach(), config.mean_w_decay)
        return torch.where(upper[:, :, None], generator.spread(second), generator.spread(first))

    def draw(ws: Tensor) -> Tensor:
        noises = generator.synthesis.noises(len(ws), run.draws.randn) if config.noise else None
        return generator.synthesis(ws, noises)

    def judge(pictures: Tensor) -> Tensor:
        return discriminator(augmentation(pictures, run.draws))

    for step in run.steps():
        index = run.draws.batch(len(renders), config.batch_size)
        real = from_bytes(renders[index].to(run.device))
        if config.flip:
            mirrored = run.draws.rand(config.batch_size) < 0.5
            real = torch.where(mirrored[:, None, None, None], real.flip(3), real)

        # Both losses from one pass: G wants D to call its pictures real, D wants the opposite.
        fake = draw(styles(config.batch_size))
        judged, true = judge(fake), judge(real)
        g_loss, d_loss = real_loss(judged), fake_loss(judged) + real_loss(true)
        generator_optimizer.zero_grad()
        discriminator_optimizer.zero_grad()
        run.backward(g_loss, inputs=list(generator.parameters()), retain_graph=True)
        run.backward(d_loss, inputs=list(discriminator.parameters()))
        generator_optimizer.step()
        discriminator_optimizer.step()
        run.log(g_loss=g_loss, d_loss=d_loss, real=true.mean(), fake=judged.mean())
        if config.ada and step % config.ada_every == 0:
            sign = run.mean(true.detach().sign().mean())
            augmentation.follow(sign, config.ada_every * config.batch_size)
            run.log(augmentation=augmentation.p)

        if config.r1_weight and step % config.r1_every == 0:
            real.requires_grad_(True)
            r1 = r1_penalty(judge(real), real)
            discriminator_optimizer.zero_grad()
            run.backward(config.r1_weight / 2 * config.r1_every * r1)
            discriminator_optimizer.step()
            run.log(r1=r1)

        if config.path_weight and step % config.path_every == 0:
            ws = styles(config.batch_size // 2)
            pictures = draw(ws)
            directions = run.draws.randn(config.batch_size // 2, *pictures.shape[1:])
            lengths = path_lengths(pictures, ws, directions)
            penalty = (lengths - average_path.follow(lengths, config.path_decay)).square().mean()
            generator_optimizer.zero_grad()
            run.backward(config.path_weight * config.path_every * penalty)
            generator_optimizer.step()
            run.log(path_length=lengths.mean())


class PathAverage(torch.nn.Module):
    """The average path length, towards which the penalty pulls."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("length", torch.zeros(()))

    @torch.no_grad()
    def follow(self, lengths: Tensor, rate: float) -> Tensor:
        """Move the average towards these lengths, and give it."""
        self.length.lerp_(lengths.mean(), rate)
        return self.length.clone()


def adam(module: torch.nn.Module, config: Config, every: int | None) -> torch.optim.Adam:
    """Adam; ``every`` so many steps come with one more for a regulariser, which the rates allow for (appendix B)."""
    share = 1.0 if every is None else every / (every + 1)
    return torch.optim.Adam(
        module.parameters(), lr=config.learning_rate * share, betas=(config.beta1**share, config.beta2**share)
    )


def preview_of(
    run: training.Run, renders: Tensor, columns: int = 12, rows: int = 3
) -> Callable[[], UInt8[np.ndarray, "h w 3"]]:
    """A row of renders, and below it fixed samples of the average generator."""
    z = torch.randn(columns * rows, run.config.latent_dim, generator=torch.Generator().manual_seed(0))

    def picture() -> UInt8[np.ndarray, "h w 3"]:
        samples = to_bytes(run.ema("generator")(z.to(run.device), psi=0.7).cpu())
        every = torch.cat([renders[:columns].cpu(), samples]).permute(0, 2, 3, 1)
        side = every.shape[1]
        return (
            every.view(rows + 1, columns, side, side, 3)
            .transpose(1, 2)
            .reshape((rows + 1) * side, columns * side, 3)
            .numpy()
        )

    return picture

"""Training of both GANs: the non-saturating game of DCGAN, and the growing critic and generator of Progressive GAN."""

from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ganbook import training
from ganbook.chapters.painting_morphs.config import DcganConfig, GanConfig, ProgressiveConfig
from ganbook.chapters.painting_morphs.growth import at_phase, begins_stage, phase_at
from ganbook.chapters.painting_morphs.losses import (
    critic_loss,
    drift_penalty,
    gradient_penalty,
    real_above_fake,
    sign_of_real,
)
from ganbook.chapters.painting_morphs.model import DcganDiscriminator, Discriminator, Generator, dcgan_generator
from ganbook.chapters.painting_morphs.watching import Draw, Look, Material, preview_of
from ganbook.data.pixels import from_bytes
from ganbook.errors import UserError
from ganbook.losses import fake_loss, real_loss
from ganbook.nn import AdaptiveAugmentation


def dcgan_training(run: training.Run, material: Material) -> None:
    """DCGAN: D tells paintings from generated pictures, G wants D to take its pictures for paintings."""
    config: DcganConfig = run.config
    parts = set_up(run, dcgan_generator(config), DcganDiscriminator(config))
    generator, discriminator = parts.generator.module, parts.discriminator.module
    look = watch(run, material, run.ema("generator"))

    for step in run.steps():
        real = augmented(run, parts, real_pictures(run, material.train))
        fake = generator(run.draws.randn(config.batch_size, config.latent_dim))

        # D: log D(x) + log(1 - D(G(z))), with logits
        true, false = discriminator(real), discriminator(augmented(run, parts, fake.detach()))
        d_loss = real_loss(true) + fake_loss(false)
        descend(run, parts.discriminator, d_loss)

        # G: log D(G(z)), the form that does not saturate
        with training.frozen(discriminator) as judge:
            g_loss = real_loss(judge(augmented(run, parts, fake)))
        descend(run, parts.generator, g_loss)

        run.log(d_loss=d_loss, g_loss=g_loss)
        follow(run, parts, step, sign_of_real(true))
        look(step)


ONE_DEVICE = "Progressive GAN trains on one device only, for it has layers that wait for their turn"


def progressive_training(run: training.Run, material: Material) -> None:
    """Progressive GAN: a critic with a gradient penalty, at pictures that grow.

    Raises:
        UserError: more than one device: layers that are still to come get no gradient, for which
            the others would wait.
    """
    config: ProgressiveConfig = run.config
    if run.fabric.world_size > 1:
        raise UserError(ONE_DEVICE)
    parts = set_up(run, Generator(config), Discriminator(config))
    generator, discriminator = parts.generator.module, parts.discriminator.module
    averaged = run.ema("generator")
    look = watch(run, material, lambda z: averaged(z, phase_at(config, run.step)))

    for step in run.steps():
        phase = phase_at(config, step)
        if begins_stage(config, step):
            for player in (parts.generator, parts.discriminator):
                player.optimizer.state.clear()
            run.restart_ema("generator")  # else the new layers' first weights stay in it for long

        # Paintings are faded in like the layers, else their finer detail would give them away.
        real = augmented(run, parts, at_phase(real_pictures(run, material.train), phase))
        fake = generator(run.draws.randn(config.batch_size, config.latent_dim), phase)

        # D: E[D(G(z))] - E[D(x)], a slope near 1 between both, scores near 0
        critic = partial(discriminator, phase=phase)
        seen = augmented(run, parts, fake.detach())
        true, false = critic(real), critic(seen)
        penalty = gradient_penalty(critic, real, seen, run.draws.rand(config.batch_size, 1, 1, 1))
        distance = critic_loss(true, false)
        d_loss = distance + config.penalty_weight * penalty
        d_loss = d_loss + config.drift_weight * drift_penalty(true)
        descend(run, parts.discriminator, d_loss)

        # G: -E[D(G(z))]
        with training.frozen(discriminator) as judge:
            g_loss = -judge(augmented(run, parts, fake), phase).mean()
        descend(run, parts.generator, g_loss)

        run.log(distance=-distance, penalty=penalty, g_loss=g_loss)
        run.log(side=phase.side, alpha=phase.alpha)
        follow(run, parts, step, real_above_fake(true, false))
        look(step)


def set_up(run: training.Run, generator: nn.Module, discriminator: nn.Module) -> training.Parts:
    """Both players with their optimizers, the generator's average, and what augments."""
    config: GanConfig = run.config
    parts = run.setup(
        generator=(generator, adam(generator, config)),
        discriminator=(discriminator, adam(discriminator, config)),
        augmentation=AdaptiveAugmentation(config.ada_target, config.ada_images),
    )
    run.track_ema("generator")
    return parts


def adam(module: nn.Module, config: GanConfig) -> torch.optim.Adam:
    """Adam with the settings that both players share."""
    betas = (config.beta1, config.beta2)
    return torch.optim.Adam(module.parameters(), lr=config.learning_rate, betas=betas)


def descend(run: training.Run, player: training.Part, loss: Float[Tensor, ""]) -> None:
    """One step of a player down its loss."""
    player.optimizer.zero_grad()
    run.backward(loss)
    player.optimizer.step()


def real_pictures(run: training.Run, paintings: Tensor) -> Float[Tensor, "batch 3 side side"]:
    """This step's paintings (uint8), in [-1, 1], half of them mirrored."""
    config: GanConfig = run.config
    index = run.draws.batch(len(paintings), config.batch_size)
    pictures = from_bytes(paintings[index].to(run.device))
    if not config.mirrored:
        return pictures
    return torch.where(run.draws.rand(config.batch_size, 1, 1, 1) < 0.5, pictures.flip(3), pictures)


def augmented(
    run: training.Run, parts: training.Parts, pictures: Float[Tensor, "batch 3 side side"]
) -> Float[Tensor, "batch 3 side side"]:
    """Pictures as D gets to see them."""
    return parts.augmentation.module(pictures, run.draws)


def follow(run: training.Run, parts: training.Parts, step: int, sure: Float[Tensor, ""]) -> None:
    """Now and then, more augmentation if D is too sure of real pictures, less if it is not."""
    config: GanConfig = run.config
    if config.ada and step % config.ada_every == 0:
        augmentation = parts.augmentation.module
        augmentation.follow(run.mean(sure), config.ada_every * config.batch_size)
        run.log(augmentation=augmentation.p, sure=sure)


def watch(run: training.Run, material: Material, draw: Draw):
    """Previews, and a function that takes a look where one is due after a step."""
    config: GanConfig = run.config
    run.preview_with(preview_of(config, material, draw, run.device))
    look = Look(config, material, draw, run.device) if config.look_every and material.reader else None

    def after(step: int) -> None:
        if look and (step + 1) % config.look_every == 0:
            run.log(**look())

    return after

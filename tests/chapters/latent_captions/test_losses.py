"""The objective: who gets a gradient, and what the terms are worth on known answers."""

import math

import pytest
import torch

from ganbook.chapters.latent_captions.config import Config
from ganbook.chapters.latent_captions.losses import discriminator_loss, generator_loss
from ganbook.chapters.latent_captions.model import build

CONFIG = Config(channels=4, feature_dim=16, hidden_dim=32, sentence_dim=8)


def batch(n=5):
    generator = torch.Generator().manual_seed(1)
    images = torch.rand(n, 1, 64, 64, generator=generator) * 2 - 1
    return images, torch.randn(n, 3, generator=generator), *torch.randn(2, n, 8, generator=generator)


def has_gradient(module):
    return any(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in module.parameters())


def test_the_discriminators_loss_reaches_the_discriminator_alone():
    generator, discriminator, recovery = build(CONFIG, seed=0)
    images, latents, real, mismatched = batch()
    loss, penalty = discriminator_loss(discriminator, images, real, mismatched, generator(latents, images), CONFIG)
    (loss + penalty).backward()
    assert has_gradient(discriminator) and not has_gradient(generator) and not has_gradient(recovery)


def test_the_generators_loss_reaches_generator_and_recovery():
    generator, discriminator, recovery = build(CONFIG, seed=0)
    discriminator.requires_grad_(False)
    images, latents, _, _ = batch()
    fake = generator(latents, images)
    adversarial, information = generator_loss(discriminator, recovery, latents, images, fake, fake)
    (adversarial + information).backward()
    assert has_gradient(generator) and has_gradient(recovery) and not has_gradient(discriminator)


def test_the_information_term_alone_reaches_the_generator_through_the_caption():
    generator, discriminator, recovery = build(CONFIG, seed=0)
    images, latents, _, _ = batch()
    fake = generator(latents, images)
    _, information = generator_loss(discriminator, recovery, latents, images, fake.detach(), fake)
    information.backward()
    assert generator.latent_to_hidden.weight.grad.abs().sum() > 0
    assert not has_gradient(discriminator)


@pytest.mark.parametrize("bias", [0.0, 2.0])
def test_a_discriminator_that_says_the_same_of_all_pays_what_the_equation_says(bias):
    _, discriminator, recovery = build(CONFIG, seed=0)
    last = discriminator.conclude[-1]
    torch.nn.init.zeros_(last.weight)
    torch.nn.init.constant_(last.bias, bias)
    images, latents, real, fake = batch()
    loss, penalty = discriminator_loss(discriminator, images, real, fake, fake, CONFIG)
    d = 1 / (1 + math.exp(-bias))
    assert loss.item() == pytest.approx(-math.log(d) - math.log(1 - d), abs=1e-5)
    assert penalty.item() == 0
    adversarial, _ = generator_loss(discriminator, recovery, latents, images, fake, fake)
    assert adversarial.item() == pytest.approx(-math.log(d), abs=1e-5)


def test_mismatch_weight_moves_weight_between_mismatched_and_generated_pairs():
    _, discriminator, _ = build(CONFIG, seed=0)
    images, _, real, other = batch()
    all_mismatched = Config(**{**CONFIG.__dict__, "mismatch_weight": 1.0})
    with_other = discriminator_loss(discriminator, images, real, other, real, all_mismatched)[0]
    none_mismatched = Config(**{**CONFIG.__dict__, "mismatch_weight": 0.0})
    assert with_other.item() == pytest.approx(
        discriminator_loss(discriminator, images, real, real, other, none_mismatched)[0].item()
    )


def test_pairs_of_a_batch_do_not_influence_one_another():
    _, discriminator, _ = build(CONFIG, seed=0)
    images, _, real, _ = batch()
    whole = discriminator(images, real[:, None])
    alone = torch.cat([discriminator(images[i : i + 1], real[i : i + 1, None]) for i in range(len(images))])
    torch.testing.assert_close(whole, alone, atol=1e-5, rtol=1e-4)

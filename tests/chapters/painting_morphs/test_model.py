"""The networks against plain formulas, how they grow, and what gradients reach."""

import math
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from ganbook.chapters.painting_morphs.config import DCGAN_PROFILES, PROGRESSIVE_PROFILES
from ganbook.chapters.painting_morphs.growth import Phase, at_phase
from ganbook.chapters.painting_morphs.model import (
    DcganDiscriminator,
    Discriminator,
    EqualisedConv,
    EqualisedLinear,
    Generator,
    dcgan_generator,
    pixel_norm,
)

CONFIG = replace(PROGRESSIVE_PROFILES["smoke"], latent_dim=5, channels=(6, 4, 3), group=4)


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


@pytest.fixture
def networks():
    players = Generator(CONFIG), Discriminator(CONFIG)
    for player in players:
        for name, weight in player.named_parameters():
            if name.endswith("bias"):
                weight.data.normal_()
    return players


# Plain formulas, with weights by their names


def conv(player, name, maps, gain=math.sqrt(2)):
    weight, bias = (player.get_parameter(f"{name}.{part}") for part in ("weight", "bias"))
    fan_in = weight[0].numel()
    return F.conv2d(maps, gain / math.sqrt(fan_in) * weight, bias, padding="same")


def dense(player, name, vectors, gain=math.sqrt(2)):
    weight, bias = (player.get_parameter(f"{name}.{part}") for part in ("weight", "bias"))
    return vectors @ (gain / math.sqrt(weight.shape[1]) * weight).T + bias


def leaky(maps):
    return torch.where(maps > 0, maps, 0.2 * maps)


def normed(maps):
    return maps / (maps.pow(2).sum(1, keepdim=True) / maps.shape[1] + 1e-8).sqrt()


def plain_generator(player, z, level, alpha):
    maps = dense(player, "spread", normed(z), math.sqrt(2) / 4).view(len(z), -1, 4, 4)
    maps = normed(leaky(conv(player, "first", normed(leaky(maps)))))
    pictures = [conv(player, "to_rgb.0", maps, 1)]
    for k in range(level):
        maps = maps.repeat_interleave(2, 2).repeat_interleave(2, 3)
        for layer in ("first", "second"):
            maps = normed(leaky(conv(player, f"blocks.{k}.{layer}", maps)))
        pictures.append(conv(player, f"to_rgb.{k + 1}", maps, 1))
    if level == 0:
        return pictures[0]
    old = pictures[-2].repeat_interleave(2, 2).repeat_interleave(2, 3)
    return (1 - alpha) * old + alpha * pictures[-1]


def shrunk(maps):
    n, channels, height, width = maps.shape
    return maps.view(n, channels, height // 2, 2, width // 2, 2).mean((3, 5))


def plain_discriminator(player, pictures, level, alpha):
    maps = leaky(conv(player, f"from_rgb.{level}", pictures))
    for k in reversed(range(level)):
        maps = leaky(conv(player, f"blocks.{k}.first", maps))
        maps = shrunk(leaky(conv(player, f"blocks.{k}.second", maps)))
        if k == level - 1:
            old = leaky(conv(player, f"from_rgb.{level - 1}", shrunk(pictures)))
            maps = (1 - alpha) * old + alpha * maps
    groups = maps.view(-1, 4, *maps.shape[1:])
    deviation = ((groups - groups.mean(1, keepdim=True)).pow(2).mean(1) + 1e-8).sqrt().mean((1, 2, 3))
    more = deviation.repeat_interleave(4).view(-1, 1, 1, 1).expand(-1, 1, 4, 4)
    maps = leaky(conv(player, "last", torch.cat([maps, more], 1)))
    return dense(player, "score", leaky(dense(player, "hidden", maps.flatten(1))), 1)[:, 0]


PHASES = [(0, 1.0), (1, 0.3), (1, 1.0), (2, 0.6), (2, 1.0)]


@pytest.mark.parametrize(("level", "alpha"), PHASES)
def test_both_players_compute_the_plain_formulas(level, alpha, networks):
    generator, discriminator = networks
    z, phase = torch.randn(8, 5), Phase(level, alpha)
    pictures = generator(z, phase)
    torch.testing.assert_close(pictures, plain_generator(generator, z, level, alpha), rtol=1e-3, atol=1e-4)
    x = torch.randn(8, 3, phase.side, phase.side)
    torch.testing.assert_close(
        discriminator(x, phase), plain_discriminator(discriminator, x, level, alpha), rtol=1e-3, atol=1e-4
    )


@pytest.mark.parametrize("level", [1, 2])
def test_growth_begins_with_the_old_networks(level, networks):
    """At alpha = 0 G draws what it drew before, in larger pixels, and D says what it said of smaller pictures."""
    generator, discriminator = networks
    z, x = torch.randn(4, 5), torch.randn(4, 3, 16, 16)
    before = generator(z, Phase(level - 1)).repeat_interleave(2, 2).repeat_interleave(2, 3)
    torch.testing.assert_close(generator(z, Phase(level, 0.0)), before, rtol=0, atol=1e-6)
    said = discriminator(at_phase(x, Phase(level - 1)), Phase(level - 1))
    torch.testing.assert_close(discriminator(at_phase(x, Phase(level)), Phase(level, 0.0)), said, rtol=0, atol=1e-6)


def test_full_grown_is_what_is_meant_without_a_phase(networks):
    z = torch.randn(2, 5)
    assert torch.equal(networks[0](z), networks[0](z, Phase(2)))


def reached(player) -> set[str]:
    """The parts with a gradient that is not zero."""
    return {
        name.rpartition(".")[0]
        for name, weight in player.named_parameters()
        if weight.grad is not None and weight.grad.abs().sum() > 0
    }


def block(k: int) -> set[str]:
    return {f"blocks.{k}.first", f"blocks.{k}.second"}


@pytest.mark.parametrize(
    ("phase", "blocks", "colours"),
    [
        (Phase(0), set(), {0}),
        (Phase(1, 0.5), block(0), {0, 1}),
        (Phase(1), block(0), {1}),
        (Phase(2, 0.5), block(0) | block(1), {1, 2}),
        (Phase(2), block(0) | block(1), {2}),
    ],
)
def test_gradients_reach_the_layers_in_use_only(phase, blocks, colours, networks):
    generator, discriminator = networks
    discriminator(generator(torch.randn(4, 5), phase), phase).square().sum().backward()
    assert reached(generator) == {"spread", "first"} | blocks | {f"to_rgb.{k}" for k in colours}
    assert reached(discriminator) == {"last", "hidden", "score"} | blocks | {f"from_rgb.{k}" for k in colours}


def test_equalised_layers_begin_with_weights_of_variance_one_and_keep_the_scale():
    layers = EqualisedConv(64, 64, 3, gain=1.0), EqualisedLinear(256, 256, gain=1.0)
    for layer, shape in zip(layers, [(4, 64, 16, 16), (200, 256)]):
        assert 0.95 < layer.weight.var() < 1.05 and not layer.bias.any()
        assert 0.85 < layer(torch.randn(shape))[..., 1:-1].var() < 1.1


def test_pixel_norm_gives_mean_square_one():
    found = pixel_norm(7 * torch.randn(2, 5, 3, 3))
    torch.testing.assert_close(found.square().mean(1), torch.ones(2, 3, 3))


def test_the_length_of_z_means_nothing(networks):
    z = torch.randn(3, 5)
    torch.testing.assert_close(networks[0](9 * z), networks[0](z), rtol=1e-4, atol=1e-4)


def test_d_notices_that_pictures_are_the_same(networks):
    x = torch.randn(4, 3, 16, 16)
    alike = networks[1](x[:1].expand(4, -1, -1, -1), Phase(2))
    assert (networks[1](x, Phase(2))[0] - alike[0]).abs() > 1e-3
    torch.testing.assert_close(alike, alike[:1].expand(4))


def test_dcgan():
    config = replace(DCGAN_PROFILES["smoke"], resolution=32, latent_dim=5)
    generator, discriminator = dcgan_generator(config), DcganDiscriminator(config)
    pictures = generator(torch.randn(4, 5))
    assert pictures.shape == (4, 3, 32, 32) and pictures.abs().max() < 1
    logits = discriminator(pictures)
    assert logits.shape == (4,)
    logits.square().sum().backward()
    players = generator, discriminator
    assert all(weight.grad.abs().sum() > 0 for player in players for weight in player.parameters() if weight.ndim > 1)

"""StyleGAN2's parts against other formulations, and their invariants."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from ganbook.chapters.style_prior.config import PROFILES
from ganbook.chapters.style_prior.model import (
    Conv,
    Discriminator,
    Generator,
    Linear,
    Mapping,
    StyledConv,
    activate,
    batch_deviation,
    blur,
)

SMALL = replace(PROFILES["smoke"], channels=(8, 6, 4), latent_dim=5)


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def grouped(layer: StyledConv, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    """The published form: weights modulated and demodulated for each sample, in one convolution with groups."""
    n, n_in, height, width = x.shape
    style = layer.style(w)
    weights = layer.scale * layer.weight[None] * style[:, None, :, None, None]  # (n, out, in, 3, 3)
    weights = weights * (weights.square().sum((2, 3, 4), keepdim=True) + 1e-8).rsqrt()
    x = x.reshape(1, n * n_in, height, width)
    if layer.up:
        weights = weights.transpose(1, 2).reshape(n * n_in, -1, 3, 3)
        x = F.conv_transpose2d(x, weights, stride=2, groups=n)
        return blur(x.view(n, -1, *x.shape[2:]), 1, gain=4.0)
    x = F.conv2d(x, weights.view(-1, n_in, 3, 3), padding=1, groups=n)
    return x.view(n, -1, height, width)


@pytest.mark.parametrize("up", [False, True])
def test_scaling_activations_is_scaling_weights(up):
    layer, x, w = StyledConv(6, 4, 5, up=up), torch.randn(3, 6, 8, 8), torch.randn(3, 5)
    expected = activate(grouped(layer, x, w) + layer.bias[:, None, None])
    torch.testing.assert_close(layer(x, w, None), expected, rtol=1e-4, atol=1e-5)


def test_demodulation_keeps_the_variance_whatever_the_style():
    layer, x = StyledConv(64, 64, 5), torch.randn(8, 64, 16, 16)
    for size in (0.1, 1.0, 10.0):
        out = layer(x, size * torch.randn(8, 5), None)
        assert 0.8 < out.square().mean() < 1.4


def test_equalised_layers_start_at_variance_one():
    assert 0.8 < Linear(256, 256, speed=0.01)(torch.randn(256, 256)).var() * 1e4 / 1e4 < 1.2
    assert 0.8 < Conv(32, 32, 3)(torch.randn(4, 32, 32, 32))[:, :, 1:-1, 1:-1].var() < 1.2


def test_a_blur_keeps_constants_and_down_halves():
    flat = torch.full((1, 3, 8, 8), 2.0)
    assert torch.allclose(blur(flat, 2)[:, :, 2:-2, 2:-2], torch.tensor(2.0))
    for size in (1, 3):
        assert Conv(3, 5, size, down=True)(flat).shape == (1, 5, 4, 4)
    up = StyledConv(3, 5, 4, up=True)
    assert up(flat, torch.randn(1, 4), None).shape == (1, 5, 16, 16)


def test_noise_enters_with_its_strength():
    layer, x, w, noise = StyledConv(4, 4, 5), torch.randn(2, 4, 8, 8), torch.randn(2, 5), torch.randn(2, 1, 8, 8)
    assert torch.equal(layer(x, w, noise), layer(x, w, None))  # nothing at the start
    layer.strength.data.fill_(0.5)
    assert not torch.allclose(layer(x, w, noise), layer(x, w, None))


def test_z_counts_by_its_direction_only():
    mapping, z = Mapping(5, 3), torch.randn(4, 5)
    torch.testing.assert_close(mapping(z), mapping(3 * z))


def test_the_average_w_follows():
    mapping, w = Mapping(5, 1), torch.ones(4, 5)
    mapping.follow(w, 0.75)
    assert torch.allclose(mapping.mean, torch.full((5,), 0.25))


def test_truncation():
    generator, w = Generator(SMALL), torch.randn(2, 5)
    generator.mapping.mean.fill_(0.5)
    torch.testing.assert_close(generator.truncate(w, 1.0), w)
    torch.testing.assert_close(generator.truncate(w, 0.0), torch.full((2, 5), 0.5))


def test_pictures_features_and_noises_have_their_sizes():
    synthesis = Generator(SMALL).synthesis
    ws, noises = torch.randn(2, synthesis.styles, 5), synthesis.noises(2, torch.randn)
    pictures, kept = synthesis(ws, noises, features=2)
    assert synthesis.styles == 6 and pictures.shape == (2, 3, 16, 16) and kept.shape == (2, 6, 8, 8)
    assert [noise.shape[-1] for noise in noises] == [4, 8, 8, 16, 16]


@pytest.mark.parametrize("layer", range(6))
def test_every_layer_s_w_reaches_the_picture(layer):
    synthesis = Generator(SMALL).synthesis
    ws = torch.randn(1, synthesis.styles, 5, requires_grad=True)
    synthesis(ws).square().sum().backward()
    assert ws.grad[0, layer].abs().max() > 0


def test_a_layer_s_w_leaves_what_is_drawn_before_it():
    synthesis = Generator(SMALL).synthesis
    ws = torch.randn(1, synthesis.styles, 5)
    other = ws.clone()
    other[:, 3:] = torch.randn(1, 3, 5)
    assert torch.equal(synthesis(ws, features=2)[1], synthesis(other, features=2)[1])
    assert not torch.equal(synthesis(ws, features=3)[1], synthesis(other, features=3)[1])


def test_samples_of_a_batch_do_not_meet_in_the_generator():
    generator, z = Generator(SMALL), torch.randn(4, 5)
    order = torch.tensor([2, 0, 3, 1])
    torch.testing.assert_close(generator(z)[order], generator(z[order]), rtol=1e-4, atol=1e-5)


def test_the_deviation_of_equal_pictures_is_nothing():
    same = torch.randn(1, 3, 4, 4).expand(8, -1, -1, -1)
    assert batch_deviation(same)[:, 3].abs().max() < 1e-3
    different = batch_deviation(torch.randn(8, 3, 4, 4))
    assert different.shape == (8, 4, 4, 4) and different[:, 3].min() > 0.3
    assert batch_deviation(torch.randn(6, 3, 4, 4)).shape == (6, 4, 4, 4)  # a group must divide the batch


def test_the_discriminator_gives_a_logit_a_picture():
    assert Discriminator(SMALL)(torch.randn(4, 3, 16, 16)).shape == (4,)

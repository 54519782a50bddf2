"""Projection finds what the generator drew, keeps noise white, and treats each picture on its own."""

from dataclasses import replace

import pytest
import torch

from ganbook.chapters.style_prior import projection
from ganbook.chapters.style_prior.config import PROFILES
from ganbook.chapters.style_prior.model import Generator
from ganbook.errors import UserError

CONFIG = replace(PROFILES["smoke"], channels=(8, 8), latent_dim=6)


@pytest.fixture
def generator():
    torch.manual_seed(0)
    return Generator(CONFIG).requires_grad_(False).eval()


def squared(drawn, wanted):
    return (drawn - wanted).square().mean((1, 2, 3))


def some_pictures(generator, n=3):
    return generator(torch.randn(n, 6, generator=torch.Generator().manual_seed(5)))


@pytest.mark.parametrize("space", ["w", "w+"])
def test_a_picture_of_the_generators_own_is_found(generator, space):
    wanted = some_pictures(generator)
    found = projection.project(generator, wanted, squared, space, steps=80)
    assert found.losses.shape == (80, 3)
    before, after = found.losses[0], squared(found.pictures, wanted)
    assert (after < 0.1 * before).all()
    torch.testing.assert_close(found.pictures, generator.synthesis(found.ws, found.noises))
    same = (found.ws == found.ws[:, :1]).all()
    assert same == (space == "w")


def test_w_plus_comes_closer_to_what_the_generator_cannot_draw(generator):
    torch.manual_seed(1)
    wanted = torch.rand(2, 3, 8, 8) * 2 - 1
    one, many = (projection.project(generator, wanted, squared, space, steps=40) for space in ("w", "w+"))
    assert (squared(many.pictures, wanted) < squared(one.pictures, wanted)).all()


def test_each_picture_on_its_own(generator):
    wanted = some_pictures(generator, 2)
    alone = projection.project(generator, wanted[:1], squared, steps=1)
    both = projection.project(generator, wanted, squared, steps=1)
    assert alone.losses[0, 0] == pytest.approx(float(both.losses[0, 0]), rel=0.5)
    codes = torch.randn(2, 1, 6, requires_grad=True)
    squared(generator.synthesis(codes.expand(-1, 4, -1)), wanted)[0].backward()
    assert codes.grad[0].abs().sum() > 0 and codes.grad[1].abs().sum() == 0


def test_the_generator_is_left_as_it_was(generator):
    before = {name: value.clone() for name, value in generator.state_dict().items()}
    projection.project(generator, some_pictures(generator), squared, steps=2)
    assert all(torch.equal(value, before[name]) for name, value in generator.state_dict().items())


def test_white_noise_passes_and_a_picture_in_it_does_not():
    draws = torch.Generator().manual_seed(0)
    white = torch.randn(50, 1, 32, 32, generator=draws)
    smooth = torch.nn.functional.avg_pool2d(white, 3, 1, 1)
    coarse = torch.randn(50, 1, 8, 8, generator=draws).repeat_interleave(4, 2).repeat_interleave(4, 3)
    for noise in (smooth, coarse):
        projection.normalise([noise])
    white, smooth, coarse = (projection.autocorrelation([noise]).mean() for noise in (white, smooth, coarse))
    assert white < 0.1 < 0.5 < min(smooth, coarse)


def test_noise_is_brought_back_to_variance_one():
    noise = 3 + 2 * torch.randn(2, 1, 8, 8)
    projection.normalise([noise])
    assert noise.mean().abs() < 1e-5 and noise.square().mean((1, 2, 3)) == pytest.approx([1, 1], abs=1e-4)


def test_the_learning_rate_rises_and_falls():
    shares = [projection.rate(step / 1000) for step in range(1000)]
    assert shares[0] == 0 and shares[50] == pytest.approx(1) and shares[749] == pytest.approx(1) and shares[999] < 1e-3


def test_perceptual_distance():
    def features(pictures):
        return [pictures, pictures[:, :, ::2, ::2]]

    distance = projection.perceptual_distance(features)
    one, other = torch.rand(3, 3, 8, 8) * 2 - 1, torch.rand(3, 3, 8, 8) * 2 - 1
    assert distance(one, one).abs().max() < 1e-6
    unit = [torch.nn.functional.normalize(each, dim=1) for each in (one, other)]
    apart = (unit[0] - unit[1]).square().sum(1)
    expected = squared(one, other) + apart.mean((1, 2)) + apart[:, ::2, ::2].mean((1, 2))
    torch.testing.assert_close(distance(one, other), expected)


@pytest.mark.parametrize(
    ("pictures", "how", "message"),
    [
        (torch.zeros(1, 3, 16, 16), {}, r"expected pictures \(n, 3, 8, 8\), got \(1, 3, 16, 16\)"),
        (torch.zeros(1, 3, 8, 8), {"space": "z"}, "unknown space 'z': expected w or w+"),
        (torch.zeros(1, 3, 8, 8), {"steps": 0}, "expected at least one step, got 0"),
    ],
)
def test_what_cannot_be_projected(generator, pictures, how, message):
    with pytest.raises(UserError, match=message):
        projection.project(generator, pictures, squared, **how)

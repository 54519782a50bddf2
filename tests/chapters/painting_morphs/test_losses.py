"""WGAN-GP by hand, and how sure a critic is."""

import pytest
import torch

from ganbook.chapters.painting_morphs.losses import (
    critic_loss,
    drift_penalty,
    gradient_penalty,
    real_above_fake,
    sign_of_real,
)


def test_the_critic_wants_real_pictures_above_generated_ones():
    real, fake = torch.tensor([3.0, 5.0], requires_grad=True), torch.tensor([1.0, -2.0], requires_grad=True)
    loss = critic_loss(real, fake)
    loss.backward()
    assert loss.item() == -4.5 and real.grad.tolist() == [-0.5] * 2 and fake.grad.tolist() == [0.5] * 2
    assert drift_penalty(real).item() == 17


def test_the_gradient_penalty_of_a_plane_is_known():
    torch.manual_seed(0)
    weight = torch.randn(3, 4, 4, requires_grad=True)
    real, fake, share = torch.randn(5, 3, 4, 4), torch.randn(5, 3, 4, 4), torch.rand(5, 1, 1, 1)
    penalty = gradient_penalty(lambda x: (x * weight).sum((1, 2, 3)), real, fake, share)
    torch.testing.assert_close(penalty, (weight.norm() - 1) ** 2)
    (found,) = torch.autograd.grad(penalty, weight)
    torch.testing.assert_close(found, (2 * (weight.norm() - 1) * weight / weight.norm()).detach())


def test_the_gradient_penalty_is_taken_between_real_and_generated_pictures():
    """Of a paraboloid the slope is the place itself."""
    torch.manual_seed(0)
    real, fake, share = torch.randn(5, 3, 4, 4), torch.randn(5, 3, 4, 4, requires_grad=True), torch.rand(5, 1, 1, 1)
    scale = torch.tensor(1.0, requires_grad=True)
    penalty = gradient_penalty(lambda x: scale * x.square().sum((1, 2, 3)) / 2, real, fake, share)
    between = (1 - share) * real + share * fake
    lengths = torch.stack([each.norm() for each in between])
    torch.testing.assert_close(penalty, ((lengths - 1) ** 2).mean())
    penalty.backward()
    assert fake.grad is None and scale.grad.abs() > 0, "D learns from it, G does not"


@pytest.mark.parametrize(
    ("real", "fake", "wanted"),
    [([5.0, 6.0], [1.0, 2.0], 1), ([1.0, 2.0], [5.0, 6.0], -1), ([-9.0, 2.0], [-5.0, 0.0], 0), ([3.0], [3.0], 0)],
)
def test_how_sure_a_critic_is(real, fake, wanted):
    real, fake = torch.tensor(real, requires_grad=True), torch.tensor(fake)
    found = real_above_fake(real, fake)
    assert float(found) == wanted and not found.requires_grad
    assert float(real_above_fake(real + 100, fake + 100)) == wanted, "its zero means nothing"


def test_how_sure_a_discriminator_is():
    assert float(sign_of_real(torch.tensor([3.0, -0.1, 0.2, 9.0]))) == 0.5

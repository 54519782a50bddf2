"""Shared losses against known answers and independent formulations."""

import pytest
import torch
import torch.nn.functional as F

from ganbook.losses import (
    fake_loss,
    feature_distance,
    feature_matching_loss,
    gaussian_information_loss,
    r1_penalty,
    real_loss,
)


def test_adversarial_losses_are_binary_cross_entropy():
    logits = torch.linspace(-4, 4, 9)
    torch.testing.assert_close(real_loss(logits), F.binary_cross_entropy_with_logits(logits, torch.ones(9)))
    torch.testing.assert_close(fake_loss(logits), F.binary_cross_entropy_with_logits(logits, torch.zeros(9)))


def test_adversarial_losses_stay_finite_far_out():
    assert fake_loss(torch.tensor([1e4])).item() == pytest.approx(1e4)
    assert real_loss(torch.tensor([1e4])).item() == 0


def test_r1_of_a_linear_function_is_its_squared_norm():
    weight = torch.tensor([3.0, -4.0])
    inputs = torch.randn(7, 2, generator=torch.Generator().manual_seed(0)).requires_grad_()
    assert r1_penalty(inputs @ weight, inputs).item() == pytest.approx(25.0)


def test_r1_takes_one_norm_for_each_sample():
    """For f(x) = x^2 the gradient is 2x: the mean of 4 x^2, which one norm over the batch would not give."""
    inputs = torch.tensor([[1.0], [3.0]], requires_grad=True)
    assert r1_penalty(inputs[:, 0].square(), inputs).item() == pytest.approx((4 * 1 + 4 * 9) / 2)


def test_r1_can_be_trained_on():
    weight = torch.ones(2, requires_grad=True)
    inputs = torch.ones(3, 2, requires_grad=True)
    r1_penalty(inputs @ weight, inputs).backward()
    torch.testing.assert_close(weight.grad, 2 * torch.ones(2))


def test_r1_reaches_every_weight():
    """Processes that share a step wait for the gradient of each, also of a bias that decides no slope."""
    layer, inputs = torch.nn.Linear(2, 1), torch.ones(3, 2, requires_grad=True)
    r1_penalty(layer(inputs)[:, 0], inputs).backward()
    assert layer.bias.grad.item() == 0


def test_information_loss_is_a_gaussian_log_likelihood_up_to_scale_and_constant():
    """With variance 1/2, -log q(c) = ||c - mean||^2 + (d/2) log(pi)."""
    generator = torch.Generator().manual_seed(0)
    c, mean = torch.randn(2, 6, 3, generator=generator)
    log_likelihood = torch.distributions.Normal(mean, 0.5**0.5).log_prob(c).sum(1).mean()
    constant = 1.5 * torch.log(torch.tensor(torch.pi))
    torch.testing.assert_close(gaussian_information_loss(c, mean), -log_likelihood - constant)


def test_feature_matching_is_a_mean_over_each_layer_summed_over_the_layers():
    real = [torch.zeros(2, 3, 4, 4), torch.ones(2, 5)]
    generated = [torch.full((2, 3, 4, 4), 2.0), torch.full((2, 5), 4.0)]
    assert feature_matching_loss(real, generated).item() == 2**2 + 3**2
    assert feature_matching_loss(real, real).item() == 0


def test_feature_matching_compares_pictures_one_to_one():
    """Two sets with the same mean but in another order differ: the statistics of equation 16 are those of pairs."""
    features = torch.tensor([[0.0], [2.0]])
    assert feature_matching_loss([features], [features.flip(0)]).item() == 4.0


def test_feature_matching_pulls_the_generated_side_alone():
    real, generated = (torch.full((2, 3), value, requires_grad=True) for value in (1.0, 3.0))
    feature_matching_loss([real], [generated]).backward()
    assert real.grad is None
    torch.testing.assert_close(generated.grad, torch.full((2, 3), 2 * 2.0 / 6))


def test_feature_matching_of_half_precision_features_is_exact_and_needs_as_many_layers():
    half = torch.full((4,), 3e2, dtype=torch.float16)
    assert feature_matching_loss([half], [-half]).item() == 600.0**2
    with pytest.raises(ValueError, match="zip"):
        feature_matching_loss([half], [half, half])


def test_features_are_compared_by_their_direction_at_each_pixel():
    """Two layers by hand: at right angles at half of the pixels, and opposite at all of them."""
    one = [torch.tensor([[[[3.0, 1.0]], [[0.0, 0.0]]]]), torch.full((1, 1, 2, 2), 5.0)]
    other = [torch.tensor([[[[0.0, 9.0]], [[2.0, 0.0]]]]), torch.full((1, 1, 2, 2), -1.0)]
    torch.testing.assert_close(feature_distance(one, other), torch.tensor([2 / 2 + 4.0]))
    assert feature_distance(one, one).item() == 0
    with pytest.raises(ValueError, match="zip"):
        feature_distance(one, other[:1])

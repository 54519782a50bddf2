"""The objectives by hand and against torch's own distributions."""

import pytest
import torch

from ganbook.chapters.class_styles.losses import (
    discriminator_loss,
    fooling_loss,
    matching_loss,
    normal_kl,
    perceptual_loss,
    style_kl,
)
from ganbook.chapters.class_styles.model import Posterior, Styles


def layers(*values: float) -> list[torch.Tensor]:
    return [torch.full((2, 1, 3, 3), value) for value in values]


def test_hinge_losses_by_hand():
    real, fake = [layers(9, 0.25), layers(9, 2.0)], [layers(9, -0.5), layers(9, 3.0)]
    assert discriminator_loss(real, fake) == pytest.approx(((0.75 + 0.5) + (0 + 4)) / 2)
    assert fooling_loss(fake) == pytest.approx(-(-0.5 + 3) / 2)


def test_a_sure_discriminator_learns_nothing_more():
    logits = torch.tensor([[[[1.5]]], [[[-3.0]]]], requires_grad=True)
    discriminator_loss([[logits[:1]]], [[logits[1:]]]).backward()
    assert not logits.grad.any()


def test_matching_sums_layers_and_leaves_the_logits_out():
    real, fake = [layers(1, 2, 50), layers(0, 0, 50)], [layers(0, 4, -50), layers(3, 0, -50)]
    assert matching_loss(real, fake) == pytest.approx(((1 + 2) + (3 + 0)) / 2)
    assert matching_loss(real, real) == 0


def test_coarse_features_count_most():
    real = layers(0, 0, 0, 0)
    for number, weight in enumerate((1 / 16, 1 / 8, 1 / 4, 1)):
        fake = layers(*(float(each == number) for each in range(4)))
        assert perceptual_loss(real, fake) == pytest.approx(weight)


@pytest.mark.parametrize(
    "loss", [lambda x, y: matching_loss([[x, x]], [[y, y]]), lambda x, y: perceptual_loss([x], [y])]
)
def test_the_real_side_gets_no_gradient(loss):
    real, fake = (torch.randn(2, 3, 4, 4, requires_grad=True) for _ in range(2))
    loss(real, fake).backward()
    assert real.grad is None and fake.grad.any()


def test_kl_by_known_answers():
    assert normal_kl(torch.zeros(4), torch.zeros(4)) == 0
    assert normal_kl(torch.tensor([2.0]), torch.zeros(1)) == pytest.approx(2.0)
    mean, log_variance = torch.randn(3, 5), torch.randn(3, 5)
    normal = torch.distributions.Normal(mean, (log_variance / 2).exp())
    expected = torch.distributions.kl_divergence(normal, torch.distributions.Normal(0.0, 1.0)).sum(1)
    torch.testing.assert_close(normal_kl(mean, log_variance), expected)


def posterior(n: int) -> Posterior:
    torch.manual_seed(0)
    present = torch.tensor([[[1, 1, 0], [1, 0, 0]], [[1, 1, 1], [0, 0, 0]]], dtype=torch.bool).repeat(n // 2, 1, 1)
    mean, variance = (Styles(torch.randn(n, 4), torch.randn(n, 2, 3, 5)) for _ in range(2))
    return Posterior(mean, variance, present)


def test_kl_of_styles_is_a_mean_over_the_classes_that_each_level_holds():
    found = posterior(2)
    mean, log_variance, present = found
    expected = 0.0
    for n in range(2):
        expected += normal_kl(mean.whole[n], log_variance.whole[n])
        for level in range(2):
            each = [
                normal_kl(mean.local[n, level, number], log_variance.local[n, level, number])
                for number in range(3)
                if present[n, level, number]
            ]
            expected += sum(each) / len(each) if each else 0.0
    assert style_kl(found) == pytest.approx(float(expected) / 2, rel=1e-5)


def test_kl_does_not_grow_with_the_batch():
    one = posterior(2)
    both = Posterior(*(Styles(*(torch.cat([x, x]) for x in part)) for part in one[:2]), one.present.repeat(2, 1, 1))
    assert style_kl(both) == pytest.approx(float(style_kl(one)), rel=1e-5)


def test_an_absent_class_pays_and_learns_nothing():
    found = posterior(2)
    local = found.mean.local.clone().requires_grad_()
    style_kl(found._replace(mean=found.mean._replace(local=local))).backward()
    assert torch.equal(local.grad.abs().sum(3) > 0, found.present)

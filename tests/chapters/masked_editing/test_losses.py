"""The objective against the paper's sums of logarithms, term by term."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from ganbook.chapters.masked_editing import losses
from ganbook.chapters.masked_editing.config import PRINTED, Config
from ganbook.chapters.masked_editing.model import Judgement
from ganbook.data.avatars import COUNTS, KINDS

CONFIG = Config(
    real_right_weight=0.7, real_wrong_weight=0.3, fake_right_weight=0.6, generator_weight=1.9, feature_weight=2.3
)


def judgement(conditions: int, seed: int, n: int = 5) -> Judgement:
    generator = torch.Generator().manual_seed(seed)
    hidden = [torch.randn(n, 3, 4, 4, generator=generator), torch.randn(n, 7, generator=generator)]
    return Judgement(hidden, torch.randn(n, conditions, generator=generator))


def cross_entropy(logits: torch.Tensor, wanted: int) -> float:
    """The paper's CE(y, t), under equation 13."""
    y = 1 / (1 + np.exp(-logits.double().numpy()))
    return -np.mean(wanted * np.log(y) + (1 - wanted) * np.log(1 - y))


REAL, FAKE = judgement(2, seed=0), judgement(1, seed=1)


@pytest.mark.parametrize(
    ("loss", "logits", "wanted"),
    [
        (losses.real_right_loss(REAL), REAL.logits[:, 0], 1),
        (losses.real_wrong_loss(REAL), REAL.logits[:, 1], 0),
        (losses.fake_right_loss(FAKE), FAKE.logits[:, 0], 0),
        (losses.fooling_loss(FAKE), FAKE.logits[:, 0], 1),
    ],
    ids=["equation 10", "equation 11", "equation 12", "equation 13"],
)
def test_each_term(loss, logits, wanted):
    assert loss.item() == pytest.approx(cross_entropy(logits, wanted), rel=1e-5)


def test_what_d_pays():
    """Equation 21."""
    terms = 0.7 * losses.real_right_loss(REAL) + 0.3 * losses.real_wrong_loss(REAL) + 0.6 * losses.fake_right_loss(FAKE)
    assert losses.discriminator_loss(REAL, FAKE, CONFIG).item() == pytest.approx(terms.item(), rel=1e-5)


def test_d_that_is_asked_about_no_wrong_condition_does_not_pay_for_it():
    asked_once = judgement(1, seed=0)
    assert losses.real_wrong_loss(asked_once) == 0
    other = replace(CONFIG, real_wrong_weight=9.0)
    assert losses.discriminator_loss(asked_once, FAKE, CONFIG) == losses.discriminator_loss(asked_once, FAKE, other)


def test_what_g_pays():
    """Equations 16 and 22; feature matching takes the mean over a layer's units where the paper takes the sum."""
    matching = sum(np.square(theirs.numpy() - ours.numpy()).mean() for theirs, ours in zip(REAL.hidden, FAKE.hidden))
    by_hand = 1.9 * cross_entropy(FAKE.logits[:, 0], 1) + 2.3 * matching
    assert losses.generator_loss(REAL, FAKE, CONFIG).item() == pytest.approx(by_hand, rel=1e-5)


def test_the_factors_of_the_paper():
    """Section 5.2: all are 1."""
    names = ("real_right", "real_wrong", "fake_right", "generator", "feature", "mask")
    assert [getattr(PRINTED, f"{name}_weight") for name in names] == [1.0] * 6
    assert (PRINTED.learning_rate, PRINTED.beta1, PRINTED.batch_size) == (2e-4, 0.5, 64)
    assert PRINTED.update_rule == "larger_loss"


def test_pixels_are_compared_one_by_one():
    real, made = torch.tensor([[[[1.0, 0.25]]]]), torch.tensor([[[[0.0, 0.75]]]])
    assert losses.pixel_loss(real, made).item() == pytest.approx((1 + 0.25) / 2) and PRINTED.pixel_weight == 0


def test_the_masks_error_is_of_every_pixel():
    mask, wanted = torch.tensor([[[[1.0, 0.25]]], [[[0.5, 0.0]]]]), torch.tensor([[[[True, True]]], [[[False, False]]]])
    assert losses.mask_loss(mask, wanted).item() == pytest.approx((0 + 0.75**2 + 0.5**2 + 0) / 4)


def test_the_judge_pays_for_each_kind_of_attribute():
    blank = {kind: torch.zeros(3, count) for kind, count in zip(KINDS, COUNTS)}
    truth = torch.stack([torch.tensor([0, 1, count - 1]) for count in COUNTS], dim=1)
    assert losses.attribute_loss(blank, truth).item() == pytest.approx(np.mean([math.log(count) for count in COUNTS]))
    for column, (kind, count) in enumerate(zip(KINDS, COUNTS)):
        sure = {**blank, kind: 50.0 * torch.nn.functional.one_hot(truth[:, column], count)}
        gained = losses.attribute_loss(blank, truth) - losses.attribute_loss(sure, truth)
        assert gained.item() == pytest.approx(math.log(count) / 14, rel=1e-4), kind

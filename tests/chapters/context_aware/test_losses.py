"""The losses: known answers, an independent form, and what gets a gradient."""

import math

import pytest
import torch

from ganbook.chapters.context_aware.config import Config
from ganbook.chapters.context_aware.losses import (
    discriminator_loss,
    generator_loss,
    joint_embedding_loss,
    over_stages,
    recognised_loss,
)
from ganbook.chapters.context_aware.stage_weights import stage_weights, stages_in_use

WEIGHTED = Config(fake_weight=0.5, wrong_text_weight=0.25, wrong_context_weight=0.125)


def test_a_discriminator_that_knows_nothing_pays_log_two_for_each_term():
    zeros = torch.zeros(4, 3)
    loss = discriminator_loss(zeros, zeros[:, :1], WEIGHTED)
    assert float(loss) == pytest.approx(1.875 * math.log(2))
    assert float(discriminator_loss(zeros[:, :2], zeros[:, :1], WEIGHTED)) == pytest.approx(1.75 * math.log(2))
    assert float(discriminator_loss(zeros, zeros[:, :1], Config())) == pytest.approx(2 * math.log(2)), "as printed"


def test_the_discriminators_loss_is_that_of_the_papers_probabilities():
    torch.manual_seed(0)
    real, fake = torch.randn(5, 3), torch.randn(5, 1)
    p, q = real.sigmoid(), fake.sigmoid()
    expected = -p[:, 0].log().mean() - 0.5 * (1 - q).log().mean()
    expected += -0.25 * (1 - p[:, 1]).log().mean() - 0.125 * (1 - p[:, 2]).log().mean()
    torch.testing.assert_close(discriminator_loss(real, fake, WEIGHTED), expected)


@pytest.mark.parametrize("term", ["log D", "log(1 - D)"])
def test_both_forms_of_the_generators_loss_push_the_same_way(term):
    fake = torch.tensor([[-3.0], [0.0], [3.0]], requires_grad=True)
    loss = generator_loss(fake, Config(generator_term=term))
    expected = -fake.sigmoid().log().mean() if term == "log D" else (1 - fake.sigmoid()).log().mean()
    torch.testing.assert_close(loss, expected)
    (gradient,) = torch.autograd.grad(loss, fake)
    assert (gradient < 0).all(), "descending it makes D's logit larger"
    steep = gradient.abs().squeeze()
    assert (steep[0] > steep[2]) == (term == "log D"), "where D is sure, only log D has a gradient"


def test_stages_are_summed_with_their_weights():
    losses = [torch.tensor(value) for value in (1.0, 10.0, 100.0)]
    assert float(over_stages(losses, (1, 1, 1))) == 111
    assert float(over_stages(losses, (0.5, 0.0, 2.0))) == 200.5
    with pytest.raises(ValueError):
        over_stages(losses, (1, 1))


@pytest.mark.parametrize("symmetric", [True, False])
def test_the_joint_embedding_loss_is_reeds_sum(symmetric):
    torch.manual_seed(0)
    pictures, texts = torch.randn(5, 4), torch.randn(5, 4)
    total = 0.0
    for i in range(5):
        for j in range(5):
            if j != i:
                own = float(pictures[i] @ texts[i])
                total += max(0.0, 0.7 + float(pictures[i] @ texts[j]) - own)
                total += max(0.0, 0.7 + float(pictures[j] @ texts[i]) - own) if symmetric else 0.0
    assert float(joint_embedding_loss(pictures, texts, 0.7, symmetric)) == pytest.approx(total / 25, rel=1e-5)


def test_pairs_that_are_far_apart_pay_nothing():
    vectors = torch.eye(4) * 2
    assert float(joint_embedding_loss(vectors, vectors)) == 0
    swapped = vectors[[1, 0, 2, 3]]
    assert float(joint_embedding_loss(vectors, swapped)) > 0
    assert float(joint_embedding_loss(vectors * 0, vectors)) == pytest.approx(2 * 12 / 16)


def test_schedules():
    for done in (0.0, 0.3, 0.99):
        assert stage_weights("uniform", done) == (1.0, 1.0, 1.0)
        assert sum(stage_weights("fade", done)) == pytest.approx(3)
    assert [stage_weights("coarse_first", done) for done in (0.0, 0.2, 0.4, 0.9)] == [
        (1.0, 0.0, 0.0),
        (1.0, 1.0, 0.0),
        (1.0, 1.0, 1.0),
        (1.0, 1.0, 1.0),
    ]
    coarse, fine = stage_weights("fade", 0.0), stage_weights("fade", 1.0)
    assert coarse == fine[::-1] and coarse[0] > coarse[1] > coarse[2] > 0
    used = [stages_in_use(stage_weights("coarse_first", done)) for done in (0.1, 0.3, 0.5)]
    assert used == [1, 2, 3] and stages_in_use((0.0, 0.0, 1.0)) == 3


def test_what_is_recognised_is_a_cross_entropy_of_each_part_that_is_asked_for():
    torch.manual_seed(0)
    place, person = torch.randn(3, 2), torch.randn(3, 4)
    context = torch.tensor([[1.0, 0, 0, 0, 0, 1], [0, 1, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0]])
    expected = -(place[0].softmax(0)[0].log() + place[1].softmax(0)[1].log()) / 3
    expected = expected - (person[0].softmax(0)[3].log() + person[2].softmax(0)[0].log()) / 3
    torch.testing.assert_close(recognised_loss([place, person], context), expected)
    torch.testing.assert_close(
        recognised_loss([place], context[:, :2]),
        torch.nn.functional.cross_entropy(place[:2], torch.tensor([0, 1])) * 2 / 3,
    )

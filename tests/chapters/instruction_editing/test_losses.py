"""The objective against the paper's sums of logarithms, and who gets a gradient from what."""

import math
from dataclasses import replace

import few_digits
import numpy as np
import pytest
import torch

from ganbook import training
from ganbook.chapters.instruction_editing.config import Config
from ganbook.chapters.instruction_editing.losses import discriminator_loss, generator_loss, label_loss
from ganbook.chapters.instruction_editing.model import Discriminator, Encoder, Generator, Judgement
from ganbook.data.digit_edits import LABELS

CONFIG = Config(
    **few_digits.SMALL,
    real_right_weight=0.7,
    real_wrong_weight=0.3,
    fake_right_weight=0.6,
    generator_weight=1.9,
    feature_weight=2.3,
    label_weight=0.8,
)


def judgement(conditions: int, seed: int, n: int = 5) -> Judgement:
    generator = torch.Generator().manual_seed(seed)
    hidden = [torch.randn(n, 3, 4, 4, generator=generator), torch.randn(n, 7, generator=generator)]
    labels = {name: torch.randn(n, values, generator=generator) for name, values in LABELS.items()}
    return Judgement(hidden, labels, torch.randn(n, conditions, generator=generator))


def states(n: int = 5) -> torch.Tensor:
    generator = torch.Generator().manual_seed(4)
    return torch.stack([torch.randint(values, (n,), generator=generator) for values in LABELS.values()], dim=1)


def cross_entropy(logits: torch.Tensor, wanted: int) -> float:
    """The paper's CE(y, t), under equation 13."""
    y = 1 / (1 + np.exp(-logits.double().numpy()))
    return -np.mean(wanted * np.log(y) + (1 - wanted) * np.log(1 - y))


def label_cross_entropy(labels: dict[str, torch.Tensor], truth: torch.Tensor) -> float:
    """Equations 28 to 33."""
    total = 0.0
    for column, logits in enumerate(labels.values()):
        exponentials = np.exp(logits.double().numpy())
        shares = exponentials / exponentials.sum(1, keepdims=True)
        total -= np.log(shares[np.arange(len(truth)), truth[:, column].numpy()]).mean()
    return total


def test_what_d_pays():
    """Equations 10 to 12, 34, 35 and 37."""
    real, fake, truth = judgement(2, seed=0), judgement(1, seed=1), states()
    rr = cross_entropy(real.logits[:, 0], 1) + 0.8 * label_cross_entropy(real.labels, truth)
    rw = cross_entropy(real.logits[:, 1], 0)
    fr = cross_entropy(fake.logits[:, 0], 0) + 0.8 * label_cross_entropy(fake.labels, truth)
    assert discriminator_loss(real, fake, truth, CONFIG).item() == pytest.approx(
        0.7 * rr + 0.3 * rw + 0.6 * fr, rel=1e-5
    )


def test_what_g_pays():
    """Equations 13, 16, 36 and 38; feature matching takes the mean over a layer's units where the paper takes the
    sum.
    """
    real, fake, truth = judgement(2, seed=0), judgement(1, seed=1), states()
    fooled = cross_entropy(fake.logits[:, 0], 1) + 0.8 * label_cross_entropy(fake.labels, truth)
    matching = sum(np.square(theirs.numpy() - ours.numpy()).mean() for theirs, ours in zip(real.hidden, fake.hidden))
    assert generator_loss(real, fake, truth, CONFIG).item() == pytest.approx(1.9 * fooled + 2.3 * matching, rel=1e-5)


def test_the_factors_of_the_paper():
    config = Config()
    factors = (
        config.real_right_weight,
        config.real_wrong_weight,
        config.fake_right_weight,
        config.generator_weight,
        config.feature_weight,
    )
    assert (*factors, config.label_weight) == (1.0, 0.5, 0.5, 2.0, 2.0, 1.0)


def test_a_network_that_knows_nothing_pays_for_its_ignorance():
    blank = Judgement([], {name: torch.zeros(5, values) for name, values in LABELS.items()}, torch.zeros(5, 2))
    of_labels = math.log(11) + 2 * math.log(3) + 2 * math.log(4)
    assert label_loss(blank.labels, states()).item() == pytest.approx(of_labels)
    assert discriminator_loss(blank, blank, states(), Config()).item() == pytest.approx(
        2 * math.log(2) + 1.5 * of_labels
    )
    assert generator_loss(blank, blank, states(), Config()).item() == pytest.approx(2 * (math.log(2) + of_labels))


@pytest.mark.parametrize("column", range(5))
def test_each_label_is_read_from_its_own_column(column):
    truth = states()
    sure = {
        name: 50.0 * torch.nn.functional.one_hot(truth[:, k], values) for k, (name, values) in enumerate(LABELS.items())
    }
    assert label_loss(sure, truth).item() == pytest.approx(0, abs=1e-6)
    name = list(LABELS)[column]
    wrong = truth.clone()
    wrong[0, column] = (wrong[0, column] + 1) % LABELS[name]
    assert label_loss(sure, wrong).item() == pytest.approx(50 / 5)


def test_the_wrong_condition_is_never_the_generators_business():
    """Only equation 11 knows c_w, and it has no label term (below equation 38)."""
    real, fake, truth = judgement(2, seed=0), judgement(1, seed=1), states()
    other = real._replace(logits=torch.cat([real.logits[:, :1], real.logits[:, 1:] + 1], dim=1))
    assert generator_loss(other, fake, truth, CONFIG) == generator_loss(real, fake, truth, CONFIG)
    no_wrong = replace(CONFIG, real_wrong_weight=0.0)
    difference = discriminator_loss(real, fake, truth, CONFIG) - discriminator_loss(real, fake, truth, no_wrong)
    assert difference.item() == pytest.approx(0.3 * cross_entropy(real.logits[:, 1], 0), rel=1e-4)


@pytest.fixture
def game():
    """Networks in training, and what they say of a few triples."""
    torch.manual_seed(0)
    encoder, generator, discriminator = Encoder(CONFIG), Generator(CONFIG), Discriminator(CONFIG)
    edits = few_digits.few_triples().batch(torch.arange(0, 90, 15))
    _, wrong, right = encoder(edits.source, edits.target, edits.tokens, edits.lengths)
    fake = generator(torch.randn(6, 4), right)
    return {"encoder": encoder, "generator": generator, "discriminator": discriminator}, edits, right, wrong, fake


def without_gradient(module) -> set[str]:
    return {
        name
        for name, parameter in module.named_parameters()
        if parameter.grad is None or not parameter.grad.abs().sum() > 0
    }


def touched(networks) -> set[str]:
    return {
        name
        for name, module in networks.items()
        if any(parameter.grad is not None for parameter in module.parameters())
    }


def test_ds_loss_teaches_d_and_the_encoder_alone(game):
    networks, edits, right, wrong, fake = game
    discriminator = networks["discriminator"]
    real_judged, fake_judged = discriminator(edits.target, right, wrong), discriminator(fake.detach(), right)
    discriminator_loss(real_judged, fake_judged, edits.target_state, CONFIG).backward()
    assert touched(networks) == {"encoder", "discriminator"}
    assert not without_gradient(networks["discriminator"]) and not without_gradient(networks["encoder"])


def test_gs_loss_teaches_g_and_the_encoder_alone(game):
    networks, edits, right, wrong, fake = game
    real_judged = networks["discriminator"](edits.target, right, wrong)
    with training.frozen(networks["discriminator"]) as judge:
        generator_loss(real_judged, judge(fake, right), edits.target_state, CONFIG).backward()
    assert touched(networks) == {"encoder", "generator"}
    assert not without_gradient(networks["generator"]) and not without_gradient(networks["encoder"])


def test_feature_matching_moves_the_generated_side_alone(game):
    networks, edits, right, wrong, fake = game
    only_features = replace(CONFIG, generator_weight=0.0)
    real_judged = networks["discriminator"](edits.target, right.detach(), wrong.detach())
    with training.frozen(networks["discriminator"]) as judge:
        generator_loss(real_judged, judge(fake, right), edits.target_state, only_features).backward()
    assert touched(networks) == {"encoder", "generator"} and not without_gradient(networks["generator"])


def test_each_part_of_the_state_is_learned_from_both_kinds_of_pictures():
    for judged in ("real", "fake"):
        real, fake = judgement(2, seed=0), judgement(1, seed=1)
        labels = (real if judged == "real" else fake).labels
        for logits in labels.values():
            logits.requires_grad_()
        discriminator_loss(real, fake, states(), CONFIG).backward()
        assert all(logits.grad.abs().sum() > 0 for logits in labels.values())

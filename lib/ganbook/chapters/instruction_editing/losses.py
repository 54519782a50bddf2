"""The objective of the chapter, term by term, with the numbers of the paper's equations."""

import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from ganbook.chapters.instruction_editing.config import Config
from ganbook.chapters.instruction_editing.model import Judgement
from ganbook.data.digit_edits import LABELS
from ganbook.losses import fake_loss, feature_matching_loss, real_loss


def label_loss(logits: dict[str, Float[Tensor, "batch values"]], states: Int[Tensor, "batch 5"]) -> Float[Tensor, ""]:
    """L_label, equation 28: the cross entropies of digit, x, y, w and h, added up, in nats."""
    return sum(F.cross_entropy(logits[name], states[:, column]) for column, name in enumerate(LABELS))


def discriminator_loss(
    real: Judgement, fake: Judgement, states: Int[Tensor, "batch 5"], config: Config
) -> Float[Tensor, ""]:
    """L_D, equation 37: real pictures with the right and with a wrong condition, generated ones with the right one.

    Args:
        real: D on real pictures, asked about (right, wrong) conditions.
        fake: D on generated pictures, asked about the right condition; detach the pictures before.
        states: of the real pictures, which the generated ones should have, too.
    """
    real_right = real_loss(real.logits[:, 0]) + config.label_weight * label_loss(real.labels, states)
    real_wrong = fake_loss(real.logits[:, 1])
    fake_right = fake_loss(fake.logits[:, 0]) + config.label_weight * label_loss(fake.labels, states)
    return (
        config.real_right_weight * real_right
        + config.real_wrong_weight * real_wrong
        + config.fake_right_weight * fake_right
    )


def generator_loss(
    real: Judgement, fake: Judgement, states: Int[Tensor, "batch 5"], config: Config
) -> Float[Tensor, ""]:
    """L_G, equation 38: generated pictures pass for real, show the right state, and look to D like the real ones."""
    fooled = real_loss(fake.logits[:, 0]) + config.label_weight * label_loss(fake.labels, states)
    return config.generator_weight * fooled + config.feature_weight * feature_matching_loss(real.hidden, fake.hidden)

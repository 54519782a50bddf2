"""The objective of the chapter, term by term, with the numbers of the paper's equations."""

import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

from ganbook.chapters.masked_editing.config import Config
from ganbook.chapters.masked_editing.model import Judgement
from ganbook.data.avatars import KINDS
from ganbook.losses import fake_loss, feature_matching_loss, real_loss


def real_right_loss(real: Judgement) -> Float[Tensor, ""]:
    """L_Drr, equation 10: D should call a real picture with the right condition real."""
    return real_loss(real.logits[:, 0])


def real_wrong_loss(real: Judgement) -> Float[Tensor, ""]:
    """L_Drw, equation 11: D should call a real picture with the wrong condition fake; 0 if it was asked about none."""
    return fake_loss(real.logits[:, 1]) if real.logits.shape[1] > 1 else real.logits.new_zeros(())


def fake_right_loss(fake: Judgement) -> Float[Tensor, ""]:
    """L_Dfr, equation 12: D should call a generated picture fake."""
    return fake_loss(fake.logits[:, 0])


def fooling_loss(fake: Judgement) -> Float[Tensor, ""]:
    """L_Gfr, equation 13: D should call a generated picture real."""
    return real_loss(fake.logits[:, 0])


def discriminator_loss(real: Judgement, fake: Judgement, config: Config) -> Float[Tensor, ""]:
    """L_D, equation 21.

    Args:
        real: D on real pictures, asked about (right, wrong) conditions.
        fake: D on generated pictures, asked about the right condition; detach the pictures before.
    """
    return (
        config.real_right_weight * real_right_loss(real)
        + config.real_wrong_weight * real_wrong_loss(real)
        + config.fake_right_weight * fake_right_loss(fake)
    )


def generator_loss(real: Judgement, fake: Judgement, config: Config) -> Float[Tensor, ""]:
    """L_G, equation 22: generated pictures pass for real, and look to D like the real ones (equation 16)."""
    matching = feature_matching_loss(real.hidden, fake.hidden)
    return config.generator_weight * fooling_loss(fake) + config.feature_weight * matching


def pixel_loss(real: Float[Tensor, "batch 3 side side"], made: Float[Tensor, "batch 3 side side"]) -> Float[Tensor, ""]:
    """Feature matching of the pictures themselves, as if they were D's layer 0; the paper's sum begins with layer 1.

    A stage of D makes ``discriminator_channels`` numbers out of the 12 that are new to it in each window. With 64 of
    them, as in the paper, few changes of a picture escape it; with the 16 of a small D many do, and stay as noise. With
    the 32 of profile quick the pixels help the first phases most.
    """
    return (real - made).square().mean()


def mask_loss(mask: Float[Tensor, "batch 1 side side"], wanted: Bool[Tensor, "batch 1 side side"]) -> Float[Tensor, ""]:
    """The mean squared error of a mask (section 5.2), which should be 1 where source and target are the same."""
    return F.mse_loss(mask, wanted.float())


def attribute_loss(
    logits: dict[str, Float[Tensor, "batch values"]], attributes: Int[Tensor, "batch kinds"]
) -> Float[Tensor, ""]:
    """The judge's: the mean over the kinds of attributes of their cross entropies, in nats."""
    losses = [F.cross_entropy(logits[kind], attributes[:, column]) for column, kind in enumerate(KINDS)]
    return sum(losses) / len(losses)

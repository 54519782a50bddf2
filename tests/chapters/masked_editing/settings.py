"""What the test "every setting matters" must know of this chapter."""

import dataclasses
import functools

import pytest

from ganbook.chapters.masked_editing import data
from ganbook.data.avatar_edits import AvatarEdits, avatar_edits

TINY = {
    "batch_size": 4,
    "resolution": 32,
    "singles": 16,
    "channels": 2,
    "mask_channels": 2,
    "discriminator_channels": 2,
    "image_dim": 12,
    "text_dim": 8,
    "noise_dim": 4,
    "half_samples": 4,
}

OF_THE_JUDGE = {"blur", "pixel_noise", "colour_shift"}
OF_SIM = {"mask_channels", "mask_rate", "mask_weight", "pasting"}
GAME = OF_SIM | {
    "widest",
    "discriminator_widest",
    "forms",
    "masking",
    "discriminator_told",
    "output",
    "discriminator_channels",
    "text_dim",
    "noise_dim",
    "discriminator_norm",
    "real_right_weight",
    "real_wrong_weight",
    "fake_right_weight",
    "generator_weight",
    "feature_weight",
    "pixel_weight",
    "update_rule",
    "half_samples",
    "edit_share",
    "task_choice",
    "select_every",
    "select_from",
    "discriminator_rate",
    "ema_decay",
}
"""Of the adversarial game, which the judge does not play."""

CONCERN_OTHERS = {"sim": OF_THE_JUDGE, "plain": OF_THE_JUDGE | OF_SIM, "judge": GAME}

VALUES = {"resolution": 48, "decay_share": 0.8, "forms": 1, "half_samples": 8, "select_from": 2, "edit_share": 1.0}
VALUES |= {"widest": 3, "discriminator_widest": 3}


@functools.cache
def few_edits(split: str, side: int, forms: int | None = None) -> AvatarEdits:
    """The first triples of a split."""
    whole = avatar_edits(split, side, forms=forms)
    names = [field.name for field in dataclasses.fields(whole) if field.init and field.name not in ("split", "side")]
    return dataclasses.replace(whole, **{name: getattr(whole, name)[:20] for name in names})


def prepare(patch: pytest.MonkeyPatch) -> None:
    """Few triples, drawn once."""
    patch.setattr(data, "avatar_edits", few_edits)

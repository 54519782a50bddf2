"""What the test "every setting matters" of `test_recipes.py` must know of this chapter."""

import functools

import pytest

from ganbook.data import digits

TINY = {"batch_size": 4, "resolution": 32, "channels": 2, "image_dim": 12, "text_dim": 8, "noise_dim": 4}

GAME = {
    "image_dim",
    "text_dim",
    "noise_dim",
    "output",
    "discriminator_norm",
    "real_right_weight",
    "real_wrong_weight",
    "fake_right_weight",
    "generator_weight",
    "feature_weight",
    "label_weight",
    "task_choice",
    "update_rule",
    "discriminator_rate",
    "beta1",
    "beta2",
    "ema_decay",
}
"""Of the adversarial game, which the judge does not play."""

CONCERN_OTHERS = {"imi": set(), "cap2image": {"task_choice"}, "judge": GAME}

VALUES = {"resolution": 48, "decay_share": 0.8}

loaded = functools.cache(digits.load_embedded)


def prepare(patch: pytest.MonkeyPatch) -> None:
    """Digits are enlarged once."""
    patch.setattr(digits, "load_embedded", loaded)

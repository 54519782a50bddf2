"""What the test "every setting matters" of `test_recipes.py` must know of this chapter."""

import contextlib
import functools

import pytest

from ganbook.chapters.latent_captions import game, text
from ganbook.data import digits

MEASURED_ON = {"TESTED": 100}

TINY = {
    "batch_size": 8,
    "train_images": 24,
    "channels": 2,
    "feature_dim": 8,
    "hidden_dim": 12,
    "autoencoder_steps": 2,
    "recovery_noise_warmup": 1,
    "mismatch_weight": 0.3,
}

CONCERN_OTHERS = {"main": set()}

VALUES = {"captions": "label_and_place"}


loaded = functools.cache(digits.load_embedded)


def prepare(patch: pytest.MonkeyPatch) -> None:
    """Digits are enlarged once. The autoencoder need not read all captions: the game does not care what they mean."""

    def pretrain(*arguments: object) -> None:
        with contextlib.suppress(RuntimeError):
            text.pretrain(*arguments)

    patch.setattr(digits, "load_embedded", loaded)
    patch.setattr(game, "pretrain", pretrain)

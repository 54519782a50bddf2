"""A handful of triples, small networks, and editors without a network.
Runs as a script for the tests with two processes.
"""

import argparse
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from torch import nn

from ganbook import training
from ganbook.chapters.instruction_editing import recipe
from ganbook.chapters.instruction_editing.analysis import drawn
from ganbook.chapters.instruction_editing.config import PROFILES, Config
from ganbook.chapters.instruction_editing.inference import grey
from ganbook.data import DigitEdits, load_digits
from ganbook.data.edits import all_instructions, apply, parse, states

SMALL = {"resolution": 32, "channels": 2, "image_dim": 12, "text_dim": 8, "noise_dim": 4}
TOLD = (
    "move three to the left",
    "move three to the right",
    "move seven to the top",
    "move seven to the bottom",
    "put seven on the middle",
    "remove three",
)


def few_triples(resolution: int = 32, told: tuple[str, ...] = TOLD) -> DigitEdits:
    """All triples of these instructions on one three and one seven; 95 with ``TOLD``."""
    digits = load_digits("train", "embedded")
    rows = [int((digits.labels == label).argmax()) for label in (3, 7)]
    without = all_instructions() - {parse(text) for text in told}
    return DigitEdits(
        digits.images[rows],
        digits.labels[rows],
        resolution=resolution,
        source="embedded",
        split="train",
        without=without,
    )


class Idle:
    """An editor that gives back what it got."""

    def __call__(self, pictures, instructions, seed=0):
        assert len(pictures) == len(instructions)
        return pictures

    def answer(self, edits, seed=0):
        return grey(edits.source)


class Perfect(Idle):
    """An editor that looks up the digit by what stands in its box: right for the few digits of these tests."""

    def __init__(self, triples):
        self.known = {}
        for sample, digit in enumerate(triples.labels.tolist()):
            for state in states(digit)[1:]:
                self.known[drawn(triples, np.array([sample]), [state])[0].tobytes()] = (sample, state)
        self.triples = triples

    def __call__(self, pictures, instructions, seed=0):
        return np.stack([self.one(picture, told) for picture, told in zip(pictures, instructions, strict=True)])

    def one(self, picture, told):
        sample, state = self.known[picture.tobytes()]
        told = parse(told) if isinstance(told, str) else told
        return drawn(self.triples, np.array([sample]), [apply(told, state) if told else state])[0]


def train(
    folder: Path, patch: pytest.MonkeyPatch, *, told: tuple[str, ...] = TOLD, devices: int = 1, **overrides: object
) -> training.Run:
    """Train at the profile smoke, smaller yet, on the few triples."""
    patch.setattr(recipe, "digit_edits", lambda split, source, *, resolution, without=(): few_triples(resolution, told))
    config = training.resolve(
        Config, PROFILES, "smoke", {**SMALL, "precision": "32-true", "preview_every": 0, **overrides}
    )
    return recipe.EDITOR.train(
        config, profile="smoke", data="embedded", seed=0, folder=folder, device="cpu", devices=devices, progress=False
    )


def without_batch_norm(patch: pytest.MonkeyPatch) -> None:
    """Normalise each picture by itself: batch norm is of a rank's share of the batch,
    which makes two processes another model than one.
    """
    patch.setattr(nn, "BatchNorm2d", partial(nn.GroupNorm, 1))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--no-batch-norm", action="store_true")
    parser.add_argument("--set", action="append", default=[])
    arguments = parser.parse_args()
    if arguments.no_batch_norm:
        without_batch_norm(pytest.MonkeyPatch())
    settings = dict(setting.split("=") for setting in arguments.set)
    train(arguments.folder, pytest.MonkeyPatch(), devices=2, steps=6, log_every=1, **settings)

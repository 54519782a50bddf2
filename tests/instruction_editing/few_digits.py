"""A handful of triples and small networks. Runs as a script for the test with two processes."""

import argparse
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from ganbook import training
from ganbook.data import DigitEdits, load_digits
from ganbook.data.edits import all_instructions, parse
from ganbook.instruction_editing import train as chapter
from ganbook.instruction_editing.config import PROFILES, Config

SMALL = {"resolution": 32, "channels": 2, "image_dim": 12, "text_dim": 8, "noise_dim": 4}
TOLD = ("move three to the left", "move three to the right", "move seven to the top", "move seven to the bottom", "put seven on the middle", "remove three")


def few_triples(resolution: int = 32, told: tuple[str, ...] = TOLD) -> DigitEdits:
    """All triples of these instructions on one three and one seven; 57 with ``TOLD``."""
    digits = load_digits("train", "embedded")
    rows = [int((digits.labels == label).argmax()) for label in (3, 7)]
    without = all_instructions() - {parse(text) for text in told}
    return DigitEdits(digits.images[rows], digits.labels[rows], resolution=resolution, source="embedded", split="train", without=without)


def settings(**overrides) -> Config:
    return training.resolve(Config, PROFILES, "smoke", {**SMALL, "preview_every": 0, **overrides})


def train(folder: Path, *, patch: pytest.MonkeyPatch, **overrides) -> training.Run:
    """Train on the few triples instead of on all of them."""
    patch.setattr(chapter, "digit_edits", lambda split, source, *, resolution, without=(): few_triples(resolution))
    devices = overrides.pop("devices", 1)
    return chapter.train(
        settings(**overrides), profile="smoke", data="embedded", seed=0, folder=folder, device="cpu", devices=devices, progress=False
    )

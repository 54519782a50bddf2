"""A handful of triples and small networks. Runs as a script for the test with two processes."""

import argparse
from functools import cache, partial
from pathlib import Path

import pytest
import torch
from torch import nn

from ganbook import training
from ganbook.chapters.masked_editing import data, game, recipe
from ganbook.chapters.masked_editing.config import PROFILES, Config
from ganbook.data.avatar_edits import AvatarEdits
from ganbook.data.avatars import COUNTS, KINDS, hair_colours, random_attributes, skin_tones

SMALL = {
    "resolution": 32,
    "channels": 2,
    "mask_channels": 2,
    "discriminator_channels": 2,
    "image_dim": 12,
    "text_dim": 8,
    "noise_dim": 4,
}
USUAL = SMALL | {
    "singles": 16,
    "batch_size": 4,
    "half_samples": 8,
    "precision": "32-true",
    "preview_every": 0,
    "log_every": 1,
}
Data = data.Material | data.Portraits
SAID = ("{value} {kind}", "please make the {kind} {value}", "I would like a {value} {kind} now")


@cache
def few_edits(
    n: int = 20, side: int = 32, forms: int | None = None, kinds: tuple[str, ...] = tuple(KINDS)
) -> AvatarEdits:
    """Triples of these kinds of attributes, one after the other, said in one to three ways."""
    generator = torch.Generator().manual_seed(n)
    source, names = random_attributes(n, generator), list(KINDS)
    changed = torch.tensor([names.index(kinds[row % len(kinds)]) for row in range(n)])
    target, rows = source.clone(), torch.arange(n)
    target[rows, changed] = (source[rows, changed] + 1) % torch.tensor(COUNTS)[changed]
    values = [list(KINDS[names[kind]])[target[row, kind]] for row, kind in enumerate(changed.tolist())]
    forms = SAID[:forms]
    told = [forms[row % len(forms)].format(kind=names[changed[row]], value=values[row]) for row in range(n)]
    colours = skin_tones(n, generator), hair_colours(n, generator)
    return AvatarEdits("train", side, tuple(told), changed, source, target, *colours, torch.zeros_like(rows), rows < 0)


@cache
def few_portraits(n: int, side: int) -> data.Portraits:
    """Of the judge, which the avatars without an instruction can be, too."""
    return data.portraits(n, side, seed=0)


def few_data(config: Config) -> Data:
    """What the settings train on, in small."""
    portraits = few_portraits(config.singles, config.resolution)
    if config.model == "judge":
        return portraits
    edits = few_edits(side=config.resolution, forms=config.forms)
    return data.Material(edits, few_edits(5, config.resolution), portraits.pictures)


def train(folder: Path, material: Data | None = None, *, devices: int = 1, **overrides: object) -> training.Run:
    """Train at the profile smoke, smaller yet, on the few triples."""
    config = training.resolve(Config, PROFILES, "smoke", USUAL | overrides)
    identity = {"slug": "masked_editing", "profile": "smoke", "data": "embedded", "seed": 0}
    run = training.Run(folder, config, **identity, device="cpu", devices=devices, progress=False)
    game.train(run, material or few_data(config))
    return run


def ship(run: training.Run, folder: Path) -> Path:
    """What the recipe ships."""
    return run.ship(folder, only=list(recipe.EDITOR.ships(run.config)))


def without_batch_norm(patch: pytest.MonkeyPatch) -> None:
    """Normalise each picture by itself: batch norm is of a rank's share, so that two processes train another model."""
    patch.setattr(nn, "BatchNorm2d", partial(nn.GroupNorm, 1))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    without_batch_norm(pytest.MonkeyPatch())
    train(parser.parse_args().folder, devices=2, steps=6, real_wrong_weight=0.0)

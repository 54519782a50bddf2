"""What is trained on: triples of source, instruction and target, single avatars, and the judge's portraits."""

from dataclasses import replace
from typing import NamedTuple

import torch
from jaxtyping import Int, Int64, UInt8
from torch import Tensor

from ganbook.chapters.masked_editing.config import Config
from ganbook.data.avatar_edits import AvatarEdits, avatar_edits, first_singles, single_avatars
from ganbook.data.avatars import hair_colours, looks, portrait, random_attributes, render, skin_tones
from ganbook.data.kept import drawn_once
from ganbook.data.pixels import from_bytes, to_bytes


class Material(NamedTuple):
    """Of the editor: triples to learn from and to select by, and avatars without an instruction as uint8."""

    train: AvatarEdits
    dev: AvatarEdits
    singles: UInt8[Tensor, "n 3 side side"]


class Portraits(NamedTuple):
    """Of the judge: drawn avatars as uint8, and their attributes."""

    pictures: UInt8[Tensor, "n 3 side side"]
    attributes: Int64[Tensor, "n 14"]


def material(config: Config) -> Material:
    """What an editor learns from: the same for every seed of the training."""
    train = avatar_edits("train", config.resolution, forms=config.forms)
    singles = first_singles(config.singles, config.resolution, progress=False)
    return Material(train, avatar_edits("dev", config.resolution), singles)


def few(config: Config, n: int) -> Material:
    """A small part of it: the first n triples, a sixth as many to look at, n single avatars; drawn in seconds."""
    train, dev = avatar_edits("train", config.resolution, forms=config.forms), avatar_edits("dev", config.resolution)
    singles = to_bytes(single_avatars(torch.arange(n), config.resolution).pictures)
    return Material(first(train, n), first(dev, max(2, n // 6)), singles)


def first(edits: AvatarEdits, n: int) -> AvatarEdits:
    """The first n triples of a split."""
    columns = ("instructions", "kinds", "source", "target", "skin", "hair", "forms", "unseen")
    return replace(edits, **{name: getattr(edits, name)[:n] for name in columns})


def portraits(n: int, side: int, seed: int) -> Portraits:
    """Avatars with random attributes, skin and hair. No editor sees them: their seeds are their own."""
    generator = torch.Generator().manual_seed(FOR_JUDGES + seed)
    attributes = random_attributes(n, generator)
    skin, hair = skin_tones(n, generator), hair_colours(n, generator)

    def draw(start: int, stop: int) -> Tensor:
        some = slice(start, stop)
        look = looks(attributes[some], skin[some], hair[some])
        return to_bytes(render(look, portrait(len(attributes[some])), side).pictures)

    pictures = drawn_once(f"avatar-portraits-{n}-{side}-s{seed}", n, (3, side, side), draw, progress=False)
    return Portraits(pictures, attributes)


FOR_JUDGES = 1_000_000_000


def some(pictures: UInt8[Tensor, "n 3 side side"], index: Int[Tensor, " batch"], device: torch.device) -> Tensor:
    """A batch of them in [-1, 1], on a device."""
    return from_bytes(pictures[index].to(device))

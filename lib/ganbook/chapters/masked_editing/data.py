"""What is trained on: triples of source, instruction and target, single avatars, and the judge's portraits."""

from typing import NamedTuple

import torch
from jaxtyping import Float32, Int, Int64, UInt8
from torch import Tensor

from ganbook.chapters.masked_editing.config import Config
from ganbook.data.avatar_edits import AvatarEdits, avatar_edits, single_avatars
from ganbook.data.avatars import hair_colours, looks, portrait, random_attributes, render, skin_tones

CHUNK = 250
"""Avatars that are drawn at once."""


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
    chunks = torch.arange(config.singles).split(CHUNK)
    singles = torch.cat([to_bytes(single_avatars(numbers, config.resolution).pictures) for numbers in chunks])
    return Material(train, avatar_edits("dev", config.resolution), singles)


def portraits(n: int, side: int, seed: int) -> Portraits:
    """Avatars with random attributes, skin and hair. No editor sees them: their seeds are their own."""
    generator = torch.Generator().manual_seed(FOR_JUDGES + seed)
    attributes = random_attributes(n, generator)
    skin, hair = skin_tones(n, generator), hair_colours(n, generator)
    pictures = [
        to_bytes(render(looks(*of_some), portrait(len(of_some[0])), side).pictures)
        for of_some in zip(attributes.split(CHUNK), skin.split(CHUNK), hair.split(CHUNK))
    ]
    return Portraits(torch.cat(pictures), attributes)


FOR_JUDGES = 1_000_000_000


def to_bytes(pictures: Float32[Tensor, "n 3 side side"]) -> UInt8[Tensor, "n 3 side side"]:
    """Pictures in [-1, 1] as values from 0 to 255."""
    return ((pictures.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)


def from_bytes(pictures: UInt8[Tensor, "n 3 side side"]) -> Float32[Tensor, "n 3 side side"]:
    """The other way."""
    return pictures.float() / 127.5 - 1


def some(pictures: UInt8[Tensor, "n 3 side side"], index: Int[Tensor, " batch"], device: torch.device) -> Tensor:
    """A batch of them in [-1, 1], on a device."""
    return from_bytes(pictures[index].to(device))

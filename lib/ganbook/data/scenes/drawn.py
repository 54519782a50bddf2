"""The data set of scenes: pictures, places, people, things and captions, drawn here or read from the public release."""

from dataclasses import dataclass
from functools import partial

import torch
from jaxtyping import Bool, Int64, UInt8
from torch import Tensor

from ganbook.data.kept import drawn_once
from ganbook.data.scenes.captions import Caption, captions
from ganbook.data.scenes.composing import compose
from ganbook.data.scenes.places import PLACES
from ganbook.data.scenes.render import render, width_of
from ganbook.data.scenes.scene import Scene
from ganbook.data.scenes.things import THINGS
from ganbook.errors import UserError

SPLITS = {"train": 18_000, "dev": 1_000, "test": 1_000}
FIRST = {"train": 0, "dev": 1_000_000, "test": 2_000_000}
"""Number of the first scene of each split."""

INDOORS, OUTDOORS = 0, 1
"""The two classes of places, as in the paper."""


@dataclass(frozen=True, eq=False)
class Scenes:
    """The scenes of a split.

    Attributes:
        source: "embedded" for those drawn here, "public" for the public release.
        pictures: colours, 0..255.
        outdoors: 0 indoors, 1 outdoors.
        places: which of ``PLACES`` it is; -1 in the public release, which has two places only.
        people: which of the 20 people it is about: the nearest one; -1 where there is nobody.
        things: which of the names of things are in the picture; the names are ``thing_names``.
        captions: as written, five of each scene (in the public release as many as it has).
        numbers: of the scenes, or the ids of the public pictures.
    """

    source: str
    split: str
    pictures: UInt8[Tensor, "n 3 height width"]
    outdoors: Int64[Tensor, " n"]
    places: Int64[Tensor, " n"]
    people: Int64[Tensor, " n"]
    things: Bool[Tensor, "n names"]
    thing_names: tuple[str, ...]
    captions: tuple[tuple[str, ...], ...]
    numbers: Int64[Tensor, " n"]

    def __len__(self) -> int:
        return len(self.pictures)


def drawn_scenes(split: str, n: int | None = None, height: int = 60, progress: bool = True) -> Scenes:
    """The scenes of a split, drawn or read if they were drawn before; a drawing that was stopped goes on.

    Hundreds a second on one slow core once every piece of clip art was drawn, which takes some seconds; 19 kB each at
    60 x 105.

    Args:
        split: "train", "dev" or "test".
        n: the first so many; all by default (18,000, 1,000, 1,000).
        height: of the pictures; 60 makes them 60 x 105, 30 makes 30 x 52, 15 makes 15 x 26.
        progress: show a bar.

    Raises:
        UserError: unknown split, or n or height out of range.
    """
    n = checked(split, n)
    shape = (3, height, width_of(height))
    pictures = drawn_once(f"scenes-{split}-{height}", n, shape, partial(_block, split, height), progress)
    found = [compose(FIRST[split] + k) for k in range(n)]
    there = torch.zeros(n, len(THINGS), dtype=torch.bool)
    for row, scene in enumerate(found):
        there[row, list(scene.things)] = True
    return Scenes(
        "embedded",
        split,
        pictures,
        torch.tensor([INDOORS if PLACES[scene.place].indoors else OUTDOORS for scene in found]),
        torch.tensor([scene.place for scene in found]),
        torch.tensor([scene.person for scene in found]),
        there,
        tuple(thing.name for thing in THINGS),
        tuple(tuple(caption.text for caption in captions(scene)) for scene in found),
        torch.tensor([scene.number for scene in found]),
    )


def parameters(split: str, n: int | None = None) -> tuple[tuple[Scene, tuple[Caption, ...]], ...]:
    """What is in the first n scenes of a split, and what their captions say.

    Raises:
        UserError: as :func:`drawn_scenes`.
    """
    found = (compose(FIRST[split] + k) for k in range(checked(split, n)))
    return tuple((scene, captions(scene)) for scene in found)


def checked(split: str, n: int | None) -> int:
    """How many scenes are asked for."""
    if split not in SPLITS:
        raise UserError(f"unknown split {split!r} of the scenes: expected one of {', '.join(SPLITS)}")
    n = SPLITS[split] if n is None else n
    if not 0 < n <= SPLITS[split]:
        raise UserError(f"n must be from 1 to {SPLITS[split]:,} for {split}, got {n}")
    return n


def _block(split: str, height: int, start: int, stop: int) -> UInt8[Tensor, "block 3 height width"]:
    return torch.stack([render(compose(FIRST[split] + k), height) for k in range(start, stop)])

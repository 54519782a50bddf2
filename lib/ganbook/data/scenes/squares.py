"""Square cuts of drawn scenes with their label maps: what is behind, people, furniture, animals and things."""

from dataclasses import dataclass
from functools import partial

import torch
from jaxtyping import UInt8
from torch import Tensor

from ganbook.data.kept import drawn_once
from ganbook.data.scenes.composing import compose
from ganbook.data.scenes.drawn import FIRST, checked
from ganbook.data.scenes.places import FLOOR, HEIGHT
from ganbook.data.scenes.render import laid, render, width_of
from ganbook.data.scenes.scene import Scene

LABELS = ("background", "ground", "person", "furniture", "animal", "thing")
"""Names of the classes of a label map. Background is wall or sky, with what a place itself has there, as windows."""

_CLASSES = {"human": 2, "largeObject": 3, "animal": 4, "smallObject": 5}


@dataclass(frozen=True)
class Squares:
    """The first n scenes of a split, each cut to a square around the person whom it is about.

    Attributes:
        pictures: colours, 0..255.
        labels: class of each pixel, an index into ``LABELS``.
    """

    split: str
    pictures: UInt8[Tensor, "n 3 side side"]
    labels: UInt8[Tensor, "n side side"]

    def __len__(self) -> int:
        return len(self.pictures)


def label_map(scene: Scene, height: int = 60) -> UInt8[Tensor, "height width"]:
    """The class of each pixel of a rendered scene: of the nearest item that covers more than half of it, else of the
    place, above or below the line where its ground begins.
    """
    width = width_of(height)
    labels = torch.zeros(height, width, dtype=torch.uint8)
    labels[round(FLOOR * height / HEIGHT) :] = LABELS.index("ground")
    for item in scene.in_order():
        part = laid(item, height, width)
        if part:
            covered = torch.from_numpy(part.left_over[..., 0] < 0.5)
            labels[part.rows, part.columns].masked_fill_(covered, _CLASSES[item.sort])
    return labels


def square_scenes(split: str, n: int | None = None, side: int = 64, progress: bool = True) -> Squares:
    """Draw scenes with their label maps, or read those that were drawn before; 16 kB each at 64 pixels.

    Args:
        split: "train", "dev" or "test".
        n: the first so many; all by default (18,000, 1,000, 1,000).
        side: pixels of a side.
        progress: show a bar.

    Raises:
        UserError: unknown split, or n or side out of range.
    """
    n = checked(split, n)
    both = drawn_once(f"scene-squares-{split}-{side}", n, (4, side, side), partial(_block, split, side), progress)
    return Squares(split, both[:, :3], both[:, 3])


def _block(split: str, side: int, start: int, stop: int) -> UInt8[Tensor, "block 4 side side"]:
    return torch.stack([_square(compose(FIRST[split] + k), side) for k in range(start, stop)])


def _square(scene: Scene, side: int) -> UInt8[Tensor, "4 side side"]:
    whole = torch.cat([render(scene, side), label_map(scene, side)[None]])
    left = round(scene.items[0].x * side / HEIGHT - side / 2)
    left = max(0, min(left, whole.shape[2] - side))
    return whole[:, :, left : left + side]

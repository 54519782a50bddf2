"""Small label maps and pictures for tests: squares of classes, each in a colour of its own."""

import torch
from torch import Tensor, nn

from ganbook.chapters.class_styles.config import PROFILES
from ganbook.chapters.class_styles.game import Material

CLASSES, SIDE = 7, 32
SMOKE = PROFILES["smoke"]


def label_maps(n: int, seed: int = 0, cell: int = 8) -> Tensor:
    """A class for each square of ``cell`` pixels, uint8 (n, 32, 32); none of them is the last class."""
    draws = torch.Generator().manual_seed(seed)
    squares = torch.randint(CLASSES - 1, (n, SIDE // cell, SIDE // cell), generator=draws)
    return squares.repeat_interleave(cell, 1).repeat_interleave(cell, 2).to(torch.uint8)


def pictures_of(labels: Tensor, seed: int = 0) -> Tensor:
    """Each class of each picture in one colour, uint8 (n, 3, 32, 32)."""
    colours = torch.randint(256, (len(labels), CLASSES, 3), generator=torch.Generator().manual_seed(seed))
    hot = nn.functional.one_hot(labels.long(), CLASSES)
    return torch.einsum("nhwk,nkc->nchw", hot, colours).to(torch.uint8)


class TwoLayers(nn.Module):
    """Stands for a segmenter: features at two scales, and a class for each pixel."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 6, 3, stride=2, padding=1)
        self.head = nn.Conv2d(4, CLASSES, 1)

    def features(self, pictures: Tensor) -> list[Tensor]:
        first = self.first(pictures).relu()
        return [first, self.second(first).relu()]

    def forward(self, pictures: Tensor) -> Tensor:
        return self.head(self.features(pictures)[0])


def material(n: int = 12) -> Material:
    """What a model can learn from at smoke."""
    labels = label_maps(n)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        segmenter = TwoLayers()
    return Material(pictures_of(labels), labels, CLASSES, segmenter)

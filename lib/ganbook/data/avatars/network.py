"""The renderer of portraits as a network, from attributes to pixels, so that it can be exported to where no torch is."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from jaxtyping import Float32, Int, UInt8
from torch import Tensor, nn

from ganbook.data.avatars.attributes import KINDS
from ganbook.data.avatars.look import COLOURS, FEATURES, Look, usual
from ganbook.data.avatars.pose import portrait
from ganbook.data.avatars.render import LAYERS, _Paper
from ganbook.data.pixels import to_bytes


class PortraitNetwork(nn.Module):
    """One portrait as :func:`ganbook.data.avatars.render` draws it.

    Args:
        side: of the picture in pixels.
    """

    def __init__(self, side: int):
        super().__init__()
        self.side, self.windows, self.tables = side, _windows(side), []
        for number, (kind, values) in enumerate(KINDS.items()):
            for name in dict.fromkeys(name for changes in values.values() for name in changes if name != "lip_red"):
                default = 0.0 if name == "lip_more" else FEATURES[name][2] if name in FEATURES else COLOURS[name]
                rows = [changes.get(name, default) for changes in values.values()]
                self.tables.append((name, number))
                self.register_buffer(name, torch.tensor(rows, dtype=torch.float32), persistent=False)

    def forward(
        self, attributes: Int[Tensor, "1 14"], skin: Float32[Tensor, "1 3"], hair: Float32[Tensor, "1 3"]
    ) -> UInt8[Tensor, "1 side side 3"]:
        """Attributes as :func:`ganbook.data.avatars.looks` has them, colours from 0 to 1."""
        pose = portrait(1)
        paper = _Portrait.empty(pose, self.side)
        paper.windows = self.windows
        look = self.look(attributes, skin, hair)
        for draw in LAYERS:
            draw(look, paper)
        return to_bytes(paper.rgb * 2 - 1).permute(0, 2, 3, 1)

    def look(self, attributes: Tensor, skin: Tensor, hair: Tensor) -> Look:
        """What ``looks`` does, by tables instead of assignments: the same numbers to the bit."""
        columns = attributes.long().unbind(1)
        found = {name: self.get_buffer(name)[columns[number]] for name, number in self.tables}
        found["lip_thick"] = found["lip_thick"] + found.pop("lip_more")
        found |= {"skin": skin, "lip": _lips(skin, columns[0] == 0)}
        found |= {"hair": hair, "hair_second": hair * 0.75 + 0.1, "brow": hair * 0.62, "beard": hair * 0.78}
        features = [found.get(name, torch.tensor([default])) for name, (_, _, default) in FEATURES.items()]
        colours = [found.get(name, torch.tensor([default])) for name, default in COLOURS.items()]
        return Look(torch.stack(features, dim=1), torch.stack(colours, dim=1))


def _lips(skin: Tensor, woman: Tensor) -> Tensor:
    ways = []
    for red, value in (((0.7, 0.36, 0.34), 0.0), ((0.82, 0.22, 0.3), 1.0)):
        own = skin * (0.55 - 0.4 * value) * torch.tensor((0.95, 0.75, 0.75))
        ways.append(torch.tensor(red) * (0.45 + 0.4 * value) + own)
    return torch.where(woman[:, None], ways[1], ways[0])


class _Portrait(_Paper):
    """A paper on which every window lies where it lies in each portrait, for an export cannot look for it."""

    windows: dict[tuple, tuple[int, int, int]]

    @contextmanager
    def window(self, frame: str, x: Tensor | float, y: float, reach: float) -> Iterator[_Paper]:
        size, column, row = self.windows[frame, y, reach]
        here = (..., slice(row, row + size), slice(column, column + size))
        grids = (grid.expand(1, self._side, self._side)[here] for grid in (self._x, self._y))
        inner = _Paper(self._pose, self._side, *grids, *(each[here].clone() for each in self.layers))
        yield inner
        self.rgb[here] = inner.rgb

    @property
    def layers(self) -> tuple[Tensor, Tensor, Tensor]:
        return self.rgb, self.labels, self.parts


def _windows(side: int) -> dict[tuple, tuple[int, int, int]]:
    """Side, first column and first row of every window of a portrait; no attribute moves one."""
    found = {}

    class Noting(_Paper):
        def _window(self, frame: str, x: Tensor | float, y: float, reach: float) -> tuple[int, Tensor, Tensor]:
            size, column, row = window = super()._window(frame, x, y, reach)
            found[frame, y, reach] = size, int(column), int(row)
            return window

    paper, look = Noting.empty(portrait(1), side), usual(1)
    for draw in LAYERS:
        draw(look, paper)
    return found

"""The drawing of a portrait as a list of elementary steps, for pages on which no Python runs.

The renderer itself is watched while it draws one portrait: what it computes from attributes and colours becomes a step
of the program, everything else a constant. So the page draws with the renderer's own formulas.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from ganbook.data.avatars.attributes import KINDS
from ganbook.data.avatars.look import COLOURS, FEATURES, Look
from ganbook.data.avatars.pose import portrait
from ganbook.data.avatars.render import LAYERS, _Paper

Step = list
"""[name, ...arguments]: {"at": n} stands for what step n gave, {"shape", "data"} for a constant."""

INPUTS = ("attributes", "skin", "hair", "pixels")
"""The first steps: (14,), (3,), (3,), and the middles of the pixels along a side, from -1 to 1."""


@torch.no_grad()
def portrait_program(side: int) -> list[Step]:
    """Steps from the inputs to a picture (1, 3, side, side) in [0, 1] of :func:`ganbook.data.avatars.render`.

    Their names are those of torch's operators; a later step may use any earlier one, and the last one gives the
    picture.
    """
    attributes, watch = torch.tensor([_everything()]), _Watch()
    skin, hair = torch.full((1, 3), 0.5), torch.full((1, 3), 0.25)
    pixels = (torch.arange(side, dtype=torch.float32) + 0.5) * (2 / side) - 1
    for tensor, name in zip((attributes, skin, hair, pixels), INPUTS, strict=True):
        watch.add([name], tensor)
    with watch:
        zero = torch.zeros(1, side, side, dtype=torch.uint8)
        rgb = torch.zeros(1, 3, side, side)
        paper = _Portrait(portrait(1), side, pixels[None, None, :], pixels[None, :, None], rgb, zero, zero.clone())
        look = look_of(attributes, skin, hair)
        for draw in LAYERS:
            draw(look, paper)
    return watch.program(paper.rgb)


def _everything() -> list[int]:
    """Attributes with which the renderer leaves no step out: glasses, and textures of background and clothes."""
    marks = {"background": "background_texture", "clothes": "clothes_texture", "glasses": "lens_width"}
    chosen = {kind: [name in each for each in KINDS[kind].values()].index(True) for kind, name in marks.items()}
    return [chosen.get(kind, 0) for kind in KINDS]


def look_of(attributes: Tensor, skin: Tensor, hair: Tensor) -> Look:
    """What :func:`ganbook.data.avatars.looks` makes of one avatar, by tables instead of assignments: the same to the
    bit.
    """
    found: dict[str, Tensor] = {}
    for column, values in zip(attributes.unbind(1), KINDS.values(), strict=True):
        for name in dict.fromkeys(name for changes in values.values() for name in changes if name != "lip_red"):
            rows = [changes.get(name, _usual(name)) for changes in values.values()]
            found[name] = torch.tensor(rows, dtype=torch.float32)[column]
    found["lip_thick"] = found["lip_thick"] + found.pop("lip_more")
    found |= {"skin": skin, "lip": _lips(skin, attributes[:, 0] == 0)}
    found |= {"hair": hair, "hair_second": hair * 0.75 + 0.1, "brow": hair * 0.62, "beard": hair * 0.78}
    return _Columns(found)


class _Columns(Look):
    """A look of one avatar whose features and colours lie apart: what no attribute changes is a constant."""

    def __init__(self, found: dict[str, Tensor]):
        object.__setattr__(self, "found", found)

    def number(self, name: str) -> Tensor:
        return self.found[name][:, None, None] if name in self.found else torch.tensor([[[_usual(name)]]])

    def colour(self, name: str) -> Tensor:
        return (self.found[name] if name in self.found else torch.tensor([_usual(name)]))[:, :, None, None]


def _usual(name: str) -> Any:
    return 0.0 if name == "lip_more" else FEATURES[name][2] if name in FEATURES else COLOURS[name]


def _lips(skin: Tensor, woman: Tensor) -> Tensor:
    ways = []
    for red, value in (((0.7, 0.36, 0.34), 0.0), ((0.82, 0.22, 0.3), 1.0)):
        own = skin * (0.55 - 0.4 * value) * torch.tensor((0.95, 0.75, 0.75))
        ways.append(torch.tensor(red) * (0.45 + 0.4 * value) + own)
    return torch.where(woman[:, None], ways[1], ways[0])


class _Portrait(_Paper):
    """A paper of one picture, whose windows are cut out and put back."""

    @contextmanager
    def window(self, frame: str, x: Tensor | float, y: float, reach: float) -> Iterator[_Paper]:
        size, column, row = (int(each) for each in self._window(frame, x, y, reach))
        rows, columns = slice(row, row + size), slice(column, column + size)
        labels, parts = (each[:, rows, columns].clone() for each in (self.labels, self.parts))
        rgb = self.rgb[:, :, rows, columns].clone()
        inner = _Paper(self._pose, self._side, self._x[:, :, columns], self._y[:, rows], rgb, labels, parts)
        yield inner
        above, beside, below = self.rgb.split([row, size, self._side - row - size], 2)
        left, _, right = beside.split([column, size, self._side - column - size], 3)
        self.rgb = torch.cat([above, torch.cat([left, inner.rgb, right], 3), below], 2)


class _Watch(TorchDispatchMode):
    """Notes every operation on a tensor that depends on the inputs."""

    def __init__(self):
        super().__init__()
        self.steps: list[Step] = []
        self._number: dict[int, int] = {}
        self._alive: list[Tensor] = []  # else another tensor could get the name of one that is gone

    def add(self, step: Step, tensor: Tensor) -> None:
        self.steps.append(step)
        self._number[id(tensor)] = len(self.steps) - 1
        self._alive.append(tensor)

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        watched = any(id(each) in self._number for each in _flat(args))
        told = [self._written(each) for each in args] if watched else []  # before it may write to them
        found = func(*args, **(kwargs or {}))
        if watched:
            name = func._schema.name.removeprefix("aten::").removesuffix("_")
            several = isinstance(found, (list, tuple))
            for at, each in enumerate(found if several else [found]):
                if isinstance(each, Tensor):
                    self.add([name, *told, at] if several else [name, *told], each)
        return found

    def _written(self, value: Any) -> Any:
        if isinstance(value, Tensor):
            if id(value) in self._number:
                return {"at": self._number[id(value)]}
            return _constant(value)
        if isinstance(value, (list, tuple)):
            return [self._written(each) for each in value]
        return value if isinstance(value, (int, float, str, bool, type(None))) else str(value)

    def program(self, last: Tensor) -> list[Step]:
        """The steps that the last one needs, equal ones once."""
        needed, stack = set(range(len(INPUTS))), [self._number[id(last)]]
        while stack:
            number = stack.pop()
            if number not in needed:
                needed.add(number)
                stack += _used(self.steps[number])
        kept: list[Step] = []
        place: dict[int, int] = {}
        same: dict[str, int] = {}
        for number in sorted(needed):
            step = _renamed(self.steps[number], place)
            place[number] = same.setdefault(repr(step), len(kept))
            if place[number] == len(kept):
                kept.append(step)
        return kept


def _constant(tensor: Tensor) -> dict[str, list]:
    """Its numbers, once where they are the same along a dimension: operators broadcast."""
    for dimension in range(tensor.ndim):
        first = tensor.narrow(dimension, 0, 1)
        tensor = first if bool((tensor == first).all()) else tensor
    numbers = [
        float(str(each)) for each in tensor.float().flatten().numpy()
    ]  # as few digits as tell them from all others
    return {"shape": list(tensor.shape), "data": numbers}


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for each in value:
            yield from _flat(each)
    else:
        yield value


def _used(value: Any) -> list[int]:
    return [each["at"] for each in _flat(value) if isinstance(each, dict) and "at" in each]


def _renamed(value: Any, place: dict[int, int]) -> Any:
    if isinstance(value, list):
        return [_renamed(each, place) for each in value]
    return {"at": place[value["at"]]} if isinstance(value, dict) and "at" in value else value

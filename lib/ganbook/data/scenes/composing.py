"""The rules by which a scene is put together.

Place, look, person, pose and things are drawn independently, so nobody is more often in the kitchen or on the street
than anybody else. What may be there depends on the place alone. A candidate's position is kept only if it hides little
of what is there already, and is little hidden.
"""

from collections.abc import Callable
from functools import cache
from random import Random
from typing import NamedTuple

from ganbook.data.scenes.figure import BUILDS
from ganbook.data.scenes.people import PEOPLE, POSES
from ganbook.data.scenes.places import LOOKS, PLACES
from ganbook.data.scenes.scene import DEPTHS, FEET, SHRINK, Item, Scene
from ganbook.data.scenes.things import THINGS

COMPANY = 0.15
"""Share of the scenes with a second person, two steps farther off, of other gender or age."""

HIDDEN, OF_PEOPLE = 0.3, 0.1
"""Largest share of a thing, and of a person, that another item may hide."""

TALL = 120
"""Height from which furniture stands at the back."""

HOOKS = {
    "living room": ((520, 350, 230, 410), 104),
    "bedroom": ((170, 540, 540, 150), 106),
    "office": ((378, 330, 410, 300), 132),
    "classroom": ((84, 560, 130, 620), 146),
}
"""Where something may hang on the wall: by look, and its lower end."""


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float
    z: int
    bearable: float = HIDDEN

    @property
    def area(self) -> float:
        return (self.right - self.left) * (self.bottom - self.top)

    def shared(self, other: "Box") -> float:
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0.0, wide) * max(0.0, high)


def compose(number: int) -> Scene:
    """The scene of this number, the same at each call."""
    random = Random(f"scene {number}")
    place, look = _below(len(PLACES), random), _below(LOOKS, random)
    arranged = _Arrangement(place, look, random)
    arranged.people()
    allowed = _allowed(place)
    for _ in range(1 + _below(2, random)):
        arranged.stand(allowed["largeObject"])
    if random.random() < 0.6:
        arranged.put(allowed["animal"])
    for _ in range(1 + _below(3, random)):
        arranged.put(allowed["smallObject"])
    arranged.hang(allowed["wall"])
    arranged.top(allowed["top"])
    return Scene(number, place, look, tuple(arranged.items))


@cache
def _allowed(place: int) -> dict[str, tuple[int, ...]]:
    """Numbers of the things that may be at a place: by sort, and what hangs and what stands on a table apart."""
    where = PLACES[place]
    found: dict[str, list[int]] = {sort: [] for sort in ("largeObject", "animal", "smallObject", "wall", "top")}
    for number, each in enumerate(THINGS):
        fits = each.belongs in ("both", "indoors" if where.indoors else "outdoors")
        if fits and (not each.places or where.name in each.places):
            found[each.stands if each.stands in ("wall", "top") else each.sort].append(number)
    return {sort: tuple(numbers) for sort, numbers in found.items()}


def _below(n: int, random: Random) -> int:
    return int(random.random() * n)


class _Arrangement:
    """A scene while it is put together."""

    def __init__(self, place: int, look: int, random: Random) -> None:
        self.place, self.look, self.random = place, look, random
        self.items: list[Item] = []
        self.boxes: list[Box] = []

    def people(self) -> None:
        first = _below(len(PEOPLE), self.random)
        z = _below(3, self.random)
        self._person(first, 140 + 420 * self.random.random(), z)
        if self.random.random() < COMPANY:
            mine = PEOPLE[first]
            others = [n for n, one in enumerate(PEOPLE) if (one.gender, one.age) != (mine.gender, mine.age)]
            other = others[_below(len(others), self.random)]
            x = self.items[0].x
            side = -1 if x > 350 else 1
            self._person(other, x + side * (150 + 130 * self.random.random()), z + 2)

    def _person(self, number: int, x: float, z: int) -> None:
        pose = _below(len(POSES), self.random)
        item = Item("human", number, pose, x, FEET[z], z, _below(2, self.random))
        self._add(item)

    def stand(self, numbers: tuple[int, ...]) -> None:
        """A large object, mostly behind the person."""
        number = self._new(numbers)
        if number is not None:
            near = 3 if THINGS[number].size[1] > TALL else self.items[0].z
            self._place(number, lambda: min(4, near + _below(4, self.random)))

    def put(self, numbers: tuple[int, ...]) -> None:
        """An animal or something small, at any depth, or in the air."""
        number = self._new(numbers)
        if number is not None:
            self._place(number, lambda: _below(5, self.random))

    def hang(self, numbers: tuple[int, ...]) -> None:
        hooks = HOOKS.get(PLACES[self.place].name)
        if hooks and numbers and self.random.random() < 0.5:
            number = self._new(numbers)
            look = _below(len(THINGS[number].types), self.random)
            self._try(Item(THINGS[number].sort, number, look, hooks[0][self.look], hooks[1], 1, 0, layer=1))

    def top(self, numbers: tuple[int, ...]) -> None:
        """Something on each table."""
        for item in list(self.items):
            holds = THINGS[item.number].holds if item.sort != "human" else 0
            number = self._new(numbers) if holds and numbers else None
            if number is not None and self.random.random() < 0.75:
                size = SHRINK**item.z
                x = item.x + (self.random.random() - 0.5) * 80 * size
                look = _below(len(THINGS[number].types), self.random)
                self._add(Item(THINGS[number].sort, number, look, x, item.y - holds * size, item.z, 0, order=4))

    def _new(self, numbers: tuple[int, ...]) -> int | None:
        there = {item.number for item in self.items if item.sort != "human"}
        left = [number for number in numbers if number not in there]
        return left[_below(len(left), self.random)] if left else None

    def _place(self, number: int, depth: Callable[[], int]) -> None:
        found = THINGS[number]
        look, flip = _below(len(found.types), self.random), _below(2, self.random)
        for _ in range(12):
            z = depth()
            half = found.size[0] * SHRINK**z
            x = half * 0.7 + (700 - 1.4 * half) * self.random.random()
            y = FEET[z] if found.stands == "ground" else 110 + 110 * self.random.random()
            flat = found.name == "rug"
            if self._try(Item(found.sort, number, look, x, y, z, flip, order=9 if flat else 5), flat):
                return

    def _try(self, item: Item, anyway: bool = False) -> bool:
        """Add it if little would be hidden."""
        box = _box(item)
        for other in self.boxes:
            behind = other if (box.z, -item.y) < (other.z, -other.bottom) else box
            if not anyway and box.shared(other) > behind.bearable * behind.area:
                return False
        self._add(item)
        return True

    def _add(self, item: Item) -> None:
        self.items.append(item)
        if item.order != 9:
            self.boxes.append(_box(item))


def _box(item: Item) -> Box:
    size = SHRINK**item.z
    if item.sort == "human":
        build = BUILDS[PEOPLE[item.number].age]
        high = build.leg + build.trunk + 2.1 * build.head[1]
        half, high = {"sitting": (58, 0.66 * high), "running": (62, high), "jumping": (52, high + 60)}.get(
            POSES[item.look], (48, high)
        )
    else:
        half, high = THINGS[item.number].size
    bearable = OF_PEOPLE if item.sort == "human" else HIDDEN
    z = DEPTHS if item.layer else item.z
    return Box(item.x - half * size, item.y - high * size, item.x + half * size, item.y, z, bearable)

"""Portraits of people with their ages as a data set: drawn once, kept beside what the book builds."""

from dataclasses import dataclass
from functools import cache, partial

import torch
from jaxtyping import Float32, UInt8
from torch import Tensor

from ganbook.data.avatars import Look, Pose, free_looks, portrait, random_poses, render
from ganbook.data.avatars.sampling import HAIR
from ganbook.data.kept import BLOCK, drawn_once
from ganbook.data.paintings.dated import SPLITS, Paintings
from ganbook.data.people.ageing import FIRST_AGE, LAST_AGE, aged
from ganbook.data.pixels import to_bytes
from ganbook.errors import UserError

FIRST = {"train": 0, "dev": 1_000_000, "test": 2_000_000}
"""Number of the first person of each split."""

SMALLEST, LARGEST = 16, 512
"""Pixels of a side."""

NATURAL = HAIR[:-1]
"""Colours that hair has before it turns grey."""


@dataclass(frozen=True)
class People:
    """n persons.

    Attributes:
        look: of each, young.
        pose: in which each is drawn at every age, half as free as :func:`ganbook.data.avatars.random_poses`.
        ages: of each in the data set.
    """

    look: Look
    pose: Pose
    ages: Float32[Tensor, " n"]

    def __getitem__(self, chosen: slice) -> "People":
        return People(self.look[chosen], self.pose[chosen], self.ages[chosen])

    def draw(self, ages: Float32[Tensor, " n"], side: int = 64) -> UInt8[Tensor, "n 3 side side"]:
        """Everyone at an age."""
        return to_bytes(render(aged(self.look, ages), self.pose, side).pictures)


def draw_person(number: int, age: float, side: int = 64) -> UInt8[Tensor, "3 side side"]:
    """The person with this number (0 or above) at an age: the same person at every age, and the same picture always.

    Raises:
        UserError: a negative number, or age or side out of range.
    """
    if number < 0:
        raise UserError(f"number must be 0 or above, got {number}")
    if not FIRST_AGE <= age <= LAST_AGE:
        raise UserError(f"age must be from {FIRST_AGE:.0f} to {LAST_AGE:.0f} years, got {age}")
    _check_side(side)
    place = number % BLOCK
    return _block(number // BLOCK)[place : place + 1].draw(torch.tensor([float(age)]), side)[0]


def age_of(number: int) -> float:
    """At which age the person with a number is in the data set: evenly from 20 to 80, whoever it is."""
    return float(_block(number // BLOCK).ages[number % BLOCK])


def drawn_people(split: str, n: int | None = None, side: int = 64, progress: bool = True) -> Paintings:
    """Draw portraits, or read those that were drawn before; ``years`` of what is returned are ages.

    About 200 a second on one slow core at 64 pixels, where each takes 12 kB.

    Args:
        split: "train", "dev" or "test"; no person is in two of them, or twice in one.
        n: the first so many; all by default (3,200, 400, 400).
        side: pixels of a side, 16 to 512.
        progress: show a bar.

    Raises:
        UserError: unknown split, or n or side out of range.
    """
    if split not in SPLITS:
        raise UserError(f"unknown split {split!r} of the people: expected one of {', '.join(SPLITS)}")
    n = SPLITS[split] if n is None else n
    if not 0 < n <= SPLITS[split]:
        raise UserError(f"n must be from 1 to {SPLITS[split]:,} for {split}, got {n}")
    _check_side(side)
    numbers = range(FIRST[split], FIRST[split] + n)
    ages = [age_of(number) for number in numbers]
    return Paintings(
        "embedded",
        split,
        drawn_once(f"people-{split}-{side}", n, (3, side, side), partial(_drawn, split, side), progress),
        torch.tensor(ages),
        tuple(f"Person {number} at {int(age)}" for number, age in zip(numbers, ages, strict=True)),
        tuple(f"number {number}" for number in numbers),
    )


def _check_side(side: int) -> None:
    if not SMALLEST <= side <= LARGEST:
        raise UserError(f"side must be from {SMALLEST} to {LARGEST} pixels, got {side}")


@cache
def _block(which: int) -> People:
    """A hundred persons, whose numbers begin with ``which``: no hats, plain backgrounds, hair of a natural colour."""
    generator = torch.Generator().manual_seed(which)
    look, free, upright = free_looks(BLOCK, generator), random_poses(BLOCK, generator), portrait(BLOCK)
    hair = torch.tensor(NATURAL)[torch.randint(len(NATURAL), (BLOCK,), generator=generator)]
    hair = hair * (0.8 + 0.4 * torch.rand(BLOCK, 1, generator=generator))
    for name, factor in (("hair", 1.0), ("hair_second", 0.8), ("brow", 0.62), ("beard", 0.78)):
        look.set(name, (hair * factor).clamp(0, 1))
    look.set("has_hat", 0.0)
    look.set("background_texture", 0.0)
    pose = Pose(**{name: torch.lerp(getattr(upright, name), value, 0.5) for name, value in vars(free).items()})
    ages = FIRST_AGE + (LAST_AGE - FIRST_AGE) * torch.rand(BLOCK, generator=generator)
    return People(look, pose, ages)


def _drawn(split: str, side: int, start: int, stop: int) -> UInt8[Tensor, "block 3 side side"]:
    found = _block((FIRST[split] + start) // BLOCK)[: stop - start]
    return found.draw(found.ages, side)

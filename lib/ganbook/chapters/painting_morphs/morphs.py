"""Morphs: pictures between those of two periods (the paper, section 3.1), and controls for them.

The paper's algorithm: (1) a painter learns dated pictures, see :mod:`.game`; (2) they are found in its latent space and
grouped by :func:`period`; (3) a start set and an end set are chosen, and :func:`morph` turns one into the other; (4)
what is between is measured, see :mod:`.analysis`. The paper morphs one picture into one; :func:`alike_pairs` does its
future works 3 and 4: sets, and pictures without a counterpart are left out.
"""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from ganbook.chapters.painting_morphs.analysis import thumbnails
from ganbook.chapters.painting_morphs.inference import Painter
from ganbook.chapters.painting_morphs.sphere import mean_on_sphere, slerp
from ganbook.data.pixels import from_bytes, to_bytes
from ganbook.errors import UserError

FEWEST = 4
"""Pictures of which a set is made: with fewer, likeness in it means nothing."""

ALIKE = 0.25
"""A pair is one whose pictures are nearer to each other than all but so large a share of start and end pictures."""


@dataclass(frozen=True, eq=False)
class Located:
    """Dated pictures that were found in latent space.

    Attributes:
        pictures: the paintings, 0 to 255.
        years: when they were painted.
        latents: where they are, on the sphere.
    """

    pictures: UInt8[Tensor, "n 3 side side"]
    years: Float[Tensor, " n"]
    latents: Float[Tensor, "n latent"]

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: Tensor | list[int]) -> "Located":
        return Located(self.pictures[index], self.years[index], self.latents[index])


def together(one: Located, other: Located) -> Located:
    """The pictures of both."""
    return Located(*(torch.cat([getattr(each, name) for each in (one, other)]) for name in vars(one)))


@dataclass(frozen=True, eq=False)
class Pairs:
    """Which picture becomes which.

    Attributes:
        start, end: numbers in the start set and in the end set, pair by pair.
        distances: of content, see :func:`content_distances`.
        start_alone, end_alone: numbers of the pictures that have no counterpart.
    """

    start: Int[Tensor, " pairs"]
    end: Int[Tensor, " pairs"]
    distances: Float[Tensor, " pairs"]
    start_alone: Int[Tensor, " m"]
    end_alone: Int[Tensor, " k"]

    def __len__(self) -> int:
        return len(self.start)

    def __str__(self) -> str:
        alone = len(self.start_alone), len(self.end_alone)
        return f"{len(self)} pairs; without a counterpart: {alone[0]} of the start set, {alone[1]} of the end set"


@dataclass(frozen=True, eq=False)
class Morphs:
    """Ways from pictures to pictures.

    Attributes:
        latents: on the sphere, the first frame at the start and the last one at the end.
        years: that each frame should look like: they run evenly from the year of the start to that of the end.
    """

    latents: Float[Tensor, "morphs frames latent"]
    years: Float[Tensor, "morphs frames"]

    def __len__(self) -> int:
        return len(self.latents)

    def draw(self, painter: Painter) -> UInt8[Tensor, "morphs frames 3 side side"]:
        """The frames, 0 to 255."""
        return painter.draw(self.latents.flatten(0, 1)).unflatten(0, self.latents.shape[:2])


# Step 2: periods


def period(located: Located, first: float, last: float) -> Located:
    """The pictures from ``first`` up to, not including, ``last``, such as 1885 to 1886 for those of 1885.

    Raises:
        UserError: an empty period, or no picture in it.
    """
    if first >= last:
        raise UserError(f"a period must begin before it ends, got {first:g} to {last:g}")
    found = located[(located.years >= first) & (located.years < last)]
    if not len(found):
        have = f"{float(located.years.min()):.1f} to {float(located.years.max()):.1f}" if len(located) else "none"
        raise UserError(f"no pictures from {first:g} to {last:g}; years of those there are: {have}")
    return found


def shuffled(located: Located, seed: int = 0) -> Located:
    """A control: each picture with the year of another one."""
    order = torch.randperm(len(located), generator=torch.Generator().manual_seed(seed))
    return replace(located, years=located.years[order])


def check_sets(start: Located, end: Located, fewest: int = FEWEST) -> None:
    """Refuse sets that cannot be morphed.

    Raises:
        UserError: an empty set, one of fewer than ``fewest`` pictures, or a start set that is not earlier than the end
            set, on average.
    """
    for name, found in (("start", start), ("end", end)):
        if len(found) < fewest:
            have = {0: "it is empty", 1: "it has 1"}.get(len(found), f"it has {len(found)}")
            raise UserError(f"the {name} set needs at least {fewest} picture{'s' * (fewest > 1)}, {have}")
    first, last = float(start.years.mean()), float(end.years.mean())
    if first >= last:
        raise UserError(f"the start set must be earlier than the end set, got years {first:.1f} and {last:.1f}")


# Step 3: pairs


def content(pictures: UInt8[Tensor, "n 3 side side"]) -> Float[Tensor, "n pixels"]:
    """What is where in pictures of one period: thumbnails, standardised twice.

    First each pixel over the set: what all pictures of a period share, its style, goes with the
    mean. Then each picture over its pixels: how light and how bold it is as a whole does not count.
    """
    small = thumbnails(pictures)  # (n, 192)
    return standardised(standardised(small, 0), 1)


def standardised(table: Float[Tensor, "n size"], axis: int) -> Float[Tensor, "n size"]:
    """With mean 0 and variance 1 along an axis; where nothing varies, 0."""
    return (table - table.mean(axis, keepdim=True)) / table.std(axis, keepdim=True, unbiased=False).clamp(min=1e-3)


def content_distances(start: Located, end: Located) -> Float[Tensor, "n m"]:
    """How unlike each start picture is to each end picture: root mean squared difference of :func:`content`.

    From 0 to 2, and 1.4 where they have nothing to do with each other: sqrt(2 - 2 correlation).
    """
    first, second = content(start.pictures), content(end.pictures)
    return torch.cdist(first, second) / first.shape[1] ** 0.5


NONE_ALIKE = "no two pictures of the sets are alike: choose larger sets, or a larger share of alike pairs"


def alike_pairs(start: Located, end: Located, alike: float = ALIKE) -> Pairs:
    """Pair pictures by likeness of content: each with one other at most, so that all distances have
    the least sum.

    A picture may stay alone, at the price of a pair that is just not alike (see ``ALIKE``).

    Args:
        start, end: the sets.
        alike: share of all pairs of a start and an end picture that are taken for alike, above 0
            and up to 1.

    Raises:
        UserError: as :func:`check_sets`; a share out of range; or no two pictures are alike.
    """
    from scipy.optimize import linear_sum_assignment

    check_sets(start, end)
    if not 0 < alike <= 1:
        raise UserError(f"the share of alike pairs must be above 0 and at most 1, got {alike}")
    distances = content_distances(start, end)
    limit = distances.flatten().quantile(alike)
    rows, columns = map(torch.from_numpy, linear_sum_assignment(distances.clamp(max=limit).numpy()))
    kept = distances[rows, columns] <= limit
    if not kept.any():
        raise UserError(NONE_ALIKE)
    return pairs_of(rows[kept], columns[kept], distances)


def random_pairs(pairs: Pairs, start: Located, end: Located, seed: int = 0) -> Pairs:
    """A control: the same pictures, but the ends in random order."""
    order = torch.randperm(len(pairs), generator=torch.Generator().manual_seed(seed))
    return pairs_of(pairs.start, pairs.end[order], content_distances(start, end))


def pairs_of(rows: Int[Tensor, " pairs"], columns: Int[Tensor, " pairs"], distances: Float[Tensor, "n m"]) -> Pairs:
    """Pairs, and who is left."""
    alone = [
        torch.tensor(sorted({*range(n)} - {*chosen.tolist()}), dtype=torch.long)
        for n, chosen in zip(distances.shape, (rows, columns))
    ]
    return Pairs(rows, columns, distances[rows, columns], *alone)


# Step 3: what is between


def morph(start: Located, end: Located, frames: int = 17) -> Morphs:
    """From each picture to the one in the same place, along the shortest way on the sphere.

    Args:
        start, end: as many pictures each, such as ``start[pairs.start]`` and ``end[pairs.end]``; one and one will do.
        frames: of each morph, with both ends.

    Raises:
        UserError: not as many pictures, none, a start that is not earlier than the end, or fewer than 2 frames.
    """
    if len(start) != len(end):
        raise UserError(f"expected as many start as end pictures, got {len(start)} and {len(end)}")
    check_sets(start, end, fewest=1)
    if frames < 2:
        raise UserError(f"a morph needs at least 2 frames, its start and its end; got {frames}")
    shares = torch.linspace(0, 1, frames)
    years = start.years[:, None] + shares * (end.years - start.years)[:, None]  # (morphs, frames)
    return Morphs(slerp(start.latents, end.latents, shares), years)


def mean_morph(start: Located, end: Located, frames: int = 17) -> Morphs:
    """From the mean of a period to that of another, both on the sphere; raises as :func:`check_sets`."""
    check_sets(start, end)
    return morph(period_mean(start), period_mean(end), frames)


def period_mean(located: Located) -> Located:
    """The middle of a set, as one point with the mean year; in the place of a painting the mean of all.

    Raises:
        UserError: see :func:`ganbook.chapters.painting_morphs.sphere.mean_on_sphere`.
    """
    middle = mean_on_sphere(located.latents)[None]
    blurred = to_bytes(from_bytes(located.pictures).mean(0, keepdim=True))
    return Located(blurred, located.years.mean()[None], middle)


def cross_fade(
    start: UInt8[Tensor, "morphs 3 side side"], end: UInt8[Tensor, "morphs 3 side side"], frames: int = 17
) -> UInt8[Tensor, "morphs frames 3 side side"]:
    """A control: the pictures themselves mixed, pixel by pixel. Take the drawn ends of morphs, to differ in nothing
    else.
    """
    shares = torch.linspace(0, 1, frames)[:, None, None, None]
    start, end = (from_bytes(each)[:, None] for each in (start, end))
    return to_bytes((1 - shares) * start + shares * end)

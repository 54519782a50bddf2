"""A start set and an end set, put together by hand: which paintings are paired, which stay alone, and the morphs."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import traitlets
from jaxtyping import UInt8
from torch import Tensor

from ganbook.chapters.painting_morphs import morphs
from ganbook.chapters.painting_morphs.analysis import thumbnails
from ganbook.chapters.painting_morphs.inference import Painter
from ganbook.chapters.painting_morphs.morphs import Located
from ganbook.chapters.painting_morphs.sphere import slerp
from ganbook.chapters.painting_morphs.widgets import pictures
from ganbook.errors import UserError
from ganbook.widgets import page, still
from ganbook.widgets.base import Explorer, module_source

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_RECORDED = 12
"""Pictures of whose morphs a page without Python can hold all, each to each."""

COLOURS = {"start": "#2b7bba", "end": "#d0702f"}

SHOWN = 4
"""Pairs in the still picture."""

Sets = tuple[Sequence[int], Sequence[int]]


class PeriodShelf(Explorer):
    """Drag paintings into a start set and an end set; see the pairs of most likeness, and play the morphs of all.

    A page without Python finds the pairs itself and plays recorded morphs, if there are no more than ``MOST_RECORDED``
    paintings.

    Args:
        painter: draws what lies between.
        located: paintings found in its latent space.
        sets: numbers of the paintings in the start set and in the end set, by a name of both, for choosing; the first
            ones are there at the start. By default the earliest and the latest third.
        frames: of a morph, with both ends.

    Raises:
        UserError: fewer than 2 frames, no sets, sets with numbers of no painting or with one painting twice, or first
            sets that cannot be morphed, see :func:`ganbook.chapters.painting_morphs.morphs.alike_pairs`.
    """

    _esm = module_source(Path(__file__).with_suffix(".js"))
    _answers_from = "painter"

    side = traitlets.Int(help="pixels of a side").tag(sync=True)
    paintings = traitlets.Bytes(help="a WebP: all in a row").tag(sync=True)
    years = traitlets.List(traitlets.Float()).tag(sync=True)
    sets = traitlets.List(help="of each choice its name, and numbers of its start and its end set").tag(sync=True)
    frames = traitlets.Int().tag(sync=True)
    colours = traitlets.Dict(COLOURS, help="of the sets").tag(sync=True)
    shown = traitlets.Dict(help="the answer for the first sets").tag(sync=True)

    def __init__(
        self, painter: Painter, located: Located, sets: Mapping[str, Sets] | None = None, frames: int = 9
    ) -> None:
        if frames < 2:
            raise UserError(f"a morph needs at least 2 frames, its start and its end; got {frames}")
        sets = {"the earliest and the latest third": thirds(located)} if sets is None else sets
        check(sets, len(located))
        self._painter, self._located, self._frames = painter, located, frames
        choices = [[name, sorted(start), sorted(end)] for name, (start, end) in sets.items()]
        (_, start, end), *_ = choices
        self._pairs = morphs.alike_pairs(located[start], located[end])
        content, buffers = self._reply({"start": start, "end": end}, [])
        super().__init__(
            side=located.pictures.shape[-1],
            paintings=pictures.row(located.pictures),
            years=located.years.tolist(),
            sets=choices,
            frames=frames,
            shown=content | {"buffers": buffers},
        )

    def still_panels(self) -> list[still.Panel]:
        pairs, alone = self.shown["pairs"], self.shown["alone"]
        told = "; ".join(f"{self._named(a)} becomes {self._named(b)}" for a, b, *_ in pairs)
        left = ", ".join(self._named(number) for number in alone) or "none"
        alt = f"Pairs of most likeness among a start and an end set: {told}. Without a counterpart: {left}."
        return [still.Panel(alt, self._draw_pairs)]

    def page_facts(self) -> page.Facts | None:
        n = len(self._located)
        if n > MOST_RECORDED:
            return None
        films = {f"{a}-{b}": pictures.row(self._film(a, b)) for a, b in combinations(range(n), 2)}
        small = thumbnails(self._located.pictures)
        facts = {"thumbnails": small.numpy().tobytes(), "size": small.shape[1], "films": films}
        return page.Facts(None, facts | {"alike": morphs.ALIKE, "fewest": morphs.FEWEST})

    def _reply(self, request: dict, _buffers: list) -> tuple[dict, list[bytes]]:
        """A request says the numbers in the start and in the end set. The answer is pairs, [start, end, distance,
        whether its film runs backwards]; the numbers of those alone; a note why there are no pairs, or ""; and a film
        of each pair as a WebP with all frames in a row.
        """
        start, end = sorted(request["start"]), sorted(request["end"])
        try:
            found = morphs.alike_pairs(self._located[start], self._located[end])
        except UserError as refused:
            return {"note": _told(refused), "pairs": [], "alone": []}, []
        pairs = [
            [start[a], end[b], float(distance), False]
            for a, b, distance in zip(found.start.tolist(), found.end.tolist(), found.distances.tolist(), strict=True)
        ]
        alone = [start[each] for each in found.start_alone.tolist()] + [end[each] for each in found.end_alone.tolist()]
        return {"note": "", "pairs": pairs, "alone": alone}, [pictures.row(self._film(a, b)) for a, b, *_ in pairs]

    def _film(self, start: int, end: int) -> UInt8[Tensor, "frames 3 side side"]:
        first, last = (self._located.latents[number] for number in (start, end))
        return self._painter.draw(slerp(first, last, torch.linspace(0, 1, self._frames)))

    def _named(self, number: int) -> str:
        return f"painting {number + 1} ({self.years[number]:.1f})"

    def _draw_pairs(self, figure: "Figure", _ink: str) -> None:
        pairs, alone = self.shown["pairs"], self.shown["alone"]
        still.write_title(figure, f"{len(pairs)} pairs; {len(alone)} without a counterpart")
        for line, (a, b, *_) in enumerate(pairs[:SHOWN]):
            film = self._film(a, b)
            bottom = 0.68 - 0.225 * line
            pictures.put(
                figure, (0.02, bottom, 0.16, 0.164), self._located.pictures[a], f"{self.years[a]:.1f}", COLOURS["start"]
            )
            for column, frame in enumerate(torch.linspace(0, self.frames - 1, 3).round().long().tolist()):
                pictures.put(figure, (0.225 + 0.185 * column, bottom, 0.16, 0.164), film[frame])
            pictures.put(
                figure, (0.8, bottom, 0.16, 0.164), self._located.pictures[b], f"{self.years[b]:.1f}", COLOURS["end"]
            )


def thirds(located: Located) -> tuple[list[int], list[int]]:
    """Numbers of the earliest and of the latest third."""
    order = located.years.argsort().tolist()
    n = len(order) // 3
    return order[:n], order[len(order) - n :]


def check(sets: Mapping[str, Sets], n: int) -> None:
    """Refuse sets of other paintings than these ``n``, or with one twice.

    Raises:
        UserError: see :class:`PeriodShelf`.
    """
    if not sets:
        raise UserError("expected at least one choice of a start set and an end set, got none")
    for name, (start, end) in sets.items():
        wrong = [number for number in (*start, *end) if not 0 <= number < n]
        if wrong:
            raise UserError(f"{name}: there is no painting {wrong[0]}, they have the numbers 0 to {n - 1}")
        both = sorted(set(start) & set(end))
        if both:
            raise UserError(f"{name}: painting {both[0]} is in both sets, it can be in one")
        if len({*start}) + len({*end}) < len(start) + len(end):
            raise UserError(f"{name}: a painting is in a set twice")


def _told(error: UserError) -> str:
    """An error as a sentence on a page."""
    text = str(error)
    return f"{text[0].upper()}{text[1:]}."

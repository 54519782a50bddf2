"""A morph from one painting to another, frame by frame, with the year that is read off each."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import traitlets

from ganbook.chapters.painting_morphs import film, morphs, studies
from ganbook.chapters.painting_morphs.analysis import read_years
from ganbook.chapters.painting_morphs.inference import Painter
from ganbook.chapters.painting_morphs.morphs import Located
from ganbook.chapters.painting_morphs.regressor import YearReader
from ganbook.chapters.painting_morphs.studies import Frames
from ganbook.chapters.painting_morphs.style_axis import StyleAxis
from ganbook.chapters.painting_morphs.widgets import pictures
from ganbook.errors import UserError
from ganbook.widgets import page, still
from ganbook.widgets.base import Explorer, module_source

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PATHS = {"sphere": "on the sphere", "fade": "pixel cross-fade", "axis": "along the style axis"}
"""Ways from the start to the end."""

MOST_RECORDED = 6
"""Start and end pictures in all combinations that a page without Python can hold: a quarter of a megabyte each."""

COLOURS = {"read": "#2b7bba", "due": "#d0702f"}


class Choice(NamedTuple):
    """What is shown: numbers in the start set and in the end set, and a key of ``PATHS``."""

    start: int
    end: int
    path: str

    @property
    def key(self) -> str:
        """A name of it in tables."""
        return f"{self.start}-{self.end}-{self.path}"


class MorphPlayer(Explorer):
    """Choose a start, an end and a way between them; play it, see the year that is read off each frame, keep a GIF.

    A page without Python plays recorded morphs, if there are no more than ``MOST_RECORDED`` of each way; it has GIFs of
    those on the sphere.

    Args:
        painter: draws what lies between.
        reader: reads the years.
        start, end: paintings found in the painter's latent space; all of the start earlier than all of the end.
        error: its mean absolute error in years, above 0.
        axis: offers the walk along it as a third way.
        frames: of a morph, with both ends.

    Raises:
        UserError: an empty set, a start picture that is not earlier than an end picture, no error above 0, or fewer
            than 2 frames.
    """

    _esm = module_source(Path(__file__).with_suffix(".js"))
    _answers_from = "painter"

    side = traitlets.Int(help="pixels of a side").tag(sync=True)
    paintings = traitlets.List(help="a WebP of the start paintings in a row, and one of the end paintings").tag(
        sync=True
    )
    years = traitlets.List(help="of the start paintings and of the end paintings").tag(sync=True)
    error = traitlets.Float().tag(sync=True)
    paths = traitlets.List(help="name and text of each way").tag(sync=True)
    frames = traitlets.Int().tag(sync=True)
    colours = traitlets.Dict(COLOURS, help="of the years").tag(sync=True)
    chosen = traitlets.Dict(help="the first request").tag(sync=True)
    shown = traitlets.Dict(help="the answer to it").tag(sync=True)

    def __init__(
        self,
        painter: Painter,
        reader: YearReader,
        start: Located,
        end: Located,
        error: float,
        axis: StyleAxis | None = None,
        frames: int = 17,
    ) -> None:
        check(start, end, error)
        self._painter, self._reader, self._axis = painter, reader, axis
        self._sets, self._frames = (start, end), frames
        choice = Choice(0, 0, "sphere")
        content, buffers = self._reply(choice._asdict(), [])
        super().__init__(
            side=start.pictures.shape[-1],
            paintings=[pictures.row(each.pictures) for each in self._sets],
            years=[each.years.tolist() for each in self._sets],
            error=float(error),
            paths=[[name, text] for name, text in PATHS.items() if name != "axis" or axis is not None],
            frames=frames,
            chosen=choice._asdict(),
            shown=content | {"buffers": buffers},
        )

    def still_panels(self) -> list[still.Panel]:
        shown, read = self._shown_frames(Choice(**self.chosen))
        first, last = (float(each) for each in shown.years[0, [0, -1]])
        ends = f"{float(read[0]):.1f} to {float(read[-1]):.1f}"
        told = f"A morph on the sphere from a painting of {first:.1f} to one of {last:.1f}"
        return [
            still.Panel(f"{told}: {min(9, self.frames)} of its frames.", self._draw_frames),
            still.Panel(
                f"{told}: the year read off each frame goes from {ends}, give or take {self.error:.1f} years,"
                f" the mean absolute error of the regressor; it should go from {first:.1f} to {last:.1f}.",
                self._draw_years,
            ),
        ]

    def page_facts(self) -> page.Facts | None:
        if len(self._sets[0]) * len(self._sets[1]) > MOST_RECORDED:
            return None
        choices = [
            Choice(start, end, path)
            for start in range(len(self._sets[0]))
            for end in range(len(self._sets[1]))
            for path, _ in self.paths
        ]
        films = {}
        for choice in choices:
            content, (row,) = self._reply(choice._asdict(), [])
            films[choice.key] = content | {"film": row, "gif": self._gif(choice) if choice.path == "sphere" else None}
        return page.Facts(None, {"films": films})

    def _reply(self, request: dict, _buffers: list) -> tuple[dict, list[bytes]]:
        """A request says start, end and path, the answer is the years and a WebP of the frames in a row; with ``gif``
        it is a GIF.
        """
        choice = Choice(*(request[name] for name in Choice._fields))
        if request.get("gif"):
            return {}, [self._gif(choice)]
        shown, read = self._shown_frames(choice)
        return {"read": read.tolist(), "due": shown.years[0].tolist()}, [pictures.row(shown.pictures[0])]

    def _gif(self, choice: Choice) -> bytes:
        return film.as_gif(film.there_and_back(self._drawn(choice).pictures[0]))

    def _shown_frames(self, choice: Choice) -> tuple[Frames, "np.ndarray"]:
        shown = self._drawn(choice)
        return shown, read_years(self._reader, shown.pictures)[0].numpy()

    def _drawn(self, choice: Choice) -> Frames:
        """The frames of one morph."""
        start, end = (each[[number]] for each, number in zip(self._sets, choice[:2], strict=True))
        way = morphs.morph(start, end, self._frames)
        if choice.path == "axis":
            way = studies.walked(self._axis, start, way.years)
        shown = studies.frames_of(self._painter, way)
        return studies.faded(shown) if choice.path == "fade" else shown

    def _draw_frames(self, figure: "Figure", _ink: str) -> None:
        shown, read = self._shown_frames(Choice(**self.chosen))
        still.write_title(figure, "A morph, and the years read off it")
        for place, number in enumerate(np.linspace(0, self.frames - 1, min(9, self.frames)).round().astype(int)):
            left, bottom = 0.02 + 0.325 * (place % 3), 0.63 - 0.305 * (place // 3)
            pictures.put(figure, (left, bottom, 0.31, 0.235), shown.pictures[0, number], f"{read[number]:.1f}")

    def _draw_years(self, figure: "Figure", _ink: str) -> None:
        shown, read = self._shown_frames(Choice(**self.chosen))
        still.write_title(figure, "The year of each frame")
        axes = figure.add_axes((0.17, 0.16, 0.79, 0.7), xlabel="percent of the way")
        way = np.linspace(0, 100, self.frames)
        axes.fill_between(way, read - self.error, read + self.error, color=COLOURS["read"], alpha=0.25, linewidth=0)
        axes.plot(way, read, color=COLOURS["read"], label="read off the frame")
        axes.plot(way, shown.years[0].numpy(), color=COLOURS["due"], linestyle="dashed", label="should look like")
        axes.legend(frameon=False, fontsize=12)
        axes.spines[["top", "right"]].set_visible(False)
        axes.ticklabel_format(useOffset=False)


def check(start: Located, end: Located, error: float) -> None:
    """Raises ``UserError`` as :class:`MorphPlayer` says."""
    morphs.check_sets(start, end, fewest=1)
    latest, earliest = float(start.years.max()), float(end.years.min())
    if latest >= earliest:
        raise UserError(
            "every start picture must be earlier than every end picture,"
            f" got start years up to {latest:.1f} and end years from {earliest:.1f}"
        )
    if not 0 < error < math.inf:
        raise UserError(f"the mean absolute error of the regressor must be a number above 0, got {error}")

"""The training course of a few prompts, stage by stage."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import traitlets
from jaxtyping import UInt8

from ganbook import training
from ganbook.chapters.context_aware.config import PROFILES, STAGES, Config
from ganbook.chapters.context_aware.data import PROMPTS
from ganbook.chapters.context_aware.inference import settings_of
from ganbook.chapters.context_aware.model import picture_sizes
from ganbook.chapters.context_aware.watching import stages_of
from ganbook.chapters.context_aware.widgets.language import NAMES
from ganbook.errors import UserError
from ganbook.widgets import page, sprites, still
from ganbook.widgets.base import Explorer, module_source

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Pictures = UInt8[np.ndarray, "moments prompts h w 3"]

COLOURS = ("#2b7bba", "#d0702f", "#2e9e68")
"""Of the stages' curves."""

STYLES = ("solid", "dashed", "dotted")


@dataclass(frozen=True)
class Course:
    """What a training drew of a few prompts, and how far each stage's pictures were from real ones.

    Attributes:
        steps: of the pictures.
        stages: of each stage the prompts' pictures.
        seen: steps at which KID was measured on the development set; () if it never was.
        kid: of each stage, times 1,000.
    """

    steps: tuple[int, ...]
    stages: tuple[Pictures, ...]
    seen: tuple[int, ...] = ()
    kid: tuple[tuple[float, ...], ...] = ((),) * STAGES


def read(folder: Path) -> Course:
    """The training course that is shipped with a GAN.

    Raises:
        UserError: none is shipped there, or it is damaged.
    """
    config, steps = settings_of(folder, Config, PROFILES), training.read_run(folder).get("previews", [])
    film, curves = training.read_film(folder), training.read_curves(folder)
    sizes = picture_sizes(config)
    height, width = sizes[-1][0] + sizes[-2][0], sizes[-1][1] * len(PROMPTS)
    if film.shape[:3] != (len(steps), height, width):
        raise UserError(
            f"the previews in {folder} do not fit its run.json: expected {len(steps)} of {height} x {width},"
            f" found {film.shape[0]} of {film.shape[1]} x {film.shape[2]}"
        )
    names = [f"kid_{k}" for k in range(1, STAGES + 1)]
    rows = zip(curves["step"], *(curves.get(name, [None] * len(curves["step"])) for name in names), strict=True)
    seen, *kid = zip(*looks, strict=True) if (looks := [row for row in rows if None not in row]) else ((), (), (), ())
    return Course(tuple(steps), tuple(stages_of(film, len(PROMPTS), config)), seen, tuple(kid))


def fewer(course: Course, prompts: int, every: int = 1) -> Course:
    """The first prompts of a course, at the last step and every so many before it: a page has to load them all."""
    kept = slice((len(course.steps) - 1) % every, None, every)
    return replace(
        course, steps=course.steps[kept], stages=tuple(pictures[kept, :prompts] for pictures in course.stages)
    )


class StageTimeline(Explorer):
    """Move through the training; see what each of the three stages made of one prompt then, and the KID it had.

    Args:
        course: of a training.
        prompts: texts, and where their context pictures are (0 indoors, 1 outdoors), one for each row of pictures; by
            default the first of those that every training draws.

    Raises:
        UserError: pictures, steps and prompts do not fit each other.
    """

    _esm = module_source(Path(__file__).with_suffix(".js"))

    sizes = traitlets.List(help="height and width of each stage's pictures").tag(sync=True)
    prompts = traitlets.List(help="text and place of each").tag(sync=True)
    steps = traitlets.List(traitlets.Int()).tag(sync=True)
    pictures = traitlets.List(help="of each stage a WebP: a row for each step, a column for each prompt").tag(sync=True)
    curves = traitlets.List(help="of each stage steps and KID; [] if it was not measured").tag(sync=True)
    colours = traitlets.List(traitlets.Unicode(), list(COLOURS)).tag(sync=True)
    styles = traitlets.List(traitlets.Unicode(), list(STYLES)).tag(sync=True)

    def __init__(self, course: Course, prompts: Sequence[tuple[str, int]] | None = None) -> None:
        shapes = {pictures.shape[:2] for pictures in course.stages}
        if len(course.stages) != STAGES or len(shapes) != 1 or not course.steps:
            raise UserError(f"a course has the same moments and prompts of {STAGES} stages; got {sorted(shapes)}")
        moments, rows = shapes.pop()
        told = list(PROMPTS[:rows] if prompts is None else prompts)
        if (len(course.steps), len(told)) != (moments, rows) or not rows:
            raise UserError(
                f"expected {moments} steps and {rows} prompts, one for each picture;"
                f" got {len(course.steps)} and {len(told)}"
            )
        self._course = course
        super().__init__(
            sizes=[list(pictures.shape[2:4]) for pictures in course.stages],
            prompts=[[text, NAMES["place"][place]] for text, place in told],
            steps=list(course.steps),
            pictures=[sprites.sheet(pictures, quality=85) for pictures in course.stages],
            curves=[[list(course.seen), list(kid)] for kid in course.kid] if course.seen else [],
        )

    def still_panels(self) -> list[still.Panel]:
        shown = ", ".join(f"{self.steps[number]:,}" for number in self._shown())
        places = " and with one that is ".join(self.prompts[number][1] for number in self._compared())
        panels = [
            still.Panel(
                f"“{self.prompts[0][0]}” with a context picture that is {places}, at the steps {shown} of the training:"
                " a row for each of the three stages.",
                self._draw_film,
            )
        ]
        if self.curves:
            ends = "; ".join(
                f"stage {k} from {kid[0]:.0f} at step {seen[0]:,} to {kid[-1]:.0f} at step {seen[-1]:,}"
                for k, (seen, kid) in enumerate(self.curves, start=1)
            )
            panels.append(still.Panel(f"Curves of 1,000 KID on the development set: {ends}.", self._draw_curves))
        return panels

    def page_facts(self) -> page.Facts:
        return page.Facts(None, {})

    def _shown(self) -> list[int]:
        """Numbers of up to three moments, evenly."""
        return sorted({round(each) for each in np.linspace(0, len(self.steps) - 1, 3)})

    def _compared(self) -> list[int]:
        """Numbers of the first prompt, and of the second if it has the same text."""
        return [number for number, (text, _) in enumerate(self.prompts[:2]) if text == self.prompts[0][0]]

    def _draw_film(self, figure: "Figure", _ink: str) -> None:
        text = self.prompts[0][0]
        still.write_title(figure, f"“{text}”" if len(text) < 40 else f"“{text[:38]}…”")
        rows = [(prompt, stage) for prompt in self._compared() for stage in range(STAGES)]
        height = 0.84 / len(rows)
        for row, (prompt, stage) in enumerate(rows):
            low = 0.84 - height * (row + 1)
            label = f"{self.prompts[prompt][1]},\nstage {stage + 1}"
            figure.text(0.02, low + height / 2, label, va="center", fontsize=11)
            for column, number in enumerate(self._shown()):
                axes = figure.add_axes((0.24 + 0.255 * column, low + 0.005, 0.245, height - 0.01))
                axes.imshow(self._course.stages[stage][number, prompt])
                if row == 0:
                    axes.set_title(f"step {self.steps[number]:,}", fontsize=11, pad=3)
                axes.axis("off")

    def _draw_curves(self, figure: "Figure", _ink: str) -> None:
        still.write_title(figure, "1,000 KID on the development set")
        axes = figure.add_axes((0.15, 0.16, 0.81, 0.7), xlabel="step")
        for k, (curve, colour, style) in enumerate(zip(self.curves, COLOURS, STYLES, strict=True), start=1):
            axes.plot(*curve, color=colour, linestyle=style, label=f"stage {k}")
        axes.set_ylim(bottom=0)
        axes.legend(frameon=False, fontsize=12)
        axes.spines[["top", "right"]].set_visible(False)

"""The same triples at every saved phase of two trainings, with SIM and without."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import traitlets
from jaxtyping import UInt8

from ganbook import training
from ganbook.chapters.masked_editing.config import PROFILES, Config
from ganbook.errors import UserError
from ganbook.widgets import page, sprites, still
from ganbook.widgets.base import Explorer, module_source

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WITH, WITHOUT = "#2e9e68", "#d0702f"
"""Colours of the two curves."""


@dataclass(frozen=True)
class Film:
    """What a training drew of a few triples, and how like the targets its pictures became.

    Attributes:
        phases: of the pictures.
        pictures: source, target, result and, with SIM, mask of each triple at each phase.
        seen: phases at which SSIM was measured on the development set.
        ssim: what it was.
    """

    phases: tuple[float, ...]
    pictures: UInt8[np.ndarray, "phases rows triples side side 3"]
    seen: tuple[float, ...]
    ssim: tuple[float, ...]


def read(folder: Path) -> Film:
    """The film that is shipped with an editor.

    Raises:
        UserError: none is shipped there, or it is damaged.
    """
    run = training.read_run(folder)
    config = training.resolve(Config, PROFILES, profile=run["profile"], overrides=run["config"])
    frames, side, curves = training.read_film(folder), config.resolution, training.read_curves(folder)
    steps = run.get("previews", [])
    n, height, width = frames.shape[:3]
    if len(steps) != n or height % side or width % side:
        raise UserError(f"the previews in {folder} do not fit its run.json: expected {len(steps)}, found {n}")
    cut = frames.reshape(n, height // side, side, width // side, side, 3).transpose(0, 1, 3, 2, 4, 5)
    looks = [
        (phase, ssim) for phase, ssim in zip(curves["phase"], curves["dev_ssim"], strict=True) if phase is not None
    ]
    seen, likeness = zip(*looks, strict=True)
    return Film(tuple(step / config.phase_steps for step in steps), cut, seen, likeness)


def fewer(film: Film, triples: int, every: int = 1) -> Film:
    """The first triples of a film, at the last phase and every so many before it: a page has to load them all."""
    kept = slice((len(film.phases) - 1) % every, None, every)
    return replace(film, phases=film.phases[kept], pictures=film.pictures[kept, :, :triples])


class PhaseSlider(Explorer):
    """Move through the phases of the training; see what both editors made of one triple then, and the SSIM they had.

    Args:
        sim, plain: films of the trainings with SIM and without, of the same triples. Phases that only one of them has
            are left out.
        instructions: of the triples.

    Raises:
        UserError: the films do not fit each other.
    """

    _esm = module_source(Path(__file__).with_suffix(".js"))

    side = traitlets.Int().tag(sync=True)
    texts = traitlets.List(traitlets.Unicode()).tag(sync=True)
    phases = traitlets.List(traitlets.Float()).tag(sync=True)
    pictures = traitlets.Bytes(
        help="a WebP: a column for each triple; source, target, then for each phase with SIM, its mask, without"
    ).tag(sync=True)
    curves = traitlets.Dict(help="phases and SSIM with SIM and without").tag(sync=True)
    colours = traitlets.List(traitlets.Unicode(), [WITH, WITHOUT]).tag(sync=True)

    def __init__(self, sim: Film, plain: Film, instructions: Sequence[str]) -> None:
        phases = sorted({*sim.phases} & {*plain.phases})
        if not phases or sim.pictures.shape[2:] != plain.pictures.shape[2:] or sim.pictures.shape[1] < 4:
            raise UserError(
                "the two films must show the same triples at common phases, the first with masks; got"
                f" {sim.pictures.shape} at phases {sim.phases} and {plain.pictures.shape} at {plain.phases}"
            )
        texts = list(instructions)
        if len(texts) != sim.pictures.shape[2]:
            raise UserError(f"expected {sim.pictures.shape[2]} instructions, one a triple; got {len(texts)}")
        ours, theirs = (
            sim.pictures[-1],
            [film.pictures[[film.phases.index(phase) for phase in phases]] for film in (sim, plain)],
        )
        made = np.stack([theirs[0][:, 2], theirs[0][:, 3], theirs[1][:, 2]], axis=1)
        self._sheet = np.concatenate([ours[:2], made.reshape(-1, *made.shape[2:])])
        super().__init__(
            side=sim.pictures.shape[3],
            texts=texts,
            phases=phases,
            pictures=sprites.sheet(self._sheet, quality=80),
            curves={
                "sim": [list(sim.seen), list(sim.ssim)],
                "plain": [list(plain.seen), list(plain.ssim)],
            },
        )

    def still_panels(self) -> list[still.Panel]:
        ends = "; ".join(
            f"{name} from {values[0]:.2f} at phase {seen[0]:.0f} to {values[-1]:.2f} at phase {seen[-1]:.0f}"
            for name, (seen, values) in (("with SIM", self.curves["sim"]), ("without", self.curves["plain"]))
        )
        shown = ", ".join(f"{self.phases[number]:.0f}" for number in self._shown())
        return [
            still.Panel(
                f"One triple, “{self.texts[0]}”, at the phases {shown}: source and target, and at each the result"
                " with SIM, its mask, and the result without.",
                self._draw_film,
            ),
            still.Panel(f"Curves of SSIM on the development set: {ends}.", self._draw_curves),
        ]

    def page_facts(self) -> page.Facts:
        return page.Facts(None, {})

    def _shown(self) -> list[int]:
        """Numbers of up to four phases, evenly."""
        return sorted({round(each) for each in np.linspace(0, len(self.phases) - 1, 4)})

    def _draw_film(self, figure: "Figure", _ink: str) -> None:
        text = self.texts[0]
        still.write_title(figure, f"“{text}”" if len(text) < 40 else f"“{text[:38]}…”")
        names = ("with SIM", "mask", "without")
        for row, name in enumerate(names):
            figure.text(0.02, 0.75 - 0.29 * row, name, va="center", fontsize=11)
            for column, number in enumerate(self._shown()):
                axes = figure.add_axes((0.2 + 0.2 * column, 0.62 - 0.29 * row, 0.19, 0.24))
                axes.imshow(self._sheet[2 + 3 * number + row, 0])
                if row == 0:
                    axes.set_title(f"phase {self.phases[number]:.0f}", fontsize=11, pad=3)
                axes.axis("off")

    def _draw_curves(self, figure: "Figure", _ink: str) -> None:
        still.write_title(figure, "SSIM on the development set")
        axes = figure.add_axes((0.15, 0.16, 0.81, 0.7), xlabel="phase")
        for name, label, colour in (("sim", "with SIM", WITH), ("plain", "without", WITHOUT)):
            axes.plot(*self.curves[name], color=colour, label=label)
        axes.legend(frameon=False, fontsize=12)
        axes.spines[["top", "right"]].set_visible(False)

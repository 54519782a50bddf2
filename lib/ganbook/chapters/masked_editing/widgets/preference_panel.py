"""A blind comparison, with SIM or without, for a class."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from ganbook.chapters.masked_editing.preferences import COLUMNS, PAPER, STEPS
from ganbook.errors import UserError
from ganbook.widgets import page, sprites, still
from ganbook.widgets.base import Explorer, module_source

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 60
"""Triples that a panel may ask about: their pictures are part of the page."""


class PreferencePanel(Explorer):
    """Two results side by side, in random order and on random sides: which one follows the instruction better?

    Five answers as in the paper; they are kept by the browser, can be downloaded as a CSV, and are drawn beside the
    paper's figure 14 when all are given, with those of a class whose files are loaded.

    Args:
        sources, with_sim, without_sim: uint8 (n, side, side, 3), at most 60.
        instructions: n sentences.
        seed: order and sides depend on it and on the participant's code.

    Raises:
        UserError: an argument of another shape, dtype or number.
    """

    _esm = module_source(Path(__file__).with_suffix(".js"))

    side = traitlets.Int().tag(sync=True)
    texts = traitlets.List(traitlets.Unicode()).tag(sync=True)
    pictures = traitlets.Bytes(help="a WebP: a column for each triple; source, with SIM, without").tag(sync=True)
    seed = traitlets.Int().tag(sync=True)
    study = traitlets.Unicode(help="what these pictures are called in files of answers").tag(sync=True)
    steps = traitlets.List(traitlets.Unicode(), list(STEPS)).tag(sync=True)
    columns = traitlets.List(traitlets.Unicode(), list(COLUMNS)).tag(sync=True)
    paper = traitlets.List(traitlets.Float(), list(PAPER)).tag(sync=True)
    answers = traitlets.List(traitlets.Dict(), help="given so far, a row of the file each").tag(sync=True)

    def __init__(
        self,
        sources: ArrayLike,
        with_sim: ArrayLike,
        without_sim: ArrayLike,
        instructions: Sequence[str],
        *,
        seed: int = 0,
    ) -> None:
        arrays = sprites.checked({"sources": sources, "with_sim": with_sim, "without_sim": without_sim})
        self._pictures = np.stack(list(arrays.values()))
        n = self._pictures.shape[1]
        if n > MOST:
            raise UserError(f"At most {MOST} triples can be asked about; got {n}.")
        texts = list(instructions)
        if len(texts) != n or not all(isinstance(text, str) and text.strip() for text in texts):
            raise UserError(f"instructions must be {n} sentences, one for each picture; got {len(texts)}.")
        name = hashlib.sha256(self._pictures.tobytes() + "\n".join(texts).encode()).hexdigest()[:8]
        pictures = sprites.sheet(self._pictures, quality=95)
        super().__init__(side=self._pictures.shape[2], texts=texts, pictures=pictures, seed=int(seed), study=name)

    def still_panels(self) -> list[still.Panel]:
        shares = "; ".join(f"{step} {share:.0%}" for step, share in zip(STEPS, PAPER, strict=True))
        asked = "; ".join(f"“{text}”" for text in self.texts[:3])
        return [
            still.Panel(
                f"Blind comparison of {len(self.texts)} pairs of results. The first instructions: {asked}.",
                self._draw_pairs,
            ),
            still.Panel(f"Bar chart of the paper's 1,380 answers: {shares}.", self._draw_paper),
        ]

    def page_facts(self) -> page.Facts:
        return page.Facts(None, {})

    def _draw_pairs(self, figure: "Figure", _ink: str) -> None:
        still.write_title(figure, "Source, and two results")
        for row, text in enumerate(self.texts[:3]):
            top = 0.62 - 0.31 * row
            figure.text(0.02, top + 0.255, text if len(text) < 44 else f"{text[:42]}…", va="bottom", fontsize=12)
            order = (0, 1, 2) if row % 2 else (0, 2, 1)
            for column, which in enumerate(order):
                axes = figure.add_axes((0.02 + 0.27 * column, top, 0.25, 0.25))
                axes.imshow(self._pictures[which, row])
                axes.axis("off")

    def _draw_paper(self, figure: "Figure", ink: str) -> None:
        still.write_title(figure, "The paper's figure 14")
        axes = figure.add_axes((0.47, 0.1, 0.48, 0.76), xlabel="")
        axes.barh(STEPS[::-1], [100 * share for share in PAPER[::-1]], color="#7a86c8")
        for place, share in enumerate(PAPER[::-1]):
            axes.text(100 * share + 1, place, f"{share:.0%}", va="center", color=ink)
        axes.set_xlim(0, 46)
        axes.set_xticks([])
        axes.spines[["top", "right", "bottom"]].set_visible(False)

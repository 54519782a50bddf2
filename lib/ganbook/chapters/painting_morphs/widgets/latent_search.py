"""A recorded projection: how the painter's pictures come near a given one, from several starts."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
import traitlets
from jaxtyping import Float, UInt8
from torch import Tensor

from ganbook.chapters.painting_morphs.projection import Projected
from ganbook.chapters.painting_morphs.widgets import pictures
from ganbook.errors import UserError
from ganbook.metrics import psnr
from ganbook.widgets import page, still
from ganbook.widgets.base import Explorer, module_source

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_PSNR = 60.0
"""In dB; what is nearer, down to equal pictures, counts as this."""

COLOURS = {"chosen": "#2b7bba", "kept": "#d0702f", "other": "#949ca5"}
"""Of the starts' curves."""


class LatentSearch(Explorer):
    """Move through a projection, see what is drawn from every start after so many steps, and how its PSNR rises.

    Args:
        found: with looks, see :func:`ganbook.chapters.painting_morphs.projection.project`.
        wanted: the pictures that were looked for, 0 to 255.
        names: of them, such as "a field, 1884"; by default their numbers.

    Raises:
        UserError: no looks, or pictures, names and search do not fit each other.
    """

    _esm = module_source(Path(__file__).with_suffix(".js"))

    side = traitlets.Int(help="pixels of a side").tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    steps = traitlets.List(traitlets.Int(), help="at which one looked").tag(sync=True)
    targets = traitlets.Bytes(help="a WebP: the pictures looked for in a row").tag(sync=True)
    looks = traitlets.List(help="of each a WebP: a row for each step, a column for each start").tag(sync=True)
    psnr = traitlets.List(help="of each, each start, at each step, in dB").tag(sync=True)
    best = traitlets.List(traitlets.Int(), help="of each the start that was kept").tag(sync=True)
    colours = traitlets.Dict(COLOURS).tag(sync=True)

    def __init__(
        self, found: Projected, wanted: UInt8[Tensor, "n 3 side side"], names: Sequence[str] | None = None
    ) -> None:
        names = [f"picture {number}" for number in range(1, len(wanted) + 1)] if names is None else list(names)
        check(found, wanted, names)
        steps = sorted(found.looks)
        self._wanted = wanted
        self._looks = torch.stack([found.looks[step] for step in steps], 1).transpose(0, 2)  # (n, looks, starts, ...)
        super().__init__(
            side=wanted.shape[-1],
            names=names,
            steps=steps,
            targets=pictures.row(wanted),
            looks=[pictures.table(each) for each in self._looks],
            psnr=likeness(self._looks, wanted).round(2).transpose(0, 2, 1).tolist(),
            best=found.best.tolist(),
        )

    def still_panels(self) -> list[still.Panel]:
        kept = self.psnr[0][self.best[0]]
        told = f"Search for {self.names[0]} from {len(self.psnr[0])} starts"
        course = f"from {kept[0]:.1f} dB at step {self.steps[0]:,} to {kept[-1]:.1f} dB at step {self.steps[-1]:,}"
        shown = ", ".join(f"{self.steps[number]:,}" for number in self._shown())
        return [
            still.Panel(f"{told}: what is drawn from the start that was kept, at the steps {shown}.", self._draw_looks),
            still.Panel(f"{told}: curves of PSNR. That of the start that was kept goes {course}.", self._draw_curves),
        ]

    def page_facts(self) -> page.Facts:
        return page.Facts(None, {})

    def _shown(self) -> list[int]:
        """Numbers of up to five looks, evenly."""
        return sorted({round(each) for each in np.linspace(0, len(self.steps) - 1, 5)})

    def _draw_looks(self, figure: "Figure", _ink: str) -> None:
        still.write_title(figure, f"Search for {self.names[0]}")
        shown = [("wanted", self._wanted[0])]
        shown += [(f"step {self.steps[number]:,}", self._looks[0, number, self.best[0]]) for number in self._shown()]
        for place, (title, picture) in enumerate(shown):
            pictures.put(figure, (0.02 + 0.325 * (place % 3), 0.48 - 0.44 * (place // 3), 0.31, 0.34), picture, title)

    def _draw_curves(self, figure: "Figure", _ink: str) -> None:
        still.write_title(figure, "PSNR in dB from each start")
        axes = figure.add_axes((0.15, 0.16, 0.81, 0.7), xlabel="step")
        for start, curve in enumerate(self.psnr[0]):
            kept = start == self.best[0]
            colour, label = COLOURS["kept" if kept else "other"], "the one that was kept" if kept else None
            axes.plot(self.steps, curve, color=colour, label=label, linewidth=2.5 if kept else 1.2, zorder=2 + kept)
        axes.legend(frameon=False, fontsize=12)
        axes.spines[["top", "right"]].set_visible(False)


def likeness(
    looks: UInt8[Tensor, "n looks starts 3 side side"], wanted: UInt8[Tensor, "n 3 side side"]
) -> Float[np.ndarray, "n looks starts"]:
    """PSNR of every picture and the one that was looked for, in dB, at most ``MOST_PSNR``."""
    first, second = torch.broadcast_tensors(looks, wanted[:, None, None])
    each = psnr(first.flatten(0, 2).numpy(), second.flatten(0, 2).numpy())
    return each.clip(max=MOST_PSNR).reshape(looks.shape[:3])


def check(found: Projected, wanted: Tensor, names: Sequence[str]) -> None:
    """Raises ``UserError`` as :class:`LatentSearch` says."""
    if not found.looks:
        raise UserError("nothing was recorded: project with looks, the steps at which one looks at what is drawn")
    expected = tuple(next(iter(found.looks.values())).shape[1:])
    if tuple(wanted.shape) != expected or wanted.dtype != torch.uint8:
        got = f"{wanted.dtype} {tuple(wanted.shape)}"
        raise UserError(f"wanted must be the uint8 pictures that were looked for, {expected}, got {got}")
    if len(names) != len(wanted):
        raise UserError(f"expected a name for each of {len(wanted)} pictures, got {len(names)}")

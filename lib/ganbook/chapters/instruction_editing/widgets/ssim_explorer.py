"""How like the targets are generated pictures: the distribution, and examples of any part of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import traitlets
from jaxtyping import Float, Int, UInt8
from numpy.typing import ArrayLike

from ganbook.errors import UserError
from ganbook.widgets import page, still
from ganbook.widgets.base import Explorer, module_source

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 6
BARS_A_TENTH = 5
INSIDE, OUTSIDE = "#2b7bba", "#858b93"
"""Bars within the range and beyond it."""


class SsimExplorer(Explorer):
    """A histogram of SSIM(generated, target); drag a range and see examples of it.

    Args:
        sources, targets, generated: uint8 (n, side, side), ink 255 on paper 0.
        instructions: the n sentences between source and target.
        ssim: (n,), of generated and target, from -1 to 1.
        do_nothing: (n,), of source and target, for comparison; ``None`` leaves it out.
        span: (from, to) at the start, the ends belong to it; ``None``: everything. The trait ``span`` follows the
            person's choice, and can be set.

    Raises:
        UserError: an argument of another shape, dtype or range.
    """

    _esm = module_source(Path(__file__).with_suffix(".js"))
    _answers_from = "lookup"

    side = traitlets.Int().tag(sync=True)
    edges = traitlets.List(traitlets.Float(), help="of the bars; the last one is 1").tag(sync=True)
    counts = traitlets.List(traitlets.Int(), help="generated pictures in each bar").tag(sync=True)
    do_nothing = traitlets.List(traitlets.Int(), help="source pictures in each bar; empty: not known").tag(sync=True)
    means = traitlets.List(traitlets.Float(), help="of ssim and, if known, of do_nothing").tag(sync=True)
    colours = traitlets.List(traitlets.Unicode(), (INSIDE, OUTSIDE)).tag(sync=True)
    span = traitlets.List(traitlets.Float()).tag(sync=True)
    first_examples = traitlets.Dict(help="the answer for the first span").tag(sync=True)

    def __init__(
        self,
        sources: ArrayLike,
        targets: ArrayLike,
        generated: ArrayLike,
        instructions: Sequence[str],
        ssim: ArrayLike,
        *,
        do_nothing: ArrayLike | None = None,
        span: Sequence[float] | None = None,
    ) -> None:
        self._pictures = _checked_pictures(sources, targets, generated)
        n = len(self._pictures)
        self._ssim = _checked_ssim("ssim", ssim, n)
        others = [] if do_nothing is None else [_checked_ssim("do_nothing", do_nothing, n)]
        self._texts = list(instructions)
        if len(self._texts) != n or not all(isinstance(text, str) and text for text in self._texts):
            raise UserError(f"instructions must be {n} sentences, one for each picture; got {len(self._texts)}.")
        self._order = np.argsort(self._ssim, kind="stable")
        tenths = min(int(np.floor(10 * min(each.min() for each in [self._ssim, *others]))), 8)
        edges = np.linspace(tenths / 10, 1, (10 - tenths) * BARS_A_TENTH + 1).round(2)
        super().__init__(
            side=self._pictures.shape[-1],
            edges=edges.tolist(),
            counts=np.histogram(self._ssim, edges)[0].tolist(),
            do_nothing=[count for other in others for count in np.histogram(other, edges)[0].tolist()],
            means=[float(each.mean()) for each in [self._ssim, *others]],
            span=[tenths / 10, 1.0] if span is None else list(span),
        )
        content, buffers = self._examples(self.span)
        self.first_examples = content | {"buffers": buffers}

    @traitlets.validate("span")
    def _check_span(self, proposal: traitlets.Bunch) -> list[float]:
        span = [float(end) for end in proposal["value"]]
        if len(span) != 2 or not -1 <= span[0] <= span[1] <= 1:
            raise UserError(
                f"span must be two numbers, from and to, with -1 <= from <= to <= 1; got {proposal['value']!r}."
            )
        return span

    def chosen(self, span: Sequence[float] | None = None) -> Int[np.ndarray, " chosen"]:
        """Numbers of the pictures whose SSIM lies in a span (default: the present one),
        from the least like to the most like.
        """
        low, high = self.span if span is None else span
        ranked = self._ssim[self._order]
        return self._order[(low <= ranked) & (ranked <= high)]

    def summary(self) -> str:
        """The present span in one sentence."""
        return _sentence(self._examples(self.span)[0], len(self._ssim))

    def still_panels(self) -> list[still.Panel]:
        ssim = self._ssim
        quartiles = ", ".join(f"{value:.2f}" for value in np.quantile(ssim, (0.25, 0.5, 0.75)))
        baseline = f" Doing nothing has mean {self.means[1]:.2f}." if len(self.means) > 1 else ""
        shown = self._examples(self.span)[0]["examples"]
        told = "; ".join(f"“{each['text']}”, SSIM {each['ssim']:.2f}" for each in shown) or "none"
        return [
            still.Panel(
                f"Histogram of SSIM of {len(ssim):,} generated pictures and their targets: mean {ssim.mean():.2f},"
                f" quartiles {quartiles}.{baseline} {self.summary()}",
                self._draw_histogram,
            ),
            still.Panel(f"Examples, each as source, target and generated picture: {told}.", self._draw_examples),
        ]

    def page_facts(self) -> page.Facts:
        facts = {
            "ssim": self._ssim.tolist(),
            "order": self._order.tolist(),
            "texts": self._texts,
            "pictures": self._pictures.tobytes(),
            "shown": SHOWN,
        }
        return page.Facts(None, facts)

    def _reply(self, request: dict, _buffers: list) -> tuple[dict, list[bytes]]:
        return self._examples(request["span"], request["page"])

    def _examples(self, span: Sequence[float], page: int = 0) -> tuple[dict, list[bytes]]:
        """At most ``SHOWN`` pictures, evenly spread over the ranks of the span;
        another ``page`` takes other ranks, until all were shown.
        """
        chosen = self.chosen(span)
        n_pages = max(1, -(-len(chosen) // SHOWN))
        numbers = chosen[page % n_pages :: n_pages]
        content = {
            "span": list(span),
            "count": len(chosen),
            "mean": float(self._ssim[chosen].mean()) if len(chosen) else None,
            "pages": n_pages,
            "examples": [{"number": int(n), "text": self._texts[n], "ssim": float(self._ssim[n])} for n in numbers],
        }
        return content, [self._pictures[numbers].tobytes()]

    def _draw_histogram(self, figure: "Figure", ink: str) -> None:
        edges, (low, high) = np.array(self.edges), self.span
        still.write_title(figure, f"SSIM of {len(self._ssim):,} pictures, mean {self.means[0]:.2f}")
        axes = figure.add_axes((0.14, 0.2, 0.82, 0.68), xlabel="SSIM")
        middles = (edges[1:] + edges[:-1]) / 2
        colours = [INSIDE if low <= middle <= high else OUTSIDE for middle in middles]
        axes.bar(middles, self.counts, width=np.diff(edges) * 0.92, color=colours, label="generated and target")
        if self.do_nothing:
            axes.stairs(self.do_nothing, edges, color=ink, linewidth=1.2, label="source and target")
            axes.legend(frameon=False, loc="upper left", fontsize=12)
        axes.spines[["top", "right"]].set_visible(False)

    def _draw_examples(self, figure: "Figure", _ink: str) -> None:
        content, (pixels,) = self._examples(self.span)
        pictures = np.frombuffer(pixels, np.uint8).reshape(-1, *self._pictures.shape[1:])
        still.write_title(figure, "Source, target, generated")
        shown = list(zip(content["examples"], pictures, strict=True))[:: max(1, len(pictures) // 3)][:3]
        for row, (example, three) in enumerate(shown):
            top = 0.62 - 0.31 * row
            figure.text(0.02, top + 0.26, f"{example['text']}: {example['ssim']:.2f}", va="bottom", fontsize=12)
            for column, picture in enumerate(three):
                axes = figure.add_axes((0.02 + 0.27 * column, top, 0.25, 0.25))
                axes.imshow(picture, cmap="gray", vmin=0, vmax=255)
                axes.axis("off")


def _sentence(answer: dict, n: int) -> str:
    low, high = answer["span"]
    mean = "" if answer["mean"] is None else f", mean {answer['mean']:.2f}"
    return (
        f"SSIM from {low:.2f} to {high:.2f}: {answer['count']:,} of {n:,} pictures ({answer['count'] / n:.0%}){mean}."
    )


def _checked_pictures(
    sources: ArrayLike, targets: ArrayLike, generated: ArrayLike
) -> UInt8[np.ndarray, "n 3 side side"]:
    arrays = {"sources": np.asarray(sources), "targets": np.asarray(targets), "generated": np.asarray(generated)}
    shape = arrays["sources"].shape
    for name, array in arrays.items():
        if array.dtype != np.uint8 or array.ndim != 3 or array.shape != shape or shape[1] != shape[2] or shape[0] == 0:
            raise UserError(
                f"{name} must be uint8 (n, side, side), as many and as large as sources;"
                f" got {array.dtype} {array.shape}."
            )
    return np.stack(list(arrays.values()), axis=1)


def _checked_ssim(name: str, values: ArrayLike, n: int) -> Float[np.ndarray, " n"]:
    array = np.asarray(values, dtype=float)
    if array.shape != (n,) or not (np.abs(array) <= 1 + 1e-6).all():
        raise UserError(
            f"{name} must be {n} numbers from -1 to 1, one a picture;"
            f" got shape {array.shape}, or NaN or other numbers in it."
        )
    return array.clip(-1, 1)

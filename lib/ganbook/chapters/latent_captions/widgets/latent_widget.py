"""What the chapter's widgets share: a position c, and the labels that a captioner then gives to fixed images."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import traitlets
from jaxtyping import Float, Int
from numpy.typing import ArrayLike

from ganbook.chapters.latent_captions.widgets import labelling
from ganbook.errors import UserError
from ganbook.nn import weights_id
from ganbook.viz import DIGIT_COLOURS
from ganbook.widgets import page
from ganbook.widgets.base import Explorer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BEHIND = "#858b9359"
"""The random-c histogram, behind the other one; alpha included, so that it suits both papers."""


class LatentWidget(Explorer):
    """A widget that moves c and shows the labels that a captioner then gives to N fixed images.

    A request's buffer holds latents, float32 (n, 3); the answer's holds the bytes of ``_answer(latents)``.
    """

    _answers_from = "captioner"

    c = traitlets.Any(help="The latent shown, three numbers in [-3, 3]; set it from any array-like").tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    colours = traitlets.List(traitlets.Unicode()).tag(sync=True)
    n_images = traitlets.Int().tag(sync=True)
    limit = traitlets.Float(labelling.LIMIT).tag(sync=True)
    ceiling = traitlets.Float(help="What fraction no correct captioner exceeds; scales end there.").tag(sync=True)

    def __init__(
        self,
        labeller: labelling.AnyLabeller,
        truth: ArrayLike,
        names: Sequence[str],
        *,
        batch_size: int,
        **traits: object,
    ) -> None:
        if not callable(labeller):
            raise UserError(f"The labeller must be a function of latents (n, 3); got {type(labeller).__name__}.")
        if batch_size < 1:
            raise UserError(f"batch_size must be at least 1; got {batch_size}.")
        words = labelling.checked_names(names)
        self._labeller = labeller
        self._batch_size = batch_size
        self._truth = labelling.checked_truth(truth, len(words))
        super().__init__(
            names=words,
            colours=list(DIGIT_COLOURS[: len(words)]),
            n_images=len(self._truth),
            ceiling=labelling.commonest_presence(self._truth, len(words)),
            **traits,
        )

    @traitlets.validate("c")
    def _check_c(self, proposal: traitlets.Bunch) -> list[float]:
        return labelling.checked_position(proposal["value"])

    def labels(self, latents: ArrayLike) -> Int[np.ndarray, "n images"]:
        """The label index that each image gets, for each latent (n, 3) or for one c (3,).

        Raises:
            UserError: bad latents, or the labeller's answer is not what was agreed.
        """
        return labelling.labels_for(self._labeller, latents, self.n_images, len(self.names), self._batch_size)

    def histogram(self) -> Float[np.ndarray, " names"]:
        """The fraction of the N images that gets each label at the present c; sum 1."""
        return labelling.label_counts(self.labels(self.c), len(self.names))[0] / self.n_images

    def accuracy(self) -> float:
        """The fraction of the N images whose label at the present c is one of their own four."""
        return float(labelling.right_counts(self.labels(self.c), self._truth)[0] / self.n_images)

    def summary(self) -> str:
        """The present state in one sentence, the same that a screen reader is told after a move."""
        return f"{self._state_in_words()}."

    def _state_in_words(self) -> str:
        histogram = self.histogram()
        most = int(histogram.argmax())
        share = f"“{self.names[most]}” for {histogram[most]:.0%} of {self.n_images:,} test images"
        return f"c = {labelling.written(self.c)}: {share}, accuracy {self.accuracy():.1%}"

    def _histogram_in_words(self) -> str:
        return ", ".join(f"{name} {fraction:.0%}" for name, fraction in zip(self.names, self.histogram(), strict=True))

    def page_facts(self) -> page.Facts | None:
        model, features = weights_id(self._labeller), getattr(self._labeller, "features", None)
        if model is None or features is None:
            return None
        numbers = np.asarray(features, dtype=np.float32)
        facts = {"features": numbers.tobytes(), "sizes": numbers.shape, "truth": self._truth.astype(np.uint8).tobytes()}
        return page.Facts(model, facts)

    def _answer(self, latents: np.ndarray) -> np.ndarray:
        """What the front end gets for latents (n, 3)."""
        raise NotImplementedError

    def _reply(self, request: dict, buffers: list) -> tuple[dict, list[bytes]]:
        latents = np.frombuffer(buffers[0], dtype=np.float32).reshape(-1, labelling.DIMENSIONS)
        return {}, [self._answer(latents).tobytes()]


def draw_histogram(
    figure: "Figure",
    names: Sequence[str],
    fractions: np.ndarray,
    ceiling: float,
    ink: str,
    behind: np.ndarray | None = None,
) -> None:
    """Horizontal bars, one a label, in the labels' colours; ``behind`` is a second histogram in grey, wider bars."""
    axes = figure.add_axes((0.25, 0.2, 0.6, 0.69))
    rows = np.arange(len(names))
    end = max(ceiling, fractions.max())
    colours = DIGIT_COLOURS[: len(names)]
    legend = [axes.barh(rows, fractions, height=0.5, color=colours, label="this c", zorder=3)]
    if behind is not None:
        legend.append(axes.barh(rows, behind, height=0.86, color=BEHIND, label="random c"))
    legend.append(axes.axvline(1 / len(names), color=ink, linewidth=1, linestyle=(0, (4, 3)), label="even", zorder=4))
    for row, fraction in zip(rows, fractions, strict=True):
        axes.text(1.02 * end, row, f"{fraction:.0%}", va="center", color=ink)
    axes.set_yticks(rows, [f"{name}  {row}" for row, name in enumerate(names)])
    axes.invert_yaxis()
    axes.set_xlim(0, end)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    figure.legend(handles=legend, frameon=False, ncols=3, loc="lower center", handlelength=1.1, columnspacing=1.1)

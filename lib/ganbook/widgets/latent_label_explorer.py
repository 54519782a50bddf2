"""Move c with sliders or a pad; watch the captions of the test images and their histogram."""

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import traitlets
from numpy.typing import ArrayLike
from PIL import Image

from ganbook.errors import UserError
from ganbook.widgets import labelling, still
from ganbook.widgets.base import LatentWidget, module_source

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIDE = 64
MOST_IMAGES = 24
NAMED = "#ffb000"
"""The frame round the digit that a caption names."""


class LatentLabelExplorer(LatentWidget):
    """Three sliders and a pad for c; the captions of M test images; the label histogram over all N of them.

    Args:
        labeller: float32 latents (n, 3) -> int (n, N), the label each of the N test images gets. Asked at every move, so it
            should take 10 ms or so.
        images: uint8 (M, 64, 64), 1 <= M <= 24, the first M of the N test images, shown with their captions.
        truth: int (N, 4), the labels top left, top right, bottom left, bottom right.
        names: the 2 to 10 label words.
        c: where to start, three numbers in [-3, 3]. The trait ``c`` follows the person's moves and can be set.
        presets: buttons that set c: ``{"prefers 3": (0.5, -1, 2), ...}``.
        random_histogram: fractions (len(names),) of the labels when every image gets a random c; ``None``: computed here from
            ``random_draws`` latents ~ N(0, I), drawn with ``seed``, each on all images.

    Raises:
        UserError: an argument of another shape, dtype or range.
    """

    _esm = module_source("latent_label_explorer.js")

    truth = traitlets.Bytes(help="uint8 (N, 4)").tag(sync=True)
    sprite = traitlets.Bytes(help="PNG: the M shown images one below the other").tag(sync=True)
    n_shown = traitlets.Int().tag(sync=True)
    presets = traitlets.Dict().tag(sync=True)
    random_histogram = traitlets.List(traitlets.Float()).tag(sync=True)
    first_c = traitlets.List().tag(sync=True)
    first_labels = traitlets.Bytes(help="uint8 (N,): the labels at first_c, shown before Python is asked").tag(sync=True)

    def __init__(
        self,
        labeller: labelling.Labeller,
        images: ArrayLike,
        truth: ArrayLike,
        names: Sequence[str],
        *,
        c: ArrayLike = (0.0, 0.0, 0.0),
        presets: Mapping[str, ArrayLike] | None = None,
        random_histogram: ArrayLike | None = None,
        random_draws: int = 32,
        seed: int = 0,
        batch_size: int = 64,
    ) -> None:
        super().__init__(
            labeller,
            truth,
            names,
            batch_size=batch_size,
            c=labelling.checked_position(c),
            presets={name: labelling.checked_position(position) for name, position in (presets or {}).items()},
        )
        self._images = _checked_images(images, self.n_images)
        self.truth = self._truth.astype(np.uint8).tobytes()
        self.n_shown = len(self._images)
        self.sprite = _png(self._images.reshape(-1, SIDE))
        self.first_c = self.c
        self.first_labels = self._answer(np.array([self.c], dtype=np.float32)).tobytes()
        if random_draws < 1:
            raise UserError(f"random_draws must be at least 1; got {random_draws}.")
        if random_histogram is None:
            latents = np.random.default_rng(seed).standard_normal((random_draws, labelling.DIMENSIONS))
            random_histogram = labelling.label_counts(self.labels(latents), len(self.names)).mean(axis=0) / self.n_images
        self.random_histogram = _checked_fractions(random_histogram, len(self.names))

    def histogram(self) -> np.ndarray:
        """The fraction of the N images that gets each label at the present c: float (len(names),), sum 1."""
        return labelling.label_counts(self.labels(self.c), len(self.names))[0] / self.n_images

    def accuracy(self) -> float:
        """The fraction of the N images whose label at the present c is one of their own four."""
        return float(labelling.right_counts(self.labels(self.c), self._truth)[0] / self.n_images)

    def summary(self) -> str:
        """The present state in one sentence, the same that a screen reader is told after a move."""
        histogram = self.histogram()
        most = int(histogram.argmax())
        return (
            f"c = {labelling.written(self.c)}: “{self.names[most]}” for {histogram[most]:.0%} of {self.n_images:,} test "
            f"images, accuracy {self.accuracy():.1%}, total variation {labelling.total_variation(histogram):.2f} "
            f"(random c: {labelling.total_variation(np.array(self.random_histogram)):.2f})."
        )

    def alt_text(self) -> str:
        captions = ", ".join(self.names[label] for label in self.labels(self.c)[0, : self.n_shown])
        bars = ", ".join(f"{name} {fraction:.0%}" for name, fraction in zip(self.names, self.histogram(), strict=True))
        return f"Label explorer. {self.summary()} Captions of the {self.n_shown} images shown: {captions}. Histogram: {bars}."

    def _answer(self, latents: np.ndarray) -> np.ndarray:
        return self.labels(latents).astype(np.uint8)

    def _still(self, ink: str) -> "Figure":
        figure = still.figure(9, 4.4)
        grid, bars = figure.add_axes((0.01, 0.02, 0.52, 0.88)), figure.add_axes((0.64, 0.17, 0.29, 0.73))
        self._draw_images(grid)
        behind = np.array(self.random_histogram)
        still.draw_histogram(bars, self.names, self.histogram(), self.ceiling, ink, behind)
        even, this, random = bars.get_legend_handles_labels()[0]
        below = {"loc": "upper center", "bbox_to_anchor": (0.4, -0.1), "ncols": 3}
        bars.legend(handles=[this, random, even], frameon=False, handlelength=1.2, columnspacing=1.2, **below)
        still.write_title(grid, f"At c = {labelling.written(self.c)}")
        still.write_title(bars, f"All {self.n_images:,} test images: accuracy {self.accuracy():.1%}")
        return figure

    def _draw_images(self, axes: "Axes") -> None:
        """The shown images, four a row or six, each with its caption below and a frame round the digit that the caption names."""
        n_columns = 4 if self.n_shown <= 12 else 6
        half, pitch_across, pitch_down = SIDE // 2, SIDE + 10, SIDE + 22
        for i, label in enumerate(self.labels(self.c)[0, : self.n_shown]):
            left, top = i % n_columns * pitch_across, i // n_columns * pitch_down
            named = np.flatnonzero(self._truth[i] == label)
            axes.imshow(self._images[i], cmap="gray", vmin=0, vmax=255, extent=(left, left + SIDE, top + SIDE, top))
            for place in named:
                right, down = place % 2 * half, place // 2 * half
                x, y = left + right + np.array([1, half - 1]), top + down + np.array([1, half - 1])
                axes.plot(x[[0, 1, 1, 0, 0]], y[[0, 0, 1, 1, 0]], color=NAMED, linewidth=2.5)
            caption = f"{self.names[label]} {'✓' if len(named) else '✗'}"
            axes.text(left + half, top + SIDE + 3, caption, ha="center", va="top")
        n_rows = -(-self.n_shown // n_columns)
        axes.set(xlim=(0, n_columns * pitch_across - 10), ylim=(n_rows * pitch_down, 0), anchor="NW")
        axes.axis("off")


def _checked_images(images: ArrayLike, n_images: int) -> np.ndarray:
    array = np.asarray(images)
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[1:] != (SIDE, SIDE):
        raise UserError(f"images must be uint8 of shape (M, {SIDE}, {SIDE}); got {array.dtype} {array.shape}.")
    most = min(n_images, MOST_IMAGES)
    if not 1 <= len(array) <= most:
        raise UserError(f"1 to {most} images can be shown, the first of the {n_images} in truth; got {len(array)}.")
    return array


def _checked_fractions(fractions: ArrayLike, n_names: int) -> list[float]:
    array = np.asarray(fractions, dtype=float)
    if array.shape != (n_names,) or not np.isclose(array.sum(), 1) or (array < 0).any():
        raise UserError(f"random_histogram must be {n_names} fractions with sum 1; got {array}.")
    return array.tolist()


def _png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format="PNG", optimize=True)
    return file.getvalue()

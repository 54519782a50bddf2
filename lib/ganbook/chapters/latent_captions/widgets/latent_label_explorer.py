"""Move c with sliders or a pad; watch the captions of the test images and their histogram."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import traitlets
from numpy.typing import ArrayLike
from PIL import Image

from ganbook.chapters.latent_captions.widgets import labelling
from ganbook.chapters.latent_captions.widgets.latent_widget import LatentWidget, draw_histogram
from ganbook.errors import UserError
from ganbook.widgets import still
from ganbook.widgets.base import module_source

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIDE = 64
MOST_IMAGES = 24
NAMED = "#ffb000"
"""The frame round the digit that a caption names."""


class LatentLabelExplorer(LatentWidget):
    """Three sliders and a pad for c; the captions of M test images; the label histogram over all N of them.

    Args:
        labeller: float32 latents (n, 3) -> int (n, N), the label each of the N test images gets. Asked at every move,
            so it should take 10 ms or so.
        images: uint8 (M, 64, 64), 1 <= M <= 24, the first M of the N test images, shown with their captions.
        truth: int (N, 4), the labels top left, top right, bottom left, bottom right.
        names: the 2 to 10 label words.
        c: where to start, three numbers in [-3, 3]. The trait ``c`` follows the person's moves and can be set.
        presets: buttons that set c: ``{"prefers 3": (0.5, -1, 2), ...}``.
        random_histogram: fractions (len(names),) of the labels when every image gets a random c; ``None``: computed
            here from ``random_draws`` latents ~ N(0, I), drawn with ``seed``, each on all images.

    Raises:
        UserError: an argument of another shape, dtype or range.
    """

    _esm = module_source(Path(__file__).with_suffix(".js"))

    truth = traitlets.Bytes(help="uint8 (N, 4)").tag(sync=True)
    sprite = traitlets.Bytes(help="PNG: the M shown images one below the other").tag(sync=True)
    n_shown = traitlets.Int().tag(sync=True)
    presets = traitlets.Dict().tag(sync=True)
    random_histogram = traitlets.List(traitlets.Float()).tag(sync=True)
    first_c = traitlets.List().tag(sync=True)
    first_labels = traitlets.Bytes(help="uint8 (N,): labels at first_c, shown before Python is asked").tag(sync=True)

    def __init__(
        self,
        labeller: labelling.AnyLabeller,
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
            counts = labelling.label_counts(self.labels(latents), len(self.names))
            random_histogram = counts.mean(axis=0) / self.n_images
        self.random_histogram = _checked_fractions(random_histogram, len(self.names))

    def summary(self) -> str:
        here, random = (labelling.total_variation(each) for each in (self.histogram(), np.array(self.random_histogram)))
        return f"{self._state_in_words()}, total variation {here:.2f} (random c: {random:.2f})."

    def still_panels(self) -> list[still.Panel]:
        labels = self.labels(self.c)[0, : self.n_shown]
        verdicts = ["right" if right else "wrong" for right in self._named(labels).any(axis=1)]
        pairs = zip(labels, verdicts, strict=True)
        captions = ", ".join(f"{self.names[label]} ({verdict})" for label, verdict in pairs)
        histogram = f"{self.summary()} Histogram of the captions: {self._histogram_in_words()}."
        return [
            still.Panel(f"Label explorer. Captions of {self.n_shown} test images: {captions}.", self._draw_images),
            still.Panel(histogram, self._draw_histogram),
        ]

    def _answer(self, latents: np.ndarray) -> np.ndarray:
        return self.labels(latents).astype(np.uint8)

    def _named(self, labels: np.ndarray) -> np.ndarray:
        """Which of the four digits of each image its label names: bool (n, 4), for the first n images."""
        return self._truth[: len(labels)] == labels[:, None]

    def _draw_histogram(self, figure: "Figure", ink: str) -> None:
        still.write_title(figure, f"{self.n_images:,} test images, accuracy {self.accuracy():.1%}")
        draw_histogram(figure, self.names, self.histogram(), self.ceiling, ink, np.array(self.random_histogram))

    def _draw_images(self, figure: "Figure", _ink: str) -> None:
        """The shown images, four a row or six, each with its caption and a frame round the digit that it names."""
        still.write_title(figure, f"c = {labelling.written(self.c)}")
        axes = figure.add_axes((0.01, 0.01, 0.98, 0.89))
        n_columns = 4 if self.n_shown <= 12 else 6
        half, pitch_across, pitch_down = SIDE // 2, SIDE + 10, SIDE + 22
        labels = self.labels(self.c)[0, : self.n_shown]
        for i, (label, named) in enumerate(zip(labels, self._named(labels), strict=True)):
            left, top = i % n_columns * pitch_across, i // n_columns * pitch_down
            axes.imshow(self._images[i], cmap="gray", vmin=0, vmax=255, extent=(left, left + SIDE, top + SIDE, top))
            for place in np.flatnonzero(named):
                x = left + place % 2 * half + np.array([1, half - 1])
                y = top + place // 2 * half + np.array([1, half - 1])
                axes.plot(x[[0, 1, 1, 0, 0]], y[[0, 0, 1, 1, 0]], color=NAMED, linewidth=2.5)
            caption = f"{self.names[label]} {'✓' if named.any() else '✗'}"
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
        raise UserError(f"random_histogram must be {n_names} fractions with sum 1; got {array.tolist()}.")
    return array.tolist()


def _png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format="PNG", optimize=True)
    return file.getvalue()

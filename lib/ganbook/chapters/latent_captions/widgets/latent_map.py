"""A plane of c, coloured by the label that is preferred there."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import traitlets
from jaxtyping import Int
from numpy.typing import ArrayLike

from ganbook.chapters.latent_captions.widgets import labelling
from ganbook.chapters.latent_captions.widgets.latent_widget import LatentWidget, draw_histogram
from ganbook.errors import UserError
from ganbook.widgets import still
from ganbook.widgets.base import module_source

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FAINTEST = 0.4
"""Opacity of a cell whose preferred label is no more frequent than in an even histogram."""


class LatentMap(LatentWidget):
    """A map of preferred labels over two axes of c, the third fixed by a slider; the histogram follows the pointer.

    Args:
        labeller: float32 latents (n, 3) -> int (n, N), the label each of N images gets. A plane asks for ``cells``^2
            latents, so give it a few hundred images rather than thousands: 1 ms a latent makes 1.7 s a plane.
        truth: int (N, 4), the labels of each image, for the accuracy.
        names: the 2 to 10 label words.
        axes: the two axes of c that span the plane at the start, e.g. ``(0, 1)``.
        c: the cross-hair at the start and, in the third dimension, the fixed value; rounded to the grid. The trait
            ``c`` is the cross-hair as last pinned and can be set.
        cells: grid points a side over [-3, 3], odd, 5 to 101.
        batch_size: latents a call of the labeller.

    Raises:
        UserError: an argument of another shape, dtype or range.
    """

    _esm = module_source(Path(__file__).with_suffix(".js"))

    axes = traitlets.List([0, 1], help="The two axes of the plane, ascending, of 0, 1, 2.").tag(sync=True)
    cells = traitlets.Int().tag(sync=True)
    faintest = traitlets.Float(FAINTEST).tag(sync=True)
    first_plane = traitlets.List(help="[axis across, axis up, value of the third] of first_table").tag(sync=True)
    first_table = traitlets.Bytes(help="uint32 (cells^2, names + 1), as _answer gives it").tag(sync=True)

    def __init__(
        self,
        labeller: labelling.AnyLabeller,
        truth: ArrayLike,
        names: Sequence[str],
        *,
        axes: tuple[int, int] = (0, 1),
        c: ArrayLike = (0.0, 0.0, 0.0),
        cells: int = 41,
        batch_size: int = 64,
    ) -> None:
        if not (isinstance(cells, int) and 5 <= cells <= 101 and cells % 2):
            raise UserError(f"cells must be an odd whole number from 5 to 101; got {cells!r}.")
        position = labelling.checked_position(c)
        super().__init__(labeller, truth, names, batch_size=batch_size, cells=cells, axes=list(axes), c=position)
        self._tables: dict[tuple[int, int, float], np.ndarray] = {}
        self.first_table = self._table().astype(np.uint32).tobytes()
        self.first_plane = list(self._plane())

    @traitlets.validate("c")
    def _check_c(self, proposal: traitlets.Bunch) -> list[float]:
        c = np.array(labelling.checked_position(proposal["value"]))
        step = 2 * labelling.LIMIT / (self.cells - 1)
        return (np.round(np.round(c / step) * step, 6) + 0.0).tolist()

    @traitlets.validate("axes")
    def _check_axes(self, proposal: traitlets.Bunch) -> list[int]:
        axes = list(proposal["value"])
        if axes not in ([0, 1], [0, 2], [1, 2]):
            raise UserError(f"axes must be (0, 1), (0, 2) or (1, 2); got {tuple(axes)}.")
        return axes

    def grid(self) -> np.ndarray:
        """The coordinates of the cells along an axis: float (cells,), from -3 to 3."""
        return np.linspace(-labelling.LIMIT, labelling.LIMIT, self.cells)

    def counts(self) -> Int[np.ndarray, "up across names"]:
        """How many images get each label at each cell of the present plane; row 0 is -3 on the second axis."""
        return self._table()[:, :-1].reshape(self.cells, self.cells, -1)

    def still_panels(self) -> list[still.Panel]:
        across, up, third = self._axis_names()
        areas = labelling.label_counts(self.counts().argmax(axis=2).reshape(1, -1), len(self.names))[0] / self.cells**2
        order = np.argsort(-areas, kind="stable")
        shares = ", ".join(f"{self.names[label]} on {areas[label]:.0%}" for label in order if areas[label] >= 0.005)
        plane = f"{across} (across) and {up} (up), each from -3 to 3, with {third} = {self._plane()[2]:.2f}"
        histogram = f"At {self.summary()} Histogram of the captions: {self._histogram_in_words()}."
        return [
            still.Panel(f"Map of the preferred label over {plane}. Share of the plane: {shares}.", self._draw_plane),
            still.Panel(histogram, self._draw_histogram),
        ]

    def _plane(self) -> tuple[int, int, float]:
        across, up = self.axes
        return across, up, self.c[3 - across - up]

    def _axis_names(self) -> tuple[str, str, str]:
        across, up = self.axes
        return f"c{across + 1}", f"c{up + 1}", f"c{4 - across - up}"

    def _answer(self, latents: np.ndarray) -> np.ndarray:
        """uint32 (n, names + 1): the label counts, then how many images got a right label."""
        labels = self.labels(latents)
        right = labelling.right_counts(labels, self._truth)
        return np.column_stack([labelling.label_counts(labels, len(self.names)), right]).astype(np.uint32)

    def _table(self) -> np.ndarray:
        """``_answer`` for all cells of the present plane, row by row from the bottom; kept, since pictures need it."""
        plane = self._plane()
        if plane not in self._tables:
            across, up, third = plane
            latents = np.full((self.cells**2, labelling.DIMENSIONS), third, dtype=np.float32)
            latents[:, across] = np.tile(self.grid(), self.cells)
            latents[:, up] = np.repeat(self.grid(), self.cells)
            starts = range(0, len(latents), self._batch_size)
            self._tables = {plane: np.concatenate([self._answer(latents[s : s + self._batch_size]) for s in starts])}
        return self._tables[plane]

    def _draw_histogram(self, figure: "Figure", ink: str) -> None:
        still.write_title(figure, f"At c = {labelling.written(self.c)}")
        draw_histogram(figure, self.names, self.histogram(), self.ceiling, ink)

    def _draw_plane(self, figure: "Figure", _ink: str) -> None:
        from matplotlib.colors import to_rgb
        from matplotlib.patheffects import withStroke

        across, up, third = self._axis_names()
        still.write_title(figure, f"Preferred label, {third} = {self._plane()[2]:.2f}")
        panel = figure.add_axes((0.14, 0.14, 0.75, 0.75), xlabel=across, ylabel=up)
        counts = self.counts()
        preferred = counts.argmax(axis=2)
        even = 1 / len(self.names)
        strength = np.clip((counts.max(axis=2) / self.n_images - even) / max(self.ceiling - even, 1e-9), 0, 1)
        colours = np.array([to_rgb(colour) for colour in self.colours])[preferred]
        edge = labelling.LIMIT + labelling.LIMIT / (self.cells - 1)
        cells = np.dstack([colours, FAINTEST + (1 - FAINTEST) * strength])
        panel.imshow(cells, origin="lower", extent=(-edge, edge, -edge, edge), interpolation="nearest")
        for label, row, column in largest_regions(preferred):
            text = panel.text(self.grid()[column], self.grid()[row], str(label), ha="center", va="center")
            halo = withStroke(linewidth=3, foreground=still.PAPER["dark"])
            text.set(color="#ffffff", fontsize=16, weight="bold", path_effects=[halo])
        x, y = (self.c[axis] for axis in self.axes)
        for size, colour in ((5, still.PAPER["dark"]), (2.5, "#ffffff")):
            panel.plot(x, y, "o", markersize=11, mfc="none", mec=colour, mew=size)
        panel.set(xticks=range(-3, 4), yticks=range(-3, 4))


def largest_regions(preferred: Int[np.ndarray, "up across"], smallest: int = 4) -> list[tuple[int, int, int]]:
    """(label, row, column) of the cell deepest inside each label's largest connected area, if that is not too small."""
    from scipy import ndimage

    anchors = []
    for label in np.unique(preferred):
        areas, _ = ndimage.label(preferred == label)
        sizes = np.bincount(areas.ravel())[1:]
        if sizes.max() < smallest:
            continue
        inside = np.pad(areas == sizes.argmax() + 1, 1)
        depth = ndimage.distance_transform_edt(inside)[1:-1, 1:-1]
        row, column = np.unravel_index(depth.argmax(), depth.shape)
        anchors.append((int(label), int(row), int(column)))
    return anchors

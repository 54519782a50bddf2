"""The trained encoder in use: label maps or scribbles in, pictures out; new looks, and refinement."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int, Integer, UInt8
from numpy import ndarray
from torch import Tensor

from ganbook import training
from ganbook.chapters.few_shot_layout.config import PROFILES, Config
from ganbook.chapters.few_shot_layout.model import LayoutEncoder
from ganbook.chapters.few_shot_layout.pseudo_labels import Prototypes, at_features, coarsened, cosines, drawn
from ganbook.chapters.few_shot_layout.refinement import refine, slope
from ganbook.chapters.few_shot_layout.shots import Shots, inverted, shot_prototypes
from ganbook.data.avatars import LABELS
from ganbook.data.avatars.label_maps import CLASS_COLOURS
from ganbook.data.pixels import as_numbers, in_colours, read_pixels
from ganbook.errors import UserError

SLUG = "few_shot_layout"
BATCH = 50

SPLIT = 0.6
"""The share of the generator's layers, from the coarsest, that make the layout; the others make the look."""

AXES, AXES_FROM = 8, 1_024
"""Principal axes of W that refinement moves along, and the codes that they are found from."""


def lower_layers(styles: int) -> int:
    """How many of a generator's layers make the layout; the layer sweep of the chapter shows why."""
    return round(SPLIT * styles)


class Axes(NamedTuple):
    """Leading principal axes of W.

    Attributes:
        directions: unit vectors, (components, latent).
        deviations: of W along each, (components,).
    """

    directions: Tensor
    deviations: Tensor


def principal(codes: Float[Tensor, "n latent"], count: int = AXES) -> Axes:
    """The axes along which codes vary most, in falling order."""
    _, spread, axes = torch.linalg.svd(codes - codes.mean(0), full_matrices=False)
    return Axes(axes[:count], spread[:count] / (len(codes) - 1) ** 0.5)


@dataclass(frozen=True)
class Painter:
    """A trained encoder with the prior that it steers.

    Attributes:
        config: settings of the training.
        prior: a `style_prior`.
        encoder: in evaluation mode.
        shots: the annotated pictures; their labels are scribbles if the encoder reads scribbles.
        given: their prototypes.
        axes: of W.
        one_code: whether all layers take the mean of what the heads say, who all learned the same code; an encoder that
            learned from pictures gives each layer its own.
        names: of the classes, in the order of their numbers.
    """

    config: Config
    prior: Any
    encoder: LayoutEncoder
    shots: Shots
    given: Prototypes
    axes: Axes
    one_code: bool = True
    names: tuple[str, ...] = LABELS

    @property
    def sparse(self) -> bool:
        """Whether the encoder reads scribbles."""
        return self.config.labels == "sparse"

    @property
    def side(self) -> int:
        """Pixels of a side."""
        return self.shots.pictures.shape[-1]

    @property
    def lower(self) -> int:
        """Layers that make the layout."""
        return lower_layers(self.prior.generator.synthesis.styles)

    def prepared(self, labels: Integer[Tensor, "n side side"]) -> Int[Tensor, "n side side"]:
        """Label maps or scribbles as the encoder saw them in its training: made of squares, unless it learned from
        pictures with whole label maps.
        """
        if not self.one_code:
            return labels.long()
        return coarsened(labels.long(), self.features(self.shots.ws[:1]).shape[-1], self.sparse)

    @torch.no_grad()
    def codes(self, labels: Integer[Tensor, "n side side"]) -> Float[Tensor, "n styles latent"]:
        """The encoder's codes for label maps or scribbles.

        Raises:
            UserError: another size, or numbers that no class has; :func:`read_map` makes maps that fit.
        """
        return self.agreed(self.said(labels))

    def agreed(self, ws: Float[Tensor, "n styles latent"]) -> Float[Tensor, "n styles latent"]:
        """What the heads say as the generator gets it: their mean in all layers, or as it is; see ``one_code``."""
        return ws.mean(1, keepdim=True).expand_as(ws) if self.one_code else ws

    @torch.no_grad()
    def said(self, labels: Integer[Tensor, "n side side"]) -> Float[Tensor, "n styles latent"]:
        """What each head of the encoder says of label maps or scribbles; raises as :meth:`codes`."""
        refuse_map(labels, self.side, self.names)
        return torch.cat([self.encoder(part) for part in self.prepared(labels).split(BATCH)])

    def draw(self, ws: Float[Tensor, "n styles latent"]) -> UInt8[Tensor, "n 3 side side"]:
        """Pictures, 0 to 255, of codes for each layer."""
        return torch.cat([self.prior.draw(part) for part in ws.split(BATCH)])

    def paint(self, labels: Integer[Tensor, "n side side"]) -> UInt8[Tensor, "n 3 side side"]:
        """Pictures, 0 to 255, of label maps or scribbles; raises as :meth:`codes`."""
        return self.draw(self.codes(labels))

    def looks(self, n: int, seed: int = 0, psi: float = 0.7) -> Float[Tensor, "n latent"]:
        """Codes of samples, to take looks from."""
        return self.prior.codes(n, psi, seed)

    def restyled(
        self, ws: Float[Tensor, "n styles latent"], looks: Float[Tensor, "n latent"], lower: int | None = None
    ) -> Float[Tensor, "n styles latent"]:
        """Codes whose layers from ``lower`` on are those of other pictures: the same layout, another look."""
        lower = self.lower if lower is None else lower
        above = looks[:, None].expand(-1, ws.shape[1] - lower, -1)
        return torch.cat([ws[:, :lower], above], 1)

    @torch.no_grad()
    def features(self, ws: Float[Tensor, "n styles latent"]) -> Float[Tensor, "n channels height width"]:
        """What the layers that carry labels give while these codes are drawn."""
        return self._drawn(ws)[1]

    def likeness(self, ws: Float[Tensor, "n styles latent"]) -> Float[Tensor, "n classes height width"]:
        """Cosine of each place's feature with the prototype of each class; 0 for a class without one."""
        return cosines(self.features(ws), self.given.vectors)

    def refined(
        self,
        ws: Float[Tensor, "n styles latent"],
        labels: Integer[Tensor, "n side side"],
        steps: int = 200,
        keep_every: int = 10,
    ) -> tuple[list[Float[Tensor, "n styles latent"]], Float[Tensor, "steps n"]]:
        """Codes on their way to a better fit, and losses: see
        :func:`ganbook.chapters.few_shot_layout.refinement.refine`.

        Raises:
            UserError: as :meth:`codes`.
        """
        mean, (directions, deviations) = self.encoder.mean, self.axes
        how = (self.given, mean, directions, deviations, self.lower, self.sparse)
        return refine(self._drawn, ws, self.wanted(labels), *how, steps=steps, keep_every=keep_every)

    def wanted(self, labels: Integer[Tensor, "n side side"]) -> Int[Tensor, "n height width"]:
        """The class that is asked for at each place of the features; 0 where scribbles leave it open.

        Raises:
            UserError: as :meth:`codes`.
        """
        refuse_map(labels, self.side, self.names)
        return at_features(self.prepared(labels), self.features(self.shots.ws[:1]))

    def slope(
        self, ws: Float[Tensor, "n styles latent"], wanted: Int[Tensor, "n height width"]
    ) -> tuple[Float[Tensor, " n"], Float[Tensor, "n components"]]:
        """Loss and gradient of a step of :meth:`refined`: see
        :func:`ganbook.chapters.few_shot_layout.refinement.slope`.
        """
        return slope(self._drawn, ws, wanted, self.given, self.axes.directions, self.lower, self.sparse)

    def _drawn(self, ws: Tensor) -> tuple[Tensor, Tensor]:
        return drawn(self.prior.generator.synthesis, ws, self.config.feature_layers)


def refuse_map(labels: Integer[Tensor, "n side side"], side: int, names: Sequence[str]) -> None:
    """Raise `UserError` for label maps of another size, or with numbers that no class has."""
    if tuple(labels.shape[1:]) != (side, side):
        raise UserError(f"expected label maps of {side} x {side} pixels, got {tuple(labels.shape[1:])}")
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= len(names):
        raise UserError(f"expected classes from 0 to {len(names) - 1}, got {low} to {high}")


# What a person brings


class Understood(NamedTuple):
    """A label map or scribbles as the encoder takes them, and what was done to them.

    Attributes:
        labels: uint8 (side, side).
        notes: a line for each thing that was understood otherwise than given, or ignored.
    """

    labels: Tensor
    notes: list[str]


TOLERANCE = 60.0
"""Distance of a colour from one of the palette, in 0 to 255 root mean square, up to which it is taken for that one."""


def read_map(source: object, side: int, sparse: bool = False, names: Sequence[str] = LABELS) -> Understood:
    """A label map or scribbles from a file, a Pillow image or an array of any size, brought to ``side`` pixels.

    Numbers that no class has become 0; colours are taken for those of the book's palette; what is not square is cut to
    its middle. Each is said in the notes, and so are maps from which little can follow.

    Raises:
        UserError: no picture that can be read, nothing in it, no whole numbers, or colours of another palette.
    """
    pixels, notes = read_pixels(source, as_numbers), []
    if pixels.ndim == 3:
        pixels = _by_colour(pixels, names, notes)
    if pixels.ndim != 2 or not pixels.size:
        raise UserError(f"expected a label map with one class a pixel, got an array of shape {pixels.shape}")
    if pixels.dtype != bool and not np.issubdtype(pixels.dtype, np.integer):
        raise UserError(f"expected a label map of whole numbers, got {pixels.dtype}")
    labels = pixels.astype(np.int64)
    unknown = (labels < 0) | (labels >= len(names))
    if unknown.any():
        numbers = ", ".join(map(str, np.unique(labels[unknown])[:5]))
        notes.append(f"ignored: {unknown.mean():.0%} of the pixels, of classes that there are not ({numbers})")
        labels = np.where(unknown, 0, labels)
    labels = _sized(labels, side, notes)
    _say_what_is_little(labels, sparse, names, notes)
    return Understood(torch.from_numpy(labels.astype(np.uint8)), notes)


def _by_colour(pixels: ndarray, names: Sequence[str], notes: list[str]) -> ndarray:
    colours = pixels[..., :3].astype(float)  # (height, width, 3)
    apart = np.sqrt(np.square(colours[:, :, None] - CLASS_COLOURS[: len(names)]).mean(-1))  # (height, width, classes)
    nearest, far = apart.argmin(-1), apart.min(-1) > TOLERANCE
    many = len(np.unique(pixels[..., :3].reshape(-1, 3), axis=0))
    if far.mean() > 0.5 or many > 64 * len(names):
        raise UserError(f"expected a label map, got a picture with {many:,} colours that are not those of the classes")
    notes.append("understood: colours as classes, each pixel the nearest of the book's palette")
    if far.any():
        notes.append(f"ignored: {far.mean():.0%} of the pixels, whose colours are none of the palette's")
    return np.where(far, 0, nearest)


def _sized(labels: ndarray, side: int, notes: list[str]) -> ndarray:
    height, width = labels.shape
    if height != width:
        least = min(height, width)
        top, left = (height - least) // 2, (width - least) // 2
        labels = labels[top : top + least, left : left + least]
        notes.append(f"ignored: what lies outside the middle square of {least} of {height} x {width} pixels")
    if len(labels) == side:
        return labels
    notes.append(f"understood: {len(labels)} x {len(labels)} pixels as {side} x {side}")
    at = ((np.arange(side) + 0.5) * len(labels) / side).astype(int)
    small = labels[np.ix_(at, at)]
    lost = [number for number in np.unique(labels) if number and not (small == number).any()]
    for number in lost:  # too thin for the smaller map: keep one pixel of it
        rows, columns = (labels == number).nonzero()
        middle = len(rows) // 2
        small[rows[middle] * side // len(labels), columns[middle] * side // len(labels)] = number
    return small


def _say_what_is_little(labels: ndarray, sparse: bool, names: Sequence[str], notes: list[str]) -> None:
    numbers, counts = np.unique(labels, return_counts=True)
    shown = dict(zip(numbers.tolist(), counts.tolist()))
    marked = [number for number in shown if number]
    if not marked:
        what = "nothing is marked" if sparse else "all is background"
        notes.append(f"understood: {what}, so the picture says little more than the mean of all")
    elif sparse and sum(shown[number] for number in marked) == 1:
        notes.append(f"understood: a single pixel of {names[marked[0]]}, widened to a square; all else is left open")
    elif len(shown) == 1:
        notes.append(f"understood: {names[marked[0]]} and nothing else; no picture of the training was like that")


FAR = 20.0
"""PSNR in dB below which a picture counts as far from what the generator draws."""


def read_picture(source: object, side: int) -> tuple[UInt8[Tensor, "3 side side"], list[str]]:
    """A picture from a file, a Pillow image or an array (height, width, 3), cut to its middle square and brought to
    ``side`` pixels; and notes of what was ignored.

    Raises:
        UserError: no picture that can be read.
    """
    from PIL import Image

    pixels, notes = read_pixels(source, in_colours), []
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, 2)
    if pixels.ndim != 3 or pixels.shape[2] < 3 or not pixels.size:
        raise UserError(f"expected a picture in colours, (height, width, 3), got {pixels.shape}")
    height, width = pixels.shape[:2]
    least = min(height, width)
    if height != width:
        notes.append(f"ignored: what lies outside the middle square of {least} of {height} x {width} pixels")
    top, left = (height - least) // 2, (width - least) // 2
    square = Image.fromarray(pixels[top : top + least, left : left + least, :3].astype(np.uint8))
    small = np.array(square.resize((side, side), Image.Resampling.BOX))
    return torch.from_numpy(small).permute(2, 0, 1).contiguous(), notes


class Annotated(NamedTuple):
    """A picture with labels, ready to be learned from.

    Attributes:
        shots: it, as the generator draws it.
        psnr: of what the generator draws, in dB.
        notes: what the reader should know.
    """

    shots: Shots
    psnr: float
    notes: list[str]


def annotated(
    prior: Any,
    picture: UInt8[Tensor, "3 side side"],
    labels: Integer[Tensor, "side side"],
    segmenter: torch.nn.Module,
    steps: int = 1_000,
) -> Annotated:
    """Look for the codes of a person's own picture, and say if it is far from what the generator draws.

    Args:
        prior: a `style_prior`.
        picture, labels: see :func:`read_picture` and :func:`read_map`.
        segmenter: its features are compared in the search.
        steps: of the search.
    """
    from ganbook.metrics import psnr

    found = inverted(prior, picture[None], labels[None], segmenter.features, steps)
    decibels = float(psnr(found.pictures.numpy(), picture[None].numpy())[0])
    notes = []
    if decibels < FAR:
        notes.append(
            f"understood: a picture unlike those of the training (found at {decibels:.1f} dB only); what its labels "
            "teach may not fit the generator's own pictures"
        )
    return Annotated(found, decibels, notes)


# Loading what is shipped


def load_painter(folder: Path, prior: Any, shots: Shots, one_code: bool = True) -> Painter:
    """Load a shipped encoder.

    Args:
        folder: where it lies.
        prior: the `style_prior` that it was trained with.
        shots: the annotated pictures that it was trained with.
        one_code: see :class:`Painter`.

    Raises:
        UserError: there is none, it is damaged, or it belongs to another model.
    """
    run = training.read_run(folder)
    config = training.resolve(Config, PROFILES, profile=run["profile"], overrides=run["config"])
    generator = prior.generator
    mean, side = generator.mapping.mean, shots.pictures.shape[-1]
    encoder = LayoutEncoder(config, len(LABELS), side, mean, generator.synthesis.styles)
    training.load_checkpoint(folder, {"encoder": encoder}, slug=SLUG)
    encoder.requires_grad_(False).eval()
    sparse = config.labels == "sparse"
    given = shot_prototypes(prior, shots, config.feature_layers, len(LABELS), sparse)
    return Painter(config, prior, encoder, shots, given, principal(prior.codes(AXES_FROM)), one_code)

"""The trained model in use: label maps and codes in, pictures out; codes drawn, read off references, and exchanged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Integer, UInt8
from numpy import ndarray
from torch import Tensor, nn

from ganbook import training
from ganbook.chapters.class_styles.config import PROFILES, Config
from ganbook.chapters.class_styles.model import Encoder, Generator, Posterior, Styles, shapes
from ganbook.data.avatars import LABELS
from ganbook.data.pixels import as_numbers, from_bytes, in_colours, read_pixels, to_bytes
from ganbook.errors import UserError

SLUG = "class_styles"
BATCH = 50


@dataclass(frozen=True)
class Styler:
    """A trained encoder and generator, in evaluation mode.

    Attributes:
        config: settings of the training.
        names: of the classes, in the order of their numbers.
    """

    config: Config
    encoder: Encoder
    generator: Generator
    names: tuple[str, ...] = LABELS

    def drawn(self, n: int, seed: int = 0) -> Styles:
        """Codes of n pictures from the fitted prior."""
        return self.encoder.prior(self.noise(n, seed))

    def noise(self, n: int, seed: int = 0) -> Styles:
        """Codes of n pictures from N(0, I), the prior of the training; of them :meth:`drawn` makes those it gives."""
        draws = torch.Generator().manual_seed(seed)
        return Styles(*(torch.randn(size, generator=draws) for size in shapes(self.config, len(self.names), n)))

    @torch.no_grad()
    def read(self, pictures: UInt8[Tensor, "n 3 side side"], labels: Integer[Tensor, "n side side"]) -> Posterior:
        """The distributions of the codes of pictures with their label maps.

        Raises:
            UserError: pictures or label maps that do not fit (see :func:`label_map` and :func:`reference_picture`).
        """
        self._refuse(labels, pictures)
        parts = zip(pictures.split(BATCH), labels.split(BATCH))
        return Posterior.joined(self.encoder(from_bytes(part), maps) for part, maps in parts)

    @torch.no_grad()
    def paint(self, labels: Integer[Tensor, "n side side"], styles: Styles) -> UInt8[Tensor, "n 3 side side"]:
        """Pictures, 0 to 255, of label maps with codes.

        Raises:
            UserError: label maps that do not fit (see :func:`label_map`), or not one row of codes for each.
        """
        self._refuse(labels)
        if len(labels) != len(styles.whole):
            raise UserError(f"expected codes for each label map, got {len(styles.whole)} for {len(labels)}")
        parts = zip(labels.split(BATCH), *(each.split(BATCH) for each in styles))
        return torch.cat([to_bytes(self.generator(maps, Styles(*codes))) for maps, *codes in parts])

    def copied(
        self, styles: Styles, reference: Posterior, classes: Sequence[str] | None = None, whole: bool = False
    ) -> Styles:
        """Codes with those of a reference, its means, for some classes.

        A level at which the reference does not hold a class keeps its code. Without ``classes`` all are copied that
        the reference holds, and the others stay.

        Args:
            styles: of n pictures.
            reference: of n pictures, or of one for all.
            classes: names of classes.
            whole: copy the code of the picture as a whole, too.

        Raises:
            UserError: unknown class, or one that a reference does not hold at any level: the text names those it holds.
        """
        chosen = self.chosen(classes)
        held = reference.present.any(1)  # (n, classes)
        if classes is not None and reference.present.shape[1]:
            for row in held:
                self._refuse_absent(
                    [name for name, here, wanted in zip(self.names, row, chosen) if wanted and not here], row
                )
        new = exchanged(styles, reference.mean, chosen, present=reference.present)
        return new._replace(whole=reference.mean.whole.expand_as(styles.whole)) if whole else new

    def resampled(
        self, styles: Styles, classes: Sequence[str] | None = None, levels: Iterable[int] | None = None, seed: int = 1
    ) -> Styles:
        """Codes with new ones from the fitted prior for some classes, at some levels; of all by default.

        A model that has nothing but the code of a picture as a whole gets a new one: there is no other handle.
        """
        new = self.drawn(len(styles.whole), seed)
        if not self.config.codes:
            return new
        return exchanged(styles, new, self.chosen(classes), levels)

    def chosen(self, classes: Sequence[str] | None) -> Bool[Tensor, " classes"]:
        """Which classes are named; all for None.

        Raises:
            UserError: a name that no class has.
        """
        for name in classes or ():
            if name not in self.names:
                raise UserError(f"unknown class {name!r}: expected one of {', '.join(self.names)}")
        return torch.tensor([classes is None or name in classes for name in self.names])

    def _refuse(self, labels: Tensor, pictures: Tensor | None = None) -> None:
        side, n = self.config.resolution, len(labels)
        if tuple(labels.shape[1:]) != (side, side):
            raise UserError(f"expected label maps of {side} x {side} pixels, got {tuple(labels.shape[1:])}")
        if pictures is not None and tuple(pictures.shape) != (n, 3, side, side):
            raise UserError(f"expected {n} pictures of {side} x {side} pixels, got {tuple(pictures.shape)}")
        refuse_palette(labels, self.names)

    def _refuse_absent(self, absent: list[str], held: Tensor) -> None:
        if absent:
            there = ", ".join(name for name, here in zip(self.names, held) if here)
            raise UserError(f"the reference holds no {' and no '.join(absent)} (or too little of it); it holds {there}")


def exchanged(
    styles: Styles,
    other: Styles,
    classes: Bool[Tensor, " classes"],
    levels: Iterable[int] | None = None,
    present: Bool[Tensor, "n codes classes"] | None = None,
) -> Styles:
    """Codes with those of others for some classes, at some levels (all by default), as far as they are present.

    Where all levels share one code it is level 0.
    """
    codes = styles.local.shape[1]
    at = torch.zeros(codes, dtype=torch.bool)
    at[list(range(codes) if levels is None else levels)] = True
    taken = (at[:, None] & classes)[None]  # (1, codes, classes)
    taken = taken if present is None else taken & present
    return styles._replace(local=torch.where(taken[..., None], other.local, styles.local))


# What a person brings


def label_map(source: object, side: int, names: Sequence[str] = LABELS) -> UInt8[Tensor, "side side"]:
    """A label map from a file (grey or indexed), a Pillow image or an array of class numbers, of any size.

    It is brought to ``side`` pixels by taking the nearest one. A class of a single pixel is kept as it is at the
    right size; where it vanishes at a coarse level, that level has no code of it.

    Raises:
        UserError: nothing that can be read, not square, colours instead of class numbers, or other numbers.
    """
    from PIL import Image

    pixels = read_pixels(source, as_numbers)
    if pixels.ndim != 2:
        raise UserError(f"expected a label map with one class number a pixel, got colours ({_size(pixels)})")
    if pixels.dtype != bool and not np.issubdtype(pixels.dtype, np.integer):
        raise UserError(f"expected a label map of whole numbers, got {pixels.dtype}")
    _refuse_not_square(pixels, "label map")
    labels = torch.from_numpy(pixels.astype(np.int64))
    refuse_palette(labels, names)
    image = Image.fromarray(labels.to(torch.uint8).numpy())
    return torch.from_numpy(np.array(image.resize((side, side), Image.Resampling.NEAREST)))


def reference_picture(source: object, side: int) -> UInt8[Tensor, "3 side side"]:
    """A reference from a file, a Pillow image or an array (height, width, 3), of any size: areas are averaged.

    Raises:
        UserError: nothing that can be read, or not square: cut it first, and its label map alike.
    """
    from PIL import Image

    pixels = read_pixels(source, in_colours)
    if pixels.ndim != 3 or pixels.shape[2] != 3:
        raise UserError(f"expected a picture in colours, (height, width, 3), got {pixels.shape}")
    _refuse_not_square(pixels, "reference")
    picture = np.array(Image.fromarray(pixels.astype(np.uint8)).resize((side, side), Image.Resampling.BOX))
    return torch.from_numpy(picture).permute(2, 0, 1).contiguous()


def refuse_palette(labels: Integer[Tensor, "*shape"], names: Sequence[str]) -> None:
    """Raise `UserError` for a number that no class has: a map of another palette."""
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= len(names):
        classes = ", ".join(f"{number} {name}" for number, name in enumerate(names))
        raise UserError(f"a label map of another palette: numbers from {low} to {high}, expected {classes}")


def _refuse_not_square(pixels: ndarray, what: str) -> None:
    if pixels.shape[0] != pixels.shape[1] or not pixels.size:
        raise UserError(f"expected a square {what}, got {_size(pixels)}")


def _size(pixels: ndarray) -> str:
    return " x ".join(map(str, pixels.shape))


# Loading what is shipped


def load_styler(folder: Path, names: tuple[str, ...] = LABELS) -> Styler:
    """Load a shipped model.

    Args:
        folder: of the checkpoint.
        names: of the classes that it was trained with.

    Raises:
        UserError: there is none, it is damaged, or it belongs to another model.
    """
    run = training.read_run(folder)
    config = training.resolve(Config, PROFILES, profile=run["profile"], overrides=run["config"])
    networks: dict[str, nn.Module] = {kind.__name__.lower(): kind(config, len(names)) for kind in (Encoder, Generator)}
    training.load_checkpoint(folder, networks, slug=SLUG)
    for network in networks.values():
        network.requires_grad_(False).eval()
    return Styler(config, **networks, names=names)

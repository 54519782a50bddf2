"""Paint a label map, and give each of its classes a style at each level."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
import traitlets
from jaxtyping import Float, Integer, UInt8
from torch import Tensor

from ganbook.chapters.class_styles.config import START
from ganbook.chapters.class_styles.inference import Styler
from ganbook.chapters.class_styles.model import Styles, shapes
from ganbook.chapters.class_styles.studies import Axes, principal_axes, told
from ganbook.chapters.class_styles.web import DRAWS
from ganbook.data.avatars.label_maps import CLASS_COLOURS, coloured
from ganbook.data.pixels import shown
from ganbook.errors import UserError
from ganbook.nn import weights_id
from ganbook.widgets import page, sprites, still
from ganbook.widgets.base import Explorer, module_source, packed, unpacked

if TYPE_CHECKING:
    from matplotlib.figure import Figure

AXES = 3
"""Sliders for each class and level."""

MOST = 12
"""References on the shelf."""

READ = 500
"""Pictures from whose codes the axes are found, at most."""


class ClassStyler(Explorer):
    """Paint on a label map; for each class draw a new style, lock it, copy it from a reference, or move it along axes.

    Args:
        styler: a trained model with codes of classes.
        pictures: references with their label maps; the principal axes of the codes are found from the first ``READ``.
        labels: label maps of the pictures; the first is the one that is painted at the start.
        references: how many of them, from the first, stand on the shelf.

    Raises:
        UserError: no model, or one without codes of classes; pictures and label maps that do not fit; too few of them.
    """

    _esm = module_source(Path(__file__).with_suffix(".js"))
    _answers_from = "model"

    side = traitlets.Int(help="pixels of a side").tag(sync=True)
    names = traitlets.List(traitlets.Unicode(), help="of the classes").tag(sync=True)
    colours = traitlets.List(traitlets.Unicode(), help="of the classes in label maps, #rrggbb").tag(sync=True)
    sizes = traitlets.Dict(help="numbers of a picture's codes: whole, codes, classes, code").tag(sync=True)
    levels = traitlets.List(traitlets.Int(), help="pixels of a side at each level, the finest first").tag(sync=True)
    telling = traitlets.List(
        traitlets.Int(), help="of each class the number of the level at which its codes say the most"
    ).tag(sync=True)
    draws = traitlets.Bytes(help="float32 (draws, size): codes of the fitted prior, see ``flat``").tag(sync=True)
    middle = traitlets.Bytes(help="float32 (size): the middle of that prior").tag(sync=True)
    axes = traitlets.Bytes(help="float32: the axis of the whole, then (codes, classes, axes, code)").tag(sync=True)
    maps = traitlets.Bytes(help="uint8 (references, side, side): their label maps").tag(sync=True)
    shown = traitlets.Bytes(help="a WebP: the first picture, then the references, in a row").tag(sync=True)

    def __init__(
        self,
        styler: Styler,
        pictures: UInt8[Tensor, "n 3 side side"],
        labels: Integer[Tensor, "n side side"],
        *,
        references: int = 6,
    ) -> None:
        check_styler(styler)
        if not isinstance(references, int) or not 1 <= references <= min(MOST, len(labels)):
            raise UserError(f"references must be from 1 to {min(MOST, len(labels))}; got {references!r}.")
        self._styler = styler
        posterior = styler.read(pictures[:READ], labels[:READ])
        found = principal_axes(posterior, AXES)
        self._pictures, self._labels = pictures[:references], labels[:references].to(torch.uint8)
        draws = torch.cat([flat(styler.drawn(1, seed)) for seed in range(DRAWS)])
        self._first = styler.paint(self._labels[:1], self._styles(draws[:1]))
        row = shown(torch.cat([self._first, self._pictures]))
        config, codes = styler.config, styler.config.codes
        sizes = {"whole": config.global_dim, "codes": codes, "classes": len(styler.names), "code": config.code_dim}
        super().__init__(
            side=config.resolution,
            names=list(styler.names),
            colours=["#{:02x}{:02x}{:02x}".format(*colour) for colour in CLASS_COLOURS.tolist()],
            sizes=sizes,
            levels=[START * 2 ** (config.levels - 1 - level) for level in range(codes)],
            telling=told(posterior).nan_to_num(nan=-1.0).argmax(0).tolist(),
            draws=packed(draws),
            middle=packed(flat(styler.encoder.prior.middle)),
            axes=packed(_axes_in_a_row(found)),
            maps=self._labels.numpy().tobytes(),
            shown=sprites.sheet(row[None]),
        )

    def still_panels(self) -> list[still.Panel]:
        there = [name for number, name in enumerate(self.names) if (self._labels[0] == number).any()]
        told = (
            f"A label map with {', '.join(there)}, and four pictures that the model paints of it: one style for all "
            f"classes, and then another one for {' and for '.join(self._restyled)} alone."
        )
        return [still.Panel(told, self._draw_still)]

    def page_facts(self) -> page.Facts:
        return page.Facts(weights_id(self._styler), {})

    @property
    def _restyled(self) -> list[str]:
        """The largest classes of the first label map, three at most."""
        often = torch.bincount(self._labels[0].long().flatten(), minlength=len(self.names))
        return [self.names[number] for number in often.argsort(descending=True)[:3] if often[number]]

    def _reply(self, request: dict, buffers: list) -> tuple[dict, list[bytes]]:
        """Requests of two kinds: "paint" (a label map and codes; a picture) and "read" (a picture and its label map;
        codes).
        """
        if request["kind"] == "read":
            pixels = unpacked(buffers[0], np.uint8, (1, self.side, self.side, 3))
            found = self._styler.read(pixels.permute(0, 3, 1, 2), self._map(buffers[1]))
            return {}, [packed(flat(found.mean))]
        codes = unpacked(buffers[1], np.dtype("<f4"), (1, self._size))
        picture = self._styler.paint(self._map(buffers[0]), self._styles(codes))
        return {}, [shown(picture)[0].tobytes()]

    @property
    def _size(self) -> int:
        return self.sizes["whole"] + self.sizes["codes"] * self.sizes["classes"] * self.sizes["code"]

    def _map(self, buffer: bytes) -> UInt8[Tensor, "1 side side"]:
        return unpacked(buffer, np.uint8, (1, self.side, self.side))

    def _styles(self, codes: Float[Tensor, "n size"]) -> Styles:
        whole, local = shapes(self._styler.config, len(self._styler.names), len(codes))
        return Styles(codes[:, : whole[1]], codes[:, whole[1] :].reshape(local))

    def _draw_still(self, figure: "Figure", ink: str) -> None:
        still.write_title(figure, "One label map, and styles of its classes")
        styles = self._styles(torch.from_numpy(np.frombuffer(self.draws, "<f4").reshape(DRAWS, -1)[:1].copy()))
        others = [self._styler.resampled(styles, [name]) for name in self._restyled]
        made = [self._styler.paint(self._labels[:1], each)[0] for each in others]
        pictures = [coloured(self._labels[:1])[0], *shown(torch.stack([self._first[0], *made]))]
        titles = ["label map", "first styles", *(f"new: {name}" for name in self._restyled)]
        for number, (picture, title) in enumerate(zip(pictures, titles, strict=True)):
            row, column = divmod(number, 3)
            axes = figure.add_axes((0.02 + 0.33 * column, 0.48 - 0.44 * row, 0.3, 0.36))
            axes.imshow(picture)
            axes.set_title(title, fontsize=11, pad=4, color=ink)
            axes.axis("off")


def check_styler(styler: Styler) -> None:
    """Raises ``UserError`` unless it is a model with codes of classes."""
    if not isinstance(styler, Styler):
        raise UserError(f"styler must be a Styler; got {type(styler).__name__}.")
    if not styler.config.codes:
        raise UserError("styler must have codes of classes; this model has one code for the picture as a whole.")


def flat(styles: Styles) -> Float[Tensor, "n size"]:
    """Codes in a row: of the whole, then of each level, from the finest, those of all classes."""
    return torch.cat([styles.whole, styles.local.flatten(1)], 1)


def _axes_in_a_row(found: Axes) -> Float[Tensor, " size"]:
    return torch.cat([found.whole, found.local.flatten()])

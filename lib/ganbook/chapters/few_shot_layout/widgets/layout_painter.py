"""Paint a label map or scribbles, and see the picture that follows; give it another look, and refine it."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
import traitlets
from jaxtyping import Float, Int, Integer, UInt8
from torch import Tensor

from ganbook.chapters.few_shot_layout.inference import Painter, refuse_map
from ganbook.chapters.few_shot_layout.refinement import agreement
from ganbook.chapters.few_shot_layout.web import DRAWS
from ganbook.data.avatars.label_maps import CLASS_COLOURS, coloured
from ganbook.data.pixels import shown
from ganbook.errors import UserError
from ganbook.nn import weights_id
from ganbook.widgets import page, sprites, still
from ganbook.widgets.base import Explorer, module_source, packed, unpacked

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 6
"""Label maps to begin with."""

UNMARKED = "not marked"


class LayoutPainter(Explorer):
    """Paint on a label map or on an empty canvas; see the picture, and how well its features fit.

    Args:
        painter: a trained encoder with its prior.
        labels: label maps, or scribbles for an encoder that reads them, to begin with; by default those of the
            annotated pictures.

    Raises:
        UserError: no painter; label maps of another size, of unknown classes, none or too many.
    """

    _esm = module_source(Path(__file__).with_suffix(".js"))
    _answers_from = "model"

    side = traitlets.Int(help="pixels of a side").tag(sync=True)
    height = traitlets.Int(help="places of the features on a side").tag(sync=True)
    names = traitlets.List(traitlets.Unicode(), help="of the classes").tag(sync=True)
    colours = traitlets.List(traitlets.Unicode(), help="of the classes in label maps, #rrggbb").tag(sync=True)
    sparse = traitlets.Bool(help="whether scribbles are painted, in which class 0 is open").tag(sync=True)
    present = traitlets.List(traitlets.Bool(), help="of which classes there is a prototype").tag(sync=True)
    sizes = traitlets.Dict(help="styles, latent, lower: layers, numbers of a code, layers of the layout").tag(sync=True)
    deviation = traitlets.Float(help="of W along the first axis").tag(sync=True)
    axes = traitlets.Bytes(help="float32 (components, latent): directions of the refinement").tag(sync=True)
    looks = traitlets.Bytes(help="float32 (draws, latent): codes of samples").tag(sync=True)
    maps = traitlets.Bytes(help="uint8 (maps, side, side): label maps or scribbles to begin with").tag(sync=True)
    loss = traitlets.Float(help="of the first map").tag(sync=True)
    wanted = traitlets.Bytes(help="uint8 (height, height): what the first map asks for").tag(sync=True)
    likeness = traitlets.Bytes(help="float32 (classes, height, height): cosines of its picture").tag(sync=True)
    shown = traitlets.Bytes(
        help="a WebP: the picture of the first map, the annotated picture, its labels, in a row"
    ).tag(sync=True)

    def __init__(self, painter: Painter, labels: Integer[Tensor, "n side side"] | None = None) -> None:
        check_painter(painter)
        maps = painter.shots.labels[:MOST] if labels is None else labels
        if not 1 <= len(maps) <= MOST:
            raise UserError(f"labels must be from 1 to {MOST} label maps; got {len(maps)}.")
        refuse_map(maps, painter.side, painter.names)
        self._painter, self._maps = painter, maps.to(torch.uint8)
        ws, wanted = painter.codes(self._maps[:1]), painter.wanted(self._maps[:1])
        loss, self._first, likeness = self._drawn(ws, wanted)
        row = [self._first, shown(painter.shots.pictures[0]), coloured(painter.shots.labels[0])]
        super().__init__(
            side=painter.side,
            height=wanted.shape[-1],
            names=[UNMARKED, *painter.names[1:]] if painter.sparse else list(painter.names),
            colours=["#{:02x}{:02x}{:02x}".format(*colour) for colour in CLASS_COLOURS.tolist()],
            sparse=painter.sparse,
            present=painter.given.present.tolist(),
            sizes=dict(zip(("styles", "latent"), painter.shots.ws.shape[1:])) | {"lower": painter.lower},
            deviation=float(painter.axes.deviations[0]),
            axes=packed(painter.axes.directions),
            looks=packed(torch.cat([painter.looks(1, seed) for seed in range(DRAWS)])),
            maps=self._maps.numpy().tobytes(),
            loss=loss,
            wanted=wanted.to(torch.uint8).numpy().tobytes(),
            likeness=packed(likeness),
            shown=sprites.sheet(np.stack(row)[None]),
        )

    def still_panels(self) -> list[still.Panel]:
        numbers = self._maps[0].unique().tolist()
        there = ", ".join(self.names[number] for number in numbers if number or not self.sparse) or "nothing marked"
        what = "Scribbles" if self.sparse else "A label map"
        told = f"{what} with {there}, the picture that follows from it, and the same with the looks of two samples."
        return [still.Panel(told, self._draw_still)]

    def page_facts(self) -> page.Facts:
        return page.Facts(weights_id(self._painter), {"prototypes": packed(self._painter.given.vectors)})

    def _reply(self, request: dict, buffers: list) -> tuple[dict, list[bytes]]:
        """Requests of three kinds. "encode": a label map; codes, and the classes asked for at the features' places.
        "draw": codes and those classes; the loss, a picture, and the cosine with each class's prototype.
        "slope": the same; the loss, and its gradient by the coefficients that the refinement moves.
        """
        painter = self._painter
        if request["kind"] == "encode":
            labels = unpacked(buffers[0], np.uint8, (1, self.side, self.side))
            codes = painter.codes(labels)
            return {}, [packed(codes), painter.wanted(labels).to(torch.uint8).numpy().tobytes()]
        ws = unpacked(buffers[0], "<f4", (1, self.sizes["styles"], self.sizes["latent"]))
        wanted = unpacked(buffers[1], np.uint8, (1, self.height, self.height)).long()
        refuse_map(wanted, self.height, painter.names)
        if request["kind"] == "slope":
            loss, gradient = painter.slope(ws, wanted)
            return {"loss": float(loss[0]), "by": "gradient"}, [packed(gradient)]
        loss, picture, likeness = self._drawn(ws, wanted)
        return {"loss": loss}, [picture.tobytes(), packed(likeness)]

    def _drawn(
        self, ws: Float[Tensor, "1 styles latent"], wanted: Int[Tensor, "1 height height"]
    ) -> tuple[float, UInt8[np.ndarray, "side side 3"], Float[Tensor, "1 classes height height"]]:
        """The loss, the picture, and the cosine with each class's prototype."""
        painter = self._painter
        loss = 1 - agreement(painter.features(ws), wanted, painter.given, painter.sparse)
        return float(loss[0]), shown(painter.draw(ws))[0], painter.likeness(ws)

    def _draw_still(self, figure: "Figure", ink: str) -> None:
        still.write_title(figure, "Scribbles, and what follows" if self.sparse else "A label map, and what follows")
        codes = self._painter.codes(self._maps[:1])
        looks = [self._painter.restyled(codes, self._painter.looks(1, seed)) for seed in range(2)]
        pictures = [coloured(self._maps[0]), self._first, *shown(self._painter.draw(torch.cat(looks)))]
        titles = ["scribbles" if self.sparse else "label map", "the encoder's look", "another look", "a third look"]
        for number, (picture, title) in enumerate(zip(pictures, titles, strict=True)):
            row, column = divmod(number, 2)
            axes = figure.add_axes((0.1 + 0.42 * column, 0.48 - 0.46 * row, 0.38, 0.37))
            axes.imshow(picture)
            axes.set_title(title, fontsize=11, pad=4, color=ink)
            axes.axis("off")


def check_painter(painter: Painter) -> None:
    """Raises ``UserError`` unless it is one."""
    if not isinstance(painter, Painter):
        raise UserError(f"painter must be a Painter; got {type(painter).__name__}.")

"""Annotate a sample of the generator with a brush, and see at once what follows for others."""

from pathlib import Path
from typing import TYPE_CHECKING

import torch
import traitlets

from ganbook.chapters.few_shot_layout.inference import Painter
from ganbook.chapters.few_shot_layout.pseudo_labels import at_features, dense_labels, enlarged, prototypes
from ganbook.chapters.few_shot_layout.widgets.layout_painter import check_painter
from ganbook.data.avatars.label_maps import CLASS_COLOURS, coloured
from ganbook.data.pixels import shown
from ganbook.errors import UserError
from ganbook.nn import weights_id
from ganbook.widgets import page, sprites, still
from ganbook.widgets.base import Explorer, module_source, packed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 12
"""Samples on a page: of each the features are asked for."""

OPEN = 255
"""A place that nobody marked."""


class OneShotAnnotator(Explorer):
    """Mark classes on a sample; prototypes or votes give all other samples labels.

    Args:
        painter: a trained encoder with its prior; the encoder stays unused.
        count: samples; the first is the painter's first annotated picture, without its labels.
        seed: of the others.
        psi: their truncation, 0 to 1.

    Raises:
        UserError: no painter; a count or psi that cannot be.
    """

    _esm = module_source(Path(__file__).with_suffix(".js"))
    _answers_from = "generator"

    side = traitlets.Int(help="pixels of a side").tag(sync=True)
    height = traitlets.Int(help="places of the features on a side: what is marked").tag(sync=True)
    names = traitlets.List(traitlets.Unicode(), help="of the classes").tag(sync=True)
    colours = traitlets.List(traitlets.Unicode(), help="of the classes in label maps, #rrggbb").tag(sync=True)
    count = traitlets.Int(help="samples").tag(sync=True)
    votes = traitlets.Int(help="places that each marked one votes for").tag(sync=True)
    threshold = traitlets.Float(help="votes of a cosine that is not larger do not count").tag(sync=True)
    given = traitlets.Bytes(help="uint8 (height, height): the first sample's labels, as they were given").tag(sync=True)
    shown = traitlets.Bytes(help="a WebP: the samples in a row").tag(sync=True)

    def __init__(self, painter: Painter, *, count: int = 7, seed: int = 1_000, psi: float = 0.7) -> None:
        check_painter(painter)
        if count not in range(2, MOST + 1):
            raise UserError(f"count must be from 2 to {MOST}; got {count!r}.")
        if not isinstance(psi, int | float) or not 0 <= psi <= 1:
            raise UserError(f"psi must be from 0 to 1; got {psi!r}.")
        self._painter = painter
        others = painter.prior.generator.spread(painter.looks(count - 1, seed, psi))
        self._ws = torch.cat([painter.shots.ws[:1], others])  # (count, styles, latent)
        self._pictures = painter.draw(self._ws)
        features = painter.features(self._ws[:1])
        self._given = at_features(painter.shots.labels[:1], features)
        marks = torch.where(self._given == 0, OPEN, self._given) if painter.sparse else self._given
        super().__init__(
            side=painter.side,
            height=features.shape[-1],
            names=list(painter.names),
            colours=["#{:02x}{:02x}{:02x}".format(*colour) for colour in CLASS_COLOURS.tolist()],
            count=count,
            votes=painter.config.votes,
            threshold=painter.config.threshold,
            given=marks.to(torch.uint8).numpy().tobytes(),
            shown=sprites.sheet(shown(self._pictures)[None]),
        )

    def still_panels(self) -> list[still.Panel]:
        there = ", ".join(self.names[number] for number in self._given.unique().tolist())
        told = (
            f"A sample of the generator, annotated with {there}, and two samples that nobody annotated, each with the"
            " labels that its features have by the prototypes of the first."
        )
        return [still.Panel(told, self._draw_still)]

    def page_facts(self) -> page.Facts:
        prototypes = self._painter.given.vectors  # the model asks for them; the page makes its own of the marks
        return page.Facts(weights_id(self._painter), {"codes": packed(self._ws), "prototypes": packed(prototypes)})

    def _reply(self, request: dict, _buffers: list) -> tuple[dict, list[bytes]]:
        """A request says the number of a sample; the answer is its features, float32 (channels, height, height)."""
        number = request["sample"]
        return {}, [packed(self._painter.features(self._ws[number : number + 1]))]

    def _draw_still(self, figure: "Figure", ink: str) -> None:
        still.write_title(figure, "One annotated sample names the others")
        features = self._painter.features(self._ws[:3])
        found = dense_labels(features, prototypes(features[:1], self._given, len(self.names)))
        maps = coloured(enlarged(torch.cat([self._given, found[1:]]), self.side))
        rows = [shown(self._pictures[:3]), maps]
        for row, pictures in enumerate(rows):
            for column, picture in enumerate(pictures):
                axes = figure.add_axes((0.03 + 0.32 * column, 0.47 - 0.42 * row, 0.3, 0.37))
                axes.imshow(picture)
                title = ("sample", "labels found")[row] if column else ("annotated", "labels given")[row]
                axes.set_title(title, fontsize=11, pad=4, color=ink)
                axes.axis("off")

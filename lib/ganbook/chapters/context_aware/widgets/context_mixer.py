"""A caption and a context picture: what each says, what comes from where, and the pictures of the three stages."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
import traitlets
from jaxtyping import UInt8
from torch import Tensor

from ganbook.chapters.context_aware.context import PARTS, Filled, Seen, Winner
from ganbook.chapters.context_aware.inference import Painter, answers, nothing_seen, read_all
from ganbook.chapters.context_aware.model import picture_sizes
from ganbook.chapters.context_aware.web import DRAWS
from ganbook.chapters.context_aware.widgets import language
from ganbook.data.scene_language import read
from ganbook.errors import UserError
from ganbook.nn import weights_id
from ganbook.widgets import page, sprites, still
from ganbook.widgets.base import Explorer, module_source

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_CHARACTERS = 10_000
"""Of a caption; the rest is cut off."""


class ContextMixer(Explorer):
    """Write a caption, choose a context picture; see how the caption is parsed, which slots it fills, which the context
    picture fills, where they contradict each other, and what the three stages paint.

    Args:
        painter: a trained GAN with its text encoder and recognisers.
        contexts: pictures for the shelf.
        text: the caption at the start.
        context: number of the context picture at the start; None for none.

    Raises:
        UserError: no uint8 pictures (n, 3, height, width), no such number, or no painter.
    """

    _esm = module_source(Path(__file__).with_suffix(".js"))
    _answers_from = "GAN"

    sizes = traitlets.List(help="height and width of each stage's pictures").tag(sync=True)
    shelf = traitlets.Bytes(help="a WebP: the context pictures in a row").tag(sync=True)
    shape = traitlets.List(help="height and width of the context pictures").tag(sync=True)
    seen = traitlets.List(help="of each: probabilities of indoors and outdoors, and of each person").tag(sync=True)
    names = traitlets.Dict(help="of the values of place, person and things").tag(sync=True)
    takes = traitlets.Unicode(help="what the model takes from a context picture").tag(sync=True)
    draws = traitlets.Int(DRAWS, help="how many z there are to choose from").tag(sync=True)
    most = traitlets.Int(MOST_CHARACTERS, help="letters of a caption").tag(sync=True)
    start = traitlets.Dict(help="the first request").tag(sync=True)
    painted = traitlets.Dict(help="the answer to it").tag(sync=True)

    def __init__(
        self,
        painter: Painter,
        contexts: UInt8[Tensor, "n 3 height width"],
        *,
        text: str = "A woman is sitting.",
        context: int | None = 0,
    ) -> None:
        if not isinstance(painter, Painter):
            raise UserError(f"painter must be a Painter; got {type(painter).__name__}.")
        contexts = torch.as_tensor(contexts)
        if contexts.dtype != torch.uint8 or contexts.ndim != 4 or contexts.shape[1] != 3 or not len(contexts):
            raise UserError(
                "contexts must be uint8 pictures (n, 3, height, width), at least one;"
                f" got {contexts.dtype} {tuple(contexts.shape)}."
            )
        if context is not None and not 0 <= context < len(contexts):
            raise UserError(f"context must be from 0 to {len(contexts) - 1}, or None; got {context}.")
        self._painter, self._shelf = painter, contexts.permute(0, 2, 3, 1).numpy()
        self._seen: Seen = painter.recognition(contexts)
        request = {"text": text, "context": context, "seed": 0, "wins": "text"}
        content, buffers = self._reply(request, [])
        super().__init__(
            sizes=[list(size) for size in picture_sizes(painter.config)],
            shelf=sprites.sheet(self._shelf[None], quality=90),
            shape=list(contexts.shape[2:]),
            seen=[
                {"outdoors": places, "people": people}
                for places, people in zip(self._seen.outdoors.tolist(), self._seen.people.tolist(), strict=True)
            ],
            names=language.NAMES,
            takes=painter.config.context,
            start=request,
            painted=content | {"buffers": buffers},
        )

    def still_panels(self) -> list[still.Panel]:
        filled, context = self._filled(**self.start), self.start["context"]
        told = "; ".join(f"{row.name}: {row.said}, {language.value(row)}, from {row.source}" for row in filled.rows)
        sizes = ", ".join(f"{height} by {width}" for height, width in self.sizes)
        beside = "no context picture" if context is None else f"a context picture: {self._recognised(context)}"
        alt = (
            f"Context mixer. “{self.start['text']}” with {beside}. {told}."
            f" The pictures of the three stages, {sizes} pixels."
        )
        return [still.Panel(alt, self._draw_still)]

    def page_facts(self) -> page.Facts:
        takes = {"takes": self.takes, "hard": self._painter.config.hard}
        return page.Facts(weights_id(self._painter), {"language": language.tables()} | takes)

    def _reply(self, request: dict, _buffers: list) -> tuple[dict, list[bytes]]:
        """A request says text, context (a number or None), seed and wins; the answer is how the text is parsed, the
        slots, a note, and the stages' pictures.
        """
        text, context, wins = request["text"][:MOST_CHARACTERS], request["context"], request["wins"]
        reading, filled = read(text), self._filled(**request | {"text": text})
        made = self._painter.paint([text], read_all([text]), self._seen_on(context), request["seed"], wins)
        content = {
            "trees": [language.shown(tree) for tree in reading.trees],
            "slots": [row._asdict() | {"contradicted": row.name in filled.contradictions} for row in filled.rows],
            "note": language.note(text, reading, context is not None and bool(PARTS[self._painter.config.context])),
        }
        return content, [picture[0].permute(1, 2, 0).contiguous().numpy().tobytes() for picture in made]

    def _filled(self, text: str, context: int | None, wins: Winner, **_: object) -> Filled:
        return self._painter.slots([text], self._seen_on(context), wins)[0]

    def _seen_on(self, context: int | None) -> Seen:
        return nothing_seen(1) if context is None else self._seen.take([context])

    def _recognised(self, context: int) -> str:
        """Whom the recognisers see, and where."""
        (place,), (person,) = (answers(each) for each in self._seen.take([context]))
        return f"{language.NAMES['place'][place]}, {language.NAMES['person'][person]}"

    def _draw_still(self, figure: "Figure", _ink: str) -> None:
        text, context = self.start["text"], self.start["context"]
        still.write_title(figure, f"“{text}”" if len(text) < 40 else f"“{text[:38]}…”")
        blank = np.full((*self.shape, 3), 200, np.uint8)
        panels = [("context picture", blank if context is None else self._shelf[context])]
        for number, (size, data) in enumerate(zip(self.sizes, self.painted["buffers"], strict=True), start=1):
            panels.append((f"stage {number}: {size[0]} x {size[1]}", np.frombuffer(data, np.uint8).reshape(*size, 3)))
        for number, (title, picture) in enumerate(panels):
            axes = figure.add_axes((0.02 + 0.5 * (number % 2), 0.56 - 0.34 * (number // 2), 0.46, 0.27))
            axes.imshow(picture)
            axes.set_title(title, fontsize=11, pad=4)
            axes.axis("off")
        for number, row in enumerate(self._filled(**self.start).rows):
            words = f"{row.name}: {row.said if row.value is None else language.value(row)}"
            figure.text(0.02, 0.145 - 0.062 * number, words if len(words) < 45 else f"{words[:43]}…", fontsize=11)
            figure.text(0.98, 0.145 - 0.062 * number, f"from {row.source}", ha="right", fontsize=11)

"""Drag, hold and zoom parts of a picture with the mouse, fingers or keys."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
import traitlets
from torch import Tensor, nn

from ganbook.chapters.drag_editing import inference
from ganbook.chapters.drag_editing.figures import marked
from ganbook.chapters.drag_editing.inference import Drag, Edited, Editor
from ganbook.chapters.drag_editing.web import DRAWS
from ganbook.chapters.drag_editing.widgets.search import Search, apart
from ganbook.data.pixels import shown
from ganbook.errors import UserError
from ganbook.nn import weights_id
from ganbook.widgets import page, sprites, still
from ganbook.widgets.base import Explorer, module_source, packed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NO_SEARCH = "There is no feature net here by which a picture could be looked for."


class DragEditor(Explorer):
    """A picture that is dragged, held by anchors, zoomed, and given other styles; edits chain.

    Args:
        editor: a trained transformer with its generator, and with the segmenter that tells avatar from background.
        psi: truncation of the pictures to start from, 0 to 1.
        features: pictures in [-1, 1] -> feature maps, such as the segmenter's: with them a picture of a person's own is
            looked for among the generator's, in JupyterLab.

    Raises:
        UserError: no editor, one without a segmenter, or a psi that cannot be.
    """

    _esm = module_source(Path(__file__).with_suffix(".js"))
    _answers_from = "editor"

    side = traitlets.Int(help="pixels of a side").tag(sync=True)
    sizes = traitlets.Dict(help="of codes: styles, latent, and the lower layers, which a drag moves").tag(sync=True)
    draws = traitlets.Bytes(help="float32 (draws, latent): codes of pictures to start from").tag(sync=True)
    searches = traitlets.Bool(help="whether a picture of a person's own can be looked for").tag(sync=True)
    shown = traitlets.Bytes(help="a WebP: the first picture").tag(sync=True)

    def __init__(
        self, editor: Editor, *, psi: float = 0.5, features: Callable[[Tensor], list[Tensor]] | None = None
    ) -> None:
        check_editor(editor)
        if not isinstance(psi, int | float) or not 0 <= psi <= 1:
            raise UserError(f"psi must be from 0 to 1; got {psi!r}.")
        self._editor, self._features = editor, features
        self._search: Search | None = None
        self._codes = torch.cat([editor.prior.codes(1, psi, seed) for seed in range(DRAWS)])  # (draws, latent)
        generator = editor.prior.generator
        self._first = editor.prior.draw(self._codes[:1])[0]
        super().__init__(
            side=editor.side,
            sizes={
                "styles": generator.synthesis.styles,
                "latent": editor.config.latent_dim,
                "lower": editor.config.layers,
            },
            draws=packed(self._codes),
            searches=features is not None,
            shown=sprites.sheet(shown(self._first[None, None])),
        )

    def still_panels(self) -> list[still.Panel]:
        cases = "; ".join(told for told, *_ in self._cases())
        told = f"One avatar, edited in three ways, each with its marks above and its result below: {cases}."
        return [still.Panel(told, self._draw_still)]

    def page_facts(self) -> page.Facts:
        editor = self._editor
        rules = {
            "units": editor.transformer.motions.units.tolist(),
            "gain": editor.gain,
            "longest": inference.LONGEST,
            "steps": inference.STEPS,
            "reach": inference.REACH,
            "zoom": inference.ZOOM,
            "most": inference.MOST,
        }
        return page.Facts(weights_id(editor), {"rules": rules})

    def _reply(self, request: dict, buffers: list) -> tuple[dict, list[bytes]]:
        """Requests of four kinds: "edit" (codes, drags [x, y, dx, dy, zoom] and anchors [x, y]; codes and picture),
        "find" (a picture, to be looked for), "found" (how far that is; codes and picture at the end) and "stop".
        """
        ways = {"edit": self._edit, "find": self._find, "found": self._found, "stop": self._stop}
        try:
            return ways[request["kind"]](request, buffers)
        except UserError as refusal:  # of what the person did: an answer, not a failure
            return {"error": str(refusal)}, []

    def _edit(self, request: dict, buffers: list) -> tuple[dict, list[bytes]]:
        ws = self._numbers(buffers[0], "<f4", (self.sizes["styles"], self.sizes["latent"]))
        drags = [Drag(*map(number, each)) for each in request["drags"]]
        done = self._editor.edit(ws, drags, [tuple(map(number, each)) for each in request["anchors"]])
        return {"notes": list(done.notes)}, answer_of(done)

    def _find(self, _request: dict, buffers: list) -> tuple[dict, list[bytes]]:
        if self._features is None:
            raise UserError(NO_SEARCH)
        self._stop({}, [])
        pixels = self._numbers(buffers[0], np.uint8, (self.side, self.side, 3))
        self._search = Search(self._editor.prior, self._features, pixels.permute(2, 0, 1).contiguous())
        self._search.start()
        return {}, []

    def _found(self, _request: dict, _buffers: list) -> tuple[dict, list[bytes]]:
        search = self._search
        if search is None:
            return {"share": 0.0, "over": True, "said": "Stopped."}, []
        if search.error:
            raise UserError(search.error)
        if search.ws is None:
            return {"share": search.share, "over": not search.is_alive(), "said": "Stopped."}, []
        done = Edited(search.ws, search.drawn, ())
        return {"share": 1.0, "over": True, "said": self._told(search)}, answer_of(done)

    def _stop(self, _request: dict, _buffers: list) -> tuple[dict, list[bytes]]:
        if self._search is not None:
            self._search.stop()
        self._search = None
        return {}, []

    def _told(self, search: Search) -> str:
        """How far what was found is from what was given."""
        away = apart(search.drawn, search._picture)
        samples = self._editor.prior.draw(self._codes)
        usual = apart(samples, samples.roll(1, 0))
        told = f"The nearest that was found: its colours differ from yours by {away:.1%} on average; those of two"
        told += f" avatars of the generator differ by {usual:.1%}."
        return told + (" So it is hardly your picture: the generator only knows avatars." if away > usual / 2 else "")

    def _numbers(self, buffer: bytes, kind: str | type, shape: tuple[int, ...]) -> Tensor:
        """Numbers of the front end.

        Raises:
            UserError: not as many as expected.
        """
        wanted = math.prod(shape) * np.dtype(kind).itemsize
        if len(bytes(buffer)) != wanted:
            raise UserError(f"expected {wanted} bytes, got {len(bytes(buffer))}")
        return torch.from_numpy(np.frombuffer(bytes(buffer), kind).reshape(shape).copy())

    def _cases(self) -> list[tuple[str, list[Drag], list[tuple[float, float]]]]:
        """What the still shows: a sentence, drags, anchors."""
        middle, step = self.side / 2, self.side / 8
        drag = Drag(middle, middle, step, 0)
        return [
            (f"a drag by {step:g} pixels to the right", [drag], []),
            ("the same drag with an anchor below", [drag], [(middle, 0.8 * self.side)]),
            ("the middle comes nearer by a fifth", [Drag(middle, middle, zoom=math.log(1.2))], []),
        ]

    def _draw_still(self, figure: "Figure", ink: str) -> None:
        still.write_title(figure, "Drag, hold, zoom")
        ws = self._editor.prior.generator.spread(self._codes[:1])[0]
        for column, (_, drags, anchors) in enumerate(self._cases()):
            after = self._editor.edit(ws, drags, anchors).picture
            for row, picture in enumerate((marked(shown(self._first), drags, anchors), marked(shown(after)))):
                axes = figure.add_axes((0.02 + 0.33 * column, 0.48 - 0.39 * row, 0.3, 0.36))
                axes.imshow(picture)
                axes.set_title(("drag", "drag, hold", "zoom")[column] if row == 0 else "", fontsize=11, color=ink)
                axes.axis("off")


def check_editor(editor: Editor) -> None:
    """Raises ``UserError`` unless it is an editor that can tell avatar from background."""
    if not isinstance(editor, Editor):
        raise UserError(f"editor must be an Editor; got {type(editor).__name__}.")
    if not isinstance(editor.segmenter, nn.Module):
        raise UserError("editor must have a segmenter, which tells avatar from background.")


def number(value: object) -> float:
    """A number of the front end; what is none, which JSON calls null, is not a number."""
    return float(value) if isinstance(value, int | float) else math.nan


def answer_of(done: Edited) -> list[bytes]:
    """Codes and picture for the front end."""
    return [packed(done.ws), shown(done.picture).tobytes()]

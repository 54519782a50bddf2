"""Edit an avatar by telling it what to do, with source image masking and without."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
import traitlets
from jaxtyping import UInt8

from ganbook.chapters.masked_editing.inference import Edited, Editor, check_pictures, pair_id, shown
from ganbook.chapters.masked_editing.widgets import language
from ganbook.data.avatars import COUNTS, KINDS, looks, portrait, render
from ganbook.data.avatars.sampling import HAIR, SKIN
from ganbook.errors import UserError
from ganbook.widgets import page, still
from ganbook.widgets.base import Explorer, module_source

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Picture = UInt8[np.ndarray, "side side 3"]

SKINS = dict(zip(("lightest", "light", "tan", "brown", "dark", "darkest"), SKIN, strict=True))
HAIRS = dict(zip(("black", "dark brown", "brown", "red", "blond", "grey"), HAIR, strict=True))

MOST_CHARACTERS = 2_000
"""Of what is read of an instruction; the rest is cut off, which only a text that is too long notices."""

EXAMPLE = {"hair": "short", "beard": "full beard", "glasses": "no glasses", "gender": "man", "mustache": "no mustache"}


class AvatarEditor(Explorer):
    """Choose a face from 14 menus, say what should change; see what both editors make of it, SIM's mask and what
    changed; go on from there.

    Args:
        sim, plain: editors with SIM and without, for pictures of the same size. Any object will do whose
            ``edit(pictures, sentences)`` gives :class:`ganbook.chapters.masked_editing.inference.Edited`.
        resolution: side of the pictures.
        attributes: of the face at the start, 14 numbers in the order of ``KINDS``; None for a bearded man.
        instruction: that is applied at the start.

    Raises:
        UserError: attributes that do not exist, an instruction that is not understood, an editor of another size.
    """

    _esm = module_source(Path(__file__).with_suffix(".js"))
    _answers_from = "editor"

    resolution = traitlets.Int().tag(sync=True)
    kinds = traitlets.Dict(help="the names of each kind's values, in the order of the menus").tag(sync=True)
    skins = traitlets.Dict(help="names and colours, 0 to 1").tag(sync=True)
    hairs = traitlets.Dict(help="names and colours, 0 to 1").tag(sync=True)
    face = traitlets.Dict(help="attributes, skin and hair at the start").tag(sync=True)
    drawn = traitlets.Dict(help="the answer to a first request of kind draw").tag(sync=True)
    edited = traitlets.Dict(help="the answer to a first request of kind edit").tag(sync=True)

    def __init__(
        self,
        sim: Editor,
        plain: Editor,
        *,
        resolution: int = 64,
        attributes: Sequence[int] | None = None,
        instruction: str = "make his beard shorter",
    ) -> None:
        self._editors = {"sim": sim, "plain": plain}
        for name, editor in self._editors.items():
            if not callable(getattr(editor, "edit", None)):
                raise UserError(f"{name} must be an editor; got {type(editor).__name__}.")
        self.set_trait("resolution", resolution)
        face = {"attributes": _checked(attributes), "skin": SKINS["light"], "hair": HAIRS["dark brown"]}
        drawn = self._draw_face(**face)
        picture = np.frombuffer(drawn[1][0], np.uint8).reshape(resolution, resolution, 3)
        step = self._step(instruction, picture, picture)
        super().__init__(
            resolution=resolution,
            kinds={kind: list(values) for kind, values in KINDS.items()},
            skins=SKINS,
            hairs=HAIRS,
            face=face,
            drawn=_opening(drawn),
            edited=_opening(step),
        )

    def still_panels(self) -> list[still.Panel]:
        source, sim, plain, mask = self._first_pictures()
        alt = (
            f"Avatar editor. “{self.edited['text']}”. {self.edited['understood']} Five pictures: the source; the result"
            f" with SIM, which changes a pixel by {change(source, sim):.1%} on average; the result without, by"
            f" {change(source, plain):.1%}; SIM's mask, which lets {(mask < 128).mean():.0%} of the picture go; and"
            " where the result with SIM differs from the source."
        )
        return [still.Panel(alt, self._draw_still)]

    def page_facts(self) -> page.Facts | None:
        model = pair_id(*self._editors.values())
        return None if model is None else page.Facts(model, {"language": language.tables()})

    def _reply(self, request: dict, buffers: list) -> tuple[dict, list[bytes]]:
        """Requests of two kinds: "draw" (a face from attributes and colours) and "edit" (two sources, one for each
        editor, and a text).
        """
        if request["kind"] == "draw":
            return self._draw_face(request["attributes"], request["skin"], request["hair"])
        sources = [np.frombuffer(each, np.uint8).reshape(self.resolution, self.resolution, 3) for each in buffers]
        try:
            return self._step(request["text"], *sources)
        except UserError as refusal:  # of what the person wrote: an answer, not a failure
            return {"error": str(refusal)}, []

    def _draw_face(
        self, attributes: Sequence[int], skin: Sequence[float], hair: Sequence[float]
    ) -> tuple[dict, list[bytes]]:
        look = looks(torch.tensor([_checked(attributes)]), torch.tensor([skin]), torch.tensor([hair]))
        picture = shown(render(look, portrait(1), self.resolution).pictures)[0]
        return {"attributes": list(attributes)}, [picture.tobytes()]

    def _step(self, text: str, for_sim: Picture, for_plain: Picture) -> tuple[dict, list[bytes]]:
        told, understood = language.told(text[:MOST_CHARACTERS])
        sim = self._edit("sim", for_sim, told)
        plain = self._edit("plain", for_plain, told)
        masks = np.zeros(sim.pictures.shape[:3]) if sim.masks is None else sim.masks
        mask = (masks[0] * 255).round().astype(np.uint8)
        content = {"text": " ".join(text.split()), "told": told, "understood": understood}
        return content, [each.tobytes() for each in (sim.pictures[0], plain.pictures[0], mask)]

    def _edit(self, name: str, picture: Picture, told: str) -> Edited:
        made = self._editors[name].edit(picture[None].copy(), [told])
        check_pictures(made.pictures, self.resolution)
        return made

    def _first_pictures(self) -> list[np.ndarray]:
        """Source, both results and the mask of the edit at the start."""
        buffers = [*self.drawn["buffers"], *self.edited["buffers"]]
        return [
            np.frombuffer(each, np.uint8).reshape(self.resolution, self.resolution, -1).squeeze() for each in buffers
        ]

    def _draw_still(self, figure: "Figure", _ink: str) -> None:
        source, sim, plain, mask = self._first_pictures()
        still.write_title(figure, f"“{self.edited['text']}”")
        panels = {
            "source": source,
            "with SIM": sim,
            "without SIM": plain,
            "SIM's mask": mask,
            "changed, with SIM": np.abs(sim.astype(int) - source).max(2).astype(np.uint8),
            "changed, without": np.abs(plain.astype(int) - source).max(2).astype(np.uint8),
        }
        for number, (title, picture) in enumerate(panels.items()):
            axes = figure.add_axes((0.02 + 0.33 * (number % 3), 0.48 - 0.44 * (number // 3), 0.3, 0.36))
            axes.imshow(picture, cmap="gray", vmin=0, vmax=255)
            axes.set_title(title, fontsize=11, pad=4)
            axes.axis("off")


def change(one: Picture, other: Picture) -> float:
    """Mean absolute difference, from 0 to 1."""
    return float(np.abs(one.astype(int) - other).mean() / 255)


def _checked(attributes: Sequence[int] | None) -> list[int]:
    if attributes is None:
        return [list(values).index(EXAMPLE.get(kind, list(values)[1])) for kind, values in KINDS.items()]
    numbers = [int(each) for each in attributes]
    if len(numbers) != len(COUNTS) or not all(0 <= each < count for each, count in zip(numbers, COUNTS, strict=True)):
        raise UserError(f"attributes must be {len(COUNTS)} numbers, each from 0 to below {COUNTS}; got {numbers}.")
    return numbers


def _opening(answer: tuple[dict, list[bytes]]) -> dict:
    """An answer in the form in which the front end gets it."""
    content, buffers = answer
    return content | {"buffers": buffers}

"""The cosines of all pairs of instructions as a map, with what the two instructions of a pair do to a picture."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import traitlets
from jaxtyping import Float
from numpy.typing import ArrayLike

from ganbook.chapters.instruction_editing.widgets import editing
from ganbook.data.captions import DIGIT_WORDS
from ganbook.data.edits import ACTIONS, EMPTY, POSITIONS, Instruction, State, apply, states
from ganbook.errors import UserError
from ganbook.nn import weights_id
from ganbook.widgets import page, still
from ganbook.widgets.base import Explorer, module_source

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = (
    "#053061",
    "#2166ac",
    "#4393c3",
    "#92c5de",
    "#d1e5f0",
    "#f7f7f7",
    "#fddbc7",
    "#f4a582",
    "#d6604d",
    "#b2182b",
    "#67001f",
)
"""From -1 to 1: ColorBrewer's red-blue, which colour-blind readers can tell apart."""

SCALE = 30_000
"""Cosines travel as whole numbers: 1 is this much."""


class CosineMapExplorer(Explorer):
    """A heat map of cosines with a pointer;
    beside it the two instructions of the pair and what each makes of a picture.

    Args:
        edit: pictures uint8 (n, resolution, resolution), list of n sentences -> pictures of the same form; asked with
            n = 2.
        cosines: (n, n), from -1 to 1: of the vectors of the instructions, in the order of ``instructions``.
        instructions: n different ones, at most 400.
        digits: uint8 (m, 28, 28), ink 255 on paper 0; the first of each class is the example.
        labels: int (m,), what they are; every digit that an instruction names must be there.
        resolution: side of the pictures.
        pair: numbers of the instructions under the pointer at the start. The trait ``pair`` follows the pointer once it
            rests, and can be set.

    Raises:
        UserError: an argument of another shape, dtype or range.
    """

    _esm = module_source(Path(__file__).with_suffix(".js"))
    _answers_from = "editor"

    resolution = traitlets.Int().tag(sync=True)
    cosines = traitlets.Bytes(help="int16 (n, n), cosines times SCALE").tag(sync=True)
    scale = traitlets.Int(SCALE).tag(sync=True)
    instructions = traitlets.List(help="(action, digit, where, sentence) of each").tag(sync=True)
    grammar = traitlets.Dict(help="actions, places and digit words, in their order").tag(sync=True)
    examples = traitlets.List(traitlets.Int(), help="the digits of which there is an example").tag(sync=True)
    colours = traitlets.List(traitlets.Unicode(), COLOURS).tag(sync=True)
    pair = traitlets.List(traitlets.Int()).tag(sync=True)
    first_pair = traitlets.List(traitlets.Int()).tag(sync=True)
    first_edits = traitlets.Dict(help="the answer for first_pair").tag(sync=True)

    def __init__(
        self,
        edit: editing.Editor,
        cosines: ArrayLike,
        instructions: Sequence[Instruction],
        digits: ArrayLike,
        labels: ArrayLike,
        *,
        resolution: int = 64,
        pair: Sequence[int] | None = None,
    ) -> None:
        self._edit = editing.checked_editor(edit)
        self._canvas = editing.Canvas(resolution)
        self._told = _checked_instructions(instructions)
        self._cosines = _checked_cosines(cosines, len(self._told))
        images, classes = editing.checked_digits(digits, labels)
        self._examples = {int(label): images[int(np.argmax(classes == label))] for label in np.unique(classes)}
        missing = sorted({each.digit for each in self._told} - set(self._examples))
        if missing:
            raise UserError(
                f"digits must hold an example of every digit that an instruction names; there is none of {missing}."
            )
        super().__init__(
            resolution=resolution,
            cosines=np.rint(self._cosines * SCALE).astype(np.int16).tobytes(),
            instructions=[(*each, each.text) for each in self._told],
            grammar={"actions": ACTIONS, "places": POSITIONS, "digits": DIGIT_WORDS},
            examples=sorted(self._examples),
            pair=list(pair) if pair is not None else self._most_opposed(),
        )
        self.first_pair = self.pair
        content, buffers = self._edits(self.pair, None)
        self.first_edits = content | {"buffers": buffers}

    @traitlets.validate("pair")
    def _check_pair(self, proposal: traitlets.Bunch) -> list[int]:
        pair = [int(number) for number in proposal["value"]]
        if len(pair) != 2 or not all(0 <= number < len(self._told) for number in pair):
            raise UserError(
                f"pair must be two numbers of instructions, 0 to {len(self._told) - 1}; got {proposal['value']!r}."
            )
        return pair

    def cosine(self) -> float:
        """Of the pair under the pointer."""
        return float(self._cosines[*self.pair])

    def summary(self) -> str:
        """The present pair in one sentence."""
        first, second = (self._told[number].text for number in self.pair)
        return f"“{first}” and “{second}”: cosine {self.cosine():.2f}."

    def still_panels(self) -> list[still.Panel]:
        blocks = ", ".join(f"{one} and {other} {round(mean, 2) + 0.0:.2f}" for one, other, mean in self._block_means())
        return [
            still.Panel(
                f"Map of the cosines of {len(self._told)} instructions. Means of its blocks: {blocks}.", self._draw_map
            ),
            still.Panel(f"{self.summary()} Beside each instruction a picture before and after it.", self._draw_pair),
        ]

    def page_facts(self) -> page.Facts | None:
        model = weights_id(self._edit)
        if model is None:
            return None
        kinds = dict.fromkeys((each.action, each.where) for each in self._told)
        facts = {
            "sides": self._canvas.sides(),
            "boxes": {json.dumps(kind, separators=(",", ":")): possible_boxes(*kind) for kind in kinds},
            "examples": {digit: image.tobytes() for digit, image in self._examples.items()},
        }
        return page.Facts(model, facts)

    def _reply(self, request: dict, _buffers: list) -> tuple[dict, list[bytes]]:
        return self._edits(request["pair"], request["digit"])

    def _edits(self, pair: Sequence[int], digit: int | None) -> tuple[dict, list[bytes]]:
        """Pictures before and after each instruction of a pair, of the digit that it names or of ``digit``."""
        told = [self._told[number] for number in pair]
        boxes = common_boxes(*((each.action, each.where) for each in told))
        shown = [each.digit if digit is None else digit for each in told]
        sources = np.stack(
            [self._canvas(self._examples[one], State(one, *box)) for one, box in zip(shown, boxes, strict=True)]
        )
        results = editing.edited(self._edit, sources, [each.text for each in told])
        pictures = [picture.tobytes() for both in zip(sources, results, strict=True) for picture in both]
        return {"pair": list(pair)}, pictures

    def _most_opposed(self) -> list[int]:
        """The pair with the lowest cosine of those that name the same digit."""
        digits = np.array([each.digit for each in self._told])
        cosines = np.where(digits[:, None] == digits, self._cosines, 1.0)
        return [int(number) for number in np.unravel_index(cosines.argmin(), cosines.shape)]

    def _actions(self) -> list[str]:
        return [action for action in ACTIONS if any(each.action == action for each in self._told)]

    def _block_means(self) -> list[tuple[str, str, float]]:
        """Mean cosine of each pair of actions, without the instructions with themselves."""
        cosines = self._cosines.astype(float)
        np.fill_diagonal(cosines, np.nan)
        rows = {action: [n for n, each in enumerate(self._told) if each.action == action] for action in self._actions()}
        pairs = [(one, other) for i, one in enumerate(rows) for other in list(rows)[i:]]
        blocks = [(one, other, cosines[np.ix_(rows[one], rows[other])]) for one, other in pairs]
        return [(one, other, float(np.nanmean(block))) for one, other, block in blocks if not np.isnan(block).all()]

    def _draw_map(self, figure: "Figure", _ink: str) -> None:
        from matplotlib.colors import LinearSegmentedColormap

        order = sorted(range(len(self._told)), key=lambda n: _key(self._told[n]))
        axes = figure.add_axes((0.24, 0.04, 0.6, 0.62))
        still.write_title(figure, "Cosines of instructions")
        drawn = axes.imshow(
            self._cosines[np.ix_(order, order)],
            cmap=LinearSegmentedColormap.from_list("cosine", COLOURS),
            vmin=-1,
            vmax=1,
            interpolation="nearest",
        )
        counts = [sum(each.action == action for each in self._told) for action in self._actions()]
        ends = np.cumsum(counts)
        for end in ends[:-1]:
            axes.axhline(end - 0.5, color="black", linewidth=1)
            axes.axvline(end - 0.5, color="black", linewidth=1)
        middles = ends - np.array(counts) / 2 - 0.5
        axes.set_xticks(middles, self._actions(), rotation=45, ha="left")
        axes.xaxis.tick_top()
        axes.set_yticks(middles, self._actions())
        axes.tick_params(length=0)
        figure.colorbar(drawn, cax=figure.add_axes((0.87, 0.04, 0.03, 0.62)), ticks=[-1, 0, 1])

    def _draw_pair(self, figure: "Figure", ink: str) -> None:
        still.write_title(figure, f"Cosine {self.cosine():.2f}".replace("-", "\u2212"))
        _, pictures = self._edits(self.pair, None)
        for row, number in enumerate(self.pair):
            figure.text(0.02, 0.86 - 0.45 * row, self._told[number].text, va="top")
            for column in (0, 1):
                axes = figure.add_axes((0.02 + 0.46 * column, 0.45 - 0.45 * row, 0.36, 0.34))
                picture = np.frombuffer(pictures[2 * row + column], np.uint8).reshape(2 * (self.resolution,))
                axes.imshow(picture, cmap="gray", vmin=0, vmax=255)
                axes.axis("off")
            figure.text(0.43, 0.62 - 0.45 * row, "→", color=ink, va="center", ha="center", fontsize=16)


@cache
def common_boxes(
    first: tuple[str, str], second: tuple[str, str]
) -> tuple[tuple[int, int, int, int], tuple[int, int, int, int]]:
    """A box (x, y, w, h) of a source picture for each of two (action, where):
    the same one if there is a state that allows both.

    Small boxes near the middle come first; (0, 0, 0, 0) is the empty canvas.
    """
    possible = [possible_boxes(*each) for each in (first, second)]
    both = [box for box in possible[0] if box in possible[1]]
    return (both[0], both[0]) if both else (possible[0][0], possible[1][0])


@cache
def possible_boxes(action: str, where: str) -> list[tuple[int, int, int, int]]:
    """Boxes in which an instruction can be followed; small ones near the middle come first,
    before all (0, 0, 0, 0), the empty canvas.
    """
    boxes = sorted((state[1:] for state in states(0) if state != EMPTY), key=_size_and_distance)
    return [box for box in [EMPTY[1:], *boxes] if _allows(box, action, where)]


def _allows(box: tuple[int, int, int, int], action: str, where: str) -> bool:
    try:
        apply(Instruction(action, 0, where), State(0, *box) if any(box) else EMPTY)
    except UserError:
        return False
    return True


def _size_and_distance(box: tuple[int, int, int, int]) -> tuple[int, int]:
    x, y, w, h = box
    return w * h, abs(2 * x + w - 3) + abs(2 * y + h - 3)


def _key(instruction: Instruction) -> tuple[int, int, int]:
    where = POSITIONS.index(instruction.where) if instruction.where else 0
    return ACTIONS.index(instruction.action), where, instruction.digit


def _checked_instructions(instructions: Sequence[Instruction]) -> list[Instruction]:
    told = list(instructions)
    if not all(isinstance(each, Instruction) for each in told) or len(set(told)) != len(told):
        raise UserError("instructions must be different ganbook.data.edits.Instruction, one a row of the map.")
    if not 2 <= len(told) <= 400:
        raise UserError(f"The map takes 2 to 400 instructions; got {len(told)}.")
    return told


def _checked_cosines(cosines: ArrayLike, n: int) -> Float[np.ndarray, "n n"]:
    array = np.asarray(cosines, dtype=float)
    if array.shape != (n, n):
        raise UserError(
            f"cosines must be of shape ({n}, {n}), a row and a column for each instruction; got {array.shape}."
        )
    if not (np.abs(array) <= 1 + 1e-3).all():
        raise UserError("cosines must lie in [-1, 1]; these do not, or hold NaN.")
    return np.clip(array, -1, 1)

"""Edit a digit by telling it what to do."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from ganbook.chapters.instruction_editing.widgets import editing
from ganbook.data import drawing
from ganbook.data.captions import DIGIT_WORDS
from ganbook.data.digit_edits import DIGIT
from ganbook.data.drawing import centred_digit
from ganbook.data.edits import ACTIONS, EMPTY, POSITIONS, Instruction, State, allowed, fits
from ganbook.errors import UserError
from ganbook.metrics import ssim
from ganbook.nn import weights_id
from ganbook.widgets import page, still
from ganbook.widgets.base import Explorer, module_source

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_DIGITS = 120
STRONG = 64
"""A pixel differs when its grey value does by more than this."""


class Told(NamedTuple):
    """An instruction that can be followed: its sentence, the state after it,
    and the digit, a ``shown``, that draws the true target.
    """

    text: str
    state: State
    digit: np.ndarray
    shown: int


class InstructionEditor(Explorer):
    """Pick or draw a digit, pick its place, say what to do;
    see source, result, true target, their SSIM and difference; go on from there.

    Args:
        edit: pictures uint8 (n, resolution, resolution), list of n sentences -> pictures of the same form; asked at
            each step with n = 1.
        digits: uint8 (n, 28, 28), ink 255 on paper 0, at most 120: the samples to pick from, best several of each
            class.
        labels: int (n,), what they are, 0..9.
        resolution: side of the pictures.
        sample: number of the digit to start with.
        box: (x, y, w, h) to start with, in cells of the 3 x 3 grid; ``None``: the empty canvas.
        instruction: that is applied at the start; ``None``: what the paper's figure 5 shows, "expand ... to the top
            right", or the first that ``box`` allows.

    Raises:
        UserError: an argument of another shape, dtype or range, or an instruction that the box does not allow.
    """

    _esm = module_source(Path(__file__).with_suffix(".js"))
    _answers_from = "editor"

    resolution = traitlets.Int().tag(sync=True)
    digits = traitlets.Bytes(help="uint8 (n, 28, 28)").tag(sync=True)
    labels = traitlets.List(traitlets.Int()).tag(sync=True)
    sample = traitlets.Int(help="the digit at the start").tag(sync=True)
    grammar = traitlets.Dict(help="actions, places and digit words, in the order of the menus").tag(sync=True)
    colours = traitlets.List(traitlets.Unicode(), help="of the difference: too much ink, missing ink").tag(sync=True)
    placed = traitlets.Dict(help="the answer to a first request of kind place").tag(sync=True)
    edited = traitlets.Dict(help="the answer to a first request of kind edit").tag(sync=True)

    def __init__(
        self,
        edit: editing.Editor,
        digits: ArrayLike,
        labels: ArrayLike,
        *,
        resolution: int = 64,
        sample: int = 0,
        box: Sequence[int] | None = (0, 2, 1, 1),
        instruction: str | None = None,
    ) -> None:
        self._edit = editing.checked_editor(edit)
        self._canvas = editing.Canvas(resolution)
        self._digits, self._classes = editing.checked_digits(digits, labels)
        if len(self._digits) > MOST_DIGITS:
            raise UserError(f"At most {MOST_DIGITS} digits can be picked from; got {len(self._digits)}.")
        if not 0 <= sample < len(self._digits):
            raise UserError(f"sample must be the number of a digit, 0 to {len(self._digits) - 1}; got {sample}.")
        shown = int(self._classes[sample])
        state = _checked_state(shown, box)
        text = _first_instruction(shown, state) if instruction is None else instruction
        place = self._place(state, self._digits[sample], shown)
        step = self._step(
            self._told(text, state, self._digits[sample], shown), self._canvas(self._digits[sample], state)
        )
        super().__init__(
            resolution=resolution,
            digits=self._digits.tobytes(),
            labels=self._classes.tolist(),
            sample=sample,
            grammar={"actions": ACTIONS, "places": POSITIONS, "digits": DIGIT_WORDS},
            colours=[editing.TOO_MUCH, editing.MISSING],
            placed=_opening(place),
            edited=_opening(step),
        )

    def still_panels(self) -> list[still.Panel]:
        step, (_, result, target) = self.edited, self._first_pictures()
        change = result.astype(int) - target
        alt = (
            f"Instruction editor. {_in_words(State(*self.placed['state']))}; “{step['text']}”. SSIM of the model's"
            f" result and the true target: {step['ssim']:.2f}; of the source and the target: {step['nothing']:.2f}."
            " Four pictures: source, result, true target, and the difference: too much ink on"
            f" {(change > STRONG).mean():.1%} of the pixels, missing ink on {(change < -STRONG).mean():.1%}."
        )
        return [still.Panel(alt, self._draw)]

    def page_facts(self) -> page.Facts | None:
        model = weights_id(self._edit)
        if model is None:
            return None
        rules = {
            "ink": drawing.INK,
            "smallest": drawing.SMALLEST,
            "fullest": drawing.FULLEST,
            "box": drawing.BOX,
            "centre": drawing.CENTRE,
        }
        return page.Facts(
            model, {"language": editing.language_tables(), "sides": self._canvas.sides(), "drawing": rules}
        )

    def _reply(self, request: dict, buffers: list) -> tuple[dict, list[bytes]]:
        """Three kinds of requests: "draw" (a drawing to a digit), "place" (a digit in a state) and "edit";
        each brings all that it needs.
        """
        if request["kind"] == "draw":
            return self._drawing(np.frombuffer(buffers[0], np.uint8).reshape(request["side"], request["side"]))
        digit, state = np.frombuffer(buffers[0], np.uint8).reshape(DIGIT, DIGIT), State(*request["state"])
        if request["kind"] == "place":
            return self._place(state, digit, request["digit"])
        picture = np.frombuffer(buffers[1], np.uint8).reshape(self.resolution, self.resolution)
        try:
            told = self._told(request["text"], state, digit, request["digit"])
        except UserError as refusal:  # of what the person wrote: an answer, not a failure
            return {"error": str(refusal)}, []
        return self._step(told, picture)

    def _drawing(self, drawing: np.ndarray) -> tuple[dict, list[bytes]]:
        try:
            return {}, [centred_digit(drawing).tobytes()]
        except UserError as refusal:
            return {"error": str(refusal)}, []

    def _place(self, state: State, digit: np.ndarray, shown: int) -> tuple[dict, list[bytes]]:
        content = {"state": state, "digit": shown, "allowed": self._allowed(state, shown)}
        return content, [self._canvas(digit, state).tobytes()]

    def _told(self, text: str, state: State, digit: np.ndarray, shown: int) -> Told:
        """What a person wrote, for a picture of ``digit``, a ``shown``, in ``state``.

        "put" may name another class; the first sample of that class then draws the true target.
        """
        instruction, after = editing.told(text, state)
        if instruction.digit != shown:
            shown = instruction.digit
            if shown not in self._classes:
                raise UserError(f"There is no sample of a {DIGIT_WORDS[shown]} here to draw the true target with.")
            digit = self._digits[int(np.argmax(self._classes == shown))]
        return Told(instruction.text, after, digit, shown)

    def _step(self, told: Told, source: np.ndarray) -> tuple[dict, list[bytes]]:
        """One edit of ``source``, which is a true picture or the model's own."""
        result = editing.edited(self._edit, source[None], [told.text])[0]
        target = self._canvas(told.digit, told.state)
        likeness = ssim(np.stack([result, source]), np.stack([target, target]))
        answer = {
            "text": told.text,
            "state": told.state,
            "digit": told.shown,
            "allowed": self._allowed(told.state, told.shown),
            "ssim": float(likeness[0]),
            "nothing": float(likeness[1]),
        }
        return answer, [each.tobytes() for each in (source, result, target, told.digit)]

    def _allowed(self, state: State, shown: int) -> list[tuple[str, int, str, str]]:
        """(action, digit, where, sentence) of every instruction that can be given."""
        known = {shown, *self._classes.tolist()}
        return [(*each, each.text) for each in allowed(state) if each.digit in known]

    def _first_pictures(self) -> list[np.ndarray]:
        """Source, result and target of the edit at the start."""
        return [np.frombuffer(each, np.uint8).reshape(2 * (self.resolution,)) for each in self.edited["buffers"][:3]]

    def _draw(self, figure: "Figure", _ink: str) -> None:
        source, result, target = self._first_pictures()
        still.write_title(figure, f"“{self.edited['text']}”")
        panels = {
            "source": source,
            f"result, SSIM {self.edited['ssim']:.2f}": result,
            "true target": target,
            "difference": editing.difference(result, target),
        }
        for number, (title, picture) in enumerate(panels.items()):
            axes = figure.add_axes((0.02 + 0.5 * (number % 2), 0.5 - 0.42 * (number // 2), 0.46, 0.34))
            axes.imshow(picture, cmap="gray", vmin=0, vmax=255)
            axes.set_title(title, fontsize=12, pad=4)
            axes.axis("off")
        figure.text(0.02, 0.02, "orange: too much ink, blue: missing ink", va="bottom")


def _checked_state(digit: int, box: Sequence[int] | None) -> State:
    if box is None:
        return EMPTY
    if len(box) != 4 or not fits(State(digit, *box)):
        raise UserError(
            "box must be (x, y, w, h) inside the 3 x 3 grid with sides that differ by one at most,"
            f" or None; got {box!r}."
        )
    return State(digit, *(int(number) for number in box))


def _first_instruction(digit: int, state: State) -> str:
    possible = allowed(state, digit)
    example = Instruction("expand", digit, "top right")
    return (example if example in possible else possible[0]).text


def _opening(answer: tuple[dict, list[bytes]]) -> dict:
    """An answer in the form in which the front end gets it."""
    content, buffers = answer
    return content | {"buffers": buffers}


def _in_words(state: State) -> str:
    if state == EMPTY:
        return "An empty canvas"
    return (
        f"A {DIGIT_WORDS[state.digit]} in the box of column {state.x + 1}, row {state.y + 1},"
        f" {state.w} wide and {state.h} high"
    )

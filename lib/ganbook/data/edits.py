"""The language of digit editing: what state a picture is in, what an instruction changes, and how both are said.

The canvas is a grid of 3 x 3 cells. A digit stands in a box of whole cells; an instruction moves the box or its sides
by one cell.
"""

import reprlib
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from ganbook.data.captions import DIGIT_WORDS
from ganbook.errors import UserError

GRID = 3
NULL = 10
"""The digit of the empty canvas."""

DIRECTIONS = ("top", "left", "right", "bottom", "top left", "top right", "bottom left", "bottom right")
POSITIONS = (*DIRECTIONS, "middle")
ACTIONS = ("move", "expand", "compress", "put", "remove")
DIRECTED = ACTIONS[:3]
SIZE_WORDS = ("one", "two", "three")

WORDS = (*ACTIONS, "to", "on", "the", "top", "left", "right", "bottom", "middle", *DIGIT_WORDS)
"""Every word that an instruction may hold."""

MAX_INSTRUCTION_WORDS = 6
"""The longest are like "compress six to the bottom left"."""


class State(NamedTuple):
    """What is on the canvas: a digit, and its box in cells from the top left corner. The empty canvas is ``EMPTY``."""

    digit: int
    x: int
    y: int
    w: int
    h: int


EMPTY = State(NULL, 0, 0, 0, 0)


class Instruction(NamedTuple):
    """One of ``ACTIONS``, a digit 0..9, and where:
    of ``DIRECTIONS``, for "put" of ``POSITIONS``, for "remove" nothing.
    """

    action: str
    digit: int
    where: str = ""

    @property
    def text(self) -> str:
        """The sentence of the paper's templates (section 4.1), for instance "expand zero to the top right"."""
        word = DIGIT_WORDS[self.digit]
        if self.action == "remove":
            return f"remove {word}"
        return f"{self.action} {word} {'on' if self.action == 'put' else 'to'} the {self.where}"


def fits(state: State) -> bool:
    """Whether a state is one of the data set:
    the empty canvas, or a digit in a box inside the grid with sides that differ by one at most.

    The rule on the sides makes the paper's 31 states. Its text does not give it, and its 369 triples are those without
    it: see the data set's card.
    """
    if state == EMPTY:
        return True
    digit, x, y, w, h = state
    inside = x >= 0 and y >= 0 and w >= 1 and h >= 1 and x + w <= GRID and y + h <= GRID
    return 0 <= digit < NULL and inside and abs(w - h) <= 1


@cache
def states(digit: int) -> tuple[State, ...]:
    """The 31 states of one digit (paper, section 4.1): ``EMPTY`` and its 30 boxes, small ones first."""
    cells, sides = range(GRID), range(1, GRID + 1)
    boxes = (State(digit, x, y, w, h) for w in sides for h in sides for y in cells for x in cells)
    return (EMPTY, *filter(fits, boxes))


@cache
def instructions(digit: int) -> tuple[Instruction, ...]:
    """The 34 instructions that name one digit, in the order of the paper's figure 7:
    actions, then directions or positions.
    """
    directed = [Instruction(action, digit, where) for action in DIRECTED for where in DIRECTIONS]
    return (*directed, *(Instruction("put", digit, where) for where in POSITIONS), Instruction("remove", digit))


@cache
def all_instructions() -> frozenset[Instruction]:
    """The 340 instructions of all digits."""
    return frozenset(instruction for digit in range(NULL) for instruction in instructions(digit))


def apply(instruction: Instruction, state: State) -> State:
    """The state after an instruction. Everything changes by one cell.

    "move" shifts the box. "expand" moves its sides that face the direction outward, the others stay (paper, figure 5).
    "compress" shrinks the box toward the direction: the opposite sides move. "put" draws the digit one cell small on an
    empty canvas, "remove" empties it.

    Raises:
        UserError: the state does not allow it, and the message says why; or there is no such instruction or state.
    """
    if instruction not in all_instructions():
        raise UserError(f"there is no instruction {instruction!r}")
    _check(state)
    action, digit, where = instruction
    if action == "put":
        if state != EMPTY:
            raise UserError(
                f'"{instruction.text}" needs an empty canvas: say "remove {DIGIT_WORDS[state.digit]}" first.'
            )
        x, y = _offset(where)
        return State(digit, x + 1, y + 1, 1, 1)
    if digit != state.digit:
        shown = "is empty" if state == EMPTY else f"shows {DIGIT_WORDS[state.digit]}, not {DIGIT_WORDS[digit]}"
        raise UserError(f'"{instruction.text}" is not possible: the canvas {shown}.')
    if action == "remove":
        return EMPTY
    dx, dy = _offset(where)
    x, w = _along(action, state.x, state.w, dx)
    y, h = _along(action, state.y, state.h, dy)
    after = State(digit, x, y, w, h)
    if not fits(after):
        raise UserError(f'"{instruction.text}" is not possible here: {_obstacle(after)}.')
    return after


def allowed(state: State, digit: int | None = None) -> tuple[Instruction, ...]:
    """The instructions that a state allows; on the empty canvas those that put ``digit`` there (default: any digit).

    Raises:
        UserError: there is no such state.
    """
    _check(state)
    if state != EMPTY:
        digit = state.digit
    digits = range(NULL) if digit is None else [digit]
    return tuple(instruction for each in digits for instruction in instructions(each) if _can(instruction, state))


def undo(instruction: Instruction, state: State) -> Instruction:
    """The instruction that leads from ``apply(instruction, state)`` back to ``state``.

    Raises:
        UserError: the state does not allow the instruction, or its undoing is not one instruction (a "remove" of a
            larger digit).
    """
    apply(instruction, state)
    if instruction.action == "put":
        return Instruction("remove", instruction.digit)
    if instruction.action == "remove":
        if (state.w, state.h) != (1, 1):
            raise UserError(
                f'"{instruction.text}" cannot be undone by one instruction: "put" draws digits of one cell.'
            )
        return Instruction("put", instruction.digit, _name(state.x - 1, state.y - 1))
    return reverse(instruction)


def reverse(instruction: Instruction) -> Instruction:
    """The instruction that undoes one with a direction, whatever the state:
    "compress to the left" undoes "expand to the right".
    """
    action = {"move": "move", "expand": "compress", "compress": "expand"}[instruction.action]
    dx, dy = _offset(instruction.where)
    return Instruction(action, instruction.digit, _name(-dx, -dy))


def parse(text: str) -> Instruction:
    """Read an instruction as a person types it; capitals, spaces and a full stop at the end do not matter.

    Raises:
        UserError: of :func:`split_words`, or no sentence of the grammar; the message says what can be said.
    """
    sentence = " ".join(split_words(text, WORDS, MAX_INSTRUCTION_WORDS))
    if sentence not in _sentences():
        raise UserError(
            f'I cannot read "{sentence}". Say for instance "move six to the left", "expand six to the top right", '
            '"compress six to the bottom", "put six on the middle" or "remove six".'
        )
    return _sentences()[sentence]


def split_words(text: str, known: Sequence[str], longest: int) -> list[str]:
    """The words of a text, in small letters and without a full stop or exclamation mark at the end.

    Raises:
        UserError: no text, an empty one, more than ``longest`` words, or one that is not ``known``; the message lists
            those that are.
    """
    if not isinstance(text, str):
        raise UserError(f"expected words, got {reprlib.repr(text)}")
    words = text.lower().rstrip(" .!\t\n").split()
    if len(words) > longest:
        raise UserError(f"The sentence has {len(words)} words; say it in {longest} at most.")
    unknown = [reprlib.repr(word) for word in dict.fromkeys(words) if word not in known]
    if unknown or not words:
        problem = f"I do not know {', '.join(unknown)}." if unknown else "The sentence is empty."
        raise UserError(f"{problem} Words that I know: {', '.join(known)}.")
    return words


def describe(state: State) -> str:
    """A full caption of a state, as a caption-to-image model needs it:
    "three two wide one high at the top left"; "nothing".

    The place is that of the box's top left cell.
    """
    if state == EMPTY:
        return "nothing"
    size = f"{SIZE_WORDS[state.w - 1]} wide {SIZE_WORDS[state.h - 1]} high"
    return f"{DIGIT_WORDS[state.digit]} {size} at the {_name(state.x - 1, state.y - 1)}"


def _offset(where: str) -> tuple[int, int]:
    """(dx, dy) in cells, down is positive."""
    return ("right" in where) - ("left" in where), ("bottom" in where) - ("top" in where)


def _name(dx: int, dy: int) -> str:
    return next(where for where in POSITIONS if _offset(where) == (dx, dy))


def _along(action: str, start: int, length: int, step: int) -> tuple[int, int]:
    """Start and length of a box along one axis after an action in the direction ``step`` (-1, 0 or 1) of that axis."""
    if action == "move":
        return start + step, length
    if action == "expand":
        return start + min(step, 0), length + abs(step)
    return start + max(step, 0), length - abs(step)


def _obstacle(after: State) -> str:
    """Why a box that came out of an instruction does not fit."""
    if after.w < 1 or after.h < 1:
        return f"the digit is only one cell {'wide' if after.w < 1 else 'high'}"
    if after.x < 0 or after.y < 0 or after.x + after.w > GRID or after.y + after.h > GRID:
        return "the digit would leave the canvas"
    return "width and height may differ by one cell at most"


def _check(state: State) -> None:
    if not fits(state):
        raise UserError(f"there is no state (digit, x, y, w, h) = {tuple(state)}")


def _can(instruction: Instruction, state: State) -> bool:
    try:
        apply(instruction, state)
    except UserError:
        return False
    return True


@cache
def _sentences() -> dict[str, Instruction]:
    """All instructions by their text."""
    return {instruction.text: instruction for instruction in all_instructions()}

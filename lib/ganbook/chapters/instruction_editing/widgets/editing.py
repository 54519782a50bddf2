"""What the widgets of digit editing ask of an editor, and how they draw the digits that go into it.

An *editor* is any function from pictures, uint8 (n, side, side), ink 255 on paper 0, and n instructions (sentences) to
the pictures after the instructions, of the same form.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Int, UInt8
from numpy.typing import ArrayLike

from ganbook.data.captions import DIGIT_WORDS
from ganbook.data.digit_edits import DIGIT, Renderer
from ganbook.data.edits import GRID, NULL, WORDS, Instruction, State, apply, instructions, parse, states
from ganbook.errors import UserError

Editor = Callable[[UInt8[np.ndarray, "n side side"], list[str]], UInt8[np.ndarray, "n side side"]]

LONGEST = max(len(each.text.split()) for digit in range(NULL) for each in instructions(digit))
"""Words of the longest instruction."""

MOST_CHARACTERS = 200

TOO_MUCH, MISSING = "#ff9d3c", "#3fa9ff"
"""Colours of a difference map: ink that should not be there, ink that should be there but is not."""


def checked_digits(digits: ArrayLike, labels: ArrayLike) -> tuple[UInt8[np.ndarray, "n 28 28"], Int[np.ndarray, " n"]]:
    """Digit samples and what they are, 0 to 9.

    Raises:
        UserError: otherwise.
    """
    images, classes = np.asarray(digits), np.asarray(labels)
    if images.dtype != np.uint8 or images.ndim != 3 or images.shape[1:] != (DIGIT, DIGIT) or len(images) == 0:
        raise UserError(
            f"digits must be uint8 of shape (n, {DIGIT}, {DIGIT}), ink 255 on paper 0;"
            f" got {images.dtype} {images.shape}."
        )
    if classes.shape != (len(images),) or not np.issubdtype(classes.dtype, np.integer):
        raise UserError(
            f"labels must be {len(images)} whole numbers, one a digit; got {classes.dtype} {classes.shape}."
        )
    if classes.min() < 0 or classes.max() >= NULL:
        raise UserError(f"labels must lie in 0 to 9; got {classes.min()} to {classes.max()}.")
    return images, classes.astype(np.int64)


def checked_editor(edit: Editor) -> Editor:
    """``edit``, if it can be called; raises UserError otherwise."""
    if not callable(edit):
        raise UserError(f"The editor must be a function of pictures and instructions; got {type(edit).__name__}.")
    return edit


def edited(
    edit: Editor, pictures: UInt8[np.ndarray, "n side side"], sentences: Sequence[str]
) -> UInt8[np.ndarray, "n side side"]:
    """Asks ``edit`` and checks its answer.

    Raises:
        UserError: an answer that is not a picture of the same size for each.
    """
    answer = np.asarray(edit(pictures, list(sentences)))
    if answer.dtype != np.uint8 or answer.shape != pictures.shape:
        raise UserError(
            f"The editor must return uint8 pictures of shape {pictures.shape};"
            f" it returned {answer.dtype} {answer.shape}."
        )
    return answer


def told(text: str, state: State) -> tuple[Instruction, State]:
    """What a person typed as an instruction, and the state that it leads to.

    Raises:
        UserError: too long, unknown words, no sentence, or not possible in this state; the message is meant for the
            person.
    """
    if len(text) > MOST_CHARACTERS or len(text.split()) > LONGEST:
        raise UserError(
            f"The instruction is too long: it has {len(text.split())} words and {len(text)} characters, "
            f'and the longest that I know has {LONGEST} words. Say for instance "move six to the top left".'
        )
    instruction = parse(text)
    return instruction, apply(instruction, state)


class Canvas:
    """Draws digits (28 x 28) in states, as the data set does.

    Args:
        resolution: side of the pictures.

    Raises:
        UserError: a resolution that the data set does not know.
    """

    def __init__(self, resolution: int):
        self.renderer = Renderer(resolution)

    @torch.no_grad()
    def __call__(self, digit: UInt8[np.ndarray, "28 28"], state: State) -> UInt8[np.ndarray, "side side"]:
        ink = torch.from_numpy(np.array(digit))[None].float() / 255
        drawn = self.renderer(ink, torch.tensor([state]))[0, 0]
        return ((drawn + 1) / 2 * 255).round().clamp(0, 255).to(torch.uint8).numpy()

    def sides(self) -> list[tuple[int, int, bytes]]:
        """(start, length, matrix as float32 (resolution, 28)) of each way to lay one side of a box on the canvas,
        for the page.
        """
        spans = [(start, length) for start in range(GRID) for length in range(1, GRID + 1 - start)]
        return [
            (start, length, self.renderer.sides[start * (GRID + 1) + length].numpy().tobytes())
            for start, length in spans
        ]


def language_tables() -> dict[str, Any]:
    """What the page must know to read and apply instructions as :func:`told` does.

    ``outcomes``: for each box "x,y,w,h" and each ["action", "where"] the box after it, or the sentence that says why
    not, with gaps {text} for the instruction and {shown} for the digit on the canvas; ``other_digit`` has {named} for
    the instruction's digit, too.
    """
    outcomes = {}
    for state in states(0):
        key = ",".join(map(str, state[1:]))
        outcomes[key] = {
            json.dumps([each.action, each.where], separators=(",", ":")): _outcome(each, state)
            for each in instructions(0)
        }
    return {
        "words": WORDS,
        "longest": LONGEST,
        "outcomes": outcomes,
        "other_digit": _outcome(Instruction("remove", 1), State(0, 0, 0, 1, 1)),
        "unreadable": _refusal(parse, "move move").replace("move move", "{sentence}"),
    }


def _outcome(instruction: Instruction, state: State) -> tuple[int, ...] | str:
    try:
        return apply(instruction, state)[1:]
    except UserError as refusal:
        message = str(refusal).replace(instruction.text, "{text}").replace(DIGIT_WORDS[0], "{shown}")
        return message if instruction.digit == 0 else message.replace(DIGIT_WORDS[instruction.digit], "{named}")


def _refusal(work: Callable, *arguments: object) -> str:
    try:
        work(*arguments)
    except UserError as refusal:
        return str(refusal)
    raise RuntimeError("expected a refusal")


def difference(
    result: UInt8[np.ndarray, "side side"], target: UInt8[np.ndarray, "side side"]
) -> UInt8[np.ndarray, "side side 3"]:
    """A difference map in colours: ``TOO_MUCH`` where the result has more ink,
    ``MISSING`` where it has less, black where they agree.
    """
    change = (result.astype(float) - target) / 255
    colours = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in (TOO_MUCH, MISSING)])
    shown = np.where(change[..., None] > 0, change[..., None] * colours[0], change[..., None] * colours[1])
    return np.abs(shown).round().astype(np.uint8)

"""Data sets as plain classes; each works offline, from data that come with the book's dependencies."""

from ganbook.data.captions import DIGIT_WORDS, PLACES, caption
from ganbook.data.digit_edits import DigitEdits, Edits, Renderer, digit_edits, held_out
from ganbook.data.digits import Digits, digit_source, load_digits, to_tensor
from ganbook.data.edits import Instruction, State
from ganbook.data.grid_digits import GridDigits, grid_digits, make_grid_digits

__all__ = [
    "DIGIT_WORDS",
    "PLACES",
    "DigitEdits",
    "Digits",
    "Edits",
    "GridDigits",
    "Instruction",
    "Renderer",
    "State",
    "caption",
    "digit_edits",
    "digit_source",
    "grid_digits",
    "held_out",
    "load_digits",
    "make_grid_digits",
    "to_tensor",
]

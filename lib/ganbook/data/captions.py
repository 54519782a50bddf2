"""The words of the book's captions: ten digits and the four places of a grid."""

import operator

from ganbook.errors import UserError

DIGIT_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
PLACES = ("top left", "top right", "bottom left", "bottom right")


def caption(label: int, place: int | None = None) -> str:
    """Say a digit, or a digit and where it stands: ``"three"``, ``"a three at the top left"``.

    Args:
        label: 0..9.
        place: 0..3 in reading order (the order of ``PLACES``), or None for the digit alone.

    Raises:
        UserError: the label or the place is not such a whole number.
    """
    word = _pick(DIGIT_WORDS, label, "label")
    if place is None:
        return word
    article = "an" if word == "eight" else "a"
    return f"{article} {word} at the {_pick(PLACES, place, 'place')}"


def _pick(words: tuple[str, ...], index: int, name: str) -> str:
    expected = f"expected a whole number from 0 to {len(words) - 1}"
    try:
        position = operator.index(index)
    except TypeError:
        raise UserError(f"{name} {index!r}: {expected}") from None
    if not 0 <= position < len(words):
        raise UserError(f"{name} {position}: {expected}")
    return words[position]

"""Symptoms of editors whose illness is known."""

import few_digits
import numpy as np
import pytest

from ganbook.chapters.instruction_editing import symptoms
from ganbook.data.edits import EMPTY, all_instructions


@pytest.fixture(scope="module")
def triples():
    return few_digits.few_triples(told=tuple(each.text for each in all_instructions()))


class Reader:
    """A judge that looks up the state of the few digits' pictures; of others it says "no digit"."""

    def __init__(self, triples):
        self.known = few_digits.Perfect(triples).known

    def __call__(self, pictures):
        return np.array([self.known.get(picture.tobytes(), (None, EMPTY))[1] for picture in pictures])


class Collapsed(few_digits.Idle):
    """An editor that has one picture for everything."""

    def __call__(self, pictures, instructions, seed=0):
        return np.broadcast_to(pictures[:1], pictures.shape)


def test_a_perfect_editor_has_no_symptoms(triples):
    found = symptoms.measure(few_digits.Perfect(triples), triples, Reader(triples))
    assert found == pytest.approx(
        dict.fromkeys(("likeness", "box_right", "digit_right", "by_instruction", "variety"), 1) | {"by_noise": 0}
    )


def test_an_editor_that_ignores_instructions(triples):
    found = symptoms.measure(few_digits.Idle(), triples, Reader(triples))
    assert found["by_instruction"] == 0 and found["variety"] > 0.5 and found["likeness"] < 0.9
    assert found["box_right"] == 0 and found["digit_right"] == 1


def test_an_editor_that_collapsed(triples):
    found = symptoms.measure(Collapsed(), triples, Reader(triples))
    assert found["by_instruction"] == 0 and found["variety"] == 0 and found["digit_right"] == 0.5

import numpy as np
import pytest

from ganbook.chapters.instruction_editing.widgets import editing
from ganbook.data.digit_edits import Renderer
from ganbook.data.edits import EMPTY, Instruction, State
from ganbook.errors import UserError

SIX = State(6, 0, 2, 1, 1)


@pytest.mark.parametrize(
    ("digits", "labels", "says"),
    [
        (np.zeros((2, 28, 28)), [0, 1], "digits must be uint8.*float64"),
        (np.zeros((2, 27, 28), np.uint8), [0, 1], r"got uint8 \(2, 27, 28\)"),
        (np.zeros((0, 28, 28), np.uint8), [], "digits must be"),
        (np.zeros((2, 28, 28), np.uint8), [0], "2 whole numbers"),
        (np.zeros((2, 28, 28), np.uint8), [0.0, 1.0], "2 whole numbers"),
        (np.zeros((2, 28, 28), np.uint8), [0, 10], "0 to 9; got 0 to 10"),
    ],
)
def test_digits_of_another_form_are_refused(digits, labels, says):
    with pytest.raises(UserError, match=says):
        editing.checked_digits(digits, labels)


@pytest.mark.parametrize(
    "answer", [np.zeros((1, 30, 30)), np.zeros((2, 30, 30), np.uint8), np.zeros((1, 28, 28), np.uint8), None]
)
def test_an_editor_that_returns_something_else_is_refused(answer):
    with pytest.raises(UserError, match=r"must return uint8 pictures of shape \(1, 30, 30\)"):
        editing.edited(lambda pictures, sentences: answer, np.zeros((1, 30, 30), np.uint8), ["remove six"])


def test_what_cannot_be_called_is_no_editor():
    with pytest.raises(UserError, match="must be a function.*got str"):
        editing.checked_editor("model")


def test_an_instruction_is_read_as_people_type():
    assert editing.told("  Move SIX to the right. ", SIX) == (Instruction("move", 6, "right"), State(6, 1, 2, 1, 1))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("enlarge six to the right", "do not know .enlarge.. .*: move, expand"),
        ("move six", "cannot read .move six."),
        ("move six to the left", "would leave the canvas"),
        ("move five to the right", "canvas shows"),
        ("put six on the middle", "empty"),
        ("compress six to the right", "one cell"),
        ("move six to the right and then to the top", "too long: it has 10 words"),
        ("x" * 5000, "too long: it has 1 words and 5000 characters"),
    ],
)
def test_what_cannot_be_done_is_said(text, says):
    with pytest.raises(UserError, match=says) as error:
        editing.told(text, SIX)
    assert len(str(error.value)) < 500


def test_the_longest_instruction_is_not_too_long():
    assert editing.told("expand six to the top right", SIX)[1] == State(6, 0, 1, 2, 2)


def test_the_canvas_draws_as_the_data_set(shifter):
    import torch

    picture = editing.Canvas(30)(shifter.digits[36], State(6, 1, 0, 2, 1))
    drawn = Renderer(30)(torch.from_numpy(shifter.digits[36:37]).float() / 255, torch.tensor([[6, 1, 0, 2, 1]]))
    np.testing.assert_allclose(picture, (drawn[0, 0].numpy() + 1) * 127.5, atol=0.51)
    assert picture[:10, 10:].any() and not picture[11:].any() and not picture[:, :9].any()
    assert not editing.Canvas(30)(shifter.digits[36], EMPTY).any()


def test_a_difference_map_has_a_colour_for_each_sign():
    result, target = np.array([[0, 255, 100]], np.uint8), np.array([[255, 0, 100]], np.uint8)
    colours = ["#" + bytes(pixel.tolist()).hex() for pixel in editing.difference(result, target)[0]]
    assert colours == [editing.MISSING, editing.TOO_MUCH, "#000000"]

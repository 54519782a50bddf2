import json
import time

import numpy as np
import pytest
import torch

from ganbook.chapters.instruction_editing.config import PROFILES
from ganbook.chapters.instruction_editing.inference import Editor
from ganbook.chapters.instruction_editing.model import Encoder, Generator
from ganbook.chapters.instruction_editing.widgets import InstructionEditor, editing
from ganbook.data.edits import EMPTY, State, allowed
from ganbook.errors import UserError
from ganbook.metrics import ssim

SIX = 36  # the first six of the samples


@pytest.fixture
def editor(shifter):
    return InstructionEditor(shifter.edit, shifter.digits, shifter.labels, resolution=30, sample=SIX)


def ask(editor, sent, buffers, **request):
    editor._on_message(
        editor, {"id": "view-1"} | request, [memoryview(np.ascontiguousarray(each).tobytes()) for each in buffers]
    )
    content, answer = sent.pop()
    return content, [np.frombuffer(each, np.uint8) for each in answer or []]


def edit(editor, sent, text, state, picture, number=SIX):
    digit = np.frombuffer(editor.digits, np.uint8).reshape(-1, 28, 28)[number]
    return ask(editor, sent, [digit, picture], kind="edit", text=text, state=state, digit=editor.labels[number])


def test_it_opens_with_an_edit_done(editor, shifter):
    opening = editor.get_state()["edited"]
    source, result, target, digit = (np.frombuffer(each, np.uint8) for each in opening["buffers"])
    canvas = editing.Canvas(30)
    before, after = canvas(shifter.digits[SIX], State(6, 0, 2, 1, 1)), canvas(shifter.digits[SIX], State(6, 0, 1, 2, 2))
    assert opening["text"] == "expand six to the top right" and tuple(opening["state"]) == (6, 0, 1, 2, 2)
    np.testing.assert_array_equal(source, before.ravel())
    np.testing.assert_array_equal(result, shifter.edit(before[None], [opening["text"]]).ravel())
    np.testing.assert_array_equal(target, after.ravel())
    np.testing.assert_array_equal(digit, shifter.digits[SIX].ravel())
    assert opening["ssim"] == pytest.approx(ssim(result.reshape(1, 30, 30), after[None])[0])
    assert opening["nothing"] == pytest.approx(ssim(before[None], after[None])[0])


def test_the_first_instruction_is_one_that_the_box_allows(shifter):
    for box in [None, (0, 0, 3, 3), (2, 0, 1, 1)]:
        opened = InstructionEditor(shifter.edit, shifter.digits, shifter.labels, resolution=30, box=box).edited["text"]
        state = State(0, *box) if box else EMPTY
        assert opened in [each.text for each in allowed(state, 0)]


def test_an_edit_goes_on_from_the_picture_in_the_request(editor, shifter, sent):
    own = np.random.default_rng(0).integers(0, 256, (30, 30), dtype=np.uint8)
    content, (source, result, target, _) = edit(editor, sent, "Move six to the right.", (6, 0, 0, 1, 2), own)
    np.testing.assert_array_equal(source, own.ravel())
    np.testing.assert_array_equal(result, np.roll(own, 10, axis=1).ravel())
    np.testing.assert_array_equal(target, editing.Canvas(30)(shifter.digits[SIX], State(6, 1, 0, 1, 2)).ravel())
    assert (
        content["id"] == "view-1"
        and content["text"] == "move six to the right"
        and tuple(content["state"]) == (6, 1, 0, 1, 2)
    )
    assert {each[3] for each in content["allowed"]} == {each.text for each in allowed(State(6, 1, 0, 1, 2))}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("move sixx to the left", "sixx"),
        ("move six to the left", "canvas"),
        ("six " * 50, "too long"),
        ("a" * 900, "too long"),
    ],
)
def test_what_a_person_should_not_have_written_is_answered_and_not_raised(editor, sent, text, says):
    content, buffers = edit(editor, sent, text, (6, 0, 0, 1, 1), np.zeros((30, 30), np.uint8))
    assert content.keys() == {"id", "error"} and says in content["error"] and not buffers
    assert "Traceback" not in content["error"]


def test_another_digit_on_the_empty_canvas_is_drawn_with_a_sample_of_it(editor, shifter, sent):
    content, (_, _, target, digit) = edit(editor, sent, "put three on the middle", EMPTY, np.zeros((30, 30), np.uint8))
    first_three = shifter.digits[18]
    assert content["digit"] == 3
    np.testing.assert_array_equal(digit, first_three.ravel())
    np.testing.assert_array_equal(target, editing.Canvas(30)(first_three, State(3, 1, 1, 1, 1)).ravel())


def test_a_digit_without_a_sample_is_neither_offered_nor_drawn(shifter, sent):
    few = InstructionEditor(shifter.edit, shifter.digits[:12], shifter.labels[:12], resolution=30, box=None)
    assert {each[1] for each in few.placed["allowed"]} == {0, 1}
    content, _ = edit(few, sent, "put three on the middle", EMPTY, np.zeros((30, 30), np.uint8), number=0)
    assert "no sample of a three" in content["error"]


def test_a_place_is_drawn_with_what_it_allows(editor, shifter, sent):
    content, (picture,) = ask(editor, sent, [shifter.digits[7]], kind="place", state=(1, 1, 0, 2, 3), digit=1)
    np.testing.assert_array_equal(picture, editing.Canvas(30)(shifter.digits[7], State(1, 1, 0, 2, 3)).ravel())
    assert {each[3] for each in content["allowed"]} == {each.text for each in allowed(State(1, 1, 0, 2, 3))}


def test_a_drawing_becomes_a_digit_and_an_empty_one_a_sentence(editor, sent):
    drawing = np.zeros((196, 196), np.uint8)
    drawing[30:160, 90:106] = 255
    _, (digit,) = ask(editor, sent, [drawing], kind="draw", side=196)
    assert digit.shape == (784,) and digit.any()
    assert (
        ask(editor, sent, [np.zeros_like(drawing)], kind="draw", side=196)[0]["error"]
        == "The drawing is empty. Draw a digit first."
    )
    assert "fills 100%" in ask(editor, sent, [np.full_like(drawing, 255)], kind="draw", side=196)[0]["error"]


def test_a_failing_model_is_told_in_one_sentence_and_raised(shifter, sent):
    healthy = True

    def fragile(pictures, sentences):
        if not healthy:
            raise RuntimeError("sizes differ\nat layer 3")
        return shifter.edit(pictures, sentences)

    editor = InstructionEditor(fragile, shifter.digits, shifter.labels, resolution=30)
    healthy = False
    with pytest.raises(RuntimeError):
        edit(editor, sent, "move six to the right", (6, 0, 0, 1, 1), np.zeros((30, 30), np.uint8))
    assert sent == [({"id": "view-1", "error": "The editor failed: RuntimeError: sizes differ"}, None)]


def test_an_untrained_model_works_and_answers_fast(shifter, sent):
    config = PROFILES["smoke"]
    torch.manual_seed(0)
    model = Editor(config, Encoder(config).eval(), Generator(config).eval())
    editor = InstructionEditor(model, shifter.digits, shifter.labels, resolution=config.resolution, sample=SIX)
    picture = np.frombuffer(editor.edited["buffers"][1], np.uint8).reshape(config.resolution, -1)
    source = np.frombuffer(editor.edited["buffers"][0], np.uint8).reshape(1, *picture.shape)
    np.testing.assert_array_equal(picture, model(source, [editor.edited["text"]])[0])
    start = time.process_time()
    for _ in range(5):
        content, _ = edit(editor, sent, "move six to the right", (6, 0, 0, 1, 1), picture)
        assert "error" not in content
    assert (time.process_time() - start) / 5 < 0.1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"sample": 60}, "0 to 59; got 60"),
        ({"box": (0, 0, 3, 1)}, "sides that differ by one at most"),
        ({"box": (2, 2, 2, 2)}, "inside the 3 x 3 grid"),
        ({"box": (0, 0)}, r"\(x, y, w, h\)"),
        ({"instruction": "move zero to the left"}, "canvas"),
        ({"instruction": "enlarge zero"}, "enlarge"),
        ({"resolution": 200}, "resolution"),
    ],
)
def test_arguments_that_cannot_be_are_refused(shifter, options, says):
    with pytest.raises(UserError, match=says):
        InstructionEditor(shifter.edit, shifter.digits, shifter.labels, **({"resolution": 30} | options))


def test_the_state_is_small(editor):
    sizes = [
        len(value) if isinstance(value, bytes) else len(json.dumps(value, default=str))
        for value in editor.get_state().values()
    ]
    assert sum(sizes) < 200_000


def test_the_text_of_the_still_comes_from_the_data(editor, shifter):
    [panel] = editor.still_panels()
    assert f"SSIM of the model's result and the true target: {editor.edited['ssim']:.2f}" in panel.alt
    assert "A six in the box of column 1, row 3, 1 wide and 1 high; “expand six to the top right”" in panel.alt
    other = InstructionEditor(shifter.edit, shifter.digits, shifter.labels, resolution=30, box=None).still_panels()[0]
    assert "An empty canvas; “put zero" in other.alt
    assert editor._repr_mimebundle_()[0]["text/html"].count("data:image/webp;base64,") == 2

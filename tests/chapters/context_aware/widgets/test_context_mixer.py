import io

import numpy as np
import pytest
import torch
from PIL import Image

from ganbook.chapters.context_aware.widgets import ContextMixer, language
from ganbook.errors import UserError

SIZES = [[4, 7], [8, 14], [16, 28]]


@pytest.fixture(scope="module")
def mixer(stand_ins):
    return ContextMixer(stand_ins.some_painter(), stand_ins.some_contexts())


def ask(mixer, sent, **request):
    mixer._on_message(mixer, {"id": "view-1"} | {"context": 0, "seed": 0, "wins": "text"} | request, [])
    content, buffers = sent.pop()
    pictures = [np.frombuffer(each, np.uint8).reshape(*size, 3) for each, size in zip(buffers, SIZES, strict=True)]
    return content, pictures


def test_the_shelf_and_what_is_seen_on_it(mixer, stand_ins):
    contexts = stand_ins.some_contexts()
    sheet = np.array(Image.open(io.BytesIO(mixer.shelf)).convert("RGB"))
    assert sheet.shape == (16, stand_ins.SHELF * 28, 3) and mixer.shape == [16, 28] and mixer.sizes == SIZES
    seen = mixer._painter.recognition(contexts)
    assert [each["outdoors"] for each in mixer.seen] == seen.outdoors.tolist()
    assert [each["people"] for each in mixer.seen] == seen.people.tolist()
    assert len({each.index(max(each)) for each in (row["outdoors"] for row in mixer.seen)}) == 2


def test_it_opens_with_a_picture(mixer):
    assert mixer.start == {"text": "A woman is sitting.", "context": 0, "seed": 0, "wins": "text"}
    assert [len(each) for each in mixer.painted["buffers"]] == [3 * h * w for h, w in SIZES]
    assert [row["name"] for row in mixer.painted["slots"]] == ["place", "person", "things"]
    assert mixer.painted["note"] == ""


def test_it_answers_as_the_painter_does(mixer, sent, stand_ins):
    contexts = stand_ins.some_contexts()
    for text, context, seed, wins in (
        ("a woman in the kitchen", 1, 3, "text"),
        ("a woman in the park", 2, 0, "context"),
        ("", None, 1, "text"),
    ):
        content, pictures = ask(mixer, sent, text=text, context=context, seed=seed, wins=wins)
        shown = None if context is None else contexts[[context]]
        expected = mixer._painter([text], shown, seed, wins)
        for one, other in zip(pictures, expected.stages, strict=True):
            np.testing.assert_array_equal(one, other[0].permute(1, 2, 0))
        filled = expected.slots[0]
        assert [row["source"] for row in content["slots"]] == [row.source for row in filled.rows]
        assert [row["name"] for row in content["slots"] if row["contradicted"]] == list(filled.contradictions)


def test_text_context_and_z_matter(mixer, sent):
    outdoors = [row["outdoors"][1] > 0.5 for row in mixer.seen]
    inside, outside = outdoors.index(False), outdoors.index(True)
    first = ask(mixer, sent, text="a woman", context=inside)[1][2]
    for other in ({"context": outside}, {"seed": 5}, {"context": None}):
        assert (ask(mixer, sent, **({"text": "a woman", "context": inside} | other))[1][2] != first).any(), other
    inside_said, outside_said = (
        ask(mixer, sent, text="a woman outside", context=each)[0] for each in (inside, outside)
    )
    assert inside_said["slots"][0]["contradicted"] and not outside_said["slots"][0]["contradicted"]
    trusting, _ = ask(mixer, sent, text="a woman outside", context=inside, wins="context")
    assert (trusting["slots"][0]["value"], trusting["slots"][0]["source"]) == (0, "context")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "The caption is empty, so all comes from the context picture."),
        ("犬がいる", "Only English is understood here, so all comes from the context picture."),
        ("xqzv", "Nothing understood, so all comes from the context picture."),
        ("a woman " * 5_000, "That is 10,000 letters"),
        ("<script>alert(1)</script>", "Nothing understood"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_line_and_painted_all_the_same(mixer, sent, text, says):
    content, pictures = ask(mixer, sent, text=text)
    assert content["note"].startswith(says) and "\n" not in content["note"] and len(pictures) == 3


def test_without_a_context_picture_nothing_comes_from_it(mixer, sent):
    content, _ = ask(mixer, sent, text="it rains", context=None)
    assert [row["source"] for row in content["slots"]] == ["nothing"] * 3
    assert content["note"] == "Nothing understood, and no context picture says anything, so all is left open."


def test_a_model_of_texts_alone_takes_nothing(stand_ins):
    mixer = ContextMixer(stand_ins.some_painter("nothing"), stand_ins.some_contexts(), text="it rains")
    assert [row["source"] for row in mixer.painted["slots"]] == ["nothing"] * 3
    assert "all is left open" in mixer.painted["note"]


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"painter": None}, "painter must be a Painter; got NoneType"),
        ({"contexts": torch.zeros(2, 3, 16, 28)}, r"uint8 pictures \(n, 3, height, width\).*float32"),
        ({"contexts": torch.zeros(0, 3, 16, 28, dtype=torch.uint8)}, "at least one"),
        ({"context": 5}, "context must be from 0 to 4, or None; got 5"),
    ],
)
def test_arguments_that_cannot_be_are_refused(stand_ins, how, says):
    good = {"painter": stand_ins.some_painter(), "contexts": stand_ins.some_contexts()}
    with pytest.raises(UserError, match=says):
        ContextMixer(**good | how)


def test_the_text_of_the_still_comes_from_the_data(mixer, stand_ins):
    (panel,) = mixer.still_panels()
    assert "“A woman is sitting.” with a context picture: " + mixer._recognised(0) in panel.alt
    place = language.NAMES["place"][mixer.painted["slots"][0]["value"]]
    assert f"place: not said, {place}, from context; person: a woman, " in panel.alt
    assert "things: not said, open, from nothing." in panel.alt and "4 by 7, 8 by 14, 16 by 28 pixels" in panel.alt
    (without,) = ContextMixer(mixer._painter, stand_ins.some_contexts(), context=None).still_panels()
    assert "with no context picture" in without.alt

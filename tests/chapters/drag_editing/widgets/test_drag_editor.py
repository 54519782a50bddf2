"""The widget in Python: what it answers is what the editor does; what cannot be is refused in a sentence."""

import io
import time

import numpy as np
import pytest
import torch
from PIL import Image

from ganbook.chapters.drag_editing.inference import Drag
from ganbook.chapters.drag_editing.web import DRAWS
from ganbook.chapters.drag_editing.widgets import DragEditor, drag_editor, search
from ganbook.errors import UserError
from ganbook.nn import weights_id

SIDE, STYLES, LATENT = 16, 6, 8


@pytest.fixture(scope="module")
def editor(stand_ins):
    return stand_ins.some_editor()


@pytest.fixture(scope="module")
def widget(editor, stand_ins):
    return DragEditor(editor, features=stand_ins.some_features)


@pytest.fixture
def ws(editor):
    return editor.prior.generator.spread(editor.prior.codes(1, 0.5, seed=3))[0].contiguous()


def edited(widget, ws, drags, anchors=()):
    content, buffers = widget._reply({"kind": "edit", "drags": drags, "anchors": anchors}, [drag_editor.packed(ws)])
    if "error" in content:
        return content["error"]
    codes = torch.from_numpy(np.frombuffer(buffers[0], "<f4").reshape(STYLES, LATENT).copy())
    return codes, np.frombuffer(buffers[1], np.uint8).reshape(SIDE, SIDE, 3), content["notes"]


def test_an_answer_is_what_the_editor_does(widget, editor, ws):
    drags, anchors = [[6, 7, 3, -2, 0.0], [9, 9, 0, 0, 0.1]], [[10, 4]]
    wanted = editor.edit(ws, [Drag(6, 7, 3, -2), Drag(9, 9, zoom=0.1)], [(10, 4)])
    codes, picture, notes = edited(widget, ws, drags, anchors)
    assert torch.equal(codes, wanted.ws) and notes == []
    np.testing.assert_array_equal(picture, wanted.picture.permute(1, 2, 0))
    again, _, _ = edited(widget, codes, [[8, 8, 0, 2, 0]])
    assert not torch.equal(again, codes)


def test_what_was_changed_of_a_wish_is_told(widget, ws):
    assert "length 0" in edited(widget, ws, [[6, 7, 0, 0, 0]])[2][0]
    assert edited(widget, ws, [[2, 7, 3, 0, 0]])[2] == ["A handle on the background was put on the avatar beside it."]
    codes, _, notes = edited(widget, ws, [[0, 0, 3, 0, 0]])
    assert torch.equal(codes, ws) and "nothing to take hold of" in notes[0]
    assert "ignored" in edited(widget, ws, [[7, 7, 2, 0, 0]], [[7.2, 7.3]])[2][0]
    codes, _, notes = edited(widget, ws, [[7, 7, 2, 0, 0]], [[n / 63, n % 16] for n in range(1_000)])
    assert codes.isfinite().all() and set(notes) == {"An anchor on the spot of a drag was ignored."}


@pytest.mark.parametrize(
    ("drags", "anchors", "says"),
    [
        ([[None, 3, 1, 1, 0]], [], "a drag: expected finite numbers, got nan, 3.0, 1.0, 1.0, 0.0"),
        ([[3, 3, 1, 1, float("inf")]], [], "a drag: expected finite"),
        ([["3", 3, 1, 1, 0]], [], "a drag: expected finite"),
        ([], [[None, None]], "an anchor: expected finite"),
        ([[40, 3, 1, 1, 0]], [], "a drag at (40, 3) lies out of the picture"),
    ],
)
def test_what_is_no_wish_is_refused_in_a_sentence(widget, ws, drags, anchors, says):
    assert edited(widget, ws, drags, anchors).startswith(says)


def test_what_is_no_code_is_refused_in_a_sentence(widget, ws):
    assert edited(widget, ws[1:], []) == f"expected {4 * STYLES * LATENT} bytes, got {4 * (STYLES - 1) * LATENT}"
    assert edited(widget, ws * float("nan"), []) == "expected finite codes"


def test_the_front_end_gets_sizes_codes_and_the_first_picture(widget, editor):
    assert widget.sizes == {"styles": STYLES, "latent": LATENT, "lower": 3} and widget.searches
    draws = np.frombuffer(widget.draws, "<f4").reshape(DRAWS, LATENT)
    np.testing.assert_array_equal(draws[5], editor.prior.codes(1, 0.5, seed=5)[0])
    sheet = np.array(Image.open(io.BytesIO(widget.shown)).convert("RGB"))
    np.testing.assert_array_equal(sheet, editor.prior.draw(editor.prior.codes(1, 0.5))[0].permute(1, 2, 0))
    facts = widget.page_facts()
    assert facts.model == weights_id(editor) and facts.facts["rules"]["units"] == pytest.approx([2.0, 2.0, 0.05])
    assert not DragEditor(editor).searches


@pytest.mark.parametrize(
    ("how", "says"),
    [
        (lambda editor: DragEditor(None), "editor must be an Editor; got NoneType"),
        (lambda editor: DragEditor(editor.__class__(editor.config, editor.prior, editor.transformer)), "a segmenter"),
        (lambda editor: DragEditor(editor, psi=2), "psi must be from 0 to 1; got 2"),
        (lambda editor: DragEditor(editor, psi="far"), "psi must be from 0 to 1; got 'far'"),
    ],
)
def test_what_cannot_be_shown_is_refused(editor, how, says):
    with pytest.raises(UserError, match=says):
        how(editor)


def test_the_still_says_what_it_shows(widget):
    [panel] = widget.still_panels()
    assert "a drag by 2 pixels to the right; the same drag with an anchor below; the middle comes nearer" in panel.alt


# A picture of a person's own


def found(widget):
    for _ in range(600):
        content, buffers = widget._reply({"kind": "found"}, [])
        if "error" in content or content["over"]:
            return content, buffers
        time.sleep(0.05)
    raise AssertionError("the search does not end")


def test_a_picture_of_the_generator_is_found_and_another_one_is_told_from_it(widget, editor, ws, monkeypatch):
    monkeypatch.setattr(search, "STEPS", 60)
    own = editor.prior.draw(ws[None])[0].permute(1, 2, 0).numpy().tobytes()
    noise = np.random.default_rng(0).integers(0, 256, SIDE * SIDE * 3, np.uint8).tobytes()
    told = []
    for pixels in (own, noise):
        assert widget._reply({"kind": "find"}, [pixels]) == ({}, [])
        content, buffers = found(widget)
        codes = torch.from_numpy(np.frombuffer(buffers[0], "<f4").reshape(1, STYLES, LATENT).copy())
        np.testing.assert_allclose(
            np.frombuffer(buffers[1], np.uint8).reshape(SIDE, SIDE, 3),
            editor.prior.draw(codes)[0].permute(1, 2, 0),
            atol=1,
        )
        told.append(content["said"])
    near, far = (float(each.split("by ")[1].split("%")[0]) for each in told)
    assert near < far and "hardly your picture" in told[1]


def test_a_search_can_be_stopped(widget):
    widget._reply({"kind": "find"}, [bytes(SIDE * SIDE * 3)])
    running = widget._search
    assert widget._reply({"kind": "stop"}, []) == ({}, [])
    running.join(timeout=30)
    assert not running.is_alive() and running.ws is None and running.error == ""
    assert widget._reply({"kind": "found"}, []) == ({"share": 0.0, "over": True, "said": "Stopped."}, [])


def test_what_cannot_be_looked_for(widget, editor, monkeypatch):
    assert widget._reply({"kind": "find"}, [b"12"])[0]["error"] == f"expected {3 * SIDE * SIDE} bytes, got 2"
    assert "no feature net" in DragEditor(editor)._reply({"kind": "find"}, [bytes(3 * SIDE * SIDE)])[0]["error"]

    def broken(pictures):
        raise RuntimeError("out of memory")

    failing = DragEditor(editor, features=broken)
    failing._reply({"kind": "find"}, [bytes(3 * SIDE * SIDE)])
    assert found(failing)[0] == {"error": "The search failed: out of memory"}

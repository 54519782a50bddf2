"""Experiments of the chapter where the answer is known."""

import math
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from chapters.drag_editing.few import CONFIG, prior, scales
from chapters.drag_editing.test_analysis import Reader

from ganbook.chapters.drag_editing import studies
from ganbook.chapters.drag_editing.analysis import Dragged, Value
from ganbook.chapters.drag_editing.inference import Drag, Editor
from ganbook.chapters.drag_editing.model import Transformer
from ganbook.data.avatars import LANDMARKS
from ganbook.data.pixels import from_bytes


@pytest.fixture(scope="module")
def editor():
    torch.manual_seed(1)
    return Editor(CONFIG, prior(), Transformer(CONFIG, scales()).requires_grad_(False).eval())


def test_the_six_cases_are_those_of_the_figure(editor):
    found = studies.six_cases(editor, Reader())
    assert [each.name for each in found] == ["(a)", "(b)", "(c)", "(d)", "(e)", "(f)"]
    assert [bool(each.anchors) for each in found] == [False, True, True, False, False, False]
    assert [each.drags[0].zoom for each in found] == [0, 0, 0, 0, 0.2, -0.2]
    first, held = found[0], found[1]
    assert (first.drags[0].dx, first.drags[0].dy) == (1.0, 0.0)  # four pixels of 64 are one of 16
    places = (Reader()(from_bytes(held.before[None]))[0] + 1) * 8
    assert held.anchors[0] == pytest.approx(tuple(places[LANDMARKS.index("chin")].tolist()))
    after = (Reader()(from_bytes(held.after[None]))[0] + 1) * 8
    torch.testing.assert_close(held.gone, after - places, atol=1e-4, rtol=1e-4)
    assert not torch.equal(first.before, first.after) and not torch.equal(first.before, held.before)


def test_cases_in_words(editor):
    found = studies.six_cases(editor, Reader())
    assert studies.asked_words(found[1]) == "nose tip; held: chin, crown"
    assert studies.asked_words(found[5]) == "nose tip, zoom −18 %"


def test_numbers_by_length():
    ways = torch.tensor([[2.0, 0.0], [0.0, 2.0], [4.0, 0.0], [0.0, 4.0]])
    gone = torch.stack([ways, ways]).clone()
    gone[:, 2:] *= 0.5
    found = studies.by_length(Dragged(*[None] * 4, ways, gone))
    assert list(found) == [2.0, 4.0]
    assert found[2.0]["error"].value == pytest.approx(0) and found[2.0]["gone"].value == pytest.approx(2)
    assert found[4.0]["error"].value == pytest.approx(0.5) and found[4.0]["gone"].value == pytest.approx(2)
    assert found[4.0]["cosine"].value == pytest.approx(1)


def test_numbers_by_motions_shown():
    numbers = {"latent_error": 0.5, "latent_error_1": 0.9, "latent_error_16": 0.6, "latent_error_16_low": 0.55}
    found = studies.by_tokens(numbers, "latent_error", 256)
    assert found == {1: Value(0.9, 0.9, 0.9), 16: Value(0.6, 0.55, 0.6), 256: Value(0.5, 0.5, 0.5)}
    assert studies.by_tokens({}, "latent_error", 256) == {}


class Eyes(torch.nn.Module):
    """Stands for a reader: eyes side by side, after the edit farther from each other."""

    def __init__(self, farther):
        super().__init__()
        self.at = iter((0.25, 0.25 + farther))

    def forward(self, pictures):
        places = torch.zeros(len(pictures), len(LANDMARKS), 2)
        at = next(self.at)
        places[:, LANDMARKS.index("left eye"), 0], places[:, LANDMARKS.index("right eye"), 0] = at, -at
        return places


def test_eyes_are_dragged_apart(editor, monkeypatch):
    asked = []

    def edit(self, ws, drags, anchors=()):
        asked.append(drags)
        return type("Edited", (), {"ws": ws})

    monkeypatch.setattr(Editor, "edit", edit)
    step = 4.0 * 16 / 64  # pixels
    assert studies.contradictions(editor, Eyes(step / 8), n=3, length=4.0) == pytest.approx(1.0, abs=1e-5)
    assert studies.contradictions(editor, Eyes(0.0), n=3, length=4.0) == pytest.approx(0.0, abs=1e-5)
    left, right = asked[0]
    assert (left.x, left.dx) == (10.0, 1.0) and (right.x, right.dx) == (6.0, -1.0)
    assert isinstance(left, Drag) and math.isclose(left.dy, 0)


def test_far_drags_start_at_the_nose(editor):
    asked = []

    def edit(ws, drags):
        asked.extend(drags)
        return ws

    found = studies.far_drags(edit, editor.prior, Reader(), 2)
    assert list(found) == [1.5, 3.0, 4.5]  # of 16 pixels a side
    assert all(each["error"].value == pytest.approx(1, abs=1e-5) for each in found.values())
    places = Reader()(from_bytes(editor.prior.draw(editor.prior.codes(2, 0.5))))[:, LANDMARKS.index("nose tip")]
    assert [asked[0].x, asked[24].x] == pytest.approx(((places[:, 0] + 1) * 8).tolist(), abs=1e-4)


def test_drags_of_the_background(editor):
    here = lambda pictures: torch.zeros(len(pictures), 2, 16, 16).index_fill(1, torch.tensor(0), 1.0)
    found = studies.background_drags(replace(editor, segmenter=here), Reader(), 3)
    assert len(found.drags) == 3 and (found.drags[0].x, found.drags[0].dx) == (1.0, 1.0)
    assert not torch.equal(found.before, found.after) and found.gone > 0 and found.gone_nose > 0


def test_own_pictures_are_found_and_dragged(editor, monkeypatch):
    codes = editor.prior.generator.spread(editor.prior.codes(2, 0.5))
    editor = replace(
        editor,
        segmenter=lambda pictures: torch.zeros(len(pictures), 2, 16, 16) + torch.tensor([0.0, 1.0])[:, None, None],
    )
    editor.segmenter.features = None
    monkeypatch.setattr(type(editor.prior), "find", lambda self, *_: SimpleNamespace(ws=codes), raising=False)
    given = editor.prior.draw(codes)
    found = studies.own_pictures(editor, Reader(), given, 3)
    assert torch.equal(found.found, given) and found.psnr.min() > 50
    assert [drag.dx for drag in found.drags] == [1.0, 1.0] and found.gone.abs().sum() > 0


def test_numbers_of_claims():
    numbers = {"drag_slope": 0.7, "drag_slope_low": 0.6, "drag_slope_high": 0.8, "other": 1.0}
    assert studies.claim_numbers(numbers) == {"drag_slope": 0.7}
    assert studies.interval_of(numbers, "drag_slope") == (0.6, 0.8) and studies.interval_of(numbers, "other") is None

"""Edits: they chain, hold what they should, and wishes that cannot be are refused or put right with a word."""

import math
from dataclasses import replace

import pytest
import torch
from chapters.drag_editing.few import CHANNELS, CONFIG, LATENT, LAYERS, STYLES, prior, scales
from torch import nn

from ganbook.chapters.drag_editing import inference as module
from ganbook.chapters.drag_editing.inference import Drag, Editor, from_still
from ganbook.chapters.drag_editing.model import Transformer
from ganbook.errors import UserError

SIDE = 16


@pytest.fixture(scope="module")
def editor():
    generator = prior()
    torch.manual_seed(1)
    transformer = Transformer(CONFIG, scales()).requires_grad_(False).eval()
    nn.init.normal_(transformer.move.weight, std=0.5)
    return Editor(CONFIG, generator, transformer)


@pytest.fixture
def ws(editor):
    return editor.prior.generator.spread(editor.prior.codes(1))[0]


@pytest.mark.parametrize("subtract_still", [True, False])
def test_a_short_drag_is_one_answer_of_the_transformer(editor, ws, subtract_still):
    editor = replace(editor, subtract_still=subtract_still)
    done = editor.edit(ws, [Drag(4, 6, 1.2, -1.6)], [(10.0, 11.0)])
    points = torch.tensor([[[4, 6], [10, 11]]]) * (2 / SIDE) - 1
    maps = editor.prior.generator.synthesis(ws[None], features=CONFIG.feature_layer)[1]
    features = nn.functional.grid_sample(maps, points[:, :, None], padding_mode="border", align_corners=False)
    features = features[..., 0].transpose(1, 2)
    # unit direction times sigma_f (2 pixels here), strength |drag| / sigma_f = 2 / 2
    motions = torch.tensor([[[0.6 * 2, -0.8 * 2, 0.0], [0.0, 0.0, 0.0]]])
    expected = editor.transformer(ws[None], motions, features, points)[0]
    if subtract_still:
        expected = ws + expected - editor.transformer(ws[None], torch.zeros(1, 2, 3), features, points)[0]
    torch.testing.assert_close(done.ws, expected, atol=1e-5, rtol=1e-4)
    assert torch.equal(done.picture, editor.prior.draw(done.ws[None])[0]) and done.notes == ()
    assert torch.equal(done.ws[LAYERS:], ws[LAYERS:]) and not torch.equal(done.ws[:LAYERS], ws[:LAYERS])


def test_strength_is_the_length(editor, ws):
    short, long = (editor.edit(ws, [Drag(4, 6, length, 0)]).ws - ws for length in (1.0, 3.0))
    torch.testing.assert_close(long, 3 * short, atol=1e-5, rtol=1e-3)
    doubled = replace(editor, gain=2.0).edit(ws, [Drag(4, 6, 1.0, 0)]).ws - ws
    torch.testing.assert_close(doubled, 2 * short, atol=1e-5, rtol=1e-3)


def test_who_asks_for_no_motion_gets_none(editor, ws):
    held = torch.zeros(1, 4, 3), torch.randn(1, 4, CHANNELS), torch.rand(1, 4, 2)
    alpha = torch.full((1, 1, 1), 5.0)
    assert torch.equal(from_still(editor.transformer, ws[None], *held, alpha), ws[None])
    assert not torch.equal(editor.transformer(ws[None], *held, alpha=alpha), ws[None])


def test_zoom_has_the_sign_of_coming_nearer(editor, ws, monkeypatch):
    seen = []
    monkeypatch.setattr(Editor, "moved", lambda self, ws, motions, *_: seen.append(motions) or ws)
    editor.edit(ws, [Drag(4, 6, zoom=0.05)])
    torch.testing.assert_close(seen[0], torch.tensor([[[0.0, 0.0, -0.05]]]))


def test_long_drags_go_in_steps_from_picture_to_picture(editor, ws, monkeypatch):
    seen = []
    moved = Editor.moved
    monkeypatch.setattr(Editor, "moved", lambda self, ws, *rest: seen.append((ws, *rest)) or moved(self, ws, *rest))
    done = editor.edit(ws, [Drag(3, 6, 9.0, 0)], [(10, 12)])
    assert len(seen) == math.ceil(9 / (module.LONGEST * editor.unit))
    assert all(float(motions[0, 0, 0]) == pytest.approx(9 / len(seen)) for _, motions, _, _ in seen)
    assert not torch.equal(seen[0][0], seen[1][0]) and not torch.equal(seen[0][2], seen[1][2])
    far = (seen[1][3][0, 1] - seen[0][3][0, 1]).abs().max() * SIDE / 2
    assert far <= module.REACH + 1e-4  # an anchor is looked for where it was
    assert done.ws.shape == (STYLES, LATENT)


def test_no_edit_takes_too_many_steps(editor, ws, monkeypatch):
    seen = []
    monkeypatch.setattr(Editor, "moved", lambda self, ws, motions, *_: seen.append(motions) or ws)
    monkeypatch.setattr(module, "STEPS", 2)
    editor.edit(ws, [Drag(0, 6, 15, 0)])
    assert [float(each[0, 0, 0]) for each in seen] == [7.5, 7.5]


def test_a_point_is_found_again(editor):
    maps = torch.randn(2, 6, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    wanted = torch.stack([maps[0, :, 7, 9], maps[1, :, 5, 8]])[:, None]
    expected = torch.tensor([[[8.5, 6.5]], [[8.5, 6.5]]]) * (2 / SIDE) - 1
    found = editor.found_again(maps, wanted, expected)
    torch.testing.assert_close((found + 1) * SIDE / 2, torch.tensor([[[9.5, 7.5]], [[8.5, 5.5]]]))


def seeing(low, high):
    """Stands for a segmenter that sees an avatar in a square."""
    logits = torch.zeros(1, 3, SIDE, SIDE)
    logits[:, 2, low:high, low:high] = 1.0
    return lambda pictures: logits.expand(len(pictures), -1, -1, -1)


def test_many_at_once_are_as_one_by_one(editor):
    knowing = replace(editor, segmenter=seeing(2, 12))
    drags = [
        Drag(4, 6, 9, 0),
        Drag(5, 5, 1, 1),
        Drag(3, 3),
        Drag(15.5, 15.5, -1, 0),
        Drag(12.5, 6, 0, -5),
        Drag(7, 7, zoom=0.3),
    ]
    ws = editor.prior.generator.spread(editor.prior.codes(len(drags)))
    for each in (editor, knowing):
        wanted = torch.stack([each.edit(code, [drag]).ws for code, drag in zip(ws, drags, strict=True)])
        torch.testing.assert_close(each.edit_each(ws, drags), wanted, atol=1e-5, rtol=1e-4)
    assert torch.equal(knowing.edit_each(ws[2:4], drags[2:4]), ws[2:4])
    with pytest.raises(UserError, match="out of the picture"):
        editor.edit_each(ws[:1], [Drag(-1, 3, 1, 1)])


def test_edits_chain(editor, ws):
    first = editor.edit(ws, [Drag(4, 6, 2, 0)])
    second = editor.edit(first.ws, [Drag(6, 6, 0, 2)])
    assert not torch.equal(second.ws, first.ws) and not torch.equal(second.ws, editor.edit(ws, [Drag(6, 6, 0, 2)]).ws)


@pytest.mark.parametrize("anchors", [[], [(3.0, 3.0)]])
def test_nothing_to_do_changes_nothing(anchors, editor, ws):
    done = editor.edit(ws, [], anchors)
    assert torch.equal(done.ws, ws) and done.notes == ()
    done = editor.edit(ws, [Drag(4, 6)], anchors)
    assert torch.equal(done.ws, ws) and "length 0" in done.notes[0]


@pytest.mark.parametrize(
    ("drags", "anchors", "says"),
    [
        ([Drag(math.nan, 3, 1, 1)], [], "a drag: expected finite numbers, got nan, 3, 1, 1"),
        ([Drag(3, 3, math.inf, 1)], [], "expected finite"),
        ([Drag(3, 3, zoom=math.nan)], [], "expected finite"),
        ([Drag(3, 3, 1, 1)], [(math.nan, 1)], "an anchor: expected finite"),
        ([Drag(-1, 3, 1, 1)], [], r"a drag at \(-1, 3\) lies out of the picture, which has 16 pixels"),
        ([Drag(3, 16.1, 1, 1)], [], "out of the picture"),
        ([], [(99, 3)], "an anchor at .* out of the picture"),
    ],
)
def test_what_is_no_wish(drags, anchors, says, editor, ws):
    with pytest.raises(UserError, match=says):
        editor.edit(ws, drags, anchors)


def test_what_is_no_code(editor, ws):
    with pytest.raises(UserError, match=r"expected codes \(6, 8\), got \(5, 8\)"):
        editor.edit(ws[1:])
    with pytest.raises(UserError, match="finite codes"):
        editor.edit(ws * math.nan)


def test_contradictions_are_settled(editor, ws):
    plain = editor.edit(ws, [Drag(4, 6, 2, 0)])
    held = editor.edit(ws, [Drag(4, 6, 2, 0)], [(4.4, 6.2)])
    assert torch.equal(held.ws, plain.ws) and held.notes == ("An anchor on the spot of a drag was ignored.",)
    twice = editor.edit(ws, [Drag(4, 6, -2, 1), Drag(4, 6, 2, 0)])
    assert torch.equal(twice.ws, plain.ws) and twice.notes == ("Of two drags on the same spot the later one counts.",)


def test_drags_end_at_the_border_and_zoom_is_held(editor, ws):
    over, at = (editor.edit(ws, [Drag(12, 6, far, 0)]) for far in (99, 4))
    assert torch.equal(over.ws, at.ws) and "border" in over.notes[0] and at.notes == ()
    drags, _, notes = editor.cleaned(None, [Drag(4, 6, zoom=-9)], [])
    assert drags == [Drag(4, 6, zoom=-module.ZOOM)] and "doubles or halves" in notes[0]


def test_a_thousand_anchors(editor, ws, monkeypatch):
    monkeypatch.setattr(module, "MOST", 100)
    anchors = [(SIDE * n / 1_000, SIDE * (n * 7 % 1_000) / 1_000) for n in range(1_000)]
    done = editor.edit(ws, [Drag(4, 6, 2, 0)], anchors)
    assert done.ws.isfinite().all() and "anchors were ignored: at most 100 motions count" in done.notes[-1]


def test_handles_on_the_background(editor, ws):
    knowing = replace(editor, segmenter=seeing(4, 9))
    assert knowing.edit(ws, [Drag(6, 6, 2, 0)]).notes == ()
    beside, _, notes = knowing.cleaned(seeing(4, 9)(torch.zeros(1))[0, 2] > 0, [Drag(10, 6.5, 2, 0)], [])
    assert beside == [Drag(8.5, 6.5, 2, 0)] and "beside it" in notes[0]
    far = knowing.edit(ws, [Drag(15, 15, -2, 0)])
    assert torch.equal(far.ws, ws) and "nothing to take hold of" in far.notes[0]

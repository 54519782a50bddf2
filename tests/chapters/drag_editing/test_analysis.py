"""Numbers of the chapter where the answer is known."""

import math
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from chapters.drag_editing.few import CONFIG, LATENT, LAYERS, material, prior, scales

from ganbook.chapters.drag_editing import analysis as module
from ganbook.chapters.drag_editing.baselines import Ridge
from ganbook.chapters.drag_editing.inference import Drag, Editor
from ganbook.chapters.drag_editing.model import Transformer
from ganbook.chapters.drag_editing.pairs import avatar_pairs
from ganbook.data.avatars import LABELS, LANDMARKS


class Reader(torch.nn.Module):
    """Stands for the reader: twelve numbers of a picture as places."""

    def forward(self, pictures):
        means = F.adaptive_avg_pool2d(pictures, (4, 2)).flatten(1)  # (n, 24)
        return means.unflatten(1, (12, 2)).tanh()


class Segmenter(torch.nn.Module):
    """Stands for the segmenter: the left half is class 2, the right class 0."""

    def forward(self, pictures):
        left = torch.arange(pictures.shape[3]) < pictures.shape[3] // 2
        classes = torch.where(left, 2, 0).expand(len(pictures), pictures.shape[2], -1)
        return F.one_hot(classes, len(LABELS)).permute(0, 3, 1, 2).float()

    def features(self, pictures):
        return [pictures]


@pytest.fixture(scope="module")
def editor():
    torch.manual_seed(1)
    return Editor(CONFIG, prior(), Transformer(CONFIG, scales()).requires_grad_(False).eval())


class Told(torch.nn.Module):
    """A flow net that is told the answers, and how far to miss them."""

    def __init__(self, truth, miss=0.0):
        super().__init__()
        self.truth, self.miss = iter(truth.split(module.BATCH)), miss

    def flow(self, before, after):
        return next(self.truth) + self.miss


def test_numbers_of_a_flow_net_that_knows(tmp_path, monkeypatch):
    monkeypatch.setenv("GANBOOK_BUILD", str(tmp_path))
    pairs = avatar_pairs("test", 100, 32, progress=False)
    truth, _ = pairs.motion(slice(None))
    found = module.flow_numbers(Told(truth), pairs, by_tvl1=2)
    assert found["flow_epe"] < 1e-3 and found["expansion_sign"] > 0.98 and 0.4 < found["expansion_said"] <= 1
    length = truth.norm(dim=1)
    moving = pairs.visible & (length > module.MOVING)
    assert found["flow_epe_still"] == pytest.approx(float(length[pairs.visible].mean()), rel=1e-3)
    assert found["flow_epe_moving_still"] == pytest.approx(float(length[moving].mean()), rel=1e-3)
    assert found["flow_epe_moving"] < 1e-3 and min(found["flow_epe_constant"], found["flow_epe_tvl1"]) > 0.01
    missed = module.flow_numbers(Told(truth, miss=1.0), pairs, by_tvl1=2)
    assert missed["flow_epe"] == pytest.approx(2**0.5, rel=1e-3) == missed["flow_epe_beside_tvl1"]
    assert module.flow_numbers(Told(-truth), pairs, by_tvl1=2)["expansion_sign"] < 0.05


class Ends(torch.nn.Module):
    """A transformer that is told where moves end, or goes a share of the way."""

    def __init__(self, ends, share):
        super().__init__()
        self.ends, self.share = ends, share

    def forward(self, ws, *_):
        moved = ws.clone()
        moved[:, :LAYERS] = torch.lerp(ws[:, :LAYERS], self.ends[: len(ws)], self.share)
        return moved


class Difference(torch.nn.Module):
    """A flow that is the difference of two colours, enlarged."""

    def flow(self, before, after):
        return 1e3 * (after - before)[:, :2]


def test_numbers_of_moves(editor):
    data = material(40)
    unit = float((data.ends - data.starts[:, None]).square().mean().sqrt())
    data = data._replace(scales=data.scales._replace(move=unit))
    half = module.move_numbers(Ends(data.ends, 0.5), editor.prior, Difference(), data, counts=(1, 4, 99))
    names = {f"{name}{end}" for name in ("latent_error", "flow_cosine") for end in ("", "_1", "_4")}
    names.add("latent_error_untold")
    assert half.keys() == {f"{name}{end}" for name in names for end in ("", "_low", "_high")}
    assert half["latent_error_low"] < half["latent_error"] < half["latent_error_high"]
    assert half["latent_error"] == pytest.approx(0.25, rel=1e-4) and half["flow_cosine"] > 0.9
    back = module.move_numbers(Ends(data.ends, -0.5), editor.prior, Difference(), data)
    assert back["latent_error"] == pytest.approx(2.25, rel=1e-4) and back["flow_cosine"] < -0.8


def test_motions_are_shown_at_places_of_each_moves_own(editor):
    data, seen = material(40), []

    class Sees(Ends):
        def forward(self, ws, motions, features, points):
            seen.append(points)
            torch.testing.assert_close(features, data.features(ws, points))
            return super().forward(ws)

    module.move_numbers(Sees(data.ends, 1.0), editor.prior, Difference(), data, counts=(1,))
    shown = {tuple(point) for point in seen[0][:, 0].tolist()}
    assert seen[0].shape[1] == 1 and len(shown) > 1


def test_who_is_told_nothing_goes_towards_the_middle():
    draws = torch.Generator().manual_seed(0)
    starts, others = (
        0.3 * torch.randn(4_000, LATENT, generator=draws),
        torch.randn(4_000, LAYERS, LATENT, generator=draws),
    )
    ends = torch.lerp(starts[:, None], others, 0.2)
    unit = float((ends - starts[:, None]).square().mean().sqrt())
    data = material(8)._replace(starts=starts, ends=ends, scales=scales()._replace(mean=torch.zeros(LATENT), move=unit))
    assert float(module.untold(data).mean()) == pytest.approx(1 / (1 + 0.3**2), abs=0.005)


def test_where_nothing_moves_there_is_no_direction(editor):
    still = SimpleNamespace(flow=lambda before, after: torch.zeros(len(before), 2, 8, 8))
    data = material(8)
    assert "flow_cosine" not in module.move_numbers(Ends(data.ends, 0.5), editor.prior, still, data)


def plain(found):
    return {name: value for name, value in found.items() if not name.endswith(("_low", "_high"))}


def test_ways_gone():
    ways = torch.tensor([[2.0, 0.0], [0.0, 4.0]])
    found = plain(module.way_numbers(ways[None], ways))
    assert found == pytest.approx({"drag_cosine": 1, "drag_slope": 1, "drag_error": 0})
    half = plain(module.way_numbers(0.5 * ways[None], ways))
    assert half == pytest.approx({"drag_cosine": 1, "drag_slope": 0.5, "drag_error": 0.5})
    still = plain(module.way_numbers(0 * ways[None], ways))
    assert still == pytest.approx({"drag_cosine": 0, "drag_slope": 0, "drag_error": 1})
    assert module.way_numbers(-ways[None], ways)["drag_cosine"] == pytest.approx(-1)
    both = module.way_numbers(torch.stack([ways, 0.5 * ways] * 20), ways)
    assert both["drag_slope"] == pytest.approx(0.75)
    assert 0.5 < both["drag_slope_low"] < both["drag_slope"] < both["drag_slope_high"] < 1


def test_motions_are_compared_where_something_moves():
    theirs = torch.zeros(2, 2, 4, 4)
    theirs[0, 0, :2] = 3.0
    cosines = module.motion_cosines(torch.ones(2, 2, 4, 4), theirs)
    assert float(cosines[0]) == pytest.approx(0.5**0.5) and cosines[1].isnan()


class Knows(torch.nn.Module):
    """Stands for a reader: all landmarks of the first four samples lie at these places, of others in the middle."""

    def __init__(self, places):
        super().__init__()
        self.places = iter(places)

    def forward(self, pictures):
        return next(self.places)


def test_landmarks_are_dragged_to_those_of_another_sample(editor):
    places = torch.linspace(-0.6, 0.6, 4)[:, None, None].expand(4, len(LANDMARKS), 2).clone()
    targets, asked = places.roll(1, 0), []
    halfway = [torch.lerp(places[:, : len(names)], targets[:, : len(names)], 0.5) for names in module.HANDLES.values()]
    after = [torch.zeros(4, len(LANDMARKS), 2) for _ in halfway]
    for each, names, half in zip(after, module.HANDLES.values(), halfway, strict=True):
        each[:, [LANDMARKS.index(name) for name in names]] = half
    reader = Knows([places, *after])
    found = module.landmark_numbers(lambda ws, drags: asked.append(drags) or ws, editor.prior, reader, n=4)
    assert {key: found[f"landmarks_{key}"] for key in module.HANDLES} == pytest.approx(
        dict.fromkeys(module.HANDLES, 0.5)
    )
    assert found["landmarks_5_before"] == pytest.approx(float((targets - places).norm(dim=2).mean()) * 8, rel=1e-4)
    assert [len(drags) for drags in asked] == [1] * 4 + [5] * 4 + [12] * 4
    start, far = asked[1][0], (targets - places)[1, 0] * 8
    assert (start.x, start.dx, start.dy) == pytest.approx((float(places[1, 0, 0] + 1) * 8, *far.tolist()), abs=1e-4)


def test_colours_of_classes():
    before = torch.full((1, 3, 8, 8), 100, dtype=torch.uint8)
    after = before[:, None].repeat(1, 2, 1, 1, 1)
    assert module.colour_change(before, after, Segmenter()) == 0
    after[:, 1, :, :, :4] += 51  # one of two classes, in one of two ways
    assert module.colour_change(before, after, Segmenter()) == pytest.approx(0.2 / 4, abs=1e-6)


def test_drags_are_asked_for_where_landmarks_lie(editor):
    asked = []

    def edit(ws, drags):
        assert len(ws) == len(drags)
        asked.extend(drags)
        return ws

    found = module.drag_numbers(edit, editor.prior, Reader(), Segmenter(), n=3, lengths=(2.0, 4.0), directions=4)
    assert found["drag_error"] == pytest.approx(1, abs=1e-5) and found["drag_slope"] == pytest.approx(0, abs=1e-5)
    assert found["colour_change"] == 0 and found["seconds"] >= 0
    assert found["colour_change_others"] > 0
    assert [math.hypot(drag.dx, drag.dy) for drag in asked[:8]] == pytest.approx([2] * 4 + [4] * 4)
    assert len(asked) == 24 + 3 and len({(drag.x, drag.y) for drag in asked}) == 3  # three are timed
    places, handles = module._handles(Reader(), editor.prior.draw(editor.prior.codes(3, 0.5)))
    x, y = ((places[0, handles[0]] + 1) * 8).tolist()
    assert (asked[0].x, asked[0].y) == pytest.approx((x, y))


def test_numbers_are_those_of_single_edits(editor):
    one = module.one_by_one(lambda ws, drag: editor.edit(ws, [drag]).ws)
    single, many = (
        module.drag_numbers(edit, editor.prior, Reader(), Segmenter(), n=3, directions=4)
        for edit in (one, editor.edit_each)
    )
    assert single.pop("seconds") > 0 and many.pop("seconds") > 0
    assert many == pytest.approx(single, rel=1e-2, abs=1e-3)  # pictures are rounded to bytes


def test_every_way_of_editing_answers(editor):
    ws = editor.prior.generator.spread(editor.prior.codes(1))[0]
    ridge = Ridge(torch.randn(3, LAYERS * LATENT, generator=torch.Generator().manual_seed(0)), LAYERS)
    both = [Drag(5, 5, 3, 0), Drag(9, 9, 0, -2)]
    assert not torch.equal(module.optimised(editor, ws, both, 3), module.optimised(editor, ws, both[:1], 3))
    for edit in (
        editor.edit_each,
        module.by_ridge(ridge),
        module.by_direction(editor, Difference(), count=3, samples=50),
        module.by_optimising(editor, steps=3),
    ):
        moved = edit(ws[None], [Drag(5, 5, 3, 0)])[0]
        assert moved.isfinite().all() and torch.equal(moved[LAYERS:], ws[LAYERS:]) and not torch.equal(moved, ws)


def test_numbers_of_anchors_and_zoom(editor):
    found = module.anchor_numbers(editor, Reader(), n=6) | module.zoom_numbers(editor, Reader(), n=3)
    assert all(map(math.isfinite, found.values()))
    assert found["anchor_motion"] != found["anchor_motion_shuffled"] and 0 <= found["zoom_sign"] <= 1


def test_anchors_that_hold_everything(editor, monkeypatch):
    moved = Editor.moved
    monkeypatch.setattr(
        Editor,
        "moved",
        lambda self, ws, motions, *rest: ws if motions.shape[1] > 1 else moved(self, ws, motions, *rest),
    )
    found = module.anchor_numbers(editor, Reader(), n=6)
    assert (found["anchor_motion"], found["anchor_slope"]) == pytest.approx((0, 0), abs=1e-6)
    assert abs(found["free_slope"]) > 1e-5


def test_where_nothing_moves_anchors_have_nothing_to_hold(editor, monkeypatch):
    monkeypatch.setattr(Editor, "moved", lambda self, ws, *_: ws)
    found = module.anchor_numbers(editor, Reader(), n=6)
    assert all(math.isfinite(each) for each in found.values()) and found["anchor_motion"] == 0


def test_sizes():
    places = torch.randn(2, len(LANDMARKS), 2, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(module.face_size(3 * places + 1), 3 * module.face_size(places))

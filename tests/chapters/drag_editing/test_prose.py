"""Sentences of the page say the numbers that they are given, and draw the conclusion that goes with them."""

import numpy as np
import pytest
import torch
from chapters.drag_editing.few import CONFIG
from chapters.drag_editing.test_figures import some_case

from ganbook.chapters.drag_editing import prose
from ganbook.chapters.drag_editing.analysis import Value
from ganbook.chapters.drag_editing.config import PROFILES
from ganbook.chapters.drag_editing.inference import Drag
from ganbook.chapters.drag_editing.recipe import RECIPE
from ganbook.chapters.drag_editing.studies import Background, Own

RUN = {"step": 8_000, "minutes": 41.2, "finished": True, "device": "a GPU", "config": {"batch_size": 32}}
GOOD = {
    "flow_epe": 0.3,
    "flow_epe_moving": 0.5,
    "flow_epe_still": 2.0,
    "flow_epe_moving_still": 3.0,
    "flow_epe_tvl1": 0.9,
    "flow_epe_beside_tvl1": 0.31,
    "expansion_sign": 0.97,
    "expansion_said": 0.8,
    "latent_error": 0.6,
    "latent_error_low": 0.55,
    "latent_error_high": 0.65,
    "latent_error_untold": 0.92,
    "flow_cosine": 0.8,
    "drag_cosine": 0.9,
    "drag_slope": 0.8,
    "drag_slope_low": 0.7,
    "drag_slope_high": 0.9,
    "drag_error": 0.4,
    "colour_change": 0.01,
    "colour_change_others": 0.16,
    "edited_kid_1e3": 2.0,
    "seconds": 0.04,
    "anchor_motion": 0.4,
    "anchor_slope": 0.6,
    "free_slope": 0.7,
    "anchor_motion_low": 0.35,
    "anchor_motion_high": 0.45,
    "anchor_motion_shuffled": 0.9,
    "anchor_cosine": 0.8,
    "zoom_sign": 0.98,
    "zoom_rank": 0.95,
    "landmarks_1": 0.7,
    "landmarks_5": 0.6,
    "landmarks_12": 0.5,
}
LOW, HIGH = Value(0.3, 0.2, 0.4), Value(0.7, 0.6, 0.8)


def test_every_variant_has_words():
    assert list(prose.VARIANTS) == list(RECIPE.variants)


def test_departures_from_the_print():
    text = prose.departures(PROFILES["quick"]).data
    assert "| `steps` | 8,000 | 60,100 |" in text and "| `mixing` | 0.5 | 0.1 |" in text
    assert set(prose.PRINTED) <= vars(CONFIG).keys()


def test_shipped_runs():
    text = prose.shipped_runs({"main": RUN, "flow": RUN | {"step": 5_000}}).data
    assert (
        "`main` (half of the time only some motions shown) 8,000 steps of 32 in 41 min on a GPU" in text
        and "`flow`" in text
    )
    early = prose.shipped_runs({"main": RUN | {"finished": False}}).data
    assert "before the end of the training: main after 8,000" in early and "before the end" not in text


def test_numbers_with_intervals():
    assert prose.spread(LOW) == "0.30 (0.20 to 0.40)" and prose.spread(Value(1, 1, 1)) == "1.00"
    assert prose.of_record(GOOD, "drag_slope") == "0.80 (0.70 to 0.90)" and prose.of_record(GOOD, "nothing") == ""


def test_flow_and_scales():
    text = prose.flow(GOOD).data
    assert "**0.30 pixels**" in text and "no flow at all would miss by 2.00" in text and "missed" not in text
    assert "missed" in prose.flow(GOOD | {"flow_epe": 0.9}).data
    assert "**90%**" in prose.flow(GOOD | {"expansion_sign": 0.9}).data
    assert "2.00 pixels, 3.1% of the width" in prose.scales(2.0, 0.05, 64).data


def test_moves():
    control = {"latent_error": 0.95, "latent_error_low": 0.94, "latent_error_high": 0.96}
    text = prose.moves(GOOD, {"shuffled": control}).data
    assert "**0.60 (0.55 to 0.65)**" in text and "motions tell something" in text and "reached" in text
    assert "told nothing, leaves 0.92" in text and "fourier" not in text
    near = prose.moves(GOOD, {"shuffled": control | {"latent_error_low": 0.6}}).data
    assert "no clear difference" in near
    assert "control" not in prose.moves(GOOD, {}).data
    assert "missed" in prose.moves(GOOD | {"flow_cosine": 0.2}, {}).data
    assert "not clearly less" in prose.moves(GOOD, {"fourier": GOOD, "all_motions": GOOD}).data
    assert "do not say all" in prose.moves(GOOD, {"fourier": {"latent_error": 0.3}, "all_motions": GOOD}).data
    still = {name: value for name, value in GOOD.items() if name != "flow_cosine"}
    assert "Nothing in these pictures moves" in prose.moves(still, {}).data


def test_tokens():
    numbers = {1: Value(1.3, 1.2, 1.4), 256: LOW}
    text = prose.tokens(numbers, {1: HIGH, 256: LOW}, 0.92).data
    assert "one motion is worse than none" in text and "Shown one motion" in text
    assert text.endswith("leaves 0.70 and 0.30: **to have learned from few helps little.**")
    good = prose.tokens({1: HIGH, 256: LOW}, numbers, 0.92).data
    assert "few helps." in good and "even a single motion tells something" in good
    assert "does not come with this copy" in prose.tokens(numbers, None, 0.92).data


def test_drags():
    text = prose.drags(GOOD, 0.44).data
    assert "0.80 (0.70 to 0.90)" in text and "missed" not in text
    assert "two samples: 0.160" in text and "off by 0.44 pixels" in text
    bad = {"drag_cosine": 0.1, "drag_slope": 2.0, "drag_error": 1.2, "colour_change": 0.2}
    assert prose.drags(GOOD | bad, 0.44).data.count("**missed**") == 4


def test_ways_of_editing():
    slow = GOOD | {"drag_error": 0.1, "seconds": 9.0}
    numbers = {"transformer": GOOD, "optimised": slow, "scaled": GOOD}
    n = {"transformer": 960, "optimised": 48, "scaled": 960}
    text = prose.ways_of_editing(numbers, n).data
    assert "| the transformer | 960 |" in text
    assert text.endswith("Nearest to the targets comes an optimised code; fastest is the transformer.")
    assert "does better than the transformer" in prose.ways_of_editing(numbers | {"scaled": slow}, n).data


def test_published_numbers_stand_beside_ours():
    table = prose.drag_gan().data
    assert (
        "| DragGAN | 2.44 | 3.18 | 4.73 | 9.28 | 2 |" in table and "| no edit | 12.93 | 11.66 | 16.02 |  |  |" in table
    )
    text = prose.landmarks(GOOD, GOOD, GOOD | {"landmarks_5": 0.2}, 4).data
    assert "the same four pairs: the transformer leaves 0.70, 0.60, 0.50, the optimisation 0.70, 0.20, 0.50." in text
    assert f"{11.64 / 12.93:.2f}" in text and "here 0.70, 0.60 and 0.50" in text


def test_anchors_and_zoom():
    assert "the place counts" in prose.anchors(GOOD).data and "missed" not in prose.anchors(GOOD).data
    bad = prose.anchors(GOOD | {"anchor_motion": 0.95, "anchor_motion_high": 1.0}).data
    assert "missed" in bad and "hardly counts" in bad
    assert "A part of the holding" in prose.anchors(GOOD).data
    assert "they do not hold places" in prose.anchors(GOOD | {"anchor_slope": 0.2}).data
    assert "weaker" not in prose.anchors(GOOD | {"anchor_slope": 0.7}).data
    assert "missed" not in prose.zoom(GOOD).data
    assert prose.zoom(GOOD | {"zoom_sign": 0.5, "zoom_rank": 0.0}).data.count("**missed**") == 2


def test_formulas():
    worse = GOOD | {"drag_error": 0.9, "drag_error_low": 0.85, "drag_error_high": 0.95}
    text = prose.formulas(GOOD, no_gain=GOOD, printed=worse).data
    assert "taken off, drags come nearer to their targets; with the gain" in text
    assert "gain, too, drags **do not come clearly nearer** to their targets than without." in text
    text = prose.formulas(GOOD, no_gain=worse, printed=worse).data
    assert "taken off, drags **do not" in text and "too, drags come nearer" in text


def test_cases():
    text = prose.cases([some_case(held=(1,))]).data
    assert "| (a) | nose tip; held: chin | (+4.0, +0.0) | (+3.0, -0.5) | +10% | 1.0 (2.0) |" in text


def test_background_and_own_pictures():
    picture, drag = torch.zeros(2, 3, 16, 16, dtype=torch.uint8), Drag(1, 1, 4)
    still, moved = (Background(picture, picture, [drag] * 2, gone, 2.0) for gone in (0.1, 1.5))
    assert "Next to nothing" in prose.background(still).data and "two drags" in prose.background(still).data
    assert "nobody touched" in prose.background(moved).data and "**1.5 pixels**" in prose.background(moved).data
    own = Own(picture, picture, picture, np.array([20.0, 22.0]), [drag] * 2, torch.tensor([[2.0, 1.0], [4.0, 0.0]]))
    text = prose.own_pictures(own).data
    assert "21.0 dB" in text and "the noses go 0.50, 1.00 along" in text


@pytest.mark.parametrize(("apart", "says"), [(0.7, "at least in part"), (0.1, "hardly do")])
def test_failures(apart, says):
    text = prose.failures({2.0: {}, 6.0: {"gone": Value(4, 3.5, 4.5), "error": LOW}}, apart).data
    assert "Of 6 pixels asked, 4.0 (3.5 to 4.5) are gone" in text and f"{apart:.0%}" in text and says in text


def test_notes_and_live():
    assert "| one | done as it is |" in prose.notes({"one": (), "two": ("a", "b")}).data
    assert "It learns." in prose.live([1.0, 0.9, 0.8, 0.7, 0.6, 0.5]).data
    assert "not learned anything" in prose.live(torch.linspace(1, 1.2, 9).tolist()).data
    flow = prose.live_flow([3.0, 2.8, 2.0, 1.9, 1.5, 1.3]).data
    assert "2.90 pixels at first and by 1.40" in flow and "It learns." in flow
    assert "not learned anything" in prose.live_flow([1.0, 2.0, 3.0]).data

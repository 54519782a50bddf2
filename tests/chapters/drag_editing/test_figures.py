"""The chapter's figures: alt texts say the given numbers, and they can be drawn on a wide and a narrow page."""

import math

import numpy as np
import pytest
import torch

from ganbook.chapters.drag_editing import figures
from ganbook.chapters.drag_editing.analysis import PUBLISHED, Value
from ganbook.chapters.drag_editing.inference import Drag
from ganbook.chapters.drag_editing.studies import Background, Case, Own
from ganbook.data.avatars import LANDMARKS

RNG = np.random.default_rng(0)
PICTURES = RNG.integers(0, 256, (3, 16, 16, 3), dtype=np.uint8)
GREY = np.full((16, 16, 3), 100, np.uint8)


def some_case(held=()):
    gone = torch.zeros(len(LANDMARKS), 2)
    gone[8], gone[1] = torch.tensor([3.0, -0.5]), torch.tensor([0.6, 0.8])
    picture = torch.full((3, 16, 16), 100, dtype=torch.uint8)
    drags, anchors = (Drag(8, 8, 4, 0),), ((8.0, 14.0),) * len(held)
    return Case("(a)", picture, picture, drags, anchors, gone, 2 * gone, 0.1, 8, held, ())


def test_marks_lie_where_they_should():
    drawn = figures.marked(GREY, [Drag(4, 8, 6, 0)], [(12, 12)])
    assert drawn.shape == (256, 256, 3)
    scale = figures.LARGE // 16
    assert tuple(drawn[8 * scale, 7 * scale]) == figures.ARROW  # on the shaft
    assert tuple(drawn[2 * scale, 2 * scale]) == (100, 100, 100)
    ring = drawn[12 * scale, 12 * scale : 14 * scale].astype(int)
    assert (np.abs(ring - figures.HELD).max(1) < 30).any()
    plain = figures.marked(GREY)
    assert (plain == 100).all()


def test_zooms_are_circles_that_grow_or_shrink():
    inner, outer = (figures.marked(GREY, [Drag(8, 8, zoom=zoom)]) for zoom in (-0.3, 0.3))
    far = [int(np.abs(each.astype(int) - 100).max(2).any(0).nonzero()[0].max()) for each in (inner, outer)]
    assert far[1] > far[0] + 5
    assert far[1] == pytest.approx(128 + 36 * math.exp(0.3) + 3.5, abs=2)  # half of the white line lies outside


def test_pairs_with_their_flows(drawn):
    flow = torch.zeros(3, 2, 16, 16)
    flow[:, 0, :8] = 3.0
    figures.pairs(PICTURES, PICTURES, {"exact": flow, "the net": 0 * flow})
    assert "exact 1.50, the net 0.00" in drawn["alt"] and "up to 3.0 pixels" in drawn["caption"]
    colours = figures.flow_colours(flow, 3.0)
    assert tuple(colours[0, 0, 0]) == (255, 0, 0) and len(set(colours[0, 15, 15].tolist())) == 1


def test_cases(drawn):
    figures.cases([some_case(), some_case(held=(1,))])
    assert "(a) the nose tip was to go (4.0, 0.0) and went (3.0, -0.5) pixels, what was held 1.0" in drawn["alt"]
    assert drawn["data"][0].shape == (2, 2, 256, 256, 3) and drawn["data"][1][1] == "(a) nose tip; held: chin"


def test_background_and_own_pictures(drawn):
    pictures, drags = torch.from_numpy(PICTURES).permute(0, 3, 1, 2), [Drag(2, 2, 3)] * 3
    figures.background(Background(pictures, pictures, drags, 1.25, 2.0), most=2)
    assert "Two pictures with an arrow" in drawn["alt"] and "went 1.2 pixels" in drawn["alt"]
    assert drawn["data"][0].shape == (2, 2, 256, 256, 3)
    figures.own_pictures(Own(pictures, pictures, pictures, np.array([20.0, 21.0, 22.0]), drags, torch.zeros(3, 2)))
    assert "PSNR 20.0 to 22.0 dB" in drawn["alt"] and drawn["data"][1] == ["20.0 dB", "21.0 dB", "22.0 dB"]


def test_ways_of_editing(drawn):
    figures.ways_of_editing(PICTURES, {"ours": PICTURES, "theirs": PICTURES}, [Drag(8, 8, 3, 0)] * 3)
    assert "Three drags and the pictures that ours, theirs make of them." in drawn["alt"]
    assert drawn["data"][2] == ["drag", "ours", "theirs"]


def test_lengths(drawn):
    numbers = {2.0: {"gone": Value(1.5, 1.4, 1.6)}, 6.0: {"gone": Value(3.0, 2.5, 3.5)}}
    figures.lengths({"ours": numbers})
    assert "Of 6 pixels went: ours 3.00." in drawn["alt"] and drawn["data"][0]["ours"][0] == (1.5, 3.0)


def test_tokens(drawn):
    numbers = {1: Value(1.2, 1.1, 1.3), 256: Value(0.6, 0.5, 0.7)}
    figures.tokens({"main": numbers, "all_motions": numbers | {4: Value(1, 1, 1)}}, "left", "A caption.")
    assert "main 1.20 to 0.60" in drawn["alt"] and drawn["data"][1] == [1, 256]


def test_losses(drawn):
    figures.losses({"step": [1, 2, 3], "loss": [1.0, 0.9, 0.5]}, "loss", "left", "A caption.")
    assert drawn["alt"] == "left over 3 steps: from 1.000 to 0.500."


def test_published_numbers_beside_ours(drawn):
    ours = {"transformer": {"1": 0.8, "5": 0.7, "12": 0.6}, "optimisation": {"1": 0.3, "5": 0.2, "12": 0.1}}
    figures.published(PUBLISHED, ours)
    bars = drawn["data"][0]
    assert list(bars) == ["published", "here", "DragGAN, published", "optimisation, here"]
    assert bars["published"] == pytest.approx([11.64 / 12.93, 10.41 / 11.66, 10.15 / 16.02])
    assert bars["DragGAN, published"] == pytest.approx([2.44 / 12.93, 3.18 / 11.66, 4.73 / 16.02])
    assert bars["here"] == [0.8, 0.7, 0.6] and bars["optimisation, here"] == [0.3, 0.2, 0.1]
    assert "here 0.80, 0.70, 0.60" in drawn["alt"]

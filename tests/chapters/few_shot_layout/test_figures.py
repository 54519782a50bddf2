"""The chapter's figures: alt texts say the given numbers, and they can be drawn on a wide and a narrow page."""

import numpy as np
import torch

from ganbook.chapters.few_shot_layout import figures
from ganbook.chapters.few_shot_layout.analysis import Value
from ganbook.chapters.few_shot_layout.studies import Course, Split
from ganbook.data.avatars import LABELS
from ganbook.data.avatars.label_maps import CLASS_COLOURS

RNG = np.random.default_rng(0)
PICTURES = RNG.integers(0, 256, (4, 16, 16, 3), dtype=np.uint8)
MAPS = torch.zeros(4, 16, 16, dtype=torch.uint8)
MAPS[0, :8] = LABELS.index("hair")
VALUES = [Value(0.2, 0.1, 0.3), Value(0.5, 0.4, 0.6), Value(0.3, 0.2, 0.4)]


def test_annotated_pictures(drawn):
    strokes = torch.zeros_like(MAPS)
    strokes[:, 0, 0] = 1
    figures.annotated(PICTURES, MAPS, strokes)
    assert drawn["data"][2] == ["picture", "dense", "sparse"] and "mark 0% of the pixels" in drawn["alt"]
    assert (drawn["data"][0][0, 1, 0, 0] == CLASS_COLOURS[LABELS.index("hair")]).all() and "hair brown" in drawn["alt"]
    np.testing.assert_array_equal(drawn["data"][0][2, 0], PICTURES[2])


def test_paintings(drawn):
    figures.paintings({"the encoder": PICTURES, "the mean code": 255 - PICTURES}, MAPS, "A caption.")
    assert drawn["data"][2] == ["given", "the encoder", "the mean code"] and drawn["data"][1][3] == "map 4"
    assert drawn["alt"] == "Four maps, and pictures of each by: the encoder, the mean code."


def test_likeness_as_grey_squares(drawn):
    found = torch.full((4, 2, 8, 8), 0.5)
    found[0, 0, 0, 0], found[0, 0, 1, 0] = 1.0, -0.7
    figures.likeness(PICTURES, found, ["skin", "hair"])
    rows, texts, kinds = drawn["data"]
    assert texts == ["picture", "skin", "hair"], "names of classes do not fit above columns on a phone"
    assert kinds == [f"sample {number}" for number in (1, 2, 3, 4)]
    np.testing.assert_array_equal(rows[0, 2], PICTURES[2])
    maps = rows[1, 0]
    assert (maps[:2, :2] == 255).all() and (maps[2:4, :2] == 0).all() and (maps[8:] == 128).all()
    assert "skin 1.00, hair 0.50" in drawn["alt"]


def test_pseudo_labels(drawn):
    other = MAPS.clone()
    other[:, :, :4] = 2
    figures.pseudo(PICTURES, {"segmenter": MAPS, "dense": MAPS, "sparse": other})
    assert "labelled as in the first: dense 1.00, sparse 0.75." in drawn["alt"]
    assert drawn["data"][2] == ["sample", "segmenter", "dense", "sparse"]


def test_layers(drawn):
    figures.layers({"one": VALUES, "five": VALUES[::-1]}, [4, 8, 16], [0.4, 0.6, 0.8])
    assert drawn["data"][0]["one"] == ((0.2, 0.5, 0.3), (0.1, 0.4, 0.2), (0.3, 0.6, 0.4))
    assert "one at layer 1 (8 × 8 pixels), 0.50; five at layer 1" in drawn["alt"]


def test_split(drawn):
    figures.split(Split([0.3, 0.8, 0.95], [1.0, 0.5, 0.1]), 1)
    assert "From layer 1 on, layouts agree by 0.80" in drawn["alt"] and "0.30 and 1.00" in drawn["alt"]


def test_looks(drawn):
    figures.looks(MAPS, [PICTURES, 255 - PICTURES])
    assert drawn["data"][2] == ["given", "painted", "look 1"] and drawn["alt"].endswith("and 1 other looks of it.")


def test_refinement(drawn):
    pictures = torch.from_numpy(PICTURES).movedim(-1, 1)[None].repeat(2, 1, 1, 1, 1)
    losses = torch.tensor([[0.5, 0.4, 0.3, 0.2], [0.4, 0.3, 0.2, 0.3]])
    found = Course(pictures, [0, 2], losses)
    figures.course(MAPS, found)
    assert drawn["data"][2] == ["given", "step 0", "step 2"] and "Mean loss 0.350, then 0.300." in drawn["alt"]
    figures.refinement_losses(found)
    assert drawn["alt"] == "The loss over 2 steps; it falls for 3 of 4 maps."


def test_losses(drawn):
    curves = {"step": list(range(10, 110, 10)), "loss": [float(n) for n in range(10)]}
    figures.losses(curves, {"loss": "error"}, "A run.", most=5)
    assert drawn["data"][0]["error"] == [0.5, 2.5, 4.5, 6.5, 8.5] and drawn["data"][1][0] == 15
    assert drawn["alt"] == "Over 100 steps: error from 0.500 to 8.500."


def test_samples(drawn):
    figures.samples(PICTURES, "what the short run paints", columns=2)
    assert drawn["alt"] == "Four pictures: what the short run paints." and drawn["caption"].startswith("What")


def test_inversions(drawn):
    figures.inversions(PICTURES, PICTURES, [20.0, 22.5, 30.0, 18.25])
    assert drawn["data"][1][1] == "22.5 dB" and "18.2 to 30.0 dB" in drawn["alt"]


def test_odd_maps(drawn):
    figures.odd({"nothing": MAPS[1], "two heads": MAPS[0]}, PICTURES[:2])
    assert drawn["alt"].endswith("painted of them: nothing, two heads.") and drawn["data"][0].shape[:2] == (2, 2)


def test_fewer_strokes(drawn):
    figures.fewer([0.1, 0.5, 1.0], {"encoder": VALUES})
    assert (
        drawn["data"][1] == [10, 50, 100] and "10% to 100%" in drawn["alt"] and "encoder 0.20 to 0.30" in drawn["alt"]
    )

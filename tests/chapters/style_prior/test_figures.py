"""The chapter's figures: alt texts say the given numbers, and they can be drawn on a wide and a narrow page."""

import numpy as np
import torch

from ganbook.chapters.style_prior import figures
from ganbook.chapters.style_prior.analysis import MEASURES
from ganbook.data.avatars import LABELS

RNG = np.random.default_rng(0)
PICTURES = RNG.integers(0, 256, (4, 16, 16, 3), dtype=np.uint8)
SHARES = {"0": {"layout": 0.5, "pose": 0.75, "colours": 0.1}, "1": {"layout": 0.2, "pose": 0.1, "colours": 0.6}}


def test_a_mosaic_keeps_the_pictures_in_order():
    whole = figures.mosaic(PICTURES, 2)
    assert whole.shape == (34, 34, 3)
    np.testing.assert_array_equal(whole[18:, :16], PICTURES[2])
    assert (whole[16:18] == 255).all()


def test_renders_beside_their_labels(drawn):
    labels = torch.zeros(4, 16, 16, dtype=torch.uint8)
    labels[0, :8] = LABELS.index("hair")
    figures.renders(PICTURES, labels)
    assert drawn["data"][1][0] == "skin 0%, hair 50%" and "hat or glasses green" in drawn["alt"]
    np.testing.assert_array_equal(drawn["data"][0][2, 0], PICTURES[2])


def test_a_sum_of_pictures(drawn):
    parts = [PICTURES[:2, :4, :4], PICTURES[:2, :8, :8], PICTURES[:2]]
    figures.sums(parts, parts[::-1][::-1])
    pictures, texts, sides = drawn["data"]
    assert pictures.shape == (4, 3, 16, 16, 3) and sides == ["4 × 4", "8 × 8", "16 × 16"]
    assert texts[1] == "sample 1: the sum so far" and texts[2] == "sample 2: what is added"
    np.testing.assert_array_equal(pictures[2, 0, :4, :4], np.broadcast_to(PICTURES[1, 0, 0], (4, 4, 3)))
    assert "4 × 4, 8 × 8, 16 × 16" in drawn["alt"]


def test_sizes_of_maps(drawn):
    figures.sizes([0.25, 8], {"without": [0.5, 16.0], "with demodulation": [1.0, 1.0]})
    assert drawn["alt"].endswith("by 0.25 to 8: without from 0.50 to 16.00; with demodulation from 1.00 to 1.00.")


def test_the_film_in_moments(drawn):
    figures.grown(np.stack([PICTURES, PICTURES]), [250, 1_000])
    assert drawn["alt"] == "Four samples of the same z at 2 moments: step 250, step 1,000."


def test_areas_over_the_training(drawn):
    figures.areas_in_time({"skin": [0.5, 1.0], "accessory": [0.0, 0.75]}, [0, 250], ["skin", "accessory"])
    assert "step 250: skin 0.50 to 1.00; hat or glasses 0.00 to 0.75." in drawn["alt"]


def test_kid_over_the_training(drawn):
    figures.kid_in_time([90_000.0, 1_200.4], [0, 6_000], 1_800.0)
    assert "from 90,000 to 1,200 over 6,000 steps; blurred renders 1,800." in drawn["alt"]
    figures.kid_in_time([90_000.0, -0.5], [0, 6_000], 1_800.0)
    assert "to -0 over" in drawn["alt"]


def test_samples_and_renders(drawn):
    figures.samples(PICTURES, "the short run", columns=2)
    assert drawn["alt"] == "Four avatars drawn by the short run." and drawn["data"][0].shape == (1, 34, 34, 3)
    figures.mixed_up(PICTURES)
    assert drawn["data"][1] == ["1", "2", "3", "4"] and "with the numbers 1 to 4" in drawn["alt"]


def test_distances_beside_known_faults(drawn):
    figures.distances({"samples": 2.5, "blurred": 15.46})
    assert drawn["alt"].endswith("samples 2.5, blurred 15.5.")


def test_areas_of_classes(drawn):
    found = {label: 0.5 + number / 10 for number, label in enumerate(LABELS)}
    figures.areas(found, found)
    assert "background" not in drawn["alt"] and "clothes 0.60" in drawn["alt"]
    assert drawn["data"][1][-1] == "hat or glasses" and len(drawn["data"][0]["area"]) == len(LABELS) - 1


def test_neighbours_with_their_distance(drawn):
    figures.neighbours(PICTURES, PICTURES, [0.9, 1.0, 1.25, 0.8])
    assert drawn["data"][1][2] == "distance 1.25" and drawn["alt"].startswith("Four samples")


def test_what_layers_and_parts_change(drawn):
    figures.layers(SHARES, [4, 8])
    assert "pose 0 (4 pixels), colours 1 (8 pixels)" in drawn["alt"] and drawn["data"][1] == ["0\n(4)", "1\n(8)"]
    figures.parts(SHARES)
    assert "one of 2 parts of z" in drawn["alt"] and "pose 0.10 to 0.75" in drawn["alt"]


def test_style_mixing(drawn):
    figures.crossed(PICTURES[0], PICTURES[1:], {"coarse": PICTURES[:3], "fine": PICTURES[1:]})
    pictures, rows, columns = drawn["data"]
    assert pictures.shape == (3, 4, 16, 16, 3) and columns == ["A", "B1", "B2", "B3"]
    assert rows == ["", "coarse layers from B", "fine layers from B"]
    np.testing.assert_array_equal(pictures[2], np.concatenate([PICTURES[:1], PICTURES[1:]]))
    np.testing.assert_array_equal(pictures[0, 1:], PICTURES[1:])
    assert "3 sources B above" in drawn["alt"] and drawn["alt"].endswith("of each B: coarse, fine.")


def test_truncation(drawn):
    figures.truncated(np.stack([PICTURES, PICTURES]), [1.0, 0.5, 0.0, -0.5])
    assert "psi 1, psi 0.5, psi 0, psi −0.5" in drawn["alt"]
    found = {
        1.0: {"precision": 0.5, "recall": 0.8, "variety": 1.0, "kid_1e3": 2.0},
        0.5: {"precision": 0.9, "recall": 0.2, "variety": 0.5, "kid_1e3": 9.0},
    }
    figures.trade(found)
    assert drawn["alt"] == "From psi 0.5 to 1: precision 0.90 to 0.50; recall 0.20 to 0.80; variety 0.50 to 1.00."


def test_noise(drawn):
    deviation = np.zeros((4, 16, 16), np.float32)
    deviation[0, 0, 0] = 25.0
    figures.noisy(PICTURES, np.stack([PICTURES, PICTURES]), deviation)
    where = drawn["data"][0][:, 3]
    assert (where[0, 0, 0] == 0).all() and (where[1:] == 255).all() and "at most 25 of 255" in drawn["alt"]


def test_ways_and_bars(drawn):
    figures.ways(np.stack([PICTURES, PICTURES]), ["arc", "line"], [0.0, 0.25, 0.5, 1.0])
    assert drawn["data"][2] == ["0%", "25%", "50%", "100%"] and "arc; line" in drawn["alt"]
    figures.compared({"with": 0.5, "without": 1.25}, "unevenness", "Two trainings.")
    assert drawn["alt"] == "unevenness: with 0.500, without 1.250."


def test_effects_of_directions(drawn):
    found = np.zeros((2, len(MEASURES)), np.float32)
    found[0, 3], found[1, 0] = 1.5, -5.0
    figures.effects(found, ["1. more", "2. less"], MEASURES)
    assert drawn["data"][0][0].min() == -1 and drawn["data"][0][0][0, 3] == 0.75
    assert f"1. more: {MEASURES[3]} +1.5; 2. less: {MEASURES[0]} -5.0" in drawn["alt"]


def test_walks(drawn):
    figures.walks(np.stack([PICTURES, PICTURES]), ["1. more", "2. less"], [-1, 0, 1, 2])
    assert drawn["data"][2] == ["−1 SD", "start", "+1 SD", "+2 SD"] and "1. more; 2. less" in drawn["alt"]


def test_projections(drawn):
    figures.projected(PICTURES, {"W": PICTURES, "W+": 255 - PICTURES}, ["own"] * 4)
    np.testing.assert_array_equal(drawn["data"][0][1, 2], 255 - PICTURES[1])
    assert drawn["data"][2] == ["looked for", "W", "W+"]
    figures.searches({"W": [1.0, 0.5], "W+": [1.0, 0.25]})
    assert drawn["alt"].endswith("over 2 steps: W from 1.000 to 0.500; W+ from 1.000 to 0.250.")


def test_failures(drawn):
    figures.worst(PICTURES, [3.0, 2.5, 2.0, 1.75])
    assert drawn["alt"].startswith("Four samples that are 3.0, 2.5, 2.0, 1.8 times as far")
    figures.failed(PICTURES[:2], PICTURES[:2], ["a chessboard", "two halves"], "No avatars.")
    assert drawn["alt"].endswith("what was found: a chessboard; two halves.")

"""The chapter's figures: alt texts say the given numbers, and they can be drawn on a wide and a narrow page."""

import numpy as np
import torch

from ganbook.chapters.class_styles import figures
from ganbook.chapters.class_styles.studies import Course
from ganbook.data.avatars import LABELS
from ganbook.data.avatars.label_maps import CLASS_COLOURS
from ganbook.data.scenes import squares

RNG = np.random.default_rng(0)
PICTURES = RNG.integers(0, 256, (4, 16, 16, 3), dtype=np.uint8)
ROWS = RNG.integers(0, 256, (2, 3, 16, 16, 3), dtype=np.uint8)
MAPS = torch.zeros(4, 16, 16, dtype=torch.uint8)
MAPS[0, :8] = LABELS.index("hair")


def test_names():
    assert figures.named(["skin", "accessory"]) == ["skin", "hat or glasses"]


def test_renders_beside_their_labels(drawn):
    figures.renders(PICTURES, MAPS)
    assert drawn["data"][1][0] == "skin 0%, hair 50%" and "hat or glasses green" in drawn["alt"]
    np.testing.assert_array_equal(drawn["data"][0][2, 0], PICTURES[2])


def test_scenes_beside_their_labels(drawn):
    figures.renders(PICTURES, MAPS, squares.LABELS, ("background", "furniture"), "scenes")
    assert drawn["data"][1][0] == "background 50%, furniture 50%"
    assert drawn["alt"].startswith("Four scenes") and drawn["alt"].endswith("animal black, thing red.")


def test_looks_of_one_map(drawn):
    figures.looks(MAPS[0], PICTURES)
    assert drawn["data"][1] == ["label map", "look 1", "look 2", "look 3", "look 4"] and "4 renders" in drawn["alt"]
    assert (drawn["data"][0][0, 0, 0] == CLASS_COLOURS[LABELS.index("hair")]).all()


def test_levels_are_drawn_at_one_size(drawn):
    figures.levels([MAPS[0], MAPS[0, ::2, ::2]])
    assert drawn["data"][0].shape == (2, 16, 16, 3) and drawn["data"][1] == ["16 × 16\n2 classes", "8 × 8\n2 classes"]
    np.testing.assert_array_equal(*drawn["data"][0])
    assert drawn["alt"].endswith("16 × 16: 2 classes, 8 × 8: 2 classes.")


def test_the_film(drawn):
    moments = np.stack([PICTURES, 255 - PICTURES])
    figures.film(Course(PICTURES, moments, moments, [0, 1_500]), columns=2)
    pictures, rows = drawn["data"][:2]
    assert rows[1] == "step 0, own codes" and rows[4] == "step 1,500, drawn codes" and pictures.shape[:2] == (5, 2)
    np.testing.assert_array_equal(pictures[3], 255 - PICTURES[:2])
    assert drawn["alt"].startswith("Two renders; below, at 2 moments of the training (step 0, step 1,500)")


def test_one_map_many_pictures(drawn):
    figures.fans(MAPS[:2], {"ours": ROWS, "the control": ROWS[::-1]}, "What varies?")
    pictures, rows, columns = drawn["data"]
    assert rows == ["map 1, ours", "map 1, the control", "map 2, ours", "map 2, the control"]
    assert columns == ["label map", "draw 1", "draw 2", "draw 3"]
    np.testing.assert_array_equal(pictures[1, 1:], ROWS[1])
    assert drawn["alt"] == "Two label maps and 3 pictures of each by ours and by the control."


def test_samples(drawn):
    figures.samples(PICTURES, "the short run", columns=2)
    assert drawn["alt"] == "Four avatars by the short run."


def test_numbers_by_class(drawn):
    figures.by_class({"renderer": {"skin": 0.2, "hair": 0.3}, "ours": {"skin": 0.1}}, "mean change", "A caption.")
    series, names = drawn["data"][:2]
    assert series["ours"][0] == 0.1 and np.isnan(series["ours"][1]) and names == ["skin", "hair"]
    assert drawn["alt"] == "mean change by class. renderer: skin 0.20, hair 0.30; ours: skin 0.10."


def test_where_a_change_goes(drawn):
    after = PICTURES.copy()
    after[:, :4] = 255 - after[:, :4]
    figures.restyled(MAPS, PICTURES, {"hair": after})
    pictures, rows, heads = drawn["data"]
    assert rows[3] == "picture 4" and heads == ["label map", "before", "new hair", "changed"]
    assert not pictures[:, 3, 4:].any() and pictures[:, 3, :4].any()
    share = np.abs(after.astype(float) - PICTURES).mean() / 255
    assert f"hair {share:.3f}" in drawn["alt"]
    figures.restyled(MAPS, PICTURES, {"background": after})
    assert drawn["data"][2][2] == "new back" and "background" in drawn["alt"]  # heads are narrow


def test_differences_are_stretched():
    found = figures.differences(np.zeros((2, 2, 2, 3), np.uint8), np.full((2, 2, 2, 3), [1, 50, 3], np.uint8))
    assert (found == 255).all()
    assert not figures.differences(PICTURES, PICTURES).any()


def test_leak_tables(drawn):
    tables = {"ours": torch.eye(2) + 0.01, "one code": torch.tensor([[0.5, float("nan")], [0.5, 0.5]])}
    figures.leak_tables(tables, ["background", "accessory"])
    assert drawn["data"][2] == ["back", "hat"] and drawn["data"][0][1][0, 1] == 0
    assert "Largest: ours 1.01; one code 0.50. Classes: background, hat or glasses." in drawn["alt"]


def test_leaks_by_distance(drawn):
    figures.by_distance({"ours": [0.02, 0.001]}, [1, 8], "clothes")
    assert drawn["alt"] == "Mean change outside clothes, from 1 to 8 pixels away: ours 0.020 to 0.001."


def test_levels_alone(drawn):
    figures.level_strips(PICTURES, [PICTURES, 255 - PICTURES], [32, 16])
    assert "32 × 32 0.000, 16 × 16 0." in drawn["alt"] and drawn["data"][2] == ["before", "32 × 32", "16 × 16"]


def test_frequencies_leave_out_what_is_none(drawn):
    figures.centroids({"32 × 32": np.array([8.0, np.nan, 6.0]), "4 × 4": np.array([2.0, 3.0, np.nan])})
    assert "32 × 32 7.0, 4 × 4 2.5 cycles" in drawn["alt"] and len(drawn["data"][0]["4 × 4"]) == 2


def test_what_codes_say(drawn):
    found = torch.zeros(2, len(LABELS))
    found[0, LABELS.index("accessory")], found[1, LABELS.index("skin")], found[1, 0] = 3.0, 2.5, float("nan")
    figures.information(found, [32, 16])
    assert "32 × 32 hat or glasses (3.0), 16 × 16 skin (2.5)" in drawn["alt"]


def test_walks(drawn):
    figures.walks(ROWS, ["axis 1", "axis 2"], [-3, 0, 3])
    assert drawn["data"][2] == ["−3", "+0", "+3"] and "axis 1, axis 2, from −3 to +3" in drawn["alt"]


def test_transfers(drawn):
    made = np.stack([PICTURES[:3], PICTURES[1:]])
    figures.transfers(PICTURES[:2], PICTURES[:3], made, "hair")
    pictures, rows, heads = drawn["data"]
    assert pictures.shape[:2] == (3, 4) and (pictures[0, 0] == 255).all() and rows == ["references", "base 1", "base 2"]
    np.testing.assert_array_equal(pictures[2, 1:], PICTURES[1:])
    np.testing.assert_array_equal(pictures[1:, 0], PICTURES[:2])
    assert heads[3] == "reference 3" and "that hair has in each reference" in drawn["alt"]


def test_transfer_by_level(drawn):
    figures.level_transfer(PICTURES, PICTURES, {"fine": PICTURES, "coarse": PICTURES}, "hair")
    assert drawn["data"][2] == ["base", "reference", "fine", "coarse"] and drawn["alt"].endswith("at: fine, coarse.")


def test_edits(drawn):
    edited = MAPS.clone()
    edited[:, :, :4] = 2
    figures.edits([MAPS, edited], [PICTURES, PICTURES], "the skin grows")
    assert "(the skin grows) of 25% of the pixels" in drawn["alt"] and drawn["data"][0].shape[:2] == (4, 4)


def test_reconstructions(drawn):
    figures.reconstructions(PICTURES, PICTURES, [20.0, 22.5, 30.0, 18.25])
    assert drawn["data"][1][1] == "22.5 dB" and "18.2 to 30.0 dB" in drawn["alt"]


def test_odd_maps(drawn):
    figures.odd({"stripes": MAPS[0], "one class": MAPS[1]}, PICTURES[:2])
    assert drawn["alt"] == "Two unusual label maps and their pictures: stripes, one class."


def test_ways(drawn):
    figures.ways(ROWS, ["hair", "all"], [0.0, 0.5, 1.0])
    assert drawn["data"][2] == ["0%", "50%", "100%"] and drawn["alt"].endswith("in 3 steps: hair; all.")

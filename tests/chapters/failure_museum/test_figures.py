"""The museum's figures and tables say the numbers that they are given."""

import re

import numpy as np

from ganbook.chapters.failure_museum import figures


def run_of(rows, **ends):
    """Curves that are 0 and end with five times a number."""
    return {"step": list(range(rows)), **{name: [0.0] * (rows - 5) + [end] * 5 for name, end in ends.items()}}


def test_a_chart_has_a_row_for_each_patient_and_the_columns_of_its_kind():
    captioner = dict.fromkeys(figures.CAPTIONER_SYMPTOMS, 0.25) | {"said": 3.111, "whispered": 9.9}
    lines = figures.chart({"healthy": captioner, "ill": captioner | {"said": 0.0}}).data.split("\n")
    assert len(lines) == 4 and lines[0].count("|") == lines[1].count("|") == 9
    assert lines[2].startswith("| healthy | 0.25 | 0.25 | 3.11 |") and "0.00" in lines[3] and "9.9" not in lines[2]
    editor = dict.fromkeys(figures.EDITOR_SYMPTOMS, 1.0)
    assert "changed by z" in figures.chart({"healthy": editor}).data


def test_false_digits_are_in_brackets(drawn):
    images, truth = np.zeros((2, 8, 8), np.uint8), np.array([[1, 2, 3, 4], [5, 6, 7, 8]])
    figures.digits_named(images, truth, np.array([[1, 1], [9, 8], [2, -1], [3, 5]]), "of two")
    assert "1 (9) 2 3; (1) 8 (-1) 5." in drawn["alt"] and "2 images" in drawn["alt"] and drawn["caption"] == "of two"


def test_curves_of_two_runs_are_named_and_as_long_as_the_shorter(drawn):
    runs = {"healthy": run_of(20, d_loss=0.5, g_loss=1.25), "ill": run_of(30, d_loss=0.0, g_loss=7.0)}
    figures.losses(runs, "D and G")
    assert "D, healthy 0.50; G, healthy 1.25; D, ill 0.00; G, ill 0.00" in drawn["alt"], (
        "the longer run is cut before its end"
    )
    figures.losses({"healthy": runs["healthy"]}, "alone")
    assert "At the end: D 0.50; G 1.25." in drawn["alt"] and drawn["caption"] == "alone"


def test_answers_and_classifiers_read_their_own_curves(drawn):
    run = run_of(9, y_real_right=0.9, y_real_wrong=0.2, y_fake_right=0.4, label_loss_real=1.1, label_loss_fake=2.3)
    figures.answers({"healthy": run}, "answers")
    assert "real 0.90; real, wrong condition 0.20; generated 0.40" in drawn["alt"]
    figures.classifier_losses({"healthy": run, "patient 5": run})
    assert "real, healthy 1.10; generated, healthy 2.30" in drawn["alt"] and drawn["caption"].endswith(
        "healthy, and patient 5."
    )


def test_masks_stand_beside_a_mask_of_ones(drawn):
    runs = {"healthy": run_of(20, mask_loss=0.0125), "patient 7": run_of(9, mask_loss=0.0475)}
    figures.mask_losses(runs, "masks", ones=0.047)
    assert "mask, healthy 0.000; mask, patient 7 0.048; mask, of ones 0.047" in drawn["alt"]
    figures.mask_losses({"patient 7": runs["patient 7"]}, "alone")
    assert drawn["alt"].endswith("At the end: mask 0.048.") and drawn["caption"] == "alone"


def test_what_is_left_of_moves_and_its_numbers(drawn):
    runs = {"healthy": {"step": [1, 2], "loss": [1.0, 0.8]}, "patient 9": {"step": [1, 2, 3], "loss": [1.0, 0.9, 0.9]}}
    figures.moves_left(runs)
    assert "left, healthy 0.90; left, patient 9 0.95" in drawn["alt"]
    numbers = dict.fromkeys(figures.MOTION_SYMPTOMS, 0.25)
    text = figures.motion_chart({"healthy": numbers, "patient 9": numbers | {"drag_cosine": 0.01}}).data
    assert "| cosine of way and arrow | 0.25 | 0.01 |" in text


def test_looks_at_painters_leave_out_steps_without_one_and_end_with_the_shorter_run(drawn):
    looks = {"place_right": [None, 0.5, None, 0.75], "kid_3": [None, 900.0, None, 400.0], "step": [1, 2, 3, 4]}
    longer = {name: [*values, None, 7.0] for name, values in looks.items()} | {"step": [1, 2, 3, 4, 5, 6]}
    figures.places_right({"healthy": longer, "patient 8": looks})
    assert drawn["alt"] == "Right places over 4 steps. At the end: healthy 0.75; patient 8 0.75."
    assert list(drawn["data"][1]) == [2, 4]
    figures.painters_kid({"healthy": looks, "patient 8": longer})
    assert "healthy 400.00" in drawn["alt"] and "healthy, and patient 8" in drawn["caption"]


def test_what_a_patient_draws_stands_beside_the_healthy_one(drawn):
    pictures = np.zeros((6, 16, 16), np.uint8)
    kinds = ["source", "target", "healthy", "patient 3"]
    figures.edited(dict.fromkeys(kinds, pictures), [f"remove {n}" for n in range(6)], 3)
    assert drawn["data"][0].shape == (6, 4, 16, 16) and drawn["data"][2] == kinds
    assert "patient 3: remove 0; remove 1" in drawn["alt"] and "patient 3" in drawn["caption"]


def test_a_figure_goes_to_the_page():
    page = figures.losses({"healthy": run_of(9, d_loss=0.5, g_loss=1.0)}, "D & G").data
    assert page.count("<picture>") == 2 and re.search("<figcaption>D &amp; G</figcaption>", page)

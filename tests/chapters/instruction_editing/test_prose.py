"""Sentences of the page say the numbers that they are given, and draw the conclusion that goes with them."""

import numpy as np

from ganbook.chapters.instruction_editing import prose
from ganbook.chapters.instruction_editing.config import PRINTED, PROFILES

VECTORS = (
    "cos_expand_compress",
    "negative_expand_compress",
    "centred_expand_compress",
    "centred_move_resize",
    "cos_resize_undo",
    "cos_resize_same_side",
    "cos_put_remove",
    "var_action",
    "var_direction",
    "var_digit",
)


def numbers(**given):
    return dict.fromkeys(VECTORS, 0.0) | given


def test_another_seed_than_the_asked_one_is_said():
    used = {"the editor": {"data": "mnist", "seed": 0}, "the judge": {"data": "mnist", "seed": 0}}
    assert prose.loaded(used, "mnist", 0).data.endswith("Test digits: mnist.")
    assert "No editor of seed 3 comes with the book" in prose.loaded(used, "mnist", 3).data
    assert "`held_out` for profile paper" in prose.not_here("held_out", "paper").data


def test_the_shipped_run_stands_beside_the_paper():
    run = {"profile": "quick", "seed": 0, "step": 24_000, "minutes": 171.6, "device": "cpu"}
    text = prose.shipped_run(run, PROFILES["quick"], PRINTED).data
    assert (
        "24,000 of 24,000 steps of" in text
        and "172 minutes" in text
        and "48 × 48 (paper: 64)" in text
        and "885,938 steps" in text
    )


def test_the_run_that_is_ahead():
    curves = {"ours": {"d_learns": [1, 1]}, "printed rule": {"d_learns": [0, 1]}}
    assert prose.recorded_runs(curves, {"ours": 0.75, "printed rule": 0.5}).data.endswith(
        "**ours**, with a mean SSIM of 0.75."
    )
    text = prose.recorded_runs(curves, {"ours": 0.75, "printed rule": 0.875}).data
    assert (
        "D learned: ours 100%, printed rule 50%." in text
        and "**printed rule**" in text
        and text.endswith("against 0.75 with the linear output.")
    )
    text = prose.recorded_runs(curves, {"ours": 0.75, "ours, tanh": 0.875}).data
    assert "**ours, tanh**" in text and "is not so in these short runs" in text


def test_compared_with_nothing():
    like, nothing = np.array([0.9, 0.8, 0.7, 0.6]), np.array([0.5, 0.5, 0.5, 0.8])
    text = prose.compared_with_nothing(like, nothing, np.arange(4)).data
    assert "75.0% of the triples; on average by 0.175" in text and "baseline" not in text
    assert (
        "baseline reaches 0.500 against the editor's 0.750"
        in prose.compared_with_nothing(like, nothing, np.arange(4), np.full(4, 0.5)).data
    )


def test_the_two_ends_of_the_order():
    text = prose.right_by_tenth({"box": [0.5, 1.0], "digit": [0.25, 0.75]})
    assert text == "lowest tenth by SSIM: box right 0.500, digit right 0.250; highest: 1.000 and 0.750"


def test_the_digit_that_loses_most():
    by_group = {
        "digit": {0: (0.9, 1.0, 0, 0), 1: (0.5, 0.6, 0, 0), 2: (0.3, 0.9, 0, 0)},
        "box": {1: (0, 0, 0.9, 0.8), 9: (0, 0, 0.5, 0.1)},
    }
    text = prose.hard_edits(by_group, ("zero", "one", "two")).data
    assert (
        "two loses most (60.0%" in text
        and "from 0.90 in one cell to 0.50 in nine" in text
        and "is 0.10 in one cell and 0.40 in nine" in text
    )


def test_which_instructions_are_opposed():
    vectors = np.full((240, 4), 0.5)
    text = prose.meanings(numbers(cos_expand_compress=-0.5, cos_put_remove=0.25), vectors).data
    assert "of length 1.00" in text and text.endswith(
        "Put and remove: 0.25, less opposed than expand and compress, as in the paper."
    )
    text = prose.meanings(numbers(cos_expand_compress=0.5, cos_put_remove=0.25), vectors, 0.75).data
    assert "against the paper's contrast" in text and text.endswith("is 0.75, here 0.50.")


def test_what_training_changed():
    newborn = numbers(centred_expand_compress=-0.1, var_direction=0.1, var_digit=0.001)
    trained = numbers(centred_expand_compress=-0.6, centred_move_resize=-0.2, var_direction=0.3, var_digit=0.001)
    text = prose.what_training_changed(newborn, trained).data
    assert "-0.10 before training and -0.60 after: training moved the two apart." in text
    assert (
        "with the direction (0.100 before, 0.300 after); it did not raise it with the action" in text
        and "A new LSTM" in text
    )
    text = prose.what_training_changed(newborn | {"var_digit": 0.1}, newborn).data
    assert "did not oppose" in text and "cosines with nothing" in text and "A new LSTM" not in text


def test_tables_and_short_sentences():
    assert prose.variance_by_action(np.repeat([0.1, 0.2, 0.3], 10)).data.endswith(
        "move 0.100, expand 0.200, compress 0.300."
    )


def test_who_keeps_my_digit():
    kept = {
        name: np.full(3, value)
        for name, value in (
            ("editor", 0.9),
            ("cap2image_my_picture", 0.4),
            ("stranger", 0.5),
            ("cap2image_same_z", 0.6),
        )
    }
    text = prose.consistency(kept, 0.75, {"the baseline": 0.01, "the editor": 0.02}).data
    assert (
        "kept to 0.90 by the editor" in text
        and "stranger's would be to 0.50" in text
        and "75.0% of its pictures" in text
    )
    assert "Neither listens" in text and "Neither" not in prose.consistency(kept, 0.75, {"the baseline": 0.2}).data


def test_new_combinations():
    names = [f"held_out{which}_judge_all_{kind}" for which in ("", "_control") for kind in ("new", "known")]
    runs = {name: {"config": {"steps": 20, "precision": "auto"}} for name in ("held_out", "held_out_control")}
    text = prose.held_out(dict(zip(names, (0.1, 0.2, 0.3, 0.4))), runs, PROFILES["quick"]).data
    assert (
        "10.0% of the new combinations and 20.0% of the known ones" in text
        and "on 30.0% and 40.0%" in text
        and "for 20 steps" in text
    )


def test_paraphrases():
    ways = ("move six to the left", "move six to left", "move six left", "to the left move six", "move to the left")
    text = prose.paraphrases(dict(zip(ways, (0.9, 0.8, 0.7, 0.1, 0.6)))).data
    assert 'template itself: "move six to left"; worst: "to the left move six" (10%)' in text
    assert "costs 20.0%, leaving out the digit 30.0%, and turning the sentence round 80.0%" in text

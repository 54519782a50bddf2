"""The chapter's figures: alt texts say the given numbers, and they can be drawn on a wide and a narrow page."""

import numpy as np
import pytest

from ganbook.chapters.instruction_editing import analysis, figures
from ganbook.data.digit_edits import LABELS
from ganbook.data.edits import ACTIONS, Instruction, states

N = 24
RNG = np.random.default_rng(0)
PICTURES = RNG.integers(0, 256, (N, 16, 16), dtype=np.uint8)
SENTENCES = [f"{ACTIONS[row % 5]} {row}" for row in range(N)]


def losses(*ends, rows=8):
    return {"step": list(range(rows)), **{name: list(np.linspace(8, end, rows)) for name, end in ends}}


def test_all_states(drawn):
    every = list(states(6))
    figures.all_states(np.zeros((len(every), 8, 8), np.uint8), every)
    assert drawn["alt"].startswith(f"The {len(every)} states of a digit: pictures of the same handwritten six")
    assert drawn["caption"].endswith(f"the empty canvas and {len(every) - 1} boxes.") and drawn["data"][1][:2] == [
        "empty",
        "0 0 1 1",
    ]


def test_triples_are_of_all_actions(drawn):
    figures.triples(PICTURES, PICTURES, SENTENCES)
    assert drawn["data"][1] == ["move 0", "move 5", "expand 1", "compress 2", "put 3", "remove 4"]
    assert "picture: move 0; move 5; expand 1;" in drawn["alt"]


def test_losses_of_the_live_and_the_shipped_run(drawn):
    curves = losses(("label_loss_real", 1.25), ("label_loss_fake", 2.5), ("d_loss", 4.125))
    figures.live_curves(curves, 400)
    assert "over 400 steps: on real pictures from 8.0 to 1.2 nats, on generated ones from 8.0 to 2.5." in drawn["alt"]
    figures.shipped_curves(curves, 24_000)
    assert (
        "over 24,000 steps" in drawn["alt"]
        and "end at 1.25 nats, on generated ones at 2.50, D's total at 4.12" in drawn["alt"]
    )


def test_pictures_of_the_live_run_stand_beside_their_own_triples(drawn):
    figures.live_pictures(PICTURES, PICTURES, PICTURES[:6], SENTENCES, 400)
    assert drawn["data"][0].shape == (6, 3, 16, 16) and drawn["alt"].startswith("Six test triples after 400 steps")
    assert drawn["alt"].endswith("target 1.00.")


def test_recorded_runs_are_cut_to_the_shortest(drawn):
    figures.recorded_runs(
        {"ours": losses(("label_loss_fake", 1.0)), "printed rule": losses(("label_loss_fake", 8.0), rows=5)}
    )
    assert drawn["alt"].endswith("at the end ours 4.0, printed rule 8.0 nats.") and len(drawn["data"][1]) == 5


def test_by_likeness_goes_from_the_best_to_the_worst(drawn):
    likeness = RNG.permutation(N) / 100
    figures.by_likeness(PICTURES, PICTURES, PICTURES, SENTENCES, likeness)
    best, worst = SENTENCES[likeness.argmax()], SENTENCES[likeness.argmin()]
    assert (
        f"SSIM: {best} 0.23;" in drawn["alt"]
        and drawn["alt"].endswith(f"{worst} 0.00.")
        and len(drawn["data"][1]) == 12
    )


def test_likeness_with_and_without_a_baseline(drawn):
    figures.likeness_distributions(np.full(9, 0.9), np.full(9, 0.5))
    assert drawn["alt"].endswith("generated and target, mean 0.90; do nothing, mean 0.50.")
    figures.likeness_distributions(np.full(9, 0.9), np.full(9, 0.5), np.full(9, 0.25))
    assert drawn["alt"].endswith("cap2image and target, mean 0.25.")


def test_what_the_judge_reads(drawn):
    shares = dict(zip((*LABELS, "all"), (0.9, 0.8, 0.7, 0.6, 0.5, 0.4)))
    figures.read_right({"generated": shares, "source": shares})
    assert drawn["alt"].count("digit 0.90, x 0.80, y 0.70, w 0.60, h 0.50, all 0.40") == 2


def test_right_by_tenth(drawn):
    right = np.ones((100, 5), bool)
    right[:5, 0], right[-10:, 3] = False, False
    tenths = analysis.right_by_tenth(right, np.arange(100))
    figures.right_by_tenth(tenths)
    assert "Box: 1.00 in the lowest tenth, 0.00 in the highest; digit: 0.50 and 1.00." in drawn["alt"]


def test_without_instruction_leaves_the_empty_canvas_out(drawn):
    read = np.zeros((N, 5), int)
    read[:3, 0] = 10
    figures.without_instruction(PICTURES, PICTURES, np.arange(N) / 100, read)
    assert (
        drawn["alt"] == "Nine pictures and what the model makes of them without an instruction; SSIM from 0.03 to 0.11."
    )


def test_cosine_maps(drawn):
    blocks = np.array([[0.9, 0.1, 0.2], [0.1, 0.8, -0.5], [0.2, -0.5, 0.7]])
    figures.cosine_maps(np.kron(blocks, np.ones((80, 80))), np.full((90, 10), -0.25))
    assert "move and move 0.90, move and expand 0.10, move and compress 0.20, expand and expand 0.80" in drawn["alt"]
    assert "expand and compress -0.50" in drawn["alt"] and drawn["alt"].endswith("mean -0.25.")


def test_the_map_of_moves_names_opposite_directions(drawn):
    cosines = np.zeros((240, 240))
    cosines[:10, 30:40] = -0.75  # top and bottom: the first and the fourth direction
    figures.move_map(cosines)
    assert "top and bottom -0.75, left and right 0.00" in drawn["alt"]


def test_variances_of_each_factor(drawn):
    figures.factor_variances(analysis.factor_variances(np.zeros((240, 240))) | {"direction": np.full(30, 0.125)})
    assert (
        "only the digit differs, median 0.000" in drawn["alt"]
        and "only the direction differs, median 0.125" in drawn["alt"]
    )
    assert list(drawn["data"][0]) == ["action (80 blocks)", "direction (30 blocks)", "digit (24 blocks)"]


def test_moved_digits_are_large_ones(drawn):
    boxes = np.ones((N, 5), int)
    boxes[[3, 5, 7, 9, 11], 3:] = 2
    kept = {"editor": np.full(N, 0.5), "cap2image_same_z": np.arange(N) / 24}
    figures.moved_digits(dict.fromkeys("abcde", PICTURES), SENTENCES, ["a caption"] * N, boxes, kept)
    assert drawn["alt"].startswith("Four moves") and drawn["alt"].endswith(
        "before and after: editor 0.50, cap2image same z 0.25."
    )
    assert drawn["data"][1][0] == f"{SENTENCES[3]}  (caption: a caption)"


@pytest.mark.parametrize(
    ("kind", "key", "name"),
    [("action", "move", "move"), ("digit", 7, "7"), ("box", 1, "1 cell"), ("box", 4, "4 cells")],
)
def test_scores_by_group(drawn, kind, key, name):
    figures.by_group(kind, {key: (0.1, 0.2, 0.3, 0.4)})
    assert drawn["alt"] == f"By {kind}: {name}: right 0.10, on true targets 0.20, SSIM 0.30, doing nothing 0.40."


def test_pictures_that_are_read_wrongly(drawn):
    right, read = np.ones((N, 5), bool), np.full((N, 5), 1)
    right[[2, 4, 6], 1], right[8, 0], read[4] = False, False, (10, 0, 0, 0, 0)
    figures.read_wrongly(PICTURES, PICTURES, PICTURES, SENTENCES, read, right, np.arange(N)[::-1])
    assert f"{SENTENCES[6]} → 1 (1 1 1 1); {SENTENCES[4]} → nothing; {SENTENCES[8]} → 1 (1 1 1 1)." in drawn["alt"]
    assert drawn["caption"].startswith("Of 24 pictures 3 are read with a wrong box and 1 with the right box")


def test_chains(drawn):
    like, right = np.linspace(1, 0.5, 6)[:, None].repeat(5, 1), np.ones((6, 5), bool)
    figures.chain_numbers(right, like, np.ones((6, 5)))
    assert (
        "chain goes from 1.00 to 0.50, on true pictures from 1.00 to 1.00; the share right goes from 1.00 to 1.00"
        in drawn["alt"]
    )

    told = [[Instruction("move", digit, "top") for digit in range(5)]] * 6
    pictures = np.zeros((6, 5, 8, 8), np.uint8)
    run = analysis.Chain(told, np.zeros((6, 5, 5), int), pictures, pictures, pictures, pictures[0])
    figures.chain_pictures(run, np.array([0.1, 0.2, 0.3, 0.4, 0.5]))
    assert (
        drawn["alt"].startswith("A chain of median quality on one two: move two to the top, ")
        and len(drawn["data"][0]) == 14
    )


def test_a_figure_goes_to_the_page():
    page = figures.right_by_tenth({"box": [1.0, 0.5], "digit": [0.5, 1.0]}).data
    assert page.count("<picture>") == 2 and "0.50 in the highest" in page

"""The chapter's figures: alt texts say the given numbers, and they can be drawn on a wide and a narrow page."""

import few_avatars
import numpy as np
import pytest

from ganbook.chapters.masked_editing import figures
from ganbook.chapters.masked_editing.studies import Chain
from ganbook.data.avatars import COUNTS, KINDS

N = 16
RNG = np.random.default_rng(0)
PICTURES = RNG.integers(0, 256, (N, 16, 16, 3), dtype=np.uint8)
MASKS = np.ones((N, 16, 16), dtype=np.float32)
SENTENCES = [f"sentence {row}" for row in range(N)]
PAIR = {"plain": PICTURES, "sim": PICTURES}
CURVES = {
    "step": [4, 8, 12, 16],
    "phase": [None, 2.0, None, 4.0],
    "dev_ssim": [None, 0.5, None, 0.75],
    "dev_feature_loss": [None, 2.0, None, 1.0],
    "feature_loss": [4.0, 3.0, 2.0, 1.0],
    "mask_loss": [None, 0.25, None, 0.125],
    "pixel_loss": [1.0, 0.5, 0.25, 0.125],
}


def test_all_values_of_a_kind(drawn):
    figures.values_of("iris", PICTURES[: COUNTS[list(KINDS).index("iris")]])
    assert drawn["alt"].startswith("The same avatar with each of the 10 values of iris: black, brown")
    assert "light\nblue" in drawn["data"][1]


def test_triples_are_those_that_are_asked_for(drawn):
    edits = few_avatars.few_edits()
    figures.triples(edits, PICTURES, PICTURES, [2, 5])
    assert drawn["data"][1] == [edits.instructions[2], edits.instructions[5]]
    assert drawn["alt"].startswith("Two triples") and edits.instructions[5] in drawn["alt"]


def test_true_masks_say_how_much_differs(drawn):
    kept = MASKS[:2].copy()
    kept[1, :4] = 0
    figures.true_masks(PICTURES[:2], PICTURES[:2], kept, SENTENCES[:2])
    assert "on 0.0%, 25.0% of the pixels: sentence 0; sentence 1." in drawn["alt"]
    behind = drawn["data"][0][:, 3]
    assert behind.shape == (2, 16, 16, 3) and (behind[1, :4] == 128).all() and (behind[0] == PICTURES[0]).all()


def test_masks_say_how_well_they_fit(drawn):
    target = PICTURES.copy()
    target[:, :4] = 255 - target[:, :4]
    made = MASKS.copy()
    made[:, :8] = 0
    figures.masks(PICTURES[:2], target[:2], made[:2], SENTENCES[:2])
    assert drawn["alt"].endswith("of the regions held back: 0.50, 0.50.")


def test_losses_of_the_live_run_leave_out_what_was_not_learned(drawn):
    figures.live_curves(CURVES, 16, 0.0625)
    assert "over 16 steps: of the mask from 0.25 to 0.125, of the pixels from 0.50 to 0.125; a mask of" in drawn["alt"]
    assert drawn["data"][1] == [8, 16] and drawn["data"][0]["a mask of ones"] == [0.0625, 0.0625]


def test_pictures_of_the_live_run(drawn):
    figures.live_pictures(PICTURES[:4], PICTURES[:4], PICTURES[:4], MASKS[:4], 240)
    assert drawn["alt"].startswith("Four triples of the development set after 240 steps")
    assert drawn["alt"].endswith("target 1.00.")


def test_a_loss_of_the_shipped_runs(drawn):
    figures.shipped_losses({"plain": CURVES, "sim": CURVES}, "feature_loss", "feature matching loss")
    assert drawn["alt"].endswith("over 16 steps; at the end with SIM 1.000, without SIM 1.000.")


def film(rows, count=3):
    return RNG.integers(0, 256, (count, rows * 16, 12 * 16, 3), dtype=np.uint8)


def test_pictures_over_the_phases(drawn):
    films = {"plain": film(3), "sim": film(4)}
    figures.over_phases(films, [0, 5, 10], "a red background", column=2)
    pictures, texts, kinds = drawn["data"]
    assert texts == ["without SIM", "with SIM", "the mask"] and kinds == ["phase\n0", "phase\n5", "phase\n10"]
    np.testing.assert_array_equal(pictures[2, 1], films["sim"][1, 48:64, 32:48])
    assert "“a red background” after phases 0, 5, 10: without SIM, with SIM, the mask." in drawn["alt"]
    figures.source_and_target(films["sim"], "a red background", column=2)
    np.testing.assert_array_equal(drawn["data"][0][0, 1], films["sim"][0, 16:32, 32:48])


@pytest.mark.parametrize(("name", "ends"), [("dev_ssim", "0.50 to 0.75"), ("dev_feature_loss", "2.00 to 1.00")])
def test_what_was_found_on_the_development_set(drawn, name, ends):
    figures.development({"plain": CURVES, "sim": CURVES}, name, 0.7)
    assert f"over phases 2 to 4: with SIM from {ends}; without SIM from {ends}." in drawn["alt"]
    assert drawn["data"][0]["level"] == [0.7, 0.7] and drawn["caption"].endswith("The level is 0.70.")


def test_likeness_and_gain(drawn):
    figures.likeness({"plain": np.full(9, 0.25), "sim": np.full(9, 0.5), "do nothing": np.full(9, 0.9)})
    assert drawn["alt"].endswith("with SIM, mean 0.50; without SIM, mean 0.25; do nothing, mean 0.90.")
    assert list(drawn["data"][0]) == ["with SIM", "without SIM", "do nothing"]
    figures.gain(np.array([0.25, 0.5, 0.75, -0.5]))
    assert "mean 0.250" in drawn["alt"] and drawn["alt"].endswith("above zero on 75% of the triples.")


def test_by_likeness_goes_from_the_best_to_the_worst(drawn):
    figures.by_likeness(PICTURES, PICTURES, PAIR, SENTENCES, np.arange(N) / N)
    assert drawn["data"][1][0] == "sentence 15: 0.94" and drawn["data"][1][-1] == "sentence 0: 0.00"
    assert drawn["data"][2] == ["source", "target", "without SIM", "with SIM"]


def test_votes_and_their_stand_in(drawn):
    figures.votes()
    assert "with SIM better 37, with SIM much better 27." in drawn["alt"] and sum(figures.VOTES) == pytest.approx(1)
    figures.stand_in({"sim": (0.75, 0.5), "do nothing": (0.0, 1.0)})
    assert drawn["alt"].endswith("with SIM: moved 0.75, kept 0.50; do nothing: moved 0.00, kept 1.00.")


def test_unnamed_changes_are_shown_and_said(drawn):
    black = np.zeros_like(PICTURES[:2])
    figures.unnamed(black, black, {"plain": black + 51, "sim": black}, MASKS[:2], SENTENCES[:2])
    assert "without SIM 0.200, with SIM 0.000; a perfect editor 0.000." in drawn["alt"]
    assert drawn["data"][2] == ["source", "target", "without SIM", "its change", "with SIM", "its change", "the mask"]
    assert (drawn["data"][0][0, 3] == 204).all()  # a fifth of the range, of the quarter that is white


def test_masks_of_several_sentences(drawn):
    figures.masks_by_sentence(PICTURES[:2], 0.75 * MASKS[:2], SENTENCES[:2])
    assert drawn["alt"].endswith("each holds back: sentence 0 0.25, sentence 1 0.25.")


def test_mean_masks_by_kind(drawn):
    ramp = np.linspace(0, 1, 256).reshape(16, 16)
    figures.mean_masks({"hair": (ramp, ramp / 2), "iris": (ramp, 1 - ramp)})
    assert drawn["alt"].endswith("hair 1.00, iris -1.00.") and drawn["data"][1] == ["hair: 1.00", "iris: -1.00"]


def test_opposites(drawn):
    cosines = np.kron(np.eye(5), np.full((2, 2), 0.75)) + 0.125
    figures.opposites(cosines)
    assert "1a and 1b 0.88" in drawn["alt"] and drawn["alt"].endswith("different pairs 0.12.")


def test_kinds_of_pairs(drawn):
    figures.kinds_of_pairs({"opposite": np.full(5, 0.5), "another attribute": np.zeros(5)})
    assert drawn["alt"].endswith("medians: opposite 0.50, another attribute 0.00.")


def test_the_study_of_surface_forms_goes_by_their_number(drawn):
    found = {n: {name: [0.5 + n / 100, 0.75 + n / 100] for name in figures.STUDIED} for n in (8, 1)}
    figures.forms_study(found)
    series, forms = drawn["data"][:2]
    assert forms == [1, 8] and series["opposite"][1] == [0.51, 0.58] and series["opposite"][2] == [0.76, 0.83]
    assert "another attribute 0.64 with 1, 0.70 with 8" in drawn["alt"] and "of 2 seeds" in drawn["caption"]
    figures.forms_study({n: {name: [0.5] for name in figures.STUDIED} for n in (1, 8)})
    assert drawn["caption"].endswith("One seed each.")


def test_chains(drawn):
    figures.chain_numbers({"sim": np.array([[1.0, 0.5], [0.5, 0.5]])}, "SSIM outside", "What stays.")
    assert drawn["alt"] == "SSIM outside over 2 instructions: with SIM from 0.75 to 0.50."
    truth = np.stack([PICTURES[:3], PICTURES[:3]])
    chain = Chain(
        PICTURES[:3], [["a", "b", "c"], ["d", "e", "f"]], truth, np.zeros((2, 3), int), np.zeros((3, 14), int)
    )
    figures.chain_pictures(chain, {"sim": truth, "plain": truth}, np.array([0.1, 0.5, 0.9]))
    assert drawn["alt"].startswith("A chain of median quality: b; e.") and drawn["caption"].startswith("1. b; 2. e.")
    assert drawn["data"][0].shape == (3, 3, 16, 16, 3)


def test_edits_that_were_not_made(drawn):
    figures.not_moved(PICTURES, PICTURES, PICTURES, SENTENCES, np.array([3, 5]), 7)
    assert drawn["alt"].endswith("sentence 3; sentence 5.") and drawn["caption"].startswith("The first 2 of 7 pictures")


def test_pasting_stands_beside_sim(drawn):
    sim = np.repeat(np.arange(4, dtype=np.uint8), 16)[:, None, None] + np.zeros((64, 12 * 16, 3), np.uint8)
    sim[:, 16:32] += 100  # the second triple
    figures.pasted(sim, 255 - sim, SENTENCES[:2])
    assert drawn["alt"].startswith("Two edits with SIM and by pasting: sentence 0; sentence 1. Mean SSIM")
    cells = drawn["data"][0]
    assert cells.shape == (2, 5, 16, 16, 3) and (cells == cells[:, :, :1, :1]).all()
    assert cells[:, :, 0, 0, 0].tolist() == [[0, 1, 2, 253, 252], [100, 101, 102, 153, 152]]

"""Sentences of the page say the numbers that they are given, and draw the conclusion that goes with them."""

import dataclasses

import numpy as np
import pytest

from ganbook.chapters.masked_editing import prose
from ganbook.chapters.masked_editing.config import PRINTED, PROFILES

VECTORS = dict.fromkeys(("cos_same", "cos_opposites", "cos_unrelated", "cos_grammar"), 0.5)


def test_the_shipped_runs_stand_beside_the_paper():
    run = {"step": 6_800, "minutes": 200.4, "finished": True, "profile": "quick", "device": "cpu (1 thread)"}
    config = dataclasses.replace(PROFILES["quick"], steps=6_800)
    text = prose.shipped_runs({"sim": run, "plain": run}, config, PRINTED).data
    assert (
        "`quick` on cpu (1 thread): with SIM 6,800 steps (100 phases) in 200 minutes" in text
        and "100 phases (5,000)" in text
    )
    assert "mask 300 (1)" in text and "before the end" not in text
    early = prose.shipped_runs({"sim": run | {"step": 68, "finished": False}, "plain": run}, config, PRINTED).data
    assert "before the end of the training: sim after 68 steps" in early


@pytest.mark.parametrize(
    ("sim", "plain", "words"),
    [(10, 40, "by a factor of 4.0"), (30, 40, "not twice as fast"), (40, 40, "SIM is not faster here")],
)
def test_phases_to_the_level(sim, plain, words):
    text = prose.phases_to_level(0.7, {"sim": sim, "plain": plain}).data
    assert f"SSIM of 0.700 on the development set is reached after phase {sim} with SIM" in text and words in text


def test_activations_name_the_best():
    found = {name: {"ssim": 0.5, "off_target": 0.1, "on_target": 1.2} for name in ("tanh", "sigmoid")}
    text = prose.activations(found | {"tanh": found["tanh"] | {"ssim": 0.75}}).data
    assert (
        "| tanh | 0.750 | 0.1000 | 1.20 |" in text and "**tanh**, by 0.250 before sigmoid; one seed each; the" in text
    )
    text = prose.activations(found | {"sigmoid": found["sigmoid"] | {"ssim": 0.505}}).data
    assert "**sigmoid**, by 0.005 before tanh; one seed each, so that the two are not told apart;" in text
    for linear, words in ((0.45, "linear output learns here, where"), (0.3, "falls behind, as in the paper")):
        assert words in prose.activations(found | {"linear": found["tanh"] | {"ssim": linear}}).data


def test_gain_beside_doing_nothing():
    differences = np.array([0.25, 0.25, -0.25, 0.25])
    text = prose.gain(differences, (0.01, 0.2), 0.936, 0.7).data
    assert "on 75% of the triples; SSIM is higher by 0.125 on average (95 % interval 0.010 to 0.200). With" in text
    assert "With 0.700 it stays below doing nothing (0.936)" in text
    assert "beats doing nothing (0.936)" in prose.gain(differences, (0.01, 0.2), 0.936, 0.95).data
    assert "no difference is sure" in prose.gain(differences, (-0.01, 0.2), 0.936, 0.7).data
    assert "SIM makes it worse" in prose.gain(-differences, (-0.2, -0.01), 0.936, 0.7).data


def test_tables():
    text = prose.beside({"sim": {"moved": 0.5}, "do nothing": {"moved": 0.0}}).data
    assert "| | with SIM | do nothing |" in text and "| moved | 0.500 | 0.000 |" in text
    text = prose.by_kind({"sim": {"hair": 0.5, "all": 0.5}}, {"hair": 12}, {"hair": 0.9}, 0.5).data
    assert (
        "| hair | 12 | 0.50 | 0.90 |" in text
        and "12 triples of a kind on average, the standard error of a share is up to 0.14" in text
    )


def test_seen_and_unseen_forms():
    values = {"sim": {"SSIM": np.array([0.5, 0.75, 1.0]), "moved": np.array([True, True, False])}}
    text = prose.seen_and_unseen(values, np.array([True, False, False])).data
    assert "| seen in training | 2 | 0.875 | 0.500 |" in text and "| held out | 1 | 0.500 | 1.000 |" in text
    assert "held out" not in prose.seen_and_unseen(values, np.zeros(3, bool)).data


def test_whether_held_out_forms_are_harder():
    unseen = np.arange(100) < 50
    for hits, words in ((unseen & (np.arange(100) % 10 > 0), "more of"), (np.arange(100) % 2 == 0, "no more of")):
        text = prose.seen_and_unseen({"sim": {"moved": hits}}, unseen).data
        assert f"{hits[~unseen].mean():.0%} in forms seen and on {hits[unseen].mean():.0%} in held-out" in text
        assert f"which is {words} a difference" in text


def test_consistency_says_how_much_less():
    less = np.array([0.05, 0.03, 0.01, -0.01])
    text = prose.consistency({"sim": 0.02, "plain": 0.04}, {"sim": 0.5, "plain": 1.5}, less).data
    assert "less by 0.0200 (95 % interval" in text and "on 75% of the triples" in text
    assert "with SIM 0.50, without SIM 1.50" in text


def test_whether_an_editor_does_as_told():
    table = {"plain": {"moved": 0.25, "others kept": 0.5}, "true target": {"moved": 0.9, "others kept": 1.0}}
    text = prose.as_told({"sim": {"moved": 0.4, "others kept": 12 / 13}} | table).data
    assert "| moved | 0.400 | 0.250 | 0.900 |" in text and "true targets the judge reads 90% as moved" in text
    assert "neither editor does what it is told more often than not" in text
    assert text.endswith("1.0 are read otherwise with SIM and 6.5 without.")
    assert "neither" not in prose.as_told({"sim": {"moved": 0.7, "others kept": 1.0}} | table).data


def test_an_editor_whose_d_sees_the_sentence_only():
    both = {"joint": {"SSIM": 0.5, "SSIM, nothing said": 0.75}, "sentence": {"SSIM": 0.75, "SSIM, nothing said": 0.5}}
    text = prose.dong(both, "joint", "sentence").data
    assert "| SSIM | 0.500 | 0.750 |" in text
    assert "are nearer (+0.250) to their targets" in text and "comes back less near (-0.250) to itself" in text
    assert "are as near (+0.000) to their targets" in prose.dong(both, "joint", "joint").data


def test_what_pasting_brings():
    table = {"sim": {"SSIM": 0.75, "moved": 0.25}, "do nothing": {"SSIM": 0.9, "moved": 0.0}}

    def text(ssim, named):
        found = {"ssim": ssim, "named": named, "mask_inside": 0.5}
        return prose.pasting(table, found, {"SSIM": "ssim", "moved": "named"}).data

    few = text(0.875, 0.3)
    assert "| SSIM | 0.750 | 0.875 | 0.900 |" in few and "SSIM up by 0.125, but not to that of doing" in few
    assert "on 30% of the triples, with SIM on 25%: no more of a difference than" in few
    assert few.endswith("its mask is 0.50 on average, and 0 would be right.")
    assert "above that of doing nothing (0.900)" in text(0.95, 0.75) and "also obeys more often" in text(0.95, 0.75)
    assert "obeys less often" in text(0.5, 0.1)


def test_what_the_mask_generator_looks_at():
    iou = {"own": 0.7, "other sentence": 0.1, "other picture": 0.69, "same for all": 0.05, "usual for kind": 0.64}
    text = prose.masks(iou, 0.25, 0.97).data
    assert "own 0.70, other sentence 0.10" in text and "masks are 0.25 on average where something changes" in text
    assert "the sentence says what to hold back" in text and "another picture they fit as well" in text
    assert text.endswith("in the same place.")
    text = prose.masks(iou | {"other sentence": 0.69, "other picture": 0.5, "usual for kind": 0.8}, 0.25, 0.97).data
    assert "hardly decides" in text and "another picture, too" in text and "would fit better" in text
    text = prose.masks(iou | {"own": 0.02, "other picture": 0.01}, 0.5, 0.97).data
    assert "do not fit well enough" in text and "hardly decides" not in text


def test_opposites():
    text = prose.opposites([0.5, 0.75, -0.25], VECTORS | {"cos_same": 0.6, "cos_unrelated": 0.0}).data
    assert text.startswith("2 of the paper's five pairs have a positive cosine, 0.33 on average")
    assert "So opposites are alike" in text and "the smaller part" in text
    text = prose.opposites([0.5], VECTORS | {"cos_opposites": -0.5, "cos_same": 0.9}).data
    assert "no more alike than strangers" in text and "as large a part" in text
    text = prose.opposites([-0.5], VECTORS | {"cos_opposites": -0.5, "cos_unrelated": -0.75}).data
    assert "only less opposed than strangers" in text


def forms(few, many):
    return {
        n: {"cos_opposites_first": values, "cos_opposites": [0.9, 0.9], "cos_unrelated_first": [0.0]}
        for n, values in ((1, few), (37, many))
    }


def test_the_study_of_surface_forms_says_what_the_numbers_say():
    text = prose.forms_study(forms([0.25, 0.25], [0.5, 0.5])).data
    assert (
        "cosine of 0.25 where the editor has learned 1 form of each kind, and of 0.50 where it has learned 37" in text
    )
    assert "as the paper guesses" in text and "variety is not the whole cause" in text
    assert "against the paper's guess" in prose.forms_study(forms([0.5, 0.5], [0.25, 0.25])).data
    assert "do not tell the two apart" in prose.forms_study(forms([0.2, 0.4], [0.3, 0.5])).data
    assert "they are opposed, as the digits' are" in prose.forms_study(forms([-0.5, -0.5], [0.5, 0.5])).data
    assert "neither opposed nor more alike" in prose.forms_study(forms([0.03, 0.03], [0.5, 0.5])).data
    assert "there is one of each" in prose.forms_study(forms([0.2], [0.5])).data


def test_chains():
    outside = {"sim": np.array([[0.25, 0.25], [0.5, 0.5]])}
    text = prose.chains(outside, {"sim": np.array([[1.0, 1.0], [0.25, 0.75]])}).data
    assert "Over 2 instructions, with SIM: change outside the named regions 0.250 after the first and 0.500" in text
    assert "read as before 0.50" in text and text.endswith("with SIM 0.250.")


def test_hard_kinds_and_a_blind_judge():
    moved = {"hair": 0.9, "iris": 0.25, "nose": 0.5, "all": 0.5}
    counts, own = {"hair": 12, "iris": 4, "nose": 2}, {"hair": 1.0, "iris": 0.5, "nose": 1.0}
    text = prose.hard_kinds(moved, counts, own, {"hair": 0.3, "iris": 0.01, "nose": 0.05}).data
    assert text.startswith("Worst moved: iris (0.25 of 4)") and "unsure of iris" in text
    assert "Rank correlation over the 3 kinds with the share of pixels that change: 1.00" in text

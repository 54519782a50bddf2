"""Studies of the page: chains, change maps, masks under other words, runs compared; and the small live material."""

import few_avatars
import numpy as np
import pytest
import torch

from ganbook.chapters.masked_editing import data, studies
from ganbook.chapters.masked_editing.config import Config
from ganbook.chapters.masked_editing.inference import Edited, shown
from ganbook.data.avatar_language import understand
from ganbook.data.avatars import COUNTS, KINDS

EDITS = few_avatars.few_edits()
BATCH = EDITS.batch(torch.arange(14))
SOURCE, TARGET = shown(BATCH.source), shown(BATCH.target)
CHAIN = studies.chain_of(EDITS, 3, 4, seed=1)


def curves(*likeness):
    phases = [float(2 * number) for number in range(1, len(likeness) + 1)]
    return {"phase": [None, *phases], "dev_ssim": [None, *likeness]}


def test_variations_differ_in_one_kind():
    pictures = studies.variations(EDITS, 2, "background", 32)
    own = int(EDITS.source[2, list(KINDS).index("background")])
    assert len(pictures) == COUNTS[list(KINDS).index("background")] and (pictures[own] == SOURCE[2]).all()
    assert len({picture.tobytes() for picture in pictures}) == len(pictures)


def test_one_triple_of_each_kind_in_order():
    assert studies.one_of_each_kind(BATCH) == list(range(14))
    assert (
        studies.by_kind(np.arange(14), BATCH)["face shape"] == 1 and studies.by_kind(np.arange(14), BATCH)["all"] == 6.5
    )


def test_change_maps_are_black_where_nothing_changed():
    pictures = studies.change_map(TARGET, SOURCE)
    same = (SOURCE == TARGET).all(-1)
    assert pictures.shape == SOURCE.shape and not pictures[same].any() and pictures[~same].any()
    assert (studies.grey(np.array([[[-1.0, 0.5, 2.0]]]))[0, 0, :, 0] == [0, 128, 255]).all()


def test_runs_are_compared_at_a_level_that_both_reach():
    level, phases = studies.phases_to_common_level({"sim": curves(0.6, 0.8, 0.9), "plain": curves(0.1, 0.4, 0.6)})
    assert level == pytest.approx(0.57) and phases == {"sim": 2, "plain": 6}
    assert studies.looks_of(curves(0.6, 0.8), "dev_ssim") == ([2, 4], [0.6, 0.8])


def test_a_pair_of_editors_has_the_numbers_of_the_claim_table():
    one = {
        "ssim": 0.5,
        "mask_iou": 0.25,
        "mask_inside": 0.4,
        "mask_outside": 0.9,
        "cos_paper": 0.75,
        "cos_grammar": 0.5,
    }
    one |= dict.fromkeys(studies.OF_VECTORS, 0.5)
    pair = {"sim": curves(0.6, 0.8), "plain": curves(0.1, 0.4)}
    numbers = studies.numbers_of_pair(one | {"ssim": 0.75}, one, pair)
    assert numbers["ssim_gain"] == 0.25 and numbers["phases_to_level_plain"] == 4 and numbers["cos_same_free"] == 0.5
    assert numbers.keys() <= set(studies.OVER_SEEDS) and "named_sim" not in numbers
    assert "named_sim" in studies.numbers_of_pair(one | {"named": 0.5}, one, pair)


def test_each_instruction_of_a_chain_is_true_of_its_step():
    before = CHAIN.start
    for told, truth, kinds in zip(CHAIN.told, CHAIN.truth, CHAIN.kinds):
        for row, kind in enumerate(kinds):
            assert understand(told[row]).meaning.kind == list(KINDS)[kind]
            assert (before[row] != truth[row]).any()
        before = truth
    assert all(len(set(column)) == len(CHAIN.told) for column in CHAIN.kinds.T)
    again = studies.chain_of(EDITS, 3, 4, seed=1)
    assert again.told == CHAIN.told and (again.attributes == EDITS.source[:3].numpy()).all()


class Knows:
    """Reads the start of the chain off everything."""

    def __call__(self, pictures):
        return CHAIN.attributes


def test_what_a_chain_keeps():
    assert not studies.changed_outside(CHAIN, CHAIN.truth).any()
    far = np.where(CHAIN.start < 128, CHAIN.start + 51, CHAIN.start - 51)[None].repeat(len(CHAIN.truth), 0)
    np.testing.assert_allclose(studies.changed_outside(CHAIN, far), 0.2, rtol=1e-5)  # however much was named
    assert (studies.untold_kept(CHAIN, CHAIN.truth, Knows()) == 1).all()
    assert (np.diff(studies.touched(CHAIN).sum((2, 3)), axis=0) >= 0).all()


def test_a_chain_is_followed_on_the_own_last_picture():
    class Brighter:
        def __call__(self, pictures, instructions, seed=0):
            return pictures // 2 + 100

    made = studies.follow(Brighter(), CHAIN)
    assert made.shape == CHAIN.truth.shape and (made[1] == made[0] // 2 + 100).all()


class Opens:
    """An editor whose mask opens the rows that the sentence names."""

    def edit(self, pictures, instructions, seed=0):
        masks = np.ones(pictures.shape[:3], dtype=np.float32)
        for mask, text in zip(masks, instructions):
            mask[int(text)] = 0
        return Edited(pictures, masks)


def test_masks_under_the_wrong_half_of_the_input():
    rows = [int((one != other).any((1, 2)).argmax()) for one, other in zip(SOURCE, TARGET)]
    true = (SOURCE != TARGET).any(-1)
    usual = dict(enumerate(true))
    iou = studies.iou_with_others(Opens(), BATCH, [str(row) for row in rows], usual)
    assert iou["own"] == iou["other picture"] > iou["other sentence"] and iou["same for all"] == 0
    assert iou["everything"] == pytest.approx(true.mean()) and iou["usual for kind"] == 1
    assert studies.iou_with_others(Opens(), BATCH, [str(row) for row in rows], {})["usual for kind"] == 0
    masks = studies.masks_of(Opens(), SOURCE, [str(row) for row in rows])
    true, ours = studies.mean_masks(masks, BATCH)["hair"]
    assert true.shape == ours.shape == SOURCE.shape[1:3] and set(np.unique(ours)) == {0, 1}


def test_what_usually_changes_for_a_kind():
    learned = data.avatar_edits("train", 32)
    few = learned.batch(torch.arange(300))
    usual = studies.usual_regions(few)
    kinds, true = few.kind.numpy(), (shown(few.source) != shown(few.target)).any(-1)
    assert set(usual) == set(kinds.tolist())
    often = {kind: true[kinds == kind].mean(0) for kind in usual}
    for kind, region in usual.items():
        assert region.any() and often[kind][region].min() > often[kind][~region].max()  # the likeliest pixels


def test_the_material_of_the_live_run_is_a_part_of_the_whole():
    some = data.few(Config(**few_avatars.SMALL), 8)
    assert len(some.train) == 8 and len(some.dev) == 2 and some.singles.shape == (8, 3, 32, 32)
    assert some.train.instructions == data.avatar_edits("train", 32).instructions[:8]

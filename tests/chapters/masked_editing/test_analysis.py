"""The numbers of editors, with editors and judges that need no network, and what editors refuse."""

import dataclasses

import few_avatars
import numpy as np
import pytest
import torch

from ganbook.chapters.masked_editing import analysis
from ganbook.chapters.masked_editing.config import Config
from ganbook.chapters.masked_editing.inference import AttributeReader, Edited, Editor, shown
from ganbook.chapters.masked_editing.model import EditingNetworks, Judge
from ganbook.data.avatar_language import understand
from ganbook.data.avatars import COUNTS, KINDS
from ganbook.errors import UserError

CONFIG = Config(**few_avatars.SMALL)
EDITS = few_avatars.few_edits().batch(torch.arange(14))
SOURCE, TARGET = shown(EDITS.source), shown(EDITS.target)
TRUE_MASK = (SOURCE == TARGET).all(-1).astype(np.float32)


class Made:
    """An editor that made this of the triples, with a perfect mask or with none."""

    def __init__(self, pictures, masks=TRUE_MASK):
        self.edited = Edited(pictures, masks)

    def answer(self, edits, seed=0):
        return self.edited

    def __call__(self, pictures, instructions, seed=0):
        assert instructions == [None] * len(pictures)
        return pictures


class Knows:
    """A judge that knows the sources and targets, and takes all other pictures for the first source."""

    def chances(self, pictures):
        known = {picture.tobytes(): row for row, picture in enumerate([*SOURCE, *TARGET])}
        rows = [known.get(picture.tobytes(), 0) for picture in pictures]
        truth = torch.cat([EDITS.source_attributes, EDITS.target_attributes])[rows]
        values = zip(KINDS, COUNTS, truth.T)
        return {kind: 0.9 * np.eye(count)[of_kind] + 0.1 / count for kind, count, of_kind in values}

    def __call__(self, pictures):
        return np.stack([chances.argmax(1) for chances in self.chances(pictures).values()], axis=1)


def test_doing_nothing_and_doing_right():
    nothing = analysis.edit_numbers(Made(SOURCE), EDITS, Knows())
    right = analysis.edit_numbers(Made(TARGET), EDITS, Knows())
    shares = ("ssim_identity", "off_target", "on_target", "mask_iou", "named", "named_exact", "others_kept")
    assert [nothing[name] for name in shares] == [1, 0, 1, 1, 0, 0, 1] and 0.8 < nothing["ssim"] < 1
    assert [right[name] for name in shares] == [1, 0, 0, 1, 1, 1, 1] and right["ssim"] == pytest.approx(1)


def test_without_masks_or_judge_their_numbers_are_left_out():
    names = {"ssim", "ssim_identity", "off_target", "on_target"}
    assert set(analysis.edit_numbers(Made(TARGET, None), EDITS)) == names
    assert set(analysis.edit_numbers(Made(TARGET), EDITS)) == names | {"mask_iou", "mask_inside", "mask_outside"}


def test_masks_inside_and_outside_the_region_that_changes():
    true = TRUE_MASK.astype(np.float32)
    for masks, values in ((true, (0, 1)), (0.25 + 0.5 * true, (0.25, 0.75)), (np.ones_like(true), (1, 1))):
        for found, value in zip(analysis.mask_values(masks, SOURCE, TARGET), values):
            np.testing.assert_allclose(found, value, atol=1e-6)
    half = 0.49 * (1 - true) + true  # for IoU it is right, but half of the source passes
    assert analysis.mask_iou(half, SOURCE, TARGET).min() == 1
    np.testing.assert_allclose(analysis.mask_values(half, SOURCE, TARGET)[0], 0.49, rtol=1e-5)


def test_change_where_nothing_should_change():
    made = TARGET.copy()
    made[TRUE_MASK > 0] = np.where(SOURCE[TRUE_MASK > 0] < 128, SOURCE[TRUE_MASK > 0] + 51, SOURCE[TRUE_MASK > 0] - 51)
    np.testing.assert_allclose(analysis.off_target(made, SOURCE, TARGET), 51 / 255, rtol=1e-5)
    np.testing.assert_allclose(analysis.on_target(made, SOURCE, TARGET), 0)
    half = ((SOURCE.astype(float) + TARGET) / 2).round().astype(np.uint8)
    np.testing.assert_allclose(analysis.on_target(half, SOURCE, TARGET), 0.5, atol=0.02)
    np.testing.assert_allclose(analysis.off_target(half, SOURCE, TARGET), 0, atol=1e-6)


def test_masks_against_the_true_region():
    source, target = np.zeros((3, 4, 4, 3), np.uint8), np.zeros((3, 4, 4, 3), np.uint8)
    target[:, :2, :2, 1] = 9  # four pixels, in one colour
    masks = np.ones((3, 4, 4))
    masks[0, :2, :2], masks[1, :2] = 0.49, 0.0
    np.testing.assert_allclose(analysis.mask_iou(masks, source, target), [1, 0.5, 0])
    assert analysis.changed(source, target).sum((1, 2)).tolist() == [4, 4, 4]


def test_what_a_judge_says_of_the_named_kind_and_the_others():
    read = EDITS.target_attributes.numpy().copy()
    other = (int(EDITS.kind[0]) + 1) % 14
    read[0, other] = (read[0, other] + 1) % COUNTS[other]
    kept = analysis.others_kept(read, EDITS)
    assert kept[0] == pytest.approx(12 / 13) and (kept[1:] == 1).all() and analysis.named_right(read, EDITS).all()
    read[1, EDITS.kind[1]] = EDITS.source_attributes[1, EDITS.kind[1]]
    assert analysis.named_right(read, EDITS).tolist() == [True, False, *[True] * 12]
    assert (analysis.others_kept(read, EDITS) == kept).all()


def test_moved_asks_for_the_old_and_the_new_value_alone():
    chances = {kind: np.full((14, count), 1 / count) for kind, count in zip(KINDS, COUNTS)}
    assert not analysis.moved(chances, EDITS).any()
    kind, after = list(KINDS)[EDITS.kind[2]], int(EDITS.target_attributes[2, EDITS.kind[2]])
    chances[kind][2, after] += 0.01
    assert analysis.moved(chances, EDITS).nonzero()[0].tolist() == [2]


def test_the_judges_own_accuracy():
    numbers = analysis.reading_numbers(Knows(), EDITS)
    assert set(numbers) == {f"judge_{kind.replace(' ', '_')}" for kind in KINDS} | {"judge_mean", "judge_least"}
    assert set(numbers.values()) == {1.0}


def test_with_and_without_sim_side_by_side():
    worse = TARGET.copy()
    worse[:, ::4] = 255 - worse[:, ::4]
    numbers = analysis.comparison(Made(TARGET), Made(worse, None), EDITS, Knows())
    for name in ("ssim", "named", "named_exact", "others_kept", "off_target", "on_target"):
        assert {f"{name}_{each}" for each in ("sim", "plain", "do_nothing", "target")} <= set(numbers)
    assert numbers["ssim_sim"] == pytest.approx(1) == numbers["ssim_target"] and numbers["mask_iou"] == 1
    assert numbers["mask_inside"] == 0 and numbers["mask_outside"] == 1
    assert numbers["ssim_gain"] == pytest.approx(numbers["ssim_sim"] - numbers["ssim_plain"])
    assert 0 < numbers["ssim_gain_low"] < numbers["ssim_gain"] < numbers["ssim_gain_high"]
    assert numbers["off_target_plain"] > 0.02 and numbers["off_target_sim"] == numbers["off_target_do_nothing"] == 0
    assert (numbers["named_do_nothing"], numbers["named_target"]) == (0, 1)


@pytest.fixture(scope="module")
def editor():
    torch.manual_seed(0)
    return Editor(CONFIG, EditingNetworks.made(CONFIG).requires_grad_(False).eval())


def test_cosines_of_opposites(editor):
    pairs = (("make the nose bigger", "make the nose smaller"), ("put on glasses", "put on glasses"))
    cosines = analysis.opposite_cosines(editor, pairs)
    one, other = editor.instruction_vectors(list(pairs[0]))
    assert cosines == pytest.approx([one @ other, 1], abs=1e-5)
    assert analysis.opposite_cosines(editor).shape == (5,)


def test_opposites_of_the_grammar_mean_the_opposite():
    pairs = analysis.grammar_opposites()
    assert len(pairs) > 20 and len(set(pairs)) == len(pairs)
    for pair in pairs:
        up, down = (understand(sentence).meanings for sentence in pair)
        assert len(up) == len(down) == 1 and up[0].kind == down[0].kind, pair
        (measure, rises), (same, falls) = (meaning.trends[0] for meaning in (*up, *down))
        assert (measure, rises, falls) == (same, 1, -1), pair


def test_phases_until_a_level():
    curves = {"phase": [None, 5.0, None, 10.0, 15.0], "dev_ssim": [None, 0.3, None, 0.52, 0.7]}
    assert [analysis.phases_to_level(curves, level) for level in (0.2, 0.5, 0.7, 0.9)] == [5, 10, 15, None]


def test_an_instruction_each_or_none(editor):
    edited = editor.edit(SOURCE[:3], ["a red hat", None, "no beard"])
    assert edited.pictures.shape == (3, 32, 32, 3) and edited.masks.shape == (3, 32, 32)
    alone = editor.edit(SOURCE[:3], [None] * 3)
    changed = np.abs(edited.masks - alone.masks).max((1, 2)) > 1e-5
    assert changed.tolist() == [True, False, True]
    answered = editor.answer(EDITS)
    said = editor.edit(SOURCE, list(few_avatars.few_edits().instructions[:14]))
    np.testing.assert_allclose(said.masks, answered.masks, atol=1e-5)
    assert np.abs(said.pictures.astype(int) - answered.pictures).max() <= 1
    assert (editor(SOURCE, [None] * 14, seed=1) != editor(SOURCE, [None] * 14)).any(), "other noise"


@pytest.mark.parametrize("number", range(5))
def test_pictures_of_another_kind_are_refused(editor, number):
    pictures = (SOURCE[..., :1], SOURCE[:, :16], SOURCE.astype(np.float32), SOURCE[0], "a face")[number]
    reader = AttributeReader(CONFIG, Judge(CONFIG).eval())
    for use in (lambda: editor.edit(pictures, [None] * len(pictures)), lambda: reader(pictures)):
        with pytest.raises(UserError, match=r"expected uint8 \(n, 32, 32, 3\)"):
            use()


def test_as_many_instructions_as_pictures(editor):
    with pytest.raises(UserError, match="one instruction a picture, got 1 for 2"):
        editor.edit(SOURCE[:2], ["smile"])


def test_the_judge_reads_the_likeliest_values():
    torch.manual_seed(0)
    reader = AttributeReader(CONFIG, Judge(CONFIG).requires_grad_(False).eval())
    chances, read = reader.chances(SOURCE), reader(SOURCE)
    assert read.shape == (14, 14)
    for column, kind in enumerate(KINDS):
        np.testing.assert_allclose(chances[kind].sum(1), 1, rtol=1e-5)
        assert (chances[kind].argmax(1) == read[:, column]).all()


def test_what_is_said_means_what_it_should():
    there, again, back, other = (
        [understand(sentence).meanings for sentence in sentences] for sentences in analysis.said(200)
    )
    for meanings in zip(there, again, back, other):
        kinds = [{meaning.kind for meaning in each} for each in meanings]
        assert kinds[0] & kinds[1] and kinds[0] & kinds[2]
    changed_kind = [not {m.kind for m in a} & {m.kind for m in b} for a, b in zip(there, other)]
    assert np.mean(changed_kind) > 0.95
    words = analysis.said(200)
    assert np.mean([a != b for a, b in zip(words.there, words.again)]) > 0.9
    one_form = analysis.said(200, forms=1)
    assert one_form.there == one_form.again and one_form.there != one_form.back


def test_vectors_of_what_is_said(editor):
    numbers = analysis.vector_numbers(editor, n=40)
    own = {"cos_same", "cos_opposites", "cos_unrelated"}
    assert set(numbers) == own | {"cos_opposites_first", "cos_unrelated_first", "cos_paper", "cos_grammar"}
    there, _, back, _ = (editor.instruction_vectors(each) for each in analysis.said(40))
    assert numbers["cos_opposites"] == pytest.approx((there * back).sum(1).mean(), abs=1e-5)
    one_form = Editor(dataclasses.replace(editor.config, forms=1), editor.networks)
    of_one = analysis.vector_numbers(one_form, n=40)
    assert of_one["cos_same"] == pytest.approx(1, abs=1e-5)
    for name in ("cos_opposites", "cos_unrelated"):
        assert of_one[name] == of_one[f"{name}_first"] == numbers[f"{name}_first"] != numbers[name]

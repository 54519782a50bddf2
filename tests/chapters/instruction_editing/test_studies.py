"""Numbers of an editor whose faults are known, chosen triples, chains and undoing,
with perfect and with idle editors in place of a trained one.
"""

from dataclasses import replace

import few_digits
import numpy as np
import pytest
import torch
from few_digits import Idle, Perfect

from ganbook.chapters.instruction_editing import analysis, inference
from ganbook.chapters.instruction_editing.config import Config
from ganbook.chapters.instruction_editing.model import Encoder, Generator
from ganbook.data.digit_edits import held_out
from ganbook.data.edits import DIRECTED, EMPTY, Instruction, State, all_instructions, apply, parse
from ganbook.errors import UserError


@pytest.fixture(scope="module")
def triples():
    """All that can be said of one three and one seven."""
    return few_digits.few_triples(told=tuple(each.text for each in all_instructions()))


def told_by(edits):
    return [parse(text) for text in analysis.sentences(edits)]


def test_sentences_are_those_of_the_triples(triples):
    edits = triples.batch(torch.arange(40))
    for text, before, after in zip(analysis.sentences(edits), edits.source_state.tolist(), edits.target_state.tolist()):
        assert apply(parse(text), State(*before)) == State(*after)


def test_triples_of_carries_the_wanted_instructions_only(triples):
    wanted = {Instruction("move", int(triples.labels[0]), "top"), Instruction("remove", int(triples.labels[-1]))}
    edits = analysis.triples_of(triples, wanted, 60, seed=3)
    assert set(told_by(edits)) == wanted and len(edits.source) == 60
    assert len(edits.source_state.unique(dim=0)) > 5, "of all the states, not of one"
    again, other = (analysis.triples_of(triples, wanted, 60, seed=seed) for seed in (3, 4))
    assert torch.equal(edits.source, again.source) and not torch.equal(edits.source, other.source)
    with pytest.raises(UserError, match="no triple"):
        analysis.triples_of(triples, set(), 5)


def test_in_box_cuts_out_what_a_state_says(triples):
    digit = int(triples.labels[0])
    boxes = [State(digit, 0, 1, 2, 1), State(digit, 2, 0, 1, 2)]
    pictures = analysis.drawn(triples, np.array([0, 0]), boxes)
    cut = analysis.in_box(pictures, np.array(boxes))
    side = pictures.shape[1]
    assert [each.shape for each in cut] == [
        (round(side / 3), round(side / 3 * 2)),
        (round(side / 3 * 2), round(side / 3)),
    ]
    assert all(each.sum() > 0.9 * picture.sum() for each, picture in zip(cut, pictures))


def test_a_moved_digit_is_the_same_digit_and_another_is_not(triples):
    digit = int(triples.labels[0])
    here, there = [State(digit, 0, 0, 2, 2)], [State(digit, 1, 1, 2, 2)]
    before, after = (analysis.drawn(triples, np.array([0]), boxes) for boxes in (here, there))
    other = analysis.drawn(triples, np.array([len(triples.labels) - 1]), there)
    same, another = (analysis.same_digit(before, np.array(here), each, np.array(there))[0] for each in (after, other))
    assert same > 0.9 > another + 0.2


def test_a_perfect_editor_makes_a_perfect_chain_and_an_idle_one_does_not(triples):
    run = analysis.chain(Perfect(triples), triples, 2, 4, seed=1)
    assert run.made.shape == run.truth.shape == run.fresh.shape == (4, 2, *run.start.shape[1:])
    assert run.boxes.shape == (4, 2, 5)
    np.testing.assert_array_equal(run.made, run.truth)
    np.testing.assert_array_equal(run.fresh, run.truth)
    assert all(each.action in DIRECTED for step in run.told for each in step)
    for before, step, after in zip(run.boxes[:-1], run.told[1:], run.boxes[1:]):
        assert [apply(told, State(*box)) for told, box in zip(step, before.tolist())] == [
            State(*box) for box in after.tolist()
        ]
    idle = analysis.chain(Idle(), triples, 2, 4, seed=1)
    np.testing.assert_array_equal(idle.made, np.stack([idle.start] * 4))
    np.testing.assert_array_equal(idle.fresh[1:], idle.truth[:-1])
    np.testing.assert_array_equal(idle.truth, run.truth)


def test_there_and_back_is_where_one_began(triples):
    directed = set(analysis.directed_instructions())
    edits = analysis.triples_of(triples, directed, 12)
    begin = inference.grey(edits.source)
    np.testing.assert_array_equal(analysis.there_and_back(Perfect(triples), edits), begin)
    assert (Perfect(triples)(begin, told_by(edits)) != begin).any((1, 2)).all()


def test_edit_numbers_of_an_idle_editor(triples):
    edits = analysis.some_triples(triples, 60)
    truth = {
        picture.tobytes(): state
        for pictures, states in ((edits.source, edits.source_state), (edits.target, edits.target_state))
        for picture, state in zip(inference.grey(pictures), states.numpy())
    }

    def reader(pictures):
        return np.stack([truth[picture.tobytes()] for picture in pictures])

    numbers = analysis.edit_numbers(Idle(), edits, reader)
    assert numbers["ssim_identity"] == 1 and numbers["judge_all"] == 0
    assert numbers["judge_box"] <= min(numbers[f"judge_{part}"] for part in "xywh") < 1
    assert numbers["ssim_mean"] == pytest.approx(
        analysis.ssim(inference.grey(edits.source), inference.grey(edits.target)).mean()
    )


def test_box_of_the_poorest_looks_at_the_lowest_quarter(triples):
    """Right boxes everywhere but in the quarter with the lowest SSIM."""
    edits = analysis.some_triples(triples, 80)
    order = analysis.ssim(inference.grey(edits.source), inference.grey(edits.target)).argsort()

    def reader(_):
        read = edits.target_state.numpy().copy()
        read[order[:20], 1] += 1
        return read

    numbers = analysis.edit_numbers(Idle(), edits, reader)
    assert numbers["judge_box"] == 0.75 and numbers["judge_box_poorest"] <= 0.1 and numbers["judge_digit"] == 1


def test_generalisation_asks_for_what_was_kept_out_and_for_the_rest(triples):
    """An editor that does everything but what was kept out, and a reader that knows all pictures."""
    every = triples.batch(torch.arange(len(triples)))
    truth = {
        picture.tobytes(): state
        for pictures, states in ((every.source, every.source_state), (every.target, every.target_state))
        for picture, state in zip(inference.grey(pictures), states.numpy())
    }

    class Restrained(Idle):
        def answer(self, edits, seed=0):
            new = np.array([each in held_out() for each in told_by(edits)])
            return np.where(new[:, None, None], inference.grey(edits.source), inference.grey(edits.target))

    def reader(pictures):
        return np.stack([truth[picture.tobytes()] for picture in pictures])

    numbers = analysis.generalisation_numbers(Restrained(), triples, reader, 40)
    assert (numbers["judge_all_new"], numbers["judge_all_known"]) == (0, 1)
    assert numbers["ssim_known"] == 1 > numbers["ssim_new"]


def test_vector_numbers_of_planted_vectors():
    """Vectors with one coordinate for expand and compress and two for the direction; the digit is nowhere."""
    compass = {
        where: (("right" in where) - ("left" in where), ("bottom" in where) - ("top" in where))
        for where in analysis.DIRECTIONS
    }

    def vectors(told):
        rows = []
        for each in told:
            x, y = compass.get(each.where, (0, 0))
            sign = {"expand": 2.0, "compress": -2.0}.get(each.action, 0.0)
            row = np.array([sign, x, y, float(each.action == "put"), float(each.action == "remove"), 1e-9])
            rows.append(row / np.linalg.norm(row))
        return np.array(rows)

    torch.manual_seed(0)
    config = replace(Config(), **few_digits.SMALL)
    editor = type("Planted", (inference.Editor,), {"instruction_vectors": lambda self, told: vectors(told)})(
        config, Encoder(config), Generator(config)
    )
    numbers = analysis.vector_numbers(editor)
    assert numbers["cos_expand_compress"] < -0.5 < 0 < numbers["cos_same_action"]
    assert numbers["negative_expand_compress"] == 1 and numbers["centred_expand_compress"] == pytest.approx(
        numbers["cos_expand_compress"]
    )
    assert numbers["cos_move_opposite"] == pytest.approx(-1) and numbers["cos_move_neighbour"] == pytest.approx(
        0.5**0.5
    )
    assert (
        numbers["var_digit"] == pytest.approx(0, abs=1e-12) and numbers["var_action"] > 0.1 < numbers["var_direction"]
    )
    assert numbers["cos_put_remove"] == pytest.approx(0)
    assert numbers["cos_resize_undo"] == pytest.approx(-1) and numbers["cos_resize_same_side"] == pytest.approx(-7 / 15)


def test_what_all_vectors_share_hides_opposites_until_it_is_taken_off():
    def vectors(told):
        opposed = {"expand": 0.5, "compress": -0.5}
        rows = np.array([[2.0, opposed.get(each.action, 0.0), 0.001 * each.digit] for each in told])
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    editor = type("Planted", (), {"instruction_vectors": lambda self, told: vectors(told)})()
    numbers = analysis.vector_numbers(editor)
    assert (
        numbers["negative_expand_compress"] == 0
        and numbers["cos_expand_compress"] > 0.8
        and numbers["centred_expand_compress"] < -0.9
    )


def test_empty_is_never_the_start_of_a_chain(triples):
    run = analysis.chain(Idle(), triples, 2, 1, seed=0)
    assert (run.start.max((1, 2)) > 0).all() and not (run.boxes == np.array(EMPTY)).all(-1).any()

"""The numbers of the chapter on maps, pictures and readings whose answers are known; what the editor refuses."""

from itertools import combinations, product

import few_digits
import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from ganbook.chapters.instruction_editing import analysis, inference
from ganbook.chapters.instruction_editing.config import Config
from ganbook.chapters.instruction_editing.model import CaptionEncoder, Encoder, Generator, Judge
from ganbook.data.edits import DIRECTED, DIRECTIONS, Instruction, State, apply
from ganbook.errors import UserError

CONFIG = Config(**few_digits.SMALL)


def in_use(make):
    torch.manual_seed(0)
    return make(CONFIG).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def triples():
    return few_digits.few_triples()


@pytest.fixture(scope="module")
def editor():
    return inference.Editor(CONFIG, in_use(Encoder), in_use(Generator))


# Pictures


@pytest.mark.parametrize("output", ["linear", "sigmoid", "tanh"])
def test_pictures_come_back_from_the_range_of_the_networks(output, triples):
    config = Config(output=output)
    pictures = triples.batch(torch.arange(20)).source
    inside = inference.to_range(pictures, config)
    assert inside.min() == pytest.approx(0 if output == "sigmoid" else -1, abs=1e-6) and inside.max() <= 1 + 1e-6
    np.testing.assert_array_equal(inference.to_pictures(inside, config), inference.grey(pictures))


@pytest.mark.parametrize(("output", "low"), [("linear", -1.0), ("tanh", -1.0), ("sigmoid", 0.0)])
def test_what_leaves_the_range_is_clipped(output, low):
    outputs = torch.tensor([low - 5, low, (low + 1) / 2, 1.0, 7.0]).reshape(5, 1, 1, 1).expand(5, 1, 2, 2)
    made = inference.to_pictures(outputs, Config(output=output))
    assert made.dtype == np.uint8 and made.shape == (5, 2, 2) and made[:, 0, 0].tolist() == [0, 0, 128, 255, 255]


def test_ssim_is_scikit_images(triples):
    edits = triples.batch(torch.arange(0, 90, 18))
    source, target = inference.grey(edits.source), inference.grey(edits.target)
    expected = [structural_similarity(one, other, win_size=7, data_range=255) for one, other in zip(source, target)]
    np.testing.assert_allclose(analysis.ssim(source, target), expected)
    np.testing.assert_allclose(analysis.ssim(source, source), 1)
    with pytest.raises(ValueError, match="zip"):
        analysis.ssim(source, target[:2])


def test_correct_counts_each_part_and_all_together():
    truth = np.array([[1, 0, 0, 1, 1], [10, 0, 0, 0, 0], [3, 1, 2, 1, 1], [3, 1, 2, 1, 1]])
    read = truth.copy()
    read[0, 0], read[0, 1], read[1, 3] = 7, 2, 1
    assert analysis.correct(read, truth) == {"digit": 0.75, "x": 0.75, "y": 1.0, "w": 0.75, "h": 1.0, "all": 0.5}


def test_some_triples_are_different_ones_and_the_seed_decides_which(triples):
    drawn = []
    spy = type("Spy", (), {"__len__": lambda self: 95, "batch": lambda self, indices: drawn.append(indices.tolist())})()
    for seed in (0, 0, 1):
        analysis.some_triples(spy, 60, seed)
    assert drawn[0] == drawn[1] != drawn[2] and len(set(drawn[0])) == 60 and set(drawn[0]) <= set(range(95))
    assert len(analysis.some_triples(triples, 7).source) == 7


# The editor


def test_none_means_the_zero_instruction_and_rows_do_not_mix(editor, triples):
    pictures = inference.grey(triples.batch(torch.arange(4)).source)
    told = editor(pictures, ["move three to the left", None, Instruction("remove", 3), None])
    untold = editor(pictures, [None] * 4)
    np.testing.assert_array_equal(told[[1, 3]], untold[[1, 3]])
    assert (told[[0, 2]] != untold[[0, 2]]).any((1, 2)).all()
    np.testing.assert_array_equal(told, editor(pictures, ["Move three to the left.", None, "remove three", None]))


def test_answers_are_those_of_the_sentences(editor, triples):
    edits = triples.batch(torch.arange(0, 95, 19))
    told = [triples_instruction(triples, number) for number in range(0, 95, 19)]
    by_sentence = editor(inference.grey(edits.source), told)
    assert np.abs(editor.answer(edits) - 1.0 * by_sentence).max() <= 2, (
        "rendered pictures are not rounded to grey values"
    )


def triples_instruction(triples, number: int) -> Instruction:
    flat = [edit for label in triples.labels.tolist() for edit in triples.edits[label]]
    return flat[number][1]


def test_the_seed_is_that_of_the_noise(editor, triples):
    edits = triples.batch(torch.arange(3))
    first, again, other = (editor.answer(edits, seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any((1, 2)).all()
    assert torch.equal(
        inference.noise_for(torch.zeros(2, 8), CONFIG, 3), torch.randn(2, 4, generator=torch.Generator().manual_seed(3))
    )


def test_instruction_vectors_are_of_unit_length(editor):
    vectors = editor.instruction_vectors(["remove six", Instruction("remove", 6), "remove two"])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(vectors[0], vectors[1])
    assert vectors[0] @ vectors[2] < 0.9999


@pytest.mark.parametrize(
    ("pictures", "instructions", "message"),
    [
        (np.zeros((1, 64, 64), np.uint8), [None], r"expected uint8 \(n, 32, 32\).*got uint8 \(1, 64, 64\)"),
        (np.zeros((32, 32), np.uint8), [None], r"got uint8 \(32, 32\)"),
        (np.zeros((1, 1, 32, 32), np.uint8), [None], r"got uint8 \(1, 1, 32, 32\)"),
        (np.zeros((1, 32, 32)), [None], "got float64"),
        ([[0]], [None], "got list"),
        (np.zeros((2, 32, 32), np.uint8), [None], "one instruction a picture, got 1 for 2"),
        (np.zeros((1, 32, 32), np.uint8), ["move eleven to the left"], "do not know 'eleven'.*Words that I know: move"),
        (np.zeros((1, 32, 32), np.uint8), [""], "sentence is empty"),
        (np.zeros((1, 32, 32), np.uint8), [3], "expected words, got 3"),
        (np.zeros((1, 32, 32), np.uint8), ["move " * 11], "11 words"),
    ],
)
def test_bad_input_to_the_editor_is_refused(editor, pictures, instructions, message):
    with pytest.raises(UserError, match=message):
        editor(pictures, instructions)


def test_the_painter_paints_captions(triples):
    painter = inference.Painter(CONFIG, in_use(CaptionEncoder), in_use(Generator))
    edits = triples.batch(torch.arange(3))
    from ganbook.data.edits import describe

    captions = [describe(State(*row)) for row in edits.target_state.tolist()]
    np.testing.assert_array_equal(painter(captions), painter.answer(edits))
    with pytest.raises(UserError, match="do not know 'elephant'"):
        painter(["elephant"])


def test_the_reader_names_the_likeliest_values(triples):
    judge = in_use(Judge)
    pictures = inference.grey(triples.batch(torch.arange(6)).source)
    read = inference.StateReader(CONFIG, judge)(pictures)
    logits = judge(torch.from_numpy(pictures / 127.5 - 1).float()[:, None])
    np.testing.assert_array_equal(read, np.stack([value.argmax(1) for value in logits.values()], axis=1))
    side = CONFIG.resolution
    for wrong in (pictures[:, 1:], pictures.astype(float), [[0]]):
        with pytest.raises(UserError, match=rf"expected uint8 \(n, {side}, {side}\)"):
            inference.StateReader(CONFIG, judge)(wrong)


# The instruction vectors


def test_the_order_of_figure_7():
    """Section 4.5: action, then direction, then digit."""
    order = analysis.directed_instructions()
    assert [each.text for each in (order[0], order[1], order[9], order[10])] == [
        "move zero to the top",
        "move one to the top",
        "move nine to the top",
        "move zero to the left",
    ]
    assert order[80].text == "expand zero to the top" and order[160].text == "compress zero to the top"
    assert order[-1].text == "compress nine to the bottom right" and len(set(order)) == 240
    put = analysis.put_instructions()
    assert put[0].text == "put zero on the top" and put[-1].text == "put nine on the middle" and len(set(put)) == 90
    assert [each.text for each in analysis.remove_instructions()[::9]] == ["remove zero", "remove nine"]


def test_opposites_undo_one_another_and_neighbours_share_half_their_way():
    start = State(0, 1, 1, 1, 1)

    def way(where):
        after = apply(Instruction("move", 0, where), start)
        return np.array([after.x - 1, after.y - 1])

    assert len(analysis.OPPOSITES) == 4 and {where for pair in analysis.OPPOSITES for where in pair} == set(DIRECTIONS)
    assert all((way(one) == -way(other)).all() for one, other in analysis.OPPOSITES)
    expected = {
        frozenset(pair) for pair in combinations(DIRECTIONS, 2) if np.abs(way(pair[0]) - way(pair[1])).sum() == 1
    }
    assert {frozenset(pair) for pair in analysis.NEIGHBOURS} == expected and len(analysis.NEIGHBOURS) == 8


def test_a_cosine_map():
    rows, columns = np.eye(3), np.array([[1, 0, 0], [0.6, 0.8, 0]])
    np.testing.assert_allclose(analysis.cosine_map(rows, columns), [[1, 0.6], [0, 0.8], [0, 0]])


def test_a_mean_over_pairs_is_that_of_the_pairs_one_by_one():
    order = analysis.directed_instructions()
    cosines = np.random.default_rng(0).uniform(-1, 1, (240, 240))
    pairs = [
        ({"action": "move", "where": one}, {"action": "move", "where": other}) for one, other in analysis.OPPOSITES
    ]
    one_by_one = [
        cosines[i, j]
        for (i, first), (j, second) in product(enumerate(order), repeat=2)
        if first.action == second.action == "move" and (first.where, second.where) in analysis.OPPOSITES
    ]
    assert len(one_by_one) == 400
    assert analysis.mean_cosine(cosines, order, pairs) == pytest.approx(np.mean(one_by_one))


def test_an_instruction_is_no_pair_with_itself():
    order = analysis.directed_instructions()
    assert analysis.mean_cosine(np.eye(240), order, [({"action": "move"}, {"action": "move"})]) == 0
    assert analysis.mean_cosine(np.eye(240), order, [({}, {})]) == 0
    with pytest.raises(UserError, match="no two instructions"):
        analysis.mean_cosine(np.eye(240), order, [({"action": "fly"}, {})])


def vectors_of(*factors: str) -> np.ndarray:
    """Vectors of the 240 instructions that know these factors only: one axis for each value."""
    values = {"action": DIRECTED, "where": DIRECTIONS, "digit": range(10)}
    blocks = [
        [[float(getattr(each, name) == value) for value in values[name]] for each in analysis.directed_instructions()]
        for name in factors
    ]
    return np.concatenate(blocks, axis=1) / len(factors) ** 0.5


def test_a_factor_that_is_not_told_does_not_vary():
    told = vectors_of("action", "where")
    variances = analysis.factor_variances(told @ told.T)
    assert {name: len(values) for name, values in variances.items()} == {"digit": 24, "direction": 30, "action": 80}
    np.testing.assert_allclose(variances["digit"], 0, atol=1e-12)
    # an 8 x 8 block has 8 ones and 56 halves, a 3 x 3 block 3 ones and 6 halves
    np.testing.assert_allclose(variances["direction"], 0.25 * (8 / 64) * (56 / 64))
    np.testing.assert_allclose(variances["action"], 0.25 * (3 / 9) * (6 / 9))


def test_a_map_that_knows_the_digit_alone():
    told = vectors_of("digit")
    variances = analysis.factor_variances(told @ told.T)
    np.testing.assert_allclose(variances["digit"], 0.1 * 0.9)
    np.testing.assert_allclose(np.concatenate([variances["direction"], variances["action"]]), 0, atol=1e-12)

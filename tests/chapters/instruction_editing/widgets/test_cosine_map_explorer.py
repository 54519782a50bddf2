import numpy as np
import pytest

from ganbook.chapters.instruction_editing.widgets import CosineMapExplorer, editing
from ganbook.chapters.instruction_editing.widgets.cosine_map_explorer import common_boxes
from ganbook.data.edits import DIRECTED, DIRECTIONS, EMPTY, POSITIONS, Instruction, State, allowed, instructions
from ganbook.errors import UserError

TOLD = [each for digit in (3, 6) for each in instructions(digit)]


@pytest.fixture(scope="module")
def cosines():
    vectors = np.random.default_rng(0).standard_normal((len(TOLD), 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors @ vectors.T


@pytest.fixture
def explorer(shifter, cosines):
    return CosineMapExplorer(shifter.edit, cosines, TOLD, shifter.digits, shifter.labels, resolution=30, pair=(0, 4))


def test_the_front_end_gets_the_map(explorer, cosines):
    state = explorer.get_state()
    np.testing.assert_allclose(
        np.frombuffer(state["cosines"], np.int16).reshape(68, 68) / state["scale"], cosines, atol=1e-4
    )
    assert [each[3] for each in state["instructions"]] == [each.text for each in TOLD]


def test_a_pair_is_shown_on_the_digits_it_names_or_on_another(explorer, shifter, sent):
    pair = [TOLD.index(Instruction("move", 3, "left")), TOLD.index(Instruction("compress", 6, "top"))]
    for digit, shown in [(None, (3, 6)), (8, (8, 8))]:
        explorer._on_message(explorer, {"id": "view-1", "pair": pair, "digit": digit}, [])
        content, buffers = sent.pop()
        pictures = [np.frombuffer(each, np.uint8).reshape(30, 30) for each in buffers]
        assert content["pair"] == pair
        boxes = common_boxes(("move", "left"), ("compress", "top"))
        for k, (label, box) in enumerate(zip(shown, boxes, strict=True)):
            source = editing.Canvas(30)(shifter.digits[6 * label], State(label, *box))
            np.testing.assert_array_equal(pictures[2 * k], source)
            np.testing.assert_array_equal(pictures[2 * k + 1], shifter.edit(source[None], [TOLD[pair[k]].text])[0])


def test_any_two_directed_instructions_share_a_source_that_allows_both():
    directed = [(action, where) for action in DIRECTED for where in DIRECTIONS]
    for first in directed:
        for second in directed:
            one, other = common_boxes(first, second)
            assert one == other
            possible = allowed(State(0, *one))
            assert {Instruction(first[0], 0, first[1]), Instruction(second[0], 0, second[1])} <= set(possible)


def test_put_starts_from_an_empty_canvas_and_remove_does_not():
    for where in POSITIONS:
        assert common_boxes(("put", where), ("put", "middle")) == (EMPTY[1:], EMPTY[1:])
        empty, full = common_boxes(("put", where), ("remove", ""))
        assert empty == EMPTY[1:] and full != EMPTY[1:]


def test_it_opens_at_the_most_opposed_pair_of_one_digit(shifter, cosines):
    first, second = CosineMapExplorer(shifter.edit, cosines, TOLD, shifter.digits, shifter.labels, resolution=30).pair
    same = np.array([[one.digit == other.digit for other in TOLD] for one in TOLD])
    assert TOLD[first].digit == TOLD[second].digit and cosines[first, second] == cosines[same].min()


def test_the_pair_can_be_set_and_is_checked(explorer, cosines):
    explorer.pair = (5, 40)
    assert explorer.pair == [5, 40] and explorer.cosine() == pytest.approx(cosines[5, 40])
    assert explorer.summary() == f"“{TOLD[5].text}” and “{TOLD[40].text}”: cosine {cosines[5, 40]:.2f}."
    for wrong in ([5], [5, 68], [-1, 0]):
        with pytest.raises(UserError, match="0 to 67"):
            explorer.pair = wrong


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"cosines": np.zeros((3, 3))}, r"of shape \(68, 68\).*\(3, 3\)"),
        ({"cosines": np.full((68, 68), 1.5)}, r"lie in \[-1, 1\]"),
        ({"cosines": np.full((68, 68), np.nan)}, "NaN"),
        ({"instructions": [each.text for each in TOLD]}, "different ganbook.data.edits.Instruction"),
        ({"instructions": TOLD[:1] * 2}, "different"),
        ({"labels": np.zeros(60, int)}, r"none of \[3, 6\]"),
        ({"edit": None}, "must be a function"),
    ],
)
def test_arguments_that_cannot_be_are_refused(shifter, cosines, change, says):
    arguments = {
        "edit": shifter.edit,
        "cosines": cosines,
        "instructions": TOLD,
        "digits": shifter.digits,
        "labels": shifter.labels,
    }
    with pytest.raises(UserError, match=says):
        CosineMapExplorer(*(arguments | change).values(), resolution=30)


def test_the_text_of_the_still_comes_from_the_data(explorer, cosines):
    whole, pair = (panel.alt for panel in explorer.still_panels())
    rows = [n for n, each in enumerate(TOLD) if each.action == "expand"]
    columns = [n for n, each in enumerate(TOLD) if each.action == "compress"]
    assert f"expand and compress {cosines[np.ix_(rows, columns)].mean():.2f}" in whole
    block = cosines[np.ix_(rows, rows)]
    assert f"expand and expand {block[~np.eye(len(rows), dtype=bool)].mean():.2f}" in whole
    assert explorer.summary() in pair
    assert explorer._repr_mimebundle_()[0]["text/html"].count("data:image/webp;base64,") == 4

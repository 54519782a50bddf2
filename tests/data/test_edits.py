from collections import Counter
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganbook.data import DIGIT_WORDS
from ganbook.data.digit_edits import CAPTION_WORDS, MAX_WORDS, edits_of
from ganbook.data.edits import (
    ACTIONS,
    EMPTY,
    MAX_INSTRUCTION_WORDS,
    NULL,
    POSITIONS,
    WORDS,
    Instruction,
    State,
    all_instructions,
    allowed,
    apply,
    describe,
    instructions,
    parse,
    states,
    undo,
)
from ganbook.errors import UserError

EVERYTHING = [(before, instruction) for digit in range(NULL) for before, instruction, _ in edits_of(digit)]

# The same rules told otherwise: a digit is the set of the cells that it covers.

ALL_CELLS = frozenset(product(range(3), range(3)))
STEPS = {"left": (-1, 0), "right": (1, 0), "top": (0, -1), "bottom": (0, 1), "middle": (0, 0)}


def rectangles(any_shape: bool) -> set[frozenset]:
    found = set()
    for (left, top), (right, bottom) in product(ALL_CELLS, repeat=2):
        if left <= right and top <= bottom and (any_shape or abs((right - left) - (bottom - top)) <= 1):
            found.add(frozenset(product(range(left, right + 1), range(top, bottom + 1))))
    return found


def shift(cells: frozenset, *names: str) -> frozenset:
    for dx, dy in map(STEPS.get, names):
        cells = frozenset((x + dx, y + dy) for x, y in cells)
    return cells


def after(action: str, where: str, cells: frozenset) -> frozenset | None:
    """The cells after an instruction on the right digit;
    None where the empty canvas would need to be full or the full one empty.
    """
    names = where.split()
    if action == "put":
        return None if cells else shift(frozenset([(1, 1)]), *names)
    if not cells:
        return None
    if action == "remove":
        return frozenset()
    moved = [shift(cells, *some) for some in ([], *([name] for name in names), names)]
    return {"move": moved[-1], "expand": frozenset.union(*moved), "compress": frozenset.intersection(*moved)}[action]


def counted(any_shape: bool) -> dict[tuple[frozenset, str, str], frozenset]:
    """All edits of one digit: (cells before, action, where) -> cells after."""
    boxes = rectangles(any_shape)
    found = {}
    for before in {frozenset(), *boxes}:
        for action, _, where in instructions(0):
            result = after(action, where, before)
            if result is not None and (result in boxes or action == "remove"):
                found[before, action, where] = result
    return found


def cells_of(state: State) -> frozenset:
    return frozenset(product(range(state.x, state.x + state.w), range(state.y, state.y + state.h)))


@pytest.mark.parametrize("digit", [0, 7])
def test_states_and_edits_are_those_of_the_brute_force(digit):
    assert {cells_of(state) for state in states(digit)} == {frozenset(), *rectangles(any_shape=False)}
    assert len(states(digit)) == 31
    edits = {
        (cells_of(before), action, where): cells_of(after) for before, (action, _, where), after in edits_of(digit)
    }
    assert edits == counted(any_shape=False)
    assert len(edits_of(digit)) == len(edits) == 315
    assert Counter(action for _, action, _ in edits) == {
        "move": 100,
        "expand": 88,
        "compress": 88,
        "put": 9,
        "remove": 30,
    }
    for before, instruction, result in edits_of(digit):
        assert instruction.digit == digit
        assert {before.digit, result.digit} <= {digit, NULL}


def test_boxes_of_any_shape_would_make_the_papers_number_of_triples():
    assert len(rectangles(any_shape=True)) == 36
    edits = counted(any_shape=True)
    assert len(edits) == 369
    assert Counter(action for _, action, _ in edits) == {
        "move": 108,
        "expand": 108,
        "compress": 108,
        "put": 9,
        "remove": 36,
    }


def test_the_papers_example():
    instruction = Instruction("expand", 0, "top right")
    assert instruction.text == "expand zero to the top right"
    assert apply(instruction, State(0, 0, 2, 1, 1)) == State(0, 0, 1, 2, 2)


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("move six to the bottom left", (6, 1, 0, 2, 2), (6, 0, 1, 2, 2)),
        ("expand six to the left", (6, 1, 1, 1, 1), (6, 0, 1, 2, 1)),
        ("compress six to the left", (6, 0, 0, 3, 3), (6, 0, 0, 2, 3)),
        ("compress six to the bottom right", (6, 0, 0, 3, 3), (6, 1, 1, 2, 2)),
        ("put six on the middle", EMPTY, (6, 1, 1, 1, 1)),
        ("put six on the top right", EMPTY, (6, 2, 0, 1, 1)),
        ("remove six", (6, 0, 0, 3, 2), EMPTY),
    ],
)
def test_known_edits(text, before, after):
    assert apply(parse(text), State(*before)) == after


def test_undo_leads_back():
    for before, instruction in EVERYTHING:
        if instruction.action == "remove" and (before.w, before.h) != (1, 1):
            with pytest.raises(UserError, match=f'"{instruction.text}" cannot be undone by one instruction'):
                undo(instruction, before)
        else:
            assert apply(undo(instruction, before), apply(instruction, before)) == before


def test_undo_needs_a_possible_instruction():
    with pytest.raises(UserError, match="would leave the canvas"):
        undo(parse("move one to the left"), State(1, 0, 0, 1, 1))


def test_allowed_is_what_can_be_applied():
    for state in (*states(3), *states(8)):
        assert set(allowed(state)) == {i for i in all_instructions() if can(i, state)}
    assert len(allowed(EMPTY)) == 90
    assert [instruction.where for instruction in allowed(EMPTY, 4)] == list(POSITIONS)
    assert {instruction.digit for instruction in allowed(EMPTY, 4)} == {4}


def can(instruction: Instruction, state: State) -> bool:
    try:
        return apply(instruction, state) is not None
    except UserError:
        return False


def test_instructions_follow_figure_7():
    assert len(instructions(5)) == 34
    assert len(all_instructions()) == len({instruction.text for instruction in all_instructions()}) == 340
    assert list(dict.fromkeys(instruction.action for instruction in instructions(5))) == list(ACTIONS)
    assert {word for instruction in all_instructions() for word in instruction.text.split()} == set(WORDS)
    assert max(len(instruction.text.split()) for instruction in all_instructions()) == MAX_INSTRUCTION_WORDS


def test_every_text_is_read_back():
    for instruction in all_instructions():
        assert parse(instruction.text) == instruction


@given(
    instruction=st.sampled_from(sorted(all_instructions())),
    capitals=st.lists(st.booleans(), min_size=40, max_size=40),
    spaces=st.lists(st.text(" \t\n", min_size=1, max_size=3), min_size=7, max_size=7),
    end=st.sampled_from(["", ".", "!", " .", ".\n"]),
)
def test_capitals_and_spaces_do_not_matter(instruction, capitals, spaces, end):
    letters = [letter.upper() if high else letter for letter, high in zip(instruction.text, capitals, strict=False)]
    words = "".join(letters).split()
    assert parse("".join(space + word for space, word in zip(spaces, words, strict=False)) + end) == instruction


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=MAX_INSTRUCTION_WORDS).map(" ".join))
def test_known_words_in_another_order_are_refused(text):
    if text in {instruction.text for instruction in all_instructions()}:
        assert parse(text).text == text
    else:
        with pytest.raises(UserError, match=f'^I cannot read "{text}". Say for instance "move six to the left"'):
            parse(text)


@given(st.text())
def test_any_text_is_read_or_refused(text):
    try:
        parse(text)
    except UserError as error:
        assert len(str(error)) < 600
        assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The sentence is empty. Words that I know: move, "),
        (" .\n", "The sentence is empty. Words that I know: move, "),
        ("hop seven to the moon", "I do not know 'hop', 'moon'. Words that I know: move, expand, "),
        ("seven, left", "I do not know 'seven,'. Words"),
        ("move seven wide at the left", "I do not know 'wide', 'at'. Words"),
        ("move seven seven seven seven to the left", "The sentence has 8 words; say it in 6 at most."),
        ("please " * 1000, "The sentence has 1000 words; say it in 6 at most."),
        ("move seven on the left", 'I cannot read "move seven on the left". Say for instance'),
        ("move seven to the middle", 'I cannot read "move seven to the middle". Say for instance'),
        (None, "expected words, got None"),
        (7, "expected words, got 7"),
    ],
)
def test_what_cannot_be_read(text, message):
    with pytest.raises(UserError) as error:
        parse(text)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "state", "message"),
    [
        (
            "move six to the left",
            (6, 0, 1, 2, 2),
            '"move six to the left" is not possible here: the digit would leave the canvas.',
        ),
        ("expand six to the top right", (6, 0, 0, 1, 1), "is not possible here: the digit would leave the canvas."),
        ("compress six to the top", (6, 0, 0, 2, 1), "is not possible here: the digit is only one cell high."),
        ("compress six to the left", (6, 0, 0, 1, 2), "is not possible here: the digit is only one cell wide."),
        (
            "expand six to the right",
            (6, 0, 0, 2, 1),
            "is not possible here: width and height may differ by one cell at most.",
        ),
        (
            "move six to the left",
            (8, 1, 1, 1, 1),
            '"move six to the left" is not possible: the canvas shows eight, not six.',
        ),
        ("remove six", EMPTY, '"remove six" is not possible: the canvas is empty.'),
        (
            "put six on the top",
            (8, 1, 1, 1, 1),
            '"put six on the top" needs an empty canvas: say "remove eight" first.',
        ),
    ],
)
def test_what_cannot_be_done(text, state, message):
    with pytest.raises(UserError) as error:
        apply(parse(text), State(*state))
    assert str(error.value).endswith(message)


@pytest.mark.parametrize(
    "instruction", [("fly", 6, "top"), ("move", 6, "middle"), ("move", 10, "top"), ("remove", 6, "top"), ("move", 6)]
)
def test_there_are_no_other_instructions(instruction):
    with pytest.raises(UserError, match="there is no instruction"):
        apply(Instruction(*instruction), State(6, 1, 1, 1, 1))


@pytest.mark.parametrize(
    "state", [(6, 0, 0, 3, 1), (6, 2, 2, 2, 2), (6, -1, 0, 1, 1), (6, 0, 0, 0, 0), (10, 0, 0, 1, 1), (11, 0, 0, 1, 1)]
)
def test_there_are_no_other_states(state):
    for function in (allowed, lambda state: apply(parse("remove six"), state)):
        with pytest.raises(UserError, match="there is no state"):
            function(State(*state))


def test_captions_tell_all_states_apart():
    every = {EMPTY, *(state for digit in range(NULL) for state in states(digit))}
    captions = {describe(state) for state in every}
    assert len(captions) == len(every) == 301
    assert {word for text in captions for word in text.split()} <= set(CAPTION_WORDS)
    assert max(len(text.split()) for text in captions) <= MAX_WORDS
    assert describe(EMPTY) == "nothing"
    assert describe(State(3, 0, 0, 2, 1)) == "three two wide one high at the top left"
    assert describe(State(8, 1, 1, 1, 1)) == f"{DIGIT_WORDS[8]} one wide one high at the middle"

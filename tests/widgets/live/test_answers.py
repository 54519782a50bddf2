"""What the page's JavaScript answers in Python's place, question by question against Python."""

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from ganbook.chapters.instruction_editing.widgets import SsimExplorer, editing
from ganbook.chapters.instruction_editing.widgets.cosine_map_explorer import common_boxes, possible_boxes
from ganbook.data import drawing, load_digits
from ganbook.data.captions import DIGIT_WORDS
from ganbook.data.edits import ACTIONS, POSITIONS, State, all_instructions, allowed, apply, states
from ganbook.errors import UserError
from ganbook.metrics import ssim

FOLDER = Path(editing.__file__).parent / "answers"
GRAMMAR = {"actions": ACTIONS, "places": POSITIONS, "digits": DIGIT_WORDS}
RULES = {
    "ink": drawing.INK,
    "smallest": drawing.SMALLEST,
    "fullest": drawing.FULLEST,
    "box": drawing.BOX,
    "centre": drawing.CENTRE,
}


@pytest.fixture(scope="module")
def page(browser: Browser) -> Page:
    """A blank page with the answers as plain functions, and the language of instructions made from Python's tables."""
    page = browser.new_page()
    page.add_script_tag(
        content="const answers = {};" + "".join((FOLDER / name).read_text() for name in ("editing.js", "likeness.js"))
    )
    page.evaluate(
        "([grammar, tables]) => { window.language = instructionLanguage(grammar, tables); }",
        [GRAMMAR, editing.language_tables()],
    )
    yield page
    page.close()


def refusal_or(work, *arguments):
    try:
        return work(*arguments)
    except UserError as refusal:
        return str(refusal)


def test_every_instruction_in_every_state_leads_where_python_says(page):
    told = sorted(all_instructions())
    found = page.evaluate(
        """([told, states]) => states.map(state => told.map(each => {
            try { return language.apply(each, state); } catch (refusal) { return refusal.message; } }))""",
        [told, [*states(3), *states(8)]],
    )
    for state, row in zip([*states(3), *states(8)], found, strict=True):
        for instruction, after in zip(told, row, strict=True):
            expected = refusal_or(apply, instruction, state)
            assert after == (expected if isinstance(expected, str) else list(expected)), (state, instruction)


def test_the_same_instructions_are_offered_in_the_same_order(page):
    for state in states(5):
        found = page.evaluate("state => language.allowed(state, [5, 1, 9])", state)
        assert found == [[*each, each.text] for each in allowed(state) if each.digit in {5, 1, 9}]


TYPED = [
    "move six to the left",
    "  MOVE six   to the LEFT .!",
    "put six on the middle",
    "remove six",
    "",
    " . ",
    "move",
    "six move",
    "moev six to teh left",
    "frobnicate six",
    "move six to the left now please and then do it once more",
    "x" * 250,
    "x" * 40,
    "x" * 30,
    "don't six",
    'say "six"',
    'it\'s "six"',
    "back\\slash six",
    "move six to the middle",
    "expand zero to the bottom right",
    "zwölf six",
]


@pytest.mark.parametrize("text", TYPED)
def test_what_a_person_types_is_read_or_refused_in_the_same_words(page, text):
    state = State(6, 1, 1, 1, 1)
    found = page.evaluate(
        """([text, state]) => { try { const told = language.parse(text); return [told, language.apply(told, state)]; }
            catch (refusal) { return refusal.message; } }""",
        [text, state],
    )
    expected = refusal_or(editing.told, text, state)
    assert found == (expected if isinstance(expected, str) else [list(expected[0]), list(expected[1])])


@pytest.mark.parametrize("resolution", [30, 48, 64])
def test_digits_are_drawn_alike_in_every_box(page, resolution):
    digits, canvas = load_digits("test", "embedded").images[:31], editing.Canvas(resolution)
    sides = [[start, length, list(matrix)] for start, length, matrix in canvas.sides()]
    found = page.evaluate(
        """([resolution, sides, digits, states]) => {
            const parts = sides.map(([start, length, data]) => [start, length, Uint8Array.from(data)]);
            const draw = digitCanvas(resolution, parts);
            return states.map((state, n) => [...draw(Uint8Array.from(digits[n]), state)]); }""",
        [resolution, sides, digits.reshape(31, -1).tolist(), states(0)],
    )
    expected = np.stack([canvas(digit, state).ravel() for digit, state in zip(digits, states(0), strict=True)])
    # float32 there, float64 here: a grey value may fall to either side
    np.testing.assert_allclose(found, expected.astype(int), atol=1)
    assert (np.array(found) == expected).mean() > 0.9999


def test_ssim_is_that_of_scikit_image(page):
    rng = np.random.default_rng(0)
    first, noise = rng.integers(0, 256, (4, 30, 30), dtype=np.uint8), rng.integers(-40, 40, (4, 30, 30))
    other = np.clip(first + noise, 0, 255).astype(np.uint8)
    pairs = [*zip(first, other, strict=True), (first[0], first[0]), (first[0], np.zeros_like(first[0]))]
    found = [
        page.evaluate("([a, b]) => structuralSimilarity(a, b, 30)", [a.ravel().tolist(), b.ravel().tolist()])
        for a, b in pairs
    ]
    expected = ssim(*(np.stack(each) for each in zip(*pairs, strict=True)))
    np.testing.assert_allclose(found, expected, atol=1e-12)


def strokes(seed: int, side: int = 196) -> np.ndarray:
    rng = np.random.default_rng(seed)
    picture = np.zeros((side, side), np.uint8)
    for _ in range(rng.integers(1, 4)):
        top, left = rng.integers(0, side - 60, 2)
        height, width = rng.integers(8, 60, 2)
        picture[top : top + height, left : left + width] = rng.integers(20, 256, (height, width))
    return picture


def test_drawings_become_the_same_digits(page):
    for seed in range(25):
        picture = strokes(seed)
        found = page.evaluate(
            "([drawing, rules]) => [...centredDigit(Uint8Array.from(drawing), 196, rules)]",
            [picture.ravel().tolist(), RULES],
        )
        # Pillow's last bit
        np.testing.assert_allclose(np.reshape(found, (28, 28)), drawing.centred_digit(picture).astype(int), atol=1)


def test_small_drawings_are_enlarged_alike(page):
    picture = np.zeros((40, 40), np.uint8)
    picture[5:12, 20:31] = np.random.default_rng(0).integers(40, 256, (7, 11))
    found = page.evaluate(
        "([drawing, rules]) => [...centredDigit(Uint8Array.from(drawing), 40, rules)]",
        [picture.ravel().tolist(), RULES],
    )
    np.testing.assert_array_equal(np.reshape(found, (28, 28)), drawing.centred_digit(picture))


@pytest.mark.parametrize(
    "picture",
    [np.zeros((60, 60)), np.full((60, 60), 255), np.pad([[255]], ((5, 54), (5, 54)))],
    ids=["empty", "full", "speck"],
)
def test_a_drawing_is_refused_in_the_same_words(page, picture):
    picture = picture.astype(np.uint8)
    found = page.evaluate(
        """([drawing, rules]) => {
            try { return centredDigit(Uint8Array.from(drawing), 60, rules); }
            catch (refusal) { return refusal.message; } }""",
        [picture.ravel().tolist(), RULES],
    )
    assert found == refusal_or(drawing.centred_digit, picture)


def test_a_pair_of_instructions_is_shown_in_the_same_boxes(page):
    kinds = sorted({(each.action, each.where) for each in all_instructions()})
    for first in kinds[::5]:
        for second in kinds:
            lists = [possible_boxes(*first), possible_boxes(*second)]
            shared = page.evaluate("([a, b]) => a.find(box => b.some(other => sameList(box, other))) ?? null", lists)
            expected = common_boxes(first, second)
            assert (shared is None) == (expected[0] != expected[1])
            assert expected == ((tuple(shared),) * 2 if shared else (lists[0][0], lists[1][0]))


def test_examples_of_a_range_are_the_same(page):
    rng = np.random.default_rng(0)
    pictures, likeness = rng.integers(0, 256, (3, 200, 8, 8), dtype=np.uint8), rng.uniform(0.2, 1, 200).round(2)
    explorer = SsimExplorer(*pictures, [f"text {n}" for n in range(200)], likeness)
    facts = explorer.page_facts().facts
    facts["pictures"] = list(facts["pictures"])
    for span, number in [([0.2, 1.0], 0), ([0.5, 0.7], 1), ([0.5, 0.7], 7), ([0.41, 0.411], 0), ([0.3, 0.3], 0)]:
        found = page.evaluate(
            """async ([facts, side, request]) => {
                const known = { ...facts, pictures: Uint8Array.from(facts.pictures) };
                const answer = await answers.ssim_explorer(known, { side })(request);
                return { ...answer, buffers: [...answer.buffers[0]] }; }""",
            [facts, 8, {"span": span, "page": number}],
        )
        content, (pixels,) = explorer._examples(span, number)
        assert found.pop("buffers") == list(pixels)
        assert found.pop("mean") == pytest.approx(content.pop("mean"), abs=1e-12)
        assert found == content


def test_the_tables_keep_no_word_of_the_digit_they_were_made_with():
    tables = editing.language_tables()
    sentences = {each for row in tables["outcomes"].values() for each in row.values() if isinstance(each, str)}
    assert len(tables["outcomes"]) == 31 and {len(row) for row in tables["outcomes"].values()} == {34}
    assert all("{text}" in each and "zero" not in each for each in sentences)
    assert set(re.findall(r"\{\w+\}", tables["other_digit"])) == {"{text}", "{shown}", "{named}"}

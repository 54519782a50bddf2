"""The three widgets of `instruction_editing` in a real JupyterLab,
used as a person would, against Python's own answers.
"""

import re
import runpy
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect
from widget_pages import shown, tell

from ganbook.chapters.instruction_editing.widgets import SsimExplorer, editing
from ganbook.data.edits import DIRECTED, Instruction, State, instructions
from ganbook.metrics import ssim

SHIFTER = Path(__file__).parents[1] / "chapters/instruction_editing/widgets/shifter.py"
EDITOR = """
from ganbook.chapters.instruction_editing.widgets import CosineMapExplorer, InstructionEditor, SsimExplorer

InstructionEditor(edit, digits, labels, resolution=SIDE, sample=36)
"""
MADE = """
from ganbook.data.edits import instructions

told = [each for digit in (3, 6) for each in instructions(digit)]
vectors = np.random.default_rng(0).standard_normal((len(told), 8))
vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
rng = np.random.default_rng(1)
pictures = rng.integers(0, 256, (3, 200, 30, 30), dtype=np.uint8)
texts = [told[n % len(told)].text for n in range(200)]
ssim = rng.uniform(0.31, 1, 200)
"""
COSINES = "CosineMapExplorer(edit, vectors @ vectors.T, told, digits, labels, resolution=SIDE)"
SSIM = "SsimExplorer(*pictures, texts, ssim, do_nothing=ssim / 2 + 0.3)"
CELLS = [SHIFTER.read_text(), EDITOR, MADE, COSINES, SSIM]
WIDE, PHONE = {"width": 1280, "height": 3600}, {"width": 390, "height": 6400}


@pytest.fixture(scope="module")
def opened(run_notebook) -> Page:
    page = run_notebook("editing.ipynb", CELLS)
    expect(page.locator(".gb-widget")).to_have_count(3)
    page.set_viewport_size(WIDE)
    return page


@pytest.fixture
def editor(page: Page) -> Locator:
    return page.locator(".gb-editor")


@pytest.fixture
def cosines(page: Page) -> Locator:
    return page.locator(".gb-cosines")


@pytest.fixture
def likeness(page: Page) -> Locator:
    return page.locator(".gb-ssim")


@pytest.fixture(scope="module")
def shifter() -> dict:
    return runpy.run_path(str(SHIFTER))


@pytest.fixture(scope="module")
def made(shifter: dict) -> dict:
    names = {"np": np}
    exec(MADE, names)
    return names


def expect_step(editor: Locator, shifter: dict, text: str, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The editor shows this edit with all its pictures and numbers; returns the model's result."""
    result = shifter["edit"](source[None], [text])[0]
    expect(editor.locator(".gb-edit h4")).to_have_text(f"3. Edit: {text}")
    expect(editor.locator(".gb-figure-value")).to_have_text(f"{ssim(result[None], target[None])[0]:.2f}")
    canvases = editor.locator(".gb-four canvas")
    for number, picture in enumerate((source, result, target)):
        np.testing.assert_array_equal(shown(canvases.nth(number)), np.repeat(picture[..., None], 3, axis=2))
    np.testing.assert_allclose(shown(canvases.nth(3)), editing.difference(result, target), atol=1)
    expect(editor.locator(".gb-strip li").last).to_contain_text(text)
    expect(editor.locator("[aria-live]")).to_contain_text(
        f"{text}: SSIM of result and target {ssim(result[None], target[None])[0]:.2f}"
    )
    return result


def test_edits_are_chained_on_the_models_own_result_or_on_the_truth(editor, shifter):
    six, canvas = shifter["digits"][36], editing.Canvas(30)
    start, first, second, third = (
        canvas(six, State(6, *box)) for box in [(0, 2, 1, 1), (0, 1, 2, 2), (1, 1, 2, 2), (1, 0, 2, 2)]
    )
    result = shifter["edit"](start[None], ["expand six to the top right"])[0]
    expect(editor.locator(".gb-edit h4")).to_have_text("3. Edit: expand six to the top right")
    np.testing.assert_array_equal(shown(editor.locator(".gb-four canvas").nth(2))[..., 0], first)
    tell(editor, "  Move SIX to the right.")
    expect_step(editor, shifter, "move six to the right", result, second)
    editor.get_by_label("Next step starts from").select_option("target")
    tell(editor, "move six to the top")
    expect_step(editor, shifter, "move six to the top", second, third)
    expect(editor.locator(".gb-strip li")).to_have_count(4)
    undo = editor.get_by_role("button", name="Undo")
    for left in (3, 2, 1):
        undo.click()
        expect(editor.locator(".gb-strip li")).to_have_count(left)
    expect(undo).to_be_disabled()
    np.testing.assert_array_equal(shown(editor.locator(".gb-four canvas").first)[..., 0], start)


def test_menus_offer_what_the_state_allows(editor, shifter):
    expect(editor.locator(".gb-strip li")).to_have_count(2)
    action, which, where = (editor.get_by_label(name, exact=True) for name in ("Action", "Which", "Where"))
    enabled = "one => [...one.options].filter(each => !each.disabled).map(each => each.textContent)"
    assert action.evaluate(enabled) == ["move", "expand", "compress", "remove"] and which.evaluate(enabled) == ["six"]
    action.select_option("move")
    assert where.evaluate(enabled) == ["top", "right", "top right"]  # the box has 2 x 2 cells at the bottom left
    where.select_option("top right")
    expect(editor.get_by_label("Instruction", exact=True)).to_have_value("move six to the top right")
    action.select_option("remove")
    editor.get_by_role("button", name="Apply").click()
    expect(editor.locator(".gb-edit h4")).to_have_text("3. Edit: remove six")
    assert (
        action.evaluate(enabled) == ["put"] and len(which.evaluate(enabled)) == 10 and len(where.evaluate(enabled)) == 9
    )
    which.select_option("three")
    where.select_option("middle")
    editor.get_by_role("button", name="Apply").click()
    expect(editor.locator(".gb-edit h4")).to_have_text("3. Edit: put three on the middle")
    target = editing.Canvas(30)(shifter["digits"][18], State(3, 1, 1, 1, 1))
    np.testing.assert_array_equal(shown(editor.locator(".gb-four canvas").nth(2))[..., 0], target)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("enlarge six", "move, expand, compress"),
        ("", "empty"),
        ("move six to the left", "canvas"),
        ("six " * 30, "too long"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_changes(editor, text, says):
    expect(editor.locator(".gb-strip li")).to_have_count(2)
    tell(editor, text)
    alert = editor.get_by_role("alert")
    expect(alert).to_contain_text(says)
    expect(editor.locator(".gb-strip li")).to_have_count(2)
    tell(editor, "remove six")
    expect(alert).to_have_count(0)
    expect(editor.locator(".gb-strip li")).to_have_count(3)


def test_a_sample_and_a_place_are_picked(editor, shifter, page):
    canvas, source = editing.Canvas(30), editor.locator(".gb-four canvas").first
    editor.get_by_label("Digit", exact=True).select_option("four")
    editor.get_by_role("button", name="sample 3 of four").click()
    expect(editor.get_by_role("button", name="sample 3 of four")).to_have_attribute("aria-pressed", "true")
    expect(editor.locator(".gb-edit h4")).to_have_text("3. Edit")
    np.testing.assert_array_equal(shown(source)[..., 0], canvas(shifter["digits"][26], State(4, 0, 2, 1, 1)))
    box = editor.locator(".gb-cells").bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.1 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.9 * box["height"], steps=4)
    page.mouse.up()
    expect(editor.locator("[aria-live]")).to_have_text("Source: four in column 2, row 1, 2 wide, 3 high.")
    np.testing.assert_array_equal(shown(source)[..., 0], canvas(shifter["digits"][26], State(4, 1, 0, 2, 3)))
    cells = editor.locator(".gb-cells")
    cells.press("Shift+ArrowLeft")
    expect(editor.get_by_role("alert")).to_have_text("The digit's width and height may differ by one cell at most.")
    cells.press("ArrowLeft")
    expect(editor.locator("[aria-live]")).to_have_text("Source: four in column 1, row 1, 2 wide, 3 high.")
    editor.get_by_role("button", name="Empty canvas").click()
    expect(editor.locator("[aria-live]")).to_have_text("Source: an empty canvas.")
    assert not shown(source).any()


def test_a_digit_is_drawn(editor, page):
    if editor.locator("details[open]").count() == 0:
        editor.get_by_text("Draw a digit yourself").click()
    use, alert = editor.get_by_role("button", name="Use the drawing"), editor.get_by_role("alert")
    use.click()
    expect(alert).to_have_text("The drawing is empty. Draw a digit first.")
    box = editor.locator(".gb-drawing").bounding_box()

    def at(across: float, down: float) -> tuple[float, float]:
        return box["x"] + across * box["width"], box["y"] + down * box["height"]

    draw(page, [at(0.3, 0.2), at(0.7, 0.2), at(0.45, 0.85)])
    editor.get_by_label("It is a").select_option("seven")
    use.click()
    expect(editor.locator("[aria-live]")).to_have_text("Your drawing, as a seven, is the source now.")
    source = shown(editor.locator(".gb-four canvas").first)[..., 0]
    assert source[20:, :10].max() > 150 and not source[:19].any()
    tell(editor, "move seven to the top")
    expect(editor.locator(".gb-edit h4")).to_have_text("3. Edit: move seven to the top")
    assert shown(editor.locator(".gb-four canvas").nth(2))[10:20, :10].max() > 150
    draw(page, [at(across, down) for row in range(13) for across, down in [(0.02, row / 12), (0.98, row / 12)]])
    use.click()
    expect(alert).to_contain_text("of the canvas; a digit needs paper round its strokes")
    editor.get_by_text("Draw a digit yourself").click()


def draw(page: Page, points: list[tuple[float, float]]) -> None:
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=6)
    page.mouse.up()


def expect_pair(cosines: Locator, made: dict, first: Instruction, second: Instruction) -> None:
    one, other = (made["told"].index(each) for each in (first, second))
    expect(cosines.locator(".gb-told")).to_have_text([first.text, second.text])
    value = f"{made['vectors'][one] @ made['vectors'][other]:.2f}"
    expect(cosines.locator(".gb-figure-value").first).to_have_text(value.replace("-", "\u2212"))


def by_paper(made: dict) -> list[Instruction]:
    """In the order of figure 7: within an action and a direction the digits."""
    places = {each.where: n for n, each in enumerate(instructions(0)[24:])}
    return sorted(
        made["told"],
        key=lambda each: (list(DIRECTED + ("put", "remove")).index(each.action), places.get(each.where, 0), each.digit),
    )


def test_the_map_is_painted_and_follows_pointer_and_keys(cosines, made, shifter, page):
    order = by_paper(made)
    rows = [made["told"].index(each) for each in order]
    values = (made["vectors"] @ made["vectors"].T)[np.ix_(rows, rows)]
    painted = shown(cosines.locator(".gb-plane canvas")).astype(int)
    assert painted.shape == (68, 68, 3)
    red, blue = painted[..., 0], painted[..., 2]
    assert (red[values > 0.3] > blue[values > 0.3]).all() and (red[values < -0.3] < blue[values < -0.3]).all()
    plane = cosines.locator(".gb-plane")
    box = plane.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 20.5 / 68, box["y"] + box["height"] * 3.5 / 68)
    expect_pair(cosines, made, order[3], order[20])
    page.mouse.down()
    page.mouse.up()
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    expect_pair(cosines, made, order[3], order[20])
    plane.press("ArrowDown")
    plane.press("Shift+ArrowRight")
    expect_pair(cosines, made, order[4], order[25])
    expect(cosines.locator("[aria-live]")).to_contain_text(f"“{order[4].text}” and “{order[25].text}”: cosine ")
    expect(cosines.get_by_role("button", name="Unpin")).to_have_attribute("aria-pressed", "true")
    plane.press("Escape")
    expect(cosines.get_by_role("button", name="Pin", exact=True)).to_be_visible()
    canvases = cosines.locator(".gb-before-after canvas")
    expect(canvases.nth(1)).to_have_attribute("aria-label", f"result of “{order[4].text}”")
    page.wait_for_timeout(300)
    source, result = (shown(canvases.nth(n))[..., 0] for n in (0, 1))
    np.testing.assert_array_equal(result, shifter["edit"](source[None], [order[4].text])[0])


def test_orders_and_filters(cosines, made, page):
    cosines.get_by_label("Rows", exact=True).select_option("expand")
    cosines.get_by_label("Columns", exact=True).select_option("compress")
    chosen = [[n for n, each in enumerate(made["told"]) if each.action == action] for action in ("expand", "compress")]
    values = (made["vectors"] @ made["vectors"].T)[np.ix_(*chosen)]
    expect(cosines.locator(".gb-figure-value").nth(1)).to_have_text(
        f"{values.mean():.2f}".replace("-0.00", "0.00").replace("-", "\u2212")
    )
    assert shown(cosines.locator(".gb-plane canvas")).shape[:2] == (16, 16)
    assert cosines.locator(".gb-blocks-down span").all_text_contents() == list("↑←→↓↖↗↙↘")
    cosines.get_by_label("Order", exact=True).select_option("digit, action, direction")
    assert cosines.locator(".gb-blocks-across span").all_text_contents() == ["3", "6"]
    cosines.get_by_label("Digits", exact=True).select_option("6: six")
    assert shown(cosines.locator(".gb-plane canvas")).shape[:2] == (8, 8)
    cosines.locator(".gb-plane").press("Shift+ArrowLeft")
    cosines.locator(".gb-plane").press("Shift+ArrowLeft")
    cosines.locator(".gb-plane").press("Shift+ArrowUp")
    cosines.locator(".gb-plane").press("Shift+ArrowUp")
    expect_pair(cosines, made, Instruction("expand", 6, "top"), Instruction("compress", 6, "top"))


@pytest.fixture(scope="module")
def answers(made: dict) -> SsimExplorer:
    return SsimExplorer(*made["pictures"], made["texts"], made["ssim"], do_nothing=made["ssim"] / 2 + 0.3)


def expect_examples(likeness: Locator, answers: SsimExplorer, span: list[float], page: int = 0) -> None:
    content, (pixels,) = answers._examples(span, page)
    answers.span = span
    expect(likeness.locator("[aria-live]")).to_have_text(answers.summary())
    expect(likeness.locator(".gb-triple > p")).to_have_text(
        [f"{each['text']}{each['ssim']:.2f}" for each in content["examples"]]
    )
    pictures = np.frombuffer(pixels, np.uint8).reshape(-1, 30, 30)
    for number in (0, 1, 2, len(pictures) - 1):
        np.testing.assert_array_equal(
            shown(likeness.locator(".gb-triple canvas").nth(number))[..., 0], pictures[number]
        )


def test_a_range_of_ssim_is_dragged_typed_and_moved_by_keys(likeness, answers, page):
    expect_examples(likeness, answers, [0.3, 1.0])
    box = likeness.locator(".gb-columns").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 10 / 35, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 20 / 35, box["y"] + 60, steps=5)
    page.mouse.up()
    expect_examples(likeness, answers, [0.5, 0.7])
    likeness.get_by_role("button", name="Other examples").click()
    expect_examples(likeness, answers, [0.5, 0.7], page=1)
    columns = likeness.locator(".gb-columns")
    columns.press("ArrowRight")
    columns.press("Shift+ArrowRight")
    expect_examples(likeness, answers, [0.51, 0.72])
    field = likeness.get_by_label("to", exact=True)
    field.fill("0.55")
    field.press("Tab")
    expect_examples(likeness, answers, [0.51, 0.55])
    field.fill("0.4")
    field.press("Tab")
    expect(likeness.get_by_role("alert")).to_contain_text("lower end must not lie above")
    likeness.get_by_role("button", name="Reset").click()
    expect_examples(likeness, answers, [0.3, 1.0])


def test_phone_width(page):
    page.set_viewport_size(PHONE)
    try:
        page.wait_for_timeout(300)
        for widget in page.locator(".gb-widget").all():
            sizes = widget.evaluate("one => [one.scrollWidth, one.clientWidth, one.getBoundingClientRect().right]")
            assert sizes[0] <= sizes[1] and sizes[2] <= PHONE["width"]
        assert page.locator(".gb-plane").bounding_box()["width"] > 200
    finally:
        page.set_viewport_size(WIDE)


def test_text_is_at_least_13_pixels_high_and_controls_have_names(page):
    sizes = page.locator(".gb-widget").evaluate_all(
        """widgets => widgets.flatMap(widget => [...widget.querySelectorAll('*')]
            .filter(node => [...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim()))
            .map(node => parseFloat(getComputedStyle(node).fontSize)))"""
    )
    assert min(sizes) >= 13
    for name in page.locator(".gb-widget :is(button, input, select, summary, [tabindex])").evaluate_all(
        "all => all.map(one => one.ariaLabel || one.labels?.[0]?.textContent || one.textContent)"
    ):
        assert re.search(r"\w", name)

"""Both widgets of `latent_captions` in a real JupyterLab, moved as a person would,
against Python's own answer for the same c.
"""

import io
import re
import runpy
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from ganbook.chapters.latent_captions.widgets import LatentLabelExplorer, LatentMap

CAPTIONER = Path(__file__).parents[1] / "chapters/latent_captions/widgets/captioner.py"
PRESET = [2.0, -1.0, 0.5]
EXPLORER = f"""
from ganbook.chapters.latent_captions.widgets import LatentLabelExplorer, LatentMap

explorer = LatentLabelExplorer(labeller, images[:12], truth, NAMES, c=(0.5, -1.2, 0), presets={{"a preset": {PRESET}}})
explorer
"""
MAP = """
asked = 0

def counting(latents):
    global asked
    asked += len(latents)
    return labeller(latents)

latent_map = LatentMap(counting, truth, NAMES)
latent_map
"""
FRAGILE = """
import time

moves, seconds = 0, 0.2

def slow_and_fragile(latents):
    global moves
    moves += 1
    time.sleep(seconds)
    if latents[0, 2] > 2:
        raise RuntimeError("these weights are not trained")
    return labeller(latents)

fragile = LatentLabelExplorer(slow_and_fragile, images[:3], truth, NAMES, random_histogram=[0.1] * 10)
fragile
"""
CELLS = [CAPTIONER.read_text(), EXPLORER, MAP, FRAGILE, "None"]
PHONE = {"width": 390, "height": 5600}


@pytest.fixture(scope="module")
def opened(run_notebook) -> Page:
    page = run_notebook("widgets.ipynb", CELLS)
    expect(page.locator(".gb-widget")).to_have_count(3)
    return page


@pytest.fixture
def explorer(page: Page) -> Locator:
    return page.locator(".gb-explorer").first


@pytest.fixture
def fragile(page: Page) -> Locator:
    return page.locator(".gb-explorer").last


@pytest.fixture
def plane(page: Page) -> Locator:
    return page.locator(".gb-map")


@pytest.fixture(scope="module")
def captioner() -> dict:
    return runpy.run_path(str(CAPTIONER))


@pytest.fixture(scope="module")
def answers(captioner: dict) -> LatentLabelExplorer:
    return LatentLabelExplorer(captioner["labeller"], captioner["images"][:12], captioner["truth"], captioner["NAMES"])


def position(widget: Locator) -> list[float]:
    return [float(text.replace("\u2212", "-")) for text in widget.locator(".gb-slider output").all_text_contents()]


def expect_answer(widget: Locator, answers: LatentLabelExplorer, c: list[float]) -> None:
    """The widget shows what Python says of c: numbers, bars, and the sentence for screen readers."""
    answers.c = c
    shown = [f"{fraction:.0%}" for fraction in answers.histogram()]
    expect(widget.locator(".gb-histogram .gb-number")).to_have_text(shown)
    expect(widget.locator(".gb-figure-value").first).to_have_text(f"{answers.accuracy():.1%}")
    expect(widget.locator("[aria-live]")).to_have_text(answers.summary())
    lengths = widget.locator(".gb-bar").evaluate_all("bars => bars.map(bar => parseFloat(bar.style.width))")
    np.testing.assert_allclose(np.array(lengths) / sum(lengths), answers.histogram(), atol=0.002)


def run_code(page: Page, code: str) -> str:
    """Runs ``code`` in the last cell of the notebook and returns what it prints."""
    cell = page.locator(".jp-CodeCell").last
    before = cell.locator(".jp-InputPrompt").text_content()
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(code)
    page.keyboard.press("Control+Enter")
    expect(cell.locator(".jp-InputPrompt")).not_to_have_text(re.compile(rf"^({re.escape(before)}|\[[ *]\]:)$"))
    return cell.locator(".jp-OutputArea-output").last.text_content().strip()


def test_the_explorer_opens_at_its_start(explorer, answers):
    expect_answer(explorer, answers, [0.5, -1.2, 0])


def test_a_slider_moves_by_keyboard(explorer, answers):
    slider = explorer.get_by_label("c1", exact=True)
    slider.focus()
    for _ in range(4):
        slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "0.70")
    expect_answer(explorer, answers, [0.7, -1.2, 0])


def test_a_slider_moves_by_mouse(explorer, answers, page):
    box = explorer.get_by_label("c3", exact=True).bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    c = position(explorer)
    assert c[:2] == [0.5, -1.2] and 1 < c[2] < 2.5
    expect_answer(explorer, answers, c)


def test_the_pad_is_dragged(explorer, answers, page):
    box = explorer.locator(".gb-pad").bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 0.25 * box["height"], steps=8)
    page.mouse.up()
    page.mouse.move(box["x"], box["y"])  # no longer held: nothing moves
    c = position(explorer)
    np.testing.assert_allclose(c, [1.5, 1.5, 0], atol=0.051)
    expect_answer(explorer, answers, c)
    dot = explorer.locator(".gb-dot").bounding_box()
    assert dot["x"] + dot["width"] / 2 == pytest.approx(box["x"] + 0.75 * box["width"], abs=4)


def test_the_pad_moves_by_keyboard_and_stops_at_its_edge(explorer, answers):
    pad = explorer.locator(".gb-pad")
    pad.press("ArrowUp")
    pad.press("Shift+ArrowLeft")
    assert position(explorer) == [0.25, -1.15, 0]
    for _ in range(14):
        pad.press("Shift+ArrowLeft")
    assert position(explorer) == [-3, -1.15, 0]
    expect_answer(explorer, answers, [-3, -1.15, 0])


def test_captions_are_those_of_python_and_marked_in_words_and_shape(explorer, answers, captioner):
    explorer.get_by_role("button", name="a preset").click()
    expect_answer(explorer, answers, PRESET)
    labels = captioner["labeller"](np.array([PRESET], np.float32))[0]
    right = [labels[i] in captioner["truth"][i] for i in range(12)]
    assert not all(right)
    marks = ["✓" if one else "✗" for one in right]
    expected = [f"{captioner['NAMES'][label]} {mark}" for label, mark in zip(labels, marks, strict=False)]
    expect(explorer.locator("figcaption")).to_have_text(expected)
    spoken = explorer.locator(".gb-mark").evaluate_all("marks => marks.map(mark => mark.ariaLabel)")
    assert spoken == ["right" if one else "wrong" for one in right]
    framed = explorer.locator(".gb-picture").evaluate_all(
        "all => all.map(one => [...one.children].map(place => place.classList.contains('gb-named')))"
    )
    np.testing.assert_array_equal(framed, captioner["truth"][:12] == labels[:12, None])


def test_the_pictures_are_the_images_and_change_with_c(explorer, answers, captioner):
    grid = explorer.locator(".gb-grid")
    before = pixels(grid)
    sixth = Image.fromarray(pixels(explorer.locator(".gb-picture").nth(5)))
    shown = np.array(sixth.convert("L").resize((64, 64), Image.Resampling.BOX), float)
    likeness = [np.corrcoef(shown.ravel(), image.ravel())[0, 1] for image in captioner["images"][:12]]
    assert np.argmax(likeness) == 5
    explorer.get_by_role("button", name="a preset").click()
    expect_answer(explorer, answers, PRESET)
    assert (pixels(grid) != before).any()


def pixels(locator: Locator) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(locator.screenshot(animations="disabled"))).convert("RGB"))


def test_random_and_reset(explorer, answers):
    explorer.get_by_role("button", name="Random c").click()
    c = position(explorer)
    assert c != [0.5, -1.2, 0] and all(abs(value) <= 3 for value in c)
    expect_answer(explorer, answers, c)
    explorer.get_by_role("button", name="Reset", exact=True).click()
    assert position(explorer) == [0.5, -1.2, 0]
    expect_answer(explorer, answers, [0.5, -1.2, 0])


def test_python_reads_c_and_sets_it(explorer, answers, page):
    explorer.get_by_role("button", name="a preset").click()
    expect_answer(explorer, answers, PRESET)
    assert run_code(page, "print(explorer.c)") == str(PRESET)
    assert run_code(page, "explorer.c = (1, 0, -1)\nprint('set')") == "set"
    expect_answer(explorer, answers, [1, 0, -1])
    assert position(explorer) == [1, 0, -1]


def test_a_slow_captioner_is_asked_only_for_the_latest(fragile, answers, page, captioner):
    expect(fragile.locator(".gb-wait")).to_be_hidden()
    before = int(run_code(page, "seconds = 1\nprint(moves)"))  # slow beside the mouse, even where the mouse is slow
    box = fragile.locator(".gb-pad").bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.6 * box["height"], steps=60)
    page.mouse.up()
    expect_counts(fragile, captioner, position(fragile))
    assert 1 <= int(run_code(page, "seconds = 0.2\nprint(moves)")) - before <= 30


def test_no_move_is_lost_while_a_slow_captioner_answers(fragile, page, captioner):
    slider = fragile.get_by_label("c1", exact=True)
    for _ in range(30):
        slider.press("ArrowLeft")
    expect_counts(fragile, captioner, [-1.5, 0, 0])
    assert position(fragile) == [-1.5, 0, 0]
    assert run_code(page, "print(fragile.c)") == "[-1.5, 0.0, 0.0]"


def expect_counts(widget: Locator, captioner: dict, c: list[float]) -> None:
    labels = captioner["labeller"](np.array([c], np.float32))[0]
    expect(widget.locator(".gb-histogram .gb-number")).to_have_text(
        [f"{np.mean(labels == label):.0%}" for label in range(10)]
    )


def test_a_failing_captioner_is_told_in_one_sentence_and_work_goes_on(fragile, page, captioner):
    slider = fragile.get_by_label("c3", exact=True)
    slider.press("End")
    alert = fragile.get_by_role("alert")
    expect(alert).to_have_text("The captioner failed: RuntimeError: these weights are not trained")
    slider.press("Home")
    expect(alert).to_be_hidden()
    expect_counts(fragile, captioner, [0, 0, -3])


def test_the_map_paints_the_preferred_label_of_every_cell(plane, captioner):
    expect_painted(plane, LatentMap(captioner["labeller"], captioner["truth"], captioner["NAMES"]))


def expect_painted(plane: Locator, expected: LatentMap) -> None:
    colours = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in expected.colours])
    counts = expected.counts()[::-1]
    read = "canvas => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data]"

    def painted() -> np.ndarray:
        return np.array(plane.locator("canvas").evaluate(read)).reshape(41, 41, 4)

    for _ in range(100):
        # a canvas stores colours times opacity, rounded
        if np.abs(painted()[..., :3] - colours[counts.argmax(2)]).max() <= 3:
            break
        plane.page.wait_for_timeout(100)
    np.testing.assert_allclose(painted()[..., :3], colours[counts.argmax(2)], atol=3)
    strength = np.clip((counts.max(2) / 300 - 0.1) / (expected.ceiling - 0.1), 0, 1)
    np.testing.assert_allclose(painted()[..., 3] / 255, 0.4 + 0.6 * strength, atol=0.01)
    named = plane.locator(".gb-region-names span").all_text_contents()
    areas = np.bincount(counts.argmax(2).ravel(), minlength=10)
    assert len(set(named)) == len(named) and {str(i) for i in np.flatnonzero(areas > 120)} <= set(named)


def point_at(plane: Locator, c1: float, c2: float) -> tuple[float, float]:
    box = plane.locator(".gb-plane").bounding_box()
    return box["x"] + box["width"] * (c1 + 3.075) / 6.15, box["y"] + box["height"] * (3.075 - c2) / 6.15


def test_the_histogram_follows_the_pointer_without_asking_python(plane, page, captioner):
    before = run_code(page, "print(asked)")
    for c1, c2 in [(-1.5, 0.6), (2.1, 2.7), (0.0, -3.0)]:
        page.mouse.move(*point_at(plane, c1, c2))
        expect(plane.locator(".gb-bars h4")).to_have_text(f"At c = ({c1:.2f}, {c2:.2f}, 0.00)".replace("-", "\u2212"))
        expect_counts(plane, captioner, [c1, c2, 0])
    assert run_code(page, "print(asked)") == before


def test_a_click_pins_and_python_learns_of_it(plane, page, captioner):
    page.mouse.move(*point_at(plane, 1.05, -0.9))
    page.mouse.down()
    page.mouse.up()
    page.mouse.move(*point_at(plane, -2.1, 2.1))
    expect_counts(plane, captioner, [1.05, -0.9, 0])
    expect(plane.get_by_role("button", name="Unpin", exact=True)).to_have_attribute("aria-pressed", "true")
    assert run_code(page, "print(latent_map.c)") == "[1.05, -0.9, 0.0]"
    plane.locator(".gb-plane").press("Escape")
    page.mouse.move(*point_at(plane, -2.1, 2.1))
    expect_counts(plane, captioner, [-2.1, 2.1, 0])


def test_the_map_by_keyboard(plane, captioner, answers):
    square = plane.locator(".gb-plane")
    square.press("ArrowRight")
    square.press("Shift+ArrowUp")
    expect_counts(plane, captioner, [0.15, 0.75, 0])
    square.press("Enter")
    expect(plane.get_by_role("button", name="Unpin", exact=True)).to_be_visible()
    answers.c = [0.15, 0.75, 0]
    expect(plane.locator("[aria-live]")).to_have_text(re.sub(r", total.*", ".", answers.summary()))


def test_another_plane_and_another_depth(plane, captioner):
    expected = LatentMap(captioner["labeller"], captioner["truth"], captioner["NAMES"])
    plane.get_by_label("Plane", exact=True).select_option("0,2")
    expected.axes = [0, 2]
    expect_painted(plane, expected)
    assert plane.locator(".gb-axis-name").all_text_contents() == ["c3", "c1"]
    depth = plane.get_by_label("c2", exact=True)
    for _ in range(8):
        depth.press("ArrowRight")
    expected.c = [0, 1.2, 0]
    expect_painted(plane, expected)
    expect_counts(plane, captioner, [0, 1.2, 0])


def test_python_moves_the_map(plane, page, captioner):
    run_code(page, "latent_map.c = (0.3, 1.5, -0.6)\nprint('set')")
    expect_counts(plane, captioner, [0.3, 1.5, -0.6])
    assert position(plane) == [-0.6]


def test_phone_width(page, explorer, plane):
    wide = page.viewport_size
    page.set_viewport_size(PHONE)
    try:
        page.wait_for_timeout(300)
        for widget in (explorer, plane):
            sizes = widget.evaluate("one => [one.scrollWidth, one.clientWidth, one.getBoundingClientRect().right]")
            assert sizes[0] <= sizes[1] and sizes[2] <= PHONE["width"]
        lefts = explorer.locator(".gb-picture").evaluate_all("all => all.map(one => one.getBoundingClientRect().left)")
        assert len(set(lefts)) == 3
        assert explorer.locator(".gb-pad").bounding_box()["width"] > 150
    finally:
        page.set_viewport_size(wide)


def test_text_is_at_least_13_pixels_high_and_controls_have_names(page):
    sizes = page.locator(".gb-widget").evaluate_all(
        """widgets => widgets.flatMap(widget => [...widget.querySelectorAll('*')]
            .filter(node => [...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim()))
            .map(node => parseFloat(getComputedStyle(node).fontSize)))"""
    )
    assert min(sizes) >= 13
    for control in page.locator(".gb-widget :is(button, input, select, [tabindex])").all():
        named = control.evaluate("one => one.ariaLabel || one.labels?.[0]?.textContent || one.textContent")
        assert named.strip()


def test_the_dark_theme_reaches_the_widgets(page, explorer, plane):
    choose_theme(page, "Dark")
    try:
        for widget in (explorer, plane):
            panel = widget.locator(".gb-bars")
            assert contrast(panel) >= 4.5
            assert np.median(pixels(panel)) < 60
    finally:
        choose_theme(page, "Light")
    assert np.median(pixels(explorer.locator(".gb-bars"))) > 240 and contrast(explorer.locator(".gb-bars")) >= 4.5


def choose_theme(page: Page, name: str) -> None:
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    page.locator(".lm-Menu-item", has_text="Theme").first.hover()
    page.locator(".lm-Menu-item", has_text=f"JupyterLab {name}").first.click()
    expect(page.locator(f"body[data-jp-theme-light={'false' if name == 'Dark' else 'true'}]")).to_have_count(1)
    page.wait_for_timeout(500)


def contrast(panel: Locator) -> float:
    """WCAG contrast of the muted text against its panel."""
    style = (
        "one => [getComputedStyle(one.querySelector('.gb-figure-remark')).color, getComputedStyle(one).backgroundColor]"
    )
    text, paper = (
        np.array([float(part) for part in re.findall(r"[\d.]+", colour)]) for colour in panel.evaluate(style)
    )
    opacity = text[3] if len(text) == 4 else 1
    light, dark = sorted(
        (luminance(opacity * text[:3] + (1 - opacity) * paper[:3]), luminance(paper[:3])), reverse=True
    )
    return (light + 0.05) / (dark + 0.05)


def luminance(rgb: np.ndarray) -> float:
    linear = np.where(rgb / 255 <= 0.04045, rgb / 255 / 12.92, ((rgb / 255 + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])

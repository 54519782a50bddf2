"""The two widgets of `context_aware` in a real JupyterLab, used as a person would, against Python's own answers."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect
from widget_pages import shown

from ganbook.chapters.context_aware.widgets import ContextMixer

STAND_INS = Path(__file__).parents[1] / "chapters/context_aware/widgets/stand_ins.py"
MIXER = """
from ganbook.chapters.context_aware.widgets import ContextMixer, StageTimeline

ContextMixer(some_painter(), some_contexts())
"""
CELLS = [STAND_INS.read_text(), MIXER, "StageTimeline(some_course())"]


@pytest.fixture(scope="module")
def opened(run_notebook) -> Page:
    page = run_notebook("context.ipynb", CELLS)
    expect(page.locator(".gb-widget")).to_have_count(2)
    page.set_viewport_size({"width": 1280, "height": 3200})
    return page


@pytest.fixture(scope="module")
def python() -> ContextMixer:
    """The same mixer here."""
    names = SimpleNamespace(**runpy.run_path(str(STAND_INS)))
    return ContextMixer(names.some_painter(), names.some_contexts())


@pytest.fixture
def mixer(page: Page) -> Locator:
    return page.locator(".gb-mixer")


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("an old man in the kichen with a dog", ""),
        ("", "The caption is empty, so all comes from the context picture."),
        ("犬がいる", "Only English is understood here, so all comes from the context picture."),
        ("a woman " * 400, "That is 3,200 letters: the text encoder sees 201, the parser 2,000."),
    ],
)
def test_captions_are_painted_as_python_paints_them(mixer, python, text, note):
    mixer.get_by_role("button", name="Reset").click()
    mixer.get_by_label("Caption", exact=True).fill(text)
    mixer.locator(".gb-shelf button").nth(2).click()
    request = {"text": text, "context": 2, "seed": 0, "wins": "text"}
    content, buffers = python._reply(request, [])
    expect(mixer.locator("[aria-live]")).to_contain_text("Painted. place: ")
    expect(mixer.locator(".gb-note")).to_have_text(note)
    expect(mixer.locator(".gb-slots tbody tr").first).to_contain_text(content["slots"][0]["said"])
    mixer.page.wait_for_timeout(700)  # the caption and the context are two questions
    for canvas, data in zip(mixer.locator(".gb-stages canvas").all(), buffers, strict=True):
        found = shown(canvas)
        np.testing.assert_array_equal(found, np.frombuffer(data, np.uint8).reshape(found.shape))


def test_the_timeline_moves(page):
    timeline = page.locator(".gb-timeline")
    timeline.get_by_label("Training").press("Home")
    expect(timeline.locator("output")).to_have_text("step 500")
    timeline.get_by_role("button", name="context outdoors").click()
    expect(timeline.locator(".gb-figure-value")).to_have_text(["100", "200", "300"])


def test_nothing_is_wider_than_a_phone(page):
    page.set_viewport_size({"width": 390, "height": 6400})
    for widget in page.locator(".gb-widget").all():
        inside, own = widget.evaluate("one => [one.scrollWidth, one.clientWidth]")
        assert inside <= own

"""The two widgets of `few_shot_layout` in a real JupyterLab, used as a person would, against Python's own answers."""

from pathlib import Path

import numpy as np
import pytest
import torch
import widget_pages
from chapters.few_shot_layout import few
from playwright.sync_api import Locator, Page, expect
from widget_pages import shown

from ganbook.data.avatars.label_maps import CLASS_COLOURS

WIDGETS = """
from ganbook.chapters.few_shot_layout.widgets import LayoutPainter, OneShotAnnotator

painter = tiny_painter()
LayoutPainter(painter, squares(2))
"""
CELLS = [Path(few.__file__).read_text(), WIDGETS, "OneShotAnnotator(painter, count=3)"]
MAPS = few.squares(2)


@pytest.fixture(scope="module")
def opened(run_notebook) -> Page:
    page = run_notebook("layouts.ipynb", CELLS)
    expect(page.locator(".gb-widget")).to_have_count(2)
    page.set_viewport_size({"width": 1280, "height": 3200})
    return page


@pytest.fixture(scope="module")
def painter():
    """The same here."""
    return few.tiny_painter()


def map_of(widget: Locator) -> torch.Tensor:
    pixels = shown(widget.locator(".gb-surface canvas"))
    return torch.from_numpy((pixels[:, :, None] == CLASS_COLOURS).all(-1).argmax(-1))[None]


def expect_drawn(widget: Locator, painter, ws, atol: int = 1) -> None:
    """Torch gives a picture drawn alone and one of a batch other last bits: a level may differ."""
    wanted = painter.draw(ws)[0].permute(1, 2, 0).numpy().astype(int)
    for _ in range(60):
        if np.abs(shown(widget.locator("canvas.gb-result")) - wanted).max() <= atol:
            return
        widget.page.wait_for_timeout(200)
    raise AssertionError("the picture is not Python's")


def test_what_is_painted_is_drawn_with_another_look_and_refined_by_gradients(page, painter):
    widget = page.locator(".gb-layout-painter")
    widget.get_by_role("radio", name="mouth").click()
    widget_pages.drag(widget.locator(".gb-surface canvas"), few.SIDE, (4, 4), (10, 8))
    labels = map_of(widget)
    assert (labels[0] != MAPS[0]).any()
    ws = painter.codes(labels)
    expect_drawn(widget, painter, ws)
    widget.get_by_role("button", name="New style").click()
    ws = painter.restyled(ws, painter.looks(1, 0))
    expect_drawn(widget, painter, ws)
    widget.get_by_role("button", name="Refine").click()
    expect(widget.get_by_text("Step 40 of 40. Each step follows the gradient")).to_have_count(1, timeout=60_000)
    step = widget.get_by_role("slider", name="Step")
    expect(step).to_have_attribute("max", "8")
    expect(widget.get_by_role("button", name="Refine")).to_have_count(1)
    kept, _ = painter.refined(ws, labels, 40, 5)
    for at in (2, 8):
        step.fill(str(at))
        expect_drawn(widget, painter, kept[at], atol=3)


def test_marks_give_labels_to_other_samples(page):
    widget = page.locator(".gb-annotator")
    widget.get_by_role("button", name="Given labels").click()
    maps = widget.locator(".gb-labelled .gb-sample canvas:nth-of-type(2)")
    for _ in range(60):
        if len(np.unique(shown(maps.nth(1)).reshape(-1, 3), axis=0)) > 1:
            break
        page.wait_for_timeout(200)
    else:
        raise AssertionError("no labels came")


def test_nothing_is_wider_than_a_phone(page):
    page.set_viewport_size({"width": 390, "height": 6400})
    for widget in page.locator(".gb-widget").all():
        inside, own = widget.evaluate("one => [one.scrollWidth, one.clientWidth]")
        assert inside <= own

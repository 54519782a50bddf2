"""The editor of drags in a real JupyterLab, used as a person would, against Python's own answers."""

import io
import re
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from widget_pages import shown

from ganbook.chapters.drag_editing.inference import Drag

STAND_INS = Path(__file__).parents[1] / "chapters/drag_editing/widgets/stand_ins.py"
WIDGET = """
from ganbook.chapters.drag_editing.widgets import DragEditor, search

search.STEPS = 20
DragEditor(some_editor(), features=some_features)
"""
SIDE = 16


@pytest.fixture(scope="module")
def opened(run_notebook) -> Page:
    page = run_notebook("drags.ipynb", [STAND_INS.read_text(), WIDGET])
    expect(page.locator(".gb-drags")).to_have_count(1)
    page.set_viewport_size({"width": 1280, "height": 2400})
    return page


@pytest.fixture(scope="module")
def editor():
    return SimpleNamespace(**runpy.run_path(str(STAND_INS))).some_editor()


@pytest.fixture
def drags(page) -> Locator:
    drags = page.locator(".gb-drags")
    drags.get_by_role("button", name="Reset").click()
    return drags


def at(drags: Locator, x: float, y: float) -> tuple[float, float]:
    box = drags.locator(".gb-stage canvas").bounding_box()
    return box["x"] + x / SIDE * box["width"], box["y"] + y / SIDE * box["height"]


def code(editor, number=0):
    return editor.prior.generator.spread(editor.prior.codes(1, 0.5, seed=number))[0].clone()


def expect_picture(drags: Locator, ws, editor) -> None:
    wanted = editor.prior.draw(ws[None])[0].permute(1, 2, 0).numpy()
    np.testing.assert_allclose(shown(drags.locator(".gb-stage canvas")), wanted, atol=1)


def test_drags_and_anchors_are_those_of_python(page, drags, editor):
    page.mouse.click(*at(drags, 10, 10))
    page.mouse.move(*at(drags, 6, 7))
    page.mouse.down()
    page.mouse.move(*at(drags, 9, 6), steps=4)
    page.mouse.up()
    expect(drags.locator(".gb-past figcaption")).to_have_text(["start", "drag by 3.2 pixels"])
    expect_picture(drags, editor.edit(code(editor), [Drag(6, 7, 3, -1)], [(10, 10)]).ws, editor)


def test_letters_are_the_widgets_own_and_make_no_cells(page, drags, editor):
    cells = page.locator(".jp-Cell").count()
    drags.locator(".gb-stage").focus()
    for key in ("a", "s", " ", "ArrowRight", "ArrowRight", " "):
        page.keyboard.press(key)
    expect(drags.locator(".gb-past figcaption")).to_have_text(["start", "new style", "drag by 2.0 pixels"])
    ws = code(editor)
    ws[3:] = code(editor, 1)[3:]
    expect_picture(drags, editor.edit(ws, [Drag(8, 8, 2, 0)]).ws, editor)
    assert page.locator(".jp-Cell").count() == cells


def test_a_picture_of_a_persons_own_is_looked_for(page, drags):
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)).save(file, "png")
    drags.get_by_text("A picture of your own").click()
    field = drags.get_by_label("Look for the nearest picture that the generator can draw")
    field.set_input_files({"name": "noise.png", "mimeType": "image/png", "buffer": file.getvalue()})
    expect(drags.get_by_text(re.compile("its colours differ from yours by .* hardly your picture"))).to_have_count(1)
    expect(drags.locator(".gb-past figcaption").last).to_have_text("noise.png")
    drags.get_by_role("button", name="Undo").click()
    field.set_input_files({"name": "broken.png", "mimeType": "image/png", "buffer": b"no picture"})
    expect(drags.get_by_role("alert")).to_have_text(re.compile("no picture that this browser can read"))
    expect(drags.locator(".gb-past figcaption")).to_have_text(["start"])


def test_nothing_is_wider_than_a_phone(page):
    page.set_viewport_size({"width": 390, "height": 4000})
    inside, own = page.locator(".gb-widget").evaluate("one => [one.scrollWidth, one.clientWidth]")
    assert inside <= own

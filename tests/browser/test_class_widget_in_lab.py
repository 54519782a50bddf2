"""The painter of classes and styles in a real JupyterLab, used as a person would, against Python's own answers."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import widget_pages
from playwright.sync_api import Locator, Page, expect
from widget_pages import shown

from ganbook.data.avatars import LABELS
from ganbook.data.avatars.label_maps import CLASS_COLOURS

STAND_INS = Path(__file__).parents[1] / "chapters/class_styles/widgets/stand_ins.py"
WIDGET = """
from ganbook.chapters.class_styles.widgets import ClassStyler

maps = some_maps()
ClassStyler(some_styler(), some_pictures(maps), maps, references=3)
"""
SIDE = 32
SKIN, HAIR = (LABELS.index(name) for name in ("skin", "hair"))


@pytest.fixture(scope="module")
def opened(run_notebook) -> Page:
    page = run_notebook("classes.ipynb", [STAND_INS.read_text(), WIDGET])
    expect(page.locator(".gb-class-styler")).to_have_count(1)
    page.set_viewport_size({"width": 1280, "height": 2400})
    return page


@pytest.fixture(scope="module")
def python() -> SimpleNamespace:
    """The model, label maps and references of the notebook here."""
    names = SimpleNamespace(**runpy.run_path(str(STAND_INS)))
    maps = names.some_maps()
    return SimpleNamespace(styler=names.some_styler(), maps=maps, pictures=names.some_pictures(maps))


@pytest.fixture
def painter(page) -> Locator:
    return page.locator(".gb-class-styler")


def map_of(painter: Locator) -> torch.Tensor:
    pixels = shown(painter.locator(".gb-surface canvas"))
    return torch.from_numpy((pixels[:, :, None] == CLASS_COLOURS).all(-1).argmax(-1))[None]


def expect_painted(painter: Locator, styler, labels, styles) -> None:
    wanted = styler.paint(labels, styles)[0].permute(1, 2, 0).numpy().astype(int)
    for _ in range(60):
        if np.abs(shown(painter.locator("canvas.gb-result")) - wanted).max() <= 1:
            return
        painter.page.wait_for_timeout(200)
    raise AssertionError("the picture is not Python's")


def with_code(styles, other, number):
    local = styles.local.clone()
    local[:, :, number] = other.local[:, :, number]
    return styles._replace(local=local)


def test_what_is_painted_gets_styles_of_its_class_new_ones_and_those_of_a_reference(painter, python):
    styler, maps, pictures = python.styler, python.maps, python.pictures
    first, second = (styler.drawn(1, seed=seed) for seed in (0, 1))
    painter.get_by_role("radio", name="hair").click()
    widget_pages.drag(painter.locator(".gb-surface canvas"), SIDE, (4, 10), (20, 10))
    labels = map_of(painter)
    assert (labels[0, 10, 4:21] == HAIR).all() and (labels[0] != maps[0]).any()
    expect_painted(painter, styler, labels, first)
    painter.get_by_role("button", name="New style", exact=True).click()
    styles = with_code(first, second, HAIR)
    expect_painted(painter, styler, labels, styles)
    painter.get_by_role("radio", name="skin").click()
    painter.get_by_role("button", name="Copy skin").click()
    copied = with_code(styles, styler.read(pictures[1:2], maps[1:2]).mean, SKIN)
    expect_painted(painter, styler, labels, copied)
    painter.get_by_role("button", name="Undo").click()
    expect_painted(painter, styler, labels, styles)


def test_digits_choose_a_class_and_make_no_cells(page, painter):
    cells = page.locator(".jp-Cell").count()
    painter.get_by_role("application").focus()
    for key in ("4", "ArrowLeft", " ", "e", "u"):
        page.keyboard.press(key)
    expect(painter.get_by_role("radio", checked=True)).to_have_accessible_name("hair")
    assert page.locator(".jp-Cell").count() == cells


def test_nothing_is_wider_than_a_phone(page):
    page.set_viewport_size({"width": 390, "height": 6400})
    inside, own = page.locator(".gb-widget").evaluate("one => [one.scrollWidth, one.clientWidth]")
    assert inside <= own

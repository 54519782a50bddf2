"""The three widgets of `masked_editing` in a real JupyterLab, used as a person would, against Python's own answers."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect
from widget_pages import shown, tell

from ganbook.chapters.masked_editing.widgets import AvatarEditor

STAND_INS = Path(__file__).parents[1] / "chapters/masked_editing/widgets/stand_ins.py"
EDITOR = """
from ganbook.chapters.masked_editing.widgets import AvatarEditor, PhaseSlider, PreferencePanel
from ganbook.chapters.masked_editing.widgets.phase_slider import Film

AvatarEditor(Darker(True), Darker(False), resolution=SIDE)
"""
PANEL = """
import ipywidgets

panel = PreferencePanel(*(some_pictures(3, seed) for seed in range(3)), ["one", "two", "three"])
in_python = ipywidgets.Label("no answer in Python")
panel.observe(lambda change: setattr(in_python, "value", f"{len(change['new'])} in Python"), "answers")
display(panel, in_python)
"""
SLIDER = """
films = []
for rows in (4, 3):
    drawn = [some_pictures(2 * rows, seed).reshape(rows, 2, SIDE, SIDE, 3) for seed in range(3)]
    films.append(Film((0.0, 5.0, 10.0), np.stack(drawn), (2.0, 10.0), (0.5, 0.9 if rows == 4 else 0.7)))
PhaseSlider(*films, ["one", "two"])
"""
CELLS = [STAND_INS.read_text(), EDITOR, PANEL, SLIDER]


@pytest.fixture(scope="module")
def opened(run_notebook) -> Page:
    page = run_notebook("avatars.ipynb", CELLS)
    expect(page.locator(".gb-widget")).to_have_count(3)
    page.set_viewport_size({"width": 1280, "height": 3200})
    return page


@pytest.fixture(scope="module")
def python() -> AvatarEditor:
    """The same editor here."""
    names = SimpleNamespace(**runpy.run_path(str(STAND_INS)))
    return AvatarEditor(names.Darker(True), names.Darker(False), resolution=names.SIDE)


@pytest.fixture
def editor(page: Page) -> Locator:
    return page.locator(".gb-avatars")


def test_instructions_are_chained_and_undone(editor, python):
    expect(editor.locator(".gb-strip li")).to_have_count(2)
    tell(editor, "give him roudn glasses")
    expect(editor.locator(".gb-strip li")).to_have_count(3)
    expect(editor.locator(".gb-understood")).to_contain_text('I read "roudn" as "round"')
    rows = editor.locator(".gb-row")
    sources = [shown(rows.nth(n).locator("canvas").nth(0)) for n in range(2)]
    _, expected = python._step("give him roudn glasses", *sources)
    for row, column, wanted in zip((0, 1, 0), (1, 1, 3), expected, strict=True):
        found = shown(rows.nth(row).locator("canvas").nth(column))
        wanted = np.frombuffer(wanted, np.uint8).reshape(*found.shape[:2], -1)
        np.testing.assert_array_equal(found, np.broadcast_to(wanted, found.shape))
    editor.get_by_role("button", name="Undo").click()
    expect(editor.locator(".gb-strip li")).to_have_count(2)


@pytest.mark.parametrize(
    ("text", "says"),
    [("make it rain", "Nothing in this"), ("", "There is no instruction"), ("<b>x</b> hta 🙂", "hta")],
)
def test_what_is_not_understood_is_said_and_changes_nothing(editor, text, says):
    tell(editor, text)
    expect(editor.get_by_role("alert")).to_contain_text(says)
    expect(editor.locator(".gb-strip li")).to_have_count(2)
    tell(editor, "make him bald")
    expect(editor.get_by_role("alert")).to_have_count(0)


def test_a_face_is_chosen_and_drawn(editor, python):
    editor.get_by_label("Hair", exact=True).select_option("afro")
    expect(editor.locator(".gb-strip li")).to_have_count(1)
    expect(editor.locator("[aria-live]")).to_have_text("A new face is the source now.")
    chosen = editor.locator("select").evaluate_all("all => all.map((each) => Number(each.value))")
    skin, hair = list(python.skins.values())[chosen[14]], list(python.hairs.values())[chosen[15]]
    _, [wanted] = python._draw_face(chosen[:14], skin, hair)
    found = shown(editor.locator(".gb-row canvas").first)
    np.testing.assert_array_equal(found, np.frombuffer(wanted, np.uint8).reshape(found.shape))


def test_answers_arrive_in_python(page):
    panel = page.locator(".gb-preferences")
    for answered in (1, 2, 3):
        panel.get_by_role("button", name="Left is much better").click()
        expect(page.get_by_text(f"{answered} in Python")).to_be_visible()
    expect(panel.locator(".gb-thanks")).to_be_visible()


def test_the_slider_moves_through_the_phases(page):
    phases = page.locator(".gb-phases")
    phases.get_by_label("Training").press("Home")
    expect(phases.locator("output")).to_have_text("phase 0")
    phases.get_by_role("button", name="two").click()
    expect(phases.locator(".gb-told")).to_have_text("“two”")
    phases.get_by_label("Training").press("End")
    expect(phases.locator(".gb-figure-value")).to_have_text(["0.90", "0.70"])


def test_nothing_is_wider_than_a_phone(page):
    page.set_viewport_size({"width": 390, "height": 6400})
    for widget in page.locator(".gb-widget").all():
        inside, own = widget.evaluate("one => [one.scrollWidth, one.clientWidth]")
        assert inside <= own

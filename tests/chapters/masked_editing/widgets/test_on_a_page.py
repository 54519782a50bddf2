"""The three widgets on a plain page with no kernel, used as a person would, against Python's own answers."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Page, expect
from widget_pages import shown, tell

from ganbook.chapters import masked_editing
from ganbook.chapters.masked_editing import preferences, web
from ganbook.chapters.masked_editing.config import PROFILES
from ganbook.chapters.masked_editing.inference import load_editor
from ganbook.chapters.masked_editing.model import EditingNetworks, Selected
from ganbook.chapters.masked_editing.widgets import AvatarEditor, PhaseSlider, PreferencePanel
from ganbook.chapters.masked_editing.widgets.phase_slider import Film
from ganbook.training.shipped import write_shipped
from ganbook.widgets.live import export_model, site

SIDE = 32
PHONE = {"width": 390, "height": 844}
expect.set_options(timeout=30_000)  # a machine that trains meanwhile is slow


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folders of an editor with SIM and one without; nobody trained them."""
    root, folders = tmp_path_factory.mktemp("models"), []
    for name, masking in (("sim", True), ("plain", False)):
        config = dataclasses.replace(PROFILES["smoke"], masking=masking)
        torch.manual_seed(1)
        record = {"slug": "masked_editing", "profile": "smoke", "config": dataclasses.asdict(config)}
        parts = {"selected": Selected(EditingNetworks.made(config))}
        folders.append(write_shipped(root / f"embedded-{name}-s0", parts, record, "step\n"))
    return folders


@pytest.fixture(scope="module")
def widgets(made, stand_ins):
    editors = [load_editor(folder) for folder in made]
    pictures = [stand_ins.some_pictures(4, seed) for seed in range(3)]
    films = []
    for rows in (4, 3):
        drawn = np.stack([stand_ins.some_pictures(2 * rows, seed).reshape(rows, 2, SIDE, SIDE, 3) for seed in range(3)])
        films.append(Film((0.0, 5.0, 10.0), drawn, (2.0, 10.0), (0.5, 0.9 if rows == 4 else 0.7)))
    return [
        AvatarEditor(*editors, resolution=SIDE),
        PreferencePanel(*pictures, [f"instruction {n}" for n in range(4)]),
        PhaseSlider(*films, ["one", "two"]),
    ]


@pytest.fixture(scope="module")
def page(browser: Browser, made, widgets, tmp_path_factory) -> Page:
    folder = tmp_path_factory.mktemp("site")
    record = export_model(web.live_model(made[0]), folder / "models")
    parts = "".join(widget._repr_mimebundle_()[0]["text/html"] for widget in widgets)
    assert site.models_asked_for(parts) == {record["id"]} and record["bytes"] < 1_000_000
    live = folder / "_static" / "live"
    site.write_site(live, folder / "models", [record["id"]], [Path(masked_editing.__file__).parent / "widgets"])
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title><link rel="icon" href="data:,">'
    loads = '<link rel="stylesheet" href="_static/live/live.css"><body>'
    script = '<script src="_static/live/live.js"></script>'
    (folder / "page.html").write_text(head + loads + site.laid_beside(parts, live) + script, encoding="utf-8")
    page = browser.new_context(viewport={"width": 1280, "height": 1000}).new_page()
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("console", lambda message: message.type in ("error", "warning") and page.problems.append(message.text))
    page.goto((folder / "page.html").as_uri())
    expect(page.locator(".gb-phases")).to_have_count(1)
    yield page
    assert page.problems == []
    page.context.close()


def test_edits_equal_pythons_are_chained_and_undone(page, widgets):
    editor, python = page.locator(".gb-avatars"), widgets[0]
    tell(editor, "give him roudn glasses")
    expect(editor.locator(".gb-strip li")).to_have_count(3)
    expect(editor.locator(".gb-understood")).to_contain_text('I read "roudn" as "round"')
    rows = editor.locator(".gb-row")
    sources = [shown(rows.nth(n).locator("canvas").nth(0)) for n in range(2)]
    _, expected = python._step("give him roudn glasses", *sources)
    for n, (row, column) in enumerate(((0, 1), (1, 1), (0, 3))):
        found = shown(rows.nth(row).locator("canvas").nth(column)).astype(int)
        wanted = np.frombuffer(expected[n], np.uint8).reshape(SIDE, SIDE, -1)
        np.testing.assert_allclose(found, np.broadcast_to(wanted, found.shape), atol=web.TOLERANCE)
        assert np.abs(found - wanted).mean() < 1
    editor.get_by_role("button", name="Undo").click()
    expect(editor.locator(".gb-strip li")).to_have_count(2)


def test_what_is_not_understood_changes_nothing(page):
    editor = page.locator(".gb-avatars")
    before = editor.locator(".gb-strip li").count()
    for text, says in (("make it rain", "Nothing in this"), ("", "There is no instruction"), ("<b>x</b> hta", "hta")):
        tell(editor, text)
        expect(editor.get_by_role("alert")).to_contain_text(says)
    assert editor.locator(".gb-strip li").count() == before


def test_a_face_from_the_menus_is_drawn_as_python_draws_it(page, widgets):
    editor, python = page.locator(".gb-avatars"), widgets[0]
    editor.get_by_role("button", name="Surprise me").click()
    expect(editor.locator(".gb-strip li")).to_have_count(1)
    editor.get_by_label("Glasses").select_option("sunglasses")
    expect(editor.locator("[aria-live]")).to_have_text("A new face is the source now.")
    chosen = editor.locator("select").evaluate_all("all => all.map((each) => Number(each.value))")
    skin, hair = list(python.skins.values())[chosen[14]], list(python.hairs.values())[chosen[15]]
    page.wait_for_timeout(500)
    _, [expected] = python._draw_face(chosen[:14], skin, hair)
    found = shown(editor.locator(".gb-row canvas").first).astype(int)
    np.testing.assert_allclose(found, np.frombuffer(expected, np.uint8).reshape(SIDE, SIDE, 3), atol=1)


def test_answers_are_given_kept_downloaded_and_drawn_beside_a_class(page, tmp_path):
    panel = page.locator(".gb-preferences")
    expect(panel.locator(".gb-progress")).to_contain_text("1 of 4")
    expect(panel.locator(".gb-shares")).to_be_hidden()
    panel.get_by_role("button", name="Left is much better").click()
    expect(panel.locator(".gb-progress")).to_contain_text("2 of 4")
    panel.get_by_role("button", name="Back").click()
    expect(panel.get_by_role("button", name="Left is much better")).to_have_attribute("aria-pressed", "true")
    panel.get_by_role("button", name="Next").click()
    page.reload()
    expect(panel.locator(".gb-progress")).to_contain_text("2 of 4")
    for key in "345":
        panel.locator(".gb-choices button").first.focus()
        page.keyboard.press(key)
    expect(panel.locator(".gb-thanks")).to_be_visible()
    expect(panel.locator(".gb-shares")).to_contain_text("37%")
    with page.expect_download() as download:
        panel.get_by_role("button", name="Download my answers").click()
    download.value.save_as(tmp_path / "mine.csv")
    answers = preferences.read(tmp_path / "mine.csv")
    assert [each.answer for each in answers] == [1, 3, 4, 5] and len({each.triple for each in answers}) == 4
    panel.get_by_text("For a class: load answer files").click()
    panel.get_by_label("CSV files").set_input_files(tmp_path / "mine.csv")
    expect(panel).to_contain_text("4 answers of 1 person are loaded.")
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    panel.get_by_label("CSV files").set_input_files(tmp_path / "bad.csv")
    expect(panel.get_by_role("alert")).to_contain_text("bad.csv has no column participant")


def test_the_slider_moves_through_the_phases(page):
    phases = page.locator(".gb-phases")
    slider = phases.get_by_label("Training")
    last = shown(phases.locator(".gb-five canvas").nth(2))
    slider.press("Home")
    expect(phases.locator("output")).to_have_text("phase 0")
    expect(phases.locator("[aria-live]")).to_have_text("Phase 0: SSIM with SIM 0.50, without 0.50.")
    assert (shown(phases.locator(".gb-five canvas").nth(2)) != last).any()
    phases.get_by_role("button", name="two").click()
    expect(phases.locator(".gb-told")).to_have_text("“two”")
    slider.press("End")
    expect(phases.locator(".gb-figure-value")).to_have_text(["0.90", "0.70"])


def test_nothing_is_wider_than_a_phone(page):
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

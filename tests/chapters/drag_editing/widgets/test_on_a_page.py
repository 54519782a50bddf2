"""The editor of drags on a plain page with no kernel, used as a person would, against Python's own answers."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Locator, Page, expect
from widget_pages import PHONE, expect_fit_for_all, shown

from ganbook.chapters import drag_editing
from ganbook.chapters.drag_editing import web
from ganbook.chapters.drag_editing.inference import Drag
from ganbook.chapters.drag_editing.widgets import DragEditor
from ganbook.widgets.live import export_model, site

WIDGETS = Path(drag_editing.__file__).parent / "widgets"
SIDE, STYLES, LOWER, LATENT = 16, 6, 3, 8
expect.set_options(timeout=30_000)  # a machine that trains meanwhile is slow


@pytest.fixture(scope="module")
def editor(stand_ins):
    return stand_ins.some_editor()


@pytest.fixture(scope="module")
def widget(editor, stand_ins):
    return DragEditor(editor, features=stand_ins.some_features)


@pytest.fixture(scope="module")
def folder(widget, editor, tmp_path_factory) -> Path:
    """The site: light.html and dark.html."""
    folder = tmp_path_factory.mktemp("site")
    record = export_model(web.model_of(editor), folder / "models")
    part = widget._repr_mimebundle_()[0]["text/html"]
    assert site.models_asked_for(part) == {record["id"]} and record["largest_difference"] <= web.TOLERANCE
    live = folder / "_static" / "live"
    site.write_site(live, folder / "models", [record["id"]], [WIDGETS])
    for theme, paper in (("light", "#ffffff"), ("dark", "#14181e")):
        head = (
            f'<!doctype html><html lang="en" data-theme="{theme}"><meta charset="utf-8"><title>A page</title>'
            '<link rel="icon" href="data:,"><meta name="viewport" content="width=device-width">'
            f'<link rel="stylesheet" href="_static/live/live.css"><body style="background: {paper}"><main>'
            "<h1>1</h1><h2>2</h2><h3>3</h3>"
        )
        script = '</main><script src="_static/live/live.js"></script>'
        (folder / f"{theme}.html").write_text(head + site.laid_beside(part, live) + script, encoding="utf-8")
    return folder


def opened(browser: Browser, folder: Path, theme: str = "light", **context) -> Page:
    page = browser.new_context(**({"viewport": {"width": 1280, "height": 1200}} | context)).new_page()
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("console", lambda message: message.type in ("error", "warning") and page.problems.append(message.text))
    page.goto((folder / f"{theme}.html").as_uri())
    expect(page.locator(".gb-drags")).to_have_count(1)
    return page


@pytest.fixture(scope="module")
def page(browser: Browser, folder) -> Page:
    page = opened(browser, folder)
    yield page
    assert page.problems == []
    page.context.close()


@pytest.fixture
def drags(page) -> Locator:
    drags = page.locator(".gb-drags")
    drags.get_by_role("button", name="Reset").click()
    return drags


def stage(drags: Locator) -> Locator:
    return drags.locator(".gb-stage")


def on_screen(drags: Locator, x: float, y: float) -> tuple[float, float]:
    """Where on the screen a place of the picture is."""
    box = stage(drags).locator("canvas").bounding_box()
    return box["x"] + x / SIDE * box["width"], box["y"] + y / SIDE * box["height"]


def drag(drags: Locator, start: tuple[float, float], end: tuple[float, float], steps: int = 4) -> None:
    mouse = drags.page.mouse
    mouse.move(*on_screen(drags, *start))
    mouse.down()
    mouse.move(*on_screen(drags, *end), steps=steps)
    mouse.up()


def tap(drags: Locator, x: float, y: float) -> None:
    drags.page.mouse.click(*on_screen(drags, x, y))


def expect_picture(drags: Locator, ws: torch.Tensor, editor) -> None:
    """The same picture but for rounding."""
    wanted = editor.prior.draw(ws[None])[0].permute(1, 2, 0).numpy().astype(int)
    for attempt in range(60):
        found = shown(stage(drags).locator("canvas"))
        if np.abs(found - wanted).max() <= web.TOLERANCE:
            return
        drags.page.wait_for_timeout(100 + 10 * attempt)
    raise AssertionError(f"off by {np.abs(found - wanted).max()}")


def code(editor, number: int = 0) -> torch.Tensor:
    return editor.prior.generator.spread(editor.prior.codes(1, 0.5, seed=number))[0].clone()


def steps(drags: Locator) -> Locator:
    return drags.locator(".gb-past figcaption")


def test_it_opens_without_the_network(drags, editor):
    expect_picture(drags, code(editor), editor)
    expect(steps(drags)).to_have_text(["start"])
    expect(drags.get_by_role("button", name="Undo")).to_be_disabled()
    expect(drags.get_by_text("A picture of your own")).to_have_count(0)  # Python would look for it


def test_drags_chain_and_are_those_of_python(drags, editor):
    drag(drags, (6, 7), (9, 6))
    first = editor.edit(code(editor), [Drag(6, 7, 3, -1)]).ws
    expect(steps(drags)).to_have_text(["start", "drag by 3.2 pixels"])
    expect_picture(drags, first, editor)
    drag(drags, (8, 8), (4, 12))  # longer than one step: handles are found again
    second = editor.edit(first, [Drag(8, 8, -4, 4)]).ws
    expect(steps(drags)).to_have_count(3)
    expect_picture(drags, second, editor)
    expect(drags.locator("[aria-live]")).to_have_text("Done: drag by 5.7 pixels.")
    drags.get_by_role("button", name="Undo").click()
    expect_picture(drags, first, editor)
    drags.get_by_role("button", name="Undo").click()
    expect_picture(drags, code(editor), editor)


def test_the_arrow_and_a_look_come_before_the_end(drags, editor):
    mouse = drags.page.mouse
    mouse.move(*on_screen(drags, 6, 7))
    mouse.down()
    mouse.move(*on_screen(drags, 9, 7), steps=3)
    expect(drags.locator("path.gb-arrow")).to_have_count(1)
    expect_picture(drags, editor.edit(code(editor), [Drag(6, 7, 3, 0)]).ws, editor)
    expect(steps(drags)).to_have_text(["start"])
    stage(drags).dispatch_event("pointercancel", {"pointerId": 1})
    expect_picture(drags, code(editor), editor)
    expect(drags.locator("path.gb-arrow")).to_have_count(0)
    mouse.up()
    drags.page.wait_for_timeout(500)
    expect(steps(drags)).to_have_text(["start"])


def test_a_tap_holds_a_place_and_another_one_lets_go(drags, editor):
    tap(drags, 10, 10)
    tap(drags, 4, 4)
    expect(drags.get_by_text("2 anchors")).to_have_count(1)
    tap(drags, 4.5, 4)
    expect(drags.get_by_text("1 anchor", exact=True)).to_have_count(1)
    expect(drags.locator("circle.gb-anchor")).to_have_count(1)
    drag(drags, (6, 7), (8, 7))
    held = editor.edit(code(editor), [Drag(6, 7, 2, 0)], [(10, 10)]).ws
    assert (held - editor.edit(code(editor), [Drag(6, 7, 2, 0)]).ws).abs().max() > 1e-3
    expect(steps(drags)).to_have_count(2)
    expect_picture(drags, held, editor)
    drags.get_by_role("button", name="Clear anchors").click()
    expect(drags.locator("circle.gb-anchor")).to_have_count(0)
    drags.get_by_role("button", name="Undo").click()
    expect(drags.locator("circle.gb-anchor")).to_have_count(1)


def test_the_wheel_zooms_only_where_the_picture_is_chosen(drags, editor):
    page = drags.page
    drags.get_by_role("button", name="Reset").focus()
    page.mouse.move(*on_screen(drags, 8, 8))
    page.mouse.wheel(0, -60)
    page.wait_for_timeout(600)
    expect(steps(drags)).to_have_text(["start"])
    page.evaluate("scrollTo(0, 0)")
    stage(drags).focus()
    page.mouse.move(*on_screen(drags, 8, 8))
    page.mouse.wheel(0, -60)
    page.mouse.wheel(0, -60)
    expect(steps(drags)).to_have_text(["start", "zoom in by 20%"])
    expect_picture(drags, editor.edit(code(editor), [Drag(8, 8, zoom=0.18)]).ws, editor)


def test_keys_do_all_of_it(drags, editor):
    stage(drags).focus()
    press = drags.page.keyboard.press
    for key in ("ArrowLeft", "ArrowUp", "a", "Shift+ArrowRight", " ", "ArrowDown", "ArrowDown", "ArrowLeft"):
        press(key)
    expect(drags.locator("path.gb-arrow")).to_have_count(1)
    press(" ")
    moved = editor.edit(code(editor), [Drag(12, 7, -1, 2)], [(7, 7)]).ws
    expect(steps(drags)).to_have_text(["start", "drag by 2.2 pixels"])
    expect_picture(drags, moved, editor)
    press(" "), press("ArrowUp"), press("Escape")
    expect(drags.locator("path.gb-arrow")).to_have_count(0)
    press("+"), press("+"), press("Enter")
    zoomed = editor.edit(moved, [Drag(12, 7, zoom=2 * np.log(1.05))], [(7, 7)]).ws
    expect(steps(drags).last).to_have_text("zoom in by 10%")
    expect_picture(drags, zoomed, editor)
    press("s")
    zoomed[LOWER:] = code(editor, 1)[LOWER:]
    expect(steps(drags).last).to_have_text("new style")
    expect_picture(drags, zoomed, editor)
    for _ in range(4):
        press("u")
    expect_picture(drags, code(editor), editor)
    expect(drags.get_by_role("button", name="Undo")).to_be_disabled()


def test_styles_and_pictures_change_and_drags_go_on_from_there(drags, editor):
    drags.get_by_role("button", name="New picture").click()
    drags.get_by_role("button", name="New style").click()
    drags.get_by_role("button", name="Zoom out").click()
    ws = code(editor, 1)
    ws[LOWER:] = code(editor, 2)[LOWER:]
    expect(steps(drags)).to_have_text(["start", "new picture", "new style", "zoom out by 22%"])
    expect_picture(drags, editor.edit(ws, [Drag(8, 8, zoom=-4 * np.log(1.05))]).ws, editor)


def test_what_cannot_be_dragged_is_told_and_changes_nothing(drags, editor):
    drag(drags, (0.5, 0.5), (4, 4))
    expect(drags.locator(".gb-notes")).to_have_text(re.compile("nothing to take hold of on the background"))
    drag(drags, (8, 8), (60, 8))  # far out of the picture: the arrow ends at its border
    expect(steps(drags)).to_have_text(["start", "drag by 8.0 pixels"])
    expect_picture(drags, editor.edit(code(editor), [Drag(8, 8, 8, 0)]).ws, editor)
    drags.get_by_role("button", name="Reset").click()
    drag(drags, (2, 8), (5, 8))
    expect(drags.locator(".gb-notes")).to_have_text("A handle on the background was put on the avatar beside it.")


def test_a_thousand_anchors_and_hasty_hands(drags, editor):
    drags.evaluate(
        """(drags) => {
          const [stage, canvas] = [drags.querySelector(".gb-stage"), drags.querySelector(".gb-stage canvas")];
          const box = canvas.getBoundingClientRect();
          stage.setPointerCapture = () => {};
          const at = (type, x, y) => stage.dispatchEvent(new PointerEvent(type, {
            pointerId: 7, bubbles: true, clientX: box.left + x / 16 * box.width, clientY: box.top + y / 16 * box.height,
          }));
          for (let n = 0; n < 1000; n += 1) { at("pointerdown", n % 16, n / 63); at("pointerup", n % 16, n / 63); }
          for (let n = 0; n < 5; n += 1) {
            at("pointerdown", 8, 8); at("pointermove", 8 + n % 3, 11); at("pointerup", 8 + n % 3, 11);
          }
          delete stage.setPointerCapture;
        }"""
    )
    expect(steps(drags)).to_have_count(6)  # each of the five counts
    drags.get_by_role("button", name="Reset").click()
    expect_picture(drags, code(editor), editor)
    expect(drags.locator("circle.gb-anchor")).to_have_count(0)


def test_undo_and_reset_in_the_middle_of_the_work_win(drags, editor):
    drag(drags, (8, 8), (15, 15), steps=1)
    drags.get_by_role("button", name="Undo").click()
    drag(drags, (8, 8), (1, 8), steps=1)
    drags.get_by_role("button", name="Reset").click()
    drags.page.wait_for_timeout(1_500)
    expect_picture(drags, code(editor), editor)
    expect(steps(drags)).to_have_text(["start"])


def test_a_tab_that_is_hidden_meanwhile_loses_nothing(drags, editor):
    """Without frames no look is drawn, but what a person let go of counts; later all goes on."""
    drags.page.evaluate(
        """() => {
          [window.waiting, window.frames_of] = [[], requestAnimationFrame];
          window.requestAnimationFrame = (one) => waiting.push(one);
        }"""
    )
    drag(drags, (6, 7), (8, 7))
    expect(steps(drags)).to_have_count(2)
    drags.page.evaluate("() => { window.requestAnimationFrame = frames_of; waiting.forEach((one) => frames_of(one)); }")
    moved = editor.edit(code(editor), [Drag(6, 7, 2, 0)]).ws
    expect_picture(drags, moved, editor)
    drag(drags, (8, 8), (8, 10))
    expect(steps(drags)).to_have_count(3)
    expect_picture(drags, editor.edit(moved, [Drag(8, 8, 0, 2)]).ws, editor)


def test_fingers(browser, folder, editor):
    page = opened(browser, folder, viewport=PHONE, has_touch=True, is_mobile=True)
    drags = page.locator(".gb-drags")
    stage(drags).scroll_into_view_if_needed()
    page.touchscreen.tap(*on_screen(drags, 10, 10))
    expect(drags.get_by_text("1 anchor", exact=True)).to_have_count(1)
    touch = page.context.new_cdp_session(page)

    def send(kind, *places):
        points = [dict(zip("xy", on_screen(drags, *place), strict=True), id=n) for n, place in enumerate(places)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", (6, 7)), send("touchMove", (7, 7)), send("touchMove", (8, 7)), send("touchEnd")
    ws = editor.edit(code(editor), [Drag(6, 7, 2, 0)], [(10, 10)]).ws
    expect(steps(drags)).to_have_count(2)
    expect_picture(drags, ws, editor)
    send("touchStart", (6, 8)), send("touchMove", (7, 8))  # a drag becomes a pinch
    send("touchStart", (7, 8), (9, 8)), send("touchMove", (6.8, 8), (9.2, 8)), send("touchEnd")
    expect(steps(drags).last).to_have_text("zoom in by 20%")
    expect_picture(drags, editor.edit(ws, [Drag(8, 8, zoom=np.log(1.2))], [(10, 10)]).ws, editor)
    send("touchStart", (6, 8)), send("touchMove", (9, 8)), send("touchCancel")
    page.wait_for_timeout(500)
    expect(steps(drags)).to_have_count(3)
    assert page.problems == []
    page.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_phones_and_axe(browser, folder, theme):
    page = opened(browser, folder, theme, viewport=PHONE, color_scheme=theme)
    drags = page.locator(".gb-drags")
    tap(drags, 10, 10)
    drags.get_by_text("With the keyboard").click()
    expect_fit_for_all(page)
    page.context.close()


def test_without_scripts_the_still_is_there(browser, folder):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto((folder / "light.html").as_uri())
    expect(page.locator(".gb-widget-still")).to_have_count(1)
    assert all(len(each.get_attribute("alt")) > 60 for each in page.locator(".gb-widget-still img").all())
    page.context.close()


# The model on the page


def test_the_model_of_a_checkpoint_is_that_of_its_widget(editor, widget, monkeypatch, tmp_path):
    from ganbook.chapters.drag_editing import recipe

    monkeypatch.setattr(recipe, "load", lambda folder: editor if folder == tmp_path else None)
    assert web.live_model(tmp_path).id == widget.page_facts().model

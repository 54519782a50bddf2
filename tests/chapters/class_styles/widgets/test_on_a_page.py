"""The painter on a plain page with no kernel, used as a person would, against Python's own answers."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
import widget_pages
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect
from widget_pages import PHONE, expect_fit_for_all, opened, shown, write_pages

from ganbook.chapters import class_styles
from ganbook.chapters.class_styles import web
from ganbook.chapters.class_styles.widgets import ClassStyler
from ganbook.data.avatars import LABELS
from ganbook.data.avatars.label_maps import CLASS_COLOURS
from ganbook.widgets.live import export_model, site

WIDGETS = Path(class_styles.__file__).parent / "widgets"
SIDE = 32
SKIN, HAIR, MOUTH = (LABELS.index(name) for name in ("skin", "hair", "mouth"))
expect.set_options(timeout=30_000)  # a machine that trains meanwhile is slow


@pytest.fixture(scope="module")
def styler(stand_ins):
    return stand_ins.some_styler()


@pytest.fixture(scope="module")
def maps(stand_ins):
    return stand_ins.some_maps()


@pytest.fixture(scope="module")
def pictures(stand_ins, maps):
    return stand_ins.some_pictures(maps)


@pytest.fixture(scope="module")
def widget(styler, pictures, maps):
    return ClassStyler(styler, pictures, maps, references=4)


@pytest.fixture(scope="module")
def folder(widget, styler, tmp_path_factory) -> Path:
    """The site: light.html and dark.html."""
    folder = tmp_path_factory.mktemp("site")
    record = export_model(web.model_of(styler), folder / "models")
    part = widget._repr_mimebundle_()[0]["text/html"]
    assert site.models_asked_for(part) == {record["id"]} and record["largest_difference"] <= web.TOLERANCE
    write_pages(folder, part, [record["id"]], WIDGETS)
    return folder


@pytest.fixture(scope="module")
def page(browser: Browser, folder) -> Page:
    page = opened(browser, folder, "light")
    yield page
    assert page.problems == []
    page.context.close()


@pytest.fixture
def painter(page) -> Locator:
    page.locator(".gb-painter").get_by_role("button", name="Reset").click()
    return page.locator(".gb-painter")


def press(painter: Locator, name: str) -> None:
    painter.get_by_role("button", name=name, exact=True).click()


def choose(painter: Locator, name: str) -> None:
    painter.get_by_role("radio", name=name).click()


def map_of(painter: Locator) -> torch.Tensor:
    """The label map that stands on the page, read by its colours."""
    pixels = shown(painter.locator(".gb-surface canvas"))
    found = (pixels[:, :, None] == CLASS_COLOURS).all(-1)
    assert found.any(-1).all()
    return torch.from_numpy(found.argmax(-1))[None]


def expect_painted(painter: Locator, styler, labels, styles) -> None:
    """The picture is Python's but for rounding: the browser's engine adds in another order than torch."""
    wanted = styler.paint(labels, styles)[0].permute(1, 2, 0).numpy().astype(int)
    for attempt in range(60):
        if np.abs(shown(painter.locator("canvas.gb-result")) - wanted).max() <= web.TOLERANCE:
            return
        painter.page.wait_for_timeout(100 + 10 * attempt)
    raise AssertionError("the picture is not Python's")


def with_codes(styles, other, number, levels=(0, 1, 2)):
    """Codes with those of others for one class at some levels."""
    local = styles.local.clone()
    local[:, list(levels), number] = other.local[:, list(levels), number]
    return styles._replace(local=local)


def draw_of(styler, number):
    return styler.drawn(1, seed=number)


def expect_said(painter: Locator, text: str) -> None:
    expect(painter.locator("[aria-live]")).to_have_text(text)


def test_it_opens_with_the_first_map_and_draw(painter, styler, maps):
    assert torch.equal(map_of(painter)[0], maps[0].long())
    expect_painted(painter, styler, maps[:1], draw_of(styler, 0))
    expect(painter.get_by_role("radio", name="skin")).to_have_attribute("aria-checked", "true")
    expect(painter.get_by_role("radio", name="accessory")).to_have_text("accessoryabsent")
    expect(painter.get_by_role("button", name="Undo")).to_be_disabled()


# Painting


def drag(painter: Locator, *places: tuple[float, float]) -> None:
    widget_pages.drag(painter.locator(".gb-surface canvas"), SIDE, *places)


def test_a_line_is_painted_and_taken_back(painter, styler, maps):
    choose(painter, "hair")
    drag(painter, (4, 10), (20, 10))
    found = map_of(painter)
    changed = found[0] != maps[0]
    assert (found[0, 10, 4:21] == HAIR).all() and (found[0][changed] == HAIR).all()
    assert changed.any(1).nonzero().flatten().tolist() == [8, 9, 10, 11, 12], "a brush of five pixels"
    expect_painted(painter, styler, found, draw_of(styler, 0))
    press(painter, "Undo")
    assert torch.equal(map_of(painter)[0], maps[0].long())
    expect_painted(painter, styler, maps[:1], draw_of(styler, 0))
    expect_said(painter, "Undone. No step is left.")


def test_the_eraser_brings_back_what_was_there(painter, maps):
    press(painter, "Fill the map")
    assert (map_of(painter) == SKIN).all()
    painter.get_by_label("Brush", exact=True).select_option("9")
    press(painter, "Eraser")
    drag(painter, (16, 16), (16, 16))
    found = map_of(painter)[0]
    assert torch.equal(found[13:20, 13:20], maps[0, 13:20, 13:20].long()) and (found[:8] == SKIN).all()


def test_one_class_alone_keeps_the_styles_of_the_others(painter, styler, maps):
    choose(painter, "hair")
    press(painter, "New style")  # draw 1
    choose(painter, "skin")
    press(painter, "Fill the map")
    one = torch.full((1, SIDE, SIDE), SKIN)
    styles = with_codes(draw_of(styler, 0), draw_of(styler, 1), HAIR)
    expect_painted(painter, styler, one, styles)
    choose(painter, "hair")
    expect(painter.get_by_text("Not on the label map: its style is kept")).to_have_count(1)
    drag(painter, (8, 8), (24, 24))
    expect_painted(painter, styler, map_of(painter), styles)


def test_a_class_of_one_pixel_is_told(painter):
    choose(painter, "accessory")
    painter.get_by_label("Brush", exact=True).select_option("1")
    drag(painter, (5, 5), (5, 5))
    expect(painter.get_by_text("1 pixels, so few that no level sees them: its style cannot show.")).to_have_count(1)
    drag(painter, (4, 4), (4, 4))
    expect(painter.get_by_text("2 pixels, seen at the levels of 8, 16 pixels.")).to_have_count(1)


def test_the_keyboard_paints(painter, maps):
    surface = painter.get_by_role("application")
    surface.focus()
    for key in ("6", "Shift+ArrowLeft", "ArrowUp", " "):  # mouth; from the middle
        painter.page.keyboard.press(key)
    expect_said(painter, "Row 16, column 12: mouth.")
    found = map_of(painter)[0]
    assert found[15, 11] == MOUTH and (found != maps[0]).any()
    expect(painter.get_by_role("radio", name="mouth")).to_have_attribute("aria-checked", "true")
    painter.page.keyboard.press("e")
    painter.page.keyboard.press(" ")
    assert torch.equal(map_of(painter)[0], maps[0].long())
    painter.page.keyboard.press("u")
    assert torch.equal(map_of(painter)[0], found)


# Styles


def test_a_new_style_is_that_of_the_next_draw(painter, styler, maps):
    press(painter, "New style")
    styles = with_codes(draw_of(styler, 0), draw_of(styler, 1), SKIN)
    expect_painted(painter, styler, maps[:1], styles)
    expect_said(painter, "Here is a new style for skin.")
    choose(painter, "hair")
    painter.get_by_label("Level").select_option(label="8 × 8")
    press(painter, "New at this level")
    expect_painted(painter, styler, maps[:1], with_codes(styles, draw_of(styler, 2), HAIR, [1]))
    press(painter, "Undo")
    expect_painted(painter, styler, maps[:1], styles)


def test_what_is_locked_stays(painter, styler, maps):
    press(painter, "Lock")
    expect(painter.get_by_role("button", name="New style", exact=True)).to_be_disabled()
    expect(painter.get_by_label("Axis 1")).to_be_disabled()
    expect(painter.get_by_role("radio", name="skin")).to_have_text("skinlocked")
    press(painter, "New styles for all")
    every = draw_of(styler, 1)._replace(whole=draw_of(styler, 0).whole)
    expect_painted(painter, styler, maps[:1], with_codes(every, draw_of(styler, 0), SKIN))
    press(painter, "New whole")
    styles = with_codes(every._replace(whole=draw_of(styler, 2).whole), draw_of(styler, 0), SKIN)
    expect_painted(painter, styler, maps[:1], styles)


def test_a_slider_moves_a_code_along_its_axis(painter, styler, maps, widget):
    axes = torch.from_numpy(np.frombuffer(widget.axes, "<f4").copy())
    styles, middle = draw_of(styler, 0), styler.encoder.prior.middle
    code, axis = styles.local[0, 2, SKIN], axes[8:].view(3, 7, 3, 4)[2, SKIN, 1]
    away = code - middle.local[0, 2, SKIN]
    level = painter.get_by_label("Level")
    expect(level).to_have_value(str(widget.telling[SKIN]))
    level.select_option(label="4 × 4, coarsest")
    slider = painter.get_by_label("Axis 2")
    expect(slider).to_have_attribute("aria-valuetext", f"{float(away @ axis):.2f}")
    for value in (1.5, -2.5):
        slider.fill(str(value))
    moved = styles.local.clone()
    moved[0, 2, SKIN] = code + (-2.5 - away @ axis) * axis
    expect_painted(painter, styler, maps[:1], styles._replace(local=moved))
    painter.get_by_label("As a whole").fill("2")
    whole = styles.whole + (2 - (styles.whole - middle.whole) @ axes[:8]) * axes[:8]
    expect_painted(painter, styler, maps[:1], styles._replace(whole=whole, local=moved))
    press(painter, "Undo")
    press(painter, "Undo")  # all of the slider's moves are one step
    expect_painted(painter, styler, maps[:1], styles)


# References


def test_a_class_is_copied_from_a_reference(painter, styler, maps, pictures):
    read = styler.read(pictures[1:2], maps[1:2]).mean
    press(painter, "Copy skin")
    styles = with_codes(draw_of(styler, 0), read, SKIN)
    expect_painted(painter, styler, maps[:1], styles)
    expect_said(painter, "Copied from reference 2: skin.")
    press(painter, "Copy the whole's code")
    expect_painted(painter, styler, maps[:1], styles._replace(whole=read.whole))


def test_all_classes_that_a_reference_holds_are_copied_but_the_locked(painter, styler, maps, pictures):
    found = styler.read(pictures[2:3], maps[2:3])
    styles = draw_of(styler, 0)
    press(painter, "Lock")
    painter.get_by_role("button", name="reference 3").click()
    press(painter, "Copy all classes")
    taken = found.present[..., None].clone()
    taken[:, :, SKIN] = False
    expect_painted(painter, styler, maps[:1], styles._replace(local=torch.where(taken, found.mean.local, styles.local)))


def test_a_class_that_the_reference_does_not_hold_changes_nothing(painter, styler, maps):
    painter.get_by_role("button", name="reference 4").click()  # background but for one pixel that no level sees
    for name in ("hair", "mouth"):
        choose(painter, name)
        press(painter, f"Copy {name}")
        says = f"reference 4 holds no {name} (or too little of it); it holds background. Nothing was changed."
        expect(painter.get_by_role("alert")).to_have_text(says)
    expect(painter.get_by_role("button", name="Undo")).to_be_disabled()
    expect_painted(painter, styler, maps[:1], draw_of(styler, 0))


def test_what_was_painted_becomes_a_reference(painter, styler, maps):
    press(painter, "New style")
    press(painter, "Keep this picture as a reference")
    expect(painter.get_by_role("button", name="your picture")).to_have_attribute("aria-pressed", "true")
    press(painter, "Reset")
    expect(painter.get_by_role("button", name="your picture")).to_have_count(0)


# Files


def save(path: Path, labels: torch.Tensor, grey: bool) -> Path:
    Image.fromarray(labels.numpy().astype(np.uint8) if grey else CLASS_COLOURS[labels.numpy()]).save(path)
    return path


@pytest.mark.parametrize("grey", [True, False])
def test_a_label_map_of_ones_own(painter, styler, maps, tmp_path, grey):
    painter.get_by_text("A label map of your own").click()
    large = maps[1].repeat_interleave(3, 0).repeat_interleave(3, 1)
    painter.get_by_label("Open a label map").set_input_files(save(tmp_path / "map.png", large, grey))
    expect_said(painter, "map.png is the label map now.")
    assert torch.equal(map_of(painter)[0], maps[1].long())
    expect_painted(painter, styler, maps[1:2], draw_of(styler, 0))
    press(painter, "Undo")
    assert torch.equal(map_of(painter)[0], maps[0].long())
    painter.get_by_text("A label map of your own").click()


def test_files_that_do_not_fit_change_nothing(painter, styler, maps, tmp_path):
    painter.get_by_text("A label map of your own").click()
    unknown = maps[0].clone()
    unknown[0, 0] = 9
    Image.fromarray(np.zeros((8, 6), np.uint8)).save(tmp_path / "oblong.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    save(tmp_path / "unknown.png", unknown, grey=True)
    for name, says in {
        "unknown.png": "a label map of another palette: 1 of its colours belong to no class, such as rgb(9, 9, 9).",
        "oblong.png": "oblong.png has 6 × 8 pixels; it must be square.",
        "broken.png": "broken.png is no picture that this browser can read.",
    }.items():
        painter.get_by_label("Open a label map").set_input_files(tmp_path / name)
        expect(painter.get_by_role("alert")).to_contain_text(f"{says} Nothing was changed.")
    expect(painter.get_by_role("button", name="Undo")).to_be_disabled()
    expect_painted(painter, styler, maps[:1], draw_of(styler, 0))
    painter.get_by_text("A label map of your own").click()


def test_a_reference_of_ones_own(painter, styler, maps, pictures, tmp_path):
    painter.get_by_text("A reference of your own").click()
    press(painter, "Add the reference")
    expect(painter.get_by_role("alert")).to_contain_text("A reference needs a picture and its label map.")
    Image.fromarray(pictures[2].permute(1, 2, 0).numpy()).save(tmp_path / "holiday.png")
    painter.get_by_label("Its picture").set_input_files(tmp_path / "holiday.png")
    painter.get_by_label("Its label map").set_input_files(save(tmp_path / "map.png", maps[2], grey=True))
    press(painter, "Add the reference")
    expect(painter.get_by_role("button", name="holiday.png")).to_have_attribute("aria-pressed", "true")
    press(painter, "Copy skin")
    read = styler.read(pictures[2:3], maps[2:3]).mean
    expect_painted(painter, styler, maps[:1], with_codes(draw_of(styler, 0), read, SKIN))
    painter.get_by_text("A reference of your own").click()


# For everybody


def test_arrow_keys_choose_a_class(painter):
    painter.get_by_role("radio", name="skin").focus()
    for key, name in (("ArrowRight", "hair"), ("ArrowUp", "skin"), ("ArrowLeft", "clothes"), ("ArrowDown", "skin")):
        painter.page.keyboard.press(key)
        expect(painter.get_by_role("radio", name=name)).to_be_focused()
        expect(painter.get_by_role("radio", checked=True)).to_have_accessible_name(re.compile(name))


def test_all_of_it_is_reached_with_the_keyboard(painter):
    press(painter, "New style")  # else there is nothing to undo
    painter.get_by_role("radio", name="skin").focus()
    names = []
    for _ in range(32):
        kind, text = painter.page.evaluate(
            "(one => [one.type || one.tagName, one.textContent || one.getAttribute('aria-label') || ''])"
            "(document.activeElement)"
        )
        names.append(kind if kind in ("range", "select-one") else text.strip())
        painter.page.keyboard.press("Tab")
    wanted = ["skin", "select-one", "Eraser", "Fill the map", "Save the map", "A label map of your own"]
    wanted += ["New styles for all", "New whole", "Undo", "Reset", "range", "New style", "Lock", "select-one"]
    wanted += ["range", "range", "range", "New at this level", "Copy skin", "Copy all classes", "Copy the whole's code"]
    wanted += ["Keep this picture as a reference", "A reference of your own"]
    left = iter(names)
    assert all(any(name == each for each in left) for name in wanted), names


def test_a_finger_is_enough(browser, folder, styler, maps):
    page = opened(browser, folder, "light", viewport=PHONE, has_touch=True)
    painter = page.locator(".gb-painter")
    painter.get_by_role("radio", name="hair").tap()
    painter.locator(".gb-surface").tap()
    found = map_of(painter)
    assert (found[0] != maps[0]).any()
    expect_painted(painter, styler, found, draw_of(styler, 0))
    assert painter.locator(".gb-surface").evaluate("one => getComputedStyle(one).touchAction") == "none"
    assert page.problems == []
    page.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_phones_and_axe(browser, folder, theme):
    page = opened(browser, folder, theme, viewport=PHONE, color_scheme=theme)
    painter = page.locator(".gb-painter")
    for summary in painter.locator("summary").all():
        summary.click()
    press(painter, "Lock")
    expect_fit_for_all(page)
    page.context.close()


def test_without_scripts_the_still_is_there(browser, folder):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto((folder / "light.html").as_uri())
    expect(page.locator(".gb-widget-still")).to_have_count(1)
    assert all(len(each.get_attribute("alt")) > 60 for each in page.locator(".gb-widget-still img").all())
    page.context.close()

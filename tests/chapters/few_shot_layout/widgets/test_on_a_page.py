"""Both widgets on a plain page with no kernel, used as a person would, against Python's own answers."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import widget_pages
from chapters.few_shot_layout.few import CLASSES, SIDE, squares, tiny_painter
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect
from widget_pages import PHONE, expect_fit_for_all, opened, shown, write_pages

from ganbook.chapters import few_shot_layout
from ganbook.chapters.few_shot_layout import web
from ganbook.chapters.few_shot_layout.inference import read_map
from ganbook.chapters.few_shot_layout.pseudo_labels import dense_labels, enlarged, exemplars, prototypes, sparse_labels
from ganbook.chapters.few_shot_layout.widgets import LayoutPainter, OneShotAnnotator
from ganbook.data.avatars import LABELS
from ganbook.data.avatars.label_maps import CLASS_COLOURS, coloured
from ganbook.errors import UserError
from ganbook.widgets import base
from ganbook.widgets.live import export_model, site

WIDGETS = Path(few_shot_layout.__file__).parent / "widgets"
MAPS, HEIGHT, DARK = squares(3), 8, 40
SKIN, HAIR, MOUTH = (LABELS.index(name) for name in ("skin", "hair", "mouth"))
expect.set_options(timeout=60_000)  # a machine that trains meanwhile is slow


@pytest.fixture(scope="module")
def painters():
    """Of label maps, and of scribbles."""
    return tiny_painter(), tiny_painter("sparse")


@pytest.fixture(scope="module")
def folder(painters, tmp_path_factory) -> Path:
    """The site: a page with the painter of label maps, the annotator, and the painter of scribbles."""
    folder = tmp_path_factory.mktemp("site")
    dense, sparse = painters
    ids = [export_model(web.model_of(each), folder / "models")["id"] for each in painters]
    widgets = [LayoutPainter(dense, MAPS), OneShotAnnotator(dense, count=4), LayoutPainter(sparse)]
    html = "".join(widget._repr_mimebundle_()[0]["text/html"] for widget in widgets)
    assert site.models_asked_for(html) == set(ids)
    write_pages(folder, html, ids, WIDGETS)
    return folder


@pytest.fixture(scope="module")
def page(browser: Browser, folder) -> Page:
    page = opened(browser, folder, "light", 3)
    yield page
    assert page.problems == []
    page.context.close()


def reset(page: Page, number: int) -> Locator:
    widget = page.locator(".gb-painter").nth(number)
    widget.get_by_role("button", name="Reset").click()
    return widget


@pytest.fixture
def maps(page) -> Locator:
    return reset(page, 0)


@pytest.fixture
def annotator(page) -> Locator:
    return reset(page, 1)


@pytest.fixture
def scribbles(page) -> Locator:
    return reset(page, 2)


def press(widget: Locator, name: str) -> None:
    widget.get_by_role("button", name=name, exact=True).click()


def choose(widget: Locator, name: str) -> None:
    widget.get_by_role("radio", name=name).click()


def drag(widget: Locator, *places: tuple[float, float], side: int = SIDE) -> None:
    widget_pages.drag(widget.locator(".gb-surface canvas").last, side, *places)


def classes_of(canvas: Locator) -> torch.Tensor:
    """The label map that a canvas shows, (1, side, side), read by its colours; -1 where it is dark."""
    found = (shown(canvas)[:, :, None] == CLASS_COLOURS).all(-1)
    dark = (shown(canvas) == DARK).all(-1)
    assert (found.any(-1) | dark).all()
    return torch.from_numpy(np.where(dark, -1, found.argmax(-1)))[None]


def map_of(widget: Locator) -> torch.Tensor:
    return classes_of(widget.locator(".gb-surface canvas"))


def settled(widget: Locator, right) -> None:
    """Wait until ``right()`` holds: the page works meanwhile."""
    for attempt in range(80):
        if right():
            return
        widget.page.wait_for_timeout(100 + 10 * attempt)
    raise AssertionError("the page does not show what Python says")


def expect_drawn(widget: Locator, painter, ws) -> None:
    """The picture is Python's but for rounding: the browser's engine adds in another order than torch."""
    wanted = painter.draw(ws)[0].permute(1, 2, 0).numpy().astype(int)
    canvas = widget.locator("canvas.gb-result")
    settled(widget, lambda: np.abs(shown(canvas) - wanted).max() <= web.TOLERANCE)


def expect_said(widget: Locator, text: str) -> None:
    expect(widget.locator("[aria-live]")).to_have_text(text)


# The painter


def test_it_opens_with_the_first_map(maps, painters):
    assert torch.equal(map_of(maps)[0], MAPS[0].long())
    expect_drawn(maps, painters[0], painters[0].codes(MAPS[:1]))
    expect(maps.get_by_role("button", name="Undo")).to_be_disabled()
    assert torch.equal(
        classes_of(maps.get_by_role("img", name=re.compile("as the encoder sees"))), painters[0].wanted(MAPS[:1])
    )


def test_a_line_is_painted_and_taken_back(maps, painters):
    choose(maps, "hair")
    maps.get_by_label("Brush", exact=True).select_option("3")
    drag(maps, (3, 6), (12, 6))
    found = map_of(maps)
    changed = found[0] != MAPS[0]
    assert (found[0][changed] == HAIR).all() and (found[0, 6, 3:13] == HAIR).all()
    expect_drawn(maps, painters[0], painters[0].codes(found))
    press(maps, "Undo")
    assert torch.equal(map_of(maps)[0], MAPS[0].long())
    expect_drawn(maps, painters[0], painters[0].codes(MAPS[:1]))
    expect_said(maps, "Undone. No step is left.")


def test_an_area_is_filled(maps):
    choose(maps, "mouth")
    press(maps, "Fill an area")
    drag(maps, (1, 1), (14, 14))
    found, first = map_of(maps)[0], MAPS[0].long()
    changed = found != first
    assert (found[changed] == MOUTH).all() and (first[changed] == first[1, 1]).all()
    assert changed[:4, :4].all() or first[1, 1] == MOUTH
    border = torch.nn.functional.max_pool2d(changed[None].float(), 3, 1, 1)[0].bool() & ~changed
    cross = torch.zeros_like(changed)
    cross[1:] |= changed[:-1]
    cross[:-1] |= changed[1:]
    cross[:, 1:] |= changed[:, :-1]
    cross[:, :-1] |= changed[:, 1:]
    assert (first[border & cross] != first[1, 1]).all()


def test_the_keyboard_paints(maps):
    maps.get_by_role("application").focus()
    for key in ("6", "Shift+ArrowLeft", "ArrowUp", " "):
        maps.page.keyboard.press(key)
    expect_said(maps, "Row 8, column 4: mouth.")
    assert map_of(maps)[0, 7, 3] == MOUTH
    maps.page.keyboard.press("e")
    maps.page.keyboard.press(" ")
    assert torch.equal(map_of(maps)[0], MAPS[0].long())
    maps.page.keyboard.press("f")
    expect(maps.get_by_role("button", name="Fill an area")).to_have_attribute("aria-pressed", "true")
    expect(maps.get_by_role("button", name="Eraser")).to_have_attribute("aria-pressed", "false")


def test_a_new_style_changes_the_upper_layers_alone(maps, painters):
    dense, _ = painters
    ws = dense.codes(MAPS[:1])
    press(maps, "New style")
    expect_drawn(maps, dense, dense.restyled(ws, dense.looks(1, 0)))
    press(maps, "New style")
    expect_drawn(maps, dense, dense.restyled(ws, dense.looks(1, 1)))
    press(maps, "The encoder's look")
    expect_drawn(maps, dense, ws)
    press(maps, "Undo")
    expect_drawn(maps, dense, dense.restyled(ws, dense.looks(1, 1)))


def test_refinement_goes_where_python_goes(maps, painters):
    """Slopes are found by trying, not by gradients: the ways part slowly."""
    dense, _ = painters
    press(maps, "Refine")
    step = maps.get_by_role("slider", name="Step")
    expect(step).to_have_attribute("max", "8")
    expect(maps.get_by_role("button", name="Refine")).to_have_count(1)
    assert "This page computes no gradients" in maps.get_by_text("Step 40 of 40.").text_content()
    ws = dense.codes(MAPS[:1])
    kept, losses = dense.refined(ws, MAPS[:1], 40, 5)
    told = maps.locator(".gb-hint", has_text="mean cosine")
    cosine = float(told.text_content().split()[-1].rstrip("."))
    end = 1 - float(dense.slope(kept[-1], dense.wanted(MAPS[:1]))[0][0])
    assert cosine > 1 - float(losses[0, 0]) + 0.5 * (end - 1 + float(losses[0, 0])), "most of the gain"
    step.fill("1")
    wanted = dense.draw(kept[1])[0].permute(1, 2, 0).numpy().astype(int)
    settled(maps, lambda: np.abs(shown(maps.locator("canvas.gb-result")) - wanted).mean() <= 2)
    step.fill("0")
    expect_drawn(maps, dense, ws)
    press(maps, "Undo")
    expect(step).to_have_count(0)  # hidden again


def test_painting_stops_a_refinement(maps, painters):
    press(maps, "Refine")
    expect(maps.get_by_role("button", name="Stop")).to_have_count(1)
    choose(maps, "skin")
    drag(maps, (8, 8), (9, 9))
    expect(maps.get_by_role("button", name="Refine")).to_have_count(1)
    expect_drawn(maps, painters[0], painters[0].codes(map_of(maps)))


def test_the_heat_map_is_the_cosine_with_the_chosen_prototype(maps, painters):
    dense, _ = painters
    likeness = dense.likeness(dense.codes(MAPS[:1]))[0]
    for name in ("skin", "hair"):
        choose(maps, name)
        number = LABELS.index(name)
        canvas = maps.get_by_role("img", name=re.compile(f"prototype of {name}"))
        np.testing.assert_allclose(shown(canvas)[..., 0] / 255, likeness[number].clamp(0, 1), atol=0.01)
        text = f"Likeness to {name}" if dense.given.present[number] else f"{name}: not in the annotated picture"
        expect(maps.get_by_text(text)).to_have_count(1)
    read = maps.get_by_role("img", name=re.compile("nearest to each feature"))
    wanted = dense_labels(dense.features(dense.codes(MAPS[:1])), dense.given)
    assert (classes_of(read) == wanted).float().mean() > 0.95


def test_examples_and_clearing(maps, painters):
    maps.get_by_role("button", name="Example 2").click()
    assert torch.equal(map_of(maps)[0], MAPS[1].long())
    expect_drawn(maps, painters[0], painters[0].codes(MAPS[1:2]))
    press(maps, "Clear")
    assert not map_of(maps).any()
    expect(maps.get_by_text("Understood: all is background, so the picture says little")).to_have_count(1)
    expect_drawn(maps, painters[0], painters[0].codes(torch.zeros_like(MAPS[:1])))


def test_scribbles_of_nothing_and_of_one_pixel(scribbles, painters):
    _, sparse = painters
    press(scribbles, "Clear")
    expect(scribbles.get_by_text("Understood: nothing is marked")).to_have_count(1)
    expect(scribbles.get_by_text("Nothing is asked for that has a prototype.")).to_have_count(1)
    expect_drawn(scribbles, sparse, sparse.codes(torch.zeros_like(MAPS[:1])))
    there = LABELS[int(sparse.given.present[1:].nonzero()[0]) + 1]
    choose(scribbles, there)
    scribbles.get_by_label("Brush", exact=True).select_option("1")
    drag(scribbles, (6, 6), (6, 6))
    expect(scribbles.get_by_text(f"Understood: a single pixel of {there}, widened to a square")).to_have_count(1)
    expect_drawn(scribbles, sparse, sparse.codes(map_of(scribbles)))
    press(scribbles, "Eraser")
    drag(scribbles, (6, 6), (6, 6))
    assert not map_of(scribbles).any()


# Files


def save(path: Path, picture) -> Path:
    Image.fromarray(np.asarray(picture)).save(path)
    return path


def test_a_map_of_ones_own_is_understood_as_far_as_it_can_be(maps, painters, tmp_path):
    maps.get_by_text("A label map of your own").click()
    given = np.pad(np.where(MAPS[1] == 3, 19, MAPS[1]).repeat(3, 0).repeat(3, 1), ((0, 0), (6, 6))).astype(np.uint8)
    maps.get_by_label("Open a label map").set_input_files(save(tmp_path / "map.png", given))
    expect_said(maps, "map.png is the label map now.")
    found = read_map(given, SIDE)
    assert torch.equal(map_of(maps)[0], found.labels.long())
    said = [each.text_content() for each in maps.locator(".gb-notes li").all()]
    assert said == [f"{each[0].upper()}{each[1:]}." for each in found.notes] and len(said) == 3
    expect_drawn(maps, painters[0], painters[0].codes(found.labels[None]))
    press(maps, "Undo")
    assert torch.equal(map_of(maps)[0], MAPS[0].long())
    expect(maps.locator(".gb-notes li")).to_have_count(0)
    maps.get_by_text("A label map of your own").click()


def test_what_is_no_map_changes_nothing(maps, painters, tmp_path):
    maps.get_by_text("A label map of your own").click()
    (tmp_path / "broken.png").write_bytes(b"no picture")
    photograph = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    save(tmp_path / "photograph.png", photograph)
    for name, says in {
        "broken.png": "broken.png is no picture that this browser can read. Nothing was changed.",
        "photograph.png": "colours that are not those of the classes. Nothing was changed.",
    }.items():
        maps.get_by_label("Open a label map").set_input_files(tmp_path / name)
        expect(maps.get_by_role("alert")).to_contain_text(says)
    expect(maps.get_by_role("button", name="Undo")).to_be_disabled()
    expect_drawn(maps, painters[0], painters[0].codes(MAPS[:1]))
    maps.get_by_text("A label map of your own").click()


def thin_line():
    large = np.zeros((160, 160), np.uint8)
    large[:, 3] = 5
    large[40:80, 40:80] = 2
    return large


def brought():
    rows = coloured(MAPS[0])
    rows[:3] = (255, 0, 255)
    dot = np.zeros((SIDE, SIDE), np.uint8)
    dot[4, 5] = 4
    return {
        "fits": MAPS[0].numpy(),
        "colours": coloured(MAPS[0]),
        "darker colours": np.clip(coloured(MAPS[1]).astype(int) - 6, 0, 255).astype(np.uint8),
        "strange colours": rows,
        "unknown classes": np.where(MAPS[0] == 3, 19, MAPS[0]).astype(np.uint8),
        "not square": np.pad(MAPS[0].numpy(), ((0, 0), (3, 4))),
        "larger": MAPS[2].numpy().repeat(5, 0).repeat(5, 1),
        "smaller": MAPS[2].numpy()[::4, ::4],
        "a thin line": thin_line(),
        "one class": np.full((SIDE, SIDE), 3, np.uint8),
        "empty": np.zeros((SIDE, SIDE), np.uint8),
        "one pixel": dot,
        "a photograph": np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8),
        "pink": np.full((SIDE, SIDE, 3), (255, 0, 255), np.uint8),
    }


@pytest.fixture(scope="module")
def module(browser: Browser) -> Page:
    """A blank page with `readMap` of the painter's module."""
    page = browser.new_page()
    source = base.module_source(WIDGETS / "layout_painter.js")
    page.add_script_tag(content=f"{source}\nwindow.readMap = readMap;", type="module")
    page.wait_for_function("() => window.readMap !== undefined")
    yield page
    page.close()


@pytest.mark.parametrize("sparse", [False, True])
def test_files_are_understood_as_python_understands_them(module, sparse):
    names = ["not marked", *LABELS[1:]] if sparse else list(LABELS)
    data = {"side": SIDE, "names": names, "sparse": sparse}
    data["colours"] = ["#{:02x}{:02x}{:02x}".format(*colour) for colour in CLASS_COLOURS.tolist()]
    for what, given in brought().items():
        rgba = np.array(Image.fromarray(given).convert("RGBA"))
        file = {"rgba": rgba.flatten().tolist(), "width": rgba.shape[1], "height": rgba.shape[0]}
        found = module.evaluate(
            """([file, data]) => {
                try {
                    const { labels, notes } = readMap({ ...file, rgba: Uint8ClampedArray.from(file.rgba) }, data);
                    return { labels: [...labels], notes };
                } catch (refusal) { return refusal.message; }
            }""",
            [file, data],
        )
        try:
            labels, notes = read_map(given, SIDE, sparse)
        except UserError as refused:
            assert found == f"E{str(refused)[1:]}.", what
            continue
        assert found["labels"] == labels.flatten().tolist(), what
        assert found["notes"] == notes, what


def test_transparent_pixels_are_open(module):
    rgba = np.zeros((SIDE, SIDE, 4), np.uint8)
    rgba[:4, :4] = (*CLASS_COLOURS[3], 255)
    data = {"side": SIDE, "names": list(LABELS), "sparse": True}
    data["colours"] = ["#{:02x}{:02x}{:02x}".format(*colour) for colour in CLASS_COLOURS.tolist()]
    found = module.evaluate(
        "([rgba, side, data]) => "
        "readMap({ rgba: Uint8ClampedArray.from(rgba), width: side, height: side }, data).notes",
        [rgba.flatten().tolist(), SIDE, data],
    )
    assert found[0] == "understood: 94% of the pixels, which are transparent, as class 0"


# The annotator


def marks_of(widget: Locator) -> torch.Tensor:
    """Classes of the marked places, CLASSES where nothing is, (1, height, height)."""
    rgb = shown(widget.locator(".gb-surface canvas").last)  # black where it is transparent
    found = (rgb[:, :, None] == CLASS_COLOURS).all(-1).argmax(-1)
    return torch.from_numpy(np.where(rgb.any(-1), found, CLASSES))[None]


def labels_on(widget: Locator) -> torch.Tensor:
    """What the page says of all samples."""
    cards = widget.locator(".gb-labelled .gb-sample canvas:nth-of-type(2)").all()
    return torch.cat([classes_of(each) for each in cards])


def features_of(painter):
    others = painter.prior.generator.spread(painter.looks(3, 1_000))
    return painter.features(torch.cat([painter.shots.ws[:1], others]))


def by_prototypes(painter, marks):
    features, shots = features_of(painter), len(marks)
    given = prototypes(features[:shots], enlarged(marks, SIDE), CLASSES + 1)  # the last is: nothing marked
    return dense_labels(features, replace(given, present=given.present & (torch.arange(CLASSES + 1) < CLASSES)))


def by_votes(painter, marks):
    features = features_of(painter)
    open_places = torch.where(marks == CLASSES, 0, marks)
    found = sparse_labels(features, exemplars(features[: len(marks)], enlarged(open_places, SIDE), CLASSES))
    return torch.where(found == 0, -1, found)


def mark(annotator):
    for name, places in {"hair": ((1, 1), (5, 1)), "skin": ((2, 4), (4, 4)), "clothes": ((1, 7), (6, 7))}.items():
        choose(annotator, name)
        drag(annotator, *places, side=HEIGHT)


def test_prototypes_label_all_samples_as_python_does(annotator, painters):
    expect(annotator.get_by_text("Nothing is marked: no class has a name yet.")).to_have_count(1)
    mark(annotator)
    marks = marks_of(annotator)
    assert sorted(marks.unique().tolist()) == [1, 2, 3, CLASSES]
    wanted = by_prototypes(painters[0], marks)
    settled(annotator, lambda: (labels_on(annotator) == wanted).float().mean() > 0.99)
    expect(annotator.get_by_text("so never found: background, eyes, mouth, accessory.")).to_have_count(1)


def test_votes_label_some_places_as_python_does(annotator, painters):
    mark(annotator)
    annotator.get_by_label("Labels by").select_option("votes")
    wanted = by_votes(painters[0], marks_of(annotator))
    settled(annotator, lambda: (labels_on(annotator) == wanted).float().mean() > 0.99)
    press(annotator, "Given labels")
    wanted = by_votes(painters[0], marks_of(annotator))
    settled(annotator, lambda: (labels_on(annotator) == wanted).float().mean() > 0.98)


def test_marks_on_a_second_sample_count_too(annotator, painters):
    mark(annotator)
    first = marks_of(annotator)
    annotator.get_by_role("button", name="Sample 2").click()
    choose(annotator, "hair")
    drag(annotator, (3, 3), (6, 3), side=HEIGHT)
    both = torch.cat([first, marks_of(annotator)])
    wanted = by_prototypes(painters[0], both)
    settled(annotator, lambda: (labels_on(annotator) == wanted).float().mean() > 0.99)
    expect(annotator.get_by_text("on 2 samples")).to_have_count(1)
    press(annotator, "Undo")
    wanted = by_prototypes(painters[0], first)
    settled(annotator, lambda: (labels_on(annotator) == wanted).float().mean() > 0.99)


def test_one_class_one_place_and_background_alone_are_told(annotator):
    choose(annotator, "background")
    drag(annotator, (0, 0), (0, 0), side=HEIGHT)
    expect(annotator.get_by_text("Only background is marked: with one prototype all places")).to_have_count(1)
    settled(annotator, lambda: not labels_on(annotator).any())
    annotator.get_by_label("Labels by").select_option("votes")
    expect(annotator.get_by_text("Only the background is marked, which does not vote")).to_have_count(1)
    settled(annotator, lambda: (labels_on(annotator) == -1).all())
    press(annotator, "Clear")
    expect(annotator.get_by_text("Nothing is marked")).to_have_count(2)  # also for screen readers


# For everybody


def test_a_finger_is_enough(browser, folder, painters):
    page = opened(browser, folder, "light", 3, viewport=PHONE, has_touch=True)
    maps = page.locator(".gb-painter").first
    maps.get_by_role("radio", name="hair").tap()
    maps.locator(".gb-surface").tap()
    found = map_of(maps)
    assert (found[0] != MAPS[0]).any()
    expect_drawn(maps, painters[0], painters[0].codes(found))
    assert page.problems == []
    page.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_phones_and_axe(browser, folder, theme):
    page = opened(browser, folder, theme, 3, viewport=PHONE, color_scheme=theme)
    for summary in page.locator(".gb-painter summary").all():
        summary.click()
    press(page.locator(".gb-painter").last, "Clear")
    expect_fit_for_all(page)
    page.context.close()


def test_without_scripts_the_stills_are_there(browser, folder):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto((folder / "light.html").as_uri())
    expect(page.locator(".gb-widget-still")).to_have_count(3)
    assert all(len(each.get_attribute("alt")) > 60 for each in page.locator(".gb-widget-still img").all())
    page.context.close()

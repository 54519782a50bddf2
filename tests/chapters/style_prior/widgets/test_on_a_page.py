"""Both widgets on a plain page with no kernel, used as a person would, against Python's own answers."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from widget_pages import PHONE, expect_fit_for_all, shown

from ganbook.chapters import style_prior
from ganbook.chapters.style_prior import web
from ganbook.chapters.style_prior.config import PROFILES
from ganbook.chapters.style_prior.model import Generator
from ganbook.chapters.style_prior.widgets import StyleMixer, Walk, layers
from ganbook.widgets.live import export_model, site

WIDGETS = Path(style_prior.__file__).parent / "widgets"
COUNT, STYLES = 3, 6
NAMES = ["more: head to the right", "less: hat area", "other", "other"]
expect.set_options(timeout=30_000)  # a machine that trains meanwhile is slow


@pytest.fixture(scope="module")
def widgets(stand_ins):
    prior = stand_ins.some_prior()
    return [StyleMixer(prior, count=COUNT), Walk(prior, stand_ins.some_directions(), NAMES)]


@pytest.fixture(scope="module")
def folder(widgets, stand_ins, tmp_path_factory) -> Path:
    """The site: light.html and dark.html."""
    folder = tmp_path_factory.mktemp("site")
    record = export_model(web.model_of(stand_ins.some_prior()), folder / "models")
    parts = "".join(widget._repr_mimebundle_()[0]["text/html"] for widget in widgets)
    assert site.models_asked_for(parts) == {record["id"]} and record["largest_difference"] <= web.TOLERANCE
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
        (folder / f"{theme}.html").write_text(head + site.laid_beside(parts, live) + script, encoding="utf-8")
    return folder


def opened(browser: Browser, folder: Path, theme: str, **context) -> Page:
    page = browser.new_context(**({"viewport": {"width": 1280, "height": 1000}} | context)).new_page()
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("console", lambda message: message.type in ("error", "warning") and page.problems.append(message.text))
    page.goto((folder / f"{theme}.html").as_uri())
    for name in ("styles", "walk"):
        expect(page.locator(f".gb-{name}")).to_have_count(1)
    return page


@pytest.fixture(scope="module")
def page(browser: Browser, folder) -> Page:
    page = opened(browser, folder, "light")
    yield page
    assert page.problems == []
    page.context.close()


@pytest.fixture
def mixer(page) -> Locator:
    page.locator(".gb-styles").get_by_role("button", name="Reset").click()
    return page.locator(".gb-styles")


@pytest.fixture
def walk(page) -> Locator:
    page.locator(".gb-walk").get_by_role("button", name="Reset").click()
    return page.locator(".gb-walk")


def expect_pictures(canvases: Locator, wanted: list[bytes]) -> None:
    """The same pictures but for rounding: the browser's engine adds in another order than torch."""
    expect(canvases).to_have_count(len(wanted))
    for attempt in range(60):
        found = [shown(canvas) for canvas in canvases.all()]
        same = [
            np.abs(one - np.frombuffer(data, np.uint8).reshape(one.shape).astype(int)).max() <= web.TOLERANCE
            for one, data in zip(found, wanted, strict=True)
        ]
        if all(same):
            return
        canvases.page.wait_for_timeout(100 + 10 * attempt)
    raise AssertionError(f"pictures that are Python's: {same}")


def slide(control: Locator, value: float) -> None:
    control.fill(str(value))


def interrupt(widget: Locator, press: str, runs: int) -> None:
    """Press a button, and Reset at the end of the network's so manieth run, before it has run as often as it has to."""
    widget.evaluate(
        """async (widget, [press, runs]) => {
          const named = (name) => [...widget.querySelectorAll("button")].find((each) => each.textContent === name);
          await new Promise((resolve) => setTimeout(resolve, 500)); // what was asked before is over
          const measure = performance.measure.bind(performance);
          let done = 0;
          await new Promise((resolve) => {
            performance.measure = (...given) => {
              measure(...given);
              if (++done < runs) return;
              performance.measure = measure;
              named("Reset").click();
              resolve();
            };
            named(press).click();
          });
        }""",
        [press, runs],
    )
    widget.page.wait_for_timeout(1_000)


# Style mixer


def expect_mixed(mixer: Locator, python: StyleMixer, chosen: tuple[int, int], **choice) -> None:
    """All pictures are those of Python: the sources, the mixed ones, and the three at the top."""

    def pictures(given, cells):
        return python._reply(choice | {"layers": given, "cells": cells}, [])[1]

    numbers = range(COUNT)
    row_a = pictures([], [[n, 0] for n in numbers])
    row_b = pictures(list(range(STYLES)), [[0, n] for n in numbers])
    mixed = pictures(choice["layers"], [[a, b] for a in numbers for b in numbers])
    a, b = chosen
    expect_pictures(mixer.locator(".gb-crossing .gb-row-a canvas"), row_a)
    expect_pictures(mixer.locator(".gb-crossing .gb-row-b canvas"), row_b)
    expect_pictures(mixer.get_by_role("radio").locator("canvas"), mixed)
    expect_pictures(mixer.locator(".gb-trio canvas"), [row_a[a], row_b[b], mixed[COUNT * a + b]])
    told = f"A{a + 1} with {layers.ranges(choice['layers'])} from B{b + 1}"
    expect(mixer.locator(".gb-trio figcaption").last).to_have_text(told)


def test_it_opens_without_the_network(mixer, widgets):
    choice = {name: widgets[0].start[name] for name in ("seeds", "layers", "psi", "noise")}
    a_b = [[a, b] for a in range(COUNT) for b in range(COUNT)]
    mixed = widgets[0]._reply(choice | {"cells": a_b}, [])[1]
    expect_pictures(mixer.get_by_role("radio").locator("canvas"), mixed)
    expect(mixer.get_by_role("radio", name="A1 and B1", exact=True)).to_have_attribute("aria-checked", "true")


def test_groups_and_single_layers_are_taken_from_row_b(mixer, widgets):
    fine, third = mixer.get_by_role("button", name="fine"), mixer.get_by_role("button", name="Layer 3 16 px")
    expect(fine).to_have_attribute("aria-pressed", "true")
    expect(third).to_have_text("Layer 3 16 px B")
    third.click()
    expect(third).to_have_text("Layer 3 16 px A")
    expect(fine).to_have_attribute("aria-pressed", "mixed")
    mixer.get_by_role("button", name="coarse").click()
    mixer.get_by_role("button", name="middle").click()
    mixer.get_by_role("radio", name="A2 and B3").click()
    expect_mixed(mixer, widgets[0], (1, 2), seeds=[0, 0], layers=[0, 4, 5], psi=0.7, noise=False)
    expect(mixer.locator("[aria-live]")).to_have_text("A2 with layers 0 and 4 to 5 from B3.")
    for name in ("coarse", "fine", "fine"):
        mixer.get_by_role("button", name=name).click()
    expect_mixed(mixer, widgets[0], (1, 2), seeds=[0, 0], layers=[], psi=0.7, noise=False)


def test_truncation_noise_and_new_rows(mixer, widgets):
    slide(mixer.get_by_label("Truncation ψ"), 0.25)
    expect(mixer.locator(".gb-slider output")).to_have_text("0.25")
    mixer.get_by_label("Noise").check()
    for name in ("New row A", "New row B", "New row B"):
        mixer.get_by_role("button", name=name).click()
    expect(mixer.get_by_text("Row A: draw 2, row B: draw 3, of 16")).to_have_count(1)
    expect_mixed(mixer, widgets[0], (0, 0), seeds=[1, 2], layers=[1, 2, 3, 4, 5], psi=0.25, noise=True)
    mixer.get_by_label("Noise").uncheck()
    slide(mixer.get_by_label("Truncation ψ"), 0)
    expect_mixed(mixer, widgets[0], (0, 0), seeds=[1, 2], layers=[1, 2, 3, 4, 5], psi=0.0, noise=False)


def test_a_drag_lets_the_screen_keep_up_and_ends_where_it_ends(mixer, widgets):
    """While the network works nothing is drawn: between its runs a frame has to come through."""
    runs, frames = mixer.get_by_label("Truncation ψ").evaluate(
        """async (slider) => {
          performance.clearMeasures();
          const frames = [];
          let on = true;
          const count = () => { frames.push(performance.now()); if (on) requestAnimationFrame(count); };
          requestAnimationFrame(count);
          for (let n = 19; n >= 9; n -= 1) {
            slider.value = n / 20;
            slider.dispatchEvent(new Event("input"));
            await new Promise((done) => setTimeout(done, 5));
          }
          while (performance.getEntriesByType("measure").length < 11) await new Promise((done) => setTimeout(done, 50));
          on = false;
          return [performance.getEntriesByType("measure").map((each) => each.startTime), frames];
        }"""
    )
    between = [sum(first < frame < last for frame in frames) for first, last in pairwise(runs)]
    assert len(runs) >= 11 and min(between) >= 1
    expect_mixed(mixer, widgets[0], (0, 0), seeds=[0, 0], layers=[1, 2, 3, 4, 5], psi=0.45, noise=False)


def test_draws_begin_anew_after_the_last(mixer):
    for _ in range(web.DRAWS):
        mixer.get_by_role("button", name="New row A").click()
    expect(mixer.get_by_text("Row A: draw 1, row B: draw 1, of 16")).to_have_count(1)


def test_a_reset_in_the_middle_of_the_work_wins(mixer, widgets):
    interrupt(mixer, "New row A", runs=7)  # of 1 + 2 * 2 + 3 * 2
    expect_mixed(mixer, widgets[0], (0, 0), seeds=[0, 0], layers=[1, 2, 3, 4, 5], psi=0.7, noise=False)


def test_arrow_keys_choose_a_picture(mixer):
    first = mixer.get_by_role("radio", name="A1 and B1")
    first.focus()
    press = mixer.page.keyboard.press
    for key, name in (
        ("ArrowRight", "A1 and B2"),
        ("ArrowDown", "A2 and B2"),
        ("ArrowLeft", "A2 and B1"),
        ("ArrowLeft", "A2 and B1"),  # the end
        ("ArrowUp", "A1 and B1"),
    ):
        press(key)
        expect(mixer.get_by_role("radio", name=name)).to_be_focused()
        expect(mixer.get_by_role("radio", checked=True)).to_have_accessible_name(name)


def test_all_of_the_mixer_is_reached_with_the_keyboard(mixer):
    mixer.get_by_role("button", name="coarse").focus()
    names = []
    for _ in range(14):
        one = mixer.page.locator(":focus")
        names.append(one.get_attribute("aria-label") or one.text_content() or one.get_attribute("type"))
        mixer.page.keyboard.press("Tab")
    pressed = ["A", "B", "B", "B", "B", "B"]
    sizes = ["4 px", "8 px", "8 px", "16 px", "16 px", "RGB"]
    layer = [f"Layer {n} {size} {row}" for n, (size, row) in enumerate(zip(sizes, pressed, strict=True))]
    assert names == [
        *("coarse", "middle", "fine"),
        *layer,
        *("range", "checkbox", "New row A", "New row B", "Reset"),
    ]
    mixer.get_by_role("button", name="Layer 0 4 px").press("Enter")
    expect(mixer.get_by_role("button", name="coarse")).to_have_attribute("aria-pressed", "true")


# Walk


def expect_walked(walk: Locator, python: Walk, seed: int, values: list[float], along: int, layers: list[int]) -> None:
    """The start, the moved picture and the strip are those of Python."""
    moves = [[stop if n == along else value for n, value in enumerate(values)] for stop in python.stops]
    wanted = python._reply({"seed": seed, "moves": [[0] * 4, values, *moves], "layers": layers}, [])[1]
    expect_pictures(walk.locator(".gb-two canvas"), wanted[:2])
    expect_pictures(walk.locator(".gb-stops canvas"), wanted[2:])


def test_sliders_move_the_picture_and_the_strip_follows(walk, widgets):
    every = list(range(STYLES))
    expect_walked(walk, widgets[1], 0, [0, 0, 0, 0], 0, every)
    slide(walk.get_by_role("slider", name="less: hat area"), -1.5)
    expect(walk.get_by_label("Strip along")).to_have_value("1")
    slide(walk.get_by_role("slider", name="other (direction 4)"), 2.2)
    expect(walk.locator(".gb-directions output")).to_have_text(["0.00", "−1.50", "0.00", "2.20"])
    expect_walked(walk, widgets[1], 0, [0, -1.5, 0, 2.2], 3, every)
    told = "less: hat area −1.50, other (direction 4) 2.20 standard deviations, layers 0 to 5."
    expect(walk.locator("[aria-live]")).to_have_text(told)
    walk.get_by_label("Strip along").select_option("more: head to the right")
    expect_walked(walk, widgets[1], 0, [0, -1.5, 0, 2.2], 0, every)


def test_a_picture_of_the_strip_is_a_place_to_go(walk, widgets):
    stop = walk.get_by_role("button", name="more: head to the right: −2")
    stop.click()
    expect(stop).to_have_attribute("aria-pressed", "true")
    expect(walk.get_by_role("slider", name="more: head to the right")).to_have_value("-2")
    expect_walked(walk, widgets[1], 0, [-2, 0, 0, 0], 0, list(range(STYLES)))
    slide(walk.get_by_role("slider", name="more: head to the right"), 0.4)
    expect(walk.locator(".gb-stops [aria-pressed=true]")).to_have_count(0)


def test_only_chosen_layers_of_another_picture_move(walk, widgets):
    walk.get_by_role("button", name="New picture").click()
    expect(walk.get_by_text("picture 2 of 16")).to_have_count(1)
    slide(walk.get_by_role("slider", name="more: head to the right"), 3)
    walk.get_by_role("button", name="fine").click()
    expect(walk.get_by_role("button", name="Layer 4")).to_have_text("Layer 4 16 px stays")
    expect_walked(walk, widgets[1], 1, [3, 0, 0, 0], 0, [0, 1, 2])
    for name in ("coarse", "middle"):
        walk.get_by_role("button", name=name).click()
    expect_walked(walk, widgets[1], 1, [3, 0, 0, 0], 0, [])
    expect(walk.locator("[aria-live]")).to_have_text("more: head to the right 3.00 standard deviations, no layer.")


def test_keys_move_a_slider_by_a_tenth(walk):
    slider = walk.get_by_role("slider", name="less: hat area")
    slider.focus()
    for _ in range(3):
        slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "0.30")
    slider.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "-3.00")


def test_a_reset_of_the_walk_in_the_middle_of_the_work_wins(walk, widgets):
    interrupt(walk, "New picture", runs=3)  # of the two large pictures, and four parts of the strip
    expect_walked(walk, widgets[1], 0, [0, 0, 0, 0], 0, list(range(STYLES)))


# Both


def test_a_finger_is_enough(browser, folder, widgets):
    page = opened(browser, folder, "light", viewport=PHONE, has_touch=True)
    mixer, walk = page.locator(".gb-styles"), page.locator(".gb-walk")
    mixer.get_by_role("button", name="Layer 1").tap()
    mixer.get_by_role("radio", name="A3 and B2").tap()
    expect_mixed(mixer, widgets[0], (2, 1), seeds=[0, 0], layers=[2, 3, 4, 5], psi=0.7, noise=False)
    walk.get_by_role("button", name="more: head to the right: +3").tap()
    expect_walked(walk, widgets[1], 0, [3, 0, 0, 0], 0, list(range(STYLES)))
    assert page.problems == []
    page.context.close()


def test_what_is_waited_for_moves_nothing_under_a_finger(browser, folder):
    page = opened(browser, folder, "light", viewport=PHONE, has_touch=True)
    places = "() => [...document.querySelectorAll('button, input')].map((each) => each.getBoundingClientRect().top)"
    before = page.evaluate(places)
    page.evaluate(
        """() => document.querySelectorAll(".gb-wait").forEach((line) => {
          line.textContent = "Loading the model…";
          line.hidden = false;
        })"""
    )
    expect(page.locator(".gb-styles .gb-wait")).to_be_visible()
    assert page.evaluate(places) == before
    mixer = page.locator(".gb-styles")
    mixer.get_by_role("radio", name="A1 and B2").tap()  # it lies under the line
    expect(mixer.get_by_role("radio", name="A1 and B2")).to_be_checked()
    page.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_phones_and_axe(browser, folder, theme):
    page = opened(browser, folder, theme, viewport=PHONE, color_scheme=theme)
    page.locator(".gb-styles").get_by_role("button", name="Layer 2").click()
    expect_fit_for_all(page)
    page.context.close()


def test_without_scripts_the_stills_are_there(browser, folder):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto((folder / "light.html").as_uri())
    expect(page.locator(".gb-widget-still")).to_have_count(2)
    assert all(len(each.get_attribute("alt")) > 60 for each in page.locator(".gb-widget-still img").all())
    page.context.close()


# The model on the page


def test_the_model_of_a_checkpoint_is_that_of_its_widgets(stand_ins, widgets, monkeypatch, tmp_path):
    prior = stand_ins.some_prior()
    monkeypatch.setattr(web, "load_prior", lambda folder: prior if folder == tmp_path else None)
    model = web.live_model(tmp_path)
    assert {model.id} == {widget.page_facts().model for widget in widgets}


def test_the_network_of_the_page_draws_as_the_prior_does(stand_ins):
    prior = stand_ins.some_prior()
    model = web.model_of(prior)
    inputs = model.random_inputs(3, 0)
    assert inputs["amount"].tolist() == [0.0, 0.5, 1.0]
    plain = model.parts[0].network(inputs["ws"], 0 * inputs["amount"])
    np.testing.assert_allclose(plain, prior.draw(inputs["ws"]).permute(0, 2, 3, 1), atol=1)
    noisy = model.parts[0].network(inputs["ws"], inputs["amount"])
    changed = (noisy.float() - plain.float()).abs().mean((1, 2, 3))
    assert changed[0] == 0 and 0 < changed[1] < changed[2]


def test_the_size_of_the_real_one_is_within_what_a_page_takes():
    """Without an export, which takes half a minute: half precision needs two bytes a weight."""
    network = web.SynthesisNetwork(Generator(PROFILES["quick"]).synthesis)
    assert 2 * sum(each.numel() for each in network.state_dict().values()) < 2_000_000

"""Both widgets on a plain page with no kernel, used as a person would, against Python's own answers."""

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from widget_pages import PHONE, expect_fit_for_all, shown

from ganbook.chapters import context_aware
from ganbook.chapters.context_aware import recipe, web
from ganbook.chapters.context_aware.widgets import ContextMixer, StageTimeline
from ganbook.errors import UserError
from ganbook.widgets.live import export_model, site

WIDGETS = Path(context_aware.__file__).parent / "widgets"
expect.set_options(timeout=30_000)  # a machine that trains meanwhile is slow


@pytest.fixture(scope="module")
def widgets(stand_ins):
    return [ContextMixer(stand_ins.some_painter(), stand_ins.some_contexts()), StageTimeline(stand_ins.some_course())]


@pytest.fixture(scope="module")
def folder(widgets, stand_ins, tmp_path_factory) -> Path:
    """The site: light.html and dark.html."""
    folder = tmp_path_factory.mktemp("site")
    record = export_model(web.model_of(stand_ins.some_painter()), folder / "models")
    parts = "".join(widget._repr_mimebundle_()[0]["text/html"] for widget in widgets)
    assert site.models_asked_for(parts) == {record["id"]} and record["largest_difference"] <= web.TOLERANCE
    live = folder / "_static" / "live"
    site.write_site(live, folder / "models", [record["id"]], [WIDGETS])
    script = '<script src="_static/live/live.js"></script>'
    for theme, paper in (("light", "#ffffff"), ("dark", "#14181e")):
        head = (
            f'<!doctype html><html lang="en" data-theme="{theme}"><meta charset="utf-8"><title>A page</title>'
            '<link rel="icon" href="data:,"><meta name="viewport" content="width=device-width">'
            f'<link rel="stylesheet" href="_static/live/live.css"><body style="background: {paper}"><main>'
            "<h1>1</h1><h2>2</h2><h3>3</h3>"
        )
        body = site.laid_beside(parts, live)
        (folder / f"{theme}.html").write_text(f"{head}{body}</main>{script}", encoding="utf-8")
    return folder


def opened(browser: Browser, folder: Path, theme: str, **context) -> Page:
    page = browser.new_context(**({"viewport": {"width": 1280, "height": 1000}} | context)).new_page()
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("console", lambda message: message.type in ("error", "warning") and page.problems.append(message.text))
    page.goto((folder / f"{theme}.html").as_uri())
    return page


@pytest.fixture(scope="module")
def page(browser: Browser, folder) -> Page:
    page = opened(browser, folder, "light")
    expect(page.locator(".gb-mixer")).to_have_count(1)
    expect(page.locator(".gb-timeline")).to_have_count(1)
    yield page
    assert page.problems == []
    page.context.close()


@pytest.fixture
def mixer(page) -> Locator:
    page.locator(".gb-mixer").get_by_role("button", name="Reset").click()
    return page.locator(".gb-mixer")


def expect_pictures(mixer: Locator, buffers: list[bytes]) -> None:
    """The same pictures but for rounding: the browser's engine adds in another order than torch."""
    canvases = mixer.locator(".gb-stages canvas")
    for number, data in enumerate(buffers):
        found = shown(canvases.nth(number))
        wanted = np.frombuffer(data, np.uint8).reshape(found.shape)
        np.testing.assert_allclose(found, wanted, atol=web.TOLERANCE)
        assert wanted.std() > 5, "a picture that says nothing"


def test_captions_contexts_and_z_are_painted_as_python_paints_them(mixer, widgets):
    python = widgets[0]
    caption = mixer.get_by_label("Caption", exact=True)
    said = mixer.locator("[aria-live]")
    for text, context, seed in (
        ("a man in the kitchen with a dog", 1, 0),
        ("an old woman", 3, 1),
        ("a boy outside", None, 2),
    ):
        caption.fill(text)
        name = re.compile("none" if context is None else f"^Context picture {context + 1}:")
        mixer.locator(".gb-shelf").get_by_role("button", name=name).click()
        if seed:
            mixer.get_by_role("button", name="Another z").click()
        expect(mixer.locator("output")).to_have_text(f"z {seed + 1} of {web.DRAWS}")
        content, buffers = python._reply({"text": text, "context": context, "seed": seed, "wins": "text"}, [])
        place = content["slots"][0]
        expect(mixer.locator(".gb-slots tbody tr").first).to_contain_text(place["said"])
        expect(mixer.locator(".gb-stages canvas").last).to_have_attribute("aria-label", f"Stage 3, of “{text}”")
        expect(said).to_contain_text(f"from {place['source']}")
        mixer.page.wait_for_timeout(300)  # z may be the last of several answers
        expect_pictures(mixer, buffers)


def test_a_contradiction_is_shown_and_the_context_may_win(mixer, widgets):
    outdoors = [row["outdoors"][1] > 0.5 for row in widgets[0].seen]
    inside = outdoors.index(False)
    mixer.locator(".gb-shelf button").nth(inside).click()
    mixer.get_by_label("Caption", exact=True).fill("a woman on the beach")
    place = mixer.locator(".gb-slots tbody tr").first
    expect(place).to_have_text("placeon the beachoutdoorstextbut the context says indoors")
    mixer.get_by_label("Where they contradict each other").select_option("the context decides")
    expect(place).to_have_text("placeon the beachindoorscontextbut the caption says otherwise")
    request = {"text": "a woman on the beach", "context": inside, "seed": 0, "wins": "context"}
    mixer.page.wait_for_timeout(300)
    expect_pictures(mixer, widgets[0]._reply(request, [])[1])


def test_columns_of_the_slots_are_even_under_the_books_theme(mixer, widgets):
    """The theme lays out tables of outputs by content, which left two letters a line for words beside a note."""
    inside = [row["outdoors"][1] > 0.5 for row in widgets[0].seen].index(False)
    mixer.evaluate("one => one.parentElement.className = 'output'")
    mixer.page.evaluate("document.body.className = 'bd-content'")
    mixer.page.add_style_tag(content=".bd-content div.output table { table-layout: auto; }")
    mixer.locator(".gb-shelf button").nth(inside).click()
    mixer.get_by_label("Caption", exact=True).fill("a woman on the beach")
    expect(mixer.locator(".gb-contradiction").first).to_be_visible()
    widths = mixer.locator(".gb-slots thead th").evaluate_all("all => all.map(each => each.offsetWidth)")
    assert max(widths[1:]) - min(widths[1:]) <= 1


def test_large_numbers_of_steps_have_room(page):
    number = page.locator(".gb-timeline .gb-phase output")
    was = number.text_content()
    number.evaluate("one => one.textContent = 'step 100,000'")
    assert number.evaluate("one => one.scrollWidth <= one.clientWidth")
    number.evaluate("(one, was) => one.textContent = was", was)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "The caption is empty, so all comes from the context picture."),
        ("犬がいる 🐕", "Only English is understood here, so all comes from the context picture."),
        ("a woman " * 600, "That is 4,800 letters: the text encoder sees 201, the parser 2,000."),
    ],
)
def test_what_cannot_be_read_is_said_in_a_line(mixer, text, says):
    mixer.get_by_label("Caption", exact=True).fill(text)
    expect(mixer.locator(".gb-note")).to_have_text(says)
    expect(mixer.get_by_role("alert")).to_have_count(0)


def test_the_parse_is_shown(mixer):
    mixer.get_by_role("button", name="A girl is dancing at the beach").click()
    expect(mixer.locator(".gb-parse")).to_have_text("CL NP a girl VP is dancing PP at NP the beach ")


def test_all_of_it_is_reached_with_the_keyboard(mixer):
    mixer.get_by_label("Caption", exact=True).focus()
    press = mixer.page.keyboard.press
    seen = []
    for _ in range(16):
        press("Tab")
        seen.append(
            mixer.page.evaluate(
                "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent"
            )
        )
    assert sum(name.startswith("Context picture") for name in seen) == 5
    assert {"A woman is sitting.", "none", "Another z", "Reset", "How the caption is parsed"} <= set(seen)
    third = mixer.locator(".gb-shelf button").nth(2)
    third.focus()
    press("Enter")
    expect(third).to_have_attribute("aria-pressed", "true")


def test_the_timeline_moves_plays_and_pauses(page):
    timeline = page.locator(".gb-timeline")
    slider, pictures = timeline.get_by_label("Training"), timeline.locator(".gb-stages canvas")
    last = [shown(pictures.nth(stage)) for stage in range(3)]
    slider.press("Home")
    expect(timeline.locator("output")).to_have_text("step 500")
    expect(timeline.locator("[aria-live]")).to_have_text(
        "Step 500: 1,000 KID 100 of stage 1, 200 of stage 2, 300 of stage 3."
    )
    assert all((shown(pictures.nth(stage)) != last[stage]).any() for stage in range(3))
    timeline.get_by_role("button", name="Play").click()
    pause = timeline.get_by_role("button", name="Pause")
    pause.click()
    at = timeline.locator("output").text_content()
    page.wait_for_timeout(900)
    expect(timeline.locator("output")).to_have_text(at)
    timeline.get_by_role("button", name="Play").click()
    expect(timeline.locator("output")).to_have_text("step 1,500")
    expect(timeline.get_by_role("button", name="Play")).to_be_visible()
    timeline.get_by_role("button", name="context outdoors").click()
    expect(timeline.locator(".gb-told")).to_have_text("“A woman is sitting.”, context outdoors")
    expect(timeline.locator(".gb-figure-value")).to_have_text(["33", "67", "100"])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_phones_and_axe(browser, folder, theme):
    page = opened(browser, folder, theme, viewport=PHONE, color_scheme=theme)
    expect(page.locator(".gb-timeline")).to_have_count(1)
    page.locator(".gb-mixer").get_by_label("Caption", exact=True).fill("a woman in the park with a very " + "long" * 40)
    expect(page.locator(".gb-parse")).to_contain_text("longlong")
    expect_fit_for_all(page)
    page.context.close()


def test_without_scripts_the_stills_are_there(browser, folder):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto((folder / "light.html").as_uri())
    expect(page.locator(".gb-widget-still")).to_have_count(2)
    assert all(len(each.get_attribute("alt")) > 60 for each in page.locator(".gb-widget-still img").all())
    page.context.close()


# The model on the page


def test_the_model_of_a_checkpoint_is_that_of_its_widget(stand_ins, widgets, monkeypatch, tmp_path):
    painter = stand_ins.some_painter()
    monkeypatch.setattr(recipe, "load_painter", lambda folder: painter if folder == tmp_path else None)
    assert web.live_model(tmp_path).id == widgets[0].page_facts().model


def test_what_the_page_cannot_run_is_refused(stand_ins):
    with pytest.raises(UserError, match="got one that reads letters, and generators that take nothing"):
        web.model_of(stand_ins.some_painter("nothing"))


def test_the_size_of_the_real_one_is_within_what_a_page_takes(tmp_path):
    """Without an export, which takes half a minute: half precision needs two bytes a weight."""
    from ganbook.chapters.context_aware.config import ENCODER_PROFILES, PROFILES
    from ganbook.chapters.context_aware.model import generators
    from ganbook.chapters.context_aware.text import text_encoder

    networks = [*generators(PROFILES["quick"]), text_encoder(ENCODER_PROFILES["quick"])]
    weights = sum(each.numel() for network in networks for each in network.state_dict().values())
    assert 2 * weights < 2_000_000

"""Every built page, opened from disk in Chromium with the network cut: both themes, wide and phone."""

import hashlib
import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route
from widget_pages import AXE, axe_script

from ganbook import paths

WIDE, PHONE = {"width": 1400, "height": 900}, {"width": 390, "height": 844}
NARROWEST_WITH_SIDEBARS = {"width": 1280, "height": 900}
PATIENCE = 120_000  # milliseconds: a busy machine is slow, not broken
LOCAL = ("file:", "data:", "blob:")
SHOWN_FIGURE_IMAGES = """
() => [...document.querySelectorAll('.gb-figure, .gb-widget-still')]
    .map(figure => [...figure.querySelectorAll('img.gb-light, img.gb-dark')])
    .filter(images => images.length)
    .map(images => images.filter(image => getComputedStyle(image).display !== 'none'))
    .map(images => images.map(image => image.classList.contains('gb-dark') ? 'dark' : 'light'))
"""
RULES = {
    "light": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
    "dark": ["color-contrast", "link-in-text-block"],  # all else is the same in both themes
}
FAULTS = """
async (rules) => {
    document.querySelectorAll('article details').forEach((fold) => { fold.open = true; });
    const found = await axe.run(document, { runOnly: rules, resultTypes: ['violations'] });
    return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}
"""
FORMULAS_THAT_SCROLL = """
() => [...document.querySelectorAll('mjx-container[display="true"]')]
    .filter((formula) => formula.scrollWidth > formula.clientWidth + 8)
    .map((formula) => formula.textContent.slice(0, 100))
"""
CLAIMS_THAT_SCROLL = """
() => [...document.querySelectorAll('.ganbook-claims')]
    .filter((table) => table.parentElement.scrollWidth > table.parentElement.clientWidth + 1).length
"""
TOO_WIDE = """
() => [...document.querySelectorAll('article *')]
    .filter(element => element.getBoundingClientRect().right > innerWidth + 1)
    .map(element => element.outerHTML.slice(0, 100)).slice(0, 5)
"""
CUT_OR_SMALL = """
async () => {
    const faults = [];
    for (const figure of document.querySelectorAll('.gb-figure')) {
        if (figure.scrollWidth > figure.clientWidth) faults.push(`scrolls: ${figure.innerText.slice(0, 80)}`);
        for (const image of [...figure.querySelectorAll('img')].filter((image) => image.checkVisibility())) {
            image.loading = 'eager';
            await image.decode();
            // 9 pt; a picture has 150 dots to an inch or more
            const letters = 9 / 72 * 150 * image.width / image.naturalWidth;
            const [inner, outer] = [image, figure].map((node) => node.getBoundingClientRect().right);
            if (inner > outer + 1) faults.push(`cut: ${image.alt.slice(0, 80)}`);
            if (letters < 9) faults.push(`letters of ${letters.toFixed(1)} pixels: ${image.alt.slice(0, 80)}`);
        }
    }
    return faults;
}
"""


def open_page(browser: Browser, url: str, theme: str, size: dict[str, int]) -> tuple[Page, list[str]]:
    """The loaded page and all that went wrong meanwhile:
    requests that leave the machine or fail, console errors, exceptions.
    """
    page = browser.new_context(viewport=size, color_scheme=theme, reduced_motion="reduce").new_page()
    page.set_default_timeout(PATIENCE)
    troubles: list[str] = []

    def only_local(route: Route) -> None:
        if route.request.url.startswith(LOCAL):
            route.continue_()
        else:
            troubles.append(f"request to {route.request.url}")
            route.abort()

    page.route("**/*", only_local)
    page.on("requestfailed", lambda request: troubles.append(f"failed: {request.url}"))
    page.on("console", lambda message: troubles.extend([f"console: {message.text}"] if message.type == "error" else []))
    page.on("pageerror", lambda error: troubles.append(f"exception: {error}"))
    page.goto(url, wait_until="load")
    if page.evaluate("typeof MathJax !== 'undefined'"):
        page.evaluate("MathJax.startup.promise")
    page.wait_for_load_state("networkidle")
    return page, troubles


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_page_works_from_disk_without_network(page: Path, theme: str, browser: Browser):
    opened, troubles = open_page(browser, page.as_uri(), theme, WIDE)
    assert troubles == []
    assert opened.evaluate("document.documentElement.dataset.theme") == theme
    assert opened.locator("mjx-merror").count() == 0
    opened.set_viewport_size(NARROWEST_WITH_SIDEBARS)
    assert opened.evaluate(FORMULAS_THAT_SCROLL) == [] and opened.evaluate(CLAIMS_THAT_SCROLL) == 0
    # a still may hold several panels
    assert [shown for shown in opened.evaluate(SHOWN_FIGURE_IMAGES) if set(shown) != {theme}] == []
    opened.context.close()


def faults(opened: Page, theme: str) -> list[str]:
    """What axe-core finds against WCAG 2.1, levels A and AA, with all that is folded on the page unfolded;
    in the dark theme only what is hard to see.
    """
    for widget in opened.locator(".gb-live").all():  # one far below is mounted when a reader comes near
        widget.scroll_into_view_if_needed()
    opened.wait_for_function("() => !document.querySelector('.gb-live:not(.gb-live-on)')")
    opened.evaluate("scrollTo(0, 0)")
    opened.add_script_tag(content=axe_script())
    return opened.evaluate(FAULTS, RULES[theme])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_page_fits_a_phone_and_is_accessible_there_and_wide(page: Path, theme: str, browser: Browser):
    # what scrolls there is focusable at once; after a change of size, the theme waits
    opened, troubles = open_page(browser, page.as_uri(), theme, PHONE)
    assert troubles == []
    width = opened.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"], opened.evaluate(TOO_WIDE)
    assert opened.evaluate(CUT_OR_SMALL) == []
    assert faults(opened, theme) == []
    opened.set_viewport_size(WIDE)
    assert faults(opened, theme) == []
    opened.context.close()


def test_a_planted_fault_is_found(book: Path, browser: Browser):
    opened, _ = open_page(browser, (book / "index.html").as_uri(), "light", WIDE)
    opened.evaluate("document.querySelector('article').append(document.createElement('button'))")
    assert faults(opened, "light") == ["button-name: <button></button>"]
    opened.context.close()


def test_words_that_are_hard_to_see_in_the_dark_are_found(book: Path, browser: Browser):
    opened, _ = open_page(browser, (book / "index.html").as_uri(), "dark", WIDE)
    opened.evaluate("document.querySelector('article').insertAdjacentHTML('beforeend', '<p id=dim>Dim words.</p>')")
    opened.evaluate("document.getElementById('dim').style.color = '#333'")
    assert [fault.split(":")[0] for fault in faults(opened, "dark")] == ["color-contrast"]
    opened.context.close()


def test_axe_core_is_as_it_came():
    known = json.loads((AXE / "vendor.json").read_text(encoding="utf-8"))["files"]
    found = {name: axe_script().encode() if name == "axe.min.js" else (AXE / name).read_bytes() for name in known}
    assert {name: hashlib.sha256(content).hexdigest() for name, content in found.items()} == known


def test_a_figure_that_a_phone_cuts_or_makes_too_small_is_found(book: Path, browser: Browser):
    opened, _ = open_page(browser, (book / f"{paths.chapters()[0]}.html").as_uri(), "light", PHONE)
    first = opened.locator(".gb-figure:not(.gb-widget-still)").first
    first.evaluate(
        "figure => { figure.style.overflowX = 'auto';"
        " figure.querySelector('img').style.cssText = 'max-width: none; min-width: 560px'; }"
    )
    assert [fault.split(":")[0] for fault in opened.evaluate(CUT_OR_SMALL)] == ["scrolls", "cut"]
    first.evaluate(
        "figure => { figure.style = ''; figure.querySelector('img').style = '';"
        " figure.querySelector('source').remove(); }"
    )
    assert [fault.split(".")[0] for fault in opened.evaluate(CUT_OR_SMALL)] == ["letters of 5"]
    opened.context.close()


def test_search_finds_a_word_without_network(book: Path, browser: Browser):
    opened, troubles = open_page(browser, (book / "index.html").as_uri(), "light", WIDE)
    opened.keyboard.press("Control+k")
    opened.keyboard.type("discriminator")
    opened.keyboard.press("Enter")
    opened.locator("#search-results li a", has_text="Glossary").first.wait_for()
    assert troubles == []
    opened.context.close()


def test_a_request_that_leaves_the_machine_is_seen(tmp_path: Path, browser: Browser):
    page = tmp_path / "page.html"
    page.write_text('<img alt="" src="http://elsewhere.example/x.png"><script>throw new Error("planted")</script>')
    opened, troubles = open_page(browser, page.as_uri(), "light", WIDE)
    assert "request to http://elsewhere.example/x.png" in troubles
    assert any("planted" in trouble for trouble in troubles)
    opened.context.close()

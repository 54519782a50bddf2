"""How much a browser loads for a page with live widgets, over http without compression:
opened, looked at, every widget touched.

At profile quick a chapter may weigh 10 MB in all. The tests build at smoke, where models are tiny: so all but the
models may weigh 8 MB here, and ``tests/widgets/live`` holds the shipped models to 2 MB.
"""

import re
from importlib.util import find_spec

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page, expect

from ganbook import paths

ENGINE = "_static/live/ort-wasm-simd-threaded.wasm.gz"
OPENED, TOUCHED = 4_000_000, 7_900_000
LARGEST_PAGE, LARGEST_PICTURE = 600_000, 250_000
MOST_REQUESTS = 80
"""As TOUCHED beside the stills of widgets: how many of those come before a live widget replaces them is the browser's
speed. On an idle machine they weigh 0.1 MB at most, by which TOUCHED was lowered.
"""

PATIENCE = 120_000  # milliseconds: a busy machine is slow, not broken
CHAPTERS = [slug for slug in paths.chapters() if find_spec(f"ganbook.chapters.{slug}.web")]
WITH_WIDGETS = [*CHAPTERS, "play", "index"]
SCROLL = """
async () => {
    for (let y = 0; y < document.body.scrollHeight; y += 500) {
        scrollTo(0, y);
        await new Promise((resolve) => setTimeout(resolve, 40));
    }
}"""


SHOWN = """
() => {
    const shown = [...document.querySelectorAll('.gb-figure > picture > img')].filter((image) => image.offsetParent);
    const missing = shown.find((image) => !image.naturalWidth);
    missing?.scrollIntoView();  // a busy machine was scrolled past it without drawing it
    return !missing;
}
"""


def look_at_all(page: Page) -> None:
    page.evaluate(SCROLL)
    page.wait_for_function(SHOWN, polling=200, timeout=PATIENCE)


def touch_all(page: Page) -> None:
    for widget in page.locator(".gb-live-widget").all():
        widget.locator("button, select, input, [tabindex]").first.focus()
    loaded = "() => performance.getEntriesByType('resource').filter(({ name }) => name.includes('.onnx')).length"
    page.wait_for_function(
        f"() => {{ const n = ({loaded})(); const same = n && n === window.seen; window.seen = n; return same; }}",
        polling=2000,
        timeout=PATIENCE,
    )


def is_model(path: str) -> bool:
    return ".onnx" in path


@pytest.mark.parametrize("slug", WITH_WIDGETS)
def test_a_page_is_light_and_the_engine_comes_once_and_on_touch(slug, book, browser: Browser, serve):
    site = serve(book)
    page = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
    page.goto(f"{site.url}{slug}.html", wait_until="networkidle", timeout=PATIENCE)
    opened = list(site.asked)
    look_at_all(page)
    expect(page.locator(".gb-live-on")).to_have_count(page.locator(".gb-live").count(), timeout=PATIENCE)
    looked_at = list(site.asked)
    assert not [path for path, _ in looked_at if path in (ENGINE, "searchindex.js") or is_model(path)]
    touch_all(page)
    page.context.close()

    paths_asked = [path for path, _ in site.asked]
    assert paths_asked.count(ENGINE) == 1 and any(map(is_model, paths_asked))
    assert len(set(paths_asked)) == len(paths_asked)
    html = (book / f"{slug}.html").read_text(encoding="utf-8")
    stills = {image["src"] for image in BeautifulSoup(html, "html.parser").select(".gb-live img")}
    assert len(set(paths_asked) - stills) <= MOST_REQUESTS
    assert sum(size for _, size in opened) <= OPENED
    assert sum(size for path, size in site.asked if not is_model(path) and path not in stills) <= TOUCHED
    sizes = dict(site.asked)
    assert sizes[f"{slug}.html"] <= LARGEST_PAGE
    pictures = {path: size for path, size in sizes.items() if path.startswith("_static/pictures/")}
    assert (pictures or slug not in CHAPTERS) and max(pictures.values(), default=0) <= LARGEST_PICTURE
    assert not re.search(r"data:image/(png|webp)", html)


def test_pictures_of_the_other_theme_are_not_loaded(book, browser: Browser, serve):
    site = serve(book)
    page = browser.new_context(viewport={"width": 1400, "height": 900}, color_scheme="light").new_page()
    page.goto(f"{site.url}{paths.chapters()[0]}.html", wait_until="networkidle", timeout=PATIENCE)
    dark = page.locator(".gb-figure > picture > img.gb-dark")
    sources = dark.evaluate_all("images => images.map((image) => image.getAttribute('src'))")
    look_at_all(page)
    assert sources and not {path for path, _ in site.asked} & set(sources)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    look_at_all(page)
    assert {path for path, _ in site.asked} >= set(sources)
    page.context.close()


def test_icons_of_the_theme_are_there_without_its_script(book, browser: Browser, serve):
    page = browser.new_context().new_page()
    page.goto(f"{serve(book).url}index.html", wait_until="networkidle", timeout=PATIENCE)
    icons = page.locator("i.fa-solid, span.fa-solid")
    drawn = (
        "icons => icons.map((icon) => getComputedStyle(icon, '::before').content)"
        ".filter((text) => text === 'none' || text === '\"\"')"
    )
    assert icons.count() > 3 and icons.evaluate_all(drawn) == []
    assert page.evaluate(
        "[...document.fonts].some((font) => font.family.includes('Font Awesome') && font.status === 'loaded')"
    )
    page.context.close()

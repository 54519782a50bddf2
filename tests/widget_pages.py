"""What the tests of widgets do on a page, whoever wrote the page: look at a canvas, type an instruction."""

import base64
import gzip
import io
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from ganbook.widgets.live import site

AXE = Path(__file__).parent / "book" / "axe-core"
"""A published package; its script lies gzipped, for it is large."""
PHONE = {"width": 390, "height": 844}
TEXTS = ".gb-live-widget :is(p, span, b, button, label, figcaption, output, li, kbd)"


def write_pages(folder: Path, html: str, ids: list[str], widgets: Path) -> None:
    """``light.html`` and ``dark.html`` with a chapter's widgets, whose models lie in ``folder / "models"``."""
    live = folder / "_static" / "live"
    site.write_site(live, folder / "models", ids, [widgets])
    for theme, paper in (("light", "#ffffff"), ("dark", "#14181e")):
        head = (
            f'<!doctype html><html lang="en" data-theme="{theme}"><meta charset="utf-8"><title>A page</title>'
            '<link rel="icon" href="data:,"><meta name="viewport" content="width=device-width">'
            f'<link rel="stylesheet" href="_static/live/live.css"><body style="background: {paper}"><main>'
            "<h1>1</h1><h2>2</h2><h3>3</h3>"
        )
        script = '</main><script src="_static/live/live.js"></script>'
        (folder / f"{theme}.html").write_text(head + site.laid_beside(html, live) + script, encoding="utf-8")


def opened(browser: Browser, folder: Path, theme: str, widgets: int = 1, **context) -> Page:
    """A page of ``write_pages`` with so many live widgets; what its console complains of in ``page.problems``."""
    page = browser.new_context(**({"viewport": {"width": 1280, "height": 1000}} | context)).new_page()
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("console", lambda message: message.type in ("error", "warning") and page.problems.append(message.text))
    page.goto((folder / f"{theme}.html").as_uri())
    expect(page.locator(".gb-live-on")).to_have_count(widgets)
    return page


def axe_script() -> str:
    """The source of axe-core, which finds what some people cannot read or use."""
    return gzip.decompress((AXE / "axe.min.js.gz").read_bytes()).decode("utf-8")


def expect_fit_for_all(page: Page) -> None:
    """On a phone nothing is cut or small; axe finds nothing; no error came up."""
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    sizes = page.locator(TEXTS).evaluate_all(
        "all => all.filter((each) => each.offsetParent).map((each) => parseFloat(getComputedStyle(each).fontSize))"
    )
    assert min(sizes) >= 13
    cut = page.locator(f"{TEXTS}, .gb-live-widget :is(h4, div)").evaluate_all(
        "all => all.filter((each) => each.clientWidth > 1 && each.scrollWidth > each.clientWidth)"
        ".map((each) => each.outerHTML)"
    )
    assert cut == [], cut
    page.add_script_tag(content=axe_script())
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
    found = page.evaluate("rules => axe.run(document, { runOnly: rules, preload: false })", rules)
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]] == []
    assert page.problems == []


def drag(surface: Locator, side: int, *places: tuple[float, float]) -> None:
    """Draw a line with the mouse through places, in pixels of a painting surface."""
    surface.scroll_into_view_if_needed()
    box, mouse = surface.bounding_box(), surface.page.mouse
    points = [
        (box["x"] + box["width"] * (x + 0.5) / side, box["y"] + box["height"] * (y + 0.5) / side) for x, y in places
    ]
    mouse.move(*points[0])
    mouse.down()
    for point in points[1:]:
        mouse.move(*point)
    mouse.up()


def shown(canvas: Locator) -> np.ndarray:
    """The pixels of a canvas, grey or colours."""
    data = canvas.evaluate("one => one.toDataURL()").partition(",")[2]
    return np.array(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))


def tell(editor: Locator, text: str) -> None:
    """Type an instruction into an editor and send it."""
    field = editor.get_by_label("Instruction", exact=True)
    field.fill(text)
    field.press("Enter")

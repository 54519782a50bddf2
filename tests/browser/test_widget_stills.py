"""The still of a widget on a page with no Python behind it, opened from disk."""

import runpy
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from ganbook.widgets import LatentLabelExplorer, LatentMap

CAPTIONER = Path(__file__).parents[1] / "widgets" / "captioner.py"


@pytest.fixture(scope="module")
def stills() -> dict[str, tuple[str, str]]:
    """The name of each widget's still -> its HTML and its alt text."""
    captioner = runpy.run_path(str(CAPTIONER))
    labeller, images, truth, names = (captioner[name] for name in ("labeller", "images", "truth", "NAMES"))
    widgets = {"explorer": LatentLabelExplorer(labeller, images[:12], truth, names), "map": LatentMap(labeller, truth, names)}
    return {name: (widget._repr_mimebundle_()[0]["text/html"], widget.alt_text()) for name, widget in widgets.items()}


@pytest.mark.parametrize("size", [{"width": 1000, "height": 700}, {"width": 390, "height": 700}], ids=["wide", "phone"])
@pytest.mark.parametrize(
    ("theme", "shown", "hidden"), [("light", "light", "dark"), ("dark", "dark", "light"), (None, "light", "dark")]
)
def test_the_still_suits_the_page(stills, browser: Browser, tmp_path, theme, shown, hidden, size):
    attribute = f' data-theme="{theme}"' if theme else ""
    background = "#14181e" if theme == "dark" else "#ffffff"
    body = "".join(html for html, _alt in stills.values())
    file = tmp_path / "page.html"
    head = f'<!doctype html><html{attribute}><meta charset="utf-8">'
    file.write_text(f'{head}<body style="background:{background}">{body}</body></html>')
    page = browser.new_page(viewport=size)
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(file.as_uri())
    for i, (_html, alt) in enumerate(stills.values()):
        picture = page.locator(f".gb-widget-still .gb-{shown}").nth(i)
        expect(picture).to_be_visible()
        expect(picture).to_have_attribute("alt", alt)
        assert picture.evaluate("one => one.naturalWidth") >= 1000
        assert picture.bounding_box()["width"] <= size["width"]
        expect(page.locator(f".gb-widget-still .gb-{hidden}").nth(i)).to_be_hidden()
    expect(page.locator("figcaption")).to_have_count(2)
    expect(page.locator("figcaption").first).to_contain_text("run make lab and open this chapter")
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    page.close()


def test_alt_texts_name_numbers(stills):
    for _html, alt in stills.values():
        assert alt.count("%") >= 4 and np.char.count(alt, "c = (").item() == 1

"""The still of a widget on a page with no Python behind it, opened from disk."""

import runpy
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from ganbook.chapters.instruction_editing.widgets import CosineMapExplorer, InstructionEditor, SsimExplorer
from ganbook.chapters.latent_captions.widgets import LatentLabelExplorer, LatentMap
from ganbook.data.edits import instructions

MODELS = Path(__file__).parents[1] / "chapters"

MADE_UP = ("latent_captions/widgets/captioner.py", "instruction_editing/widgets/shifter.py")


@pytest.fixture(scope="module")
def stills() -> dict[str, list[str]]:
    """The still of each widget, HTML -> the texts of its panels."""
    captioner, shifter = (runpy.run_path(str(MODELS / name)) for name in MADE_UP)
    labeller, images, truth, names = (captioner[name] for name in ("labeller", "images", "truth", "NAMES"))
    edit, digits, classes = (shifter[name] for name in ("edit", "digits", "labels"))
    told = instructions(6)
    cosines = np.cos(np.arange(len(told)) - np.arange(len(told))[:, None])
    widgets = [
        LatentLabelExplorer(labeller, images[:12], truth, names),
        LatentMap(labeller, truth, names),
        InstructionEditor(edit, digits, classes, resolution=30, sample=36),
        CosineMapExplorer(edit, cosines, told, digits, classes, resolution=30),
        SsimExplorer(digits[:20], digits[:20], digits[20:40], [told[0].text] * 20, np.linspace(0.3, 1, 20)),
    ]
    return {
        widget._repr_mimebundle_()[0]["text/html"]: [panel.alt for panel in widget.still_panels()] for widget in widgets
    }


@pytest.mark.parametrize("size", [{"width": 1000, "height": 700}, {"width": 390, "height": 700}], ids=["wide", "phone"])
@pytest.mark.parametrize(
    ("theme", "shown", "hidden"), [("light", "light", "dark"), ("dark", "dark", "light"), (None, "light", "dark")]
)
def test_the_still_suits_the_page(stills, browser: Browser, tmp_path, theme, shown, hidden, size):
    attribute = f' data-theme="{theme}"' if theme else ""
    background = "#14181e" if theme == "dark" else "#ffffff"
    file = tmp_path / "page.html"
    head = f'<!doctype html><html{attribute}><meta charset="utf-8">'
    file.write_text(f'{head}<body style="background:{background}">{" ".join(stills)}</body></html>')
    page = browser.new_page(viewport=size)
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(file.as_uri())
    pictures = page.locator(f".gb-widget-still .gb-{shown}")
    alts = [text for texts in stills.values() for text in texts]
    expect(page.locator(f".gb-widget-still .gb-{hidden}")).to_have_count(len(alts))
    for i, alt in enumerate(alts):
        expect(pictures.nth(i)).to_be_visible()
        expect(pictures.nth(i)).to_have_attribute("alt", alt)
        expect(page.locator(f".gb-widget-still .gb-{hidden}").nth(i)).to_be_hidden()
        box = pictures.nth(i).bounding_box()
        assert box["x"] + box["width"] <= size["width"]
        # points -> pixels
        assert 12 * 150 / 72 * box["width"] / pictures.nth(i).evaluate("one => one.naturalWidth") >= 13
    expect(page.locator("figcaption")).to_have_count(len(stills))
    expect(page.locator("figcaption").first).to_contain_text("run make lab and open this widget's chapter")
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    page.close()

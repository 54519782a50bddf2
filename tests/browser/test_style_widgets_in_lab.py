"""The two widgets of `style_prior` in a real JupyterLab, used as a person would, against Python's own answers."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from widget_pages import shown

from ganbook.chapters.style_prior.widgets import StyleMixer, Walk

STAND_INS = Path(__file__).parents[1] / "chapters/style_prior/widgets/stand_ins.py"
MIXER = """
from ganbook.chapters.style_prior.widgets import StyleMixer, Walk

StyleMixer(some_prior(), count=2)
"""
CELLS = [STAND_INS.read_text(), MIXER, "Walk(some_prior(), some_directions(), ['pose', 'colours'])"]


@pytest.fixture(scope="module")
def opened(run_notebook) -> Page:
    page = run_notebook("styles.ipynb", CELLS)
    expect(page.locator(".gb-widget")).to_have_count(2)
    page.set_viewport_size({"width": 1280, "height": 3200})
    return page


@pytest.fixture(scope="module")
def python() -> SimpleNamespace:
    """The same widgets here."""
    names = SimpleNamespace(**runpy.run_path(str(STAND_INS)))
    prior = names.some_prior()
    return SimpleNamespace(
        mixer=StyleMixer(prior, count=2), walk=Walk(prior, names.some_directions(), ["pose", "colours"])
    )


def expect_pictures(canvases, wanted):
    """Torch gives one picture of a batch other last bits than the same one alone: a level may differ."""
    for canvas, data in zip(canvases.all(), wanted, strict=True):
        found = shown(canvas)
        np.testing.assert_allclose(found, np.frombuffer(data, np.uint8).reshape(found.shape), atol=1)


def test_layers_truncation_and_noise_are_mixed_as_python_mixes_them(page, python):
    mixer = page.locator(".gb-styles")
    mixer.get_by_role("button", name="New row B").click()
    mixer.get_by_role("button", name="Layer 2").click()
    mixer.get_by_label("Truncation ψ").fill("0.9")
    mixer.get_by_label("Noise").check()
    mixer.get_by_role("radio", name="A2 and B1").click()
    expect(mixer.locator("[aria-live]")).to_have_text("A2 with layers 1 and 3 to 5 from B1.")
    page.wait_for_timeout(2_000)  # rows of pictures follow
    request = {"seeds": [0, 1], "layers": [1, 3, 4, 5], "psi": 0.9, "noise": True}
    cells = [[a, b] for a in range(2) for b in range(2)]
    expect_pictures(
        mixer.get_by_role("radio").locator("canvas"), python.mixer._reply(request | {"cells": cells}, [])[1]
    )


def test_a_walk_is_that_of_python(page, python):
    walk = page.locator(".gb-walk")
    walk.get_by_role("slider", name="colours").fill("-1.5")
    walk.get_by_role("button", name="fine").click()
    expect(walk.locator("[aria-live]")).to_have_text("colours −1.50 standard deviations, layers 0 to 2.")
    page.wait_for_timeout(2_000)  # the strip follows
    moves = [[0, 0], [0, -1.5], *([0, stop] for stop in python.walk.stops)]
    _, wanted = python.walk._reply({"seed": 0, "moves": moves, "layers": [0, 1, 2]}, [])
    expect_pictures(walk.locator("canvas"), wanted)


def test_nothing_is_wider_than_a_phone(page):
    page.set_viewport_size({"width": 390, "height": 6400})
    for widget in page.locator(".gb-widget").all():
        inside, own = widget.evaluate("one => [one.scrollWidth, one.clientWidth]")
        assert inside <= own

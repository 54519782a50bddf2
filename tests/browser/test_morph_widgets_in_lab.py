"""The widgets of `painting_morphs` in a real JupyterLab, used as a person would, against Python's own answers."""

import io
import re
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from widget_pages import shown

from ganbook.chapters.painting_morphs.widgets import MorphPlayer, PeriodShelf, pictures

STAND_INS = Path(__file__).parents[1] / "chapters/painting_morphs/widgets/stand_ins.py"
SIDE, FRAMES = 16, 5
SHELF = """
from ganbook.chapters.painting_morphs.widgets import LatentSearch, MorphPlayer, PeriodShelf, pictures

pictures.QUALITY = None  # untrained networks draw noise, of which WebP keeps little
located = some_located(16)
PeriodShelf(some_painter(), located, {"first": ([0, 1, 2, 3], [10, 11, 12, 13])}, frames=5)
"""
PLAYER = """
MorphPlayer(some_painter(), some_reader(), located[[0, 1]], located[[9, 10, 11, 12]], 0.5, some_axis(), frames=5)
"""
CELLS = [STAND_INS.read_text(), SHELF, PLAYER, "LatentSearch(*some_search())"]


@pytest.fixture(scope="module")
def opened(run_notebook) -> Page:
    page = run_notebook("morphs.ipynb", CELLS)
    expect(page.locator(".gb-widget")).to_have_count(3)
    page.set_viewport_size({"width": 1280, "height": 3600})
    return page


@pytest.fixture(scope="module")
def python() -> SimpleNamespace:
    """The same widgets here."""
    names = SimpleNamespace(**runpy.run_path(str(STAND_INS)))
    located, painter = names.some_located(16), names.some_painter()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "QUALITY", None)
        yield SimpleNamespace(
            shelf=PeriodShelf(painter, located, {"first": ([0, 1, 2, 3], [10, 11, 12, 13])}, frames=FRAMES),
            player=MorphPlayer(
                painter,
                names.some_reader(),
                located[[0, 1]],
                located[[9, 10, 11, 12]],
                0.5,
                names.some_axis(),
                frames=FRAMES,
            ),
        )


def frames_in(row: bytes) -> np.ndarray:
    sheet = np.array(Image.open(io.BytesIO(row)).convert("RGB"))
    return sheet.reshape(SIDE, -1, SIDE, 3).transpose(1, 0, 2, 3)


def painting(shelf: Locator, number: int) -> Locator:
    return shelf.get_by_role("button", name=re.compile(f"^Painting {number + 1},"))


def test_morphs_are_drawn_as_python_draws_them(page, python):
    morphs = page.locator(".gb-morphs")
    morphs.get_by_role("button", name="Start: painting 2").click()
    morphs.get_by_role("button", name="End: painting 4").click()
    morphs.get_by_label("Way", exact=True).select_option("axis")
    content, (row,) = python.player._reply({"start": 1, "end": 3, "path": "axis"}, [])
    morphs.get_by_label("Morph", exact=True).press("End")
    wanted = [f"{content['read'][-1]:.1f} ± 0.5", f"{content['due'][-1]:.1f}"]
    expect(morphs.locator(".gb-figure-value")).to_have_text(wanted)
    np.testing.assert_array_equal(shown(morphs.locator(".gb-screen > canvas")), frames_in(row)[-1])


def test_gifs_of_all_ways_are_kept(page, python):
    morphs = page.locator(".gb-morphs")
    morphs.get_by_label("Way", exact=True).select_option("fade")
    with page.expect_download() as waiting:
        morphs.get_by_role("button", name="Export GIF").click()
    _, (gif,) = python.player._reply({"start": 0, "end": 0, "path": "fade", "gif": True}, [])
    assert Path(waiting.value.path()).read_bytes() == gif


def test_paintings_are_dragged_and_moved_with_the_keyboard(page, python):
    shelf = page.locator(".gb-periods")
    painting(shelf, 14).drag_to(shelf.get_by_role("group", name="End set"))
    painting(shelf, 5).press("ArrowLeft")
    expect(painting(shelf, 5)).to_be_focused()
    content, films = python.shelf._reply({"start": [0, 1, 2, 3, 5], "end": [10, 11, 12, 13, 14]}, [])
    years = python.shelf.years
    named = [f"{years[a]:.1f} → {years[b]:.1f}, distance {d:.2f}" for a, b, d, _ in content["pairs"]]
    expect(shelf.locator(".gb-couple figcaption")).to_have_text(named)
    shelf.get_by_label("Morphs", exact=True).press("End")
    for card, film in zip(shelf.locator(".gb-couple").all(), films, strict=True):
        np.testing.assert_array_equal(shown(card.locator("canvas").nth(1)), frames_in(film)[-1])
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(len(CELLS))


def test_sets_that_cannot_be_morphed_get_a_sentence(page):
    shelf = page.locator(".gb-periods")
    painting(shelf, 0).press("ArrowRight")
    expect(shelf.locator(".gb-note")).to_have_text("The start set needs at least 4 pictures, it has 3.")
    expect(shelf.locator(".gb-couple")).to_have_count(0)
    expect(page.locator(".jp-OutputArea [data-mime-type='application/vnd.jupyter.stderr']")).to_have_count(0)


def test_a_search_moves(page):
    search = page.locator(".gb-search")
    search.get_by_label("Search", exact=True).press("Home")
    expect(search.locator(".gb-phase output")).to_have_text("step 0")
    before = shown(search.locator(".gb-two canvas").last)
    search.get_by_label("Search", exact=True).press("End")
    expect(search.locator(".gb-phase output")).to_have_text("step 12")
    assert (shown(search.locator(".gb-two canvas").last) != before).any()


def test_nothing_is_wider_than_a_phone(page):
    page.set_viewport_size({"width": 390, "height": 6400})
    for widget in page.locator(".gb-widget").all():
        inside, own = widget.evaluate("one => [one.scrollWidth, one.clientWidth]")
        assert inside <= own

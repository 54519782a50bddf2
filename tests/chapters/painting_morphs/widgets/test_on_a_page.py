"""The widgets on a plain page with no kernel, used as a person would, against Python's own answers."""

import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect
from scipy.optimize import linear_sum_assignment
from widget_pages import PHONE, expect_fit_for_all, shown

from ganbook.chapters import painting_morphs
from ganbook.chapters.painting_morphs.morphs import ALIKE
from ganbook.chapters.painting_morphs.widgets import LatentSearch, MorphPlayer, PeriodShelf
from ganbook.widgets.live import site

WIDGETS = Path(painting_morphs.__file__).parent / "widgets"
SIDE, FRAMES = 16, 5
expect.set_options(timeout=30_000)  # a machine that trains meanwhile is slow


@pytest.fixture(scope="module")
def widgets(stand_ins):
    located, painter = stand_ins.some_located(12), stand_ins.some_painter()
    axis = stand_ins.some_axis()
    sets = {"first": ([0, 1, 2, 3, 4], [7, 8, 9, 10, 11]), "others": ([1, 3, 5, 6], [2, 7, 8, 9, 10, 11])}
    return [
        MorphPlayer(painter, stand_ins.some_reader(), located[[0, 1]], located[[9, 11]], 0.5, axis, FRAMES),
        LatentSearch(*stand_ins.some_search()),
        PeriodShelf(painter, located, sets, FRAMES),
    ]


@pytest.fixture(scope="module")
def folder(widgets, tmp_path_factory) -> Path:
    """The site: light.html and dark.html."""
    folder = tmp_path_factory.mktemp("site")
    parts = "".join(widget._repr_mimebundle_()[0]["text/html"] for widget in widgets)
    assert site.models_asked_for(parts) == set()
    live = folder / "_static" / "live"
    site.write_site(live, folder / "models", [], [WIDGETS])
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
    for name in ("morphs", "search", "periods"):
        expect(page.locator(f".gb-{name}")).to_have_count(1)
    return page


@pytest.fixture(scope="module")
def page(browser: Browser, folder) -> Page:
    page = opened(browser, folder, "light")
    yield page
    assert page.problems == []
    page.context.close()


@pytest.fixture
def morphs(page) -> Locator:
    page.locator(".gb-morphs").get_by_role("button", name="Reset").click()
    return page.locator(".gb-morphs")


@pytest.fixture
def periods(page) -> Locator:
    page.locator(".gb-periods").get_by_role("button", name="Reset").click()
    return page.locator(".gb-periods")


def frames_in(row: bytes) -> np.ndarray:
    sheet = np.array(Image.open(io.BytesIO(row)).convert("RGB"))
    return sheet.reshape(SIDE, -1, SIDE, 3).transpose(1, 0, 2, 3)


# Morph player


def test_every_way_is_played_as_python_draws_it(morphs, widgets):
    screen, slider = morphs.locator(".gb-screen > canvas"), morphs.get_by_label("Morph", exact=True)
    for start, end, path, text in (
        (0, 0, "sphere", "on the sphere"),
        (1, 0, "fade", "pixel"),
        (1, 1, "axis", "style axis"),
    ):
        morphs.get_by_role("button", name=f"Start: painting {start + 1}").click()
        morphs.get_by_role("button", name=f"End: painting {end + 1}").click()
        morphs.get_by_label("Way", exact=True).select_option(path)
        content, (row,) = widgets[0]._reply({"start": start, "end": end, "path": path}, [])
        for key, number in (("Home", 0), ("End", FRAMES - 1)):
            slider.press(key)
            year, due = content["read"][number], content["due"][number]
            told = f"reads as {year:.1f}, give or take 0.5 years; it should look like {due:.1f}."
            expect(screen).to_have_attribute("aria-label", re.compile(re.escape(told)))
            expect(morphs.locator(".gb-figure-value")).to_have_text([f"{year:.1f} ± 0.5", f"{due:.1f}"])
            morphs.page.wait_for_timeout(100)
            np.testing.assert_array_equal(shown(screen), frames_in(row)[number])
        assert text in morphs.get_by_label("Way", exact=True).locator("option:checked").text_content()


def test_a_morph_plays_pauses_and_is_told(morphs):
    slider, output = morphs.get_by_label("Morph", exact=True), morphs.locator(".gb-phase output")
    expect(output).to_have_text("0%")
    slider.press("ArrowRight")
    expect(output).to_have_text("25%")
    expect(morphs.locator("[aria-live]")).to_contain_text("25% of the way: reads as")
    morphs.get_by_role("button", name="Play").press("Enter")
    expect(output).to_have_text("100%")
    expect(morphs.get_by_role("button", name="Play")).to_be_visible()
    morphs.get_by_role("button", name="Play").click()
    morphs.get_by_role("button", name="Pause").click()
    at = output.text_content()
    morphs.page.wait_for_timeout(500)
    expect(output).to_have_text(at)


def test_a_gif_is_kept(morphs, widgets):
    morphs.get_by_role("button", name="End: painting 2").click()
    with morphs.page.expect_download() as waiting:
        morphs.get_by_role("button", name="Export GIF").click()
    assert waiting.value.suggested_filename == "morph-1881-1891-sphere.gif"
    _, (gif,) = widgets[0]._reply({"start": 0, "end": 1, "path": "sphere", "gif": True}, [])
    assert Path(waiting.value.path()).read_bytes() == gif and gif[:3] == b"GIF"
    morphs.get_by_label("Way", exact=True).select_option("fade")
    morphs.get_by_role("button", name="Export GIF").click()
    expect(morphs.get_by_role("alert")).to_have_text(
        "This page holds the GIFs of morphs on the sphere only. For others run make lab and open this widget's chapter."
    )


# Latent search


def test_a_search_is_moved_through_and_played(page, widgets):
    search, python = page.locator(".gb-search"), widgets[1]
    slider, big = search.get_by_label("Search", exact=True), search.locator(".gb-two canvas").last
    for target, start in ((0, 2), (1, 0)):
        search.get_by_role("button", name=f"picture {target + 1}", exact=True).click()
        search.get_by_role("group", name="Starts").get_by_role("button").nth(start).click()
        for key, look in (("Home", 0), ("End", 3)):
            slider.press(key)
            reached = [curve[look] for curve in python.psnr[target]]
            expect(search.locator(".gb-figure-value")).to_have_text(
                [f"{reached[start]:.1f} dB", f"{max(reached):.1f} dB"]
            )
            expect(big).to_have_attribute(
                "aria-label", re.compile(f"^From start {start + 1}, at step {python.steps[look]}:")
            )
            row = python._looks[target, look, start].permute(1, 2, 0).numpy()
            np.testing.assert_array_equal(shown(big), row)
    expect(search.locator("[aria-live]")).to_contain_text("Start 1, step 12: PSNR")
    kept = search.get_by_role("group", name="Starts").get_by_role("button", name=re.compile("the one that was kept"))
    expect(kept).to_have_attribute("aria-label", re.compile(f"^Start {python.best[1] + 1}"))
    search.get_by_role("button", name="Play").click()
    search.get_by_role("button", name="Pause").click()


def test_curves_are_those_of_the_chosen_picture(page, widgets):
    search = page.locator(".gb-search")
    search.get_by_role("button", name="picture 1", exact=True).click()
    best = widgets[1].best[0] + 1
    expect(search.locator(".gb-legend li")).to_have_text(["other starts", f"start {best}, kept"])
    search.get_by_role("group", name="Starts").get_by_role("button").nth(best % 3).click()
    legend = ["other starts", f"start {best}, the one that was kept", f"start {best % 3 + 1}"]
    expect(search.locator(".gb-legend li")).to_have_text(legend)
    expect(search.locator("svg polyline")).to_have_count(3)


# Period shelf


def painting(periods: Locator, number: int) -> Locator:
    return periods.get_by_role("button", name=re.compile(f"^Painting {number + 1},"))


def put(periods: Locator, start: list[int], end: list[int]) -> None:
    """Moves paintings with the keyboard until the sets are these."""
    for number in range(12):
        wanted = 0 if number in start else 2 if number in end else 1
        for key in ("ArrowLeft", "ArrowLeft", *["ArrowRight"] * wanted):
            painting(periods, number).press(key)


def expect_answer(periods: Locator, python: PeriodShelf, start: list[int], end: list[int]) -> None:
    """The same pairs, distances, those alone and films."""
    content, films = python._reply({"start": start, "end": end}, [])
    named = [f"{python.years[a]:.1f} → {python.years[b]:.1f}, distance {d:.2f}" for a, b, d, _ in content["pairs"]]
    expect(periods.locator(".gb-couple figcaption")).to_have_text(named)
    alone = ", ".join(f"painting {number + 1} ({python.years[number]:.1f})" for number in content["alone"])
    told = f"Without a counterpart, dashed above: {alone}." if alone else "Every painting has a counterpart."
    expect(periods.get_by_text(told, exact=True)).to_be_visible()
    expect(periods.locator(".gb-alone")).to_have_count(len(content["alone"]))
    periods.get_by_label("Morphs", exact=True).press("Home")
    periods.get_by_label("Morphs", exact=True).press("ArrowRight")
    for card, film in zip(periods.locator(".gb-couple").all(), films, strict=True):
        np.testing.assert_allclose(shown(card.locator("canvas").nth(1)), frames_in(film)[1], atol=1)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ([0, 1, 2, 3], [8, 9, 10, 11]),
        ([0, 2, 4, 5, 6, 8], [7, 9, 10, 11]),
        ([1, 2, 3, 11], [0, 5, 6, 7, 8, 9, 10]),
    ],
)
def test_pairs_are_found_as_python_finds_them(periods, widgets, start, end):
    put(periods, start, end)
    expect_answer(periods, widgets[2], start, end)
    expect(periods.get_by_label("Sets").locator("option:checked")).to_have_text("put together by hand")


def test_the_page_assigns_any_distances_as_scipy_does(browser):
    """Random ones, of all shapes; not where a distance is the limit itself, so that several answers are as good."""
    random = np.random.default_rng(0)
    shapes = [(n, m) for n in range(4, 9) for m in range(4, 9) if n * m % 4 != 1]
    tables = [random.random(shape) for shape in shapes * 4]
    wanted = []
    for distances in tables:
        limit = np.quantile(distances, ALIKE)
        rows, columns = linear_sum_assignment(np.minimum(distances, limit))
        wanted.append(
            [[a, b] for a, b in zip(rows.tolist(), columns.tolist(), strict=True) if distances[a, b] <= limit]
        )
    page = browser.new_page()
    source = (WIDGETS / "answers" / "morphs.js").read_text(encoding="utf-8")
    answer = "return tables.map((each) => alikePairs(each, alike));"
    work = f"([tables, alike]) => {{ const answers = {{}}; {source}\n{answer} }}"
    assert page.evaluate(work, [[each.tolist() for each in tables], ALIKE]) == wanted
    page.close()


def test_given_sets_are_chosen(periods, widgets):
    for name, start, end in widgets[2].sets[::-1]:
        periods.get_by_label("Sets").select_option(label=name)
        expect_answer(periods, widgets[2], start, end)


def test_a_painting_is_dragged(periods, widgets):
    end = periods.get_by_role("group", name="End set")
    painting(periods, 5).drag_to(end)
    expect(end.get_by_role("button")).to_have_count(6)
    expect(periods.locator("[aria-live]")).to_contain_text("Painting 6 moved to: End set.")
    expect_answer(periods, widgets[2], [0, 1, 2, 3, 4], [5, 7, 8, 9, 10, 11])


def test_a_painting_is_chosen_and_moved_with_a_button(periods):
    here = periods.get_by_role("button", name="Move here: Start set")
    expect(here).to_be_disabled()
    painting(periods, 6).click()
    expect(painting(periods, 6)).to_have_attribute("aria-pressed", "true")
    here.click()
    expect(painting(periods, 6)).to_have_attribute("aria-label", re.compile("Start set"))
    expect(painting(periods, 6)).to_be_focused()
    expect(here).to_be_disabled()


@pytest.mark.parametrize(
    ("start", "end"),
    [([], [8, 9, 10, 11]), ([0], [8, 9, 10, 11]), ([0, 1, 2, 3], [9, 10, 11]), ([8, 9, 10, 11], [0, 1, 2, 3])],
)
def test_sets_that_cannot_be_morphed_get_pythons_sentence(periods, widgets, start, end):
    put(periods, start, end)
    content, _ = widgets[2]._reply({"start": start, "end": end}, [])
    expect(periods.locator(".gb-note")).to_have_text(content["note"])
    expect(periods.locator(".gb-couple")).to_have_count(0)
    expect(periods.get_by_label("Morphs", exact=True)).to_be_hidden()
    expect(periods.get_by_role("alert")).to_have_count(0)


def test_all_morphs_play_at_once(periods):
    periods.get_by_role("button", name="Play").click()
    expect(periods.locator(".gb-phase output")).to_have_text("100%")
    label = re.compile(f"^Frame {FRAMES} of {FRAMES} from painting")
    expect(periods.locator(".gb-couple canvas:nth-of-type(2)").first).to_have_attribute("aria-label", label)


# All


def test_who_prefers_reduced_motion_goes_on_frame_by_frame(browser, folder):
    page = opened(browser, folder, "light", reduced_motion="reduce")
    morphs = page.locator(".gb-morphs")
    expect(page.get_by_role("button", name="Play")).to_have_count(0)
    for told in ("25%", "50%"):
        morphs.get_by_role("button", name="Next").click()
        page.wait_for_timeout(400)
        expect(morphs.locator(".gb-phase output")).to_have_text(told)
    morphs.get_by_label("Morph", exact=True).press("End")
    morphs.get_by_role("button", name="Next").click()
    expect(morphs.locator(".gb-phase output")).to_have_text("0%")
    assert page.problems == []
    page.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_phones_and_axe(browser, folder, theme):
    page = opened(browser, folder, theme, viewport=PHONE, color_scheme=theme)
    boxes = [each.bounding_box() for each in page.locator(".gb-live-widget svg text").all()]
    assert min(box["height"] for box in boxes) >= 12
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"] for box in boxes)
    expect_fit_for_all(page)
    page.context.close()


def test_without_scripts_the_stills_are_there(browser, folder):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto((folder / "light.html").as_uri())
    expect(page.locator(".gb-widget-still")).to_have_count(3)
    assert all(len(each.get_attribute("alt")) > 60 for each in page.locator(".gb-widget-still img").all())
    page.context.close()

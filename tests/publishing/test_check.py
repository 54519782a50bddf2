import io
import json
import os
import re
import signal

import nbformat
import pytest
from PIL import Image

from ganbook import paths, viz
from ganbook.publishing import check as checking
from ganbook.publishing.check import figures
from ganbook.publishing.report import bar_positions, write_report
from ganbook.widgets.still import Panel, html

GOOD = """
from ganbook.record import Record
record = Record("{slug}", profile=profile, seed=seed, data="embedded")
record.metric("accuracy", {value})
record.save()
"""
FIGURE = "picture = b'picture {value}'"
BANDS = """
smoke:
  embedded:
    found: {seeds: [0, 1, 2], date: 2026-11-20}
    metrics:
      accuracy: {low: 0.9, high: 1.0}
"""


def check(*slugs, **options):
    return checking.check(slugs, profile="smoke", **options)


def good(slug, value):
    return GOOD.format(slug=slug, value=value)


@pytest.fixture
def four(book):
    """Chapters that pass, fail, crash and have no bands."""
    book.chapter("passes", good("passes", 0.95), FIGURE.format(value=2))
    book.chapter("fails", good("fails", 0.5))
    book.chapter("crashes", "raise ValueError('<no> luck')")
    book.chapter("free", good("free", 0.95))
    for slug in ("passes", "fails", "crashes"):
        book.bands(slug, BANDS)
    return "passes", "fails", "crashes", "free"


def assert_outcomes(outcomes, four):
    assert [(outcome.slug, outcome.status) for outcome in outcomes] == list(
        zip(four, ("pass", "fail", "crash", "no bands"), strict=True)
    )
    assert [outcome.passed for outcome in outcomes] == [True, False, False, False]
    assert "ValueError: <no> luck" in outcomes[2].message
    assert "tests/notebooks/bands/free.yml" in outcomes[3].message
    assert outcomes[0].run["data"] == "embedded" and outcomes[0].seconds > 0


def test_one_chapter_does_not_stop_the_others(four, without_kernels):
    seen = []
    assert_outcomes(check(*four, progress=seen.append), four)
    assert tuple(outcome.slug for outcome in seen) == four


def test_chapters_run_side_by_side(four):
    """For once in real kernels."""
    seen = []
    outcomes = check(*four, jobs=2, progress=seen.append)
    assert_outcomes(outcomes, four)
    assert sorted(outcome.slug for outcome in seen) == sorted(four)


def _killed(slug):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_process_that_is_killed_is_a_crash_and_not_the_end():
    outcomes = list(checking._side_by_side(_killed, ["one", "two", "three"], jobs=2))
    assert {outcome.slug for outcome in outcomes} == {"one", "two", "three"}
    assert all(outcome.status == "crash" and "was killed" in outcome.message for outcome in outcomes)


def test_a_cell_that_takes_too_long_is_a_crash(book):
    book.chapter("sleeps", "import time; time.sleep(60)")
    (outcome,) = check("sleeps", timeout=2)
    assert outcome.status == "crash" and "sleeps" in outcome.message


def test_the_report_is_one_page_for_people_and_one_for_programs(four, without_kernels):
    path = write_report(check(*four), profile="smoke")
    page = path.read_text()
    summary = json.loads(path.with_name("report.json").read_text())
    assert summary["passed"] is False
    assert [chapter["status"] for chapter in summary["chapters"]] == ["pass", "fail", "crash", "no bands"]
    assert summary["chapters"][1]["results"] == [
        {"name": "accuracy", "value": 0.5, "low": 0.9, "high": 1.0, "status": "low", "drift": False}
    ]
    assert "ValueError: &lt;no&gt; luck" in page and "too low" in page and "1 of 4 passed" in page
    assert not re.search(r'(src|href)="(?!data:|#)', page) and "@import" not in page and "url(" not in page
    pictures = re.findall(r'<img src="data:image/png;base64,[^"]+" alt="([^"]+)"', page)
    assert pictures == ["1. The passes chapter: this run"]


def test_the_report_names_no_folder_of_this_machine(book):
    outcome = checking.Outcome(
        "crashes", "crash", 0.0, message=f"it stopped (see {paths.build_dir() / 'crashes.partial.ipynb'})"
    )
    path = write_report([outcome], profile="smoke")
    for text in (path.read_text(), path.with_name("report.json").read_text()):
        assert "see _build/crashes.partial.ipynb" in text and str(book.root) not in text


def test_last_time_is_shown_and_drift_named(book, without_kernels):
    book.chapter("toy", good("toy", 0.92), FIGURE.format(value=2))
    book.bands("toy", BANDS)
    first = check("toy")
    assert first[0].last_seconds is None and first[0].figures[0].last is None
    write_report(first, profile="smoke")

    same = check("toy")
    assert same[0].status == "pass" and same[0].last_metrics == {"accuracy": 0.92}
    assert same[0].last_seconds == first[0].seconds and same[0].figures[0].last == same[0].figures[0].now

    page = book.root / "book" / "toy.md"
    page.write_text(page.read_text().replace("0.92", "0.98").replace("picture 2", "picture 3"))
    moved = check("toy")
    assert moved[0].status == "drift" and moved[0].passed
    html = write_report(moved, profile="smoke").read_text()
    assert "in band, moved" in html and "1. The toy chapter: last time" in html
    assert moved[0].as_dict()["figures"] == [{"title": "1. The toy chapter", "changed": True}]


def test_a_crash_keeps_what_was_recorded(book, without_kernels):
    book.chapter("toy", good("toy", 0.92))
    book.bands("toy", BANDS)
    write_report(check("toy"), profile="smoke")
    page = book.root / "book" / "toy.md"
    text = page.read_text()
    page.write_text(text.replace("0.92", "1 / 0"))
    write_report(check("toy"), profile="smoke")
    page.write_text(text)
    assert check("toy")[0].last_metrics == {"accuracy": 0.92}


def test_a_stale_or_foreign_record_is_not_taken_for_a_result(book, without_kernels):
    book.chapter("toy", good("toy", 0.92))
    book.bands("toy", BANDS)
    assert check("toy")[0].status == "pass"
    page = book.root / "book" / "toy.md"
    text = page.read_text()
    page.write_text(text.replace("record.save()", ""))
    assert "saved no record" in check("toy")[0].message
    page.write_text(text.replace("seed=seed", "seed=9"))
    assert "seed 9, but 0 was asked for" in check("toy")[0].message


def test_malformed_bands_are_a_crash_with_their_reason(book, without_kernels):
    book.chapter("toy", good("toy", 0.92))
    book.bands("toy", BANDS.replace("low: 0.9,", ""))
    outcome = check("toy")[0]
    assert outcome.status == "crash" and "'low' is a required property" in outcome.message


def test_slow_cells_are_named():
    durations = {"\n# load\nx": 3.0, "train()": 40.0, "plot()": 1.9, "fast()": 0.2, "show()": 2.5, "never ran": None}
    cells = [
        nbformat.v4.new_code_cell(source, metadata={"papermill": {"duration": seconds}})
        for source, seconds in durations.items()
    ]
    notebook = nbformat.v4.new_notebook(cells=[*cells, nbformat.v4.new_markdown_cell("text")])
    assert checking.slow_cells(notebook) == [("train()", 40.0), ("# load", 3.0), ("show()", 2.5)]


@pytest.mark.parametrize(("value", "position"), [(0.9, 25), (1.0, 75), (0.95, 50), (-50.0, 1), (50.0, 99)])
def test_the_bar_shows_where_the_value_lies(value, position):
    result = checking.bands.Result("a", value, 0.9, 1.0, "ok")
    assert bar_positions(result) == (25, 75, pytest.approx(position))


def test_no_bar_without_band_or_value():
    assert bar_positions(checking.bands.Result("a", None, 0.9, 1.0, "missing")) is None
    assert bar_positions(checking.bands.Result("a", 1.0, None, None, "not banded")) is None


def test_figures_of_the_book_and_stills_of_widgets_are_found_as_on_a_light_page():
    shown = viz.show(viz.curves, {"loss": [1.0, 0.5]}, [0, 1], "step", "loss", alt="It falls below 1 > 0.").data
    still = html([Panel("a > b", lambda figure, ink: None), Panel("c", lambda figure, ink: figure.text(0, 0, "c"))])
    cells = [
        nbformat.v4.new_markdown_cell("## What $c$ means"),
        *(
            nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("display_data", {"text/html": text})])
            for text in (shown, still)
        ),
    ]
    found = figures(nbformat.v4.new_notebook(cells=cells))
    assert [figure.title for figure in found] == ["1. What c means", "2. What c means", "3. What c means"]
    pictures = [Image.open(io.BytesIO(figure.now)) for figure in found]
    assert pictures[0].width > 800 and pictures[1].size == pictures[2].size and found[1].now != found[2].now
    assert pictures[1].convert("RGB").getpixel((0, 0)) == (255, 255, 255)

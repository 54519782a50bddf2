"""The table of handles on the start page."""

import json

import pytest

from ganbook import paths
from ganbook.errors import UserError
from ganbook.publishing import handles, ledger
from ganbook.record import metrics_path

SYSTEMS = [slug for slug in paths.chapters() if slug != "failure_museum"]
ROW = """
- chapter: alpha
  handle: a lever
  system: a machine
  gives: a push
  learned: pushes
  exact: "{hits:.0%} of the pushes arrive, {left:.1f} pixels off"
"""


@pytest.fixture
def alpha(book, monkeypatch):
    """The rows of a book with one chapter."""
    monkeypatch.setattr(paths, "chapters", lambda: ("alpha",))
    path = book.root / "book" / "handles.yml"
    path.write_text(ROW)
    return path


def write_record(metrics: dict[str, float], seconds: float | None) -> None:
    facts = {"slug": "alpha", "profile": "smoke", "seed": 0, "data": "embedded", "device": "cpu", "seconds": 1.0}
    metrics_path("alpha").parent.mkdir(parents=True)
    metrics_path("alpha").write_text(json.dumps(facts | {"metrics": metrics, "answer_seconds": seconds}))


def test_every_system_has_a_row_in_the_order_of_the_book():
    order = {page: number for number, page in enumerate(paths.pages())}
    assert [entry["chapter"] for entry in handles.entries()] == sorted(SYSTEMS, key=order.get)


@pytest.mark.parametrize("entry", handles.entries(), ids=lambda entry: entry["chapter"])
def test_a_row_takes_numbers_that_the_chapter_explains(entry):
    numbers = ledger.load(entry["chapter"]).numbers
    known = {*numbers, *(name for number in numbers.values() for name in number.compared_with)}
    assert handles.metrics_of(entry) and handles.metrics_of(entry) <= known


@pytest.mark.parametrize(("seconds", "says"), [(0.0123, "12 ms"), (2.34, "2.3 s"), (None, "–")])
def test_rows_are_filled_from_the_latest_run(alpha, seconds, says):
    write_record({"hits": 0.987, "left": 2.34}, seconds)
    assert "* - **a lever**<br>a machine<br>{doc}`alpha`\n  - a push\n  - pushes\n" in handles.table_markdown()
    assert f"  - 99% of the pushes arrive, 2.3 pixels off\n  - {says}\n" in handles.table_markdown()


def test_a_chapter_that_has_not_run_or_lacks_a_number_says_so(alpha):
    assert "  - not measured yet\n  - –\n" in handles.table_markdown()
    write_record({"hits": 0.987}, 0.01)
    assert "  - not measured yet\n  - 10 ms\n" in handles.table_markdown()


def test_a_chapter_that_is_not_here_has_no_row_and_a_malformed_row_is_named(alpha, monkeypatch):
    monkeypatch.setattr(paths, "chapters", tuple)
    assert handles.table_markdown() == ""
    alpha.write_text(ROW.replace("gives", "give"))
    with pytest.raises(UserError, match="handles.yml, 0: .*'give' was unexpected"):
        handles.entries()


def test_a_page_without_the_table_is_left_alone():
    assert handles.PLACE.sub("x", "a\n```{handles}\n```\nb") == "a\nx\nb"
    assert handles.PLACE.search("```{handle}\n```") is None

"""Every chapter runs at `smoke` on the embedded data, and its numbers must keep their bands.

A new chapter needs nothing here, only ``bands/<slug>.yml`` (see `ganbook.publishing.bands`). What must break them
stands in ``test_faults.py``.
"""

from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode

from ganbook import paths
from ganbook.publishing import bands, build, handles, ledger, notebooks
from ganbook.record import load_metrics

REQUIRED = {"profile", "seed", "data", "device", "seconds", "metrics"}


@pytest.fixture(scope="module", params=paths.chapters())
def chapter(request, smoke_book) -> tuple[NotebookNode, dict[str, Any]]:
    """The executed notebook and its record."""
    with smoke_book() as parameters:
        notebook = nbformat.read(build.execute_if_changed(request.param, **parameters), as_version=4)
        return notebook, load_metrics(request.param)


def test_its_numbers_keep_their_bands(chapter):
    results = bands.compare(chapter[1])
    assert [result for result in results if result.status == "ok"], "no metric of this run has a band"
    free = bands.without_band(chapter[1])
    assert [
        result
        for result in results
        if result.status != "ok" and not (result.status == "not banded" and result.name in free)
    ] == []
    assert free.keys() <= chapter[1]["metrics"].keys()


def test_its_record_is_complete(chapter):
    notebook, record = chapter
    assert record["date"] >= notebook.metadata.papermill.start_time[:19], "saved by an earlier run"
    assert record.keys() >= REQUIRED and record["data"] == "embedded" and record["seconds"] > 0
    assert all(isinstance(value, float) for value in record["metrics"].values())


def test_it_measures_what_its_claims_need(chapter):
    record, claims = chapter[1], ledger.load(chapter[1]["slug"])
    compared = {name for number in claims.numbers.values() for name in number.compared_with}
    assert compared <= record["metrics"].keys(), "what the page calls chance or floor is measured"
    for claim in claims.claims:
        assert set(claim.metrics) <= record["metrics"].keys()
        assert (claim.verdict(record) == "not measured") == claim.people, claim.id


def test_it_measures_what_the_start_page_says(chapter):
    record = chapter[1]
    for entry in (entry for entry in handles.entries() if entry["chapter"] == record["slug"]):
        assert handles.metrics_of(entry) <= record["metrics"].keys() and record["answer_seconds"] > 0


def test_a_reader_meets_no_warning(chapter):
    assert notebooks.stderr_lines(chapter[0]) == []


@pytest.mark.parametrize("folder", ["bands", "faults"])
def test_no_file_is_left_over_from_a_chapter_that_is_gone(folder):
    files = (paths.root() / "tests" / "notebooks" / folder).glob("*")
    assert {file.stem for file in files} <= set(paths.chapters())

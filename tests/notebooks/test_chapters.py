"""Every chapter runs at `smoke` on the embedded data;
its numbers must keep their bands, and planted faults must break them.

The run with a fault is only of the cells that metrics depend on, and ends when what it must break is recorded: tag slow
cells that no metric depends on ``aside`` in the page. Else a new chapter needs nothing here, only its files:
``bands/<slug>.yml`` (see `ganbook.publishing.bands`) and ``faults/<slug>.yml``, a list of

    - name: swapped_labels
      why: Captions of another image must not pass for correct.
      inject: |                                  # code put after the chapter's parameters
        from ganbook.chapters.latent_captions import analysis
        analysis.is_correct = lambda *_: ...
      breaks: [accuracy_same_min]                # at least these metrics must leave their bands
"""

from collections.abc import Callable, Collection
from multiprocessing import get_context
from symtable import symtable
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode

from ganbook import paths
from ganbook.publishing import bands, build, handles, ledger, notebooks
from ganbook.publishing.documents import read_yaml
from ganbook.record import load_metrics

NAME = {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}
FAULTS = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "properties": {
            "name": NAME,
            "why": {"type": "string"},
            "inject": {"type": "string", "minLength": 1},
            "breaks": {"type": "array", "items": NAME, "minItems": 1},
        },
        "required": ["name", "why", "inject", "breaks"],
        "additionalProperties": False,
    },
}
PROCESSES = get_context("forkserver")  # each process starts with what all chapters import
PROCESSES.set_forkserver_preload(["ganbook.viz", *(f"ganbook.chapters.{slug}.recipe" for slug in paths.chapters())])
REQUIRED = {"profile", "seed", "data", "device", "seconds", "metrics"}


def faults(slug: str) -> list[dict[str, Any]]:
    path = paths.root() / "tests" / "notebooks" / "faults" / f"{slug}.yml"
    return read_yaml(path, FAULTS) if path.exists() else []


@pytest.fixture(scope="module", params=paths.chapters())
def chapter(request, smoke_book) -> tuple[NotebookNode, dict[str, Any]]:
    """The executed notebook and its record."""
    with smoke_book() as parameters:
        notebook = nbformat.read(build.execute_if_changed(request.param, **parameters), as_version=4)
        return notebook, load_metrics(request.param)


@pytest.fixture
def run_with(smoke, tmp_path) -> Callable[..., dict[str, Any]]:
    """``run_with(slug, code)``: the record of the chapter's measuring cells when the code runs after its parameters.

    ``run_with(slug, code, wanted)`` runs them only until the metrics ``wanted`` are recorded.
    """

    def run(slug: str, code: str, wanted: Collection[str] = ()) -> dict[str, Any]:
        with PROCESSES.Pool(1) as pool:
            pool.apply(notebooks.run_measuring_cells, (slug, tmp_path, code, wanted), smoke)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("GANBOOK_BUILD", str(tmp_path))
            return load_metrics(slug)

    return run


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


@pytest.mark.parametrize("slug", paths.chapters())
def test_it_has_planted_faults(slug):
    assert faults(slug)


def given_names(code: str, imported: bool) -> set[str]:
    """What the code assigns or defines at its top level, and what it imports if so asked."""
    symbols = symtable(code, "a cell", "exec").get_symbols()
    return {each.get_name() for each in symbols if (imported if each.is_imported() else each.is_assigned())}


@pytest.mark.parametrize("slug", paths.chapters())
def test_no_fault_s_name_is_taken_by_the_page(slug):
    """What a fault keeps under a name, as the right function, must not become another thing further down the page."""
    cells = (cell for cell in notebooks.read_chapter(slug).cells if cell.cell_type == "code")
    taken = set().union(*(given_names(cell.source, imported=True) for cell in cells))
    assert {fault["name"]: given_names(fault["inject"], imported=False) & taken for fault in faults(slug)} == {
        fault["name"]: set() for fault in faults(slug)
    }


@pytest.mark.parametrize("slug", paths.chapters())
def test_without_a_fault_the_measuring_cells_keep_the_contract(slug, run_with):
    assert [result for result in bands.compare(run_with(slug, "pass")) if result.broken] == []


@pytest.mark.parametrize(
    ("slug", "fault"),
    [pytest.param(slug, fault, id=f"{slug}-{fault['name']}") for slug in paths.chapters() for fault in faults(slug)],
)
def test_a_planted_fault_breaks_the_contract(slug, fault, run_with):
    record = run_with(slug, fault["inject"], fault["breaks"])
    assert {result.name for result in bands.compare(record) if result.broken} >= set(fault["breaks"])


@pytest.mark.parametrize("folder", ["bands", "faults"])
def test_no_file_is_left_over_from_a_chapter_that_is_gone(folder):
    files = (paths.root() / "tests" / "notebooks" / folder).glob("*")
    assert {file.stem for file in files} <= set(paths.chapters())

"""Faults planted into the cells of every chapter that metrics depend on must break its bands.

A run with a fault is only of these cells, at `smoke`, and ends when what it must break is recorded: tag slow cells that
no metric depends on ``aside`` in the page. Else a new chapter needs nothing here, only ``faults/<slug>.yml``, a list of

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

import pytest

from ganbook import paths
from ganbook.publishing import bands, notebooks
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


def faults(slug: str) -> list[dict[str, Any]]:
    path = paths.root() / "tests" / "notebooks" / "faults" / f"{slug}.yml"
    return read_yaml(path, FAULTS) if path.exists() else []


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

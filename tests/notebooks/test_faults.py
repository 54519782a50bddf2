"""Faults planted into the cells of every chapter that metrics depend on must break its bands.

A run with a fault is only of these cells, at `smoke`, and ends when what it must break is recorded: tag slow cells that
no metric depends on ``aside`` in the page. Else a new chapter needs nothing here, only ``faults/<slug>.yml``, a list of

    - name: swapped_labels
      why: Captions of another image must not pass for correct.
      after: accuracy_own                        # optional: the page is sound up to the cell that records this metric
      inject: |                                  # code put there, else after the chapter's parameters
        from ganbook.chapters.latent_captions import analysis
        analysis.is_correct = lambda *_: ...
      breaks: [accuracy_same_min]                # at least these metrics must leave their bands

in the order of the page: cells before a fault run once for all faults that come later (`planted`). A fault that comes
too late breaks nothing, and its test says so.
"""

from collections.abc import Callable, Iterator
from symtable import symtable
from typing import Any

import pytest
from planted import Page

from ganbook import paths
from ganbook.publishing import bands, notebooks
from ganbook.publishing.documents import read_yaml

NAME = {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}
FAULTS = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "properties": {
            "name": NAME,
            "why": {"type": "string"},
            "after": NAME,
            "inject": {"type": "string", "minLength": 1},
            "breaks": {"type": "array", "items": NAME, "minItems": 1},
        },
        "required": ["name", "why", "inject", "breaks"],
        "additionalProperties": False,
    },
}


def faults(slug: str) -> list[dict[str, Any]]:
    path = paths.root() / "tests" / "notebooks" / "faults" / f"{slug}.yml"
    return read_yaml(path, FAULTS) if path.exists() else []


@pytest.fixture(scope="module")
def page(smoke, tmp_path_factory) -> Iterator[Callable[[str], Page]]:
    """``page(slug)``: the chapter's page, as far as it ran for the test before if that was of the same chapter."""
    pages: list[Page] = []

    def of(slug: str) -> Page:
        if not pages or pages[-1].slug != slug:
            close()
            pages.append(Page(slug, tmp_path_factory.mktemp(slug), smoke))
        return pages[-1]

    def close() -> None:
        while pages:
            pages.pop().close()

    yield of
    close()


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


@pytest.mark.parametrize(
    ("slug", "fault"),
    [
        pytest.param(slug, fault, id=f"{slug}-{fault['name'] if fault else 'none'}")
        for slug in paths.chapters()
        for fault in [*faults(slug), None]
    ],
)
def test_the_contract_is_broken_by_a_planted_fault_and_else_kept(slug, fault, page):
    if fault:
        record = page(slug).record_with(fault["inject"], fault["breaks"], fault.get("after"))
    else:
        record = page(slug).record()
    broken = {result.name for result in bands.compare(record) if result.broken}
    assert broken >= set(fault["breaks"]) if fault else broken == set()

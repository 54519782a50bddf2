"""Every chapter runs at `smoke` on the embedded data; its numbers must keep their bands, and planted faults must break them.

A new chapter needs nothing here, only its files: ``bands/<slug>.yml`` (see `ganbook.bands`) and ``faults/<slug>.yml``, a list of

    - name: swapped_labels
      why: Captions of another image must not pass for correct.
      inject: |                                  # code put after the chapter's parameters
        from ganbook.latent_captions import analysis
        analysis.is_correct = lambda *_: ...
      breaks: [accuracy_same_min]                # at least these metrics must leave their bands
"""

from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode

from ganbook import bands, ledger, notebooks, paths
from ganbook.check import run_chapter
from ganbook.documents import read_yaml

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
REQUIRED = {"profile", "seed", "data", "device", "seconds", "metrics"}


def faults(slug: str) -> list[dict[str, Any]]:
    path = paths.root() / "tests" / "notebooks" / "faults" / f"{slug}.yml"
    return read_yaml(path, FAULTS) if path.exists() else []


def run_smoke(slug: str, build: Path, inject: str | None = None) -> tuple[NotebookNode, dict[str, Any]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANBOOK_BUILD", str(build))
        return run_chapter(slug, profile="smoke", data="embedded", seed=0, inject=inject)


@pytest.fixture(scope="module", params=paths.chapters())
def chapter(request, tmp_path_factory) -> tuple[NotebookNode, dict[str, Any]]:
    return run_smoke(request.param, tmp_path_factory.mktemp(request.param))


def test_its_numbers_keep_their_bands(chapter):
    results = bands.compare(chapter[1])
    assert [result for result in results if result.status == "ok"], "no metric of this run has a band"
    assert [result for result in results if result.status != "ok"] == []


def test_its_record_is_complete(chapter):
    record = chapter[1]
    assert record.keys() >= REQUIRED and record["data"] == "embedded" and record["seconds"] > 0
    assert all(isinstance(value, float) for value in record["metrics"].values())


def test_it_measures_what_its_claims_need(chapter):
    record = chapter[1]
    for claim in ledger.load(record["slug"]).claims:
        assert set(claim.metrics) <= record["metrics"].keys()
        assert claim.verdict(record) != "not measured", claim.id


def test_a_reader_meets_no_warning(chapter):
    assert notebooks.stderr_lines(chapter[0]) == []


@pytest.mark.parametrize("slug", paths.chapters())
def test_it_has_planted_faults(slug):
    assert faults(slug)


@pytest.mark.parametrize(
    ("slug", "fault"),
    [pytest.param(slug, fault, id=f"{slug}-{fault['name']}") for slug in paths.chapters() for fault in faults(slug)],
)
def test_a_planted_fault_breaks_the_contract(slug, fault, tmp_path):
    _, record = run_smoke(slug, tmp_path, fault["inject"])
    broken = {result.name for result in bands.compare(record) if result.broken}
    assert broken >= set(fault["breaks"])


@pytest.mark.parametrize("folder", ["bands", "faults"])
def test_no_file_is_left_over_from_a_chapter_that_is_gone(folder):
    files = (paths.root() / "tests" / "notebooks" / folder).glob("*")
    assert {file.stem for file in files} <= set(paths.chapters())

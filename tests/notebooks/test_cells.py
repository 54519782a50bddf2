"""The cells of each page are fit to be read: code that fits the page, and one line for what a reader sees folded."""

import pytest
from nbformat import NotebookNode

from ganbook import paths
from ganbook.publishing import notebooks

WIDTH = 100
"""Columns of code that stand on a page without a scroll bar."""

FOLDED_LINES = 3
"""A folded cell calls a function of the chapter's ``figures`` or ``prose``, which draws, describes and is tested."""

NOT_YET = {"latent_captions"}

CHAPTERS = [slug for slug in paths.chapters() if slug not in NOT_YET]


def code_cells(slug: str) -> list[NotebookNode]:
    return [cell for cell in notebooks.read_chapter(slug).cells if cell.cell_type == "code"]


@pytest.mark.parametrize("slug", CHAPTERS)
def test_code_fits_the_page(slug):
    lines = [line for cell in code_cells(slug) for line in cell.source.splitlines()]
    assert [line for line in lines if len(line) > WIDTH] == []


@pytest.mark.parametrize("slug", CHAPTERS)
def test_a_folded_cell_is_a_short_call(slug):
    folded = [cell.source for cell in code_cells(slug) if notebooks.SHOWN in cell.metadata.get("tags", ())]
    assert [source for source in folded if sum(map(bool, map(str.strip, source.splitlines()))) > FOLDED_LINES] == []

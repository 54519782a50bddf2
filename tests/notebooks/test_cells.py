"""What readers see of a chapter's code: it fits the page, and a figure is one call (drawing is tested elsewhere)."""

import ast

import pytest

from ganbook import paths
from ganbook.publishing.notebooks import HIDDEN, SHOWN, read_chapter
from ganbook.viz.source import text

COLUMNS = 100
"""Of a code cell on a page of desktop width."""
FIGURE_LINES = 3
"""Of a cell that shows a figure, a table or a sentence: a call, or an import and a widget."""

SHOWING = {"viz.source", "inspect.getsource"}
"""Calls whose arguments are functions, methods and classes to show."""


each_chapter = pytest.mark.parametrize("slug", paths.chapters())


def code_cells(slug: str) -> list[tuple[str, set[str]]]:
    """Source and tags of every code cell that readers can see, folded ones too."""
    cells = (cell for cell in read_chapter(slug).cells if cell.cell_type == "code")
    found = [(cell.source, set(cell.metadata.get("tags", ()))) for cell in cells]
    return [(source, tags) for source, tags in found if HIDDEN not in tags]


@each_chapter
def test_code_fits_the_page(slug):
    lines = [line for source, _ in code_cells(slug) for line in source.splitlines()]
    assert [line for line in lines if len(line) > COLUMNS] == []


@each_chapter
def test_what_is_shown_of_the_library_fits_the_page(slug):
    tree = ast.parse("\n".join(source for source, _ in code_cells(slug)))
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    shown = [thing for call in calls if ast.unparse(call.func) in SHOWING for thing in call.args]
    names: dict[str, object] = {}
    exec(ast.unparse(ast.Module(imports, [])), names)
    lines = [line for thing in shown for line in text(eval(ast.unparse(thing), names)).splitlines()]
    assert [line for line in lines if len(line) > COLUMNS] == []


@each_chapter
def test_a_figure_is_one_call(slug):
    folded = [source for source, tags in code_cells(slug) if SHOWN in tags]
    assert [source for source in folded if sum(map(bool, source.splitlines())) > FIGURE_LINES] == []

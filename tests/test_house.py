"""The house keeps its rules: arrows run down, a chapter is listed nowhere outside its own files,
training needs few packages.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import ganbook
from ganbook import chapters, paths

LIBRARY = Path(ganbook.__file__).parent
LEVELS = {
    "errors": 0,
    "paths": 0,
    "environment": 0,
    "record": 0,
    "losses": 0,
    "nn": 1,
    "data": 2,
    "metrics": 2,
    "viz": 2,
    "training": 2,
    "widgets": 3,
    "chapters": 4,
    "bench": 5,
    "teaching": 5,
    "publishing": 6,
    "cli": 7,
}
"""A room may use those on lower levels, and on its own; at level 2 the rooms do not know each other."""

ABSENT = (
    "anywidget",
    "ipywidgets",
    "IPython",
    "jinja2",
    "jupytext",
    "matplotlib",
    "nbformat",
    "onnx",
    "onnxruntime",
    "pandas",
    "papermill",
    "playwright",
    "sphinx",
    "torchmetrics",
    "yaml",
)
"""What a machine lent for training does not have."""


def room(module: str) -> str:
    """The second part of a module's name, or where it has none the first."""
    return [*module.split("."), "ganbook"][1]


def imports(path: Path) -> Iterator[str]:
    """The modules of the library that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.startswith("ganbook."))
        if isinstance(node, ast.ImportFrom) and node.module == "ganbook":
            yield from (f"ganbook.{name.name}" for name in node.names if not name.name.startswith("_"))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ganbook."):
            yield node.module


FILES = [path for path in sorted(LIBRARY.rglob("*.py")) if path.parent != LIBRARY or path.stem in LEVELS]


def test_every_room_has_its_level():
    rooms = {path.stem for path in LIBRARY.glob("*.py")} | {path.parent.name for path in LIBRARY.glob("*/__init__.py")}
    assert rooms - {"__init__"} == set(LEVELS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(LIBRARY)))
def test_arrows_run_down(path):
    own = room(".".join(("ganbook", *path.relative_to(LIBRARY).with_suffix("").parts)))
    upwards = [used for used in imports(path) if LEVELS[room(used)] > LEVELS[own]]
    assert upwards == [], f"{own} must not use what stands above it"
    beside = [used for used in imports(path) if LEVELS[room(used)] == LEVELS[own] == 2 and room(used) != own]
    assert beside == [], f"{own} must not use its neighbours"


@pytest.mark.parametrize("slug", chapters.slugs())
def test_a_chapter_knows_others_by_their_recipes_only(slug):
    for path in (LIBRARY / "chapters" / slug).rglob("*.py"):
        others = [used for used in imports(path) if room(used) == "chapters" and f".{slug}" not in used]
        assert all(used.endswith(".recipe") for used in others), (path, others)


def test_no_chapter_is_listed_outside_its_own_files():
    # bench names the model that it times
    for path in (path for path in LIBRARY.rglob("*.py") if not {"chapters", "bench"} & {*path.parts}):
        code = ast.parse(path.read_text(encoding="utf-8"))
        texts = {
            node.value for node in ast.walk(code) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        assert not texts & set(paths.chapters()), path


def test_training_needs_few_packages():
    """On a machine lent for training there are torch and a few small packages, none that draws or makes pages."""
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({ABSENT})); import ganbook.cli.train;"
        " from ganbook import chapters; "
    )
    done = subprocess.run(
        [sys.executable, "-c", code + "print(*[chapters.recipe(slug).main for slug in chapters.slugs()])"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 and done.stdout.split(), done.stderr

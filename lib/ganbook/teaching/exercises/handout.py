"""What is made from the one source: the student's notebook, the instructor's,
and the section at the end of the chapter's page.
"""

import shutil
import subprocess
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from ganbook import paths
from ganbook.errors import UserError
from ganbook.record import write_atomically
from ganbook.teaching.exercises.source import (
    GIVEN,
    Exercise,
    emptied,
    read,
    role_of,
    slugs,
    solution,
    source_path,
    stub,
)

YOUR_ANSWER = "*Write your answer here.*"


def student_notebook(slug: str) -> NotebookNode:
    """Tasks, stubs, rubrics, room for answers in words, and a cell that checks each exercise.
    No solution, hint, probe or check.
    """
    introduction, exercises = read(slug)
    cells = [_cell(cell.cell_type, cell.source) for cell in introduction]
    for exercise in exercises:
        cells += [
            _heading(exercise),
            *_shown(exercise, {"exercise": stub, "answer": lambda _: YOUR_ANSWER, "rubric": str}),
        ]
        cells += _check_cell(exercise)
    return _notebook(cells)


def instructor_notebook(slug: str) -> NotebookNode:
    """Everything but probes and checks: tasks, hints, solutions, model answers,
    rubrics, and the cells that check them.
    """
    introduction, exercises = read(slug)
    if any(emptied(code) == code for exercise in exercises for code in exercise.texts("exercise")):
        raise UserError("this is the copy of the book for a class: it holds no solutions")
    cells = [_cell(cell.cell_type, cell.source) for cell in introduction]
    named = {"hint": "**Hint.** {}", "answer": "**A good answer.** {}"}
    for exercise in exercises:
        told = {role: text.format for role, text in named.items()}
        cells += [_heading(exercise), *_shown(exercise, {"exercise": solution, "rubric": str, **told})]
        cells += _check_cell(exercise)
    return _notebook(cells)


def write(notebook: NotebookNode, path: Path, force: bool = False) -> Path:
    """Write a notebook, but never over one that is there unless told to: somebody may have worked in it."""
    if path.exists() and not force:
        raise UserError(f"{path} exists, and there may be work in it; --force writes over it, --to writes elsewhere")
    write_atomically(path, nbformat.writes(notebook) + "\n")
    return path


def class_copy(folder: Path) -> None:
    """Copy the book's files without solutions and model answers, for students. Hints and checks stay in it.

    The book's files are those that git knows in a clone, and all but what is made or installed in an unpacked copy.

    Raises:
        UserError: the folder is not empty, or lies inside the book.
    """
    folder = folder.expanduser().resolve()
    if folder.exists() and any(folder.iterdir()):
        raise UserError(f"{folder} is not empty; name a new folder")
    if paths.root().resolve() in folder.parents:
        raise UserError(f"{folder} lies inside the book; name a folder elsewhere")
    sources = {source_path(slug): slug for slug in slugs()}
    for name in _book_files():
        path = paths.root() / name
        if path in sources:
            write_atomically(folder / name, _without_solutions(path))
        elif path.is_file() and not name.startswith(TELLING):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, folder / name)


TELLING = "tests/teaching/exercises/"
"""What is planted and compared with there would tell."""

MADE = (
    ".venv",
    "_build",
    "runs",
    "data",
    ".git",
    "__pycache__",
    ".ipynb_checkpoints",
    ".pytest_cache",
    ".hypothesis",
    ".jupyter_cache",
)
"""Folders that are made or installed in a copy of the book (as in ``.gitignore``)."""


def _book_files() -> list[str]:
    """The book's files, relative to its folder."""
    return _known_to_git() or [
        path.relative_to(paths.root()).as_posix()
        for path in sorted(paths.root().rglob("*"))
        if path.is_file() and path.suffix not in (".pyc", ".ipynb") and not _is_made(path)
    ]


def _is_made(path: Path) -> bool:
    parts = path.relative_to(paths.root()).parts[:-1]
    return any(part in MADE or part.endswith(("-graded", ".egg-info")) for part in parts)


def _known_to_git() -> list[str] | None:
    """What git tracks in the book's folder, if it knows at least its mark;
    another repository around an unpacked copy does not count.
    """
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=paths.root(), capture_output=True, text=True)
    except OSError:
        return None
    names = [name for name in listed.stdout.split("\0") if name]
    return names if paths.MARKER in names else None


def _without_solutions(source: Path) -> str:
    notebook = jupytext.read(source)
    for cell in notebook.cells:
        if role_of(cell) == "exercise":
            cell.source = emptied(cell.source)
        elif role_of(cell) == "answer":
            cell.source = YOUR_ANSWER
    return jupytext.writes(notebook, fmt="md:myst")


def page_section(slug: str) -> str:
    """The exercises as they stand at the end of the chapter: MyST with folded hints;
    what is given or to be completed as code to read.
    """
    return "\n\n".join(_on_page(exercise) for exercise in read(slug)[1])


def _on_page(exercise: Exercise) -> str:
    parts = [f"(exercise-{exercise.name.replace('.', '-')})=\n### `{exercise.name}` {exercise.title}"]
    for cell in exercise.cells:
        role = role_of(cell)
        if cell.cell_type == "code" and role in (GIVEN, "exercise"):
            parts.append(f"```python\n{stub(cell.source)}\n```")
        elif role in (GIVEN, "rubric"):
            parts.append(cell.source)
    for number, text in enumerate(exercise.texts("hint"), start=1):
        parts.append(f"````{{admonition}} Hint {number}\n:class: dropdown hint\n{text}\n````")
    return "\n\n".join(part for part in parts if part)


def _shown(exercise: Exercise, told: dict) -> list[NotebookNode]:
    """The given cells and those of the roles in ``told``, their texts changed as told."""
    told = {GIVEN: str, **told}
    shown = [(cell, role_of(cell)) for cell in exercise.cells if cell.source and role_of(cell) in told]
    return [_cell(cell.cell_type, told[role](cell.source), exercise, role) for cell, role in shown]


def _heading(exercise: Exercise) -> NotebookNode:
    return _cell("markdown", f"## `{exercise.name}` {exercise.title}", exercise, "heading")


def _check_cell(exercise: Exercise) -> list[NotebookNode]:
    return [_cell("code", f'check("{exercise.name}")', exercise, "check")] if exercise.checked else []


def _cell(kind: str, text: str, exercise: Exercise | None = None, role: str = GIVEN) -> NotebookNode:
    """A cell that says in its metadata which exercise it belongs to, for whoever collects the answers."""
    make = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
    return make(text, metadata={"ganbook": {"exercise": exercise.name, "role": role}} if exercise else {})


def _notebook(cells: list[NotebookNode]) -> NotebookNode:
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"  # the same notebook each time it is made
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)

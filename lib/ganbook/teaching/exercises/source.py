"""The one source of a chapter's exercises, ``exercises/<slug>.md``:
a MyST notebook whose tags say who gets to see a cell.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ganbook import paths
from ganbook.errors import UserError

if TYPE_CHECKING:  # they take seconds to import, which a grader would pay for each notebook
    from nbformat import NotebookNode

KINDS = {
    "exercise": "code",
    "probe": "code",
    "checks": "code",
    "hint": "markdown",
    "answer": "markdown",
    "rubric": "markdown",
}
"""The tags and the kind of cell that may carry them. A cell without a tag is the task itself: prose, or code that is
given."""

GIVEN = "given"
NAME = re.compile(r"([a-z]{2}\.[1-9][0-9]?) (.+)")
BEGIN, STUB, END = "# BEGIN SOLUTION", "# STUB", "# END SOLUTION"
NOT_WRITTEN = 'raise NotImplementedError("write this")'


@dataclass(frozen=True)
class Exercise:
    """One exercise of a chapter.

    Attributes:
        name: such as "lc.3", as in ``check("lc.3")``.
        title: its heading, without the name.
        head: the code that all exercises of the chapter begin with (imports).
        cells: its cells in the order of the source, the first without the heading.
    """

    name: str
    title: str
    head: str
    cells: "tuple[NotebookNode, ...]"

    def texts(self, role: str) -> list[str]:
        """The sources of the cells with this tag (or ``GIVEN``), in order."""
        return [cell.source for cell in self.cells if role_of(cell) == role]

    @property
    def checked(self) -> bool:
        """Whether ``check`` has something to say about it."""
        return bool(self.texts("checks"))


def slugs() -> tuple[str, ...]:
    """The chapters that have exercises, in the alphabet's order."""
    folder = paths.root() / "exercises"
    return tuple(sorted(path.stem for path in folder.glob("*.md") if path.stem != "README"))


def source_path(slug: str) -> Path:
    """Where a chapter's exercises are written."""
    return paths.root() / "exercises" / f"{slug}.md"


def read(slug: str) -> "tuple[list[NotebookNode], list[Exercise]]":
    """The cells before the first exercise, and the exercises of a chapter.

    Raises:
        UserError: the chapter has no exercises, or their source is malformed; the message says where.
    """
    path = source_path(slug)
    if not path.is_file():
        raise UserError(
            f"no exercises for {slug!r}; the chapters that have some are {', '.join(slugs()) or 'none yet'}"
        )
    import jupytext

    introduction: list[NotebookNode] = []
    found: list[tuple[str, str, list[NotebookNode]]] = []
    for cell in jupytext.read(path).cells:
        _check_cell(cell, path)
        title = _take_heading(cell, path)
        if title:
            found.append((*title, []))
        (found[-1][2] if found else introduction).append(cell)
    head = "\n\n".join(cell.source for cell in introduction if cell.cell_type == "code")
    exercises = [Exercise(name, title, head, tuple(cells)) for name, title, cells in found]
    _check_exercises(exercises, path)
    return introduction, exercises


def find(name: str) -> Exercise:
    """The exercise of this name, in whatever chapter it is.

    Raises:
        UserError: there is none; the known ones are listed.
    """
    known = {exercise.name: exercise for slug in slugs() for exercise in read(slug)[1]}
    if name not in known:
        raise UserError(f"no exercise {name!r}; the exercises are {', '.join(known) or 'none yet'}")
    return known[name]


def role_of(cell: "NotebookNode") -> str:
    """The tag of a cell that ``KINDS`` knows, or ``GIVEN``."""
    return next(iter(cell.metadata.get("tags", ())), GIVEN)


def solution(code: str) -> str:
    """The code of a cell with its solution, without the stub and the marks."""
    return "\n".join(line for part, line in _parts(code) if part != STUB)


def stub(code: str) -> str:
    """The code of a cell as students get it:
    what stands between the marks is exchanged for its stub, or for ``NOT_WRITTEN``.
    """
    return "\n".join(line for part, line in _parts(code) if part != BEGIN)


def emptied(code: str) -> str:
    """The code of a cell with its marks and its stub, and nothing where the solution stood."""
    kept, in_solution = [], False
    for line in code.splitlines():
        in_solution = in_solution and line.strip() not in (STUB, END)
        if not in_solution:
            kept.append(line)
        in_solution = in_solution or line.strip() == BEGIN
    return "\n".join(kept)


def _parts(code: str) -> list[tuple[str, str]]:
    """The lines without marks, each with the part it belongs to: GIVEN, BEGIN (the solution) or STUB."""
    follows = {BEGIN: (GIVEN,), STUB: (BEGIN,), END: (BEGIN, STUB)}
    parts, part = [], GIVEN
    for line in code.splitlines():
        mark = line.strip()
        if mark not in follows:
            parts.append((part, line))
            continue
        if part not in follows[mark]:
            raise UserError(f"{mark!r} does not stand where it can")
        if (part, mark) == (BEGIN, END):
            parts.append((STUB, line.replace(END, NOT_WRITTEN)))
        part = GIVEN if mark == END else mark
    if part != GIVEN:
        raise UserError(f"{END!r} is missing")
    return parts


def _check_cell(cell: "NotebookNode", path: Path) -> None:
    tags = cell.metadata.get("tags", [])
    if len(tags) > 1 or not set(tags) <= KINDS.keys():
        raise UserError(f"{path}: a cell has the tags {tags}; one of {', '.join(KINDS)} is expected")
    if tags and KINDS[tags[0]] != cell.cell_type:
        raise UserError(f"{path}: the tag {tags[0]!r} is for {KINDS[tags[0]]} cells")
    if tags == ["exercise"]:
        try:
            if solution(cell.source) == cell.source:
                raise UserError("it has no solution")
        except UserError as error:
            raise UserError(f"{path}, the cell that begins {cell.source.splitlines()[0]!r}: {error}") from error


def _take_heading(cell: "NotebookNode", path: Path) -> tuple[str, str] | None:
    """Name and title of the exercise that a cell begins, taken off its text."""
    if cell.cell_type != "markdown":
        return None
    from markdown_it import MarkdownIt

    tokens = MarkdownIt().parse(cell.source)
    at = [index for index, token in enumerate(tokens) if token.type == "heading_open" and token.tag == "h2"]
    if not at:
        return None
    text = tokens[at[0] + 1].content
    named = NAME.fullmatch(text)
    if at != [0] or not named:
        raise UserError(f'{path}: "## {text}" should begin a cell and read like "## lc.3 A title"')
    cell.source = "\n".join(cell.source.splitlines()[tokens[0].map[1] :]).strip()
    return named.groups()


def _check_exercises(exercises: list[Exercise], path: Path) -> None:
    prefixes = {exercise.name[:2] for exercise in exercises}
    expected = [f"{prefix}.{number}" for prefix in prefixes for number in range(1, len(exercises) + 1)]
    if [exercise.name for exercise in exercises] != expected:
        raise UserError(
            f"{path}: the exercises are {[each.name for each in exercises]},"
            " expected one prefix and the numbers 1, 2, ..."
        )
    for exercise in exercises:
        if len(exercise.texts("checks")) != len(exercise.texts("probe")) or len(exercise.texts("checks")) > 1:
            raise UserError(
                f"{path}: {exercise.name} needs one cell tagged 'probe' and one tagged 'checks', or neither"
            )

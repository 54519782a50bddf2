"""What a class handed in: a folder of notebooks, or of one folder a student as learning platforms export it."""

import re
import unicodedata
import warnings
from collections import defaultdict
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.reader import NotJSONError

from ganbook.errors import UserError
from ganbook.exercises import Exercise, handout

MOST_MB = 50
HEADING = re.compile(r"#+\s*`?([a-z]{2}\.[1-9][0-9]?)\b")
NO_STUDENT = (".", "__MACOSX")  # what computers put into folders


@dataclass(frozen=True)
class Cell:
    """A cell of a student's notebook and the exercise it belongs to ("" for what comes before the first)."""

    exercise: str
    kind: str
    source: str


@dataclass(frozen=True)
class Submission:
    """What one student handed in: cells, or the reason why there is nothing to grade."""

    student: str
    path: Path
    cells: tuple[Cell, ...] = ()
    problem: str | None = None
    id: str = field(init=False)
    """A name that is safe in paths, commands and links, and that no other student has."""

    def __post_init__(self) -> None:
        ascii_name = unicodedata.normalize("NFKD", self.student).encode("ascii", "ignore").decode().lower()
        safe = re.sub(r"[^a-z0-9]+", "-", ascii_name).strip("-")[:40]
        object.__setattr__(self, "id", f"{safe or 'student'}-{sha256(self.student.encode()).hexdigest()[:8]}")


class _NoUse(Exception):
    """A file that cannot be graded; the text says why."""


def collect(folder: Path, exercises: list[Exercise]) -> list[Submission]:
    """All submissions in a folder, in the alphabet's order of the students.

    A student is a notebook ``NAME.ipynb``, or a folder ``NAME`` with a notebook somewhere in it that holds one of these exercises. What
    cannot be graded is there, too, with its ``problem``.

    Raises:
        UserError: there is no such folder, or nothing in it.
    """
    if not folder.is_dir():
        raise UserError(f"no folder {folder}: give the one that holds the notebooks, or a folder a student")
    by_student: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(folder.iterdir()):
        if not path.name.startswith(NO_STUDENT):
            by_student[_student(path)].append(path)
    if not by_student:
        raise UserError(f"{folder} is empty: it should hold notebooks, or a folder a student")
    same = defaultdict(list)
    for student, found in by_student.items():
        same[student.casefold()] += found
    return [_submission(student, same[student.casefold()], found[0], exercises) for student, found in by_student.items()]


def _student(path: Path) -> str:
    name = path.stem if path.suffix.lower() == ".ipynb" else path.name
    printable = "".join(letter if letter.isprintable() else "?" for letter in unicodedata.normalize("NFC", name))
    return printable.encode("utf-8", "replace").decode()


def _submission(student: str, found: list[Path], path: Path, exercises: list[Exercise]) -> Submission:
    try:
        if len(found) > 1:
            raise _NoUse(f"handed in more than once: {', '.join(each.name for each in found)}; keep one")
        return Submission(student, path, _cells(path, exercises))
    except _NoUse as reason:
        return Submission(student, path, problem=str(reason))


def _cells(path: Path, exercises: list[Exercise]) -> tuple[Cell, ...]:
    if path.is_symlink():
        raise _NoUse("a link, and no notebook of its own")
    if not path.is_dir():
        return _of_these_exercises(_read(path), exercises)
    notebooks = [each for each in sorted(path.rglob("*.ipynb")) if not any(part.startswith(NO_STUDENT) for part in each.relative_to(path).parts)]
    if not notebooks:
        raise _NoUse("no notebook in this folder")
    good, reasons = {}, []
    for each in notebooks:
        try:
            good[each] = _of_these_exercises(_read(each), exercises)
        except _NoUse as reason:
            reasons.append(f"{each.relative_to(path)}: {reason}")
    if len(good) > 1:
        raise _NoUse(f"more than one notebook of these exercises: {', '.join(str(each.relative_to(path)) for each in good)}; keep one")
    if not good:
        raise _NoUse("; ".join(reasons))
    return next(iter(good.values()))


def _read(path: Path) -> list[NotebookNode]:
    if path.suffix.lower() != ".ipynb":
        raise _NoUse("no notebook (a file .ipynb)")
    if path.is_symlink() or not path.is_file():
        raise _NoUse("no file of its own")
    size = path.stat().st_size / 2**20
    if size > MOST_MB:
        raise _NoUse(f"the notebook has {size:.0f} MB, more than {MOST_MB}; clear its outputs and hand it in again")
    try:
        with warnings.catch_warnings(action="ignore"):
            return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4).cells
    except NotJSONError as error:
        raise _NoUse("no notebook that can be read: the file is damaged, or something else") from error
    except Exception as error:  # a hostile file can make a parser raise nearly anything
        raise _NoUse(f"no notebook that can be read: {type(error).__name__}: {' '.join(str(error).split())[:120]}") from error


def _of_these_exercises(cells: list[NotebookNode], exercises: list[Exercise]) -> tuple[Cell, ...]:
    """The cells with their exercise: the one that their metadata or the nearest heading above names."""
    found, current = [], ""
    try:
        for cell in cells:
            marked = cell.metadata.get("ganbook")
            heading = HEADING.match(cell.source) if cell.cell_type == "markdown" else None
            current = marked["exercise"] if isinstance(marked, dict) else heading[1] if heading else current
            found.append(Cell(current, cell.cell_type, cell.source))
    except (AttributeError, KeyError, TypeError) as error:
        raise _NoUse("no notebook that can be read: a cell is broken") from error
    names = {cell.exercise for cell in found} - {""}
    if not names & {exercise.name for exercise in exercises}:
        raise _NoUse(f"a notebook of other exercises ({', '.join(sorted(map(str, names)))})" if names else "a notebook without any exercise")
    return tuple(found)


def words(submission: Submission, exercise: Exercise, handed_out: set[str]) -> list[Cell]:
    """What the student wrote for a person to read: text that was not handed out; of an exercise without checks the code, too."""
    own = [cell for cell in submission.cells if cell.exercise == exercise.name and cell.source.strip() not in handed_out]
    return [cell for cell in own if cell.source.strip() and (cell.kind == "markdown" or not exercise.checked)]


def handed_out(slug: str) -> set[str]:
    """The texts of all cells of the hand-out, the empty answers among them."""
    return {cell.source.strip() for cell in handout.student_notebook(slug).cells}

"""What a class handed in: a folder of notebooks, or of one folder a student as learning platforms export it."""

import json
import re
import unicodedata
import warnings
import zipfile
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.reader import NotJSONError

from ganbook.errors import UserError
from ganbook.teaching.exercises import Exercise, handout, slugs

MOST_MB = 50
HEADING = re.compile(r"#+\s*`?([a-z]{2}\.[1-9][0-9]?)\b")
NO_STUDENT = (".", "__MACOSX", "~$", "$RECYCLE.BIN", "System Volume Information")  # what computers put into folders
NO_WORK = ("thumbs.db", "ehthumbs.db", "desktop.ini", "index.html", "icon\r")
NOTEBOOK = re.compile(r"\.ipynb($|[.~ (].*)", re.IGNORECASE)  # browsers add .txt, .json, .download or (1)
COPY = re.compile(r"(?: ?\((\d+)\)|-Copy(\d+)| - Copy| copy)$")  # ... or number what was there before; so does Jupyter
PLATFORM = re.compile(r"(.+_\d+)_assignsubmission_(?:file|onlinetext)(?:_|$)")  # of Moodle: several a student
ZIP = b"PK\x03\x04"
WORK = {".pdf", ".py", ".html", ".htm", ".doc", ".docx", ".odt", ".rtf", ".pages", ".png", ".jpg", ".jpeg", ".heic"}
PACKED = {".rar", ".7z", ".tar", ".gz", ".tgz", ".xz", ".bz2"}


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
    notes: tuple[str, ...] = ()
    id: str = field(init=False)
    """A name that is safe in paths, commands and links, and that no other student has."""

    def __post_init__(self) -> None:
        ascii_name = unicodedata.normalize("NFKD", self.student).encode("ascii", "ignore").decode().lower()
        safe = re.sub(r"[^a-z0-9]+", "-", ascii_name).strip("-")[:40]
        object.__setattr__(self, "id", f"{safe or 'student'}-{sha256(self.student.encode()).hexdigest()[:8]}")


class _NoUse(Exception):
    """A file that cannot be graded; the text says why."""


@dataclass(frozen=True)
class _Found:
    """A notebook that somebody handed in, somewhere in what is theirs."""

    label: str
    order: tuple[int, int, str]
    cells: tuple[Cell, ...]


def collect(folder: Path, exercises: list[Exercise]) -> list[Submission]:
    """All submissions in a folder, in the alphabet's order of the students.

    A student is a notebook ``NAME.ipynb``, or a folder or zip ``NAME`` with a notebook somewhere in it that holds one
    of these exercises. What somebody handed in and cannot be graded is there, too, with its ``problem``; what nobody
    handed in is not (`passed_over`).

    Raises:
        UserError: there is no such folder, or nothing in it.
    """
    students, others = _sorted_out(folder)
    if not students:
        what = f"holds nobody's work, only {_listed(others)}" if others else "is empty"
        wanted = "notebooks, or a folder a student; unpack a zip of the whole class"
        raise UserError(f"{folder} {what}: it should hold {wanted}")
    return [_submission(found, exercises) for found in students.values()]


def passed_over(folder: Path) -> str:
    """The names of what lies in a folder of submissions and is nobody's work,
    such as a platform's receipts; "" if nothing is.
    """
    return _listed(_sorted_out(folder)[1])


def _listed(names: list[str], most: int = 5) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _sorted_out(folder: Path) -> tuple[dict[str, list[Path]], list[str]]:
    """What each student handed in, and the names of what nobody did."""
    if not folder.is_dir():
        raise UserError(f"no folder {folder}: give the one that holds the notebooks, or a folder a student")
    students, others = defaultdict(list), []
    for path in sorted(folder.iterdir()):
        if path.name.startswith(NO_STUDENT):
            continue
        if _is_work(path):
            platform = PLATFORM.match(path.name)
            students[(platform[1] if platform else _student(path)).casefold()].append(path)
        else:
            others.append(_printable(path.name))
    return students, others


def _is_work(path: Path) -> bool:
    """Whether somebody handed this in: a folder, a notebook, or what they may have taken for one."""
    kind = path.suffix.lower()
    if path.name.lower() in NO_WORK:
        return False
    if kind == ".zip":
        return not _is_whole_class(path)
    named = NOTEBOOK.search(path.name) or PLATFORM.match(path.name)
    return path.is_dir() or bool(named) or kind in WORK | PACKED or _holds_notebook(path)


def _is_whole_class(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as packed:
            return any(PLATFORM.match(name) for name in packed.namelist())
    except (zipfile.BadZipFile, OSError):
        return False


def _holds_notebook(path: Path) -> bool:
    """Whether a file of another name holds what Jupyter writes."""
    if path.is_symlink() or not path.is_file() or not 0 < path.stat().st_size <= MOST_MB * 2**20:
        return False
    data = path.read_bytes()
    with suppress(ValueError):
        text = data.decode(json.detect_encoding(data))
        return text.lstrip().startswith("{") and '"nbformat"' in text and '"cells"' in text
    return False


def _student(path: Path) -> str:
    """The student's name: that of the folder, or of the file without what programs add to it.

    A number stays where it tells apart what several students sent under the hand-out's own name.
    """
    name = path.name if path.is_dir() and not path.is_symlink() else _stem(path)
    without = COPY.sub("", name)
    return _printable(name if path.is_dir() or not without or without in slugs() else without)


def _stem(path: Path) -> str:
    name = NOTEBOOK.sub("", path.name) if NOTEBOOK.search(path.name) else path.stem
    return name or path.name


def _printable(name: str) -> str:
    printable = "".join(letter if letter.isprintable() else "?" for letter in unicodedata.normalize("NFC", name))
    return printable.encode("utf-8", "replace").decode()


def _submission(handed_in: list[Path], exercises: list[Exercise]) -> Submission:
    """The newest notebook of these exercises among what one student handed in."""
    student, found, reasons = _student(handed_in[0]), [], []
    for path in handed_in:
        try:
            found += _notebooks(path, exercises)
        except _NoUse as reason:
            reasons.append(f"{_printable(path.name)}: {reason}" if len(handed_in) > 1 else str(reason))
    if not found:
        return Submission(student, handed_in[0], problem="; ".join(reasons))
    newest = max(found, key=lambda each: each.order)
    notes = ()
    if any(each.cells != newest.cells for each in found):
        names = [each.label for each in sorted(found, key=lambda each: each.order)]
        notes = (f"more than one notebook was handed in ({_listed(names)}); the newest was taken: {newest.label}",)
    return Submission(student, handed_in[0], newest.cells, notes=notes)


def _notebooks(path: Path, exercises: list[Exercise]) -> list[_Found]:
    """The notebooks of these exercises that a file or folder holds.

    Raises:
        _NoUse: there is none.
    """
    if path.is_symlink():
        raise _NoUse("a link, and no notebook of its own")
    files = _files(path) if path.is_dir() else [path]
    good, reasons = [], []
    for each in files:
        inner = _printable(str(each.relative_to(path.parent)))
        try:
            for label, order, data in _contents(each):
                label = f"{inner}/{label}" if label else inner
                try:
                    good.append(_Found(label, order, _of_these_exercises(_parsed(data), exercises)))
                except _NoUse as reason:
                    reasons.append((label, reason))
        except _NoUse as reason:
            reasons.append((inner, reason))
    if good:
        return good
    if not files:
        held = sorted(_printable(each.name) for each in path.iterdir() if not each.name.startswith(NO_STUDENT))
        raise _NoUse("no notebook in this folder" + (f" (it holds {_listed(held)})" if held else ""))
    raise _NoUse("; ".join(f"{label}: {reason}" if path.is_dir() else str(reason) for label, reason in reasons))


def _files(folder: Path) -> list[Path]:
    """The files in a student's folder that are notebooks or may hold some."""
    files = [
        each for each in sorted(folder.rglob("*")) if not each.is_dir() and not _put_there(each.relative_to(folder))
    ]
    packed = {".zip", *PACKED}
    return [
        each for each in files if NOTEBOOK.search(each.name) or each.suffix.lower() in packed or _holds_notebook(each)
    ]


def _put_there(path: Path) -> bool:
    """Whether a computer put this into a folder or zip."""
    return any(part.startswith(NO_STUDENT) for part in path.parts)


def _contents(path: Path) -> list[tuple[str, tuple[int, int, str], bytes]]:
    """What may be notebooks in a file, itself or the members of a zip:
    name in the zip, what puts them in order, bytes.
    """
    kind = path.suffix.lower()
    if path.is_symlink() or not path.is_file():
        raise _NoUse("no file of its own")
    if kind in PACKED:
        raise _NoUse(f"a package ({kind}) that is not opened here: unpack it into a folder of the student's name")
    if kind != ".zip" and not NOTEBOOK.search(path.name) and not _holds_notebook(path):
        raise _NoUse(f"a file {kind}, and no notebook: ask for the file .ipynb")
    with path.open("rb") as file:
        packed = file.read(len(ZIP)) == ZIP
    if kind == ".zip" or packed:
        return _members(path)
    size = path.stat().st_size / 2**20
    if size > MOST_MB:
        raise _NoUse(f"the notebook has {size:.0f} MB, more than {MOST_MB}; clear its outputs and hand it in again")
    return [("", _order(path.name, path.stat().st_mtime), path.read_bytes())]


def _order(name: str, seconds: float) -> tuple[int, int, str]:
    """Older before newer; at the same second a copy after what it is a copy of."""
    copy = COPY.search(_stem(Path(name)))
    return int(seconds), int(copy[1] or copy[2] or 1) if copy else 0, name


def _members(path: Path) -> list[tuple[str, tuple[int, int, str], bytes]]:
    """The notebooks in a zip, which may be a hostile one."""
    found, left = [], int(MOST_MB * 2**20)
    try:
        with zipfile.ZipFile(path) as packed:
            for member in packed.infolist():
                name = Path(member.filename)
                if not member.is_dir() and NOTEBOOK.search(name.name) and not _put_there(name):
                    data = _unpacked(packed, member, left)
                    left -= len(data)
                    found.append((_printable(member.filename), _order(name.name, _seconds(member)), data))
    except _NoUse:
        raise
    except Exception as error:  # damaged or hostile files make it raise many things
        reason = "it needs a password" if "password" in str(error) else "it is damaged, or something else"
        raise _NoUse(f"a zip that cannot be opened: {reason}; ask for the file .ipynb") from error
    if not found:
        raise _NoUse("no notebook in this zip")
    return found


def _unpacked(packed: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
    with packed.open(member) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise _NoUse(f"the notebooks in this zip have more than {MOST_MB} MB; clear outputs and hand them in again")
    return data


def _seconds(member: zipfile.ZipInfo) -> float:
    try:
        return datetime(*member.date_time).timestamp()
    except (ValueError, OverflowError):  # some programs write no time, or month 0
        return 0.0


def _parsed(data: bytes) -> list[NotebookNode]:
    try:
        text = data.decode(json.detect_encoding(data)).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        way_out = "open it in an editor, save it as UTF-8 and hand it in again"
        raise _NoUse(f"no notebook that can be read: it is not in UTF-8; {way_out}") from error
    if text.lstrip().startswith("<"):
        raise _NoUse("no notebook that can be read: it is a web page; ask for the file .ipynb itself")
    try:
        with warnings.catch_warnings(action="ignore"):
            return nbformat.reads(text, as_version=4).cells
    except NotJSONError as error:
        raise _NoUse("no notebook that can be read: the file is damaged, or something else") from error
    except Exception as error:  # a hostile file can make a parser raise nearly anything
        raise _NoUse(
            f"no notebook that can be read: {type(error).__name__}: {' '.join(str(error).split())[:120]}"
        ) from error


def _of_these_exercises(cells: list[NotebookNode], exercises: list[Exercise]) -> tuple[Cell, ...]:
    """The cells with their exercise: the one that the nearest heading above names,
    or above all headings their metadata.

    What everybody sees comes first: JupyterLab copies a cell's metadata with it, wherever it is pasted.
    """
    found, current = [], ""
    try:
        for cell in cells:
            marked = cell.metadata.get("ganbook")
            heading = HEADING.match(cell.source) if cell.cell_type == "markdown" else None
            current = heading[1] if heading else current
            found.append(
                Cell(current or (marked["exercise"] if isinstance(marked, dict) else ""), cell.cell_type, cell.source)
            )
    except (AttributeError, KeyError, TypeError) as error:
        raise _NoUse("no notebook that can be read: a cell is broken") from error
    names = {cell.exercise for cell in found} - {""}
    if not names & {exercise.name for exercise in exercises}:
        raise _NoUse(
            f"a notebook of other exercises ({', '.join(sorted(map(str, names)))})"
            if names
            else "a notebook without any exercise"
        )
    return tuple(found)


def words(submission: Submission, exercise: Exercise, handed_out: set[str]) -> list[Cell]:
    """What the student wrote for a person to read: text that was not handed out;
    of an exercise without checks the code, too.
    """
    own = [
        cell for cell in submission.cells if cell.exercise == exercise.name and cell.source.strip() not in handed_out
    ]
    return [cell for cell in own if cell.source.strip() and (cell.kind == "markdown" or not exercise.checked)]


def handed_out(slug: str) -> set[str]:
    """The texts of all cells of the hand-out, the empty answers among them."""
    return {cell.source.strip() for cell in handout.student_notebook(slug).cells}

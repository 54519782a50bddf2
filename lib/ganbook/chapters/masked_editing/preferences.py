"""Answers to "which result follows the instruction better?", with SIM or without: a person's file, and a class's."""

import csv
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ganbook.errors import UserError

STEPS = (
    "without is much better",
    "without is better",
    "comparable",
    "with is better",
    "with is much better",
)
"""What ``preference`` 1 to 5 means."""

PAPER = (0.09, 0.14, 0.13, 0.37, 0.27)
"""The paper's shares of the five steps, of 1,380 answers (figure 14)."""

COLUMNS = ("participant", "study", "triple", "position", "left", "answer", "preference")
"""Of a file: who, which pictures, which triple of them, when it was asked, what stood on the left ("with" or
"without"), the answer from 1 (left is much better) to 5, and the same from without to with SIM.
"""


@dataclass(frozen=True)
class Answer:
    """One row of a file; ``line`` is where it stands."""

    participant: str
    study: str
    triple: str
    position: str
    left: str
    answer: int
    preference: int
    line: int


@dataclass(frozen=True)
class Merged:
    """The answers of several files.

    Attributes:
        answers: in the order of the files.
        rows: how many each file has.
        repeated: how many rows were left out because another file has the same.
    """

    answers: tuple[Answer, ...]
    rows: dict[str, int]
    repeated: int

    @property
    def shares(self) -> tuple[float, ...]:
        """Of the five steps, from without to with SIM."""
        counts = Counter(each.preference for each in self.answers)
        return tuple(counts[step] / len(self.answers) for step in range(1, 6))


def parse(text: str, name: str) -> list[Answer]:
    """The answers of a file's text.

    Raises:
        UserError: a column is missing, a cell cannot be, or a participant answers one triple twice; ``name`` and the
            line are said.
    """
    lines = [(number, row) for number, row in _rows(text, name) if any(cell.strip() for cell in row)]
    if not lines:
        raise UserError(f"{name} is empty: it needs a line with the columns {', '.join(COLUMNS)}")
    header = [cell.strip().lower() for cell in lines[0][1]]
    if missing := [column for column in COLUMNS if column not in header]:
        raise UserError(f"{name} has no column {', '.join(missing)}")
    if len(lines) == 1:
        raise UserError(f"{name} has no answers below its header")
    answers = [_answer(dict(zip(header, row, strict=False)), line, name) for line, row in lines[1:]]
    first: dict[tuple[str, str, str], int] = {}
    for each in answers:
        key = each.participant, each.study, each.triple
        if key in first:
            raise UserError(
                f"{name}, line {each.line}: {each.participant} has answered triple {each.triple} already, in line"
                f" {first[key]}"
            )
        first[key] = each.line
    return answers


def _rows(text: str, name: str) -> list[tuple[int, list[str]]]:
    delimiter = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=delimiter)
    try:
        return [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise UserError(f"{name}: line {reader.line_num} cannot be read as CSV ({error})") from None


def _answer(cells: dict[str, str], line: int, name: str) -> Answer:
    found = {column: (cells.get(column) or "").strip() for column in COLUMNS}
    if empty := [column for column in COLUMNS if not found[column]]:
        raise UserError(f"{name}, line {line}: {', '.join(empty)} is empty")
    for column in ("answer", "preference"):
        if found[column] not in ("1", "2", "3", "4", "5"):
            raise UserError(f"{name}, line {line}: {column} must be 1 to 5, not {found[column][:20]!r}")
    if found["left"] not in ("with", "without"):
        raise UserError(f'{name}, line {line}: left must be "with" or "without", not {found["left"][:20]!r}')
    answer, preference = int(found.pop("answer")), int(found.pop("preference"))
    if preference != (answer if found["left"] == "without" else 6 - answer):
        raise UserError(f"{name}, line {line}: answer {answer} and preference {preference} contradict each other")
    return Answer(**found, answer=answer, preference=preference, line=line)


def read(path: Path) -> list[Answer]:
    """The answers of a file; raises as :func:`parse`, or ``UserError`` if it is no UTF-8."""
    try:
        return parse(path.read_bytes().decode("utf-8-sig"), path.name)
    except UnicodeDecodeError as error:
        raise UserError(f"{path.name} is not UTF-8 (byte {error.start}): save it as CSV UTF-8") from None


def merge(files: Iterable[Path]) -> Merged:
    """The answers of all files. What a file has that an earlier one has, too, is counted once.

    Raises:
        UserError: as :func:`read`; no file, a participant who answers a triple differently in two files, or answers on
            different pictures.
    """
    kept: dict[tuple[str, str, str], tuple[Answer, str]] = {}
    rows, repeated = {}, 0
    for path in files:
        answers = read(path)
        rows[str(path)] = len(answers)
        for each in answers:
            key = each.participant, each.study, each.triple
            known, where = kept.setdefault(key, (each, path.name))
            if known is each:
                continue
            if known.preference != each.preference:
                raise UserError(
                    f"{path.name}, line {each.line}: {each.participant} answers triple {each.triple} otherwise than in"
                    f" {where}, line {known.line}"
                )
            repeated += 1
    if not rows:
        raise UserError("no files: name the CSV files of a class")
    studies = sorted({study for _, study, _ in kept})
    if len(studies) > 1:
        raise UserError(f"the files are about different pictures (studies {', '.join(studies)}): merge each by itself")
    return Merged(tuple(answer for answer, _ in kept.values()), rows, repeated)


def to_csv(answers: Iterable[Answer]) -> str:
    """A file's text."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([getattr(each, column) for column in COLUMNS] for each in answers)
    return text.getvalue()

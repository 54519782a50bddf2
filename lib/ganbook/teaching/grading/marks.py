"""The marks of a class: what each student's answers are worth, and the table for the person who grades."""

import csv
import io
import json
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from ganbook.record import write_atomically
from ganbook.teaching.exercises import Exercise, judge
from ganbook.teaching.exercises.feedback import NOT_REACHED, PROBLEM, Result
from ganbook.teaching.grading import judging, tasks
from ganbook.teaching.grading.submissions import Cell, Submission, words


@dataclass(frozen=True)
class Work:
    """One exercise of one student: results of the checks, notes on running it,
    words (and code of a study) for a person to read.
    """

    exercise: Exercise
    results: list[Result] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    words: list[Cell] = field(default_factory=list)

    @property
    def points(self) -> int:
        return sum(result.right for result in self.results)


@dataclass(frozen=True)
class Marks:
    """One student: the work on each exercise, none if nothing could be graded, and then why."""

    submission: Submission
    works: list[Work] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problem: str | None = None

    @property
    def total(self) -> int:
        return sum(work.points for work in self.works)


def mark(submission: Submission, exercises: Sequence[Exercise], work: Path, handed_out: set[str]) -> Marks:
    """Judge what came out of the box for one student;
    it lies in the folder ``work`` (`ganbook.teaching.grading.box.main`).
    """
    if submission.problem:
        return Marks(submission, problem=submission.problem)
    if not tasks.is_run(work):
        return Marks(submission, problem="not run: give the same command again")
    found = json.loads((work / "answers.json").read_text(encoding="utf-8"))
    if "problem" in found:
        return Marks(submission, problem=found["problem"])
    works = []
    for exercise in exercises:
        got = found["exercises"].get(exercise.name, {"answers": {}, "notes": []})
        results = _results(exercise, got) if exercise.checked else []
        works.append(Work(exercise, results, got["notes"], words(submission, exercise, handed_out)))
    return Marks(submission, works, [*submission.notes, *found["notes"]])


def _results(exercise: Exercise, got: dict[str, Any]) -> list[Result]:
    if got["answers"]:
        return judging.results(exercise, got["answers"])
    return judge(exercise, {PROBLEM: np.array("Your code did not get as far as the check.")})


def in_words(exercise: Exercise) -> bool:
    """Whether the exercise asks for something that a person must read."""
    return not exercise.checked or bool(exercise.texts("answer"))


def possible(exercises: Sequence[Exercise]) -> dict[str, int]:
    """The points that the checks of each exercise can give, one each; exercises without checks are left out."""
    return {each.name: len(judge(each, {PROBLEM: np.array("")})) for each in exercises if each.checked}


def commonest_mistakes(marks: Sequence[Marks], most: int = 10) -> list[tuple[str, Result, int]]:
    """Exercise, result and number of students of what went wrong most often."""
    wrong = [
        (work.exercise.name, result)
        for each in marks
        for work in each.works
        for result in work.results
        if result.problem not in (None, NOT_REACHED)
    ]
    return [(name, result, count) for (name, result), count in Counter(wrong).most_common(most)]


def write_table(path: Path, marks: Sequence[Marks], exercises: Sequence[Exercise], remark: str = "") -> None:
    """Write the table, a row a student. What a person entered in the columns "in words" of the table of before stays.

    A table of before that cannot be read, or holds such marks of somebody who is no longer there, is kept under another
    name.
    """
    entered, left_over = _entered(path), set()
    if entered is not None:
        left_over = entered.keys() - {
            (harmless(each.submission.student), column) for each in marks for column in _by_hand(exercises)
        }
    if entered is None or left_over:
        shutil.copyfile(path, path.with_suffix(f".{datetime.now():%Y%m%d-%H%M%S}.csv"))
    file = io.StringIO()
    points = possible(exercises)
    columns = [
        *(f"{name} (of {most})" for name, most in points.items()),
        f"total (of {sum(points.values())})",
        *_by_hand(exercises),
    ]
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["student", *columns, "status", "page"])
    for each in marks:
        got = [work.points for work in each.works if work.exercise.checked] or [""] * len(points)
        student = harmless(each.submission.student)
        kept = [(entered or {}).get((student, column), "") for column in _by_hand(exercises)]
        table.writerow(
            [
                student,
                *got,
                each.total if each.works else "",
                *kept,
                harmless(status(each) + remark),
                f"pages/{each.submission.id}.html",
            ]
        )
    write_atomically(path, "\ufeff" + file.getvalue())  # the mark lets spreadsheets read names as UTF-8


def _by_hand(exercises: Sequence[Exercise]) -> list[str]:
    return [f"{each.name} in words" for each in exercises if in_words(each)]


def status(marks: Marks) -> str:
    stopped = [work.exercise.name for work in marks.works if work.notes]
    return marks.problem or (
        "graded"
        + (f"; see the notes on {', '.join(stopped)}" if stopped else "")
        + "".join(f"; {note}" for note in marks.notes)
    )


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip().startswith(("=", "+", "-", "@")) else text


def _entered(path: Path) -> dict[tuple[str, str], str] | None:
    """What a person wrote into a table: (student, column) -> text; None if the file is no such table."""
    if not path.is_file():
        return {}
    text = path.read_bytes().decode("utf-8-sig", errors="replace")
    separator = max(",;\t", key=text.partition("\n")[0].count)  # a spreadsheet may have put in another one
    rows = csv.DictReader(io.StringIO(text), delimiter=separator)
    if "student" not in (rows.fieldnames or ()):
        return None
    return {
        (row["student"], column): text
        for row in rows
        for column, text in row.items()
        if str(column).endswith(" in words") and text
    }

"""What goes into the box for one student, as a file whose content changes when,
and only when, the run must be made again.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ganbook.record import write_atomically
from ganbook.teaching.exercises import Exercise
from ganbook.teaching.exercises.source import GIVEN, role_of
from ganbook.teaching.grading.box import Limits
from ganbook.teaching.grading.submissions import Submission


def task(
    submission: Submission, exercises: list[Exercise], limits: Limits, *, boxed: bool, private: Iterable[Path]
) -> dict[str, Any]:
    """All that one run depends on. Of the exercises only what their probes need: no solution, no check."""
    checked = [exercise for exercise in exercises if exercise.checked]
    wanted = {"", *(exercise.name for exercise in checked)}
    code = [cell for cell in submission.cells if cell.kind == "code" and cell.exercise in wanted]
    return {
        "grader": _grader(),
        "boxed": boxed,
        "limits": asdict(limits),
        "private": [str(folder) for folder in private],
        "head": checked[0].head if checked else "",
        "exercises": [{"name": each.name, "title": each.title, "probe": each.texts("probe")[0]} for each in checked],
        "cells": [
            {"exercise": cell.exercise, "source": cell.source, "given": given}
            for cell, given in zip(code, _given([cell.source for cell in code], checked))
        ],
    }


def _given(sources: list[str], exercises: list[Exercise]) -> list[bool]:
    """Which cells are as they were handed out, and all that were handed out above them are there, too."""
    expected = [text.strip() for each in exercises for text in given_code(each)]
    head = {line for each in exercises for line in each.head.splitlines()}
    found = []
    for source in sources:
        is_next = source.strip() in expected[:1]
        expected = expected[is_next:]
        found.append(is_next or set(source.splitlines()) <= head)
    return found


def given_code(exercise: Exercise) -> list[str]:
    """The code that an exercise gives, beside what is to be completed."""
    return [cell.source for cell in exercise.cells if cell.cell_type == "code" and role_of(cell) == GIVEN]


def write_if_changed(folder: Path, content: dict[str, Any]) -> None:
    """Write a student's task, unless the same one is there: its time of change tells Snakemake whether to run it."""
    path, text = folder / "task.json", json.dumps(content, indent=1)
    answers = folder / "answers.json"
    if answers.is_file() and "problem" in json.loads(answers.read_text(encoding="utf-8")):
        answers.unlink()  # not graded last time for no fault of the student's: run it again
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        write_atomically(path, text)


def is_run(folder: Path) -> bool:
    """Whether there are answers to the task as it is now."""
    task, answers = folder / "task.json", folder / "answers.json"
    return answers.is_file() and answers.stat().st_mtime >= task.stat().st_mtime


def _grader() -> str:
    """A fingerprint of what runs the notebooks: the library and torch."""
    digest = sha256(version("torch").encode())
    library = Path(__file__).resolve().parents[1]
    for name in (
        "grading/box.py",
        "grading/inside.py",
        "grading/seccomp.py",
        "exercises/feedback.py",
        "exercises/measure.py",
    ):
        digest.update((library / name).read_bytes())
    return digest.hexdigest()[:16]

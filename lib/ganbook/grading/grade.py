"""`ganbook grade`: find what was handed in, run it, judge it, write marks and pages."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from ganbook import exercises
from ganbook.errors import UserError
from ganbook.grading import box, marks, pages, submissions, tasks

UNSAFE = "run without a box"


@dataclass(frozen=True)
class Graded:
    """Where the results lie, and all students' marks."""

    table: Path
    index: Path
    marks: list[marks.Marks]


def grade(
    folder: Path, slug: str, to: Path, *, jobs: int, limits: box.Limits, boxed: bool = True, snakemake: Sequence[str] = ()
) -> Graded:
    """Grade all that lies in a folder; what was run before and has not changed is not run again.

    Args:
        folder: notebooks, or a folder a student.
        slug: the chapter whose exercises these are.
        to: where marks, pages and what came out of the boxes are kept.
        jobs: notebooks that run at the same time.
        limits: what one notebook may take.
        boxed: without a box, students' code can do whatever the caller can.
        snakemake: further arguments for Snakemake, such as a profile.

    Raises:
        UserError: nothing to grade, or no box to be had.
    """
    asked, told_to, to = exercises.read(slug)[1], to, to.resolve()
    found = submissions.collect(folder, asked)
    if others := submissions.passed_over(folder):
        print(f"passed over, since it is nobody's work: {others}", file=sys.stderr)
    if folder.resolve() in (to, *to.parents):
        raise UserError(f"{to} lies in {folder}: results among the submissions would be taken for a student's")
    if boxed:
        box.refuse_without_box()
    with _alone_in(to) as lock:
        for each in found:
            if not each.problem:
                content = tasks.task(each, asked, limits, boxed=boxed, private=[folder.resolve(), to])
                tasks.write_if_changed(to / "work" / each.id, content)
        _run([each.id for each in found if not each.problem], to, jobs, limits, snakemake, lock)
        told = submissions.handed_out(slug)
        marks.possible(asked)  # imports here, and once, what else each child of the judge would import
        all_marks = [marks.mark(each, asked, to / "work" / each.id, told) for each in found]
        marks.write_table(to / "marks.csv", all_marks, asked, remark="" if boxed else f"; {UNSAFE}")
        pages.write(to, slug, all_marks, asked, remark="" if boxed else UNSAFE)
    return Graded(told_to / "marks.csv", told_to / "index.html", all_marks)


def _run(students: list[str], to: Path, jobs: int, limits: box.Limits, more: Sequence[str], lock: int) -> None:
    """Let Snakemake run what is missing or changed. Whatever it could not run is missing afterwards, and shows in the marks."""
    config = to / "work" / "students.json"
    memory = limits.memory_mb + 1024  # beside what students may take, Python and torch
    settings = {"students": students, "python": sys.executable, "memory_mb": memory, "minutes": int(box.WALL * limits.seconds / 60) + 10}
    config.write_text(json.dumps(settings), encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(Path(__file__).with_name("Snakefile")), "--directory", str(to)]
    command += ["--configfile", str(config), "--jobs", str(jobs), "--keep-going", "--ignore-incomplete", "--rerun-triggers", "mtime", "--nolock"]
    command += ["--quiet", "all", *more]
    # It holds the lock, too, should this process be killed. In a session of its own it hears of Ctrl-C once, from here.
    process = subprocess.Popen(command, pass_fds=[lock], start_new_session=True)
    try:
        with tqdm(total=len(students), desc="notebooks run", unit="") as bar:
            while process.poll() is None:
                time.sleep(0.2)
                bar.update(sum(tasks.is_run(to / "work" / each) for each in students) - bar.n)
    except KeyboardInterrupt:
        os.killpg(process.pid, signal.SIGINT)
        process.wait()
        raise


@contextmanager
def _alone_in(folder: Path) -> Iterator[int]:
    """Keep a second grader out of the same folder; the system lets go of the lock when all that hold it have ended, however they end."""
    (folder / "work").mkdir(parents=True, exist_ok=True)
    with open(folder / "work" / "lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UserError(f"somebody is grading into {folder} just now") from error
        yield file.fileno()

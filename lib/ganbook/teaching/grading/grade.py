"""`ganbook grade`: find what was handed in, run it, judge it, write marks and pages."""

import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tqdm import tqdm

from ganbook import environment
from ganbook.errors import UserError
from ganbook.teaching import exercises
from ganbook.teaching.grading import box, marks, pages, submissions, tasks

UNSAFE = "run without a box"
LOG = "snakemake.log"
# of Snakemake; the reason stands elsewhere
EMPTY_WORDS = re.compile("RuleException:|WorkflowError:|CalledProcessError|Error in rule|Exiting because")


@dataclass(frozen=True)
class Graded:
    """Where the results lie, and all students' marks."""

    table: Path
    index: Path
    marks: list[marks.Marks]


def grade(
    folder: Path,
    slug: str,
    to: Path,
    *,
    jobs: int,
    limits: box.Limits,
    boxed: bool = True,
    snakemake: Sequence[str] = (),
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
        UserError: nothing to grade, no box to be had, or Snakemake does not start.
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
        trouble = _run([each.id for each in found if not each.problem], to, jobs, limits, snakemake, lock)
        told = submissions.handed_out(slug)
        marks.possible(asked)  # imports here, and once, what else each child of the judge would import
        all_marks = [marks.mark(each, asked, to / "work" / each.id, told) for each in found]
        all_marks = [_with_reason(each, to / "work" / each.submission.id, trouble) for each in all_marks]
        marks.write_table(to / "marks.csv", all_marks, asked, remark="" if boxed else f"; {UNSAFE}")
        pages.write(to, slug, all_marks, asked, remark="" if boxed else UNSAFE)
    return Graded(told_to / "marks.csv", told_to / "index.html", all_marks)


def _with_reason(mark: marks.Marks, work: Path, trouble: str) -> marks.Marks:
    """The same marks; of a notebook that was not run they say why: the box's own words, else Snakemake's."""
    if mark.submission.problem or not mark.problem or tasks.is_run(work):
        return mark
    told = work / box.TROUBLE
    reason = told.read_text(encoding="utf-8") if told.is_file() else trouble
    return replace(mark, problem=f"not run: {' '.join(reason.split())}")


def _run(students: list[str], to: Path, jobs: int, limits: box.Limits, more: Sequence[str], lock: int) -> str:
    """Let Snakemake run what is missing or changed; returns why it could not run what is missing afterwards.

    Raises:
        UserError: it does not start.
    """
    config = to / "work" / "students.json"
    memory = limits.memory_mb + 1024  # beside what students may take, Python and torch
    settings = {
        "students": students,
        "python": sys.executable,
        "memory_mb": memory,
        "minutes": int(box.WALL * limits.seconds / 60) + 10,
    }
    config.write_text(json.dumps(settings), encoding="utf-8")
    snakefile = Path(__file__).with_name("Snakefile")
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(snakefile), "--directory", str(to)]
    command += ["--configfile", str(config), "--jobs", str(jobs), "--keep-going", "--ignore-incomplete"]
    command += ["--rerun-triggers", "mtime", "--nolock"]
    # else it takes a folder "default" or "profiles" for settings, wherever the person is
    command += ["--workflow-profile", "none", *more]
    # It holds the lock, too, should this process be killed. In a session of its own it hears of Ctrl-C once, from here.
    log = to / "work" / LOG
    with open(log, "wb") as file:
        process = subprocess.Popen(
            command,
            env=environment.own(),
            stdout=file,
            stderr=file,
            stdin=subprocess.DEVNULL,
            pass_fds=[lock],
            start_new_session=True,
        )
    try:
        with tqdm(total=len(students), desc="notebooks run", unit="") as bar:
            while process.poll() is None:
                time.sleep(0.2)
                bar.update(sum(tasks.is_run(to / "work" / each) for each in students) - bar.n)
    except KeyboardInterrupt:
        os.killpg(process.pid, signal.SIGINT)
        process.wait()
        raise
    said = log.read_text(encoding="utf-8", errors="replace")
    if process.returncode > 0 and "Execute" not in said:
        raise UserError(f"Snakemake, which runs the notebooks, does not start: {_reason(said, log)}")
    if process.returncode < 0:
        return f"Snakemake was stopped by {signal.Signals(-process.returncode).name}; the same command goes on"
    return _reason(said, log)


def _reason(said: str, log: Path) -> str:
    """The line that says most among all that Snakemake and its jobs have written."""
    lines = [line.strip() for line in said.splitlines() if not EMPTY_WORDS.match(line)]
    told = [line for line in lines if re.search(r"Error\b|\berror\b", line)] or [
        line for line in lines if line.startswith("Command '")
    ]
    return f"{told[-1] if told else 'no reason was given'} (everything that was said: {log})"


@contextmanager
def _alone_in(folder: Path) -> Iterator[int]:
    """Keep a second grader out of the same folder;
    the system lets go of the lock when all that hold it have ended, however they end.
    """
    (folder / "work").mkdir(parents=True, exist_ok=True)
    with open(folder / "work" / "lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UserError(f"somebody is grading into {folder} just now") from error
        yield file.fileno()

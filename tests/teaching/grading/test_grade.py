"""The whole command: with the book's own exercises, and stopped in the middle."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

from ganbook import paths
from ganbook.cli.main import app
from ganbook.publishing.documents import read_yaml
from ganbook.teaching import exercises
from ganbook.teaching.exercises import handout, source
from ganbook.teaching.grading import box

from .conftest import GOOD, notebook, solved

pytestmark = pytest.mark.usefixtures("a_box")


def command(folder, slug, *more) -> list[str]:
    return [sys.executable, "-m", "ganbook.cli.main", "grade", str(folder), "--exercise", slug, *map(str, more)]


def grade(folder, slug, *more, code=0):
    """The command in this process, with what Snakemake said on stderr."""
    done = CliRunner().invoke(app, [str(each) for each in ("grade", folder, "--exercise", slug, *more)])
    assert done.exit_code == code, (done.output, done.exception)
    return done


def table(folder, slug) -> dict[str, dict[str, str]]:
    text = (Path(f"{folder}-graded") / slug / "marks.csv").read_text(encoding="utf-8-sig")
    return {row["student"]: row for row in csv.DictReader(io.StringIO(text))}


def page(folder, slug, student) -> str:
    return (Path(f"{folder}-graded") / slug / table(folder, slug)[student]["page"]).read_text()


def points(row: dict[str, str]) -> tuple[list[int], list[int]]:
    """The points got and the points to be had, the total last."""
    columns = {name: int(re.search(r"of (\d+)", name)[1]) for name in row if "(of " in name}
    return [int(row[name]) for name in columns], list(columns.values())


def mistaken(slug: str) -> tuple[nbformat.NotebookNode, dict[str, str]]:
    """The instructor's notebook with the first planted mistake of each exercise, and what the student must be told."""
    planted = read_yaml(
        paths.root() / "tests" / "teaching" / "exercises" / "mistakes" / f"{slug}.yml", {"type": "object"}
    )
    made, told = handout.instructor_notebook(slug), {}
    for cell in made.cells:
        name = cell.metadata.get("ganbook", {}).get("exercise", "")
        mistake = next((each for each in planted.get(name, ()) if each.get("replace", "\0") in cell.source), None)
        if mistake and cell.metadata["ganbook"]["role"] == "exercise" and name not in told:
            cell.source, told[name] = cell.source.replace(mistake["replace"], mistake["by"]), mistake["says"]
    return made, told


@pytest.mark.parametrize("slug", exercises.slugs())
def test_the_books_exercises(slug, tmp_path):
    """Solutions get full marks, the hand-out none, a planted mistake its message."""
    folder = tmp_path / "class"
    wrong, told = mistaken(slug)
    checked = [exercise for exercise in exercises.read(slug)[1] if exercise.checked]
    assert len(told) == len(checked)
    for student, made in {
        "right": handout.instructor_notebook(slug),
        "empty": handout.student_notebook(slug),
        "wrong": wrong,
    }.items():
        handout.write(made, folder / f"{student}.ipynb")
    done = grade(folder, slug, "--jobs", 2, "--cell-seconds", 120, "--seconds", 600)
    assert "3/3" in done.stderr and "marks: " in done.stdout
    marks = table(folder, slug)
    got, most = points(marks["right"])
    assert got == most and most[-1] == sum(most[:-1]) > 0 and marks["right"]["status"] == "graded"
    assert not any(points(marks["empty"])[0]) and marks["empty"]["status"] == "graded"
    assert page(folder, slug, "empty").count("Not written yet.") == len(checked)
    assert all(each < best for each, best in zip(*points(marks["wrong"])))
    text = page(folder, slug, "wrong").replace("&#39;", "'").replace("<code>", "`").replace("</code>", "`")
    assert [message for message in told.values() if message not in text] == []
    assert not any(source.solution(code) in text for exercise in checked for code in exercise.texts("exercise"))


@pytest.fixture
def class_of_toys(toys, tmp_path, monkeypatch):
    """Five students. Each notebook takes a moment."""
    toys(1)
    monkeypatch.setenv("PYTHONPATH", str(Path(box.__file__).parents[3]))
    folder = tmp_path / "class"
    for number in range(5):
        notebook(folder / f"s{number}.ipynb", ty_1=f"import time; time.sleep(0.3)\n{GOOD.format(1)}")
    return folder


def stamps(folder) -> dict[str, int]:
    return {
        path.parent.name[:2]: path.stat().st_mtime_ns
        for path in Path(f"{folder}-graded").glob("toys/work/*/answers.json")
    }


def child_of(pid: int) -> int:
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            if int(path.read_text().rsplit(")", 1)[1].split()[1]) == pid:
                return int(path.parent.name)
    raise LookupError(f"process {pid} has no child")


def as_in_a_terminal():
    """Ctrl-C counts, even if the tests run in the background of a script, where shells have it ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_stopped_and_killed_it_goes_on_where_it_was_and_redoes_what_changed(class_of_toys):
    folder = class_of_toys
    for stop, code in ((signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)):
        before = len(stamps(folder))
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        process = subprocess.Popen(command(folder, "toys", "--jobs", 1), preexec_fn=as_in_a_terminal, **pipes)
        deadline = time.monotonic() + 120
        while len(stamps(folder)) <= before and time.monotonic() < deadline:
            time.sleep(0.02)
        if stop == signal.SIGKILL:  # as when the power fails: Snakemake dies, too
            os.killpg(child_of(process.pid), stop)
        os.kill(process.pid, stop)
        said = process.communicate(timeout=60)[0]
        assert process.returncode == code and "Traceback" not in said, said
        assert not (Path(f"{folder}-graded") / "toys" / "marks.csv").exists()
    first = stamps(folder)
    assert 2 <= len(first) < 5
    grade(folder, "toys", "--jobs", 2)
    second = stamps(folder)
    assert len(second) == 5 and first.items() <= second.items()
    assert {row["total (of 2)"] for row in table(folder, "toys").values()} == {"2"}

    grade(folder, "toys")
    assert stamps(folder) == second

    work = nbformat.read(folder / "s0.ipynb", as_version=4)
    work.cells[0].source += " (a remark)"
    work.cells[1].outputs = []
    nbformat.write(work, folder / "s0.ipynb")
    notebook(folder / "s1.ipynb", ty_1="times1 = lambda x: -x")
    notebook(folder / "new.ipynb", **solved(1))
    (folder / "s2.ipynb").write_text("{")
    done = grade(folder, "toys", code=1)
    third = stamps(folder)
    assert {name for name in third if third[name] != second.get(name)} == {"s1", "ne"}
    marks = table(folder, "toys")
    assert (marks["s1"]["total (of 2)"], marks["new"]["total (of 2)"], marks["s2"]["total (of 2)"]) == ("1", "2", "")
    assert "s2: no notebook that can be read" in done.stderr and "not graded: 1 of 6" in done.stderr


def test_a_changed_check_is_judged_anew_and_a_changed_probe_run_anew(class_of_toys):
    folder, written = class_of_toys, paths.root() / "exercises" / "toys.md"
    for number in range(2, 5):
        (folder / f"s{number}.ipynb").unlink()
    grade(folder, "toys", "--jobs", 2)
    first = stamps(folder)
    written.write_text(written.read_text().replace("assert got[0] == 0", "assert got[0] == 1"))
    grade(folder, "toys")
    assert stamps(folder) == first and {row["total (of 2)"] for row in table(folder, "toys").values()} == {"1"}
    written.write_text(written.read_text().replace("np.arange(3.0))}", "np.arange(4.0))}"))
    grade(folder, "toys", "--jobs", 2)
    assert not first.items() & stamps(folder).items()


def test_without_a_box_it_says_so_everywhere(class_of_toys):
    folder = class_of_toys
    for number in range(1, 5):
        (folder / f"s{number}.ipynb").unlink()
    (folder / "Thumbs.db").write_text("x")
    done = grade(folder, "toys", "--unsafe")
    assert done.stderr.count("passed over, since it is nobody's work: Thumbs.db\n") == 1 and "0 of" not in done.stderr
    assert "WARNING" in done.stderr and table(folder, "toys")["s0"]["status"] == "graded; run without a box"
    assert "run without a box" in page(folder, "toys", "s0")


def refused(*arguments) -> str:
    done = CliRunner().invoke(app, ["grade", *map(str, arguments)])
    assert done.exit_code == 2 and done.stdout == "", (done.output, done.exception)
    return done.stderr


def test_bad_input_is_refused_in_a_line(class_of_toys, tmp_path):
    folder = class_of_toys
    (tmp_path / "nothing").mkdir()
    assert (
        refused(folder, "--exercise", "tyos")
        == "error: no exercises for 'tyos'; the chapters that have some are toys\n"
    )
    assert "no folder" in refused(tmp_path / "nowhere", "--exercise", "toys")
    assert "is empty" in refused(tmp_path / "nothing", "--exercise", "toys")
    assert "lies in" in refused(folder, "--exercise", "toys", "--to", folder / "marks")
    assert "lies in" in refused(folder, "--exercise", "toys", "--to", folder)


def test_two_graders_do_not_meet_in_one_folder(class_of_toys):
    import fcntl

    lock = Path(f"{class_of_toys}-graded") / "toys" / "work" / "lock"
    lock.parent.mkdir(parents=True)
    with open(lock, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert "somebody is grading into" in refused(class_of_toys, "--exercise", "toys")


def test_what_could_not_be_run_is_said_and_run_next_time(class_of_toys):
    folder = class_of_toys
    for number in range(2, 5):
        (folder / f"s{number}.ipynb").unlink()
    grade(folder, "toys", "--jobs", 2)
    notebook(folder / "s1.ipynb", ty_1="times1 = lambda x: -x")
    done = grade(folder, "toys", "--", "--config", "python=/bin/false", code=1)
    assert (
        "s1: not run: Command 'set" in done.stderr
        and "/bin/false" in done.stderr
        and "not graded: 1 of 2" in done.stderr
    )
    marks = table(folder, "toys")
    assert (marks["s0"]["total (of 2)"], marks["s1"]["total (of 2)"]) == ("2", "")
    grade(folder, "toys")
    assert table(folder, "toys")["s1"]["total (of 2)"] == "1"
    for path in Path(f"{folder}-graded").glob("toys/work/*/answers.json"):
        assert json.loads(path.read_text()).keys() == {"exercises", "notes", "seconds"}


@pytest.fixture
def one_student(class_of_toys):
    for number in range(1, 5):
        (class_of_toys / f"s{number}.ipynb").unlink()
    return class_of_toys


def test_what_we_handed_out_and_fails_is_said_as_it_is(one_student):
    """Not as if Snakemake had not run it."""
    source, stub = paths.root() / "exercises" / "toys.md", "```{code-cell}\n:tags: [exercise]\ndef times1("
    text = source.read_text()
    source.write_text(text.replace(stub, f"```{{code-cell}}\nimport nothing\n```\n\n{stub}"))
    assert source.read_text() != text
    notebook(one_student / "s0.ipynb", **solved(1, 1))
    line = next(line for line in grade(one_student, "toys", code=1).stderr.splitlines() if line.startswith("s0: "))
    assert line.startswith(
        "s0: not graded: a cell that was handed out (`import nothing`) failed, which is not the student's fault"
    )
    source.write_text(text)
    notebook(one_student / "s0.ipynb", **solved(1, 1))
    grade(one_student, "toys")
    assert table(one_student, "toys")["s0"]["total (of 2)"] == "2"


def test_settings_for_other_work_do_not_reach_snakemake(one_student, tmp_path, monkeypatch):
    """A profile in the environment, one that lies about where the person is, no home to write to."""
    for name in ("default", "profiles/default"):
        (tmp_path / "here" / name).mkdir(parents=True)
        (tmp_path / "here" / name / "config.yaml").write_text("no-such-option: 1\n")
    (tmp_path / "here" / "_toc.yml").symlink_to(paths.root() / "_toc.yml")
    for name in ("book", "exercises", "checkpoints"):
        (tmp_path / "here" / name).symlink_to(paths.root() / name)
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("SNAKEMAKE_PROFILE", "/other/work")
    monkeypatch.setenv("HOME", "/dev/null")
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/cache")
    grade(one_student, "toys")
    assert table(one_student, "toys")["s0"]["total (of 2)"] == "2"


@pytest.mark.parametrize(
    ("options", "reason"), [(["--no-such-option"], "--no-such-option"), (["--profile", "/no/such"], "/no/such")]
)
def test_a_snakemake_that_does_not_start_says_why(one_student, options, reason):
    line = refused(one_student, "--exercise", "toys", "--", *options).splitlines()[-1]
    assert line.startswith("error: Snakemake") and reason in line.partition("(everything")[0] and "again" not in line
    assert not (Path(f"{one_student}-graded") / "toys" / "marks.csv").exists()


@pytest.mark.parametrize(
    ("stand_in", "reason"),
    [
        (
            'case "$*" in *inside*) echo "bwrap: out of luck"; exit 1;; esac; exit 0',
            "s0: not run: the box did not come up: bwrap: out of luck",
        ),
        ('case "$*" in *inside*) chmod a-x "$0"; kill -9 $PPID;; esac; exit 0', "s0: not run: Command "),
    ],
    ids=["the box fails", "the job is killed"],
)
def test_why_a_notebook_was_not_run_is_said(one_student, tmp_path, monkeypatch, stand_in, reason):
    program = tmp_path / "bin" / "bwrap"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{stand_in}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    done = grade(one_student, "toys", code=1)
    assert reason in done.stderr and "again" not in done.stderr
    assert reason.partition(": ")[2] in table(one_student, "toys")["s0"]["status"]
    program.unlink()
    grade(one_student, "toys")
    assert table(one_student, "toys")["s0"]["status"] == "graded"


def test_of_a_snakemake_that_was_killed_it_is_said(one_student, monkeypatch):
    stand_in = one_student.parent / "python"
    stand_in.write_text("#!/bin/sh\nkill -9 $$\n")
    stand_in.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(stand_in))
    done = grade(one_student, "toys", "--unsafe", code=1)
    assert "s0: not run: Snakemake was stopped by SIGKILL; the same command goes on" in done.stderr

"""Marks and pages, made of results; nothing runs here."""

import csv
import io
import re

import numpy as np
import pytest
from bs4 import BeautifulSoup

from ganbook.teaching.exercises import PROBLEM, judge
from ganbook.teaching.exercises.feedback import Result
from ganbook.teaching.grading import marks as marking
from ganbook.teaching.grading import pages, tasks
from ganbook.teaching.grading.marks import Marks, Work
from ganbook.teaching.grading.submissions import Cell, Submission

EVIL = "<script>alert(1)</script><img src=http://example.org/x onerror=alert(1)>"


def marks(asked, student, factors=(), problem=None, words=(), notes=()) -> Marks:
    """Marks of a student who multiplies by these factors in ty.1, ty.2, ...; the last exercise is the open one."""
    if problem:
        return Marks(Submission(student, None, problem=problem), problem=problem)
    works = []
    for number, exercise in enumerate(asked, 1):
        got = factors[number - 1] * np.arange(3.0) if exercise.checked else None
        works.append(
            Work(
                exercise,
                judge(exercise, {"got": got}) if exercise.checked else [],
                list(notes),
                [Cell(exercise.name, "markdown", text) for text in words],
            )
        )
    return Marks(Submission(student, None), works)


def rows(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def test_which_notebook_was_taken_is_said_in_the_table_and_on_the_page(toys, tmp_path):
    asked = toys(1)
    (tmp_path / "task.json").write_text("{}")
    (tmp_path / "answers.json").write_text('{"exercises": {}, "notes": ["slow"], "seconds": 1}')
    made = marking.mark(Submission("Ada", None, notes=("the newest was taken",)), asked, tmp_path, set())
    assert (
        made.notes == ["the newest was taken", "slow"] and marking.status(made) == "graded; the newest was taken; slow"
    )


def test_what_failed_by_no_fault_of_the_students_has_no_points_and_is_run_again(toys, tmp_path):
    asked = toys(1)
    tasks.write_if_changed(tmp_path, {})
    (tmp_path / "answers.json").write_text(
        '{"exercises": {}, "notes": [], "seconds": 1, "problem": "not graded: too slow"}'
    )
    made = marking.mark(Submission("Ada", None), asked, tmp_path, set())
    assert made.works == [] and marking.status(made) == "not graded: too slow"
    tasks.write_if_changed(tmp_path, {})
    assert not tasks.is_run(tmp_path)


def test_the_table_has_points_a_total_and_room_for_marks_by_hand(toys, tmp_path):
    asked = toys(2)
    all_marks = [
        marks(asked, "Ada", (1, -2)),
        marks(asked, "Bob", problem="no notebook in this folder"),
        marks(asked, "Cleo", (1, 2), notes=["x"]),
    ]
    marking.write_table(tmp_path / "marks.csv", all_marks, asked)
    ada, bob, cleo = rows(tmp_path / "marks.csv")
    columns = [
        "student",
        "ty.1 (of 2)",
        "ty.2 (of 2)",
        "total (of 4)",
        "ty.1 in words",
        "ty.2 in words",
        "ty.3 in words",
        "status",
        "page",
    ]
    assert list(ada) == columns
    assert [ada[name] for name in columns[:8]] == ["Ada", "2", "1", "3", "", "", "", "graded"]
    assert [bob[name] for name in columns[:4]] == ["Bob", "", "", ""] and bob["status"] == "no notebook in this folder"
    assert cleo["total (of 4)"] == "4" and cleo["status"] == "graded; see the notes on ty.1, ty.2, ty.3"
    assert ada["page"] == f"pages/{all_marks[0].submission.id}.html"


@pytest.mark.parametrize("separator", [",", ";"])
def test_marks_entered_by_hand_stay(toys, tmp_path, separator):
    asked, table = toys(1), tmp_path / "marks.csv"
    marking.write_table(table, [marks(asked, "=Ada", (1,))], asked)
    edited = table.read_text(encoding="utf-8-sig").replace("2,2,,,graded", "2,2,7,½,graded").replace(",", separator)
    table.write_text(edited, encoding="utf-8")  # as a spreadsheet may write it
    marking.write_table(table, [marks(asked, "=Ada", (-1,)), marks(asked, "Bob", (1,))], asked)
    ada, bob = rows(table)
    assert (ada["ty.1 (of 2)"], ada["ty.1 in words"], ada["ty.2 in words"]) == ("1", "7", "½")
    assert bob["ty.1 in words"] == ""
    assert [path.name for path in tmp_path.glob("*.csv")] == ["marks.csv"]
    edited = table.read_text()
    marking.write_table(table, [marks(asked, "Bob", (1,))], asked)
    (kept,) = tmp_path.glob("marks.*.csv")
    assert kept.read_text() == edited and len(rows(table)) == 1


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"", b"name;x\n1;2\n", b'"'])
def test_a_table_that_cannot_be_read_is_kept_aside(toys, tmp_path, content):
    asked = toys(1)
    (tmp_path / "marks.csv").write_bytes(content)
    marking.write_table(tmp_path / "marks.csv", [marks(asked, "Ada", (1,))], asked)
    (kept,) = tmp_path.glob("marks.*.csv")
    assert kept.read_bytes() == content and rows(tmp_path / "marks.csv")[0]["student"] == "Ada"


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "=cmd|' /C calc'!A0"])
def test_no_name_is_a_formula(toys, tmp_path, name):
    asked = toys(1)
    marking.write_table(tmp_path / "marks.csv", [marks(asked, name, problem=f"{name} is bad")], asked)
    row = rows(tmp_path / "marks.csv")[0]
    assert row["student"] == f"'{name}" and row["status"].startswith("'")


@pytest.fixture
def written(toys, tmp_path):
    asked = toys(2)
    hostile = marks(asked, EVIL, (5, 2), words=[EVIL, "*own* `words`"], notes=[EVIL + "`x`"])
    for work in hostile.works:
        work.results.extend([Result("claim", EVIL)] if work.exercise.checked else [])
    everyone = [marks(asked, "Ada", (-1, 2)), hostile, marks(asked, "Bob", problem=EVIL), marks(asked, "Cleo", (-1, 2))]
    return everyone, pages.write(tmp_path, "toys", everyone, asked, remark="run without a box")


def test_nothing_that_a_student_wrote_runs_and_nothing_is_loaded(written):
    _, index = written
    for path in (index, *(index.parent / "pages").glob("*.html")):
        page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        assert page.find_all(["script", "img", "iframe", "link", "object", "base", "form"]) == []
        assert "default-src 'none'" in page.find("meta", {"http-equiv": "Content-Security-Policy"})["content"]
        assert all(re.fullmatch(r"(pages/)?[a-z0-9.-]+\.(html|csv)", link["href"]) for link in page.find_all("a"))
        assert not [tag for tag in page.find_all(True) if any(name.startswith("on") for name in tag.attrs)]
        assert "url(" not in str(page) and "@import" not in str(page) and "run without a box" in page.text
    assert EVIL in BeautifulSoup(index.read_text(), "html.parser").text


def test_a_students_page_says_what_is_right_and_what_is_not(written):
    everyone, index = written
    page = BeautifulSoup((index.parent / "pages" / f"{everyone[0].submission.id}.html").read_text(), "html.parser")
    assert page.h1.text == "Ada" and "3 of 4 points" in page.text
    first, second, study = page.find_all("section")
    assert first.h2.text == "ty.1 Times 1" and first.select_one(".badge").text == "1 of 2"
    assert [" ".join(item.text.split()) for item in first.select(".results li")] == [
        "✗ wrong: Three numbers times 1The sign is wrong",
        "✓ right: Zero stays zero",
    ]
    assert first.select_one(".wrong code").text == "sign" and second.select_one(".badge").text == "all right, 2 of 2"
    assert (
        "Nothing is written here." in study.text
        and study.select_one(".rubric strong").text == "reason"
        and study.select_one(".blank").text == ""
    )


def test_what_was_not_reached_is_no_mistake(toys):
    asked = toys(1)
    unwritten = Marks(
        Submission("Ada", None), [Work(asked[0], judge(asked[0], {PROBLEM: np.array("Not written yet.")}))]
    )
    assert [(name, result.problem, count) for name, result, count in marking.commonest_mistakes([unwritten] * 2)] == [
        ("ty.1", "Not written yet.", 2)
    ]


def test_the_overview_counts(written):
    _, index = written
    page = BeautifulSoup(index.read_text(), "html.parser")
    points, exercises_, wrong, students = page.find_all("section")
    assert [[cell.text for cell in row.find_all(["th", "td"])][:2] for row in points.select("tbody tr")] == [
        ["0", "0"],
        ["1", "0"],
        ["2", "0"],
        ["3", "3"],
        ["4", "0"],
    ]
    assert [[cell.text for cell in row.select(".n")] for row in exercises_.select("tbody tr")] == [
        ["0 of 3", "1.0 of 2"],
        ["3 of 3", "2.0 of 2"],
    ]
    assert (
        wrong.select("tbody tr")[0].text.split("\n")[0].startswith("ty.1The sign is wrong")
        and wrong.select("tbody tr")[0].select(".n")[0].text == "2"
    )
    assert len(students.select("tbody tr")) == 4


def test_pages_of_students_who_are_gone_go(written, toys):
    everyone, index = written
    pages.write(index.parent, "toys", everyone[:1], toys(2))
    assert [path.stem for path in (index.parent / "pages").glob("*")] == [everyone[0].submission.id]


@pytest.mark.parametrize(
    ("possible", "labels"), [(2, ["0", "1", "2"]), (26, ["0 to 2", "24 to 26"]), (24, ["0 to 2", "24"])]
)
def test_bins_hold_everyone_and_the_last_one_full_marks(possible, labels):
    bins = pages.distribution(list(range(possible + 1)), possible)
    assert bins[0][0] == labels[0] and bins[-1][0] == labels[-1] and sum(count for _, count in bins) == possible + 1

import json
import os

import nbformat
import pytest

from ganbook.errors import UserError
from ganbook.grading import submissions
from ganbook.grading.submissions import collect, words

from .conftest import GOOD, notebook, solved


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "class"
    made.mkdir()
    return made


def problems(folder, asked):
    return {each.student: each.problem for each in collect(folder, asked)}


def test_notebooks_and_folders_of_students_are_found(toys, folder):
    asked = toys(1)
    notebook(folder / "Ada Lovelace.ipynb", **solved(1))
    notebook(folder / "hopper_123_assignsubmission_file" / "in" / "work.ipynb", **solved(1))
    notebook(folder / "hopper_123_assignsubmission_file" / ".ipynb_checkpoints" / "work-checkpoint.ipynb")
    (folder / "hopper_123_assignsubmission_file" / "notes.txt").write_text("x")
    notebook(folder / "__MACOSX" / "x.ipynb")
    notebook(folder / ".hidden.ipynb")
    found = collect(folder, asked)
    assert [each.student for each in found] == ["Ada Lovelace", "hopper_123_assignsubmission_file"]
    assert all(each.problem is None and any(cell.source == GOOD.format(1) for cell in each.cells) for each in found)
    assert found[0].id.startswith("ada-lovelace-") and found[0].id != found[1].id


def test_what_cannot_be_graded_has_one_clear_line_and_the_rest_is_graded(toys, folder, monkeypatch):
    asked = toys(1)
    notebook(folder / "good.ipynb", **solved(1))
    notebook(folder / "twice.ipynb")
    notebook(folder / "Twice" / "x.ipynb")
    notebook(folder / "two" / "a.ipynb")
    notebook(folder / "two" / "b.ipynb")
    (folder / "empty").mkdir()
    (folder / "cut.ipynb").write_text((folder / "good.ipynb").read_text()[:-30])
    (folder / "old.ipynb").write_text('{"nbformat": 99, "cells": []}')
    (folder / "list.ipynb").write_text("[1, 2]")
    (folder / "deep.ipynb").write_text("[" * 100_000)
    (folder / "bytes.ipynb").write_bytes(b"\xff\xfe\x00")
    (folder / "work.py").write_text("print()")
    (folder / "link.ipynb").symlink_to(folder / "good.ipynb")
    (folder / "linked").mkdir()
    (folder / "linked" / "x.ipynb").symlink_to("/etc/passwd")
    os.mkfifo(folder / "pipe.ipynb")
    other = nbformat.reads((folder / "good.ipynb").read_text().replace("ty.", "xx."), as_version=4)
    nbformat.write(other, folder / "other.ipynb")
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]), folder / "none.ipynb")
    broken = json.loads((folder / "good.ipynb").read_text())
    broken["cells"][3] = {"metadata": {"ganbook": {"exercise": ["ty.1"]}}, "source": 3}
    (folder / "cells.ipynb").write_text(json.dumps(broken))
    monkeypatch.setattr(submissions, "MOST_MB", 0.5)
    (folder / "large.ipynb").write_text((folder / "good.ipynb").read_text() + " " * 2**20)
    found = problems(folder, asked)
    assert found.pop("good") is None
    for student, message in {
        "Twice": "handed in more than once: Twice, twice.ipynb; keep one",
        "twice": "handed in more than once",
        "two": "more than one notebook of these exercises: a.ipynb, b.ipynb; keep one",
        "empty": "no notebook in this folder",
        "work.py": "no notebook (a file .ipynb)",
        "link": "a link",
        "linked": "x.ipynb: no file of its own",
        "pipe": "no file of its own",
        "other": "a notebook of other exercises (xx.1, xx.2)",
        "none": "a notebook without any exercise",
        "large": "1 MB, more than 0.5; clear its outputs",
    }.items():
        assert message in found.pop(student), student
    assert found.keys() == {"cut", "old", "list", "deep", "bytes", "cells"}
    assert all(message.startswith("no notebook that can be read: ") and "\n" not in message for message in found.values()), found


def test_the_notebook_of_these_exercises_is_taken_from_a_folder_with_others(toys, folder):
    asked = toys(1)
    good = notebook(folder / "ada" / "b.ipynb", **solved(1))
    (folder / "ada" / "a.ipynb").write_text(good.read_text().replace("ty.", "xx."))
    (folder / "ada" / "c.ipynb").write_text("{")
    assert problems(folder, asked) == {"ada": None}


def test_an_exercise_is_known_by_its_heading_where_marks_were_lost(toys, folder):
    asked = toys(2)
    made = nbformat.read(notebook(folder / "ada.ipynb", **solved(1, 2)), as_version=4)
    for cell in made.cells:
        cell.metadata = {}
    made.cells.append(nbformat.v4.new_code_cell("added = 1"))
    nbformat.write(made, folder / "ada.ipynb")
    cells = collect(folder, asked)[0].cells
    assert [cell.exercise for cell in cells if cell.source.startswith(("def times", "added"))] == ["ty.1", "ty.2", "ty.3"]


@pytest.mark.parametrize("name", ["=cmd|' '!A0", "<script>alert(1)</script>", "../up", "a\nb", "ü" * 60, "\udcff", "--help", "con", " "])
def test_any_name_gives_an_id_that_is_safe_everywhere(name):
    made = submissions.Submission(name.replace("\udcff", "?"), None)
    assert made.id.replace("-", "").isalnum() and made.id.isascii() and len(made.id) < 60 and not made.id.startswith("-")


def test_names_that_are_no_text_do_no_harm(toys, folder):
    asked = toys(1)
    for name in (b"\xff.ipynb", b"a\nb.ipynb", b"<script>.ipynb"):
        with open(os.path.join(os.fsencode(folder), name), "w") as file:
            file.write(notebook(folder.parent / "x.ipynb").read_text())
    found = collect(folder, asked)
    assert [each.problem for each in found] == [None] * 3 and all(each.student.isprintable() for each in found)
    assert len({each.id for each in found}) == 3


def test_words_are_what_was_not_handed_out(toys, folder):
    asked = toys(1)
    notebook(folder / "ada.ipynb", ty_1_words="Since I say so.", ty_2_words="My *study*.")
    handed_in = collect(folder, asked)[0]
    told = submissions.handed_out("toys")
    assert [[cell.source for cell in words(handed_in, each, told)] for each in asked] == [["Since I say so."], ["My *study*."]]
    notebook(folder / "ada.ipynb")
    assert words(collect(folder, asked)[0], asked[0], told) == []


def test_an_empty_or_missing_folder_is_refused(toys, folder):
    asked = toys(1)
    with pytest.raises(UserError, match="is empty"):
        collect(folder, asked)
    with pytest.raises(UserError, match="no folder"):
        collect(folder / "nowhere", asked)

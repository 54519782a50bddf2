import io
import json
import os
import zipfile

import nbformat
import pytest

from ganbook.errors import UserError
from ganbook.teaching.grading import submissions
from ganbook.teaching.grading.submissions import collect, words

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
        "empty": "no notebook in this folder",
        "work": "a file .py, and no notebook: ask for the file .ipynb",
        "link": "a link",
        "linked": "x.ipynb: no file of its own",
        "pipe": "no file of its own",
        "other": "a notebook of other exercises (xx.1, xx.2)",
        "none": "a notebook without any exercise",
        "large": "1 MB, more than 0.5; clear its outputs",
    }.items():
        assert message in found.pop(student), student
    assert found.keys() == {"cut", "old", "list", "deep", "bytes", "cells"}
    assert all(
        message.startswith("no notebook that can be read: ") and "\n" not in message for message in found.values()
    ), found


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
    assert [cell.exercise for cell in cells if cell.source.startswith(("def times", "added"))] == [
        "ty.1",
        "ty.2",
        "ty.3",
    ]


@pytest.mark.parametrize(
    "name", ["=cmd|' '!A0", "<script>alert(1)</script>", "../up", "a\nb", "ü" * 60, "\udcff", "--help", "con", " "]
)
def test_any_name_gives_an_id_that_is_safe_everywhere(name):
    made = submissions.Submission(name.replace("\udcff", "?"), None)
    assert (
        made.id.replace("-", "").isalnum() and made.id.isascii() and len(made.id) < 60 and not made.id.startswith("-")
    )


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
    assert [[cell.source for cell in words(handed_in, each, told)] for each in asked] == [
        ["Since I say so."],
        ["My *study*."],
    ]
    notebook(folder / "ada.ipynb")
    assert words(collect(folder, asked)[0], asked[0], told) == []


def test_an_empty_or_missing_folder_is_refused(toys, folder):
    asked = toys(1)
    with pytest.raises(UserError, match="is empty"):
        collect(folder, asked)
    with pytest.raises(UserError, match="no folder"):
        collect(folder / "nowhere", asked)


JUNK = (
    "Thumbs.db",
    "desktop.ini",
    "index.html",
    "A_ada_2026-11-02.txt",
    "grades.csv",
    "README",
    "data.json",
    ".DS_Store",
    "~$x.docx",
)


def test_what_nobody_handed_in_is_no_student_and_is_said_once(toys, folder):
    asked = toys(1)
    notebook(folder / "ada.ipynb", **solved(1))
    for name in JUNK:
        (folder / name).write_text("{}")
    assert problems(folder, asked) == {"ada": None}
    assert (
        submissions.passed_over(folder) == "A_ada_2026-11-02.txt, README, Thumbs.db, data.json, desktop.ini and 2 more"
    )
    (folder / "ada.ipynb").unlink()
    with pytest.raises(UserError, match="holds nobody's work, only A_ada.*: it should hold notebooks"):
        collect(folder, asked)


def test_what_somebody_took_for_a_notebook_is_a_student_with_a_reason(toys, folder):
    asked = toys(1)
    names = (
        "Bauer.pdf",
        "Chen.html",
        "Diaz.docx",
        "Eze.rar",
        "Fox.tar.gz",
        "Gao_7_assignsubmission_file_notes.txt",
        "Hill.zip",
    )
    for name in names:
        (folder / name).write_text("x")
    (folder / "Ito").mkdir()
    (folder / "Ito" / "work.py").write_text("x")
    notebook(folder / "Kim.ipynb").write_text("<!DOCTYPE html><html></html>")
    (folder / "Lee_8_assignsubmission_onlinetext_").mkdir()
    (folder / "Lee_8_assignsubmission_onlinetext_" / "onlinetext.html").write_text("my work")
    assert problems(folder, asked) == {
        "Bauer": "a file .pdf, and no notebook: ask for the file .ipynb",
        "Chen": "a file .html, and no notebook: ask for the file .ipynb",
        "Diaz": "a file .docx, and no notebook: ask for the file .ipynb",
        "Eze": "a package (.rar) that is not opened here: unpack it into a folder of the student's name",
        "Fox.tar": "a package (.gz) that is not opened here: unpack it into a folder of the student's name",
        "Gao_7_assignsubmission_file_notes": "a file .txt, and no notebook: ask for the file .ipynb",
        "Hill": "a zip that cannot be opened: it is damaged, or something else; ask for the file .ipynb",
        "Ito": "no notebook in this folder (it holds work.py)",
        "Kim": "no notebook that can be read: it is a web page; ask for the file .ipynb itself",
        "Lee_8_assignsubmission_onlinetext_": "no notebook in this folder (it holds onlinetext.html)",
    }
    assert submissions.passed_over(folder) == ""


def test_moodles_folders_and_files_of_one_student_are_one_student(toys, folder):
    asked = toys(1)
    notebook(folder / "Ada B_1_assignsubmission_file_" / "work.ipynb", **solved(1))
    (folder / "Ada B_1_assignsubmission_onlinetext_").mkdir()
    (folder / "Ada B_1_assignsubmission_onlinetext_" / "onlinetext.html").write_text("see my notebook")
    notebook(folder / "Bo_2_assignsubmission_file_work.ipynb", **solved(1))
    (folder / "Bo_2_assignsubmission_onlinetext_onlinetext.html").write_text("see my notebook")
    with zipfile.ZipFile(folder / "course-3-48213.zip", "w") as packed:
        packed.writestr("Ada B_1_assignsubmission_file_/work.ipynb", "{}")
    assert problems(folder, asked) == {"Ada B_1_assignsubmission_file_": None, "Bo_2_assignsubmission_file_work": None}
    assert submissions.passed_over(folder) == "course-3-48213.zip"


@pytest.mark.parametrize(
    "name",
    [
        "A.ipynb.json",
        "A.ipynb.txt",
        "A.ipynb.ipynb",
        "A (1).ipynb",
        "A.ipynb.download",
        "A.IPYNB",
        "A.ipynb (1).txt",
        "A-Copy1.ipynb",
        "A - Copy.ipynb",
        "A.json",
        "A.txt",
    ],
)
def test_what_browsers_and_systems_make_of_a_name_is_no_part_of_the_students(toys, folder, name):
    asked, made = toys(1), notebook(folder / "x.ipynb", **solved(1))
    made.rename(folder / name)
    assert problems(folder, asked) == {"A": None}
    (folder / "Bob").mkdir()
    (folder / name).rename(folder / "Bob" / name)
    assert problems(folder, asked) == {"Bob": None}


def test_copies_of_the_hand_outs_own_name_are_several_students(toys, folder):
    asked = toys(1)
    for name in ("toys", "toys (1)", "toys (2)"):
        notebook(folder / f"{name}.ipynb")
    assert problems(folder, asked) == {"toys": None, "toys (1)": None, "toys (2)": None}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_notebook_in_any_encoding_of_unicode_is_read(toys, folder, encoding):
    asked = toys(1)
    text = notebook(folder / "ada.ipynb", ty_1="grüße = 1").read_text()
    (folder / "ada.ipynb").write_bytes(json.dumps(json.loads(text), ensure_ascii=False).encode(encoding))
    (found,) = collect(folder, asked)
    assert found.problem is None and "grüße = 1" in [cell.source for cell in found.cells]


def test_a_notebook_in_another_encoding_says_what_to_do(toys, folder):
    asked = toys(1)
    text = notebook(folder / "ada.ipynb", ty_1="grüße = 1").read_text()
    (folder / "ada.ipynb").write_bytes(json.dumps(json.loads(text), ensure_ascii=False).encode("cp1252"))
    assert "it is not in UTF-8" in problems(folder, asked)["ada"]


def test_a_zip_is_opened(toys, folder):
    asked = toys(1)
    text = notebook(folder / "x.ipynb", **solved(1)).read_text()
    (folder / "x.ipynb").unlink()
    (folder / "bob").mkdir()
    for path in (folder / "ada.zip", folder / "bob" / "all.zip", folder / "cy.ipynb"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("work/task.ipynb", text)
            packed.writestr("work/.ipynb_checkpoints/task-checkpoint.ipynb", "{}")
            packed.writestr("__MACOSX/work/._task.ipynb", "{}")
            packed.writestr("work/notes.txt", "x")
    found = collect(folder, asked)
    assert [(each.student, each.problem, each.notes) for each in found] == [
        (name, None, ()) for name in ("ada", "bob", "cy")
    ]
    assert all(GOOD.format(1) in [cell.source for cell in each.cells] for each in found)


def test_a_hostile_zip_is_refused_in_a_line(toys, folder, monkeypatch):
    asked = toys(1)
    monkeypatch.setattr(submissions, "MOST_MB", 1)
    with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.ipynb", bytes(2**20 - 1))
        packed.writestr("b.ipynb", bytes(2**20 - 1))
    with zipfile.ZipFile(folder / "none.zip", "w") as packed:
        packed.writestr("a.txt", "x")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("a.ipynb", "{}" * 100)
    (folder / "cut.zip").write_bytes(file.getvalue()[:-40])
    locked = bytearray(file.getvalue())
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    (folder / "locked.zip").write_bytes(bytes(locked))
    assert problems(folder, asked) == {
        "bomb": "the notebooks in this zip have more than 1 MB; clear outputs and hand them in again",
        "cut": "a zip that cannot be opened: it is damaged, or something else; ask for the file .ipynb",
        "locked": "a zip that cannot be opened: it needs a password; ask for the file .ipynb",
        "none": "no notebook in this zip",
    }


@pytest.mark.parametrize(
    "names",
    [
        ("ada/a.ipynb", "ada/b.ipynb"),
        ("ada.ipynb", "ada (1).ipynb"),
        ("ada/x.ipynb", "ada.ipynb"),
        ("Ada/x.ipynb", "ada.ipynb"),
    ],
)
@pytest.mark.parametrize("newest", [0, 1])
def test_of_several_notebooks_of_a_student_the_newest_is_taken_and_it_is_said(toys, folder, names, newest):
    asked = toys(1)
    for number, name in enumerate(names):
        notebook(folder / name, ty_1=f"number = {number}")
        os.utime(folder / name, (10**9, 10**9 + (number == newest)))
    (found,) = collect(folder, asked)
    assert f"number = {newest}" in [cell.source for cell in found.cells]
    (note,) = found.notes
    both = f"{names[1 - newest]}, {names[newest]}"
    assert note == f"more than one notebook was handed in ({both}); the newest was taken: {names[newest]}"
    (folder / names[0]).write_bytes((folder / names[1]).read_bytes())
    assert collect(folder, asked)[0].notes == ()


def test_a_cell_pasted_under_another_exercise_belongs_there(toys, folder):
    """JupyterLab copies its metadata too: its note landed under the exercise that it was copied from."""
    asked = toys(2)
    notebook(folder / "a.ipynb", **solved(2))
    work = nbformat.read(folder / "a.ipynb", as_version=4)
    copied = next(
        cell
        for cell in work.cells
        if cell.cell_type == "code" and cell.metadata.get("ganbook", {}).get("exercise") == "ty.1"
    )
    pasted = nbformat.v4.new_code_cell("pasted = 1", metadata=copied.metadata)
    place = next(
        i for i, cell in enumerate(work.cells) if cell.cell_type == "markdown" and cell.source.startswith("## `ty.2`")
    )
    work.cells.insert(place + 1, pasted)
    nbformat.write(work, folder / "a.ipynb")
    (found,) = collect(folder, asked)
    assert [cell.exercise for cell in found.cells if cell.source == "pasted = 1"] == ["ty.2"]

"""The machinery on a small source of its own: parsing, what is handed out, answers and verdicts."""

import subprocess
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from ganbook import paths
from ganbook.cli.main import app
from ganbook.errors import UserError
from ganbook.teaching import exercises
from ganbook.teaching.exercises import check, handout, hint, source
from ganbook.teaching.exercises.feedback import PROBLEM

SOURCE = '''\
---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {name: python3, display_name: Python 3}
---
# Toys

```{code-cell}
import torch
from ganbook.teaching.exercises import check
```

## ty.1 Twice

Double $x$. A heading inside a fence is none:

```
## ty.9 not here
```

```{code-cell}
:tags: [exercise]
def twice(x):
    """Two times x."""
    # BEGIN SOLUTION
    return 2 * x  # secret
    # END SOLUTION

limit = (
    # BEGIN SOLUTION
    4 + 38  # secret
    # STUB
    ...  # a number
    # END SOLUTION
)
```

+++ {"tags": ["hint"]}

Think of *addition*.

+++ {"tags": ["hint"]}

`x + x`

```{code-cell}
:tags: [probe]
def probe(twice, limit):
    """secret"""
    return {"doubled": twice(torch.ones(3)), "limit": limit}
```

```{code-cell}
:tags: [checks]
def _unused():
    pass

def it_doubles(doubled):
    """The numbers
    are doubled"""
    assert not close(doubled, [4, 4, 4]), "You doubled twice"
    assert close(doubled, [2, 2, 2]), "No"

def it_knows(limit):
    """The limit is right"""
    assert limit == 42, "Not the limit"
```

## ty.2 Why?

Explain.

+++ {"tags": ["answer"]}

Because secret.

+++ {"tags": ["rubric"]}

One point for a reason.
'''


@pytest.fixture
def toys(book) -> Path:
    (book.root / "exercises").mkdir()
    path = book.root / "exercises" / "toys.md"
    path.write_text(SOURCE)
    return path


def texts(notebook) -> list[str]:
    return [cell.source for cell in notebook.cells]


def test_a_source_is_read_into_its_exercises(toys):
    (toys.parent / "README.md").write_text("For authors.")
    assert exercises.slugs() == ("toys",)
    introduction, (first, second) = exercises.read("toys")
    assert [cell.cell_type for cell in introduction] == ["markdown", "code"]
    assert (first.name, first.title, first.checked) == ("ty.1", "Twice", True)
    assert (second.name, second.title, second.checked) == ("ty.2", "Why?", False)
    assert first.head == "import torch\nfrom ganbook.teaching.exercises import check"
    assert first.texts("hint") == ["Think of *addition*.", "`x + x`"]
    assert second.texts("given") == ["Explain."]


def test_students_get_stubs_and_instructors_solutions(toys):
    student, instructor = handout.student_notebook("toys"), handout.instructor_notebook("toys")
    assert "secret" not in nbformat.writes(student) and "addition" not in nbformat.writes(student)
    code = (
        'def twice(x):\n    """Two times x."""\n    raise NotImplementedError("write this")\n\n'
        "limit = (\n    ...  # a number\n)"
    )
    assert texts(student)[2:] == [
        "## `ty.1` Twice",
        "Double $x$. A heading inside a fence is none:\n\n```\n## ty.9 not here\n```",
        code,
        'check("ty.1")',
        "## `ty.2` Why?",
        "Explain.",
        handout.YOUR_ANSWER,
        "One point for a reason.",
    ]
    assert (
        'def twice(x):\n    """Two times x."""\n    return 2 * x  # secret\n\nlimit = (\n    4 + 38  # secret\n)'
        in texts(instructor)
    )
    assert "**A good answer.** Because secret." in texts(instructor) and "**Hint.** `x + x`" in texts(instructor)
    assert not any(
        "probe" in text or "# STUB" in text or "SOLUTION" in text for text in texts(student) + texts(instructor)
    )
    for notebook in (student, instructor):
        nbformat.validate(notebook)
        assert notebook == nbformat.reads(nbformat.writes(notebook), as_version=4)


def test_cells_say_which_exercise_they_belong_to_and_notebooks_are_reproducible(toys):
    notebook = handout.student_notebook("toys")
    roles = [cell.metadata.get("ganbook") for cell in notebook.cells]
    assert roles[4:6] == [{"exercise": "ty.1", "role": "exercise"}, {"exercise": "ty.1", "role": "check"}]
    assert nbformat.writes(notebook) == nbformat.writes(handout.student_notebook("toys"))


def git(*arguments, folder):
    subprocess.run(
        ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
    )


def test_a_class_copy_works_and_holds_no_solution(toys, tmp_path, monkeypatch):
    root = paths.root()
    (root / "tests/teaching/exercises").mkdir(parents=True)
    (root / "tests/teaching/exercises/mistakes.yml").write_text("secret")
    (root / "notes.txt").write_text("secret, and not the book's")
    git("init", folder=root)
    git("add", "_toc.yml", "exercises", "tests", folder=root)
    student, page = handout.student_notebook("toys"), handout.page_section("toys")
    assert ganbook("exercises", "class-copy", tmp_path / "copy") == f"class copy: {tmp_path / 'copy'}\n"
    files = {
        path.relative_to(tmp_path / "copy").as_posix(): path.read_text()
        for path in (tmp_path / "copy").rglob("*")
        if path.is_file()
    }
    assert files.keys() == {"_toc.yml", "exercises/toys.md"}
    assert "secret" not in files["exercises/toys.md"].replace('"""secret"""', "")  # the probe's docstring
    monkeypatch.chdir(tmp_path / "copy")
    assert handout.student_notebook("toys") == student and handout.page_section("toys") == page
    globals().update(twice=lambda x: 2 * x, limit=42)
    assert "all right" in repr(check("ty.1")) and "addition" in repr(hint("ty.1"))
    assert "this is the copy of the book for a class" in ganbook("exercises", "solutions", code=2)
    assert "is not empty" in ganbook("exercises", "class-copy", tmp_path / "copy", code=2)


@pytest.mark.parametrize("around", ["nothing", "another repository", "no git"])
def test_a_class_copy_of_an_unpacked_book(toys, tmp_path, monkeypatch, around):
    """It held nothing when another repository lay around the book, and yet was said to be there."""
    root = paths.root()
    for folder in (".venv/lib", "_build/executed", "tests/teaching/exercises", "exercises/.ipynb_checkpoints"):
        (root / folder).mkdir(parents=True)
        (root / folder / "file.txt").write_text("secret")
    if around == "another repository":
        git("init", folder=root.parent)
    if around == "no git":
        monkeypatch.setenv("PATH", "")
    copy = tmp_path.parent / f"{tmp_path.name}-copy"
    assert ganbook("exercises", "class-copy", copy) == f"class copy: {copy}\n"
    files = {path.relative_to(copy).as_posix() for path in copy.rglob("*") if path.is_file()}
    assert {"_toc.yml", "exercises/toys.md"} <= files
    assert not any(
        name.startswith((".venv", "_build", "tests/teaching/exercises")) or "checkpoints/" in name for name in files
    )
    assert "lies inside the book" in ganbook("exercises", "class-copy", root / "inside", code=2)


def test_the_page_has_tasks_stubs_and_folded_hints(toys):
    page = handout.page_section("toys")
    assert "(exercise-ty-1)=\n### `ty.1` Twice\n\nDouble" in page and "One point for a reason." in page
    assert "````{admonition} Hint 2\n:class: dropdown hint\n`x + x`\n````" in page
    assert "write this" in page and "secret" not in page


def test_work_is_not_written_over(toys, tmp_path):
    path = tmp_path / "new" / "toys.ipynb"
    handout.write(handout.student_notebook("toys"), path)
    path.write_text("work")
    with pytest.raises(UserError, match="there may be work in it"):
        handout.write(handout.student_notebook("toys"), path)
    assert path.read_text() == "work"
    handout.write(handout.student_notebook("toys"), path, force=True)
    assert nbformat.read(path, as_version=4).cells


def test_feedback_says_what_is_right_and_what_is_not(toys):
    twice, limit = (lambda x: 2 * x), 41
    globals().update(twice=twice, limit=limit)
    shown = check("ty.1")
    assert (
        repr(shown)
        == shown._repr_markdown_()
        == (
            "**ty.1 Twice**: 1 of 2 right\n\n- ✓ The numbers are doubled\n- ✗ The limit is right. **Not the limit**\n\n"
            'A hint is there if you want one: `hint("ty.1")`'
        )
    )
    globals().update(limit=42)
    assert repr(check("ty.1")).startswith("**ty.1 Twice**: all right") and "hint" not in repr(check("ty.1"))
    globals().update(limit=...)
    assert repr(check("ty.1")).startswith(
        "**ty.1 Twice**: The check cannot use what your code gives back (TypeError: there is a `...`"
    )
    globals().update(twice=lambda x: 4 * x, limit=42)
    assert "**You doubled twice**" in repr(check("ty.1"))


def test_hints_come_one_by_one(toys):
    assert repr(hint("ty.1")) == '**Hint 1 of 2.** Think of *addition*.\n\nThe next one: `hint("ty.1", 2)`'
    assert repr(hint("ty.1", 2)) == "**Hint 2 of 2.** `x + x`"
    with pytest.raises(UserError, match="ty.1 has 2 hints, there is no number 3"):
        hint("ty.1", 3)
    with pytest.raises(UserError, match="ty.2 has no hints"):
        hint("ty.2")


@pytest.mark.parametrize("name", ["ty.3", "ty"])
def test_an_unknown_exercise_is_refused_with_the_known_ones(toys, name):
    with pytest.raises(UserError, match=f"no exercise '{name}'; the exercises are ty.1, ty.2"):
        check(name)


def test_what_no_machine_checks_is_refused(toys):
    with pytest.raises(UserError, match="rubric"):
        check("ty.2")


def problem(**namespace) -> str:
    found = exercises.answers(source.find("ty.1"), namespace)
    assert list(found) == [PROBLEM]
    results = exercises.judge(source.find("ty.1"), found)
    assert [result.right for result in results] == [False, False]
    return results[0].problem


def test_work_that_cannot_be_run_is_explained(toys):
    def unwritten(x):
        raise NotImplementedError("write this")

    def broken(x):
        return x + torch.ones(7, 7, 5)

    assert problem(twice=unwritten, limit=1) == "Not written yet."
    assert problem(limit=1) == "There is no `twice` yet: run the cell that defines it."
    assert problem(twice=broken, limit=1).startswith("Your code stopped with RuntimeError: The size of tensor a (3)")
    assert problem(twice=broken, limit=1).endswith("at `return x + torch.ones(7, 7, 5)`")
    assert problem(twice=3, limit=1).startswith(
        "The check cannot use what your code gives back (TypeError: 'int' object is not callable)"
    )
    assert "there is a `...` to fill in" in problem(twice=torch.neg, limit=...)
    assert "expected numbers" in problem(twice=torch.neg, limit=object())
    assert "expected numbers" in problem(twice=lambda x: None, limit=1)


def test_forged_or_odd_answers_count_as_wrong_and_never_stop_the_judge(toys):
    exercise = source.find("ty.1")
    for odd in (np.array("text"), np.full((3, 3), 2.0), np.full(3, np.nan), np.zeros(0)):
        assert [result.right for result in exercises.judge(exercise, {"doubled": odd, "limit": odd})] == [False, False]
    assert [result.right for result in exercises.judge(exercise, {})] == [False, False]
    assert [result.right for result in exercises.judge(exercise, {"limit": np.array(42)})] == [False, True]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('["hint"]', '["hnit"]', "a cell has the tags"),
        ('["hint"]', '["probe"]', "'probe' is for code cells"),
        ("## ty.2 Why?", "## Why?", '"## Why\\?" should begin a cell and read like'),
        ("Explain.", "Explain.\n\n## ty.3 Three", "should begin a cell"),
        ("## ty.2", "## ty.3", "the numbers 1, 2"),
        ("    # END SOLUTION\n\nlimit", "\nlimit", "does not stand where it can"),
        ("    # END SOLUTION\n)", ")", "'# END SOLUTION' is missing"),
        (":tags: [checks]", "", "needs one cell tagged 'probe' and one tagged 'checks'"),
        (
            "def twice(x):\n",
            (
                "def once(x):\n    return x\n```\n\n```{code-cell}\n:tags: [exercise]\n1\n```\n\n"
                "```{code-cell}\n:tags: [exercise]\ndef twice(x):\n"
            ),
            "has no solution",
        ),
    ],
)
def test_a_malformed_source_is_refused(toys, old, new, message):
    assert old in SOURCE
    toys.write_text(SOURCE.replace(old, new, 1))
    with pytest.raises(UserError, match=message):
        exercises.read("toys")


def test_a_chapter_without_exercises_is_refused(toys):
    with pytest.raises(UserError, match="no exercises for 'nothing'; the chapters that have some are toys"):
        exercises.read("nothing")
    assert source.source_path("toys") == paths.root() / "exercises" / "toys.md"


def test_gradients_are_zero_where_none_flows():
    line, cut = torch.nn.Linear(2, 1), torch.ones(3, 2, requires_grad=True)
    loss = line(cut.detach()).square().mean()
    assert not exercises.gradient(loss, cut).any() and exercises.gradient(loss, line).shape == (3,)
    assert exercises.gradient(loss, line).any() and line.weight.grad is None
    assert not exercises.gradient(3.0, line).any() and not exercises.gradient(loss.detach(), line).any()


def test_close_wants_shape_and_finite_numbers():
    assert exercises.close(torch.ones(2), [1, 1 + 1e-6]) and not exercises.close(np.ones(2), 1.0)
    assert not exercises.close(np.nan, np.nan) and not exercises.close(np.inf, np.inf)


def ganbook(*arguments, code=0) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, (result.output, result.exception)
    return result.stdout + result.stderr


def test_the_commands_write_notebooks_and_say_where(toys, tmp_path):
    folder = tmp_path / "course"
    assert ganbook("exercises", "hand-out", "--to", folder) == f"toys: {folder / 'toys.ipynb'}\n"
    assert ganbook("exercises", "solutions", "toys", "--to", folder) == f"toys: {folder / 'toys.solutions.ipynb'}\n"
    assert (
        "secret" in (folder / "toys.solutions.ipynb").read_text()
        and "secret" not in (folder / "toys.ipynb").read_text()
    )
    assert "there may be work in it" in ganbook("exercises", "hand-out", "--to", folder, code=2)
    assert ganbook("exercises", "hand-out") == f"toys: {toys.parent / 'toys.ipynb'}\n"


def test_commands_without_exercises_or_with_an_unknown_chapter_are_refused(book, toys):
    assert "no exercises for 'toy'; the chapters that have some are toys" in ganbook(
        "exercises", "solutions", "toy", code=2
    )
    toys.unlink()
    assert ganbook("exercises", "hand-out", code=2) == "error: there are no exercises yet\n"

"""A small set of exercises, notebooks of students who solve, break and attack them, and the box they run in."""

import os
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from ganbook.errors import UserError
from ganbook.teaching import exercises
from ganbook.teaching.exercises import Exercise, handout
from ganbook.teaching.grading import box

TOY = """\
---
jupytext: {{text_representation: {{extension: .md, format_name: myst}}}}
kernelspec: {{name: python3, display_name: Python 3}}
---
# Toys

```{{code-cell}}
import numpy as np
from ganbook.teaching.exercises import check
```
{exercises}
## ty.{last} Why?

Explain.

+++ {{"tags": ["rubric"]}}

One point for a **reason**.
"""
EXERCISE = '''
## ty.{number} Times {number}

```{{code-cell}}
:tags: [exercise]
def times{number}(x):
    # BEGIN SOLUTION
    return {number} * x
    # END SOLUTION
```

In words: why?

+++ {{"tags": ["hint"]}}

Think.

+++ {{"tags": ["answer"]}}

Because.

```{{code-cell}}
:tags: [probe]
def probe(times{number}):
    return {{"got": times{number}(np.arange(3.0))}}
```

```{{code-cell}}
:tags: [checks]
def it_multiplies(got):
    """Three numbers times {number}"""
    assert not close(got, -{number} * np.arange(3)), "The `sign` is wrong"
    assert close(got, {number} * np.arange(3)), "Not the product"


def it_keeps_zero(got):
    """Zero stays zero"""
    assert got[0] == 0, "Zero has changed"
```
'''
GOOD = "def times{0}(x):\n    return {0} * x"


@pytest.fixture(scope="session")
def a_box() -> None:
    """A system that makes boxes. Without one these tests cannot run; on a CI machine (CI=true) that is a failure."""
    try:
        box.refuse_without_box()
    except UserError as error:
        pytest.fail(str(error)) if os.environ.get("CI") == "true" else pytest.skip(str(error))


@pytest.fixture
def toys(book) -> Callable[[int], list[Exercise]]:
    """``toys(n)``: exercises ty.1 to ty.n, to write times1, times2, ..., and an open one behind them."""
    (book.root / "exercises").mkdir()

    def made(count: int) -> list[Exercise]:
        text = "".join(EXERCISE.format(number=number) for number in range(1, count + 1))
        (book.root / "exercises" / "toys.md").write_text(TOY.format(exercises=text, last=count + 1))
        return exercises.read("toys")[1]

    return made


def notebook(path: Path, slug: str = "toys", **told: str) -> Path:
    """A hand-out in which cells to complete were exchanged (``ty_1="..."``) and words written (``ty_1_words="..."``,
    behind the heading).

    ``first`` comes before everything.
    """
    made = handout.student_notebook(slug)
    cells = [nbformat.v4.new_code_cell(told["first"])] if "first" in told else []
    for cell in made.cells:
        exercise, role = (cell.metadata.get("ganbook", {}).get(key, "") for key in ("exercise", "role"))
        name = exercise.replace(".", "_")
        if role == "exercise" and name in told:
            cell.source = told[name]
        cells.append(cell)
        if role == "heading" and f"{name}_words" in told:
            cells.append(nbformat.v4.new_markdown_cell(told[f"{name}_words"]))
    made.cells = cells
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nbformat.writes(made))
    return path


def solved(*numbers: int) -> dict[str, str]:
    return {f"ty_{number}": GOOD.format(number) for number in numbers}

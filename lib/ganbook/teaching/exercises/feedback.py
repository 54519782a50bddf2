"""Check a student's work in two halves,
so that marks can be given by somebody who trusts the student's process with nothing.

`answers` runs the exercise's *probe*: it calls what the student wrote, on seeded inputs, and returns plain arrays.
`judge` compares such arrays with what they should be and needs nothing of the student's. In a notebook, `check` runs
one after the other. A grader runs `answers` in a box, carries the arrays out of it (no pickle) and judges them outside:
`ganbook.teaching.grading`.
"""

import inspect
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy import ndarray

from ganbook.errors import UserError
from ganbook.teaching.exercises.measure import close, gradient, value
from ganbook.teaching.exercises.source import Exercise, find

PROBLEM = "problem"
"""The only answer where the probe could not run: why."""

NOT_REACHED = "Not reached."
"""What is said of the other checks then."""


@dataclass(frozen=True)
class Result:
    """One check: what should be so, and what is not right (None if all is)."""

    claim: str
    problem: str | None

    @property
    def right(self) -> bool:
        return self.problem is None


@dataclass(frozen=True)
class Feedback:
    """What a student sees, as Markdown in a notebook and as text elsewhere."""

    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        return self.text


def check(name: str) -> Feedback:
    """Say what is right and what is not about the exercise ``name``, such as "lc.3", as it now stands in this notebook.

    Raises:
        UserError: no such exercise, or one that no machine can check.
    """
    exercise = _checked(name)
    found = answers(exercise, sys._getframe(1).f_globals)
    title, more = f"**{name} {exercise.title}**", f'\n\nA hint is there if you want one: `hint("{name}")`'
    if PROBLEM in found:
        return Feedback(f"{title}: {found[PROBLEM]}{more}")
    results = judge(exercise, found)
    right = sum(result.right for result in results)
    lines = [
        f"- ✓ {result.claim}" if result.right else f"- ✗ {result.claim}. **{result.problem}**" for result in results
    ]
    score, more = ("all right", "") if right == len(results) else (f"{right} of {len(results)} right", more)
    return Feedback(f"{title}: {score}\n\n" + "\n".join(lines) + more)


def hint(name: str, number: int = 1) -> Feedback:
    """The first hint for an exercise, or the one of this number.

    Raises:
        UserError: no such exercise or hint.
    """
    hints = find(name).texts("hint")
    if not 1 <= number <= len(hints):
        raise UserError(f"{name} has {len(hints) or 'no'} hint{'s' * (len(hints) != 1)}, there is no number {number}")
    more = f'\n\nThe next one: `hint("{name}", {number + 1})`' if number < len(hints) else ""
    return Feedback(f"**Hint {number} of {len(hints)}.** {hints[number - 1]}{more}")


def answers(exercise: Exercise, namespace: Mapping[str, Any]) -> dict[str, ndarray]:
    """Run the exercise's probe on the objects that the student made.

    Args:
        exercise: one that is ``checked``.
        namespace: the student's names, such as ``globals()`` of their notebook.

    Returns:
        What the probe measured, as arrays without Python objects; or one answer, ``PROBLEM``, that says why it could
            not.
    """
    probe = _run(exercise, "probe")["probe"]
    wanted = list(inspect.signature(probe).parameters)
    missing = [name for name in wanted if name not in namespace]
    if missing:
        return {PROBLEM: np.array(f"There is no `{missing[0]}` yet: run the cell that defines it.")}
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            measured = probe(*(namespace[name] for name in wanted))
        return {name: _plain(value) for name, value in measured.items()}
    except NotImplementedError:
        return {PROBLEM: np.array("Not written yet.")}
    except Exception as error:
        return {PROBLEM: np.array(_explained(error))}


def judge(exercise: Exercise, found: Mapping[str, ndarray]) -> list[Result]:
    """Compare answers with what they should be;
    as many results as the exercise has checks, whatever the answers are.
    """
    checks = _checks(exercise)
    if PROBLEM in found:
        problem = str(found[PROBLEM])
        return [Result(_claim(each), problem if number == 0 else NOT_REACHED) for number, each in enumerate(checks)]
    with torch.random.fork_rng(devices=[]):
        return [Result(_claim(each), _verdict(each, found)) for each in checks]


def _checked(name: str) -> Exercise:
    exercise = find(name)
    if not exercise.checked:
        raise UserError(f"{name} is not checked by a machine; its rubric says what a reader will look for")
    return exercise


def _run(exercise: Exercise, *roles: str) -> dict[str, Any]:
    """The names that the chapter's head and then the cells of these roles define,
    beside those of `ganbook.teaching.exercises.measure`.
    """
    names: dict[str, Any] = {"close": close, "gradient": gradient, "value": value}
    exec(compile(exercise.head, f"<head of {exercise.name}>", "exec"), names)
    for role in roles:
        for code in exercise.texts(role):
            exec(compile(code, f"<{role} of {exercise.name}>", "exec"), names)
    return names


def _checks(exercise: Exercise) -> list[Any]:
    """The functions that the cell of checks defines, in their order.
    They see what the probe's cell defines, too: the same inputs.
    """
    names = _run(exercise, "probe", "checks")
    own = f"<checks of {exercise.name}>"
    found = [each for name, each in names.items() if inspect.isfunction(each) and not name.startswith("_")]
    return [each for each in found if each.__code__.co_filename == own]


def _claim(function: Any) -> str:
    return " ".join(inspect.getdoc(function).split())


def _verdict(function: Any, found: Mapping[str, ndarray]) -> str | None:
    wanted = inspect.signature(function).parameters
    try:
        function(**{name: found[name] for name in wanted})
    except AssertionError as error:
        return str(error)
    except Exception as error:  # answers of another shape or kind than the probe gives for good work
        return f"What your code gives back cannot be compared: {type(error).__name__}: {error}"
    return None


def _plain(value: Any) -> ndarray:
    array = np.asarray(value.detach().cpu() if isinstance(value, torch.Tensor) else value)
    if array.dtype.hasobject:
        unfilled = Ellipsis in np.atleast_1d(array).ravel().tolist()
        raise TypeError("there is a `...` to fill in" if unfilled else "expected numbers")
    return array


def _explained(error: Exception) -> str:
    """One sentence for the student about what their code raised, or about what the probe could not use."""
    what = f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else 'no message'}"
    frames = traceback.extract_tb(error.__traceback__)
    probe = max(
        (number for number, frame in enumerate(frames) if frame.filename.startswith("<probe of")), default=len(frames)
    )
    theirs = frames[probe + 1 :]
    if not theirs or Path(theirs[0].filename).parent == Path(__file__).parent:
        return f"The check cannot use what your code gives back ({what}). Is it what the task asks for?"
    last = [frame for frame in theirs if frame.filename == theirs[0].filename][-1]
    return f"Your code stopped with {what}" + (f", at `{last.line.strip()}`" if last.line else "")

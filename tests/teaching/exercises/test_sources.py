"""The book's own exercises: solutions pass, stubs do not, planted mistakes are named,
and nothing of a solution is handed out.

A planted mistake is a change of the solution: in ``mistakes/<slug>.yml``, for each exercise, a list of

    - name: one_norm_over_the_batch
      replace: .square().sum(1).mean()      # stands once in the solution
      by: .square().sum()
      says: one norm over the whole batch   # stands in what the student is told

or, where one place is not enough, with ``code``, the student's whole code, in place of ``replace`` and ``by``.
``alternatives/<slug>.yml`` holds other right answers, so that nobody is told off for writing it in another way.
"""

import ast
import contextlib
import io
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ganbook import paths
from ganbook.publishing.documents import read_yaml
from ganbook.teaching import exercises
from ganbook.teaching.exercises import Exercise, handout, source

TEXT = {"type": "string", "minLength": 1}
MISTAKE = {
    "type": "object",
    "properties": {"name": TEXT, "replace": TEXT, "by": {"type": "string"}, "code": TEXT, "says": TEXT},
    "required": ["name", "says"],
    "oneOf": [{"required": ["replace", "by"]}, {"required": ["code"]}],
    "additionalProperties": False,
}
MISTAKES = {"type": "object", "additionalProperties": {"type": "array", "minItems": 5, "items": MISTAKE}}

EXERCISES = {exercise.name: exercise for slug in exercises.slugs() for exercise in exercises.read(slug)[1]}
CHECKED = [name for name, exercise in EXERCISES.items() if exercise.checked]
PLANTED = {
    f"{name}-{mistake['name']}": (name, mistake)
    for slug in exercises.slugs()
    for name, mistakes in read_yaml(
        paths.root() / "tests" / "teaching" / "exercises" / "mistakes" / f"{slug}.yml", MISTAKES
    ).items()
    for mistake in mistakes
}

ALTERNATIVES = {
    f"{name}-{number}": (name, code)
    for slug in exercises.slugs()
    for name, codes in read_yaml(
        paths.root() / "tests" / "teaching" / "exercises" / "alternatives" / f"{slug}.yml",
        {"type": "object", "additionalProperties": {"type": "array", "minItems": 1, "items": TEXT}},
    ).items()
    for number, code in enumerate(codes)
}


def solved(exercise: Exercise) -> str:
    return "\n\n".join(source.solution(code) for code in exercise.texts("exercise"))


def stubbed(exercise: Exercise) -> str:
    return "\n\n".join(source.stub(code) for code in exercise.texts("exercise"))


def mistaken(exercise: Exercise, mistake: dict[str, str]) -> str:
    """The student's code with a planted mistake."""
    if "code" in mistake:
        return mistake["code"]
    solution = solved(exercise)
    assert solution.count(mistake["replace"]) == 1, "the solution has changed: plant the mistake anew"
    return solution.replace(mistake["replace"], mistake["by"])


def judged(exercise: Exercise, code: str) -> list[Any]:
    """The results for a student's code as a grader would get them:
    the probe alone where the code runs, its answers carried out in a file.
    """
    probing = replace(exercise, cells=tuple(cell for cell in exercise.cells if source.role_of(cell) == "probe"))
    namespace: dict[str, Any] = {}
    exec(exercise.head, namespace)
    with contextlib.suppress(NotImplementedError):
        exec(code, namespace)
    file = io.BytesIO()
    np.savez(file, **exercises.answers(probing, namespace))
    file.seek(0)
    return exercises.judge(exercise, np.load(file, allow_pickle=False))


def problems(results: list[Any]) -> str:
    return "\n".join(result.problem for result in results if result.problem)


@pytest.mark.parametrize("name", CHECKED)
def test_the_solution_is_right(name):
    assert problems(judged(EXERCISES[name], solved(EXERCISES[name]))) == ""


@pytest.mark.parametrize(("name", "code"), ALTERNATIVES.values(), ids=ALTERNATIVES.keys())
def test_another_right_answer_is_right(name, code):
    assert problems(judged(EXERCISES[name], code)) == ""


@pytest.mark.parametrize("name", CHECKED)
def test_the_stub_is_not(name):
    results = judged(EXERCISES[name], stubbed(EXERCISES[name]))
    assert not any(result.right for result in results)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of planted mistakes: means of nothing, logarithms of zero
@pytest.mark.parametrize(("name", "mistake"), PLANTED.values(), ids=PLANTED.keys())
def test_a_planted_mistake_is_named(name, mistake):
    assert mistake["says"] in problems(judged(EXERCISES[name], mistaken(EXERCISES[name], mistake)))


def test_every_checked_exercise_has_planted_mistakes_and_another_right_answer():
    assert {name for name, _ in PLANTED.values()} == {name for name, _ in ALTERNATIVES.values()} == set(CHECKED)


@pytest.mark.parametrize("name", CHECKED)
def test_stub_and_solution_define_the_same_things(name):
    def signatures(code: str) -> list[str]:
        made = [node for node in ast.parse(code).body if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Assign)]
        heads = [ast.unparse(getattr(node, "args", None) or getattr(node, "targets", None) or node) for node in made]
        return [
            f"{getattr(node, 'name', '')} {head} {ast.get_docstring(node) if hasattr(node, 'name') else ''}"
            for node, head in zip(made, heads)
        ]

    assert signatures(stubbed(EXERCISES[name])) == signatures(solved(EXERCISES[name])) != []


def told_lines(exercise: Exercise) -> set[str]:
    """The lines that only the solution has: what a student must not find."""
    given = "\n".join([stubbed(exercise), *exercise.texts("given")])
    return {
        line.strip() for line in solved(exercise).splitlines() if len(line.strip()) > 12 and line.strip() not in given
    }


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of planted mistakes: means of nothing, logarithms of zero
@pytest.mark.parametrize("slug", exercises.slugs())
def test_nothing_of_a_solution_is_handed_out_or_told(slug):
    _, found = exercises.read(slug)
    student = "\n".join(cell.source for cell in handout.student_notebook(slug).cells)
    for text in (student, handout.page_section(slug)):
        for exercise in found:
            hidden = [
                *told_lines(exercise),
                *exercise.texts("answer"),
                *exercise.texts("probe"),
                *exercise.texts("checks"),
            ]
            assert [part for part in hidden if part in text] == []
    for exercise in found:
        assert [text for text in exercise.texts("hint") if text in student] == []
        mistakes = [mistake for name, mistake in PLANTED.values() if name == exercise.name]
        messages = problems([each for made in mistakes for each in judged(exercise, mistaken(exercise, made))])
        assert [line for line in told_lines(exercise) if line in messages] == []


@pytest.mark.parametrize("slug", exercises.slugs())
def test_the_source_for_a_class_holds_no_solution_and_makes_the_same_notebook(slug, tmp_path, monkeypatch):
    student, found = handout.student_notebook(slug), exercises.read(slug)[1]
    handout.class_copy(tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    _, given = exercises.read(slug)
    assert handout.student_notebook(slug) == student
    for exercise, one in zip(found, given, strict=True):
        text = "\n".join(part for role in ("given", "exercise", "answer", "rubric", "hint") for part in one.texts(role))
        assert [line for line in [*told_lines(exercise), *exercise.texts("answer")] if line in text] == []
        assert one.texts("probe") == exercise.texts("probe") and one.texts("checks") == exercise.texts("checks")


@pytest.mark.parametrize("name", EXERCISES)
def test_an_exercise_is_whole(name):
    """A title and a task; what no machine checks has a rubric or a model answer;
    hints wherever there is something to check.
    """
    exercise = EXERCISES[name]
    assert exercise.texts("given")[0]
    assert exercise.texts("hint") if exercise.checked else exercise.texts("rubric")


@pytest.mark.parametrize("name", CHECKED)
def test_every_check_says_what_should_be_so_and_what_may_be_wrong(name):
    tree = ast.parse("\n".join(EXERCISES[name].texts("checks")))
    checks = [node for node in tree.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]
    assert checks and all(ast.get_docstring(node) for node in checks)
    assert [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Assert) and not node.msg] == []


@pytest.mark.parametrize("name", CHECKED)
def test_checking_leaves_the_random_numbers_of_the_notebook_alone_and_gives_the_same_twice(name):
    import torch

    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    first = judged(EXERCISES[name], solved(EXERCISES[name]))
    assert torch.equal(before, torch.random.get_rng_state()) and first == judged(
        EXERCISES[name], solved(EXERCISES[name])
    )


@pytest.mark.parametrize("slug", exercises.slugs())
def test_tasks_read_well_in_a_notebook_too(slug):
    """JupyterLab knows nothing of MyST's roles and directives."""
    for cell in handout.student_notebook(slug).cells + handout.instructor_notebook(slug).cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"\{[a-z-]+\}`|^(`{3,}|:{3,})\{", cell.source, re.MULTILINE)


@pytest.mark.parametrize("slug", exercises.slugs())
def test_code_fits_the_page(slug):
    code = [cell.source for cell in handout.student_notebook(slug).cells if cell.cell_type == "code"]
    assert [line for text in code for line in text.splitlines() if len(line) > 90] == []


@pytest.mark.parametrize("slug", exercises.slugs())
@pytest.mark.parametrize(("make", "right"), [(handout.instructor_notebook, True), (handout.student_notebook, False)])
def test_a_notebook_runs_from_top_to_bottom_and_its_checks_say_how_it_stands(slug, make, right):
    namespace: dict[str, Any] = {}
    told = []
    for cell in make(slug).cells:
        if cell.cell_type == "code" and cell.source.startswith("check("):
            told.append(repr(eval(cell.source, namespace)))
        elif cell.cell_type == "code":
            exec(cell.source, namespace)
    assert len(told) == sum(exercise.checked for exercise in exercises.read(slug)[1])
    assert ["all right" in text for text in told] == [right] * len(told)


def test_the_run_that_never_learns_does_learn_once_mended():
    """What lc.7 says of its game."""
    exercise = EXERCISES["lc.7"]
    names: dict[str, Any] = {}
    for code in (exercise.head, *exercise.texts("given")[1:3], solved(exercise)):
        exec(code, names)
    assert names["share_right"](names["broken_step"]) < 0.1
    assert 0.55 < names["share_right"](names["mended_step"]) < 0.8

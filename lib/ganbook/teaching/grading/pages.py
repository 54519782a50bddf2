"""The pages of a graded class: one of feedback for each student, and an overview."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from statistics import mean

from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from ganbook.record import write_atomically
from ganbook.teaching.exercises import Exercise
from ganbook.teaching.exercises.feedback import NOT_REACHED
from ganbook.teaching.grading import marks as marking
from ganbook.teaching.grading.marks import Marks
from ganbook.viz import templates


def write(folder: Path, slug: str, marks: Sequence[Marks], exercises: Sequence[Exercise], remark: str = "") -> Path:
    """Write ``pages/<student>.html`` and ``index.html``; pages of students who are no longer there go."""
    environment = templates.environment(code=_code, rubric=_rubric)
    points = marking.possible(exercises)
    shared = {
        "slug": slug,
        "not_reached": NOT_REACHED,
        "points": points,
        "possible": sum(points.values()),
        "remark": remark,
        "date": f"{datetime.now():%Y-%m-%d %H:%M}",
    }
    page = environment.get_template("teaching/grading/student.html")
    for each in marks:
        write_atomically(
            folder / "pages" / f"{each.submission.id}.html",
            page.render(marks=each, in_words=marking.in_words, **shared),
        )
    current = {f"{each.submission.id}.html" for each in marks}
    for old in (folder / "pages").glob("*.html"):
        if old.name not in current:
            old.unlink()
    overview = environment.get_template("teaching/grading/index.html").render(
        marks=marks,
        bins=distribution([each.total for each in marks if each.works], sum(points.values())),
        exercises=[_summary(each, marks, points[each.name]) for each in exercises if each.checked],
        mistakes=marking.commonest_mistakes(marks),
        status=marking.status,
        **shared,
    )
    write_atomically(folder / "index.html", overview)
    return folder / "index.html"


def distribution(totals: Sequence[int], possible: int, most: int = 12) -> list[tuple[str, int]]:
    """How many students have so many points: at most so many bins of equal width, from 0 to all;
    the last one holds full marks.
    """
    width = possible // most + 1
    bins = [range(low, min(low + width, possible + 1)) for low in range(0, possible + 1, width)]
    return [
        (f"{each[0]} to {each[-1]}" if len(each) > 1 else f"{each[0]}", sum(total in each for total in totals))
        for each in bins
    ]


def _summary(exercise: Exercise, marks: Sequence[Marks], full: int) -> dict[str, object]:
    got = [work.points for each in marks for work in each.works if work.exercise.name == exercise.name]
    return {
        "name": exercise.name,
        "title": exercise.title,
        "all_right": sum(each == full for each in got),
        "mean": mean(got) if got else 0.0,
        "full": full,
    }


def _code(text: str) -> Markup:
    """Text as it is, with what stands between backticks as code."""
    parts = [escape(part) for part in text.split("`")]
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else part for number, part in enumerate(parts)
    )


def _rubric(exercise: Exercise) -> Markup:
    """The rubric of an exercise as HTML; it comes from the book, not from a student."""
    text = "\n\n".join(exercise.texts("rubric")).replace("$", "")  # formulas are set by nobody here
    return Markup(MarkdownIt("commonmark", {"html": False}).render(text))

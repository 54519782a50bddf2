"""Exercises that check themselves. In a notebook: ``check("lc.3")`` and ``hint("lc.3")``;
for authors: ``exercises/README.md``.
"""

from ganbook.teaching.exercises.feedback import PROBLEM, Feedback, answers, check, hint, judge
from ganbook.teaching.exercises.measure import close, gradient, value
from ganbook.teaching.exercises.source import Exercise, find, read, slugs

__all__ = [
    "PROBLEM",
    "Exercise",
    "Feedback",
    "answers",
    "check",
    "close",
    "find",
    "gradient",
    "hint",
    "judge",
    "read",
    "slugs",
    "value",
]

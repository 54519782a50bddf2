"""The report of `ganbook check`: one HTML file that needs nothing else, and the same as JSON."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from ganbook import paths
from ganbook.publishing.bands import Result
from ganbook.publishing.check import Outcome, remember
from ganbook.record import write_atomically
from ganbook.viz import templates
from ganbook.viz.pictures import data_uri


def write_report(outcomes: Sequence[Outcome], *, profile: str) -> Path:
    """Write ``_build/report/index.html`` and ``report.json``, then keep the outcomes for the next comparison."""
    folder = paths.build_dir() / "report"
    outcomes = [replace(outcome, message=paths.shortened(outcome.message)) for outcome in outcomes]
    environment = templates.environment(data_uri=data_uri, number=_number, time=_time)
    page = environment.get_template("publishing/report.html").render(
        outcomes=outcomes, profile=profile, date=f"{datetime.now():%Y-%m-%d %H:%M}", bar=bar_positions
    )
    write_atomically(folder / "index.html", page)
    summary = {
        "passed": all(outcome.passed for outcome in outcomes),
        "chapters": [outcome.as_dict() for outcome in outcomes],
    }
    write_atomically(folder / "report.json", json.dumps(summary, indent=2) + "\n")
    for outcome in outcomes:
        remember(outcome)
    return folder / "index.html"


def bar_positions(result: Result) -> tuple[float, float, float] | None:
    """Where the band's ends and the value lie on a bar, in percent (the band: the middle half);
    None without band or value.
    """
    if result.value is None or result.low is None:
        return None
    width = (result.high - result.low) or 1.0
    value = 25 + 50 * (result.value - result.low) / width
    return 25.0, 75.0 if result.high > result.low else 25.0, min(max(value, 1.0), 99.0)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.1f} min"

"""Run chapters, compare their numbers with the bands and with last time,
and write one report for people and one for programs.
"""

import json
import re
import shutil
import time
from base64 import b64decode
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

import nbformat
from nbformat import NotebookNode

from ganbook import paths
from ganbook.publishing import bands, notebooks
from ganbook.record import load_metrics, metrics_path, write_atomically

Status = Literal["pass", "drift", "fail", "no bands", "crash"]
DRIFT = 0.25  # a metric drifts if it moved by more than this part of its band since last time


@dataclass(frozen=True)
class Figure:
    """A picture of this run beside the one recorded last time (PNG bytes; None if there was none)."""

    title: str
    now: bytes
    last: bytes | None = None


@dataclass
class Outcome:
    """What checking one chapter gave."""

    slug: str
    status: Status
    seconds: float
    message: str = ""
    run: dict[str, Any] = field(default_factory=dict)  # profile, seed, data, device, date, peak_memory_mb
    results: list[bands.Result] = field(default_factory=list)
    slow_cells: list[tuple[str, float]] = field(default_factory=list)  # first line, seconds
    figures: list[Figure] = field(default_factory=list)
    last_seconds: float | None = None
    last_metrics: dict[str, float] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return self.status in ("pass", "drift")

    def drifted(self, result: bands.Result) -> bool:
        """Whether a metric, still in its band, moved noticeably since last time."""
        last = self.last_metrics.get(result.name)
        return (
            result.status == "ok" and last is not None and abs(result.value - last) > DRIFT * (result.high - result.low)
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain data for programs, without the pictures."""
        plain = {key: value for key, value in vars(self).items() if key not in ("results", "figures", "slow_cells")}
        return plain | {
            "passed": self.passed,
            "results": [asdict(result) | {"drift": self.drifted(result)} for result in self.results],
            "slow_cells": [{"cell": line, "seconds": seconds} for line, seconds in self.slow_cells],
            "figures": [{"title": figure.title, "changed": figure.now != figure.last} for figure in self.figures],
        }


def check(
    slugs: Sequence[str],
    *,
    profile: str = "quick",
    data: str = "auto",
    seed: int = 0,
    jobs: int = 1,
    timeout: float | None = None,
    progress: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Run chapters and judge each; one chapter's crash does not stop the others.

    Args:
        slugs: chapters to run.
        jobs: how many run at a time; with more than one each has a single thread.
        timeout: seconds one cell may take at most.
        progress: called with each chapter's outcome as it comes in.

    Returns:
        Outcomes in the order of ``slugs``.
    """
    run = partial(
        check_chapter, profile=profile, data=data, seed=seed, threads=1 if jobs > 1 else None, timeout=timeout
    )
    outcomes = {}
    for outcome in _side_by_side(run, slugs, jobs) if min(jobs, len(slugs)) > 1 else map(run, slugs):
        outcomes[outcome.slug] = outcome
        progress(outcome)
    return [outcomes[slug] for slug in slugs]


def _side_by_side(run: Callable[[str], Outcome], slugs: Sequence[str], jobs: int) -> Iterator[Outcome]:
    """Outcomes as they come in, from ``jobs`` processes."""
    with ProcessPoolExecutor(min(jobs, len(slugs)), mp_context=get_context("spawn")) as pool:
        slug_of = {pool.submit(run, slug): slug for slug in slugs}
        for future in as_completed(slug_of):
            try:
                yield future.result()
            except BrokenProcessPool:
                yield Outcome(
                    slug_of[future],
                    "crash",
                    0.0,
                    message="its process was killed, or one beside it (out of memory?); try fewer --jobs",
                )


def check_chapter(slug: str, *, profile: str, data: str, seed: int, **options: Any) -> Outcome:
    """Run one chapter and judge its numbers; whatever goes wrong in it becomes an outcome with status "crash"."""
    start = time.perf_counter()
    try:
        notebook, record = run_chapter(slug, profile=profile, data=data, seed=seed, **options)
        results = bands.compare(record)
    except Exception as error:
        return Outcome(slug, "crash", round(time.perf_counter() - start, 2), message=str(error) or repr(error))
    outcome = Outcome(slug, "pass", round(time.perf_counter() - start, 2), results=results)
    outcome.run = {key: record.get(key) for key in ("profile", "seed", "data", "device", "date", "peak_memory_mb")}
    outcome.slow_cells = slow_cells(notebook)
    outcome.figures = figures(notebook)
    _add_last(outcome)
    outcome.status = _judge(outcome)
    if outcome.status == "no bands":
        where = bands.bands_path(slug).relative_to(paths.root())
        outcome.message = f"no bands for profile {record['profile']} and data {record['data']} in {where}"
    return outcome


def run_chapter(
    slug: str, *, profile: str, data: str, seed: int, **options: Any
) -> tuple[NotebookNode, dict[str, Any]]:
    """Execute a chapter (`notebooks.execute`) and load the notebook and the record that this run saved.

    Raises:
        notebooks.ChapterFailed: a cell failed, or the run saved no record, or one of another profile or seed.
    """
    before = _stamp(slug)
    path = notebooks.execute(slug, profile=profile, data=data, seed=seed, **options)
    if _stamp(slug) == before:
        raise notebooks.ChapterFailed(
            f"{slug}: it ran to its end but saved no record; its last cell must call record.save()"
        )
    record = load_metrics(slug)
    for key, asked in {"slug": slug, "profile": profile, "seed": seed}.items():
        if record[key] != asked:
            raise notebooks.ChapterFailed(f"{slug}: its record says {key} {record[key]!r}, but {asked!r} was asked for")
    return nbformat.read(path, as_version=4), record


def _stamp(slug: str) -> tuple[int, int] | None:
    path = metrics_path(slug)
    return (path.stat().st_ino, path.stat().st_mtime_ns) if path.exists() else None


def _judge(outcome: Outcome) -> Status:
    if all(result.status == "not banded" for result in outcome.results):
        return "no bands"
    if any(result.broken for result in outcome.results):
        return "fail"
    return "drift" if any(map(outcome.drifted, outcome.results)) else "pass"


def slow_cells(notebook: NotebookNode, most: int = 3) -> list[tuple[str, float]]:
    """First line and seconds of the slowest cells, those that took a second and a twentieth of the whole or more."""
    timed = []
    for cell in notebook.cells:
        duration = cell.metadata.get("papermill", {}).get("duration")
        if cell.cell_type == "code" and duration:
            timed.append((next(iter(cell.source.strip().splitlines()), ""), round(duration, 2)))
    limit = max(1.0, sum(seconds for _, seconds in timed) / 20)
    return sorted((cell for cell in timed if cell[1] >= limit), key=lambda cell: -cell[1])[:most]


# of viz.show and of a widget's still
LIGHT_PICTURE = re.compile(r'<img class="gb-light\b[^>]*?\bsrc="data:image/(?:png|webp);base64,([^"]+)"')


def figures(notebook: NotebookNode) -> list[Figure]:
    """The pictures of an executed notebook, as on a light page, each titled by the heading it stands under."""
    found, heading = [], "Start"
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            heading = next(
                (line.lstrip("# ").replace("$", "") for line in cell.source.splitlines() if line.startswith("#")),
                heading,
            )
        for output in cell.get("outputs", ()):
            found += [
                Figure(f"{len(found) + n}. {heading}", b64decode(picture))
                for n, picture in enumerate(_pictures(output), 1)
            ]
    return found


def _pictures(output: NotebookNode) -> list[str]:
    data = output.get("data", {})
    return [data["image/png"]] if "image/png" in data else LIGHT_PICTURE.findall(data.get("text/html", ""))


def _recorded(outcome: Outcome) -> Path:
    run = outcome.run
    return paths.build_dir() / "report" / "recorded" / f"{outcome.slug}-{run['profile']}-{run['data']}-s{run['seed']}"


def _add_last(outcome: Outcome) -> None:
    folder = _recorded(outcome)
    if not (folder / "outcome.json").exists():
        return
    last = json.loads((folder / "outcome.json").read_text(encoding="utf-8"))
    outcome.last_seconds, outcome.last_metrics = last["seconds"], last["metrics"]
    pictures = [folder / f"{number:02d}" for number in range(len(outcome.figures))]
    outcome.figures = [
        Figure(figure.title, figure.now, path.read_bytes() if path.exists() else None)
        for figure, path in zip(outcome.figures, pictures, strict=True)
    ]


def remember(outcome: Outcome) -> None:
    """Keep a chapter's numbers, time and pictures for the next report to compare with."""
    if outcome.status == "crash":
        return
    folder = _recorded(outcome)
    fresh = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    metrics = {result.name: result.value for result in outcome.results if result.value is not None}
    write_atomically(fresh / "outcome.json", json.dumps({"seconds": outcome.seconds, "metrics": metrics}))
    for number, figure in enumerate(outcome.figures):
        (fresh / f"{number:02d}").write_bytes(figure.now)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)

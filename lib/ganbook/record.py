"""What a chapter measured: named numbers, with how and on what they were measured, saved for the ledger and the bands.

A chapter makes one `Record`, adds each result once and saves it at its end::

    record = Record("latent_captions", profile=profile, seed=seed, data="mnist", device="cpu")
    with record.section("analysis"):
        record.metric_over_seeds("accuracy_different", [0.981, 0.979, 0.984])
    record.save()                                       # _build/metrics/latent_captions.json
"""

import importlib.metadata
import json
import math
import os
import platform
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from ganbook import paths
from ganbook.errors import UserError

NAME = re.compile(r"[a-z][a-z0-9_]*")
REQUIRED = ("slug", "profile", "seed", "data", "device", "seconds", "metrics")


class Record:
    """The results of one run of one chapter.

    Args:
        slug: the chapter, e.g. ``"latent_captions"``.
        profile: the profile it ran at (``"smoke"``, ``"quick"``, ``"paper"``).
        seed: the seed of the run.
        data: the data source really used, e.g. ``"mnist"`` or ``"embedded"`` (not ``"auto"``).
        device: where it was computed, e.g. ``"cpu"``.

    Raises:
        UserError: a name that is no lower-case identifier, or a seed that is no whole number.
    """

    def __init__(self, slug: str, *, profile: str, seed: int, data: str, device: str = "cpu") -> None:
        for what, text in (("slug", slug), ("profile", profile), ("data source", data)):
            _check_name(what, text)
        if data == "auto":
            raise UserError("record the data source that was really used (such as 'mnist' or 'embedded'), not 'auto'")
        if isinstance(seed, bool) or not isinstance(seed, Integral):
            raise UserError(f"the seed must be a whole number, not {seed!r}")
        self.slug, self.profile, self.seed, self.data, self.device = slug, profile, int(seed), data, str(device)
        self.metrics: dict[str, float] = {}
        self.intervals: dict[str, dict[str, Any]] = {}
        self.sections: dict[str, float] = {}
        self.answer_seconds: float | None = None
        self._start = time.perf_counter()

    def metric(self, name: str, value: float, *, interval: tuple[float, float] | None = None) -> None:
        """Record one number, once, with its interval (low, high) if it has one.

        Raises:
            UserError: the name is taken or malformed, or a value is no finite real number.
        """
        _check_name("metric", name)
        if name in self.metrics:
            raise UserError(
                f"metric {name!r} is already recorded ({self.metrics[name]:g}); record each metric once. "
                "To run cells again, start from the cell that makes the Record"
            )
        value = _number(name, value)
        if interval is not None:
            low, high = (_number(f"interval of {name}", bound) for bound in interval)
            if low > high:
                raise UserError(f"the interval of {name!r} is upside down: {low:g} > {high:g}")
            self.intervals[name] = {"low": low, "high": high}
        self.metrics[name] = value

    def metric_over_seeds(self, name: str, values: Sequence[float]) -> None:
        """Record the mean of a number measured once per seed; its interval is the smallest and largest of them."""
        numbers = [_number(name, value) for value in values]
        if not numbers:
            raise UserError(f"metric {name!r} needs the value of at least one seed")
        self.metric(name, math.fsum(numbers) / len(numbers), interval=(min(numbers), max(numbers)))
        self.intervals[name]["seeds"] = numbers

    @contextmanager
    def section(self, name: str) -> Iterator[None]:
        """Time a part of the chapter, in seconds; a name used again adds up."""
        _check_name("section", name)
        start = time.perf_counter()
        try:
            yield
        finally:
            self.sections[name] = self.sections.get(name, 0.0) + time.perf_counter() - start

    def time_answer(self, answer: Callable[[], object], calls: int = 5) -> float:
        """Time how long a person waits for an answer of the chapter's model: the median of some calls, in seconds.

        One call before them does not count. A chapter that has this number already sets ``answer_seconds`` instead.
        """
        taken = []
        for _ in range(calls + 1):
            start = time.perf_counter()
            answer()
            taken.append(time.perf_counter() - start)
        self.answer_seconds = statistics.median(taken[1:])
        return self.answer_seconds

    def as_dict(self) -> dict[str, Any]:
        """The record as it is saved; ``metrics`` maps each name to a number, nothing else."""
        return {
            "slug": self.slug,
            "profile": self.profile,
            "seed": self.seed,
            "data": self.data,
            "device": self.device,
            "seconds": round(time.perf_counter() - self._start, 3),
            "sections": {name: round(seconds, 3) for name, seconds in self.sections.items()},
            "answer_seconds": self.answer_seconds,
            "peak_memory_mb": peak_memory_mb(),
            "metrics": dict(self.metrics),
            "intervals": {name: dict(interval) for name, interval in self.intervals.items()},
            "versions": _versions(),
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
        }

    def save(self) -> Path:
        """Write ``_build/metrics/<slug>.json``: wholly or, if anything goes wrong,
        not at all (an earlier file stays).
        """
        path = metrics_path(self.slug)
        write_atomically(path, json.dumps(self.as_dict(), indent=2, allow_nan=False) + "\n")
        return path


def metrics_path(slug: str) -> Path:
    """Where the record of a chapter's latest run lies."""
    return paths.build_dir() / "metrics" / f"{slug}.json"


def load_metrics(slug: str) -> dict[str, Any]:
    """The record of a chapter's latest run.

    Raises:
        FileNotFoundError: the chapter has not run yet.
        UserError: the file is damaged.
    """
    path = metrics_path(slug)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise FileNotFoundError(f"no metrics of {slug} yet ({path}); run `ganbook run {slug}` first") from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is damaged ({error}); run `ganbook run {slug}` to make it again") from error
    missing = [key for key in REQUIRED if key not in document] if isinstance(document, dict) else REQUIRED
    if missing:
        raise UserError(f"{path} lacks {', '.join(missing)}; run `ganbook run {slug}` to make it again")
    return document


def write_atomically(path: Path, text: str) -> None:
    """Write a text file in one step: a reader sees the old content or the new, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def peak_memory_mb() -> float | None:
    """Largest resident memory of this process so far in MB (10^6 bytes);
    None where the system does not tell (Windows).
    """
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak * (1 if sys.platform == "darwin" else 1024) / 1e6, 1)


def _check_name(what: str, name: str) -> None:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise UserError(f"a {what} is named in lower case with underscores, such as 'accuracy_same_min', not {name!r}")


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise UserError(f"{name} must be a number, not {type(value).__name__}; of a tensor record .item()")
    if not math.isfinite(value):
        raise UserError(f"{name} is {float(value)}; only a finite number can be recorded. Look for where it arose")
    return float(value)


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for package in ("ganbook", "torch", "numpy"):
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions

"""Numeric contracts: within which band each metric of a chapter must fall, per profile and data source.

``tests/notebooks/bands/<slug>.yml``::

    smoke:                                # profile
      embedded:                           # data source
        found: {seeds: [0, 1, 2], date: 2026-11-20, note: "CPU, one thread"}
        metrics:
          accuracy_same_min: {low: 0.95, high: 1.0}
        no_band: {p_value: 'chance moves it over nearly all it can be'}  # recorded, but no band would catch anything
"""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ganbook import paths
from ganbook.errors import UserError
from ganbook.publishing.documents import read_yaml

Status = Literal["ok", "low", "high", "missing", "not banded"]

_NAMED = {"type": "object", "propertyNames": {"pattern": "^[a-z][a-z0-9_]*$"}, "minProperties": 1}
_BAND = {
    "type": "object",
    "properties": {"low": {"type": "number"}, "high": {"type": "number"}},
    "required": ["low", "high"],
    "additionalProperties": False,
}
_FOUND = {
    "type": "object",
    "properties": {
        "seeds": {"type": "array", "items": {"type": "integer"}, "minItems": 1, "uniqueItems": True},
        "date": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
        "note": {"type": "string"},
    },
    "required": ["seeds", "date"],
    "additionalProperties": False,
}
_GROUP = {
    "type": "object",
    "properties": {
        "found": _FOUND,
        "metrics": _NAMED | {"additionalProperties": _BAND},
        "no_band": _NAMED | {"additionalProperties": {"type": "string"}},
    },
    "required": ["found", "metrics"],
    "additionalProperties": False,
}
SCHEMA = _NAMED | {"additionalProperties": _NAMED | {"additionalProperties": _GROUP}}


@dataclass(frozen=True)
class Result:
    """One metric against its band. ``value`` is None if it was not recorded;
    ``low`` and ``high`` are None without a band.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    status: Status

    @property
    def broken(self) -> bool:
        return self.status in ("low", "high", "missing")


def bands_path(slug: str) -> Path:
    return paths.root() / "tests" / "notebooks" / "bands" / f"{slug}.yml"


def load(slug: str) -> dict[str, Any]:
    """A chapter's bands, ``{profile: {data: {"found": ..., "metrics": {name: {"low", "high"}}}}}``;
    empty without a file.

    Raises:
        UserError: the file is malformed; the text says where.
    """
    path = bands_path(slug)
    if not path.exists():
        return {}
    content = read_yaml(path, SCHEMA)
    for profile, sources in content.items():
        for data, group in sources.items():
            for name, band in group["metrics"].items():
                if not band["low"] <= band["high"] < float("inf") or band["low"] == -float("inf"):
                    raise UserError(f"{path}, {profile}/{data}/{name}: a band needs finite low <= high, not {band}")
                if name in group.get("no_band", {}):
                    raise UserError(f"{path}, {profile}/{data}/{name}: it has a band and is said to have none")
    return content


def compare(record: Mapping[str, Any]) -> list[Result]:
    """A saved record (`ganbook.record.load_metrics`) against the bands of its profile and data source.

    Metrics of the contract come first, in its order; recorded metrics without a band follow as "not banded".
    """
    group = load(record["slug"]).get(record["profile"], {}).get(record["data"], {"metrics": {}})
    metrics = record["metrics"]
    judged = [_judge(name, metrics.get(name), band["low"], band["high"]) for name, band in group["metrics"].items()]
    free = [
        Result(name, value, None, None, "not banded") for name, value in metrics.items() if name not in group["metrics"]
    ]
    return judged + free


def without_band(record: Mapping[str, Any]) -> dict[str, str]:
    """The metrics of a saved record that have no band on purpose, and why."""
    return load(record["slug"]).get(record["profile"], {}).get(record["data"], {}).get("no_band", {})


def _judge(name: str, value: float | None, low: float, high: float) -> Result:
    if value is None:
        return Result(name, None, low, high, "missing")
    return Result(name, value, low, high, "low" if value < low else "high" if value > high else "ok")


def propose(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Bands from the records of several seeds of one chapter, profile and data source,
    to be looked at before they are kept.

    Each band is the range of the values, widened on both sides by three standard deviations or by 2 % of the mean,
    whichever is more. A mean over training seeds (`Record.metric_over_seeds`) is the same in all runs: three of its
    standard errors count instead.

    Raises:
        UserError: fewer than three records, a seed twice, or records of different settings.
    """
    settings = {(record["slug"], record["profile"], record["data"]) for record in records}
    seeds = [record["seed"] for record in records]
    refuse_few_seeds(seeds)
    if len(settings) > 1:
        raise UserError(f"bands need records of one chapter, profile and data source, not {sorted(settings)}")
    (_, profile, data) = settings.pop()
    names = [name for name in records[0]["metrics"] if all(name in record["metrics"] for record in records)]
    over_seeds = {
        name: interval["seeds"] for name, interval in records[0].get("intervals", {}).items() if "seeds" in interval
    }
    metrics = {
        name: _widen([record["metrics"][name] for record in records], over_seeds.get(name, ())) for name in names
    }
    return {profile: {data: {"found": {"seeds": seeds, "date": records[-1]["date"][:10]}, "metrics": metrics}}}


def refuse_few_seeds(seeds: Sequence[int]) -> None:
    """Raise `UserError` unless these are at least three seeds, each once."""
    if len(seeds) < 3 or len(set(seeds)) != len(seeds):
        raise UserError(f"bands need at least three different seeds, not {list(seeds)}")


def _widen(values: Sequence[float], over_seeds: Sequence[float]) -> dict[str, float]:
    error = statistics.stdev(over_seeds) / len(over_seeds) ** 0.5 if len(over_seeds) > 1 else 0.0
    margin = max(3 * statistics.stdev(values), 3 * error, 0.02 * abs(statistics.fmean(values)))
    return {"low": round(min(values) - margin, 4), "high": round(max(values) + margin, 4)}

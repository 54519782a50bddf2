"""The table of handles on the start page: ``book/handles.yml``, filled with what each chapter's latest run measured.

``book/handles.yml``, in the order of the book::

    - chapter: latent_captions
      handle: a latent variable that nobody labelled
      system: LaTextGAN, conditional GAN and InfoGAN in one
      gives: an image and three numbers              # a person, to get an answer
      learned: images with one true label each       # what the training took
      exact: "{accuracy_same_min:.0%} are true"      # {metric:format} of the chapter's record, as in Python
"""

import re
from string import Formatter
from typing import Any

from ganbook import paths
from ganbook.publishing.documents import read_yaml
from ganbook.record import load_metrics

PLACE = re.compile(r"^```\{handles\}\n```$", re.MULTILINE)
"""Where a page wants the table."""

COLUMNS = (
    "The handle, the system and its chapter",
    "A person gives",
    "It learned from",
    "How exact",
    "An answer takes",
)

_TEXT = {"type": "string", "minLength": 1}
_KEYS = ("chapter", "handle", "system", "gives", "learned", "exact")
SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": dict.fromkeys(_KEYS, _TEXT),
        "required": list(_KEYS),
        "additionalProperties": False,
    },
}


def entries() -> list[dict[str, str]]:
    """The rows of ``book/handles.yml``; none where there is no such file.

    Raises:
        UserError: the file is malformed; the text says where.
    """
    path = paths.root() / "book" / "handles.yml"
    return read_yaml(path, SCHEMA) if path.exists() else []


def metrics_of(entry: dict[str, str]) -> set[str]:
    """The metrics that a row takes from the chapter's record."""
    return {name for _, name, _, _ in Formatter().parse(entry["exact"]) if name}


def table_markdown() -> str:
    """The table (MyST Markdown) of the chapters that this book has; nothing where it has none of them."""
    rows = [_cells(entry) for entry in entries() if entry["chapter"] in paths.chapters()]
    if not rows:
        return ""
    items = "\n".join("* - " + "\n  - ".join(cells) for cells in (COLUMNS, *rows))
    return f"```{{list-table}}\n:header-rows: 1\n:widths: 26 16 22 26 10\n:class: gb-handles\n\n{items}\n```"


def _cells(entry: dict[str, str]) -> tuple[str, ...]:
    record = _latest(entry["chapter"])
    metrics = record.get("metrics", {})
    exact = entry["exact"].format_map(metrics) if metrics_of(entry) <= metrics.keys() else "not measured yet"
    first = f"**{entry['handle']}**<br>{entry['system']}<br>{{doc}}`{entry['chapter']}`"
    return first, entry["gives"], entry["learned"], exact, _time(record.get("answer_seconds"))


def _latest(slug: str) -> dict[str, Any]:
    try:
        return load_metrics(slug)
    except FileNotFoundError:
        return {}


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    return f"{seconds:.1f} s" if seconds >= 1 else f"{1e3 * seconds:.0f} ms"

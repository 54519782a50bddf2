"""The claim ledger: what a paper claims, what this book measured, and the verdict, computed from the recorded metrics.

``book/claims/<slug>.yml``::

    paper: "Author et al., Title, year"
    claims:
      - id: lc.accuracy
        claim: For a fixed latent the caption is one of the four labels.
        where: Section 4, text
        paper_value: 98.7 % and 98.0 %             # or null, if none is printed
        metrics: [accuracy_same_min]               # shown beside the paper's value
        how: Over the 1,000 test images, for each of 8 fixed latents.
        reproduced: ["accuracy_same_min >= 0.97"]  # all hold -> reproduced (language: ganbook.publishing.rules)
        partly: ["accuracy_same_min >= 0.90"]      # else all hold -> partly; may be left out
        differences: MNIST as in the paper, smaller networks.
        tried: Longer training, a larger weight.   # wanted where a claim was not reproduced
        people: true                               # only people can measure it: a run leaves it "not measured"
    numbers:                                       # for people: every metric that a claim or its rules name
      accuracy_same_min:                           # also says it for accuracy_same_min_seeds, unless that has an entry
        words: share of true captions, the worst of 8 fixed latents
        # may be left out; {metric}: from the record
        chance: 0.40 if digits are named at random, {accuracy_untrained} untrained
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ganbook import paths
from ganbook.errors import UserError
from ganbook.publishing.documents import read_yaml
from ganbook.publishing.rules import Condition, NotMeasured
from ganbook.record import Record, load_metrics

OF_SEEDS = "_seeds"
"""How the name of a number ends that is the mean of another over training seeds."""

Verdict = Literal["reproduced", "partly", "not", "not measured"]
WORDS = {
    "reproduced": "✔ reproduced",
    "partly": "◐ partly reproduced",
    "not": "✘ not reproduced",
    "not measured": "– not measured",
}

_TEXT = {"type": "string", "minLength": 1}
_RULE = {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 200}, "minItems": 1}
_CLAIM = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "pattern": r"^[a-z]+(\.[a-z0-9_]+)+$"},
        "claim": _TEXT,
        "where": _TEXT,
        "paper_value": {"type": ["string", "null"]},
        "metrics": {"type": "array", "items": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}, "minItems": 1},
        "how": _TEXT,
        "reproduced": _RULE,
        "partly": _RULE,
        "differences": _TEXT,
        "tried": _TEXT,
        "people": {"type": "boolean"},
    },
    "required": ["id", "claim", "where", "paper_value", "metrics", "how", "reproduced", "differences"],
    "additionalProperties": False,
}
_NUMBER = {
    "type": "object",
    "properties": {"words": _TEXT, "chance": _TEXT},
    "required": ["words"],
    "additionalProperties": False,
}
SCHEMA = {
    "type": "object",
    "properties": {
        "paper": _TEXT,
        "claims": {"type": "array", "items": _CLAIM, "minItems": 1},
        "numbers": {
            "type": "object",
            "propertyNames": {"pattern": "^[a-z][a-z0-9_]*$"},
            "additionalProperties": _NUMBER,
        },
    },
    "required": ["paper", "claims", "numbers"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Claim:
    """One claim of a paper and the rule that decides about it."""

    id: str
    claim: str
    where: str
    paper_value: str | None
    metrics: tuple[str, ...]
    how: str
    reproduced: tuple[Condition, ...]
    partly: tuple[Condition, ...]
    differences: str
    tried: str | None
    people: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The numbers behind the claim: those shown, then what only its rules name."""
        ruling = sorted({name for condition in (*self.reproduced, *self.partly) for name in condition.metrics})
        return tuple(dict.fromkeys((*self.metrics, *ruling)))

    def verdict(self, record: Mapping[str, Any] | None) -> Verdict:
        """What a saved record says about the claim; "not measured" if it lacks a number the rule needs."""
        if record is None:
            return "not measured"
        try:
            # lists, so that each condition is asked: one that lacks a number raises
            reproduced = [condition.holds(record) for condition in self.reproduced]
            if all(reproduced):
                return "reproduced"
            partly = [condition.holds(record) for condition in self.partly]
        except NotMeasured:
            return "not measured"
        return "partly" if partly and all(partly) else "not"


@dataclass(frozen=True)
class Number:
    """What a metric is, in words for people, and what would be chance or floor,
    with ``{metric}`` for a number of the record.
    """

    words: str
    chance: str | None = None

    @property
    def compared_with(self) -> tuple[str, ...]:
        """The metrics that ``chance`` takes from the record."""
        return tuple(re.findall(r"{(\w+)}", self.chance or ""))

    def by_chance(self, record: Mapping[str, Any] | None) -> str | None:
        """``chance`` with the record's numbers."""
        return self.chance and re.sub(
            r"{(\w+)}", lambda found: _shown(found[1], record or {"metrics": {}}), self.chance
        )


@dataclass(frozen=True)
class Ledger:
    """The paper behind a chapter, its claims, and what each of their numbers is."""

    paper: str
    claims: tuple[Claim, ...]
    numbers: Mapping[str, Number]


def load(slug: str) -> Ledger:
    """The claims file of a chapter.

    Raises:
        FileNotFoundError: the chapter has no claims file.
        UserError: the file is malformed; the text says where.
    """
    path = claims_path(slug)
    if not path.exists():
        raise FileNotFoundError(f"no claims for {slug!r}: expected the file {path}")
    content = read_yaml(path, SCHEMA)
    entries = content["claims"]
    ids = [entry["id"] for entry in entries]
    if len(set(ids)) < len(ids):
        raise UserError(f"{path}: the id {max(ids, key=ids.count)!r} stands twice; each claim needs its own")
    try:
        claims = tuple(map(_claim, entries))
        return Ledger(
            _one_line(content["paper"]),
            claims,
            _numbers(content["numbers"], {name for claim in claims for name in claim.names}),
        )
    except UserError as error:
        raise UserError(f"{path}: {error}") from error


def claims_path(slug: str) -> Path:
    """The file with a chapter's claims; it need not be there."""
    return paths.root() / "book" / "claims" / f"{slug}.yml"


def _claim(entry: dict[str, Any]) -> Claim:
    texts = {key: _one_line(value) if isinstance(value, str) else value for key, value in entry.items()}
    conditions = {key: tuple(Condition(text) for text in entry.get(key, ())) for key in ("reproduced", "partly")}
    return Claim(**{"tried": None, "people": False} | texts | {"metrics": tuple(entry["metrics"])} | conditions)


def _numbers(entries: Mapping[str, Mapping[str, str]], named: set[str]) -> dict[str, Number]:
    """What each number that the claims name is;
    "x_seeds" without an entry of its own is the mean of x over training seeds.
    """
    numbers = {name: Number(**{key: _one_line(text) for key, text in entry.items()}) for name, entry in entries.items()}
    for name in named - numbers.keys():
        one = numbers.get(name.removesuffix(OF_SEEDS))
        if one:
            numbers[name] = Number(f"{one.words}; mean of the training seeds", one.chance)
    if missing := sorted(named - numbers.keys()):
        raise UserError(
            f"the claims name {', '.join(missing)} without words for people; add them under 'numbers', such as"
            f" 'numbers: {{{missing[0]}: {{words: ...}}}}'"
        )
    if idle := sorted(name for name in entries if not {name, name + OF_SEEDS} & named):
        raise UserError(f"'numbers' has words for {', '.join(idle)}, which no claim names")
    return numbers


def _one_line(text: str) -> str:
    return " ".join(text.split())


def measured(claim: Claim, record: Mapping[str, Any] | None) -> dict[str, str]:
    """Our numbers for a claim as they are shown, by name:
    ``{"tv_same": "0.210 (0.180 to 0.240, 3 seeds)"}``; "–" if not measured.
    """
    return {name: _shown(name, record or {"metrics": {}}) for name in claim.metrics}


def _shown(name: str, record: Mapping[str, Any]) -> str:
    if name not in record["metrics"]:
        return "–"
    text = f"{record['metrics'][name]:.3f}"
    interval = record.get("intervals", {}).get(name)
    if not interval:
        return text
    count = len(interval.get("seeds", ()))
    seeds = f", {count} seed{'s' * (count > 1)}" if count else ""
    return f"{text} ({interval['low']:.3f} to {interval['high']:.3f}{seeds})"


def run_line(record: Mapping[str, Any] | None) -> str:
    """What the numbers were measured on, in words."""
    if record is None:
        return "Not measured yet"
    date = f", {record['date'][:10]}" if "date" in record else ""
    return f"Profile {record['profile']}, seed {record['seed']}, data {record['data']}, on {record['device']}{date}"


def _row(claim: Claim, numbers: Mapping[str, Number], record: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        "id": claim.id,
        "claim": claim.claim,
        "where": claim.where,
        "paper_value": claim.paper_value,
        "metrics": {name: (record or {"metrics": {}})["metrics"].get(name) for name in claim.metrics},
        "measured": measured(claim, record),
        "numbers": [_number(name, numbers[name], record) for name in claim.names],
        "verdict": claim.verdict(record),
        "reproduced_if": [condition.text for condition in claim.reproduced],
        "partly_if": [condition.text for condition in claim.partly],
        "how": claim.how,
        "differences": claim.differences,
        "tried": claim.tried,
    }


def _number(name: str, number: Number, record: Mapping[str, Any] | None) -> dict[str, str | None]:
    return {
        "name": name,
        "words": number.words,
        "here": _shown(name, record or {"metrics": {}}),
        "chance": number.by_chance(record),
    }


def _here(row: dict[str, Any], between: str) -> str:
    return between.join(f"`{name}` {text}" for name, text in row["measured"].items())


class Table:
    """A chapter's ledger, shown as a table: HTML in Jupyter and on the page, Markdown and text elsewhere.

    ``rows`` is the same as plain data, one dict a claim, for programs.
    """

    HEADERS = ("Claim", "Verdict", "Paper", "Here", "How measured")

    def __init__(self, slug: str, record: Mapping[str, Any] | None) -> None:
        ledger = load(slug)
        self.slug, self.paper, self.run = slug, ledger.paper, run_line(record)
        self.rows = [_row(claim, ledger.numbers, record) for claim in ledger.claims]
        self.caption = f"Claims of the paper and what this run says. {self.run}."

    def _cells(self, row: dict[str, Any]) -> tuple[str, ...]:
        claim = f"{row['claim']} ({row['where']})"
        how = f"{row['how']} Differs: {row['differences']}"
        return claim, WORDS[row["verdict"]], row["paper_value"] or "–", _here(row, "<br>"), how

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col" style="text-align:left">{name}</th>' for name in self.HEADERS[:-1])
        body = "".join(self._html_row(row) for row in self.rows)
        return (
            '<table class="ganbook-claims" style="text-align:left">'
            f'<caption style="text-align:left">{html.escape(self.caption)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )

    def _html_row(self, row: dict[str, Any]) -> str:
        style = 'style="text-align:left;vertical-align:top;font-weight:normal"'
        first, verdict, paper, _, how = map(html.escape, self._cells(row))
        here = "<br>".join(f"<code>{name}</code> {text}" for name, text in row["measured"].items())
        cells = "".join(f"<td {style}>{cell}</td>" for cell in (verdict, paper, here))
        folded = f"<details><summary>{self.HEADERS[-1]}</summary>{how}</details>"
        return f'<tr data-claim="{row["id"]}"><th scope="row" {style}>{first}{folded}</th>{cells}</tr>'

    def _repr_markdown_(self) -> str:
        lines = [self.HEADERS, ("---",) * len(self.HEADERS), *map(self._cells, self.rows)]
        table = "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)
        return f"{self.caption}\n\n{table}\n"

    def __str__(self) -> str:
        return "\n\n".join([self.caption, *map(self._text, self.rows)])

    def _text(self, row: dict[str, Any]) -> str:
        paper = row["paper_value"] or "–"
        here = "; ".join(f"{name} {text}" for name, text in row["measured"].items())
        return f"{WORDS[row['verdict']]}  [{row['id']}]\n  {row['claim']}\n  paper: {paper}\n  here:  {here}"

    __repr__ = __str__


def table(slug: str, record: Record | Mapping[str, Any] | None = None) -> Table:
    """The claims of a chapter with verdicts, to show in a notebook.

    Args:
        slug: the chapter.
        record: the run to judge: a `Record`, a loaded one, or None for the chapter's latest saved run, if any.
    """
    return Table(slug, record.as_dict() if isinstance(record, Record) else record or _latest(slug))


def _latest(slug: str) -> dict[str, Any] | None:
    try:
        return load_metrics(slug)
    except FileNotFoundError:
        return None

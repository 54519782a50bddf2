"""The page of all claims, made from the ledgers of the chapters."""

import re
from typing import Any

from ganbook import paths
from ganbook.errors import UserError
from ganbook.publishing import ledger


def page_markdown() -> str:
    """The page of all claims (MyST Markdown), in the order of the book:
    every chapter's ledger with what its latest run measured.

    Raises:
        UserError: a claims file is malformed, or two chapters use the same claim id.
    """
    place = {page: number for number, page in enumerate(paths.pages())}
    slugs = sorted(paths.chapters(), key=lambda slug: place.get(slug, len(place)))
    tables = [ledger.table(slug) for slug in slugs if ledger.claims_path(slug).exists()]
    rows = [row for chapter in tables for row in chapter.rows]
    ids = [row["id"] for row in rows]
    if len(set(ids)) < len(ids):
        raise UserError(
            f"book/claims: the id {max(ids, key=ids.count)!r} stands in two chapters; each claim needs its own"
        )
    counts = (
        f"{sum(row['verdict'] == verdict for row in rows)} {words[2:]}" for verdict, words in ledger.WORDS.items()
    )
    intro = (
        "# All claims\n\n"
        "What the papers claim, what this book measured when it was built, and the verdict. No verdict"
        " is typed by hand: each is computed from the recorded numbers by the rule shown with it."
        f" In all: {', '.join(counts)}.\n"
    )
    return "\n".join([intro, *map(_chapter_markdown, tables)])


def _chapter_markdown(chapter: ledger.Table) -> str:
    title = _title(chapter.slug)
    entries = (("Claim", "Verdict", "Paper", "Here"), *map(_summary_cells, chapter.rows))
    items = "\n".join("* - " + "\n  - ".join(cells) for cells in entries)
    return (
        f"## {title}\n\n{chapter.paper}. Chapter: {{doc}}`{chapter.slug}`. {chapter.run}.\n\n"
        f"```{{list-table}} Verdicts: {title}\n:header-rows: 1\n:widths: 35 15 15 35\n:class: gb-verdicts\n\n"
        f"{items}\n```\n\n" + "\n".join(map(_claim_markdown, chapter.rows))
    )


def _summary_cells(row: dict[str, Any]) -> tuple[str, ...]:
    shown = (number for number in row["numbers"] if number["name"] in row["measured"])
    here = "<br>".join(f"{number['words']}: {number['here']}" for number in shown)
    return f"[{row['claim']}](#{_anchor(row)})", ledger.WORDS[row["verdict"]], row["paper_value"] or "–", here


def _anchor(row: dict[str, Any]) -> str:
    return "claim-" + re.sub("[._]", "-", row["id"])


def _claim_markdown(row: dict[str, Any]) -> str:
    facts = {
        "Claim": f"{row['claim']} ({row['where']})",
        "Paper": row["paper_value"] or "no value printed",
        "Here": "".join(map(_number_line, row["numbers"])),
        "Measured": row["how"],
        "Reproduced if": ", ".join(f"`{text}`" for text in row["reproduced_if"]),
        "Partly if": ", ".join(f"`{text}`" for text in row["partly_if"]),
        "Differences": row["differences"],
        "Tried": row["tried"],
    }
    lines = "\n".join(f"- **{name}:** {text}" for name, text in facts.items() if text)
    return f"({_anchor(row)})=\n### {row['id']}: {ledger.WORDS[row['verdict']]}\n\n{lines}\n"


def _number_line(number: dict[str, str | None]) -> str:
    chance = f". *Chance or floor:* {number['chance']}" if number["chance"] else ""
    return f"\n  - {number['words']} (`{number['name']}`): {number['here']}{chance}"


def _title(slug: str) -> str:
    """The first heading of the chapter's page."""
    heading = re.search(r"^# (.+)$", (paths.root() / "book" / f"{slug}.md").read_text(encoding="utf-8"), re.MULTILINE)
    return heading.group(1).strip() if heading else slug

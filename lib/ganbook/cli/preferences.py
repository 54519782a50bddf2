"""The command `ganbook preferences`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from ganbook.cli.options import Json
from ganbook.errors import UserError

Files = Annotated[list[Path], typer.Argument(help="The CSV files of a class.", show_default=False)]
Out = Annotated[Path, typer.Option("--out", help="Where the merged file goes.")]


def preferences(files: Files, out: Out = Path("preferences.csv"), as_json: Json = False) -> None:
    """Merge a class's answers of the blind comparison.

    Reads the files that the preference panel lets each student download, writes one with all answers, and prints the
    shares of the five steps beside the paper's. A file that is given twice counts once.

    \b
    Examples:
      ganbook preferences answers-*.csv
      ganbook preferences answers-*.csv --out class.csv --json
    """
    from ganbook.chapters.masked_editing.preferences import PAPER, STEPS, merge, to_csv
    from ganbook.training.files import write_files

    if out.resolve() in [file.resolve() for file in files]:
        raise UserError(f"{out} is one of the files to merge: choose another name with --out")
    merged = merge(files)
    write_files({out: to_csv(merged.answers).encode()})
    people = len({each.participant for each in merged.answers})
    if as_json:
        numbers = {"rows": merged.rows, "repeated": merged.repeated, "answers": len(merged.answers), "people": people}
        typer.echo(json.dumps({"file": str(out), **numbers, "shares": merged.shares, "paper": PAPER}, indent=2))
        return
    for file, rows in merged.rows.items():
        typer.echo(f"{file}: {rows} rows")
    if merged.repeated:
        typer.echo(f"left out, for another file has them: {merged.repeated} rows")
    typer.echo(f"{out}: {len(merged.answers)} answers of {people} people")
    for step, ours, theirs in zip(STEPS, merged.shares, PAPER, strict=True):
        typer.echo(f"  {step:<24}{ours:>5.0%}   paper {theirs:>4.0%}")

"""The command `ganbook`. Everything heavy is imported inside the commands, so that help appears at once."""

import io
import json
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from ganbook import __version__, environment
from ganbook.cli.check import check
from ganbook.cli.data import data_app
from ganbook.cli.exercises import exercises_app
from ganbook.cli.grade import grade
from ganbook.cli.new_chapter import new_chapter
from ganbook.cli.options import (
    Chapter,
    Chapters,
    Data,
    Failed,
    Json,
    Profile,
    Seed,
    Timeout,
    known_chapters,
    known_data,
    known_profile,
)
from ganbook.cli.preferences import preferences
from ganbook.cli.train import bench, train
from ganbook.errors import UserError


class _Group(TyperGroup):
    """Turns what a person can mend into one line on stderr and an exit code, instead of a stack trace."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")  # a sign that the terminal cannot show becomes a question mark
        return super().main(*arguments, **options)

    def invoke(self, ctx: typer.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Failed as error:
            raise _exit(str(error), 1) from error
        except (UserError, OSError) as error:
            raise _exit(f"error: {error}", 2) from error
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("ganbook"):
                raise
            raise _exit(
                f"error: this needs {error.name}, which is not installed; `make install` installs everything", 2
            ) from error
        except RuntimeError as error:
            if "home directory" not in str(error):
                raise
            raise _exit("error: you have no home folder; set HOME to a folder that you can write to", 2) from error
        except KeyboardInterrupt as error:
            raise _exit("interrupted", 130) from error


def _exit(message: str, code: int) -> typer.Exit:
    typer.echo(" ".join(message.split()) if code == 2 else message, err=True)
    return typer.Exit(code)


EXIT_CODES = """\b
Exit codes:
  0    done, and the result is good
  1    done, but the result is bad: a chapter crashed, a number left its band, a page is broken
  2    bad input: the line on stderr says what was expected
  130  interrupted; a training goes on where it stopped when you give the same command again
"""

app = typer.Typer(
    cls=_Group,
    help=(
        "Steering GANs: run, check and train the chapters of the book.\n\n"
        "`ganbook COMMAND --help` says more, with examples."
    ),
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(data_app, name="data")
app.add_typer(exercises_app, name="exercises")


@app.callback(invoke_without_command=True)
def main(version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False) -> None:
    if version:
        typer.echo(f"ganbook {__version__}")
        raise typer.Exit
    for sentence in environment.without_meaning():
        typer.echo(f"warning: {sentence}", err=True)


@app.command()
def run(
    chapter: Chapter,
    profile: Profile = "quick",
    data: Data = "auto",
    seed: Seed = 0,
    train: Annotated[
        bool, typer.Option("--train", help="Train the models anew instead of loading the shipped ones.")
    ] = False,
    timeout: Timeout = None,
) -> None:
    """Execute one chapter as a notebook.

    Says where the executed notebook and its numbers are. A cell that fails stops the chapter (exit code 1); the
    notebook up to there is kept.

    \b
    Examples:
      ganbook run latent_captions
      ganbook run latent_captions --profile smoke --data embedded
    """
    known_chapters([chapter])
    known_profile(profile)
    known_data(data)
    from ganbook import record
    from ganbook.publishing import notebooks

    try:
        path = notebooks.execute(chapter, profile=profile, data=data, seed=seed, train=train, timeout=timeout)
    except notebooks.ChapterFailed as error:
        raise Failed(str(error)) from error
    typer.echo(f"notebook: {path}\nmetrics:  {record.metrics_path(chapter)}")


app.command()(check)
app.command()(grade)
app.command()(preferences)
app.command()(train)


@app.command()
def claims(chapters: Chapters = None, as_json: Json = False) -> None:
    """Print claims, measured numbers and verdicts.

    The verdicts on what the papers claim are computed from the numbers. The numbers are those of each chapter's latest
    run (_build/metrics); `ganbook run CHAPTER` makes them.

    \b
    Examples:
      ganbook claims
      ganbook claims latent_captions --json
    """
    from ganbook.publishing import ledger

    tables = {slug: ledger.table(slug) for slug in known_chapters(chapters)}
    if as_json:
        typer.echo(json.dumps({slug: table.rows for slug, table in tables.items()}, indent=2))
    else:
        typer.echo("\n\n".join(f"{slug}: {table}" for slug, table in tables.items()))


@app.command()
def build(
    profile: Profile = "quick",
    data: Data = "auto",
    seed: Seed = 0,
    execute: Annotated[bool, typer.Option(help="Run the chapters that changed first.")] = True,
    force: Annotated[bool, typer.Option("--force", help="Run all chapters, changed or not.")] = False,
) -> None:
    """Run what changed and build the book's pages.

    \b
    Examples:
      ganbook build
      ganbook build --no-execute
    """
    known_profile(profile)
    known_data(data)
    from ganbook.publishing import build as building
    from ganbook.publishing import notebooks

    try:
        index = building.build_book(profile=profile, data=data, seed=seed, execute=execute, force=force)
    except (notebooks.ChapterFailed, building.BuildFailed) as error:
        raise Failed(str(error)) from error
    typer.echo(f"book: {index}")


@app.command()
def export(chapters: Chapters = None, as_json: Json = False) -> None:
    """Export the widgets' models for pages without Python.

    The form is ONNX. Each is checked against PyTorch on random inputs. Written to _build/live; `ganbook build` exports
    by itself what its pages need. What was exported before stays as it is.

    \b
    Examples:
      ganbook export
      ganbook export instruction_editing --json
    """
    slugs = known_chapters(chapters)
    from ganbook.publishing.web import export_chapter, live_dir

    records = {slug: export_chapter(slug) for slug in slugs}
    if as_json:
        brief = {slug: [{key: each[key] for key in each if key != "table"} for each in records[slug]] for slug in slugs}
        typer.echo(json.dumps(brief, indent=2))
        return
    for slug in slugs:
        for each in records[slug]:
            typer.echo(
                f"{slug} {each['checkpoint']}: {live_dir() / each['id']}.*.onnx, {each['bytes'] / 1e6:.2f} MB, "
                f"largest difference from PyTorch {each['largest_difference']:g} (at most {each['tolerance']:g})"
            )


app.command()(bench)
app.command()(new_chapter)

if __name__ == "__main__":
    app()

"""The command `ganbook`. Everything heavy is imported inside the commands, so that help appears at once."""

import importlib
import json
import sys
from contextlib import nullcontext, redirect_stdout
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from ganbook import __version__, paths
from ganbook.cli_data import Json, data_app
from ganbook.cli_exercises import exercises_app
from ganbook.errors import UserError

if TYPE_CHECKING:
    from ganbook.check import Outcome

PROFILES = ("smoke", "quick", "paper")


class _Failed(Exception):
    """The command did its work, but the result is bad: exit code 1."""


class _Group(TyperGroup):
    """Turns what a person can mend into one line on stderr and an exit code, instead of a stack trace."""

    def invoke(self, ctx: typer.Context) -> Any:
        try:
            return super().invoke(ctx)
        except _Failed as error:
            raise _exit(str(error), 1) from error
        except (UserError, OSError) as error:
            raise _exit(f"error: {error}", 2) from error
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("ganbook"):
                raise
            raise _exit(
                f"error: this needs {error.name}, which is not installed; `make install` installs everything", 2
            ) from error
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
    help="Steering GANs: run, check and train the chapters of the book.\n\n`ganbook COMMAND --help` says more, with examples.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(data_app, name="data")
app.add_typer(exercises_app, name="exercises")

Chapter = Annotated[str, typer.Argument(help="The chapter, e.g. latent_captions.", show_default=False)]
Chapters = Annotated[list[str] | None, typer.Argument(help="Chapters; all of them by default.", show_default=False)]
Profile = Annotated[
    str, typer.Option(help="smoke: seconds, tiny nets; quick: minutes on a laptop; paper: the paper's sizes, on a GPU.")
]
Data = Annotated[
    str, typer.Option(help="Where the data come from: auto takes the public set if it is here, else the embedded one.")
]
Seed = Annotated[int, typer.Option(help="Seed of everything random.", min=0)]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]


@app.callback(invoke_without_command=True)
def main(version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False) -> None:
    if version:
        typer.echo(f"ganbook {__version__}")
        raise typer.Exit


@app.command()
def run(
    chapter: Chapter,
    profile: Profile = "quick",
    data: Data = "auto",
    seed: Seed = 0,
    train: Annotated[bool, typer.Option("--train", help="Train the models anew instead of loading the shipped ones.")] = False,
    timeout: Annotated[
        float | None, typer.Option(help="Seconds one cell may take at most.", min=0, show_default="no limit")
    ] = None,
) -> None:
    """Execute one chapter as a notebook.

    Says where the executed notebook and its numbers are. A cell that fails stops the chapter (exit code 1); the notebook
    up to there is kept.

    \b
    Examples:
      ganbook run latent_captions
      ganbook run latent_captions --profile smoke --data embedded
    """
    _known_chapters([chapter])
    _known_profile(profile)
    _known_data(data)
    from ganbook import notebooks, record

    try:
        path = notebooks.execute(chapter, profile=profile, data=data, seed=seed, train=train, timeout=timeout)
    except notebooks.ChapterFailed as error:
        raise _Failed(str(error)) from error
    typer.echo(f"notebook: {path}\nmetrics:  {record.metrics_path(chapter)}")


@app.command()
def check(
    chapters: Chapters = None,
    profile: Profile = "quick",
    data: Data = "auto",
    seed: Seed = 0,
    jobs: Annotated[int, typer.Option(help="Chapters that run at the same time, one thread each.", min=1)] = 1,
    as_json: Json = False,
    propose_bands: Annotated[
        str | None,
        typer.Option(metavar="SEEDS", help="Instead: run with these seeds (such as 0,1,2) and print bands for their numbers."),
    ] = None,
) -> None:
    """Run chapters, compare their numbers with the bands.

    The bands lie in tests/notebooks/bands. Writes a report with numbers, times and figures beside those of last time to
    _build/report/index.html. A chapter that crashes does not stop the others. "Drifted" means: still in its band, but moved
    by more than a quarter of it since last time.
    Exit code 1 if any chapter crashed, left a band, or has no bands for this profile and data.

    \b
    Examples:
      ganbook check
      ganbook check latent_captions --profile smoke --data embedded
      ganbook check --jobs 2 --json > result.json
      ganbook check latent_captions --profile smoke --data embedded --propose-bands 0,1,2
    """
    slugs = _known_chapters(chapters)
    _known_profile(profile)
    _known_data(data)
    from ganbook import check as checking

    if propose_bands is not None:
        _print_proposed_bands(slugs, profile, data, propose_bands)
        return
    from ganbook.report import write_report

    outcomes = checking.check(slugs, profile=profile, data=data, seed=seed, jobs=jobs, progress=_print_outcome)
    report = write_report(outcomes, profile=profile)
    typer.echo(f"report: {report}", err=True)
    if as_json:
        typer.echo((report.with_name("report.json")).read_text(encoding="utf-8"), nl=False)
    bad = [outcome.slug for outcome in outcomes if not outcome.passed]
    if bad:
        raise _Failed(f"failed: {', '.join(bad)}")


def _print_outcome(outcome: "Outcome") -> None:
    message = outcome.message.removeprefix(f"{outcome.slug}: ")
    typer.echo(f"{outcome.slug}: {outcome.status}, {outcome.seconds:.1f} s{message and ': ' + message}", err=True)
    for result in outcome.results:
        if result.broken:
            what = "is missing" if result.value is None else f"= {result.value:g} is too {result.status}"
            typer.echo(f"  {result.name} {what}; its band is {result.low:g} to {result.high:g}", err=True)


def _print_proposed_bands(slugs: list[str], profile: str, data: str, seeds: str) -> None:
    import yaml

    from ganbook import bands, notebooks
    from ganbook.check import run_chapter

    try:
        numbers = [int(seed) for seed in seeds.split(",")]
    except ValueError as error:
        raise UserError(f"--propose-bands wants seeds such as 0,1,2, not {seeds!r}") from error
    bands.refuse_few_seeds(numbers)
    for slug in slugs:
        try:
            records = [run_chapter(slug, profile=profile, data=data, seed=seed)[1] for seed in numbers]
        except notebooks.ChapterFailed as error:
            raise _Failed(str(error)) from error
        proposed = yaml.safe_dump(bands.propose(records), sort_keys=False)
        typer.echo(
            f"# for {bands.bands_path(slug).relative_to(paths.root())}; look at each band before you keep it\n{proposed}",
            nl=False,
        )


@app.command()
def train(
    chapter: Chapter,
    profile: Profile = "quick",
    data: Data = "auto",
    seed: Seed = 0,
    minutes: Annotated[
        float | None, typer.Option(help="Stop cleanly after so many minutes.", min=0, show_default="no limit")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where the run is kept.", show_default="runs/CHAPTER/PROFILE-DATA-sSEED")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change one setting of the profile; may be given again."),
    ] = None,
    device: Device = "auto",
    devices: Annotated[int, typer.Option(help="Data-parallel over so many devices.", min=1)] = 1,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start anew even if the folder holds a run.")] = False,
    export: Annotated[
        Path | None, typer.Option(metavar="DEST", help="When all steps are done, write the shipped form there.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Train a chapter's model, or go on training it.

    Stop whenever you like (Ctrl-C, or --minutes): the step is finished and saved, and the same command goes on from there with
    the same result as if it had never stopped.

    \b
    Examples:
      ganbook train latent_captions --minutes 10
      ganbook train latent_captions --profile paper --device cuda --set batch_size=512
      ganbook train latent_captions --export checkpoints/latent_captions
    """
    _known_chapters([chapter])
    _known_data(data)
    package = importlib.import_module(f"ganbook.{chapter}.config")
    trainer = importlib.import_module(f"ganbook.{chapter}.train")
    from ganbook import training

    config = training.resolve(package.Config, package.PROFILES, profile, settings or [])
    folder = folder or paths.root() / "runs" / chapter / f"{profile}-{data}-s{seed}"
    with redirect_stdout(sys.stderr) if as_json else nullcontext():
        result = trainer.train(
            config,
            profile=profile,
            data=data,
            seed=seed,
            folder=folder,
            device=device,
            devices=devices,
            minutes=minutes,
            resume=not fresh,
        )
        exported = trainer.export(result, export) if export and result.finished else None
    summary = {
        "chapter": chapter,
        "profile": profile,
        "seed": seed,
        "folder": str(folder),
        "finished": result.finished,
        "stopped_by": result.stopped_by,
        "exported": exported and str(exported),
    }
    if as_json:
        typer.echo(json.dumps(summary, indent=2))
    elif result.finished:
        typer.echo(f"finished: {folder}" + (f"\nexported: {exported}" if exported else ""))
    if export and not exported:
        typer.echo("not exported: the training is not finished yet", err=True)
    if not result.finished and result.stopped_by != "minutes":
        raise typer.Exit(130)


@app.command()
def claims(chapters: Chapters = None, as_json: Json = False) -> None:
    """Print claims, measured numbers and verdicts.

    The verdicts on what the papers claim are computed from the numbers. The numbers are those of each chapter's latest run
    (_build/metrics); `ganbook run CHAPTER` makes them.

    \b
    Examples:
      ganbook claims
      ganbook claims latent_captions --json
    """
    from ganbook import ledger

    tables = {slug: ledger.table(slug) for slug in _known_chapters(chapters)}
    if as_json:
        typer.echo(json.dumps({slug: table.rows for slug, table in tables.items()}, indent=2, ensure_ascii=False))
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
    _known_profile(profile)
    _known_data(data)
    from ganbook import build as building
    from ganbook import notebooks

    try:
        index = building.build_book(profile=profile, data=data, seed=seed, execute=execute, force=force)
    except (notebooks.ChapterFailed, building.BuildFailed) as error:
        raise _Failed(str(error)) from error
    typer.echo(f"book: {index}")


@app.command()
def export(chapters: Chapters = None, as_json: Json = False) -> None:
    """Export the widgets' models for pages without Python.

    The form is ONNX. Each is checked against PyTorch on random inputs. Written to _build/live; `ganbook build` exports by itself what its pages
    need. What was exported before stays as it is.

    \b
    Examples:
      ganbook export
      ganbook export instruction_editing --json
    """
    slugs = _known_chapters(chapters)
    from ganbook.export import export_chapter, live_dir

    records = {slug: export_chapter(slug) for slug in slugs}
    if as_json:
        brief = {slug: [{key: each[key] for key in each if key != "table"} for each in records[slug]] for slug in slugs}
        typer.echo(json.dumps(brief, indent=2))
        return
    for slug, each in ((slug, each) for slug in slugs for each in records[slug]):
        typer.echo(
            f"{slug} {each['checkpoint']}: {live_dir() / each['id']}.onnx, {each['bytes'] / 1e6:.2f} MB, "
            f"largest difference from PyTorch {each['largest_difference']:g} (at most {each['tolerance']:g})"
        )


@app.command()
def bench(
    chapter: Annotated[
        str | None, typer.Argument(help="Time this chapter's step; without it, the comparison.", show_default=False)
    ] = None,
    profile: Profile = "quick",
    data: Data = "embedded",
    device: Device = "auto",
    steps: Annotated[int, typer.Option(help="Steps to time.", min=1)] = 20,
    colours: Annotated[
        int | None, typer.Option(help="Of the comparison's DCGAN: 1 or 3.", show_default="1")
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure how fast this machine trains.

    Without a chapter: the comparison. Our DCGAN step against the plain tutorial loop, in turns, so that the ratio holds on a
    busy machine, too; digit-editing triples a second of the data pipeline alone; IMI's training steps a second. On a GPU also
    the minutes for the paper's whole training, the data's share of a step and the share of the GPU's peak. Written to
    _build/bench.json.

    With a chapter: trains it for some steps, in a folder that is deleted afterwards, and gives the median after a warm-up.

    \b
    Examples:
      ganbook bench
      ganbook bench --device cuda --steps 200 --json
      OMP_NUM_THREADS=2 ganbook bench --colours 3
      ganbook bench latent_captions --steps 100
    """
    _known_data(data)
    if chapter is not None and colours is not None:
        raise UserError("--colours is for the comparison; leave out the chapter or the option")
    from ganbook import bench as benching

    with redirect_stdout(sys.stderr) if as_json else nullcontext():
        if chapter is None:
            shown = 1 if colours is None else colours
            result = benching.compare(profile=profile, data=data, device=device, steps=steps, colours=shown)
            typer.echo(f"JSON: {benching.save(result)}", err=True)
        else:
            result = benching.bench(chapter, profile=profile, data=data, device=device, steps=steps)
    typer.echo(json.dumps(asdict(result), indent=2) if as_json else str(result))


def _known_chapters(asked: list[str] | None) -> list[str]:
    """The chapters asked for, each once, or all."""
    known = paths.chapters()
    for slug in asked or []:
        if slug not in known:
            raise UserError(f"no chapter {slug!r}; the chapters are {', '.join(known) or 'none yet'}")
    return list(dict.fromkeys(asked or known))


def _known_profile(profile: str) -> None:
    if profile not in PROFILES:
        raise UserError(f"no profile {profile!r}; the profiles are {', '.join(PROFILES)}")


def _known_data(data: str) -> None:
    from ganbook.data import catalogue

    known = ["auto", *dict.fromkeys(source for name in catalogue.names() for source in catalogue.describe(name)["origin"])]
    if data not in known:
        raise UserError(f"no data source {data!r}; the sources are {', '.join(known)}")


if __name__ == "__main__":
    app()

"""The command `ganbook check`."""

from typing import TYPE_CHECKING, Annotated

import typer

from ganbook import paths
from ganbook.cli.options import (
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
from ganbook.errors import UserError

if TYPE_CHECKING:
    from ganbook.publishing.check import Outcome


def check(
    chapters: Chapters = None,
    profile: Profile = "quick",
    data: Data = "auto",
    seed: Seed = 0,
    jobs: Annotated[int, typer.Option(help="Chapters that run at the same time, one thread each.", min=1)] = 1,
    timeout: Timeout = None,
    as_json: Json = False,
    propose_bands: Annotated[
        str | None,
        typer.Option(
            metavar="SEEDS", help="Instead: run with these seeds (such as 0,1,2) and print bands for their numbers."
        ),
    ] = None,
) -> None:
    """Run chapters, compare their numbers with the bands.

    The bands lie in tests/notebooks/bands. Writes a report with numbers, times and figures beside those of last time to
    _build/report/index.html. A chapter that crashes does not stop the others. "Drifted" means: still in its band, but
    moved by more than a quarter of it since last time.
    Exit code 1 if any chapter crashed, left a band, or has no bands for this profile and data.

    \b
    Examples:
      ganbook check
      ganbook check latent_captions --profile smoke --data embedded
      ganbook check --jobs 2 --json > result.json
      ganbook check latent_captions --profile smoke --data embedded --propose-bands 0,1,2
    """
    slugs = known_chapters(chapters)
    known_profile(profile)
    known_data(data)
    from ganbook.publishing import check as checking

    if propose_bands is not None:
        _print_proposed_bands(slugs, profile, data, propose_bands)
        return
    from ganbook.publishing.report import write_report

    outcomes = checking.check(
        slugs, profile=profile, data=data, seed=seed, jobs=jobs, timeout=timeout, progress=_print_outcome
    )
    report = write_report(outcomes, profile=profile)
    typer.echo(f"report: {report}", err=True)
    if as_json:
        typer.echo((report.with_name("report.json")).read_text(encoding="utf-8"), nl=False)
    bad = [outcome.slug for outcome in outcomes if not outcome.passed]
    if bad:
        raise Failed(f"failed: {', '.join(bad)}")


def _print_outcome(outcome: "Outcome") -> None:
    message = outcome.message.removeprefix(f"{outcome.slug}: ")
    typer.echo(f"{outcome.slug}: {outcome.status}, {outcome.seconds:.1f} s{message and ': ' + message}", err=True)
    for result in outcome.results:
        if result.broken:
            what = "is missing" if result.value is None else f"= {result.value:g} is too {result.status}"
            typer.echo(f"  {result.name} {what}; its band is {result.low:g} to {result.high:g}", err=True)


def _print_proposed_bands(slugs: list[str], profile: str, data: str, seeds: str) -> None:
    import yaml

    from ganbook.publishing import bands, notebooks
    from ganbook.publishing.check import run_chapter

    try:
        numbers = [int(seed) for seed in seeds.split(",")]
    except ValueError as error:
        raise UserError(f"--propose-bands wants seeds such as 0,1,2, not {seeds!r}") from error
    bands.refuse_few_seeds(numbers)
    for slug in slugs:
        try:
            records = [run_chapter(slug, profile=profile, data=data, seed=seed)[1] for seed in numbers]
        except notebooks.ChapterFailed as error:
            raise Failed(str(error)) from error
        proposed = yaml.safe_dump(bands.propose(records), sort_keys=False)
        typer.echo(
            f"# for {bands.bands_path(slug).relative_to(paths.root())};"
            f" look at each band before you keep it\n{proposed}",
            nl=False,
        )

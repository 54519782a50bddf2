"""Options and checks of their values that several commands share."""

from typing import Annotated

import typer

from ganbook import paths
from ganbook.errors import UserError

PROFILES = ("smoke", "quick", "paper")

Chapter = Annotated[str, typer.Argument(help="The chapter, e.g. latent_captions.", show_default=False)]
Chapters = Annotated[list[str] | None, typer.Argument(help="Chapters; all of them by default.", show_default=False)]
Profile = Annotated[
    str, typer.Option(help="smoke: seconds, tiny nets; quick: minutes on a laptop; paper: the paper's sizes, on a GPU.")
]
Data = Annotated[
    str, typer.Option(help="Where the data come from: auto takes the public set if it is here, else the embedded one.")
]
Seed = Annotated[int, typer.Option(help="Seed of everything random.", min=0)]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout; all else goes to stderr.")]
Timeout = Annotated[
    float | None, typer.Option(help="Seconds one cell may take at most.", min=0, show_default="no limit")
]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]


class Failed(Exception):
    """The command did its work, but the result is bad: exit code 1."""


def known_chapters(asked: list[str] | None) -> list[str]:
    """The chapters asked for, each once, or all."""
    known = paths.chapters()
    for slug in asked or []:
        if slug not in known:
            raise UserError(f"no chapter {slug!r}; the chapters are {', '.join(known) or 'none yet'}")
    return list(dict.fromkeys(asked or known))


def known_profile(profile: str) -> None:
    if profile not in PROFILES:
        raise UserError(f"no profile {profile!r}; the profiles are {', '.join(PROFILES)}")


def known_data(data: str) -> None:
    from ganbook.data import catalogue

    known = ["auto", *catalogue.sources()]
    if data not in known:
        raise UserError(f"no data source {data!r}; the sources are {', '.join(known)}")
    say_unused_data(data)


def say_unused_data(data: str = "auto") -> None:
    """Say on stderr what a person should know of their data folder.

    Raises:
        UserError: the source that is asked for cannot be had.
    """
    from ganbook.data import catalogue

    for notice in catalogue.notices(data):
        typer.echo(f"warning: {notice}", err=True)

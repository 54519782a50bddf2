"""The commands `ganbook data ...`."""

import json
import sys
from contextlib import redirect_stdout
from typing import Annotated

import typer

from ganbook.cli.options import Json, say_unused_data

Name = Annotated[str, typer.Argument(help="The data set, e.g. digits.", show_default=False)]

data_app = typer.Typer(help="See the data sets and get the public ones.", no_args_is_help=True, rich_markup_mode=None)


@data_app.command("list")
def data_list(as_json: Json = False) -> None:
    """List the data sets and what is in use here.

    \b
    Example:
      ganbook data list
    """
    from ganbook.data import catalogue

    entries = [catalogue.status(name) for name in catalogue.names()]
    if as_json:
        typer.echo(json.dumps(entries, indent=2))
        return
    for unused in dict.fromkeys(entry["unused"] for entry in entries if entry["unused"]):
        typer.echo(f"warning: {unused}", err=True)
    for entry in entries:
        typer.echo(f"{entry['name']}: {entry['problem'] or entry['source'] + ', from ' + str(entry['found'])}")


@data_app.command("show")
def data_show(name: Name, as_json: Json = False) -> None:
    """Show what the catalogue says of a data set.

    Origin, licence, sizes, schema, files with checksums, and what is found on this machine.

    \b
    Example:
      ganbook data show digits
    """
    import yaml

    from ganbook.data import catalogue

    entry = catalogue.describe(name) | {"here": catalogue.status(name)}
    typer.echo(json.dumps(entry, indent=2) if as_json else yaml.safe_dump(entry, sort_keys=False, width=110).rstrip())


@data_app.command("get")
def data_get(name: Name, as_json: Json = False) -> None:
    """Download the public data behind a data set.

    They go into the cache and are checked against their checksums. Nothing happens if they are here.

    \b
    Example:
      ganbook data get digits
    """
    from ganbook.data import catalogue

    say_unused_data()
    with redirect_stdout(sys.stderr):
        folder = catalogue.fetch(name)
    typer.echo(json.dumps({"name": name, "folder": str(folder)}) if as_json else f"{name}: {folder}")

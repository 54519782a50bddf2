"""The command `ganbook new-chapter`."""

from typing import Annotated

import typer


def new_chapter(
    slug: Annotated[
        str, typer.Argument(metavar="SLUG", help="Its name in small letters, e.g. drag_editing.", show_default=False)
    ],
    title: Annotated[str | None, typer.Option(help="Its heading.", show_default="made from SLUG")] = None,
) -> None:
    """Begin a chapter: write a skeleton that trains.

    A small GAN, with page, claims, bands, faults, exercises and tests, ready to be rewritten.

    \b
    Example:
      ganbook new-chapter drag_editing --title "Drag, hold and zoom"
    """
    from ganbook.publishing.new_chapter import new_chapter as write

    for path in write(slug, title or slug.replace("_", " ").capitalize()):
        typer.echo(path)
    typer.echo(
        f"\nnext: ganbook train {slug} --profile smoke, then ganbook check {slug} --profile smoke --data embedded; "
        "CONTRIBUTING.md says what belongs where, and tests/chapters/test_complete.py what is missing"
    )

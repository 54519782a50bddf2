"""The commands `ganbook exercises ...`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganbook.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbformat import NotebookNode

Chapters = Annotated[
    list[str] | None, typer.Argument(help="Chapters; by default all that have exercises.", show_default=False)
]
To = Annotated[Path | None, typer.Option(metavar="FOLDER", help="Where the notebooks go.", show_default="exercises/")]
Force = Annotated[bool, typer.Option("--force", help="Write over a notebook that is there, with all work in it.")]

exercises_app = typer.Typer(help="Make the notebooks of the exercises.", no_args_is_help=True, rich_markup_mode=None)


@exercises_app.command("hand-out")
def hand_out(chapters: Chapters = None, to: To = None, force: Force = False) -> None:
    """Make the notebooks that students work in.

    They hold the tasks, the code to complete and cells that check it, and nothing of the solutions.

    \b
    Examples:
      ganbook exercises hand-out latent_captions
      ganbook exercises hand-out --to ~/course/week3
    """
    from ganbook.teaching.exercises import handout

    _write_all(chapters, handout.student_notebook, to, "{}.ipynb", force)


@exercises_app.command("solutions")
def solutions(chapters: Chapters = None, to: To = None, force: Force = False) -> None:
    """Make the notebooks with solutions, model answers and hints.

    \b
    Examples:
      ganbook exercises solutions latent_captions
      ganbook exercises solutions --to ~/course/solutions
    """
    from ganbook.teaching.exercises import handout

    _write_all(chapters, handout.instructor_notebook, to, "{}.solutions.ipynb", force)


@exercises_app.command("class-copy")
def class_copy(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new folder.", show_default=False)],
) -> None:
    """Copy the book without its solutions.

    For a class whose students should not find them: solutions and model answers are left out, everything else works,
    `check` and hints too. The checks tell a patient reader what they compare with.

    \b
    Examples:
      ganbook exercises class-copy ~/course/book
    """
    from ganbook.teaching.exercises import handout

    handout.class_copy(folder.expanduser())
    typer.echo(f"class copy: {folder.expanduser()}")


def _write_all(
    chapters: list[str] | None, make: "Callable[[str], NotebookNode]", to: Path | None, name: str, force: bool
) -> None:
    from ganbook import paths
    from ganbook.teaching import exercises
    from ganbook.teaching.exercises import handout

    folder = to.expanduser() if to else paths.root() / "exercises"
    wanted = dict.fromkeys(chapters or exercises.slugs())
    if not wanted:
        raise UserError("there are no exercises yet")
    made = {slug: make(slug) for slug in wanted}
    for slug, notebook in made.items():
        typer.echo(f"{slug}: {handout.write(notebook, folder / name.format(slug), force)}")

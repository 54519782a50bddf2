"""The command `ganbook grade`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from ganbook.cli.options import Failed


def grade(
    submissions: Annotated[
        Path,
        typer.Argument(
            metavar="SUBMISSIONS", help="A folder with a notebook, or a folder, for each student.", show_default=False
        ),
    ],
    snakemake: Annotated[
        list[str] | None, typer.Argument(metavar="-- OPTIONS", help="Handed on to Snakemake.", show_default=False)
    ] = None,
    exercise: Annotated[
        str,
        typer.Option(metavar="CHAPTER", help="Whose exercises: the chapter, e.g. latent_captions.", show_default=False),
    ] = ...,
    to: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where results go.", show_default="SUBMISSIONS-graded/CHAPTER")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(help="Notebooks that run at the same time.", min=1, show_default="all cores")
    ] = None,
    cell_seconds: Annotated[float, typer.Option(help="Time for one cell.", min=0.1)] = 30,
    seconds: Annotated[float, typer.Option(help="Time for a whole notebook.", min=1)] = 180,
    memory: Annotated[int, typer.Option(help="Memory for a student's code, in MB.", min=64)] = 4096,
    unsafe: Annotated[
        bool, typer.Option("--unsafe", help="Run without a box: students' code can then do whatever you can.")
    ] = False,
) -> None:
    """Grade a class's notebooks.

    Each notebook runs in a box without network and with limits on time and memory; its answers are judged outside.
    Writes marks.csv, a page of feedback for each student and index.html. Stopped (Ctrl-C) and given again, the command
    goes on where it was; notebooks that have not changed are not run again. Snakemake runs them; what stands behind
    "--" is handed to it, such as a profile for a cluster.
    Exit code 1 if a submission could not be graded; the others are.

    \b
    Examples:
      ganbook grade submissions --exercise latent_captions
      ganbook grade submissions --exercise latent_captions --jobs 2 --to marks/week3
      ganbook grade submissions --exercise latent_captions -- --profile slurm
    """
    from importlib.util import find_spec

    if find_spec("snakemake") is None:
        raise ModuleNotFoundError("No module named 'snakemake'", name="snakemake")
    from ganbook.teaching.grading import grade as grading
    from ganbook.teaching.grading.box import Limits

    if unsafe:
        typer.echo(
            "WARNING: --unsafe: the students' code runs without a box. It can read and delete whatever you can.",
            err=True,
        )
    folder = submissions.expanduser()
    named = folder if folder.name not in ("", "..") else folder.resolve()
    to = to.expanduser() if to else named.with_name(f"{named.name}-graded") / exercise
    limits = Limits(cell_seconds=cell_seconds, seconds=seconds, memory_mb=memory)
    jobs = jobs or os.cpu_count() or 1
    graded = grading.grade(folder, exercise, to, jobs=jobs, limits=limits, boxed=not unsafe, snakemake=snakemake or ())
    bad = [each for each in graded.marks if each.problem]
    for each in bad:
        typer.echo(f"{each.submission.student}: {each.problem}", err=True)
    typer.echo(f"marks: {graded.table}\npages: {graded.index}")
    if bad:
        raise Failed(f"not graded: {len(bad)} of {len(graded.marks)}")

"""The commands `ganbook train` and `ganbook bench`."""

import json
import sys
from contextlib import nullcontext, redirect_stdout
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ganbook import chapters, paths
from ganbook.cli.options import Chapter, Data, Device, Json, Profile, Seed, known_chapters, known_data
from ganbook.errors import UserError


def train(
    chapter: Chapter,
    variant: Annotated[
        str | None, typer.Option(help="Which of its models; the chapter's own by default.", show_default="the first")
    ] = None,
    profile: Profile = "quick",
    data: Data = "auto",
    seed: Seed = 0,
    minutes: Annotated[
        float | None, typer.Option(help="Stop cleanly after so many minutes.", min=0, show_default="no limit")
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(help="Where the run is kept.", show_default="runs/CHAPTER/PROFILE-DATA[-VARIANT]-sSEED"),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change one setting of the profile; may be given again."),
    ] = None,
    precision: Annotated[
        str | None,
        typer.Option(help="auto, 32-true or bf16-mixed; auto takes what this machine is fast in.", show_default="auto"),
    ] = None,
    device: Device = "auto",
    devices: Annotated[int, typer.Option(help="Data-parallel over so many devices.", min=1)] = 1,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start anew even if the folder holds a run.")] = False,
    ship: Annotated[
        Path | None,
        typer.Option(
            "--ship", "--export", metavar="DEST", help="When all steps are done, write the shipped form there."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Train a chapter's model, or go on training it.

    Stop whenever you like (Ctrl-C, or --minutes): the step is finished and saved, and the same command goes on from
    there with the same result as if it had never stopped.

    \b
    Examples:
      ganbook train latent_captions --minutes 10
      ganbook train latent_captions --profile paper --device cuda --set batch_size=512
      ganbook train instruction_editing --variant judge --seed 1
      ganbook train latent_captions --ship checkpoints/latent_captions/embedded-main-s0
    """
    known_chapters([chapter])
    known_data(data)
    recipe = chapters.recipe(chapter)
    variant = variant or recipe.main
    model = recipe.model(variant)
    config = recipe.settings(
        variant, profile, data, [*(settings or []), *([f"precision={precision}"] if precision else [])]
    )
    named = "" if variant == recipe.main else f"-{variant}"
    folder = folder or paths.root() / "runs" / chapter / f"{profile}-{data}{named}-s{seed}"
    with redirect_stdout(sys.stderr) if as_json else nullcontext():
        result = model.train(
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
        shipped = model.ship(result, ship) if ship and result.finished else None
    summary = {
        "chapter": chapter,
        "variant": variant,
        "profile": profile,
        "seed": seed,
        "folder": str(folder),
        "finished": result.finished,
        "stopped_by": result.stopped_by,
        "shipped": shipped and str(shipped),
    }
    if as_json:
        typer.echo(json.dumps(summary, indent=2))
    elif result.finished:
        typer.echo(f"finished: {folder}" + (f"\nshipped: {shipped}" if shipped else ""))
    if ship and not shipped:
        typer.echo("not shipped: the training is not finished yet", err=True)
    if not result.finished and result.stopped_by != "minutes":
        raise typer.Exit(130)


def bench(
    chapter: Annotated[
        str | None, typer.Argument(help="Time this chapter's step; without it, the comparison.", show_default=False)
    ] = None,
    profile: Profile = "quick",
    data: Data = "embedded",
    device: Device = "auto",
    steps: Annotated[int, typer.Option(help="Steps to time.", min=1)] = 20,
    colours: Annotated[int | None, typer.Option(help="Of the comparison's DCGAN: 1 or 3.", show_default="1")] = None,
    as_json: Json = False,
) -> None:
    """Measure how fast this machine trains.

    Without a chapter: what the machine is, how fast its convolutions are in fp32 and bf16, and the comparison. Our
    DCGAN step against the plain tutorial loop, in turns, so that the ratio holds on a busy machine, too; digit-editing
    triples a second of the data pipeline alone; IMI's training steps a second; the minutes of every model's whole
    training at this profile. On a GPU also the minutes for the paper's whole training, the data's share of a step and
    the share of the GPU's peak. Written to _build/bench.json.

    With a chapter: trains it for some steps, in a folder that is deleted afterwards, and gives the median after a
    warm-up.

    \b
    Examples:
      ganbook bench
      ganbook bench --device cuda --steps 200 --json
      OMP_NUM_THREADS=2 ganbook bench --colours 3
      ganbook bench latent_captions --steps 100
    """
    known_data(data)
    if chapter is not None and colours is not None:
        raise UserError("--colours is for the comparison; leave out the chapter or the option")
    if chapter is not None:
        known_chapters([chapter])
        chapters.recipe(chapter)
    from ganbook import bench as benching

    with redirect_stdout(sys.stderr) if as_json else nullcontext():
        if chapter is None:
            shown = 1 if colours is None else colours
            result = benching.compare(profile=profile, data=data, device=device, steps=steps, colours=shown)
            typer.echo(f"JSON: {benching.save(result)}", err=True)
        else:
            result = benching.bench(chapter, profile=profile, data=data, device=device, steps=steps)
    typer.echo(json.dumps(asdict(result), indent=2) if as_json else str(result))

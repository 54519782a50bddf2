"""How fast a chapter trains on this machine: the time of its training step."""

import io
import math
import statistics
import tempfile
import time
from contextlib import redirect_stdout
from dataclasses import dataclass

import torch
from tqdm import tqdm

from ganbook import chapters, training
from ganbook.errors import UserError


@dataclass(frozen=True)
class Timing:
    """Seconds a training step takes, median over ``steps`` steps after the warm-up."""

    slug: str
    device: str
    steps: int
    median_seconds: float
    fastest_seconds: float
    slowest_seconds: float
    images_per_step: int
    images_per_second: float
    torch: str
    threads: int

    def __str__(self) -> str:
        """One line for a person."""
        return (
            f"{self.slug} on {self.device} ({self.threads} threads, torch {self.torch}):"
            f" {self.median_seconds * 1000:.1f} ms a step (from {self.fastest_seconds * 1000:.1f} to"
            f" {self.slowest_seconds * 1000:.1f}), {self.images_per_second:.0f} images/s"
        )


def bench(
    slug: str,
    *,
    profile: str = "quick",
    data: str = "embedded",
    device: str = "auto",
    steps: int = 20,
    warm_up: int = 3,
) -> Timing:
    """Train the chapter's model for a few steps, in a folder that is deleted afterwards, and time the steps.

    Args:
        profile: whose sizes to train with.
        data: source of the data, as for the chapter's training.
        device: ``"cpu"``, ``"cuda"``, or ``"auto"`` for the GPU if there is one.
        steps: timed steps.
        warm_up: steps before, not timed.

    Raises:
        UserError: no such chapter, profile, data source or device, or no step to time.
        KeyboardInterrupt: Ctrl-C, which ends a training without an error.
    """
    chapters.recipe(slug)
    if steps < 1 or warm_up < 0:
        raise UserError(f"bench needs at least one step and no negative warm-up, not {steps} and {warm_up}")
    run, seconds = train_for_a_while(slug, profile=profile, data=data, device=device, steps=steps, warm_up=warm_up)
    median = statistics.median(seconds)
    return Timing(
        slug=slug,
        device=run.record()["device"],
        steps=steps,
        median_seconds=median,
        fastest_seconds=min(seconds),
        slowest_seconds=max(seconds),
        images_per_step=run.config.batch_size,
        images_per_second=run.config.batch_size / median,
        torch=torch.__version__,
        threads=torch.get_num_threads(),
    )


def train_for_a_while(
    slug: str,
    *,
    profile: str,
    data: str,
    device: str,
    steps: int,
    warm_up: int,
    every: int = 1,
    variant: str | None = None,
) -> tuple[training.Run, list[float]]:
    """Train a chapter's model and look at the clock every so many steps.

    ``variant`` is one of the chapter's, by default the first. A look makes a GPU wait, so on a GPU ``every`` should be
    larger than 1. ``steps`` and ``warm_up`` are rounded up to multiples of it.

    Returns:
        The run, and the seconds of a step, a mean over ``every`` steps each.
    """
    left_out, looks = math.ceil(warm_up / every), math.ceil(steps / every)
    recipe = chapters.recipe(slug)
    variant = variant or recipe.main
    config = recipe.settings(
        variant, profile, data, {"steps": every * (left_out + looks), "log_every": every, "preview_every": 0}
    )
    with tempfile.TemporaryDirectory() as folder:
        run = recipe.model(variant).train(
            config, profile=profile, data=data, folder=folder, device=device, progress=False
        )
        if not run.finished:
            raise KeyboardInterrupt
        return run, [1 / rate for rate in training.read_curves(folder)["rate"][left_out : left_out + looks]]


@dataclass(frozen=True)
class TrainingTime:
    """How long a whole training would take here: ``steps`` at the rate of a few, and what is done once before."""

    slug: str
    variant: str
    profile: str
    steps: int
    seconds_per_step: float
    minutes: float


def training_times(*, profile: str, data: str, device: str, steps: int = 5, warm_up: int = 2) -> list[TrainingTime]:
    """Time a few steps of every variant of every chapter's own models; shows how far it is."""
    recipes = (chapters.recipe(slug) for slug in chapters.slugs())
    models = [
        (each.slug, name)
        for each in recipes
        for name, variant in each.variants.items()
        if variant.model.slug == each.slug
    ]
    return [
        training_time(*model, profile=profile, data=data, device=device, steps=steps, warm_up=warm_up)
        for model in tqdm(models, desc="models", unit="model", disable=None)
    ]


def training_time(
    slug: str, variant: str, *, profile: str, data: str, device: str, steps: int, warm_up: int
) -> TrainingTime:
    """Time a few steps of one variant and project them to its whole training;
    what is done once (data, a pretraining) counts once.
    """
    began = time.perf_counter()
    with redirect_stdout(io.StringIO()):  # where the data come from, once a model
        _, seconds = train_for_a_while(
            slug, profile=profile, data=data, device=device, steps=steps, warm_up=warm_up, variant=variant
        )
    whole, step = chapters.recipe(slug).settings(variant, profile, data).steps, statistics.median(seconds)
    once = max(time.perf_counter() - began - step * (steps + warm_up), 0.0)
    return TrainingTime(slug, variant, profile, whole, step, (once + whole * step) / 60)

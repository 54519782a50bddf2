"""How fast a chapter trains on this machine: the median time of its training step."""

import importlib
import statistics
import tempfile
from dataclasses import dataclass

import torch

from ganbook import paths
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


def bench(slug: str, *, profile: str = "quick", device: str = "auto", steps: int = 20, warm_up: int = 3) -> Timing:
    """Train the chapter's model for a few steps on embedded data, in a folder that is deleted afterwards, and time the steps.

    Args:
        profile: whose sizes to train with.
        device: ``"cpu"``, ``"cuda"``, or ``"auto"`` for the GPU if there is one.
        steps: timed steps.
        warm_up: steps before, not timed.

    Raises:
        UserError: no such chapter, profile or device, or no step to time.
    """
    if slug not in paths.chapters():
        raise UserError(f"no chapter {slug!r}; the chapters are {', '.join(paths.chapters()) or 'none yet'}")
    if steps < 1 or warm_up < 0:
        raise UserError(f"bench needs at least one step and no negative warm-up, not {steps} and {warm_up}")
    from ganbook import training

    package = importlib.import_module(f"ganbook.{slug}.config")
    chapter = importlib.import_module(f"ganbook.{slug}.train")
    plan = {"steps": warm_up + steps, "log_every": 1, "preview_every": 0}
    config = training.resolve(package.Config, package.PROFILES, profile, plan)
    with tempfile.TemporaryDirectory() as folder:
        run = chapter.train(config, profile=profile, data="embedded", folder=folder, device=device, progress=False)
        seconds = [1 / rate for rate in training.read_curves(folder)["rate"][warm_up:]]
    median = statistics.median(seconds)
    return Timing(
        slug=slug,
        device=run.record()["device"],
        steps=steps,
        median_seconds=median,
        fastest_seconds=min(seconds),
        slowest_seconds=max(seconds),
        images_per_step=config.batch_size,
        images_per_second=config.batch_size / median,
        torch=torch.__version__,
        threads=torch.get_num_threads(),
    )

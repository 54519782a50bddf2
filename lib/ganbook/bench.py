"""How fast a chapter trains on this machine: the median time of its training step."""

import importlib
import statistics
import time
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


def bench(slug: str, *, device: str = "auto", steps: int = 20, warm_up: int = 3) -> Timing:
    """Time the training step that ``ganbook.<slug>.train.benchmark_step(device)`` offers.

    Args:
        device: ``"cpu"``, ``"cuda"``, or ``"auto"`` for the GPU if there is one.
        steps: timed steps.
        warm_up: steps before, not timed.

    Raises:
        UserError: no such chapter, no such device, no step to time, or a chapter that offers no training step.
    """
    if slug not in paths.chapters():
        raise UserError(f"no chapter {slug!r}; the chapters are {', '.join(paths.chapters()) or 'none yet'}")
    if steps < 1 or warm_up < 0:
        raise UserError(f"bench needs at least one step and no negative warm-up, not {steps} and {warm_up}")
    device = _device(device)
    train = importlib.import_module(f"ganbook.{slug}.train")
    if not hasattr(train, "benchmark_step"):
        raise UserError(f"the chapter {slug!r} offers no training step to time")
    step, images = train.benchmark_step(device)
    seconds = [_timed(step, device) for _ in range(warm_up + steps)][warm_up:]
    median = statistics.median(seconds)
    return Timing(
        slug,
        device,
        steps,
        median,
        min(seconds),
        max(seconds),
        images,
        images / median,
        torch.__version__,
        torch.get_num_threads(),
    )


def _device(name: str) -> str:
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name.split(":")[0] not in ("cpu", "cuda") or (name.startswith("cuda") and not torch.cuda.is_available()):
        raise UserError(f"no device {name!r} here; expected auto, cpu{' or cuda' if torch.cuda.is_available() else ''}")
    return name


def _timed(step, device: str) -> float:
    start = time.perf_counter()
    step()
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
    return time.perf_counter() - start

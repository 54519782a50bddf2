"""The comparison: the book's DCGAN step against the tutorial loop,
the data pipeline alone, and the editor's training step.
"""

import datetime
import json
import math
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import torch

from ganbook import chapters, paths
from ganbook.bench.chapter import TrainingTime, train_for_a_while, training_times
from ganbook.bench.dcgan import BATCH, RESOLUTION, book_steps, tutorial_steps
from ganbook.bench.hardware import PEAK_TFLOPS, Machine, count_flops, look_at, share_of_peak, synchronise
from ganbook.data.digit_edits import DigitEdits, digit_edits
from ganbook.errors import UserError
from ganbook.record import write_atomically
from ganbook.training.devices import device_name, make_fabric

EDITOR = "instruction_editing"
"""The chapter of IMI, the editor that is timed."""

ROUNDS = 10
BATCHES = 50
"""Batches of the data pipeline a round."""


@dataclass(frozen=True)
class DcganStep:
    """Training of a DCGAN of the usual size by two loops in turns.

    Attributes:
        ratio: book / tutorial, the median over the rounds of the ratio within a round; ``lowest_ratio`` and
            ``highest_ratio`` of a round.
        book_images_per_second, tutorial_images_per_second: real pictures a second, medians over the rounds.
        book_gflop, tutorial_gflop: 10^9 operations a step, counted as in :func:`ganbook.bench.hardware.count_flops`.
    """

    resolution: int
    colours: int
    batch_size: int
    rounds: int
    steps_per_round: int
    book_images_per_second: float
    tutorial_images_per_second: float
    ratio: float
    lowest_ratio: float
    highest_ratio: float
    book_gflop: float
    tutorial_gflop: float


@dataclass(frozen=True)
class DataPipeline:
    """Triples that ``DigitEdits.batch`` makes with nothing else to do: the median over the rounds."""

    source: str
    resolution: int
    batch_size: int
    triples_per_second: float


@dataclass(frozen=True)
class EditorStep:
    """Training steps of IMI a second: the mean over ``steps``, as its update rule makes steps of different length."""

    profile: str
    resolution: int
    batch_size: int
    steps: int
    steps_per_second: float
    triples_per_second: float


@dataclass(frozen=True)
class PaperOnGpu:
    """What the paper's training would take on this GPU.

    Attributes:
        step: IMI at profile "paper".
        triples: of the paper's training, all epochs.
        minutes: for that many triples.
        data_share: part of a step that making its data alone would take, 0 to 1.
        gflop: 10^9 operations a step, counted as in :func:`ganbook.bench.hardware.count_flops`.
        peak_tflops: of this GPU in bfloat16, None if it is not in the table.
        peak_share, dcgan_peak_share: part of it that the step of IMI and the book's DCGAN step reach.
    """

    step: EditorStep
    triples: int
    minutes: float
    data_share: float
    gflop: float
    peak_tflops: float | None
    peak_share: float | None
    dcgan_peak_share: float | None


@dataclass(frozen=True)
class Comparison:
    """Everything that `ganbook bench` measures, and under which conditions.

    Attributes:
        load: processes that wanted to run at the start, mean over a minute; None where the system does not tell.
        cpu_share: part of the time of its threads that this process got while the loops were timed; None on a GPU.
    """

    date: str
    device: str
    threads: int
    cpus: int | None
    load: float | None
    cpu_share: float | None
    torch: str
    machine: Machine
    dcgan: DcganStep
    data: DataPipeline
    editor: EditorStep
    gpu: PaperOnGpu | None
    trainings: list[TrainingTime]

    def __str__(self) -> str:
        """Lines for a person."""
        dcgan, data = self.dcgan, self.data
        lines = [
            f"{self.device}, torch {self.torch}",
            str(self.machine),
            (
                f"DCGAN step ({dcgan.resolution} px, {dcgan.colours} colour{'s' * (dcgan.colours > 1)}, batch"
                f" {dcgan.batch_size}): {dcgan.book_images_per_second:.0f} images/s, the tutorial loop"
                f" {dcgan.tutorial_images_per_second:.0f}; {dcgan.ratio:.2f} times as fast (rounds from"
                f" {dcgan.lowest_ratio:.2f} to {dcgan.highest_ratio:.2f})"
            ),
            (
                f"data alone ({data.source}, {data.resolution} px, batch {data.batch_size}):"
                f" {data.triples_per_second:,.0f} triples/s"
            ),
            _editor_text(self.editor),
        ]
        if self.gpu:
            lines += [_editor_text(self.gpu.step)] * (self.gpu.step != self.editor) + _gpu_lines(self.gpu)
        lines += ["A whole training here:"] * bool(self.trainings) + [
            f"  {each.slug} {each.variant} ({each.profile}): {each.steps:,} steps, {each.minutes:,.1f} minutes"
            for each in self.trainings
        ]
        if self.cpu_share is not None and self.cpu_share < 0.8:
            lines.append(
                f"The machine is busy: this process got {self.cpu_share:.0%} of the time of its {self.threads}"
                " thread(s). The ratio holds, the rates would be higher."
            )
        return "\n".join(lines)


def compare(
    *, profile: str = "quick", data: str = "embedded", device: str = "auto", steps: int = 20, colours: int = 1
) -> Comparison:
    """Measure all parts of the comparison, one after the other, on one device.

    Args:
        profile: of the editor's step.
        data: source of its digits.
        device: "auto", "cpu" or "cuda".
        steps: timed steps of each loop and of the editor, rounded up to a multiple of ten.
        colours: of the DCGAN's pictures in both loops, 1 or 3.

    Raises:
        UserError: an unknown profile, source or device, another number of colours, or no step to time.
    """
    if colours not in (1, 3):
        raise UserError(f"pictures have 1 colour or 3, not {colours}")
    if steps < 1:
        raise UserError(f"bench needs at least one step, not {steps}")
    editors = chapters.recipe(EDITOR)
    editors.settings(editors.main, profile, data)
    place = make_fabric(device).device
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    threads, per_round = torch.get_num_threads(), math.ceil(steps / ROUNDS)
    triples = digit_edits("train", data, resolution=RESOLUTION, device=place)

    machine = look_at(place)
    wall, busy = time.perf_counter(), time.process_time()
    dcgan = compare_dcgan(place, colours=colours, steps_per_round=per_round)
    cpu_share = (time.process_time() - busy) / (time.perf_counter() - wall) / threads if place.type == "cpu" else None
    pipeline = time_data(triples)
    editor = partial(time_editor, data=data, device=place.type, steps=per_round * ROUNDS)
    step = editor(profile)
    gpu = None
    if place.type == "cuda":
        paper = step if profile == "paper" else editor("paper")
        gpu = paper_on_gpu(paper, pipeline, dcgan, editor_flops(data, place.type, paper.steps), device_name(place))
    return Comparison(
        date=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        device=device_name(place),
        threads=threads,
        cpus=os.cpu_count(),
        load=load,
        cpu_share=cpu_share,
        torch=torch.__version__,
        machine=machine,
        dcgan=dcgan,
        data=pipeline,
        editor=step,
        gpu=gpu,
        trainings=training_times(profile=profile, data=data, device=place.type),
    )


def compare_dcgan(
    device: torch.device, *, colours: int = 1, batch_size: int = BATCH, rounds: int = ROUNDS, steps_per_round: int = 2
) -> DcganStep:
    """Time the two loops in turns, so that whatever else the machine does hits both;
    the round before the first is not timed.

    Both read the same ready pictures (noise) from memory.
    """
    pictures = torch.rand(1024, colours, RESOLUTION, RESOLUTION, device=device) * 2 - 1
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(tutorial_steps(pictures, batch_size)) as tutorial,
        closing(book_steps(pictures, Path(folder), batch_size)) as book,
    ):
        flops = [count_flops(partial(next, loop)) for loop in (book, tutorial)]
        seconds = in_turns([partial(_advance, loop, steps_per_round, device) for loop in (book, tutorial)], rounds)
    ratios = round_ratios(*seconds)
    return DcganStep(
        resolution=RESOLUTION,
        colours=colours,
        batch_size=batch_size,
        rounds=rounds,
        steps_per_round=steps_per_round,
        book_images_per_second=batch_size * steps_per_round / statistics.median(seconds[0]),
        tutorial_images_per_second=batch_size * steps_per_round / statistics.median(seconds[1]),
        ratio=statistics.median(ratios),
        lowest_ratio=min(ratios),
        highest_ratio=max(ratios),
        book_gflop=flops[0] / 1e9,
        tutorial_gflop=flops[1] / 1e9,
    )


def _advance(loop: Iterator[None], steps: int, device: torch.device) -> None:
    for _ in range(steps):
        next(loop)
    synchronise(device)


def in_turns(jobs: Sequence[Callable[[], object]], rounds: int) -> list[list[float]]:
    """Seconds that each job took in each round: A B A B ...; one round before is not timed."""
    seconds: list[list[float]] = [[] for _ in jobs]
    for timed in [False] + [True] * rounds:
        for job, list_of_job in zip(jobs, seconds, strict=True):
            start = time.perf_counter()
            job()
            if timed:
                list_of_job.append(time.perf_counter() - start)
    return seconds


def round_ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """How many times as fast as theirs ours was in each round, from the seconds of the rounds."""
    return [their / our for our, their in zip(ours, theirs, strict=True)]


def time_data(
    triples: DigitEdits, batch_size: int = BATCH, batches: int = BATCHES, rounds: int = ROUNDS
) -> DataPipeline:
    """Make batches of random triples, on the data set's device, and throw them away."""

    def make() -> None:
        for _ in range(batches):
            triples.batch(torch.randint(len(triples), (batch_size,)))
        synchronise(triples.device)

    (seconds,) = in_turns([make], rounds)
    return DataPipeline(
        triples.source, triples.resolution, batch_size, batch_size * batches / statistics.median(seconds)
    )


def time_editor(profile: str, *, data: str, device: str, steps: int) -> EditorStep:
    """Time IMI's own training with the sizes of a profile."""
    every = math.ceil(steps / ROUNDS)
    run, seconds = train_for_a_while(
        EDITOR, profile=profile, data=data, device=device, steps=steps, warm_up=3, every=every
    )
    config, rate = run.config, 1 / statistics.fmean(seconds)
    return EditorStep(
        profile, config.resolution, config.batch_size, len(seconds) * every, rate, rate * config.batch_size
    )


def editor_flops(data: str, device: str, steps: int) -> float:
    """Operations a step of IMI at profile "paper", the mean over so many steps."""
    runs = []

    def train() -> None:
        run, _ = train_for_a_while(EDITOR, profile="paper", data=data, device=device, steps=steps, warm_up=0)
        runs.append(run)

    flops = count_flops(train)
    return flops / runs[0].step


def paper_on_gpu(paper: EditorStep, data: DataPipeline, dcgan: DcganStep, flops: float, name: str) -> PaperOnGpu:
    """What follows for the paper's training from the measurements on the GPU ``name``;
    ``flops`` are those of a step of IMI.
    """
    editors = chapters.recipe(EDITOR)
    triples = editors.model(editors.main).paper_examples
    dcgan_seconds = dcgan.batch_size / dcgan.book_images_per_second
    return PaperOnGpu(
        step=paper,
        triples=triples,
        minutes=triples / paper.triples_per_second / 60,
        data_share=paper.triples_per_second / data.triples_per_second,
        gflop=flops / 1e9,
        peak_tflops=PEAK_TFLOPS.get(name),
        peak_share=share_of_peak(flops, 1 / paper.steps_per_second, name),
        dcgan_peak_share=share_of_peak(dcgan.book_gflop * 1e9, dcgan_seconds, name),
    )


def save(comparison: Comparison) -> Path:
    """Write ``_build/bench.json``."""
    path = paths.build_dir() / "bench.json"
    write_atomically(path, json.dumps(asdict(comparison), indent=2, allow_nan=False) + "\n")
    return path


def _editor_text(editor: EditorStep) -> str:
    return (
        f"IMI step (profile {editor.profile}, {editor.resolution} px, batch {editor.batch_size}): "
        f"{editor.steps_per_second:.2f} steps/s, {editor.triples_per_second:,.0f} triples/s"
    )


def _gpu_lines(gpu: PaperOnGpu) -> list[str]:
    text = f"the paper's {gpu.triples / 1e6:.1f} M triples at profile {gpu.step.profile}: {gpu.minutes:.0f} minutes"
    lines = [f"{text}; making the data alone takes {gpu.data_share:.1%} of a step"]
    if gpu.peak_share is not None:
        lines.append(
            f"of the GPU's peak ({gpu.peak_tflops:.0f} TFLOP/s, bfloat16): {gpu.peak_share:.1%} by IMI, "
            f"{gpu.dcgan_peak_share:.1%} by the DCGAN step; convolutions and matrix products are counted"
        )
    return lines

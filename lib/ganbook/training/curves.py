"""What a run writes down on its way: curves and previews.

`curves.jsonl` has one JSON line for every few steps (`curves.csv` in the shipped form), `previews/` has pictures.
"""

import contextlib
import csv
import io
import json
import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import torch
from jaxtyping import UInt8
from PIL import Image, ImageSequence
from torch import Tensor

from ganbook.errors import UserError
from ganbook.training.files import NotWritten, write_files

DIGITS = 5
"""Of a number in ``curves.csv``."""

JSONL, CSV, PREVIEWS, FILM = "curves.jsonl", "curves.csv", "previews", "previews.webp"


class CurveWriter:
    """Appends to `<folder>/curves.jsonl`; a context manager.

    Args:
        folder: of the run.
        step: where the run stands: lines after it, and a half-written one, left by a killed run, are dropped first.
        writes: False for all but one process of a data-parallel run: nothing is written.
    """

    def __init__(self, folder: Path, step: int, *, writes: bool = True) -> None:
        self.path, self.step = folder / JSONL, step
        self._time = time.perf_counter()
        self._file: TextIO | None = None
        if writes:
            kept = [line for line in _whole_lines(self.path) if line["step"] <= step]
            write_files({self.path: "".join(json.dumps(line) + "\n" for line in kept).encode()})
            self._file = open(self.path, "a", encoding="utf-8")  # noqa: SIM115

    def __enter__(self) -> "CurveWriter":
        return self

    def __exit__(self, *_error: object) -> None:
        if self._file:
            with contextlib.suppress(OSError):  # what could not be written was said when it should have been
                self._file.close()

    def append(self, step: int, seconds: float, values: Mapping[str, int | float]) -> None:
        """Write a line with `values`, the time so far and the rate (steps a second) since the last line; flush it."""
        now = time.perf_counter()
        line = {
            "step": step,
            "seconds": round(seconds, 3),
            "rate": round((step - self.step) / (now - self._time), 3),
            **values,
        }
        self.step, self._time = step, now
        if self._file:
            try:
                self._file.write(json.dumps(line) + "\n")
                self._file.flush()
            except OSError as error:
                raise NotWritten(error, self.path) from error


def _whole_lines(path: Path) -> list[dict[str, Any]]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    if lines and not _is_json(lines[-1]):  # the process was killed while writing it
        lines.pop()
    try:
        return [json.loads(line) for line in lines]
    except ValueError as error:
        raise UserError(f"{path} is damaged ({error}); delete it, the training can go on without it") from error


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def read_curves(folder: str | Path) -> dict[str, list[int | float | None]]:
    """The curves of a run folder or a shipped checkpoint: for each name the list of values, None where a line has none.

    Always there: `step`, `seconds` (of training so far) and `rate` (steps a second).

    Raises:
        UserError: no curves in the folder, or a damaged file.
    """
    folder = Path(folder)
    if (folder / JSONL).exists():
        lines = _whole_lines(folder / JSONL)
    elif (folder / CSV).exists():
        lines = _read_csv(folder / CSV)
    else:
        raise UserError(f"no training curves in {folder}: expected {JSONL} or {CSV} there")
    names = list(dict.fromkeys(name for line in lines for name in line))
    return {name: [line.get(name) for line in lines] for name in names}


def _read_csv(path: Path) -> list[dict[str, int | float | None]]:
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return [{k: _number(v) for k, v in row.items()} for row in csv.DictReader(file)]
    except (ValueError, TypeError, AttributeError) as error:
        raise UserError(f"{path} is damaged: {error}") from error


def _number(text: str) -> int | float | None:
    if text == "":
        return None
    return int(text) if text.lstrip("-").isdigit() else float(text)


def curves_csv(folder: Path) -> str:
    """The curves of a run folder as comma-separated text with a header line; fractions to ``DIGITS`` digits."""
    curves = read_curves(folder)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(curves)
    for row in zip(*curves.values(), strict=True):
        writer.writerow(_in_short(value) for value in row)
    return text.getvalue()


def _in_short(value: int | float | None) -> int | str:
    """As text, unless it is whole: nobody sees more digits in a curve."""
    if value is None:
        return ""
    return value if isinstance(value, int) else f"{value:.{DIGITS}g}"


class Means:
    """Running means of named numbers; tensors are summed where they are, so that a GPU is not made to wait."""

    def __init__(self) -> None:
        self._sums: dict[str, Any] = {}
        self._counts: dict[str, int] = {}

    def add(self, values: dict[str, Any]) -> None:
        """Take in one step's values (numbers or tensors of one element)."""
        for name, value in values.items():
            value = value.detach() if hasattr(value, "detach") else value
            self._sums[name] = self._sums[name] + value if name in self._sums else value
            self._counts[name] = self._counts.get(name, 0) + 1

    def peek(self) -> dict[str, float]:
        """The means since the last `take`."""
        return {name: float(total) / self._counts[name] for name, total in self._sums.items()}

    def take(self) -> dict[str, float]:
        """The means since the last call; start anew."""
        means = self.peek()
        self._sums, self._counts = {}, {}
        return means


def refuse_divergence(means: Mapping[str, float], step: int, folder: Path) -> None:
    """Raise `UserError` if a mean is no finite number."""
    for name, value in means.items():
        if not math.isfinite(value):
            raise UserError(
                f"the training diverged: {name} is {value} at step {step}. The last checkpoint in {folder} is from "
                "before; try a lower learning rate or a stronger penalty, in another folder"
            )


class Previews:
    """The pictures of a run at some of its steps, `<folder>/previews/<step, six digits>.png`.

    Args:
        folder: of the run.
        picture: returns uint8 of shape (height, width) or (height, width, 3); called without gradients.
        every: so many steps lie between two pictures; 0 for none.
        writes: False for all but one process of a data-parallel run: nothing is written.
    """

    def __init__(
        self, folder: Path, picture: Callable[[], np.ndarray | Tensor], every: int, *, writes: bool = True
    ) -> None:
        self.folder, self.picture, self.every, self.writes = folder / PREVIEWS, picture, every, writes

    def write(self, step: int, *, last: bool = False) -> None:
        """Write the picture if one is due at this step, or last.

        Raises:
            UserError: the picture has another dtype or shape, or the file cannot be written.
        """
        if not self.every or (step % self.every and not last):
            return
        with torch.no_grad():
            image = self.picture()  # in every process: a data-parallel module may exchange its buffers here
        array = image.cpu().numpy() if isinstance(image, Tensor) else np.asarray(image)
        if array.dtype != np.uint8 or not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] == 3)):
            found = f"{array.dtype} of shape {array.shape}"
            raise UserError(f"a preview must be uint8 of shape (h, w) or (h, w, 3), got {found}")
        if self.writes:
            png = io.BytesIO()
            Image.fromarray(array).save(png, format="png")
            write_files({self.folder / f"{step:06d}.png": png.getvalue()})


SECOND = 1_000
"""Milliseconds that a preview is shown."""


def film(folder: Path, quality: int = 80) -> tuple[bytes, list[int]]:
    """The previews of a run, all of one size, as an animated WebP of one picture a second, and the step of each.

    Raises:
        UserError: the run has none.
    """
    files = sorted((folder / PREVIEWS).glob("*.png"))
    if not files:
        raise UserError(f"no previews in {folder}: expected some, as preview_every of the settings was meant to write")
    first, *others = [Image.open(file).convert("RGB") for file in files]
    webp = io.BytesIO()
    first.save(webp, "webp", save_all=True, append_images=others, duration=SECOND, quality=quality, method=6)
    return webp.getvalue(), [int(file.stem) for file in files]


def read_film(folder: str | Path) -> UInt8[np.ndarray, "n height width 3"]:
    """The previews that are shipped with a model, ``previews.webp``; their steps stand in its ``run.json``.

    Raises:
        UserError: none are shipped there, or they are damaged.
    """
    path = Path(folder) / FILM
    try:
        with Image.open(path) as webp:
            found = [(np.array(each.convert("RGB")), webp.info["duration"]) for each in ImageSequence.Iterator(webp)]
        frames, shown = zip(*found, strict=True)
        # WebP keeps a preview that equals the one before as one shown for longer, and if all are equal as a still
        n = [each // SECOND for each in shown] if len(frames) > 1 else [_previews(path.with_name("run.json"))]
        return np.repeat(np.stack(frames), n, axis=0)
    except FileNotFoundError:
        raise UserError(f"no {FILM} in {folder}: expected the previews of a training there") from None
    except (OSError, SyntaxError, ValueError, KeyError) as error:
        raise UserError(f"{path} is damaged ({error}); restore it or train again") from error


def _previews(record: Path) -> int:
    """How many were shipped."""
    return len(json.loads(record.read_text(encoding="utf-8"))["previews"])

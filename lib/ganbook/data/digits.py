"""Handwritten digits: MNIST where it is at hand, else digits that come with the book's dependencies."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from ganbook.data import embedded, mnist
from ganbook.data.catalogue import DataSet, Found
from ganbook.data.embedded import load_embedded
from ganbook.errors import UserError

SOURCES = ("auto", "mnist", "embedded")


@dataclass(frozen=True, eq=False)
class Digits:
    """Labelled digit images.

    Attributes:
        images: uint8 (n, 28, 28), ink 255 on paper 0.
        labels: uint8 (n,), 0..9.
        source: ``"mnist"`` or ``"embedded"``.
        split: ``"train"`` or ``"test"``; the two share no image.
    """

    images: UInt8[np.ndarray, "n 28 28"]
    labels: UInt8[np.ndarray, " n"]
    source: str
    split: str

    def __post_init__(self) -> None:
        if self.images.dtype != np.uint8 or self.images.ndim != 3 or self.images.shape[1:] != (28, 28):
            raise UserError(f"digit images: expected uint8 (n, 28, 28), got {self.images.dtype} {self.images.shape}")
        if self.labels.dtype != np.uint8 or self.labels.shape != self.images.shape[:1]:
            raise UserError(
                f"digit labels: expected uint8 ({len(self.images)},), got {self.labels.dtype} {self.labels.shape}"
            )
        if self.labels.size and self.labels.max() > 9:
            raise UserError(f"digit labels: expected 0..9, got {self.labels.max()}")

    def __len__(self) -> int:
        return len(self.labels)


def digit_source(source: str) -> str:
    """What :func:`load_digits` takes: for "auto" MNIST if it is on this machine, else the embedded digits."""
    return source if source != "auto" else "embedded" if mnist.find() is None else "mnist"


def load_digits(split: str, source: str = "auto") -> Digits:
    """Load a split of the digits and print in one line which source is in use.

    Args:
        split: ``"train"`` or ``"test"``.
        source: ``"mnist"`` reads MNIST from ``GANBOOK_DATA`` or the cache and downloads it when it is in neither;
            ``"embedded"`` takes the digits that need no download; ``"auto"`` takes MNIST if it is on this machine, else
            the embedded digits, and never downloads.

    Raises:
        UserError: unknown split or source, a damaged file, or MNIST is asked for and ``GANBOOK_DATA`` holds none.
        DataUnavailable: MNIST cannot be downloaded, or scikit-learn is missing for the embedded digits.
    """
    _expect("split", split, tuple(mnist.SPLITS))
    _expect("source", source, SOURCES)
    if source == "embedded":
        return _embedded(split, "as asked")
    folder, unused = mnist.find(), mnist.without_effect()
    if unused and folder is None and source == "mnist":
        raise UserError(unused)
    # not where GANBOOK_DATA points to: pages keep the line, the command line says it
    if folder is None and source == "auto":
        reason = "GANBOOK_DATA has no effect: no MNIST was found there" if unused else "MNIST is not on this machine"
        return _embedded(split, f"{reason}; `ganbook data get digits` downloads it")
    folder = folder or mnist.download()
    digits = Digits(*mnist.load(folder, split), source="mnist", split=split)
    # not where from: pages keep the line, `ganbook data list` says it
    print(f"digits: MNIST, {len(digits):,} {split} images")
    return digits


def to_tensor(images: UInt8[np.ndarray, "n h w"]) -> Float[Tensor, "n 1 h w"]:
    """Turn grey images into what the networks see: float32 (n, 1, h, w), 0 -> -1 and 255 -> 1.

    Raises:
        UserError: the images are not uint8 (n, h, w).
    """
    if not isinstance(images, np.ndarray) or images.dtype != np.uint8 or images.ndim != 3:
        found = f"{images.dtype} {tuple(images.shape)}" if hasattr(images, "dtype") else type(images).__name__
        raise UserError(f"images: expected a uint8 array (n, height, width), got {found}")
    return torch.from_numpy(images.astype(np.float32)).div_(127.5).sub_(1).unsqueeze(1)


def _embedded(split: str, reason: str) -> Digits:
    digits = Digits(*load_embedded(split), source="embedded", split=split)
    print(f"digits: embedded (scikit-learn), {len(digits):,} {split} images ({reason})")
    return digits


def _expect(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise UserError(f"unknown {name} {value!r}: expected one of {', '.join(known)}")


def look() -> Found:
    """What ``source="auto"`` finds on this machine, read and checked."""
    found = Found("mnist")
    try:
        folder, unused = mnist.find(), mnist.without_effect()
        if folder:
            found = Found("mnist", str(folder), unused=unused)
            mnist.check(folder)
        else:
            found = Found("embedded", "scikit-learn", unused=unused)
            load_embedded("test")
    except UserError as error:
        return replace(found, problem=str(error))
    return replace(found, verified=True)


def fetch_mnist(progress: bool = True) -> Path:
    """The folder with MNIST: ``GANBOOK_DATA`` if it is there, else the cache, into which it is downloaded.

    Raises:
        UserError, DataUnavailable: as ``catalogue.fetch``.
    """
    folder = mnist.find()
    if folder is None or folder == mnist.cache_folder():
        folder = mnist.download(progress)
    mnist.check(folder)
    return folder


def notice(source: str) -> str | None:
    """A line if GANBOOK_DATA is set and nothing in it is used.

    Raises:
        UserError: MNIST is asked for and lies nowhere else.
    """
    unused = None if source == "embedded" else mnist.without_effect()
    if unused and source == "mnist" and not mnist.find():
        raise UserError(unused)
    return unused and f"{unused}. In use: {'MNIST in the cache' if mnist.find() else 'the embedded digits'}"


DATA_SET = DataSet(
    name="digits",
    title="Handwritten digits",
    origin={
        "mnist": "MNIST: LeCun, Cortes and Burges (1998), from NIST Special Databases 1 and 3",
        "embedded": "scikit-learn's load_digits: the test part of Optical Recognition of Handwritten Digits, "
        "Alpaydin and Kaynak (1998), UCI Machine Learning Repository; enlarged from 8 x 8",
    },
    licence={"mnist": "commonly given as CC BY-SA 3.0", "embedded": "CC BY 4.0"},
    splits={
        "mnist": {split: files[0].shape[0] for split, files in mnist.SPLITS.items()},
        "embedded": embedded.SIZES,
    },
    schema={
        "images": "uint8 (n, 28, 28), ink 255 on paper 0",
        "labels": "uint8 (n,), 0..9",
    },
    files=tuple({"name": file.name, "sha256": file.sha256} for files in mnist.SPLITS.values() for file in files),
    mirrors=mnist.MIRRORS,
    look=look,
    fetch=fetch_mnist,
    notice=notice,
)
"""What is made of digits is described by this entry with another name, title, splits and schema."""

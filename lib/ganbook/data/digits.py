"""Handwritten digits: MNIST where it is at hand, else digits that come with the book's dependencies."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from ganbook.data import mnist
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
            raise UserError(f"digit labels: expected uint8 ({len(self.images)},), got {self.labels.dtype} {self.labels.shape}")
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
            ``"embedded"`` takes the digits that need no download; ``"auto"`` takes MNIST if it is on this machine, else the
            embedded digits, and never downloads.

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
    if folder is None and source == "auto":  # not where GANBOOK_DATA points to: pages keep the line, the command line says it
        reason = "GANBOOK_DATA has no effect: no MNIST was found there" if unused else "MNIST is not on this machine"
        return _embedded(split, f"{reason}; `ganbook data get digits` downloads it")
    folder = folder or mnist.download()
    digits = Digits(*mnist.load(folder, split), source="mnist", split=split)
    print(f"digits: MNIST, {len(digits):,} {split} images")  # not where from: pages keep the line, `ganbook data list` says it
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

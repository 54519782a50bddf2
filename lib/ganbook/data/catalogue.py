"""The catalogue of data sets: what each is, where it lies on this machine, and how to get it."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ganbook.data import embedded, mnist
from ganbook.data.digit_edits import PER_CLASS, edits_of
from ganbook.data.grid_digits import SIZES as GRID_SIZES
from ganbook.errors import UserError


@dataclass(frozen=True)
class DataSet:
    """One entry. ``origin``, ``licence`` and ``splits`` have a key for each source of the data."""

    name: str
    title: str
    origin: dict[str, str]
    licence: dict[str, str]
    splits: dict[str, dict[str, int]]
    schema: dict[str, str]
    files: tuple[dict[str, str], ...]
    mirrors: tuple[str, ...]


_DIGITS = DataSet(
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
)

_GRID_DIGITS = replace(
    _DIGITS,
    name="grid_digits",
    title="GridMNIST: four digits in a 2 x 2 grid",
    splits={source: GRID_SIZES for source in _DIGITS.splits},
    schema={
        "images": "uint8 (n, 64, 64), ink 255 on paper 0",
        "labels": "int64 (n, 4), 0..9: top left, top right, bottom left, bottom right",
    },
)

_DIGIT_EDITS = replace(
    _DIGITS,
    name="digit_edits",
    title="Digit edits: a picture, an instruction, and the picture after it",
    splits={
        source: {split: n * sum(len(edits_of(digit)) for digit in range(10)) for split, n in sizes.items()}
        for source, sizes in PER_CLASS.items()
    },
    schema={
        "source, target": "float32 (batch, 1, resolution, resolution), paper -1, ink 1",
        "tokens, lengths": "int64 (batch, 10) numbers of the instruction's words, zeros behind them; int64 (batch,) how many words",
        "source_state, target_state": "int64 (batch, 5): digit 0..9 or 10 for none, x, y, w, h in cells",
        "caption_tokens, caption_lengths": "the same for the full caption of the target",
    },
)

_ENTRIES = {entry.name: entry for entry in (_DIGITS, _GRID_DIGITS, _DIGIT_EDITS)}


def names() -> tuple[str, ...]:
    """The data sets' names."""
    return tuple(_ENTRIES)


def describe(name: str) -> dict:
    """Everything the catalogue says of a data set, as plain JSON types: the fields of ``DataSet``.

    Raises:
        UserError: no such data set.
    """
    entry = asdict(_entry(name))
    return {**entry, "files": list(entry["files"]), "mirrors": list(entry["mirrors"])}


def status(name: str) -> dict:
    """What ``source="auto"`` finds on this machine; reads and checks the files, so it takes about a second.

    Returns:
        ``name``; ``source``: ``"mnist"`` or ``"embedded"``; ``found``: the folder, or the package that brings the data;
        ``verified``: whether the content has the published checksums; ``problem``: what is wrong and what to do, or None;
        ``unused``: a sentence if ``GANBOOK_DATA`` is set and has no effect, or None.

    Raises:
        UserError: no such data set.
    """
    _entry(name)
    report = {"name": name, "source": "mnist", "found": None, "verified": False, "problem": None, "unused": None}
    try:
        folder = mnist.find()
        report["unused"] = mnist.without_effect()
        if folder is None:
            report |= {"source": "embedded", "found": "scikit-learn"}
            embedded.load_embedded("test")
        else:
            report["found"] = str(folder)
            mnist.check(folder)
    except UserError as error:
        return {**report, "problem": str(error)}
    return {**report, "verified": True}


def fetch(name: str, progress: bool = True) -> Path:
    """Get the public data behind a data set and return their folder: ``GANBOOK_DATA`` if they are there, else the cache.

    Raises:
        UserError: no such data set; a damaged file in ``GANBOOK_DATA``; the cache folder cannot be written.
        DataUnavailable: no mirror gave a file with the right checksum.
    """
    _entry(name)
    folder = mnist.find()
    if folder is None or folder == mnist.cache_folder():
        folder = mnist.download(progress)
    mnist.check(folder)
    return folder


def _entry(name: str) -> DataSet:
    if name not in _ENTRIES:
        raise UserError(f"unknown data set {name!r}: expected one of {', '.join(_ENTRIES)}")
    return _ENTRIES[name]

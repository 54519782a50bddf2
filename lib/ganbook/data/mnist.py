"""MNIST (LeCun, Cortes, Burges 1998): where its four files may lie, and their contents."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from ganbook import paths
from ganbook.data.download import fetch
from ganbook.data.idx import read_idx
from ganbook.errors import UserError


@dataclass(frozen=True)
class IdxFile:
    """One published file: ``sha256`` is that of the gzipped download,
    ``content_sha256`` that of the unpacked content.
    """

    name: str
    shape: tuple[int, ...]
    sha256: str
    content_sha256: str


SPLITS = {
    "train": (
        IdxFile(
            "train-images-idx3-ubyte.gz",
            (60_000, 28, 28),
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        ),
        IdxFile(
            "train-labels-idx1-ubyte.gz",
            (60_000,),
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        ),
    ),
    "test": (
        IdxFile(
            "t10k-images-idx3-ubyte.gz",
            (10_000, 28, 28),
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        ),
        IdxFile(
            "t10k-labels-idx1-ubyte.gz",
            (10_000,),
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
    ),
}
"""The image file and the label file of each split."""

_NAMES = tuple(file.name for files in SPLITS.values() for file in files)

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://raw.githubusercontent.com/fgnt/mnist/master/",
)
"""Folders that hold the same four files, tried in this order."""


def cache_folder() -> Path:
    """Where downloads of MNIST are kept."""
    return paths.cache_dir() / "mnist"


def find() -> Path | None:
    """The folder with the four files: in ``GANBOOK_DATA``, else the cache, else None.

    The files may be gzipped or plain, with a dash or a dot before ``idx``. ``GANBOOK_DATA`` may be their folder, or
    hold it under the name ``mnist`` in capitals or not, with or without torchvision's ``raw`` below. A cache with only
    some of the files counts as empty: a download is under way, or was interrupted and the next one completes it.

    Raises:
        UserError: ``GANBOOK_DATA`` names no folder, or its folder holds only some of the files.
    """
    return _in_named_folder() or (None if _missing(cache_folder()) else cache_folder())


def without_effect() -> str | None:
    """A sentence for a person whose ``GANBOOK_DATA`` holds nothing that we recognise;
    None if it is not set, or is used.

    Raises:
        UserError: as ``find``.
    """
    named = os.environ.get("GANBOOK_DATA")
    if not named or _in_named_folder():
        return None
    return (
        f"GANBOOK_DATA has no effect: no MNIST was found in {named}. Looked for {', '.join(_NAMES)} (also without .gz, "
        "also with a dot before idx) there and in its folders mnist, mnist/raw, raw, in capitals or not"
    )


def _in_named_folder() -> Path | None:
    own = paths.own_data_dir()
    if own is None:
        return None
    partly = None
    for folder in _places(own):
        missing = _missing(folder)
        if not missing:
            return folder
        if len(missing) < len(_NAMES) and not partly:
            partly = f"{folder} holds MNIST only in part, without {', '.join(missing)}. Put all four files there."
    if partly:
        raise UserError(partly)
    return None


def _places(own: Path) -> list[Path]:
    """Where the files may lie in a person's data folder, in the order of looking."""
    homes = [*_folders_called("mnist", own), own]
    return [place for home in homes for place in (home, *_folders_called("raw", home))]


def _folders_called(name: str, parent: Path) -> list[Path]:
    return sorted(each for each in parent.iterdir() if each.name.lower() == name and each.is_dir())


def download(progress: bool = True) -> Path:
    """Bring all four files into the cache and return its folder; files that are there and whole are not fetched again.

    Raises:
        UserError: the cache folder cannot be written.
        DataUnavailable: no mirror gave a file with the right checksum.
    """
    files = [(file.name, file.sha256) for split in SPLITS.values() for file in split]
    fetch(files, MIRRORS, cache_folder(), progress)
    return cache_folder()


def load(folder: Path, split: str) -> tuple[UInt8[np.ndarray, "n 28 28"], UInt8[np.ndarray, " n"]]:
    """Images 0..255 and labels 0..9 of a split, both checked against the published checksums.

    Raises:
        UserError: a file is damaged or not the published one (see ``read_idx``).
    """
    images, labels = (
        read_idx(_gzipped_or_plain(folder, file.name), file.shape, file.content_sha256) for file in SPLITS[split]
    )
    return images, labels


def check(folder: Path) -> None:
    """Read all four files in a folder; raises what ``load`` raises."""
    for split in SPLITS:
        load(folder, split)


def _missing(folder: Path) -> list[str]:
    return [name for name in _NAMES if not os.path.isfile(_gzipped_or_plain(folder, name))]


def _gzipped_or_plain(folder: Path, name: str) -> Path:
    """The file under the first of its names that is there; archive tools unpack ``-idx3-ubyte`` as ``.idx3-ubyte``."""
    plain = name.removesuffix(".gz")
    spellings = (name, plain, name.replace("-idx", ".idx"), plain.replace("-idx", ".idx"))
    return next((folder / each for each in spellings if os.path.isfile(folder / each)), folder / plain)

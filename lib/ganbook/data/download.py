"""Download checked files into a cache folder that several processes may fill at once."""

import logging
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from ganbook.errors import DataUnavailable, UserError

TIMEOUT_SECONDS = 30
"""A mirror that sends nothing for so long is given up."""


def fetch(files: Iterable[tuple[str, str]], mirrors: Sequence[str], folder: Path, progress: bool = True) -> None:
    """Make sure that the folder holds the files, downloading those that are missing or damaged.

    A file appears under its name only when it is whole and checked. Processes that fetch the same file at once each download
    it; the later one replaces the earlier one's equal copy in one step.

    Args:
        files: name and sha256 of each.
        mirrors: addresses of folders (ending in ``/``) that hold them, tried in this order.
        folder: is made when missing.
        progress: show a progress bar for each file on stderr.

    Raises:
        UserError: the folder cannot be written.
        DataUnavailable: no mirror gave a file with the right checksum, or pooch is not installed.
    """
    _make_writable(folder)
    for name, sha256 in files:
        _fetch_one(name, sha256, mirrors, folder, progress)


def _fetch_one(name: str, sha256: str, mirrors: Sequence[str], folder: Path, progress: bool) -> None:
    pooch = _pooch()
    downloader = pooch.HTTPDownloader(progressbar=progress, timeout=TIMEOUT_SECONDS)
    failures = []
    for mirror in mirrors:
        try:
            pooch.retrieve(mirror + name, f"sha256:{sha256}", fname=name, path=folder, downloader=downloader)
        except (OSError, ValueError) as error:
            _refuse_if_local(error, folder)
            failures.append(f"{mirror} ({_reason(error)})")
            print(f"{name}: {failures[-1]}, no usable file there")
        else:
            return
    raise DataUnavailable(
        f"{name} could not be downloaded from any mirror: {'; '.join(failures)}. Check the network and run again, "
        "or set GANBOOK_DATA to a folder that holds the file; the embedded digits need no download."
    )


def _pooch():
    try:
        import pooch
    except ImportError as error:
        raise DataUnavailable("Downloads need pooch, which is not installed. Install pooch, or set GANBOOK_DATA to a folder with the data.") from error
    pooch.get_logger().setLevel(logging.WARNING)
    return pooch


def _make_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(13, "no write permission")
    except OSError as error:
        raise _not_writable(folder, error) from error


def _refuse_if_local(error: Exception, folder: Path) -> None:
    """A full or forbidden disk is no fault of the mirror: another one would not help."""
    from requests import RequestException

    if isinstance(error, OSError) and not isinstance(error, RequestException):
        raise _not_writable(folder, error) from error


def _not_writable(folder: Path, error: OSError) -> UserError:
    return UserError(
        f"The cache folder {folder} cannot be written ({error.strerror or error}). Make it writable, free space, or set GANBOOK_CACHE to another folder."
    )


def _reason(error: Exception) -> str:
    if isinstance(error, ValueError) and "hash" in str(error):
        return "wrong checksum"
    return " ".join(str(error).split())

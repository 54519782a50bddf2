"""Files that are either whole or not there: temporary file in the same folder, fsync, rename."""

import contextlib
import errno
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import filelock

from ganbook.errors import UserError

FULL = (errno.ENOSPC, errno.EDQUOT)  # the disk, or what a person may take of it
TEMPORARY, LOCK = ".tmp", ".lock"


class NotWritten(UserError):
    """A file could not be written, and what was there before is unchanged; `full` says whether space would help."""

    def __init__(self, error: OSError, path: Path) -> None:
        self.full = error.errno in FULL
        why = "no space left on the disk for" if self.full else "cannot write"
        super().__init__(f"{why} {path}" + ("" if self.full else f" ({error.strerror or error})"))


def make_folder(folder: Path) -> Path:
    """Create `folder` if needed; raise `UserError` if it cannot be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".write-test-{os.getpid()}{TEMPORARY}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UserError(
            f"cannot write to the folder {folder}: {error.strerror}; choose another or fix its rights"
        ) from error
    return folder


def write_files(contents: Mapping[Path, bytes]) -> None:
    """Write all files, each atomically, making folders as needed;
    no file is touched before the bytes of all of them are safely on the disk.

    Raises:
        NotWritten: disk full or not writable; the files that were there before are unchanged.
    """
    temporaries = {path: path.with_name(f".{path.name}.{os.getpid()}{TEMPORARY}") for path in contents}
    try:
        for path, content in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_and_sync(temporaries[path], content)
        for path, temporary in temporaries.items():
            os.replace(temporary, path)
    except OSError as error:
        raise NotWritten(error, next(iter(contents))) from error
    finally:
        for temporary in temporaries.values():
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
    for folder in {path.parent for path in contents}:
        _sync_folder(folder)


def _write_and_sync(path: Path, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":  # elsewhere a folder cannot be opened
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def remove_temporaries(folder: Path) -> None:
    """Delete what a killed process left half written in `folder` and the folders in it."""
    for path in folder.rglob(f".*{TEMPORARY}"):
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep others from training in `folder`; the lock ends with the process, however that ends.

    A process may take a lock again that it holds: a notebook keeps the loop alive in which an error was raised.

    Raises:
        UserError: another process holds it, or nothing can be locked there.
    """
    try:
        lock = filelock.FileLock(folder / LOCK, is_singleton=True).acquire(blocking=False)
    except filelock.Timeout as error:
        what_to_do = "wait for it, stop it or use another folder"
        raise UserError(f"another process is training in {folder}; {what_to_do}") from error
    except OSError as error:  # some network drives
        raise UserError(f"cannot lock the folder {folder}: {error.strerror or error}; use another folder") from error
    with lock:
        yield

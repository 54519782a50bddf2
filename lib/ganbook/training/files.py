"""Files that are either whole or not there: temporary file in the same folder, fsync, rename."""

import contextlib
import errno
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from ganbook.errors import UserError

try:
    import fcntl
except ModuleNotFoundError:  # Windows
    fcntl = None

TEMPORARY, LOCK = ".tmp", ".lock"


def make_folder(folder: Path) -> Path:
    """Create `folder` if needed; raise `UserError` if it cannot be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".write-test-{os.getpid()}{TEMPORARY}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UserError(f"cannot write to the folder {folder}: {error.strerror}; choose another or fix its rights") from error
    return folder


def write_files(contents: Mapping[Path, bytes]) -> None:
    """Write all files, each atomically; no file is touched before the bytes of all of them are safely on the disk.

    Raises:
        UserError: disk full or not writable; the files that were there before are unchanged.
    """
    temporaries = {path: path.with_name(f".{path.name}.{os.getpid()}{TEMPORARY}") for path in contents}
    try:
        for path, content in contents.items():
            _write_and_sync(temporaries[path], content)
        for path, temporary in temporaries.items():
            os.replace(temporary, path)
    except OSError as error:
        raise UserError(_explain(error, next(iter(contents)))) from error
    finally:
        for temporary in temporaries.values():
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


def _explain(error: OSError, path: Path) -> str:
    if error.errno == errno.ENOSPC:
        return f"no space left on the disk for {path}; nothing was lost: free some space and run the same command again"
    return f"cannot write {path}: {error.strerror or error}"


def remove_temporaries(folder: Path) -> None:
    """Delete what a killed process left half written in `folder` and the folders in it."""
    for path in folder.rglob(f".*{TEMPORARY}"):
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes from training in `folder`; the lock ends with the process, however that ends.

    Raises:
        UserError: another process holds it.
    """
    with open(folder / LOCK, "w", encoding="utf-8") as file:
        if fcntl is not None:
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise UserError(f"another process is training in {folder}; wait for it, stop it or use another folder") from error
        yield

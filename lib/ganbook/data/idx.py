"""Read the idx files of MNIST, plain or gzipped (format: http://yann.lecun.com/exdb/mnist/)."""

import gzip
import hashlib
import math
import struct
import zlib
from pathlib import Path

import numpy as np

from ganbook.errors import UserError

UNSIGNED_BYTE = 0x08
"""The only element type of the four files: third byte of the magic number. The fourth is the number of dimensions."""


def read_idx(path: Path, shape: tuple[int, ...], sha256: str | None = None) -> np.ndarray:
    """Read one idx file of unsigned bytes and check it.

    Args:
        path: the file; gzipped when its name ends in ``.gz``.
        shape: what the file must hold, the number of items first.
        sha256: checksum of the unpacked content, so that plain and gzipped copies are checked alike.

    Returns:
        A writable uint8 array of that shape.

    Raises:
        UserError: the file is damaged or another one. The text names it, says what was expected and what to do.
            The file itself is left alone.
    """
    content = _unpack(path)
    header_bytes = 4 * (1 + len(shape))
    expected = struct.pack(f">{1 + len(shape)}I", UNSIGNED_BYTE << 8 | len(shape), *shape)
    if content[:4] != expected[:4]:
        raise _broken(path, f"its magic number is {content[:4].hex() or 'missing'}, expected {expected[:4].hex()}")
    if len(content) < header_bytes:
        raise _broken(path, f"it ends inside its header, after {len(content)} of {header_bytes} bytes")
    found = struct.unpack(f">{len(shape)}I", content[4:header_bytes])
    if found != shape:
        raise _broken(path, f"its header announces {_times(found)} bytes, expected {_times(shape)}")
    if len(content) - header_bytes != math.prod(shape):
        raise _broken(path, f"{len(content) - header_bytes:,} bytes follow its header, expected {math.prod(shape):,}")
    if sha256 is not None and hashlib.sha256(content).hexdigest() != sha256:
        raise _broken(path, f"its content has another checksum than the published file (expected sha256 {sha256})")
    return np.frombuffer(content, np.uint8, offset=header_bytes).reshape(shape).copy()


def _unpack(path: Path) -> bytes:
    try:
        return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _broken(path, f"it cannot be unpacked ({error}), expected a whole gzip file") from error
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror}). Make it a file you may read, or remove it."
        ) from error


def _broken(path: Path, what: str) -> UserError:
    return UserError(
        f"{path} is damaged or not the expected file: {what}. "
        "Remove or replace it; `ganbook data get digits` puts a whole copy into the cache."
    )


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(f"{size:,}" for size in shape)

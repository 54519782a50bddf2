"""Download checked files into a cache folder that several processes may fill at once."""

import logging
import os
import time
from collections.abc import Iterable, Sequence
from email.utils import parsedate_to_datetime
from pathlib import Path

from ganbook.errors import DataUnavailable, UserError

TIMEOUT_SECONDS = 30
"""A mirror that sends nothing for so long is given up."""

PIECE = 1 << 16
"""Bytes of a large file that are written at once."""

CERTIFICATES = (
    "its certificate is not trusted here; if your network's proxy opens encrypted traffic,"
    " set REQUESTS_CA_BUNDLE to a file with its certificate"
)
SOCKS = (
    "your proxy setting (ALL_PROXY or HTTPS_PROXY) names a SOCKS proxy, which needs PySocks:"
    " install it, or set a proxy that speaks HTTP"
)
PROXY = (
    "the proxy that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names gives no way; set the right one (http://HOST:PORT or"
    " http://USER:PASSWORD@HOST:PORT), or none"
)


def fetch(
    files: Iterable[tuple[str, str | None]],
    mirrors: Sequence[str],
    folder: Path,
    progress: bool = True,
    resume: bool = False,
) -> None:
    """Make sure that the folder holds the files, downloading those that are missing or damaged.

    A file appears under its name only when it is whole and checked (pooch: temporary file, checksum, rename). Processes
    that fetch the same file at once each download it; the later one replaces the earlier one's equal copy in one step.

    Args:
        files: name and sha256 of each; None where nobody published it. A name may begin with folders, which are left
            out here.
        mirrors: addresses of folders (ending in ``/``) that hold them, tried in this order.
        folder: is made when missing.
        progress: show a progress bar for each file on stderr.
        resume: keep what came of a transfer that broke off, and go on from there; for large files.

    Raises:
        UserError: the folder cannot be written.
        DataUnavailable: no mirror gave a file with the right checksum, or pooch is not installed.
    """
    try:
        import pooch
    except ImportError as error:
        raise DataUnavailable(
            "Downloads need pooch, which is not installed."
            " Install pooch, or set GANBOOK_DATA to a folder with the data."
        ) from error
    pooch.get_logger().setLevel(logging.WARNING)
    transfer = pooch.HTTPDownloader(progressbar=progress, timeout=TIMEOUT_SECONDS)
    if resume:
        transfer = _Resumable(folder, progress)

    def download(url: str, *details) -> None:
        print(f"downloading {url}")
        transfer(url, *details)

    for name, sha256 in files:
        failures = []
        for mirror in mirrors:
            try:
                known = sha256 and f"sha256:{sha256}"
                pooch.retrieve(mirror + name, known, name.rpartition("/")[2], folder, downloader=download)
                break
            except (OSError, ValueError) as error:
                failures.append(f"{mirror} {explain(error, folder)}")
                print(f"{name}: {failures[-1]}")
        else:
            raise DataUnavailable(
                f"{name} could not be downloaded: {'; '.join(failures)}. Check the network and run again, "
                "or set GANBOOK_DATA to a folder that holds the files; the embedded data need no download."
            )


class _Resumable:
    """A downloader for pooch that keeps the beginning of a file beside it and asks for the rest."""

    def __init__(self, folder: Path, progress: bool) -> None:
        self.folder, self.progress = folder, progress

    def __call__(self, url: str, output_file: str, _pooch: object) -> None:
        import requests
        from tqdm import tqdm

        part = self.folder / f"{url.rpartition('/')[2]}.part"
        have = part.stat().st_size if part.is_file() else 0
        asked = {"Range": f"bytes={have}-"} if have else {}
        with requests.get(url, headers=asked, stream=True, timeout=TIMEOUT_SECONDS) as answer:
            if answer.status_code == 416:  # nothing is missing, or the file changed: begin again
                part.unlink()
                return self(url, output_file, _pooch)
            answer.raise_for_status()
            goes_on = answer.status_code == 206
            have = have if goes_on else 0
            total = have + int(answer.headers.get("Content-Length", 0))
            bar = tqdm(total=total, initial=have, unit="B", unit_scale=True, disable=not self.progress)
            with bar, open(part, "ab" if goes_on else "wb") as out:
                for piece in answer.iter_content(PIECE):
                    out.write(piece)
                    bar.update(len(piece))
        if total and part.stat().st_size < total:
            raise requests.exceptions.ChunkedEncodingError
        os.replace(part, output_file)


TRIES = 5
"""How often a busy server is asked for one file."""

PAUSE_SECONDS = 0.2
"""Between two files from one server."""

LONGEST_WAIT = 120.0
"""Seconds that a server may ask us to wait; after that it is given up."""

BUSY = (429, 500, 502, 503, 504)
"""Answers after which it makes sense to ask again."""


class Polite:
    """A downloader for pooch that says who asks, and asks a busy server again when it says so, or after 1, 2, 4, ... s.

    ``GANBOOK_CONTACT`` (an address, say) is added to what it says of itself, as some servers wish.
    """

    def __init__(self) -> None:
        import requests

        contact = os.environ.get("GANBOOK_CONTACT", "a reader's own copy")
        self._session = requests.Session()
        self._session.headers["User-Agent"] = f"ganbook/0.1 (textbook Steering GANs; {contact})"

    def __call__(self, url: str, output_file: str, _pooch: object) -> None:
        for tried in range(1, TRIES + 1):
            answer = self._session.get(url, timeout=TIMEOUT_SECONDS)
            if answer.status_code not in BUSY or tried == TRIES:
                break
            time.sleep(min(_wait_of(answer.headers.get("Retry-After"), 2.0 ** (tried - 1)), LONGEST_WAIT))
        answer.raise_for_status()
        Path(output_file).write_bytes(answer.content)
        time.sleep(PAUSE_SECONDS)


def _wait_of(told: str | None, otherwise: float) -> float:
    """Seconds to wait: a header says them, or a date; otherwise as many as given."""
    if told is None:
        return otherwise
    if told.strip().isdigit():
        return float(told)
    try:
        return max(0.0, parsedate_to_datetime(told).timestamp() - time.time())
    except ValueError:
        return otherwise


def _innermost(error: BaseException) -> str:
    """What the library deepest down said of it."""
    causes = [error]
    while (
        inner := causes[-1].__cause__
        or causes[-1].__context__
        or getattr(causes[-1].args[0] if causes[-1].args else None, "reason", None)
    ):
        causes.append(inner)
    return str(causes[-1])


def explain(error: Exception, folder: Path) -> str:
    """What is wrong with a mirror. A forbidden or full disk is no fault of a mirror, so that is raised at once."""
    from requests import RequestException, exceptions

    if isinstance(error, RequestException):
        if error.response is not None:
            return f"answered {error.response.status_code} {error.response.reason}"
        if isinstance(error, exceptions.SSLError):
            return f"cannot be reached safely ({_innermost(error)}): {CERTIFICATES}"
        if isinstance(error, exceptions.InvalidSchema) and "SOCKS" in str(error):
            return f"cannot be reached: {SOCKS}"
        if isinstance(error, exceptions.ProxyError | exceptions.InvalidURL):
            return f"cannot be reached ({_innermost(error)}): {PROXY}"
        if isinstance(error, exceptions.ChunkedEncodingError):
            return "broke off the transfer"
        return f"cannot be reached ({type(error).__name__})"
    if isinstance(error, OSError):
        cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
        raise UserError(
            f"The cache folder {folder} cannot be written ({cause.strerror or cause}). "
            "Make it writable, free some space, or set GANBOOK_CACHE to another folder."
        ) from error
    return "sent a file with the wrong checksum"

"""Download checked files into a cache folder that several processes may fill at once."""

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path

from ganbook.errors import DataUnavailable, UserError

TIMEOUT_SECONDS = 30
"""A mirror that sends nothing for so long is given up."""

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


def fetch(files: Iterable[tuple[str, str]], mirrors: Sequence[str], folder: Path, progress: bool = True) -> None:
    """Make sure that the folder holds the files, downloading those that are missing or damaged.

    A file appears under its name only when it is whole and checked (pooch: temporary file, checksum, rename). Processes
    that fetch the same file at once each download it; the later one replaces the earlier one's equal copy in one step.

    Args:
        files: name and sha256 of each.
        mirrors: addresses of folders (ending in ``/``) that hold them, tried in this order.
        folder: is made when missing.
        progress: show a progress bar for each file on stderr.

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

    def download(url: str, *details) -> None:
        print(f"downloading {url}")
        transfer(url, *details)

    for name, sha256 in files:
        failures = []
        for mirror in mirrors:
            try:
                pooch.retrieve(mirror + name, f"sha256:{sha256}", fname=name, path=folder, downloader=download)
                break
            except (OSError, ValueError) as error:
                failures.append(f"{mirror} {_explain(error, folder)}")
                print(f"{name}: {failures[-1]}")
        else:
            raise DataUnavailable(
                f"{name} could not be downloaded: {'; '.join(failures)}. Check the network and run again, "
                "or set GANBOOK_DATA to a folder that holds the files; the embedded data need no download."
            )


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


def _explain(error: Exception, folder: Path) -> str:
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

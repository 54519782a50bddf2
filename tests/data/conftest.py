"""Every test of the data room starts with no data on the machine: an empty cache and no GANBOOK_DATA."""

import gzip
import hashlib
import struct
import threading
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from ganbook.data import Digits, mnist

TINY_SIZES = {"train": 40, "test": 20}
OWN_MNIST = mnist.find()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("GANBOOK_DATA", raising=False)
    monkeypatch.setenv("GANBOOK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(params=["embedded", "mnist"])
def source(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each source of digits, MNIST where this machine has it."""
    if request.param == "mnist":
        if OWN_MNIST is None:
            pytest.skip("MNIST is not on this machine; `ganbook data get digits` downloads it")
        monkeypatch.setenv("GANBOOK_DATA", str(OWN_MNIST))
    return request.param


def make_digits(n: int, split: str = "train") -> Digits:
    """Synthetic digits, no two alike, made without a random generator."""
    images = (np.arange(784) * np.arange(3, n + 3)[:, None] // 7 % 256).astype(np.uint8).reshape(n, 28, 28)
    return Digits(images, (np.arange(n) % 10).astype(np.uint8), source="embedded", split=split)


@pytest.fixture(name="make_digits")
def make_digits_fixture() -> Callable[..., Digits]:
    return make_digits


def idx_bytes(array: np.ndarray) -> bytes:
    return struct.pack(f">{1 + array.ndim}I", 0x0800 | array.ndim, *array.shape) + array.tobytes()


@pytest.fixture(name="idx_bytes")
def idx_bytes_fixture() -> Callable[[np.ndarray], bytes]:
    return idx_bytes


@pytest.fixture
def tiny_mnist(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """The four files with a few synthetic digits each, gzipped;
    the catalogue's checksums are theirs during the test.
    """
    splits, downloads = {}, {}
    for split, n in TINY_SIZES.items():
        digits = make_digits(n, split)
        contents = [idx_bytes(digits.images), idx_bytes(digits.labels)]
        splits[split] = []
        for file, content in zip(mnist.SPLITS[split], contents, strict=True):
            downloads[file.name] = gzip.compress(content, mtime=0)
            splits[split].append(
                replace(
                    file,
                    shape=(n, *file.shape[1:]),
                    sha256=hashlib.sha256(downloads[file.name]).hexdigest(),
                    content_sha256=hashlib.sha256(content).hexdigest(),
                )
            )
    monkeypatch.setattr(mnist, "SPLITS", {split: tuple(files) for split, files in splits.items()})
    return downloads


@pytest.fixture
def write_files() -> Callable[[Path, dict[str, bytes]], Path]:
    def write(folder: Path, files: dict[str, bytes]) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        return folder

    return write


class Mirror:
    """A web server on this machine. ``files`` maps names to contents; what is not there is answered with 404.

    ``cut_after``: end each transfer after so many bytes though more were announced.
    ``gate``: called after the first half.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.cut_after: int | None = None
        self.gate: Callable[[], object] = lambda: None
        self.requested: list[str] = []
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.rpartition("/")[2]
                mirror.requested.append(name)
                if name not in mirror.files:
                    self.send_error(404)
                    return
                content = mirror.files[name]
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                sent = content[: mirror.cut_after]
                self.wfile.write(sent[: len(sent) // 2])
                self.wfile.flush()
                mirror.gate()
                self.wfile.write(sent[len(sent) // 2 :])

            def log_message(self, *args: object) -> None:
                """Keep the tests' output clean."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.block_on_close = False
        self.url = f"http://127.0.0.1:{self.server.server_port}/data/"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def new_mirror(monkeypatch: pytest.MonkeyPatch):
    """Starts as many mirrors as a test asks for."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    mirrors = []

    def start(files: dict[str, bytes]) -> Mirror:
        mirrors.append(Mirror())
        mirrors[-1].files = files
        return mirrors[-1]

    yield start
    for mirror in mirrors:
        mirror.close()

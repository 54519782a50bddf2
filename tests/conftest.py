"""A small book in a temporary folder with chapters that are really executed,
what the real chapters gave at `smoke`, and a browser.
"""

import base64
import functools
import http.server
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any, NamedTuple

# before torch: nets are tiny here, and threads that wait for a busy core cost minutes
os.environ.setdefault("OMP_NUM_THREADS", "1")

import nbformat
import pytest
from filelock import FileLock
from playwright.sync_api import Browser, sync_playwright

import ganbook
from ganbook import chapters, paths
from ganbook.publishing import notebooks

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
if (SHARED / "mnist").is_dir():  # a workplace that lays the real MNIST beside the checkout: test with it too
    os.environ.setdefault("GANBOOK_DATA", str(SHARED))

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PAGE = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# The {slug} chapter

```{{code-cell}}
:tags: [parameters]

profile = "quick"
seed = 0
train = False
data = "auto"
```
"""


LONGEST = (
    "notebooks/test_faults.py",
    "test_ordinary_processors.py",
    "notebooks/test_chapters.py",
    "book/test_pages_in_browser.py",
    "book/test_pages.py",
    "book/test_weight.py",
    "chapters/test_recipes.py",
    "browser/",
)
"""Files of tests that take many minutes, the longest first; the first two do without the book at `smoke`."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first: of two workers, none waits at the end for a file that the other began late."""
    here = Path(__file__).parent

    def place(item: pytest.Item) -> int:
        name = item.path.relative_to(here).as_posix()
        return next((n for n, start in enumerate(LONGEST) if name.startswith(start)), len(LONGEST))

    items.sort(key=place)


class Book:
    """A book's folder that `ganbook.paths` takes for the real one, here and in processes started from here."""

    def __init__(self, root: Path, library: Path) -> None:
        self.root, self.library = root, library
        for folder in ("book/claims", "tests/notebooks/bands", "tests/notebooks/faults"):
            (root / folder).mkdir(parents=True)
        (root / "_toc.yml").write_text("# Steering GANs\nformat: jb-book\nroot: index\n")

    def chapter(self, slug: str, *cells: str, **modules: str) -> None:
        """A page with these code cells after its parameters, and a package with these modules."""
        parts = [PAGE.format(slug=slug), *(f"```{{code-cell}}\n{dedent(cell).strip()}\n```\n" for cell in cells)]
        (self.root / "book" / f"{slug}.md").write_text("\n".join(parts))
        package = self.library / "chapters" / slug
        package.mkdir()
        (package / "__init__.py").touch()
        for name, text in modules.items():
            (package / f"{name}.py").write_text(dedent(text))

    def claims(self, slug: str, text: str) -> None:
        (self.root / "book" / "claims" / f"{slug}.yml").write_text(dedent(text))

    def bands(self, slug: str, text: str) -> None:
        (self.root / "tests" / "notebooks" / "bands" / f"{slug}.yml").write_text(dedent(text))


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    library = tmp_path / "lib" / "ganbook"
    real = Path(ganbook.__file__).parent
    library.mkdir(parents=True)
    for source in (*real.glob("*.py"), *real.glob("*.html")):
        shutil.copy(source, library)
    for package in (each for each in real.iterdir() if (each / "__init__.py").is_file() and each.name != "chapters"):
        (library / package.name).symlink_to(package)
    (library / "chapters").mkdir()
    shutil.copy(real / "chapters" / "__init__.py", library / "chapters")
    monkeypatch.syspath_prepend(library.parent)
    monkeypatch.setenv("PYTHONPATH", str(library.parent))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.delenv("GANBOOK_BUILD", raising=False)
    monkeypatch.setattr(ganbook, "__path__", [*ganbook.__path__, str(library)])
    monkeypatch.setattr(chapters, "__path__", [str(library / "chapters")])
    monkeypatch.setattr(paths, "__file__", str(library / "paths.py"))
    made = Book(tmp_path / "book", library)
    monkeypatch.chdir(made.root)
    return made


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict, list[bytes]]]:
    """What widgets send to their front end."""
    messages = []
    monkeypatch.setattr(
        "ipywidgets.Widget.send", lambda self, content, buffers=None: messages.append((content, buffers))
    )
    return messages


@pytest.fixture(scope="session")
def smoke() -> dict[str, Any]:
    """The parameters with which tests run the real chapters."""
    return {"profile": "smoke", "seed": 0, "data": "embedded"}


@pytest.fixture(scope="session")
def ordinary_processor() -> dict[str, str]:
    """The environment of a process that is to do without instructions that most laptops lack, as those for bfloat16."""
    return {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"}


@pytest.fixture(scope="session")
def smoke_book(smoke, ordinary_processor) -> Callable[[], AbstractContextManager[dict[str, Any]]]:
    """``with smoke_book() as parameters:`` works in ``_build/smoke``, the book at `smoke` on the embedded digits.

    All tests of the real book share it, one process at a time. A chapter runs there once, and again when it changed
    (`ganbook.publishing.build`), on a processor as most readers have one.
    """
    folder = paths.root() / "_build" / "smoke"

    @contextmanager
    def work_there() -> Iterator[dict[str, Any]]:
        folder.mkdir(parents=True, exist_ok=True)
        with pytest.MonkeyPatch.context() as patch, FileLock(folder.with_suffix(".lock")):
            for name, value in (ordinary_processor | {"GANBOOK_BUILD": str(folder)}).items():
                patch.setenv(name, value)
            yield smoke

    return work_there


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium. Without one its tests cannot run; on a CI machine (CI=true) that is a failure."""
    if not CHROMIUM.exists():
        reason = f"no browser: {CHROMIUM} is missing; on Debian: apt-get install chromium"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS), timeout=120_000)
        yield chromium
        chromium.close()


class Served(NamedTuple):
    """A folder over http: its address, and (path, bytes) of each file that was asked for."""

    url: str
    asked: list[tuple[str, int]]


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Path], Served]]:
    """``serve(folder)`` as a plain server would, without compression."""
    servers = []

    def start(folder: Path) -> Served:
        asked = []

        class Handler(http.server.SimpleHTTPRequestHandler):
            def send_head(self) -> Any:
                path = self.path.partition("?")[0].lstrip("/")
                if (folder / path).is_file():
                    asked.append((path, (folder / path).stat().st_size))
                return super().send_head()

            def log_message(self, *_: object) -> None:
                pass

        servers.append(http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder)))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return Served(f"http://127.0.0.1:{servers[-1].server_port}/", asked)

    yield start
    for server in servers:
        server.shutdown()


@pytest.fixture
def without_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chapters run in this process, for tests of what happens to their results: a kernel takes a second to start.

    A cell that sets ``picture`` to bytes shows them as a PNG.
    """

    def execute(slug: str, **parameters) -> Path:
        notebook = notebooks.read_chapter(slug)
        names = {}
        for cell in notebook.cells:
            if cell.cell_type != "code":
                continue
            try:
                exec(cell.source, names)
            except Exception as error:
                raise notebooks.ChapterFailed(f"{slug}: {type(error).__name__}: {error}") from error
            names |= parameters
            if "picture" in names:
                png = base64.b64encode(names.pop("picture")).decode()
                cell.outputs = [nbformat.v4.new_output("display_data", {"image/png": png})]
        path = paths.build_dir() / f"{slug}.ipynb"
        nbformat.write(notebook, path)
        return path

    monkeypatch.setattr(notebooks, "execute", execute)

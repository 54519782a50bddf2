"""A small book in a temporary folder, with chapters that are really executed."""

import base64
import os
import shutil
from pathlib import Path
from textwrap import dedent

import nbformat
import pytest

import ganbook
from ganbook import notebooks, paths

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
if (SHARED / "mnist").is_dir():  # a workplace that lays the real MNIST beside the checkout: test with it too
    os.environ.setdefault("GANBOOK_DATA", str(SHARED))

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


class Book:
    """A book's folder that `ganbook.paths` takes for the real one, here and in processes started from here."""

    def __init__(self, root: Path, library: Path) -> None:
        self.root, self.library = root, library
        for folder in ("book/claims", "tests/notebooks/bands", "tests/notebooks/faults"):
            (root / folder).mkdir(parents=True)
        (root / "_toc.yml").write_text("format: jb-book\nroot: index\n")

    def chapter(self, slug: str, *cells: str, **modules: str) -> None:
        """A page with these code cells after its parameters, and a package with these modules."""
        parts = [PAGE.format(slug=slug), *(f"```{{code-cell}}\n{dedent(cell).strip()}\n```\n" for cell in cells)]
        (self.root / "book" / f"{slug}.md").write_text("\n".join(parts))
        package = self.library / slug
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
    for package in ("data", "training"):
        if (real / package).is_dir():
            (library / package).symlink_to(real / package)
    monkeypatch.syspath_prepend(library.parent)
    monkeypatch.setenv("PYTHONPATH", str(library.parent))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.delenv("GANBOOK_BUILD", raising=False)
    monkeypatch.setattr(ganbook, "__path__", [*ganbook.__path__, str(library)])
    monkeypatch.setattr(paths, "__file__", str(library / "paths.py"))
    made = Book(tmp_path / "book", library)
    monkeypatch.chdir(made.root)
    return made


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

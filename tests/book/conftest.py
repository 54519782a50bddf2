"""The book as its readers get it, for the tests that read and open its pages."""

from pathlib import Path

import pytest

from ganbook import paths
from ganbook.publishing import build, reference


def _sources() -> list[str]:
    """Names of all pages that readers meet: written, generated, and Sphinx's own."""
    root = paths.root()
    written = [path.relative_to(root / "book") for path in (root / "book").glob("*.md")]
    cards = [path.relative_to(root) for path in (root / "datasets").rglob("*.md")]
    pages = sorted(path.with_suffix(".html").as_posix() for path in written + cards)
    library = [f"api/{name}.html" for name in reference.pages_markdown()]
    return [*pages, *library, "claims.html", "genindex.html", "search.html"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "page_name" in metafunc.fixturenames:
        metafunc.parametrize("page_name", _sources())


@pytest.fixture(scope="session")
def book(smoke_book, testrun_uid: str) -> Path:
    """Folder of the HTML pages, built from the working tree: once for all workers of a run."""
    with smoke_book() as parameters:
        html, built_for = paths.build_dir() / "html", paths.build_dir() / "html.run"
        if not (html.is_dir() and built_for.is_file() and built_for.read_text() == testrun_uid):
            build.build_book(**parameters)
            built_for.write_text(testrun_uid)
        return html


@pytest.fixture
def page(book: Path, page_name: str) -> Path:
    return book / page_name

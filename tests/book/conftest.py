"""The book as its readers get it, for the tests that read and open its pages."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from ganbook import build, paths

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


def _sources() -> list[str]:
    """Names of all pages that readers meet: written, generated, and Sphinx's own."""
    root = paths.root()
    written = [path.relative_to(root / "book") for path in (root / "book").glob("*.md")]
    cards = [path.relative_to(root) for path in (root / "datasets").rglob("*.md")]
    pages = sorted(path.with_suffix(".html").as_posix() for path in written + cards)
    return [*pages, "claims.html", "genindex.html", "search.html"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "page_name" in metafunc.fixturenames:
        metafunc.parametrize("page_name", _sources())


@pytest.fixture(scope="session")
def book() -> Path:
    """Folder of the HTML pages, built from the working tree; chapters run only if they changed since the last build."""
    return build.build_book().parent


@pytest.fixture
def page(book: Path, page_name: str) -> Path:
    return book / page_name


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium. Without one its tests cannot run; on a CI machine (CI=true) that is a failure."""
    if not CHROMIUM.exists():
        reason = f"no browser: {CHROMIUM} is missing; on Debian: apt-get install chromium"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS), timeout=120_000)
        yield browser
        browser.close()

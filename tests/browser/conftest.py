"""A JupyterLab that all browser tests share, and notebooks in it run as a person would."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, expect

VIEWPORT = {"width": 1280, "height": 3200}  # tall: a whole notebook lies in view
NO_NEWS = {"fetchNews": "false", "checkForUpdates": False}
NO_EXTENSION_SEARCH = {"buildCheck": False, "disabledExtensions": {"@jupyterlab/extensionmanager-extension": True}}
expect.set_options(timeout=15_000)  # a machine that trains meanwhile is slow


class Lab:
    """A running JupyterLab; ``folder`` is what it shows."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder

    def write(self, name: str, cells: list[str]) -> None:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, self.folder / name)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab as it is installed here, on a free port, with settings and files of its own."""
    home, folder = tmp_path_factory.mktemp("lab_home"), tmp_path_factory.mktemp("lab_files")
    write_json(home / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings", NO_NEWS)
    write_json(home / "config" / "labconfig" / "page_config.json", NO_EXTENSION_SEARCH)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "IPYTHONDIR": "ipython",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    }
    environment = os.environ | {name: str(home / part) for name, part in folders.items()}
    options = [
        "--no-browser",
        "--allow-root",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={folder}",
        "--LabApp.extension_manager=readonly",
        "--IdentityProvider.token=",
    ]
    with (home / "log.txt").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options], env=environment, stdout=log, stderr=log
        )
        url = f"http://127.0.0.1:{port}"
        try:
            wait_until(lambda: server.poll() is not None or answers(url), "the start of JupyterLab", seconds=180)
            assert server.poll() is None, (home / "log.txt").read_text()
            yield Lab(url, folder)
        finally:
            server.terminate()
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:
                server.kill()


def write_json(path: Path, content: dict) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(content))


def answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/api/status", timeout=5).ok
    except requests.ConnectionError:
        return False


def wait_until(ready: Callable[[], bool], what: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, f"{what} did not happen within {seconds:g} s."
        time.sleep(0.05)


@pytest.fixture(scope="module")
def run_notebook(browser: Browser, lab: Lab) -> Iterator[Callable[[str, list[str]], Page]]:
    """``run_notebook(name, cells)``: a page with that notebook alone, all cells run;
    console errors in ``page.problems``.
    """
    contexts = []

    def run(name: str, cells: list[str]) -> Page:
        lab.write(name, cells)
        contexts.append(browser.new_context(viewport=VIEWPORT))
        page = watched_page(contexts[-1])
        page.goto(f"{lab.url}/doc/tree/{name}", wait_until="domcontentloaded")
        expect(page.locator("#jp-main-statusbar")).to_contain_text("| Idle", timeout=180_000)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        last_prompt = page.locator(".jp-CodeCell .jp-InputPrompt").last
        expect(last_prompt).to_have_text(f"[{len(cells)}]:", timeout=180_000)
        return page

    yield run
    for context in contexts:
        context.close()


@pytest.fixture
def page(opened: Page) -> Iterator[Page]:
    """The notebook that a module opened, with every widget reset; no error may have come up at the end of a test."""
    for reset in opened.get_by_role("button", name="Reset", exact=True).all():
        reset.click()
    yield opened
    assert opened.problems == []


def watched_page(context: BrowserContext) -> Page:
    """A page that keeps what its console calls an error, and what its scripts throw, in ``page.problems``."""
    page = context.new_page()
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("console", lambda message: message.type == "error" and page.problems.append(message.text))
    return page

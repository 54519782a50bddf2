"""Build the book: execute the chapters that changed, gather the pages, run Sphinx.

Everything goes to the build folder (``_build``): ``executed/`` the chapters as notebooks, ``source/`` what Sphinx reads
(with the exercises put in), ``html/`` the book. A build that fails leaves the last good ``html/`` alone.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from ganbook import chapters, environment, paths
from ganbook.publishing import accessible, claims_page, handles, notebooks, reference, web
from ganbook.teaching.exercises import handout
from ganbook.viz import pictures

BORROWED = re.compile(r"^```\{live-widget\} (\w+) (\w+)\n```$", re.MULTILINE)
"""On a page that is no chapter: a widget of a chapter, by the chapter's and the widget's names."""


class BuildFailed(RuntimeError):
    """Sphinx found mistakes in the pages. The text holds its warnings, one a line."""


def build_book(
    *, profile: str = "quick", seed: int = 0, data: str = "auto", execute: bool = True, force: bool = False
) -> Path:
    """Execute what changed and build the book's pages; returns the path of ``index.html``.

    Args:
        profile, seed, data: parameters of the chapters.
        execute: run chapters whose page, code, checkpoints, claims or parameters changed since their last run. Without,
            a chapter that was never run appears without its outputs.
        force: run all chapters, changed or not.

    Raises:
        ChapterFailed: a chapter stopped at a cell.
        BuildFailed: a page has a broken link, an unknown reference or another mistake that Sphinx warns of.
    """
    if execute:
        for slug in paths.chapters():
            execute_if_changed(slug, profile=profile, seed=seed, data=data, force=force)
    source = _gather()
    html = paths.build_dir() / "html"
    _run_sphinx(source, html)
    return html / "index.html"


def execute_if_changed(slug: str, *, profile: str, seed: int, data: str, force: bool = False) -> Path:
    """Run a chapter unless its last run in the build folder was of the same things; returns the executed notebook."""
    stamp = _executed(slug).with_suffix(".stamp")
    if (
        not force
        and _executed(slug).exists()
        and stamp.exists()
        and stamp.read_text() == fingerprint(slug, profile, seed, data)
    ):
        print(f"{slug}: unchanged since its last run")
        return _executed(slug)
    print(f"{slug}: running at profile {profile}, seed {seed} ...", flush=True)
    stamp.unlink(missing_ok=True)
    began = time.time()
    notebooks.execute(slug, profile=profile, seed=seed, data=data)
    if all(path.stat().st_mtime < began for path in _sources(slug)):  # else it ran with something between old and new
        stamp.write_text(fingerprint(slug, profile, seed, data))
    return _executed(slug)


def fingerprint(slug: str, profile: str, seed: int, data: str) -> str:
    """SHA-256 over all that decides a chapter's outputs: parameters, data folder,
    torch, page, claims, and what its last run used.

    That is the library's files that it imported, and the checkpoints of all chapters whose files are among them.
    """
    digest = hashlib.sha256()
    settings = (profile, str(seed), data, os.environ.get("GANBOOK_DATA", ""), metadata.version("torch"))
    digest.update("\n".join(settings).encode())
    for path in sorted(_sources(slug)):
        digest.update(f"\n{path.relative_to(paths.root())}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources(slug: str) -> Iterator[Path]:
    library = paths.root() / "lib" / "ganbook"
    last_run = nbformat.read(_executed(slug), as_version=4).metadata.get("ganbook", {"imported": []})
    imported = [library / name for name in last_run["imported"]]
    yield paths.root() / "book" / f"{slug}.md"
    yield from (paths.root() / "book" / "claims").glob(f"{slug}.yml")
    yield from (path for path in imported if path.is_file())
    for each in paths.chapters():
        if library / "chapters" / each in (folder for path in imported for folder in path.parents):
            yield from _files(paths.checkpoints_dir() / each)


def _files(folder: Path) -> Iterable[Path]:
    return (
        path
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pyc" and not _is_left_behind(path.name)
    )


def _executed(slug: str) -> Path:
    return paths.build_dir() / "executed" / f"{slug}.ipynb"


def _not_ours(folder: str, names: list[str]) -> set[str]:
    """What lies in a folder of the book and is none of it: what editors and systems leave,
    and pages that the table of contents does not name.

    Such pages are passed over with a word; somebody may have meant them to be in the book.
    """
    left = {name for name in names if _is_left_behind(name)}
    if Path(folder) != paths.root() / "book":
        return left | {name for name in names if name.endswith(".ipynb")}
    pages = {name for name in names if Path(name).suffix in (".md", ".ipynb")} - left
    ours = {f"{name}.md" for name in (*paths.pages(), *paths.chapters())}
    unlisted = pages - ours
    if unlisted:
        print(f"passed over in book/, for {paths.MARKER} does not name them: {', '.join(sorted(unlisted))}")
    return left | unlisted


def _is_left_behind(name: str) -> bool:
    return (
        name.startswith((".", "#", "~$"))
        or name.endswith(("~", ".swp", ".bak", ".orig", ".tmp"))
        or name in ("__pycache__", "Thumbs.db", "desktop.ini")
    )


def _gather() -> Path:
    """Put all that Sphinx reads into ``_build/source``:
    pages, data set cards, executed chapters, the page of claims.
    """
    source = paths.build_dir() / "source"
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(paths.root() / "book", source, ignore=_not_ours, ignore_dangling_symlinks=True)
    if (paths.root() / "datasets").is_dir():
        shutil.copytree(paths.root() / "datasets", source / "datasets", ignore=_not_ours, ignore_dangling_symlinks=True)
    for slug in paths.chapters():
        (source / f"{slug}.md").unlink()
        if _executed(slug).exists():
            notebook = nbformat.read(_executed(slug), as_version=4)
        else:
            notebook = notebooks.read_chapter(slug)
            notebook.metadata.language_info = {"name": "python", "pygments_lexer": "ipython3"}
        _add_exercises(notebook, slug)
        nbformat.write(notebook, source / f"{slug}.ipynb")
    for path in source.glob("*.md"):
        text = path.read_text(encoding="utf-8")
        text = BORROWED.sub(lambda found: _borrowed(*found.groups()), text)
        path.write_text(handles.PLACE.sub(lambda _: handles.table_markdown(), text), encoding="utf-8")
    (source / "claims.md").write_text(claims_page.page_markdown(), encoding="utf-8")
    (source / "api").mkdir()
    for name, text in reference.pages_markdown().items():
        (source / "api" / f"{name}.md").write_text(text, encoding="utf-8")
    return source


def _borrowed(slug: str, widget: str) -> str:
    """The widget of this name from the chapter's last run, as a page that is no chapter shows it."""
    notebook = nbformat.read(_executed(slug), as_version=4) if _executed(slug).exists() else nbformat.v4.new_notebook()
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", ()))
    forms = ("".join(output.get("data", {}).get("text/html", "")) for output in outputs)
    live = next((form for form in forms if form.startswith(f'<div class="gb-live" data-widget="{widget}"')), None)
    if live is None:
        return f"*Here stands a widget of {{doc}}`{slug}`, once that chapter has been run.*"
    return f"``````{{raw}} html\n{live}\n``````"


def _add_exercises(notebook: NotebookNode, slug: str) -> None:
    """Put the chapter's exercises behind the text of the cell tagged ``exercises``, if there is one."""
    for cell in notebook.cells:
        if "exercises" in cell.metadata.get("tags", ()):
            cell.source += f"\n\n{handout.page_section(slug)}"


def _styled_once(page: str) -> str:
    """The page, HTML, without the styles that it has already: each shown source brings the same 4 kB."""
    seen = set()

    def first(found: re.Match) -> str:
        known = found[0] in seen
        seen.add(found[0])
        return "" if known else found[0]

    return re.sub("<style>.*?</style>", first, page, flags=re.DOTALL)


def _without_search_tools(page: str) -> str:
    """The page, HTML, without the theme's index of all pages, which is for a search while one types that the book does
    not have; the page of results brings its own.
    """
    return re.sub(r'<script src="[^"]*(?:searchtools|language_data|searchindex)\.js"></script>\s*', "", page)


def _run_sphinx(source: Path, html: Path) -> None:
    fresh = html.with_name("html.new")
    shutil.rmtree(fresh, ignore_errors=True)
    doctrees = paths.build_dir() / "doctrees"
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-q", "-E", "-W", "--keep-going", "-d", doctrees]
    said = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "encoding": "utf-8", "errors": "replace"}
    result = subprocess.run([*command, source, fresh], env=environment.own(), **said)
    if result.returncode:
        raise BuildFailed(f"the book's pages have mistakes:\n{result.stdout.strip()}")
    _lay_beside(fresh)
    for page in fresh.rglob("*.html"):
        text = _styled_once(accessible.mended(page.read_text(encoding="utf-8")))
        page.write_text(text if page.name == "search.html" else _without_search_tools(text), encoding="utf-8")
    shutil.rmtree(html, ignore_errors=True)
    fresh.rename(html)


def _lay_beside(html: Path) -> None:
    """Pictures, and what brings widgets to life, in files beside the pages:
    loaded when they are looked at, and kept.
    """
    static = html / "_static"
    pages = {path.stem: path.read_text(encoding="utf-8") for path in html.glob("*.html")}
    pages = {slug: pictures.laid_beside(page, static / "pictures", "_static/pictures") for slug, page in pages.items()}
    if any('<div class="gb-live"' in page for page in pages.values()):
        pages = _bring_widgets_to_life(pages, static / "live")
    for slug, page in pages.items():
        (html / f"{slug}.html").write_text(page, encoding="utf-8")


def _bring_widgets_to_life(pages: dict[str, str], dest: Path) -> dict[str, str]:
    """Export the models that the pages show, which are the chapters';
    the pages that use the site of live widgets in ``dest``.
    """
    from ganbook.widgets.live import site

    wanted = {slug: site.models_asked_for(page) for slug, page in pages.items()}
    for slug in paths.chapters():
        if wanted[slug]:
            web.export_chapter(slug, wanted[slug])
    site.write_site(dest, web.live_dir(), set().union(*wanted.values()), chapters.widget_folders())
    return {slug: site.laid_beside(page, dest) for slug, page in pages.items()}

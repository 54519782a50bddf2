"""Where the parts of the book lie on disk."""

import os
from collections.abc import Iterator
from pathlib import Path

from ganbook.errors import UserError

MARKER, OURS = "_toc.yml", "Steering GANs"
"""The file that marks the book's folder, and what stands in it: other books have a table of contents, too."""


def root() -> Path:
    """The book's folder: the nearest one with this book's ``_toc.yml``,
    from the working directory upwards, else from this package's place.

    Raises:
        FileNotFoundError: neither lies inside a copy of the book.
    """
    for start in (Path.cwd(), Path(__file__).resolve().parent):
        for folder in (start, *start.parents):
            if _is_root(folder):
                return folder
    raise FileNotFoundError(
        f"This is not the book's folder: no {MARKER} of {OURS} in {Path.cwd()} nor above it. "
        "Change into your clone of the book and run again."
    )


def _is_root(folder: Path) -> bool:
    try:
        return OURS in (folder / MARKER).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False


def build_dir() -> Path:
    """Everything generated: ``_build`` in the book's folder, or the folder that ``GANBOOK_BUILD`` names."""
    named = os.environ.get("GANBOOK_BUILD")
    return Path(named).expanduser().resolve() if named else root() / "_build"


def checkpoints_dir() -> Path:
    """The shipped checkpoints, one folder a chapter."""
    return root() / "checkpoints"


def home() -> Path | None:
    """The person's home folder;
    None where there is neither ``HOME`` nor an entry in the list of users, as in some containers.
    """
    try:
        return Path.home()
    except RuntimeError:
        return None


def cache_dir() -> Path:
    """Downloaded data: ``GANBOOK_CACHE`` if set, else ``ganbook`` in the user's cache folder,
    else in the build folder. It need not exist yet.
    """
    named = os.environ.get("GANBOOK_CACHE")
    if named:
        return Path(named).expanduser().resolve()
    shared = os.environ.get("XDG_CACHE_HOME") or (home() or build_dir()) / ".cache"
    return Path(shared).expanduser() / "ganbook"


def own_data_dir() -> Path | None:
    """The folder with a person's own data, which ``GANBOOK_DATA`` names; None where it is not set.

    Raises:
        UserError: ``GANBOOK_DATA`` names no folder.
    """
    named = os.environ.get("GANBOOK_DATA")
    if not named:
        return None
    own = Path(named).expanduser()
    if not own.is_dir():
        raise UserError(f"GANBOOK_DATA is {named}, which is not a folder. Point it at your data folder, or unset it.")
    return own


def shortened(text: str) -> str:
    """A text for pages and reports, which travel:
    paths of this machine from the build folder, the book's folder or ``~`` on.
    """
    for folder, name in ((build_dir(), "_build"), (root(), "."), *([(home(), "~")] if home() else [])):
        text = text.replace(f"{folder}{os.sep}", f"{name}{os.sep}")
    return text


def chapters() -> tuple[str, ...]:
    """Slugs of the finished chapters, in the alphabet's order:
    those with a page in ``book/`` and a package in ``ganbook.chapters``.
    """
    package = Path(__file__).resolve().parent / "chapters"
    slugs = (page.stem for page in (root() / "book").glob("*.md"))
    return tuple(sorted(slug for slug in slugs if (package / slug / "__init__.py").is_file()))


def pages() -> list[str]:
    """The pages that the table of contents names, in its order, without suffix:
    ``index``, ``latent_captions``, ``datasets/index`` ...
    """
    import yaml

    return list(_named(yaml.safe_load((root() / MARKER).read_text(encoding="utf-8"))))


def _named(node: object) -> Iterator[str]:
    """The values of "root" and "file" in nested lists and mappings."""
    if isinstance(node, dict):
        yield from (node[key] for key in ("root", "file") if key in node)
    if isinstance(node, (dict, list)):
        for inner in node.values() if isinstance(node, dict) else node:
            yield from _named(inner)

"""The pages of the library's modules, made from their docstrings."""

import pkgutil
from importlib.util import find_spec

import ganbook
from ganbook import chapters, paths

SHARED = ("losses", "nn", "metrics", "data", "training", "viz")
"""What chapters share and readers use: a page each."""

OF_A_CHAPTER = ("model", "losses", "game", "analysis", "recipe")

HEAD = """\
# The library

What the chapters are built from, made from the docstrings of `ganbook`. Shapes stand in the annotations:
`Float[Tensor, "batch 3 64 64"]` is a batch of pictures of three channels.

Chapters share {doc}`losses`, {doc}`nn`, {doc}`metrics`, {doc}`data`, {doc}`training` and {doc}`viz`. Each chapter's own
modules have a page, too.
"""


def pages_markdown() -> dict[str, str]:
    """The pages as MyST Markdown, by name, ``index`` first; a single one would be too much for a browser."""
    found = {"index": HEAD} | {part: _page(f"`ganbook.{part}`", _modules(part)) for part in SHARED}
    for slug in (slug for slug in paths.pages() if slug in chapters.slugs()):
        own = [f"ganbook.chapters.{slug}.{name}" for name in OF_A_CHAPTER]
        found[slug] = _page(f"`{slug}`", [name for name in own if find_spec(name)])
    return found


def _page(title: str, modules: list[str]) -> str:
    return f"# {title}\n" + "".join(map(_section, modules))


def _modules(part: str) -> list[str]:
    """The modules of a package, in the alphabet's order, or the one module of this name."""
    package = next(iter(ganbook.__path__)) + f"/{part}"
    inner = sorted(each.name for each in pkgutil.iter_modules([package]))
    return [f"ganbook.{part}.{name}" for name in inner] or [f"ganbook.{part}"]


def _section(name: str) -> str:
    return (
        f"\n## `{name}`\n\n"
        f"```{{eval-rst}}\n.. automodule:: {name}\n"
        "   :members:\n   :member-order: bysource\n   :no-index:\n```\n"
    )

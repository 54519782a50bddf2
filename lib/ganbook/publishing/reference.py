"""The page of the library's modules, made from their docstrings."""

import pkgutil
from importlib.util import find_spec

import ganbook
from ganbook import chapters, paths

SHARED = ("losses", "nn", "metrics", "data", "training", "viz")
"""What chapters share and readers use; the order of the page."""

OF_A_CHAPTER = ("model", "losses", "game", "analysis", "recipe")

HEAD = """\
# The library

What the chapters are built from, made from the docstrings of `ganbook`. Shapes stand in the annotations:
`Float[Tensor, "batch 3 64 64"]` is a batch of pictures of three channels. A chapter's own modules come last.
"""


def page_markdown() -> str:
    """The page as MyST Markdown."""
    shared = [name for part in SHARED for name in _modules(part)]
    sections = [("What chapters share", shared)]
    for slug in (slug for slug in paths.pages() if slug in chapters.slugs()):
        own = [f"ganbook.chapters.{slug}.{name}" for name in OF_A_CHAPTER]
        sections.append((f"`{slug}`", [name for name in own if find_spec(name)]))
    return HEAD + "".join(f"\n## {title}\n" + "".join(map(_section, names)) for title, names in sections)


def _modules(part: str) -> list[str]:
    """The modules of a package, in the alphabet's order, or the one module of this name."""
    package = next(iter(ganbook.__path__)) + f"/{part}"
    inner = sorted(each.name for each in pkgutil.iter_modules([package]))
    return [f"ganbook.{part}.{name}" for name in inner] or [f"ganbook.{part}"]


def _section(name: str) -> str:
    return (
        f"\n### `{name}`\n\n"
        f"```{{eval-rst}}\n.. automodule:: {name}\n"
        "   :members:\n   :member-order: bysource\n   :no-index:\n```\n"
    )

"""The pages of the library name what there is, in the order of the house."""

import re
from pathlib import Path

import ganbook
from ganbook import chapters
from ganbook.publishing import reference


def test_every_shared_module_and_every_chapter_is_there():
    pages = reference.pages_markdown()
    named = re.findall(r"automodule:: (\S+)", "".join(pages.values()))
    library = Path(ganbook.__file__).parent
    shared = {
        f"ganbook.{part}.{path.stem}"
        for part in reference.SHARED
        for path in (library / part).glob("*.py")
        if path.stem != "__init__"
    }
    assert shared | {"ganbook.losses"} <= set(named) and len(named) == len(set(named))
    assert {f"ganbook.chapters.{slug}.recipe" for slug in chapters.slugs()} <= set(named)
    assert list(pages)[:2] == ["index", "losses"] and all(text.startswith("# ") for text in pages.values())
    assert named[0] == "ganbook.losses" and named.index("ganbook.chapters.latent_captions.model") > named.index(
        "ganbook.viz.style"
    )

"""Begin a chapter: write its skeleton, a small GAN that trains, with everything around it that a chapter has.

The skeleton lies in ``skeleton/`` as the files will lie in the book, with ``SLUG``, ``TITLE``, ``ABBR`` and ``DATE`` to
be filled in.
"""

import datetime
import re
from pathlib import Path

from ganbook import paths
from ganbook.errors import UserError

SKELETON = Path(__file__).parent / "skeleton"
CHAPTERS = re.compile(r"(?<=- caption: Chapters\n    chapters:\n)((?:      - file: \w+\n)+)")
"""The chapters in the table of contents."""


def new_chapter(slug: str, title: str) -> list[Path]:
    """Write the skeleton and put the chapter into the table of contents;
    returns the files, relative to the book's folder.

    Raises:
        UserError: no good name, a file of the skeleton is there already (nothing is written then), or no chapters in
            the table of contents.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", slug):
        raise UserError(
            f"a chapter's name is small letters, digits and single underscores, such as drag_editing; got {slug!r}"
        )
    root, contents = paths.root(), paths.root() / paths.MARKER
    text, n_parts = CHAPTERS.subn(rf"\g<1>      - file: {slug}\n", contents.read_text(encoding="utf-8"))
    if n_parts != 1:
        raise UserError(f"{contents} has no part 'Chapters' with a list of files, to which the chapter could be added")
    filled = {"SLUG": slug, "TITLE": title, "ABBR": abbreviation(slug), "DATE": f"{datetime.date.today()}"}
    files = {
        _filled(path.relative_to(SKELETON).as_posix().removesuffix(".txt"), filled): path
        for path in sorted(SKELETON.rglob("*.txt"))
    }
    if there := [name for name in files if (root / name).exists()]:
        raise UserError(
            f"nothing was written, for {', '.join(there)} {'is' if len(there) == 1 else 'are'} there already"
        )
    for name, path in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(_filled(path.read_text(encoding="utf-8"), filled), encoding="utf-8")
    contents.write_text(text, encoding="utf-8")
    return [Path(name) for name in files]


def abbreviation(slug: str) -> str:
    """What the names of a chapter's exercises and claims begin with:
    the first letters of its words, or the first two of its only one.
    """
    words = slug.split("_")
    return "".join(word[0] for word in words) if len(words) > 1 else slug[:2]


def _filled(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(name, value)
    return text

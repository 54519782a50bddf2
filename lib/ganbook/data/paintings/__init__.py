"""Paintings with their years: a painter of our own, dated van Gogh from Commons, or a folder of one's own.

Our own painter (:mod:`.render`) paints any motif in the style of any year from 1881 to 1891, so it is known what a
picture between two years should look like. All sources stand behind one interface: :func:`paintings`.
"""

from pathlib import Path

from ganbook import paths
from ganbook.data.catalogue import DataSet, Found
from ganbook.data.paintings import commons
from ganbook.data.paintings.dated import FEWEST, SPLITS, Paintings
from ganbook.data.paintings.drawn import FIRST, drawn_paintings, parameters, year_of
from ganbook.data.paintings.folder import TABLE, folder_paintings
from ganbook.data.paintings.motif import MOTIFS, SEASONS, WEATHERS, Motif, motif_of
from ganbook.data.paintings.render import paint
from ganbook.data.paintings.style import FIRST_YEAR, LAST_YEAR, Style, style_of
from ganbook.errors import UserError

__all__ = [
    "FEWEST",
    "FIRST",
    "FIRST_YEAR",
    "LAST_YEAR",
    "MOTIFS",
    "SEASONS",
    "SPLITS",
    "WEATHERS",
    "Motif",
    "Paintings",
    "Style",
    "drawn_paintings",
    "folder_paintings",
    "motif_of",
    "paint",
    "paintings",
    "parameters",
    "style_of",
    "year_of",
]

SOURCES = ("auto", "embedded", "commons", "folder")


def paintings(
    split: str, source: str = "auto", n: int | None = None, side: int = 64, progress: bool = True
) -> Paintings:
    """Load a split of dated paintings and print in one line which source is in use and what was left out.

    Args:
        split: "train", "dev" or "test".
        source: "embedded" paints them; "folder" reads ``paintings/paintings.csv`` in ``GANBOOK_DATA`` and the pictures
            beside it; "commons" reads van Gogh from the cache and downloads what is missing; "auto" takes the folder if
            there is one, else what was downloaded, else our own painter, and never downloads.
        n: the first so many; all by default.
        side: pixels of a side, 64 to 256.
        progress: show a bar where it takes time.

    Raises:
        UserError: unknown split or source, n or side out of range, a folder that cannot be used.
        DataUnavailable: the pictures cannot be downloaded.
    """
    if source not in SOURCES:
        raise UserError(f"unknown source {source!r}: expected one of {', '.join(SOURCES)}")
    own = own_folder() if source in ("auto", "folder") else None
    if own:
        found, report = folder_paintings(own, split, n, side)
        print(f"paintings: {own}, {len(found):,} {split} pictures; {report}")
        return found
    if source == "folder":
        raise UserError(f"no folder of paintings: put paintings/{TABLE} into the folder that GANBOOK_DATA names")
    if source == "commons" or (source == "auto" and commons.here()):
        found, report = commons.commons_paintings(split, n, side, progress, fetch=source == "commons")
        print(f"paintings: van Gogh, Wikidata and Commons, {len(found):,} {split} pictures; {report}")
        return found
    found = drawn_paintings(split, n, side, progress)
    print(f"paintings: embedded (painted here), {len(found):,} {split} pictures")
    return found


def own_folder() -> Path | None:
    """The folder with a person's own paintings in ``GANBOOK_DATA``, or None.

    Raises:
        UserError: ``GANBOOK_DATA`` names no folder.
    """
    own = paths.own_data_dir()
    return own / "paintings" if own and (own / "paintings" / TABLE).is_file() else None


def look() -> Found:
    """What ``source="auto"`` finds on this machine. Pictures are not read."""
    try:
        own = own_folder()
    except UserError as error:
        return Found("embedded", "ganbook", verified=True, problem=str(error))
    if own:
        return Found("folder", str(own))
    if commons.here():
        return Found("commons", str(commons.cache_folder()))
    return Found("embedded", "ganbook", verified=True)


def fetch(progress: bool = True) -> Path:
    """The folder with a person's own paintings if there is one, else the cache, into which van Gogh is downloaded.

    Raises:
        UserError, DataUnavailable: as ``catalogue.fetch``.
    """
    own = own_folder()
    if own is None:
        commons.download(progress)
    return own or commons.cache_folder()


DATA_SET = DataSet(
    name="paintings",
    title="Paintings with their years: landscapes by a painter whose style drifts",
    origin={
        "embedded": "the book's own painter",
        "commons": "Vincent van Gogh: list and dates from Wikidata, pictures from Wikimedia Commons",
        "folder": "pictures of your own with a CSV",
    },
    licence={
        "embedded": "as the book: MIT for the code, CC BY 4.0 for pictures",
        "commons": "paintings in the public domain; Wikidata CC0; each picture's page on Commons tells its licence",
        "folder": "yours",
    },
    splits={"embedded": SPLITS, "commons": {}, "folder": {}},
    schema={
        "pictures": "uint8 (n, 3, side, side), red, green, blue; 64 x 64 by default, up to 256 x 256",
        "years": f"float32 (n,), {FIRST_YEAR:.0f} up to, not including, {LAST_YEAR:.0f} when painted here",
        "titles": "of each picture",
        "sources": "of each picture: its number, file, or page on Commons",
    },
    files=({"name": commons.LIST, "sha256": None},),
    mirrors=(commons.LIST_URL, commons.FILE_URL),
    look=look,
    fetch=fetch,
)
"""How many pictures Commons and a folder have is not known beforehand."""

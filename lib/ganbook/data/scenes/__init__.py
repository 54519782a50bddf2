"""Scenes: clip-art pictures of places, people and things, with a scene file and five captions each.

Drawn here by the book's own rules (:mod:`.composing`, :mod:`.render`, :mod:`.captions`), or the public abstract scenes
(:mod:`.public`), behind one interface: :func:`scenes`.
"""

from pathlib import Path

from ganbook.data.catalogue import DataSet, Found
from ganbook.data.scenes import public
from ganbook.data.scenes.captions import CAPTIONS, Caption, captions
from ganbook.data.scenes.composing import compose
from ganbook.data.scenes.drawn import FIRST, INDOORS, OUTDOORS, SPLITS, Scenes, drawn_scenes, parameters
from ganbook.data.scenes.people import PEOPLE, POSES, Person
from ganbook.data.scenes.places import LOOKS, PLACES, Place
from ganbook.data.scenes.render import render, width_of
from ganbook.data.scenes.scene import Item, Scene, from_json, to_json
from ganbook.data.scenes.things import THINGS, Thing
from ganbook.errors import UserError

__all__ = [
    "CAPTIONS",
    "FIRST",
    "INDOORS",
    "LOOKS",
    "OUTDOORS",
    "PEOPLE",
    "PLACES",
    "POSES",
    "SPLITS",
    "THINGS",
    "Caption",
    "Item",
    "Person",
    "Place",
    "Scene",
    "Scenes",
    "Thing",
    "captions",
    "compose",
    "drawn_scenes",
    "from_json",
    "parameters",
    "render",
    "scenes",
    "to_json",
    "width_of",
]

SOURCES = ("auto", "embedded", "vqa")


def scenes(split: str, source: str = "auto", n: int | None = None, height: int = 60, progress: bool = True) -> Scenes:
    """Load a split of the scenes and print in one line which source is in use and what was left out.

    Args:
        split: "train", "dev" or "test".
        source: "embedded" draws them; "vqa" reads the public release from ``GANBOOK_DATA`` or the cache and downloads
            it (gigabytes) when it is in neither; "auto" takes the public release if it is on this machine, and never
            downloads.
        n: the first so many; all by default.
        height: of the pictures, which are 7/4 as wide: 60, 30 and 15 are the paper's three stages.
        progress: show a bar where it takes time.

    Raises:
        UserError: unknown split or source, n or height out of range, or a release that cannot be used.
        DataUnavailable: the public release cannot be downloaded.
    """
    if source not in SOURCES:
        raise UserError(f"unknown source {source!r}: expected one of {', '.join(SOURCES)}")
    folder = public.find() if source != "embedded" else None
    if source == "vqa" and folder is None:
        folder = public.download(progress)
    if folder is None:
        found = drawn_scenes(split, n, height, progress)
        print(f"scenes: embedded (drawn here), {len(found):,} {split} pictures")
        return found
    found, report = public.public_scenes(folder, split, n, height, progress)
    print(f"scenes: VQA abstract scenes, {len(found):,} {split} pictures; {report}")
    if not len(found):
        raise UserError(f"{folder} holds too few pictures: none of them belongs to the {split} split")
    return found


def look() -> Found:
    """What ``source="auto"`` finds on this machine. Archives are not read through, which would take minutes."""
    try:
        folder = public.find()
    except UserError as error:
        return Found("embedded", "ganbook", verified=True, problem=str(error))
    if folder is None:
        return Found("embedded", "ganbook", verified=True)
    report = public.Report()
    public.Files(folder, report)
    problem = f"{folder}: {'; '.join(report.problems[public.BAD_ARCHIVE])}" if report.problems else None
    return Found("vqa", str(folder), verified=not problem, problem=problem)


def fetch(progress: bool = True) -> Path:
    """The folder with the public release: ``GANBOOK_DATA`` if it is there, else the cache, into which it is downloaded.

    Raises:
        UserError, DataUnavailable: as ``catalogue.fetch``.
    """
    folder = public.find()
    return public.download(progress) if folder in (None, public.cache_folder()) else folder


DATA_SET = DataSet(
    name="scenes",
    title="Scenes: clip-art pictures of places, people and things, with captions",
    origin={
        "embedded": "the book's own generator",
        "vqa": "VQA abstract scenes v1.0, training part: Antol, Agrawal, Lu, Mitchell, Batra, Zitnick, Parikh (2015)",
    },
    licence={
        "embedded": "as the book: MIT for the code, CC BY 4.0 for pictures and texts",
        "vqa": "CC BY 4.0 for questions, answers and captions; see visualqa.org/terms.html",
    },
    splits={"embedded": SPLITS, "vqa": {"all": 20_000}},
    schema={
        "pictures": "uint8 (n, 3, height, width), red, green, blue; 60 x 105 by default",
        "outdoors": "int64 (n,): 0 indoors, 1 outdoors",
        "places": "int64 (n,): "
        + ", ".join(f"{number} {place.name}" for number, place in enumerate(PLACES))
        + "; -1 unknown",
        "people": "int64 (n,): 0..19, the person whom it is about; -1 nobody",
        "things": "bool (n, names): which things are in it",
        "captions": "five sentences of each scene",
    },
    files=tuple({"name": name.rpartition("/")[2], "sha256": None} for name in public.ARCHIVES),
    mirrors=public.MIRRORS,
    look=look,
    fetch=fetch,
)

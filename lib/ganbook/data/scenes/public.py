"""The public abstract scenes: VQA abstract scenes v1.0 (Antol et al., *VQA: Visual Question Answering*, ICCV 2015).

20,000 training pictures of 400 x 700, for each a scene file that says what is where (:mod:`.scene` tells the format),
and five captions in the format of MSCOCO. The files are read as they were downloaded, from their archives, or from a
folder into which somebody unpacked them.
"""

import hashlib
import io
import json
import os
import re
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, astuple, dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import UInt8
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from ganbook import paths
from ganbook.data.download import fetch
from ganbook.data.kept import drawn_once
from ganbook.data.report import Report
from ganbook.data.scenes.drawn import INDOORS, OUTDOORS, SPLITS, Scenes
from ganbook.data.scenes.render import width_of
from ganbook.errors import UserError

MIRRORS = ("https://s3.amazonaws.com/cvmlp/vqa/abstract_v002/", "http://visualqa.org/data/abstract_v002/")
ARCHIVES = (
    "scene_img/scene_img_abstract_v002_train2015.zip",
    "scene_json/scene_json_abstract_v002_train2015.zip",
    "captions/captions_abstract_v002_train-val2015.zip",
)
"""Pictures, scene files, captions; the address of the captions follows the pattern of the others and was never tried.
Nobody published their checksums: the first whole download notes them."""

SUMS = "checksums.json"
FOLDERS = ("abstract_v002", "abstract_scenes", "vqa", "scenes")
"""Names under which ``GANBOOK_DATA`` may hold the files, in capitals or not; they may also lie in it directly."""

SCENE_TYPES = {"Living": INDOORS, "Park": OUTDOORS}
SORTS = ("human", "animal", "largeObject", "smallObject")

DOLLS = (
    ("male", "adult"), ("female", "adult"), ("male", "adult"), ("female", "adult"), ("male", "adult"),
    ("female", "adult"), ("male", "old"), ("female", "old"), ("male", "old"), ("female", "old"),
    ("male", "adult"), ("female", "adult"), ("male", "adult"), ("female", "adult"), ("male", "child"),
    ("female", "child"), ("male", "child"), ("female", "child"), ("any", "child"), ("any", "child"),
)  # fmt: skip
"""Gender and age of the 20 people, Doll01 to Doll20; the last two are babies."""

_PICTURE = re.compile(r"abstract_v002_train2015_(\d{12})\.(png|json)$")
_CAPTIONS = "captions_abstract_v002_train2015.json"


def cache_folder() -> Path:
    """Where downloads are kept."""
    return paths.cache_dir() / "abstract_v002"


def find() -> Path | None:
    """The folder with the release, packed or unpacked: in ``GANBOOK_DATA``, else the cache, else None.

    Raises:
        UserError: ``GANBOOK_DATA`` names no folder.
    """
    own, places = paths.own_data_dir(), [cache_folder()]
    if own:
        inside = [each for each in sorted(own.iterdir()) if each.is_dir() and each.name.lower() in FOLDERS]
        places = [*inside, own, *places]
    return next((place for place in places if _holds_a_release(place)), None)


def _holds_a_release(folder: Path) -> bool:
    if not folder.is_dir():
        return False
    names = [each.name for each in folder.iterdir()]
    return any(re.match(r"scene_img_abstract_v002_train2015(\.zip)?$", name) or _PICTURE.search(name) for name in names)


def download(progress: bool = True) -> Path:
    """Bring the three archives into the cache and return its folder; a transfer that broke off goes on.

    Raises:
        UserError: the cache folder cannot be written, or an archive is not the one that was downloaded first.
        DataUnavailable: no mirror gave a whole archive.
    """
    folder = cache_folder()
    noted = _noted(folder)
    fetch([(name, noted.get(_short(name))) for name in ARCHIVES], MIRRORS, folder, progress, resume=True)
    for name in map(_short, ARCHIVES):
        if name not in noted:
            noted[name] = _checked_sum(folder / name)
            (folder / SUMS).write_text(json.dumps(noted, indent=2), encoding="utf-8")
    return folder


def _short(name: str) -> str:
    return name.rpartition("/")[2]


def _noted(folder: Path) -> dict[str, str]:
    try:
        return json.loads((folder / SUMS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _checked_sum(archive: Path) -> str:
    """The archive's sha256, after every file in it agreed with the checksum that the archive has of it."""
    try:
        with zipfile.ZipFile(archive) as opened:
            wrong = opened.testzip()
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError) as error:
        wrong = str(error)
    if wrong:
        archive.unlink()
        raise UserError(f"{archive.name} came damaged ({wrong}) and was removed. Run again to download it.")
    with open(archive, "rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


# Reading


UNREADABLE = "left out because the picture cannot be read"
NO_SCENE = "left out because the scene file is missing or cannot be read"
NO_CAPTION = "left out because there is no caption"
NO_PERSON = "without one of the 20 people, which are kept"
UNKNOWN = "with objects of an unknown sort, which are kept"
BAD_ARCHIVE = "archives that cannot be read"


class Files:
    """The files of a release by name, in archives or not."""

    def __init__(self, folder: Path, report: Report) -> None:
        self._where: dict[str, Path | tuple[Path, str]] = {}
        self._open: dict[Path, zipfile.ZipFile] = {}
        for path in sorted(folder.rglob("*")):
            if path.suffix == ".zip" and path.is_file():
                self._look_into(path, report)
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                self._where[path.name] = path

    def _look_into(self, archive: Path, report: Report) -> None:
        try:
            self._open[archive] = zipfile.ZipFile(archive)
        except (zipfile.BadZipFile, OSError) as error:
            report.add(BAD_ARCHIVE, f"{archive.name}: {error}")
            return
        for name in self._open[archive].namelist():
            if "__MACOSX" not in name:
                self._where[_short(name)] = (archive, name)

    def names(self) -> Iterator[str]:
        return iter(self._where)

    def read(self, name: str) -> bytes:
        """Raises ``OSError`` where it cannot be read."""
        place = self._where.get(name)
        if place is None:
            raise FileNotFoundError(name)
        if isinstance(place, Path):
            return place.read_bytes()
        try:
            return self._open[place[0]].read(place[1])
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise OSError(str(error)) from None


@dataclass(frozen=True)
class Entry:
    """One picture of the release."""

    number: int
    outdoors: int
    person: int
    things: tuple[str, ...]
    captions: tuple[str, ...]


class Release:
    """The public release in a folder."""

    def __init__(self, folder: Path, progress: bool = False) -> None:
        self.folder, self.progress, self.report = folder, progress, Report()

    @cached_property
    def files(self) -> Files:
        return Files(self.folder, self.report)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Every picture with a scene file and a caption, in the order of their ids.

        Scene files are large, so what they say is kept beside what the book builds.

        Raises:
            UserError: there is none.
        """
        kept = paths.build_dir() / "data" / f"scenes-public-{self._state()}.json"
        try:
            self.report, rows = _unpacked(json.loads(kept.read_text(encoding="utf-8")))
            return rows
        except (OSError, ValueError, KeyError, TypeError):
            entries = self._read()
        kept.parent.mkdir(parents=True, exist_ok=True)
        half = kept.with_suffix(f".{os.getpid()}.part")
        half.write_text(json.dumps([asdict(self.report), [astuple(entry) for entry in entries]]), encoding="utf-8")
        half.replace(kept)
        return entries

    def _state(self) -> str:
        """Changes when a file of the release does."""
        files = [(path, path.stat()) for path in sorted(self.folder.rglob("*")) if path.is_file()]
        told = [(str(path.relative_to(self.folder)), stat.st_size, stat.st_mtime_ns) for path, stat in files]
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16]

    def _read(self) -> tuple[Entry, ...]:
        numbers = sorted(
            int(found[1]) for name in self.files.names() if (found := _PICTURE.search(name)) and found[2] == "png"
        )
        self.report.pictures = len(numbers)
        captions = self._captions()
        bar = tqdm(numbers, desc="reading scene files", unit="file", disable=not self.progress)
        entries = tuple(entry for number in bar if (entry := self._entry(number, captions.get(number, ()))))
        if not entries:
            raise UserError(f"{self.folder} holds no abstract scenes that can be used: {self.report}")
        self.report.used = len(entries)
        return entries

    def _captions(self) -> dict[int, tuple[str, ...]]:
        """The captions by picture; an entry of the file that is no caption is passed over."""
        try:
            rows = list(json.loads(self.files.read(_CAPTIONS))["annotations"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UserError(
                f"{self.folder}: {_CAPTIONS} is missing or is no list of captions in the format of MSCOCO "
                f"({type(error).__name__}: {error})"
            ) from None
        found: dict[int, list[str]] = defaultdict(list)
        for row in rows:
            text = row.get("caption") if isinstance(row, dict) else None
            if isinstance(text, str) and text.strip() and isinstance(row.get("image_id"), int):
                found[row["image_id"]].append(" ".join(text.split()))
        return {number: tuple(texts) for number, texts in found.items()}

    def _entry(self, number: int, captions: tuple[str, ...]) -> Entry | None:
        try:
            scene = json.loads(self.files.read(file_name(number, "json")))["scene"]
            outdoors = SCENE_TYPES[scene["sceneType"].split("-")[0]]
            present = [
                each for group in scene["availableObject"] for each in group["instance"] if each["present"] is True
            ]
            person = self._person(number, present)
            things = tuple(sorted({str(each["name"]) for each in present if each.get("type") != "human"}))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            self.report.add(NO_SCENE, f"{number}: {type(error).__name__}")
            return None
        if not captions:
            self.report.add(NO_CAPTION, str(number))
            return None
        odd = sorted({str(each["name"]) for each in present if each.get("type") not in SORTS})
        if odd:
            self.report.add(UNKNOWN, f"{number}: {', '.join(odd)}")
        return Entry(number, outdoors, person, things, captions)

    def _person(self, number: int, present: list[dict[str, Any]]) -> int:
        """The nearest of the 20 people, the first of two at one depth; -1 if there is none."""
        found = [(each["z"], re.fullmatch(r"Doll(\d\d)", each["name"])) for each in present if each["type"] == "human"]
        known = [(z, int(doll[1]) - 1) for z, doll in found if doll and 1 <= int(doll[1]) <= len(DOLLS)]
        if not known:
            names = sorted({str(each["name"]) for each in present if each["type"] == "human"})
            self.report.add(NO_PERSON, f"{number}: {', '.join(names) or 'nobody'}")
            return -1
        return min(known, key=lambda pair: pair[0])[1]

    def picture(self, number: int, height: int) -> UInt8[Tensor, "3 height width"] | None:
        """A picture in another size; None if it cannot be read."""
        try:
            with Image.open(io.BytesIO(self.files.read(file_name(number, "png")))) as opened:
                small = opened.convert("RGB").resize((width_of(height), height), Image.Resampling.BOX)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            return None
        return torch.from_numpy(np.array(small)).permute(2, 0, 1)


def _unpacked(content: Any) -> tuple[Report, tuple[Entry, ...]]:
    told, rows = content
    report = Report(**told)
    return report, tuple(Entry(*row[:3], tuple(row[3]), tuple(row[4])) for row in rows)


def file_name(number: int, ending: str) -> str:
    """Of a picture or a scene file."""
    return f"abstract_v002_train2015_{number:012d}.{ending}"


def public_scenes(
    folder: Path, split: str, n: int | None = None, height: int = 60, progress: bool = True
) -> tuple[Scenes, Report]:
    """A split of the public release, and what was odd with it.

    A twentieth of the pictures is for development, another for the test; a picture's part depends on its id alone.
    Pictures are resized once and kept.

    Args:
        folder: with the release, packed or unpacked.
        split, n, height, progress: as :func:`ganbook.data.scenes.drawn.drawn_scenes`.

    Raises:
        UserError: nothing there can be used.
    """
    if split not in SPLITS:
        raise UserError(f"unknown split {split!r} of the scenes: expected one of {', '.join(SPLITS)}")
    release = Release(folder, progress)
    names = sorted({name for entry in release.entries for name in entry.things})
    mine = [entry for entry in release.entries if _split_of(entry.number) == split][:n]
    key = hashlib.sha256(f"{folder.resolve()} {[entry.number for entry in mine]}".encode()).hexdigest()[:12]
    side = 3 * height * width_of(height)
    draw = partial(_block, release, mine, height)
    kept = torch.zeros(0, side + 1, dtype=torch.uint8)
    if mine:
        kept = drawn_once(f"scenes-public-{split}-{height}-{key}", len(mine), (side + 1,), draw, progress)
    readable = kept[:, side] > 0
    for entry in (entry for entry, fine in zip(mine, readable.tolist()) if not fine):
        release.report.add(UNREADABLE, str(entry.number))
    mine = [entry for entry, fine in zip(mine, readable.tolist()) if fine]
    release.report.used -= int((~readable).sum())
    there = torch.zeros(len(mine), len(names), dtype=torch.bool)
    for row, entry in enumerate(mine):
        there[row, [names.index(name) for name in entry.things]] = True
    scenes = Scenes(
        "vqa",
        split,
        kept[readable, :side].reshape(-1, 3, height, width_of(height)),
        torch.tensor([entry.outdoors for entry in mine], dtype=torch.int64),
        torch.full((len(mine),), -1),
        torch.tensor([entry.person for entry in mine], dtype=torch.int64),
        there,
        tuple(names),
        tuple(entry.captions for entry in mine),
        torch.tensor([entry.number for entry in mine], dtype=torch.int64),
    )
    return scenes, release.report


def _split_of(number: int) -> str:
    part = hashlib.sha256(str(number).encode()).digest()[0] / 256
    return "test" if part < 0.05 else "dev" if part < 0.1 else "train"


def _block(release: Release, entries: list[Entry], height: int, start: int, stop: int) -> UInt8[Tensor, "block bytes"]:
    """Pictures as bytes, and a last byte that is 1 where one could be read."""
    rows = torch.zeros(stop - start, 3 * height * width_of(height) + 1, dtype=torch.uint8)
    for row, entry in zip(rows, entries[start:stop]):
        picture = release.picture(entry.number, height)
        if picture is not None:
            row[:-1], row[-1] = picture.reshape(-1), 1
    return rows

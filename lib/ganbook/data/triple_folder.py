"""A folder of a user's own triples: pictures, and a CSV with the columns source, instruction, target, and perhaps id.

Every row is checked before anything is handed out. What is wrong is said in one error, with the lines of the CSV.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Int64, UInt8
from PIL import Image, ImageOps
from torch import Tensor

from ganbook.data.avatar_edits import EditBatch, check_numbers, check_side
from ganbook.data.avatar_language import MAX_WORDS, tokenise, understand, words_of
from ganbook.data.avatars import KINDS
from ganbook.data.picture_files import OutsideFolder, UnreadablePicture, picture_file, read_rgb
from ganbook.data.pixels import from_bytes
from ganbook.data.tables import find_table, is_utf8, read_table, shown
from ganbook.errors import UserError

COLUMNS = ("source", "instruction", "target")
SHOWN = 3
"""Rows that an error shows of each sort of problem."""


@dataclass(frozen=True, eq=False)
class FolderEdits:
    """The triples of a folder.

    Attributes:
        side: of the pictures in pixels.
        ids: what the CSV's column ``id`` says, or "1", "2", ... in its order.
        instructions: as written.
        kinds: what each instruction is about, an index into ``KINDS``; -1 where that is not understood.
        pictures: source and target.
    """

    side: int
    ids: tuple[str, ...]
    instructions: tuple[str, ...]
    kinds: Int64[Tensor, " n"]
    pictures: UInt8[Tensor, "n 2 3 side side"]
    _tokens: tuple[Tensor, Tensor] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_tokens", tokenise(self.instructions))

    def __len__(self) -> int:
        return len(self.instructions)

    def batch(self, index: Int64[Tensor, " batch"]) -> EditBatch:
        """The triples of these numbers; attributes are not known (-1).

        Raises:
            UserError: a number outside 0 .. len - 1.
        """
        check_numbers(index, len(self))
        source, target = (from_bytes(each) for each in self.pictures[index].unbind(1))
        tokens, lengths = (each[index] for each in self._tokens)
        unknown = torch.full((len(index), len(KINDS)), -1)
        return EditBatch(source, target, tokens, lengths, self.kinds[index], unknown, unknown.clone())


class _Row(NamedTuple):
    line: int
    name: str
    source: str
    instruction: str
    target: str


class _Problems:
    """What is wrong, by sort, each with its line."""

    def __init__(self) -> None:
        self.found: dict[str, list[str]] = defaultdict(list)

    def add(self, sort: str, line: int, what: str) -> None:
        self.found[sort].append(f"line {line}: {what}")

    def text(self) -> str:
        parts = []
        for sort, rows in self.found.items():
            more = f"; and {len(rows) - SHOWN} more" if len(rows) > SHOWN else ""
            parts.append(f"{sort}: {len(rows)} ({'; '.join(rows[:SHOWN])}{more})")
        return ". ".join(parts)


def load_folder(path: str | Path, side: int = 64) -> FolderEdits:
    """The triples of a folder, or of a CSV file beside its pictures.

    Pictures may have any size and mode: they are laid on white where they are transparent, put into the middle of a
    white square where they are none, and resized. The CSV is in UTF-8 (UTF-16 with its mark is read, too), its columns
    are parted by commas, semicolons or tabs, and the pictures' names are relative to it. Further columns do not matter.

    Args:
        path: a folder with one CSV file (or one called ``triples.csv``), or the file.
        side: of the pictures in pixels.

    Raises:
        UserError: no such file, missing columns, or anything wrong with any row; nothing is loaded then.
    """
    check_side(side)
    file = find_table(Path(path), "triples.csv")
    problems = _Problems()
    rows = _rows(file, problems)
    pictures = _pictures(file.parent, rows, side, problems)
    if problems.found:
        raise UserError(f"{file}: nothing was loaded. {problems.text()}.")
    understood = [understand(row.instruction).meaning for row in rows]
    kinds = torch.tensor([list(KINDS).index(meaning.kind) if meaning else -1 for meaning in understood])
    both = torch.stack([torch.stack([pictures[row.source], pictures[row.target]]) for row in rows])
    return FolderEdits(side, tuple(row.name for row in rows), tuple(row.instruction for row in rows), kinds, both)


def _rows(file: Path, problems: _Problems) -> list[_Row]:
    """The rows that have every cell; what is wrong with rows and cells is added to the problems."""
    header, lines = read_table(file, COLUMNS)
    rows = [row for line, cells in lines if (row := _row(line, header, cells, problems))]
    _find_duplicates(rows, "id" in header, problems)
    return rows


def _row(line: int, header: list[str], cells: list[str], problems: _Problems) -> _Row | None:
    if not all(map(is_utf8, cells)):
        problems.add("Rows that are not UTF-8 (save the file as CSV UTF-8)", line, shown(" ".join(cells)))
        return None
    found = dict(zip(header, cells, strict=False))
    if missing := [name for name in COLUMNS if not found.get(name)]:
        problems.add("Rows with an empty or missing cell", line, ", ".join(missing))
        return None
    n = len(words_of(found["instruction"]))
    if not 0 < n <= MAX_WORDS:
        what = f"{n} in {shown(found['instruction'])}"
        problems.add(f"Instructions that have not 1 to {MAX_WORDS} words", line, what)
    return _Row(line, found.get("id") or str(line - 1), found["source"], found["instruction"], found["target"])


def _find_duplicates(rows: list[_Row], named: bool, problems: _Problems) -> None:
    """Ids that are used twice; where there are none, rows that are there twice."""
    first: dict[object, int] = {}
    for row in rows:
        key = row.name if named else row[2:]
        if key in first:
            sort, what = ("Duplicate ids", row.name) if named else ("Duplicate rows", row.instruction)
            problems.add(sort, row.line, f"{shown(what)}, first in line {first[key]}")
        first.setdefault(key, row.line)


def _pictures(folder: Path, rows: list[_Row], side: int, problems: _Problems) -> dict[str, Tensor]:
    """All pictures that the rows name, each read once."""
    found: dict[str, Tensor | str] = {}
    for row in rows:
        for name in dict.fromkeys((row.source, row.target)):
            if name not in found:
                found[name] = _read(folder, name, side)
            if isinstance(found[name], str):
                problems.add(found[name], row.line, shown(name))
    return found


def _read(folder: Path, name: str, side: int) -> Tensor | str:
    """A picture, or what is wrong with it."""
    try:
        file = picture_file(folder, name)
        return "Missing pictures" if file is None else _square(file, side)
    except OutsideFolder:
        return "Pictures outside the folder of the CSV"
    except UnreadablePicture:
        return "Pictures that cannot be read"


def _square(file: Path, side: int) -> UInt8[Tensor, "3 side side"]:
    picture = ImageOps.pad(read_rgb(file), (side, side), Image.Resampling.LANCZOS, color="white")
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)

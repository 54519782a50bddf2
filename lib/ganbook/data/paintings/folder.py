"""A folder of one's own dated pictures: a CSV with the columns file, title and year beside them.

Whatever is wrong with a row or a picture is told in one line, and the rest is used.
"""

import hashlib
from pathlib import Path

from ganbook.data.paintings.dated import Entry, Paintings, check_split, part_of, square, unfit
from ganbook.data.paintings.dates import date_of
from ganbook.data.picture_files import OutsideFolder, UnreadablePicture, picture_file, read_rgb
from ganbook.data.report import Report
from ganbook.data.tables import find_table, is_utf8, read_table, shown

COLUMNS = ("file", "title", "year")
TABLE = "paintings.csv"

NOT_UTF8 = "left out because the row is not UTF-8 (save the file as CSV UTF-8)"
NO_CELL = "left out because the row lacks file or year"
BAD_YEAR = "left out because the year cannot be read"
RANGED = "with a range of years, of which the middle is taken"
TWICE = "left out because the picture is there twice"
MISSING = "left out because there is no such file"
OUTSIDE = "left out because the file is outside the folder"
UNREADABLE = "left out because the picture cannot be read"


def folder_paintings(
    path: str | Path, split: str = "train", n: int | None = None, side: int = 64
) -> tuple[Paintings, Report]:
    """A split of a folder's pictures, and what was odd with them.

    Pictures may have any size and mode; their middle square is taken, transparent parts are laid on white. The order of
    checksums of the names parts the pictures: a tenth is for development, a tenth for the test.

    Args:
        path: a folder with one CSV file (or one called ``paintings.csv``), or the file. It is in UTF-8 or UTF-16,
            parted by commas, semicolons or tabs; pictures' names are relative to it; titles may be empty.
        n: the first so many of the split; all by default.
        side: pixels of a side.

    Raises:
        UserError: no such file, missing columns, unknown split, or fewer than 20 pictures that can be used.
    """
    check_split(split)
    file = find_table(Path(path), TABLE)
    header, rows = read_table(file, COLUMNS)
    report, entries = Report(len(rows)), {}
    for line, cells in rows:
        if not all(map(is_utf8, cells)):
            report.add(NOT_UTF8, f"line {line}")
            continue
        entry = _entry(file.parent, line, dict(zip(header, cells, strict=False)), side, report)
        if entry is None:
            continue
        content = hashlib.sha256(entry.picture.numpy().tobytes()).digest()
        if content in entries:
            report.add(TWICE, f"line {line}: {shown(entry.key)}")
        entries.setdefault(content, entry)
    return part_of(list(entries.values()), "folder", split, n, str(file), report), report


def _entry(folder: Path, line: int, row: dict[str, str], side: int, report: Report) -> Entry | None:
    """The picture of a row; None, and a word in the report, where it cannot be used."""
    name, year = row.get("file", ""), row.get("year", "")
    if not name or not year:
        report.add(NO_CELL, f"line {line}")
        return None
    date = date_of(year)
    if date is None:
        report.add(BAD_YEAR, f"line {line}: {shown(year)}")
        return None
    try:
        file = picture_file(folder, name)
        picture = file and read_rgb(file)
    except (OutsideFolder, UnreadablePicture) as error:
        report.add(OUTSIDE if isinstance(error, OutsideFolder) else UNREADABLE, f"line {line}: {shown(name)}")
        return None
    if problem := MISSING if picture is None else unfit(picture):
        report.add(problem, f"line {line}: {shown(name)}")
        return None
    if date.ranged:
        report.add(RANGED, f"line {line}: {shown(year)} is taken as {date.year:g}")
    return Entry(name, row.get("title") or name, date.year, name, square(picture, side))

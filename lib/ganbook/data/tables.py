"""Tables that people wrote: CSV files in UTF-8 or UTF-16, parted by commas, semicolons or tabs."""

import csv
from pathlib import Path

from ganbook.errors import UserError

LISTED = 3
"""Files that an error names."""


def find_table(path: Path, name: str) -> Path:
    """The CSV file itself, or the one in a folder.

    Args:
        name: of the file to take where a folder has several.

    Raises:
        UserError: neither file nor folder; no CSV file, or several and none of that name.
    """
    if path.is_file():
        return path
    if not path.is_dir():
        raise UserError(f"{path} is neither a folder nor a file")
    files = sorted(each for each in path.iterdir() if each.suffix.lower() == ".csv" and each.is_file())
    named = [file for file in files if file.name.lower() == name]
    if len(named or files) != 1:
        names = f", but {len(files)}: {', '.join(file.name for file in files[:LISTED])}" if files else ""
        raise UserError(f"{path} should hold one CSV file, or one called {name}{names}")
    return (named or files)[0]


def read_table(file: Path, columns: tuple[str, ...]) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header in small letters, and every row that is not empty with its line in the file.

    Raises:
        UserError: no CSV, an empty one, one without rows, or without one of the columns.
    """
    text = _text(file)
    first = text.partition("\n")[0]
    reader = csv.reader(text.splitlines(keepends=True), delimiter=max(",;\t", key=first.count))
    try:
        lines = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as error:
        raise UserError(f"{file}: line {reader.line_num} cannot be read as CSV ({error})") from None
    lines = [(line, row) for line, row in lines if any(row)]
    if not lines:
        raise UserError(f"{file} is empty: it needs a line with the columns {', '.join(columns)}")
    header = [cell.lower() for cell in lines[0][1]]
    if missing := [name for name in columns if name not in header]:
        raise UserError(f"{file} has no column {', '.join(missing)}: its columns are {shown(', '.join(header))}")
    if len(lines) == 1:
        raise UserError(f"{file} has no rows below its header")
    return header, lines[1:]


def _text(file: Path) -> str:
    """The file's text; bytes that are no UTF-8 are kept as lone surrogates."""
    content = file.read_bytes()
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace")
    return content.decode("utf-8-sig", errors="surrogateescape")


def is_utf8(cell: str) -> bool:
    """Whether a cell's bytes were UTF-8."""
    return not any("\udc80" <= sign <= "\udcff" for sign in cell)


def shown(text: str) -> str:
    """A text of the file as an error may show it."""
    text = "".join(sign if sign.isprintable() else "?" for sign in text)
    return text if len(text) <= 60 else f"{text[:57]}..."

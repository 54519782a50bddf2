"""Years as people write them."""

import re
from typing import NamedTuple

EARLIEST, LATEST = 1000.0, 2100.0
"""Years outside are no years."""

LONGEST = 20
"""Years that a range may take; a longer one dates nothing."""

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_ABOUT = re.compile(r"^(?:c\.|ca\.?|circa|about)\s*", re.IGNORECASE)
_NUMBER = re.compile(r"^(\d{4})(\.\d+)?$")
_RANGE = re.compile(r"^(\d{4})\s*[-\u2013\u2014/]\s*(\d{4}|\d{2})$")
_ISO = re.compile(r"^(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?:T[\d:.]+Z?)?$")
_MONTH = re.compile(r"^(?:([A-Za-z]+)\.?,?\s+(\d{4})|(\d{4}),?\s+([A-Za-z]+)\.?)$")


class Date(NamedTuple):
    """A year with its fraction, and whether it is the middle of a range."""

    year: float
    ranged: bool = False


def date_of(text: str) -> Date | None:
    """The date that a text tells: "1885" is the middle of that year, 1885.5; "1885.25" is taken as it stands;
    "1885-86" and "1885/1886" are ranges, of which the middle is taken; "1885-06", "1885-06-15" and "June 1885" are
    months and days. "1905-06" is read as a range, since that is possible. None for what is no such date.
    """
    found = _parsed(_ABOUT.sub("", text.strip()))
    return found if found and EARLIEST <= found.year < LATEST else None


def _parsed(text: str) -> Date | None:
    if found := _NUMBER.match(text):
        return Date(float(text)) if found[2] else Date(int(text) + 0.5)
    if (found := _RANGE.match(text)) and (range_ := _range(int(found[1]), found[2])):
        return range_
    if found := _ISO.match(text):
        return moment(*(int(part or 0) for part in found.groups()))
    if found := _MONTH.match(text):
        month = _MONTHS.get((found[1] or found[4]).lower()[:3])
        return moment(int(found[2] or found[3]), month) if month else None
    return None


def _range(first: int, written: str) -> Date | None:
    last = int(written) if len(written) == 4 else first // 100 * 100 + int(written)
    return Date((first + last + 1) / 2, True) if first < last <= first + LONGEST else None


def moment(year: int, month: int = 0, day: int = 0) -> Date | None:
    """The middle of a year, month or day; months and days are 0 where they are not known."""
    if not month:
        return Date(year + 0.5)
    if month > 12 or day > 31:
        return None
    return Date(year + (month - 1 + ((day - 0.5) / 31 if day else 0.5)) / 12)

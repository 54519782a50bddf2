"""Dated landscapes by Vincent van Gogh: Wikidata says which there are and when they were painted, Commons has them.

Nothing comes with the book: the list and the pictures are fetched when a person asks for them, and kept in the cache.
"""

import hashlib
import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlencode

from tqdm import tqdm

from ganbook import paths
from ganbook.data.download import Polite, explain
from ganbook.data.paintings.dated import FEWEST, Entry, Paintings, check_split, part_of, square, unfit
from ganbook.data.paintings.dates import moment
from ganbook.data.picture_files import UnreadablePicture, read_rgb
from ganbook.data.report import Report
from ganbook.errors import DataUnavailable

LIST_URL = "https://query.wikidata.org/sparql"
FILE_URL = "https://commons.wikimedia.org/wiki/Special:FilePath/"

WIDTH = 500
"""Pixels of a thumbnail: one of the widths that Commons keeps ready."""

QUERY = """
SELECT ?item ?itemLabel ?date ?precision ?image WHERE {
  ?item wdt:P170 wd:Q5582; wdt:P31 wd:Q3305213; wdt:P136 wd:Q191163; wdt:P18 ?image; p:P571/psv:P571 ?time.
  ?time wikibase:timeValue ?date; wikibase:timePrecision ?precision.
  SERVICE wikibase:label { bd:serviceParam wikibase:language "en,nl,fr,mul". }
}
"""
"""Creator van Gogh, a painting, of the genre landscape, with an image and a date of inception."""

LIST, SUMS = "works.json", "checksums.json"

YEAR, MONTH, DAY = 9, 10, 11
"""Wikidata's names for how precise a date is."""

ENOUGH_FAILURES = 3
"""Transfers that fail one after the other before the network counts as gone."""

ODD = "left out because the list has no proper entry for them"
VAGUE = "left out because the date is no better than a decade"
SEVERAL = "with several dates, of which the middle is taken"
NOT_HERE = "left out because they were not downloaded"
CHANGED = (
    f"left out because the file at the source is not the one recorded in {SUMS} (delete its line to take the new one)"
)
REFUSED = "left out because the server did not give them"
UNREADABLE = "left out because the picture cannot be read"


@dataclass(frozen=True)
class Work:
    """One painting: Wikidata's number (Q...), its title, its year with the fraction, and the name of its file."""

    item: str
    title: str
    year: float
    file: str


def cache_folder() -> Path:
    """Where the list and the pictures are kept."""
    return paths.cache_dir() / "van_gogh"


def here() -> bool:
    """Whether enough pictures were downloaded."""
    return (cache_folder() / LIST).is_file() and len(_noted(cache_folder())) >= FEWEST


def commons_paintings(
    split: str, n: int | None = None, side: int = 64, progress: bool = True, fetch: bool = True
) -> tuple[Paintings, Report]:
    """A split of the downloaded pictures, and what was odd with them.

    The order of checksums of Wikidata's numbers parts them: a tenth is for development, a tenth for the test.

    Args:
        split, n, side: as :func:`ganbook.data.paintings.folder.folder_paintings`.
        progress: show a bar.
        fetch: download what is missing first.

    Raises:
        DataUnavailable: the list cannot be had, or nothing of it.
        UserError: unknown split, a cache that cannot be written, or fewer than 20 pictures that can be used.
    """
    check_split(split)
    report = download(progress) if fetch else Report()
    works = read_list((cache_folder() / LIST).read_bytes(), report)
    told = {what.partition(":")[0] for found in (CHANGED, REFUSED) for what in report.problems.get(found, ())}
    entries, noted = [], _noted(cache_folder())
    for work in tqdm(works, desc="reading paintings", unit="picture", disable=not progress):
        if work.item not in told and (entry := _entry(work, noted, side, report)):
            entries.append(entry)
    return part_of(entries, "commons", split, n, "van Gogh on Commons", report), report


def _entry(work: Work, noted: dict[str, str], side: int, report: Report) -> Entry | None:
    if not _whole(work, noted):
        report.add(NOT_HERE, work.item)
        return None
    try:
        picture = read_rgb(cache_folder() / _name(work))
    except UnreadablePicture:
        report.add(UNREADABLE, work.item)
        return None
    if problem := unfit(picture):
        report.add(problem, work.item)
        return None
    return Entry(work.item, work.title, work.year, f"File:{work.file}", square(picture, side))


# The list


def read_list(content: bytes, report: Report) -> list[Work]:
    """The works in an answer of Wikidata's query service (SPARQL results as JSON), in the order of their numbers.

    A date that is known to the year, month or day is taken at its middle, and so are several dates of one work.
    """
    rows: dict[str, list[tuple[float, str, str]]] = {}
    bindings = json.loads(content)["results"]["bindings"]
    for row in bindings:
        try:
            item = row["item"]["value"].rpartition("/")[2]
            name = unquote(row["image"]["value"].rpartition("/Special:FilePath/")[2])
            date, precision = row["date"]["value"], int(row["precision"]["value"])
            year = _year(date, precision)
            title = row.get("itemLabel", {}).get("value") or item
        except (KeyError, TypeError, ValueError, AttributeError):
            report.add(ODD, str(row)[:40])
            continue
        if year is None:
            report.add(VAGUE, f"{item}: {date[:4]}")
            continue
        rows.setdefault(item, []).append((year, name, title))
    report.pictures = len(rows) + report.count(ODD) + report.count(VAGUE)
    return [_work(item, found, report) for item, found in sorted(rows.items())]


def _year(date: str, precision: int) -> float | None:
    """None where the date is no better than a decade; raises ``ValueError`` where it is none at all."""
    if precision < YEAR:
        return None
    year, month, day = (int(part) for part in date.partition("T")[0].split("-"))
    found = moment(year, month if precision >= MONTH else 0, day if precision >= DAY else 0)
    if found is None:
        raise ValueError(date)
    return found.year


def _work(item: str, found: list[tuple[float, str, str]], report: Report) -> Work:
    years = [year for year, _, _ in found]
    if max(years) > min(years):
        report.add(SEVERAL, item)
    _, name, title = min(found, key=lambda row: row[1])
    return Work(item, title, (min(years) + max(years)) / 2, name)


# Download


def download(progress: bool = True) -> Report:
    """Bring the list and its pictures into the cache; what is there and whole is not asked for again.

    Each picture's sha256 is noted at its first download, and compared whenever it is downloaded again.

    Returns:
        What could not be had.

    Raises:
        DataUnavailable: the list cannot be had, pooch is missing, or no picture came and none is here.
        UserError: the cache folder cannot be written.
    """
    retrieve = _retriever()
    works, report = _list(retrieve), Report()
    failures, last, noted = 0, "", _noted(cache_folder())
    missing = [work for work in works if not _whole(work, noted)]
    for work in tqdm(missing, desc="downloading paintings", unit="picture", disable=not progress):
        if failures >= ENOUGH_FAILURES:
            break
        last = _bring(work, retrieve, report)
        failures = failures + 1 if last else 0
    if failures >= ENOUGH_FAILURES:
        print(f"paintings: the download stopped, {FILE_URL} {last}; run again to go on")
        if not _noted(cache_folder()):
            raise DataUnavailable(
                f"no painting could be downloaded: {FILE_URL} {last}. Check the network and run again."
            )
    return report


def _retriever():
    """A function (url, known sha256 or None, name) that makes sure that the cache has a file."""
    try:
        import pooch
    except ImportError as error:
        raise DataUnavailable("Downloads need pooch, which is not installed. Install pooch.") from error
    pooch.get_logger().setLevel(logging.WARNING)
    polite = Polite()

    def retrieve(url: str, sha256: str | None, name: str) -> None:
        pooch.retrieve(url, sha256 and f"sha256:{sha256}", name, cache_folder(), downloader=polite)

    return retrieve


def _list(retrieve) -> list[Work]:
    url, file = f"{LIST_URL}?{urlencode({'query': QUERY, 'format': 'json'})}", cache_folder() / LIST
    try:
        retrieve(url, None, LIST)
        return read_list(file.read_bytes(), Report())
    except OSError as error:
        raise DataUnavailable(
            f"the list of paintings could not be downloaded: {LIST_URL} {explain(error, cache_folder())}. "
            "Check the network and run again; the book's own painter needs no download."
        ) from error
    except (ValueError, KeyError, TypeError):
        file.unlink(missing_ok=True)
        raise DataUnavailable(f"{LIST_URL} sent no list of paintings. Run again later.") from None


def _bring(work: Work, retrieve, report: Report) -> str:
    """Fetch one picture and note its sum; returns what is wrong with the network, or ""."""
    from requests import HTTPError

    folder, name = cache_folder(), _name(work)
    noted = _noted(folder)
    try:
        retrieve(f"{FILE_URL}{quote(work.file)}?width={WIDTH}", noted.get(name), name)
    except HTTPError as error:
        report.add(REFUSED, f"{work.item}: {error.response.status_code}")
        return explain(error, folder) if error.response.status_code != 404 else ""
    except OSError as error:
        return explain(error, folder)
    except ValueError:
        report.add(CHANGED, work.item)
        return ""
    if name not in noted:
        _note(folder, noted | {name: _sum(folder / name)})
    return ""


def _name(work: Work) -> str:
    return f"{work.item}-{WIDTH}.jpg"


def _whole(work: Work, noted: dict[str, str]) -> bool:
    """Whether a picture is here as it was recorded."""
    file = cache_folder() / _name(work)
    return file.is_file() and noted.get(file.name) == _sum(file)


def _sum(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _noted(folder: Path) -> dict[str, str]:
    try:
        return json.loads((folder / SUMS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _note(folder: Path, sums: dict[str, str]) -> None:
    half = folder / f"{SUMS}.{os.getpid()}.part"
    half.write_text(json.dumps(sums, indent=1, sort_keys=True), encoding="utf-8")
    half.replace(folder / SUMS)

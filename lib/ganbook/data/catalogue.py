"""The catalogue of data sets: what each is, where it lies on this machine, and how to get it.

A module in this folder with a :class:`DataSet` called ``DATA_SET`` is in it: nothing else lists them.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import ganbook.data
from ganbook.errors import UserError


@dataclass(frozen=True)
class Found:
    """What ``source="auto"`` finds on this machine.

    Attributes:
        source: which of the set's sources is in use.
        found: the folder, or the package that brings the data.
        verified: whether the content has the published checksums.
        problem: what is wrong and what to do, or None.
        unused: a sentence if ``GANBOOK_DATA`` is set and has no effect, or None.
    """

    source: str
    found: str | None = None
    verified: bool = False
    problem: str | None = None
    unused: str | None = None


def _nothing(_source: str) -> None:
    return None


@dataclass(frozen=True)
class DataSet:
    """One entry.

    Attributes:
        origin, licence, splits: with a key for each source of the data.
        files, mirrors: what is downloaded, and from where; none where nothing is.
        look: finds out what is on this machine; reads and checks the files.
        fetch: gets the public data and returns their folder (argument: whether to show progress); None where nothing is
            downloaded.
        notice: what a person should know who asks for a source or "auto", or None; raises `UserError` if it cannot be
            had. Takes no time.
    """

    name: str
    title: str
    origin: dict[str, str]
    licence: dict[str, str]
    splits: dict[str, dict[str, int]]
    schema: dict[str, str]
    files: tuple[dict[str, str], ...] = ()
    mirrors: tuple[str, ...] = ()
    look: Callable[[], Found] = field(kw_only=True)
    fetch: Callable[[bool], Path] | None = field(default=None, kw_only=True)
    notice: Callable[[str], str | None] = field(default=_nothing, kw_only=True)


def names() -> tuple[str, ...]:
    """The data sets' names, in the alphabet's order."""
    return tuple(sorted(_entries()))


def sources() -> tuple[str, ...]:
    """Every name of a source that one of the data sets knows."""
    return tuple(dict.fromkeys(source for name in names() for source in _entry(name).origin))


def describe(name: str) -> dict:
    """Everything the catalogue says of a data set, as plain JSON types: the fields of ``DataSet`` but its functions.

    Raises:
        UserError: no such data set.
    """
    entry = _entry(name)
    values = {each.name: getattr(entry, each.name) for each in fields(entry) if not each.kw_only}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}


def status(name: str) -> dict:
    """The data set's ``name``, and the fields of ``Found``: what is on this machine. Takes about a second.

    Raises:
        UserError: no such data set.
    """
    return {"name": name, **asdict(_entry(name).look())}


def notices(source: str = "auto") -> tuple[str, ...]:
    """What a person should know who asks for a source; raises ``UserError`` if it cannot be had."""
    found = [_entry(name).notice(source) for name in names()]
    return tuple(dict.fromkeys(each for each in found if each))


def fetch(name: str, progress: bool = True) -> Path:
    """Get the public data behind a data set; returns their folder: ``GANBOOK_DATA`` if they are there, else the cache.

    Raises:
        UserError: no such data set, or nothing to download; a damaged file in ``GANBOOK_DATA``; the cache folder cannot
            be written.
        DataUnavailable: no mirror gave a file with the right checksum.
    """
    entry = _entry(name)
    if entry.fetch is None:
        raise UserError(f"{name} needs no download: it is made here")
    return entry.fetch(progress)


def _entries() -> dict[str, DataSet]:
    found = [f"ganbook.data.{module.name}" for module in pkgutil.iter_modules(ganbook.data.__path__)]
    modules = map(importlib.import_module, found)
    return {module.DATA_SET.name: module.DATA_SET for module in modules if hasattr(module, "DATA_SET")}


def _entry(name: str) -> DataSet:
    entries = _entries()
    if name not in entries:
        raise UserError(f"unknown data set {name!r}: expected one of {', '.join(sorted(entries))}")
    return entries[name]

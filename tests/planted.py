"""Measuring cells of a chapter with faults planted on the way: the cells before a fault run once for all faults.

A process runs the page cell by cell. For each fault it is copied where it stands; the copy runs the fault's code, goes
on until what the fault must break is recorded, and is gone.
"""

import os
import shutil
import traceback
from collections.abc import Collection, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch

from ganbook import paths
from ganbook.publishing import notebooks
from ganbook.record import load_metrics

FORK = get_context("fork")
FORKSERVER = get_context("forkserver")  # each page starts with what all chapters import
FORKSERVER.set_forkserver_preload(["ganbook.viz", *(f"ganbook.chapters.{slug}.recipe" for slug in paths.chapters())])

Names = dict[str, Any]


class Passed(Exception):
    """The page stands behind the place that is asked for."""


class Page:
    """A chapter's page in a process of its own, which runs as far as it is asked to.

    Args:
        slug: the chapter.
        folder: an empty folder, for what the page writes.
        parameters: those of the page, such as ``profile``.
    """

    def __init__(self, slug: str, folder: Path, parameters: dict[str, Any]) -> None:
        self.slug, self.folder, self.parameters = slug, folder, parameters
        self._start()

    def record(self) -> dict[str, Any]:
        """The page's record at its end, without a fault."""
        return self._ask(None)

    def record_with(self, code: str, wanted: Collection[str], after: str | None = None) -> dict[str, Any]:
        """The page's record when ``code`` runs behind the cell that records the metric ``after``, or, if that is None,
        behind the parameters. The page ends as soon as the metrics ``wanted`` are recorded.
        """
        try:
            return self._ask((code, wanted, after))
        except Passed:
            self.close()
            self._start()
            return self._ask((code, wanted, after))

    def close(self) -> None:
        """End the page's process."""
        self._process.kill()
        self._process.join()
        self._requests.close()

    def _start(self) -> None:
        self._requests, there = FORKSERVER.Pipe()
        self._process = FORKSERVER.Process(target=_run, args=(there, self.slug, self.folder, self.parameters))
        self._process.start()
        there.close()

    def _ask(self, request: object) -> Any:
        try:
            self._requests.send(request)
            answer = self._requests.recv()
        except (EOFError, OSError):
            answer = RuntimeError(f"{self.slug}: the page's process is lost")
        if isinstance(answer, Exception):
            raise answer
        return answer


def _run(requests: Connection, slug: str, folder: Path, parameters: dict[str, Any]) -> None:
    """In the page's process: run its cells, and a copy of it for each fault, until no more is asked for."""
    torch.set_num_threads(1)  # a pool of threads would not survive the fork
    os.environ["GANBOOK_BUILD"] = str(folder / "page")
    cells = notebooks.measuring_cells(slug, **parameters)
    names = next(cells)
    passed: set[str | None] = set()
    while True:
        try:
            request = requests.recv()
        except EOFError:
            return
        try:
            if request is None:
                for _ in cells:
                    pass
                requests.send(_saved(names))
                continue
            code, wanted, after = request
            if after in passed:
                raise Passed
            while after not in _recorded(names):
                passed = _recorded(names)
                _next(cells, after)
        except Exception as error:
            requests.send(error if isinstance(error, Passed) else RuntimeError(traceback.format_exc()))
            continue
        copy = FORK.Process(target=_plant, args=(requests, folder, cells, names, code, wanted))
        copy.start()
        copy.join()
        if copy.exitcode:
            requests.send(RuntimeError(f"{slug}: the process with the fault ended with {copy.exitcode}"))


def _plant(
    answers: Connection, folder: Path, cells: Iterator[Names], names: Names, code: str, wanted: Collection[str]
) -> None:
    """In the copy: run ``code`` and the cells behind it, and answer with the record or with what went wrong."""
    try:
        if (folder / "page").exists():
            shutil.copytree(folder / "page", folder / "copy")  # what a fault writes is not for the next
        os.environ["GANBOOK_BUILD"] = str(folder / "copy")
        exec(compile(code, "<fault>", "exec"), names)
        while missing := set(wanted) - _recorded(names):
            _next(cells, *missing)
        answers.send(_saved(names))
    except BaseException:
        answers.send(RuntimeError(traceback.format_exc()))
    finally:
        shutil.rmtree(folder / "copy", ignore_errors=True)


def _next(cells: Iterator[Names], *wanted: str | None) -> None:
    if next(cells, None) is None:
        raise LookupError(f"no cell records {', '.join(map(str, wanted))}")


def _recorded(names: Names) -> set[str | None]:
    """The metrics recorded so far, and None for the parameters."""
    return {None, *(names["record"].metrics if "record" in names else ())}


def _saved(names: Names) -> dict[str, Any]:
    names["record"].save()
    return load_metrics(names["record"].slug)

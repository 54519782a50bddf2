"""What runs in the box: the cells of one notebook in turn, and after an exercise's last cell its probe.

The task comes in on stdin; what the probes measured leaves on stdout, a line of JSON an exercise. The student's code
runs in this process and can change anything in it. All that it can gain is to send other answers than those it
computes, which it could as well have written down.
"""

import ast
import asyncio
import base64
import builtins
import io
import json
import linecache
import math
import os
import re
import resource
import signal
import sys
import time
import traceback
import types
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ganbook.teaching.grading.box import READY, WALL, Limits, limit_memory, lower

TIMED = re.compile(r"\s*%%(time|timeit|capture|prun)\b.*\n")


class OutOfTime(BaseException):
    """No `Exception`: a student's ``except Exception`` should not stop it."""


class HandedOutFailed(Exception):
    """A cell that is not the student's failed, and nothing of the student's had a part in it; the text says how."""


def main() -> None:
    task = json.load(sys.stdin)
    _lay_out_fonts(task["fonts"])
    session = Session(task)
    session.send = _take_stdout()  # not before: what Python says if it does not come up should be heard
    _limit(session.limits, task.get("cpu_left", session.limits.seconds))
    session.send(json.loads(READY))
    try:
        session.run()
    except HandedOutFailed as error:
        session.send({"problem": str(error)})
    session.send({"done": True})
    os._exit(0)


class Session:
    """A notebook that runs."""

    send: Callable[[dict[str, Any]], None]

    def __init__(self, task: dict[str, Any]) -> None:
        import numpy

        from ganbook.teaching import exercises

        self.numpy, self.exercises = numpy, exercises
        self.limits = Limits(**task["limits"])
        self.known = {
            each["name"]: exercises.Exercise(each["name"], each["title"], task["head"], (_probe_cell(each["probe"]),))
            for each in task["exercises"]
            if each["name"] not in task["leave_out"]
        }
        self.cells = [cell for cell in task["cells"] if cell["exercise"] not in task["leave_out"]]
        self.whole = not task["leave_out"]
        self.notes: dict[str, list[str]] = defaultdict(list)
        self.namespace = _notebook_namespace(task["head"], exercises)
        self.owned: set[str] = set()  # names that the student's cells have bound, changed or deleted
        self.loop = asyncio.new_event_loop() if any(_may_await(cell["source"]) for cell in self.cells) else None
        self.begin = time.process_time()

    def run(self) -> None:
        """The cells in turn, after the last cell of an exercise its probe;
        those that could not be probed there once more at the end.
        """
        last = {cell["exercise"]: number for number, cell in enumerate(self.cells)}
        again = dict.fromkeys(self.known)
        for number, cell in enumerate(self.cells):
            name = cell["exercise"]
            self.say_where(name)
            self.notes[name] += self.run_cell(cell["source"], number, self.whole and cell.get("given", False))
            if name in self.known and last[name] == number and self.probe(name):
                del again[name]
        for name in again:  # what it needs may have been written further down
            self.probe(name)
        self.send({"name": "", "answers": {}, "notes": self.notes[""]})

    def say_where(self, name: str) -> None:
        self.send({"at": name, "cpu": time.process_time() - self.begin})

    def run_cell(self, source: str, number: int, given: bool) -> list[str]:
        """Run a cell; a note on what went wrong, if anything did.

        Raises:
            HandedOutFailed: the cell is one that we gave, and so is the fault.
        """
        name, before = f"<{'given ' if given else ''}cell {number + 1}>", dict(self.namespace)
        try:
            with _at_most(self.limits.longest if given else self.limits.cell_seconds):
                _execute(source, name, self.namespace, self.loop)
        except BaseException as error:  # SystemExit, too
            if given and not self.had_a_part(error):
                raise HandedOutFailed(_not_the_students(error, source)) from error
            return [f"{error}: `{_first_line(source)}`" if isinstance(error, OutOfTime) else _told(error)]
        finally:
            if not given:
                names = before.keys() | self.namespace.keys()
                self.owned |= {
                    each for each in names if before.get(each, before) is not self.namespace.get(each, before)
                }
        return []

    def had_a_part(self, error: BaseException) -> bool:
        """Whether the student's code or names were in use when a cell that we gave failed,
        or the memory that it left.
        """
        frames = [frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)]
        used = {name for code in frames if code.co_filename.startswith("<given") for name in code.co_names}
        theirs = any(code.co_filename.startswith("<cell") for code in frames)
        return theirs or bool(used & self.owned) or isinstance(error, MemoryError)

    def probe(self, name: str) -> bool:
        """Send what an exercise's probe measures; whether it could measure anything."""
        self.say_where(name)
        found = self._measured(self.known[name])
        self.send(
            {
                "name": name,
                "answers": {key: self._packed(array) for key, array in found.items()},
                "notes": self.notes[name],
            }
        )
        return self.exercises.PROBLEM not in found

    def _measured(self, exercise: Any) -> dict[str, Any]:
        try:
            with _at_most(self.limits.cell_seconds):
                return self.exercises.answers(exercise, self.namespace)
        except OutOfTime as error:
            problem = f"Your code takes longer than {self.limits.cell_seconds:g} s to check."
            problem = str(error).replace("A cell", "The check of your code") if "waited" in str(error) else problem
        except BaseException as error:  # SystemExit, too
            problem = _told(error)
        return {self.exercises.PROBLEM: self.numpy.array(problem)}

    def _packed(self, array: Any) -> str:
        file = io.BytesIO()
        self.numpy.lib.format.write_array(file, array, allow_pickle=False)
        return base64.b64encode(file.getvalue()).decode()


def _lay_out_fonts(lists: dict[str, str]) -> None:
    """Here all starts from nothing, and looking for fonts takes seconds,
    which matplotlib would spend in somebody's cell.
    """
    folder = Path("matplotlib").absolute()
    folder.mkdir()
    for name, text in lists.items():
        (folder / name).write_text(text, encoding="utf-8")
    os.environ["MPLCONFIGDIR"] = str(folder)


def _probe_cell(code: str) -> types.SimpleNamespace:
    return types.SimpleNamespace(cell_type="code", source=code, metadata={"tags": ["probe"]})


def _take_stdout() -> Callable[[dict[str, Any]], None]:
    """A function that sends an object to where stdout led; whatever else is printed from now on goes nowhere."""
    pipe = os.fdopen(os.dup(1), "w")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)

    def send(message: dict[str, Any]) -> None:
        pipe.write(json.dumps(message) + "\n")
        pipe.flush()

    return send


def _limit(limits: Limits, cpu_left: float) -> None:
    limit_memory(limits.memory_mb)
    lower(resource.RLIMIT_CPU, math.ceil(time.process_time() + cpu_left) + 2)
    most = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (max(1, most - 2), most))  # a signal that tells why, and then the end
    lower(resource.RLIMIT_FSIZE, limits.files_mb * 2**20)
    lower(resource.RLIMIT_NOFILE, 256)
    lower(resource.RLIMIT_CORE, 0)


def _notebook_namespace(head: str, exercises: types.ModuleType) -> dict[str, Any]:
    """The names of a fresh notebook whose first cell has run.
    What speaks to a reader (check, hint, magics, display) says nothing here.
    """
    exercises.check = exercises.hint = lambda *_, **__: None
    module = sys.modules["__main__"] = types.ModuleType("__main__")
    builtins.display = lambda *_, **__: None
    builtins.get_ipython = lambda: _Magics(module.__dict__)
    exec(compile(head, "<head>", "exec"), module.__dict__)
    return module.__dict__


class _Magics:
    """Stands in for IPython: what a magic command would show or install is left out, the code under it is run."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace

    def run_line_magic(self, name: str, line: str, *_: Any, **__: Any) -> Any:
        if name not in ("time", "prun"):
            return None
        try:
            code = compile(line, f"<cell %{name}>", "eval")
        except SyntaxError:
            code = compile(_plain(line), f"<cell %{name}>", "exec")
        return eval(code, self.namespace)

    def getoutput(self, *_: Any, **__: Any) -> list[str]:
        return []

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


def _execute(source: str, name: str, namespace: dict[str, Any], loop: asyncio.AbstractEventLoop | None) -> None:
    """Run a cell as Jupyter does: with ``await`` outside of functions, too, and all cells within one event loop."""
    code = _plain(source)
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)  # so that lines can be quoted
    compiled = compile(code, name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if loop else 0)

    async def cell() -> None:
        waits = eval(compiled, namespace)
        if waits is not None:
            await waits

    if loop is None:
        exec(compiled, namespace)
    else:
        task = loop.create_task(cell())
        try:
            loop.run_until_complete(task)
        finally:
            task.cancel()


def _may_await(source: str) -> bool:
    return bool(re.search(r"\b(await|async|asyncio)\b", source))


def _plain(source: str) -> str:
    """Python without IPython's magics. What would be timed or captured is run."""
    source = TIMED.sub("", source, count=1) if TIMED.match(source) else source
    try:
        ast.parse(source)
    except SyntaxError:
        from IPython.core.inputtransformer2 import TransformerManager

        return TransformerManager().transform_cell(source)
    return source


def _first_line(source: str) -> str:
    return next((line.strip() for line in source.splitlines() if line.strip()), "")


def _not_the_students(error: BaseException, source: str) -> str:
    """Why a notebook cannot be graded, since a cell failed that was handed out."""
    where = f"a cell that was handed out (`{_first_line(source)}`)"
    if isinstance(error, OutOfTime):
        return (
            f"not graded: the machine was too slow for {where}; give the same command again, with more --cell-seconds"
        )
    return f"not graded: {where} failed, which is not the student's fault: {type(error).__name__}: {error}"


def _told(error: BaseException) -> str:
    """What a cell raised, and where."""
    message = (str(error).strip().splitlines() or ["no message"])[0]
    lines = [
        frame.line
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename.startswith(("<cell", "<given")) and frame.line
    ]
    return f"A cell stopped with {type(error).__name__}: {message}" + (f", at `{lines[-1].strip()}`" if lines else "")


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raise `OutOfTime` in the block after some seconds of processor time,
    and each second from then on, should somebody catch it.

    So a busy machine costs nobody anything. What waits is stopped, too, some times later by the clock on the wall.
    """
    begin = time.process_time()
    told: list[str] = []

    def stop(number: int, _: object) -> None:
        used = time.process_time() - begin
        ran = f"A cell ran for {seconds:g} s and was stopped"
        waited = (
            f"A cell was stopped after {WALL * seconds:g} s,"
            f" of which it ran for {used:.1f} s (it waited, or the machine was too busy)"
        )
        told.append(ran if number == signal.SIGPROF or used >= seconds else waited)
        # an event loop that lost its task to the first signal only waits from then on
        signal.setitimer(signal.ITIMER_REAL, 1, 1)
        raise OutOfTime(told[0])

    signal.signal(signal.SIGPROF, stop)
    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds, 1)
    signal.setitimer(signal.ITIMER_REAL, WALL * seconds, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


if __name__ == "__main__":
    main()

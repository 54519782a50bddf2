"""What runs in the box: the cells of one notebook in turn, and after an exercise's last cell its probe.

The task comes in on stdin; what the probes measured leaves on stdout, a line of JSON an exercise. The student's code runs in this process and can change
anything in it. All that it can gain is to send other answers than those it computes, which it could as well have written down.
"""

import ast
import base64
import builtins
import io
import json
import linecache
import os
import resource
import signal
import sys
import traceback
import types
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ganbook.grading.box import READY, Limits, limit_memory, lower


class OutOfTime(BaseException):
    """No `Exception`: a student's ``except Exception`` should not stop it."""


def main() -> None:
    task = json.load(sys.stdin)
    session = Session(task)
    session.send = _take_stdout()  # not before: what Python says if it does not come up should be heard
    _limit(session.limits)
    session.send(json.loads(READY))
    session.run()
    session.send({"done": True})
    os._exit(0)


class Session:
    """A notebook that runs."""

    send: Callable[[dict[str, Any]], None]

    def __init__(self, task: dict[str, Any]) -> None:
        import numpy
        from ganbook import exercises

        self.numpy, self.exercises = numpy, exercises
        self.limits = Limits(**task["limits"])
        self.known = {
            each["name"]: exercises.Exercise(each["name"], each["title"], task["head"], (_probe_cell(each["probe"]),))
            for each in task["exercises"]
            if each["name"] not in task["leave_out"]
        }
        self.cells = [cell for cell in task["cells"] if cell["exercise"] not in task["leave_out"]]
        self.notes: dict[str, list[str]] = defaultdict(list)
        self.namespace = _notebook_namespace(task["head"], exercises)

    def run(self) -> None:
        """The cells in turn, after the last cell of an exercise its probe; those that could not be probed there once more at the end."""
        last = {cell["exercise"]: number for number, cell in enumerate(self.cells)}
        again = dict.fromkeys(self.known)
        for number, cell in enumerate(self.cells):
            name = cell["exercise"]
            self.send({"at": name})
            self.notes[name] += _run(cell["source"], f"<cell {number + 1}>", self.namespace, self.limits)
            if name in self.known and last[name] == number and self.probe(name):
                del again[name]
        for name in again:  # what it needs may have been written further down
            self.probe(name)
        self.send({"name": "", "answers": {}, "notes": self.notes[""]})

    def probe(self, name: str) -> bool:
        """Send what an exercise's probe measures; whether it could measure anything."""
        self.send({"at": name})
        found = self._measured(self.known[name])
        self.send({"name": name, "answers": {key: self._packed(array) for key, array in found.items()}, "notes": self.notes[name]})
        return self.exercises.PROBLEM not in found

    def _measured(self, exercise: Any) -> dict[str, Any]:
        try:
            with _at_most(self.limits.cell_seconds):
                return self.exercises.answers(exercise, self.namespace)
        except OutOfTime:
            problem = f"Your code takes longer than {self.limits.cell_seconds:g} s to check."
        except BaseException as error:  # SystemExit, too
            problem = _told(error)
        return {self.exercises.PROBLEM: self.numpy.array(problem)}

    def _packed(self, array: Any) -> str:
        file = io.BytesIO()
        self.numpy.lib.format.write_array(file, array, allow_pickle=False)
        return base64.b64encode(file.getvalue()).decode()


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


def _limit(limits: Limits) -> None:
    limit_memory(limits.memory_mb)
    lower(resource.RLIMIT_CPU, int(limits.seconds) + 5)
    lower(resource.RLIMIT_FSIZE, limits.files_mb * 2**20)
    lower(resource.RLIMIT_NOFILE, 256)
    lower(resource.RLIMIT_CORE, 0)


def _notebook_namespace(head: str, exercises: types.ModuleType) -> dict[str, Any]:
    """The names of a fresh notebook whose first cell has run. What speaks to a reader (check, hint, magics, display) says nothing here."""
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

    def run_cell_magic(self, name: str, line: str, body: str) -> None:
        if name in ("time", "timeit", "capture", "prun"):
            exec(compile(_plain(body), f"<cell under %%{name}>", "exec"), self.namespace)

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


def _run(source: str, name: str, namespace: dict[str, Any], limits: Limits) -> list[str]:
    """Run a cell; a note on what went wrong, if anything did."""
    try:
        with _at_most(limits.cell_seconds):
            code = _plain(source)
            linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)  # so that lines can be quoted
            exec(compile(code, name, "exec"), namespace)
    except OutOfTime:
        first = next((line.strip() for line in source.splitlines() if line.strip()), "")
        return [f"A cell ran for {limits.cell_seconds:g} s and was stopped: `{first}`"]
    except BaseException as error:  # SystemExit, too
        return [_told(error)]
    return []


def _plain(source: str) -> str:
    """Python without IPython's magics."""
    try:
        ast.parse(source)
    except SyntaxError:
        from IPython.core.inputtransformer2 import TransformerManager

        return TransformerManager().transform_cell(source)
    return source


def _told(error: BaseException) -> str:
    """What a cell raised, and where."""
    message = (str(error).strip().splitlines() or ["no message"])[0]
    lines = [frame.line for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith("<cell") and frame.line]
    return f"A cell stopped with {type(error).__name__}: {message}" + (f", at `{lines[-1].strip()}`" if lines else "")


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raise `OutOfTime` in the block after some seconds, and each second from then on, should somebody catch it."""

    def stop(*_: object) -> None:
        raise OutOfTime

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


if __name__ == "__main__":
    main()

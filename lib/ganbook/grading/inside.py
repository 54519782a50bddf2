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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ganbook.grading.box import READY, Limits


class OutOfTime(BaseException):
    """No `Exception`: a student's ``except Exception`` should not stop it."""


def main() -> None:
    task = json.load(sys.stdin)
    channel = _take_stdout()
    import numpy as np
    from nbformat.v4 import new_code_cell

    from ganbook import exercises

    def measured(exercise: exercises.Exercise) -> dict[str, np.ndarray]:
        try:
            with _at_most(limits.cell_seconds):
                return exercises.answers(exercise, namespace)
        except OutOfTime:
            problem = f"Your code takes longer than {limits.cell_seconds:g} s to check."
        except BaseException as error:
            problem = _told(error)
        return {exercises.PROBLEM: np.array(problem)}

    def send(name: str) -> dict[str, np.ndarray]:
        channel({"at": name})
        found = measured(known[name])
        channel({"name": name, "answers": {key: _packed(np, array) for key, array in found.items()}, "notes": notes[name]})
        return found

    limits = Limits(**task["limits"])
    probes = {each["name"]: new_code_cell(each["probe"], metadata={"tags": ["probe"]}) for each in task["exercises"]}
    known = {each["name"]: exercises.Exercise(each["name"], each["title"], task["head"], (probes[each["name"]],)) for each in task["exercises"]}
    known = {name: exercise for name, exercise in known.items() if name not in task["leave_out"]}
    namespace = _notebook_namespace(task["head"], exercises)
    cells = [cell for cell in task["cells"] if cell["exercise"] not in task["leave_out"]]
    last = {cell["exercise"]: number for number, cell in enumerate(cells)}
    notes: dict[str, list[str]] = {name: [] for name in ["", *known]}
    unsolved = set(known)
    _limit(limits)
    channel(json.loads(READY))
    for number, cell in enumerate(cells):
        name = cell["exercise"]
        channel({"at": name})
        problem = _run(cell["source"], f"<cell {number + 1}>", namespace, limits)
        notes.setdefault(name, []).extend([problem] if problem else [])
        if name in known and last[name] == number and exercises.PROBLEM not in send(name):
            unsolved.discard(name)
    for name in sorted(unsolved):  # what it needs may have been written further down
        send(name)
    channel({"done": True})
    os._exit(0)


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
    """Lower what this process may take, for good. Memory counts from what it holds now."""
    pages = int(open("/proc/self/statm").read().split()[0])
    space = pages * resource.getpagesize() + limits.memory_mb * 2**20
    wanted = {
        resource.RLIMIT_AS: space,
        resource.RLIMIT_CPU: int(limits.seconds) + 5,
        resource.RLIMIT_FSIZE: limits.files_mb * 2**20,
        resource.RLIMIT_NOFILE: 256,
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in wanted.items():
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (most, most) if hard == resource.RLIM_INFINITY else (min(most, hard),) * 2)


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


def _run(source: str, name: str, namespace: dict[str, Any], limits: Limits) -> str | None:
    """Run a cell; what went wrong, if anything did."""
    try:
        with _at_most(limits.cell_seconds):
            code = _plain(source)
            linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)  # so that lines can be quoted
            exec(compile(code, name, "exec"), namespace)
    except OutOfTime:
        first = next((line.strip() for line in source.splitlines() if line.strip()), "")
        return f"A cell ran for {limits.cell_seconds:g} s and was stopped: `{first}`"
    except BaseException as error:  # SystemExit, too
        return _told(error)
    return None


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


def _packed(np: types.ModuleType, array: Any) -> str:
    file = io.BytesIO()
    np.lib.format.write_array(file, array, allow_pickle=False)
    return base64.b64encode(file.getvalue()).decode()


if __name__ == "__main__":
    main()

"""Run one notebook's code in a box and carry its answers out.

The box is made by bubblewrap: no network, no process but one, nothing to write but a small folder in memory, nothing to
read but Python, the library and the shipped models. What a student wrote comes in through a pipe, answers leave through
another, as text that this side takes for hostile: it is parsed within limits here and judged elsewhere
(`ganbook.teaching.grading.judging`). No file is shared.
"""

import json
import os
import resource
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ganbook import paths
from ganbook.environment import font_lists
from ganbook.errors import UserError
from ganbook.record import write_atomically
from ganbook.teaching.grading import seccomp

START_SECONDS = 300  # for Python to come up and import torch, on a slow shared disk
OUT_OF_PROCESSOR_TIME = (-signal.SIGXCPU, 128 + signal.SIGXCPU)  # exit codes, the second by bubblewrap
READY = b'{"ready": true}'
TROUBLE = "trouble.txt"  # beside the task: why it could not be run
GRACE_SECONDS = 10  # between the alarm in the box and the end of the box
WALL = 6  # limits are on processor time; on a busy machine, or asleep, so many times as much may pass on the clock


@dataclass(frozen=True)
class Limits:
    """What one notebook may take, in seconds of processor time; see ``WALL``."""

    cell_seconds: float = 30  # one cell, and one exercise's check; then the next one's turn
    given_seconds: float = 30  # a cell that was handed out, however little a student's own cells may take
    seconds: float = 180  # the whole notebook
    memory_mb: int = 4096  # on top of what Python and torch take
    files_mb: int = 64  # all files together, in memory
    answers_mb: int = 16

    @property
    def longest(self) -> float:
        """What a cell that was handed out may take."""
        return max(self.given_seconds, self.cell_seconds)


class BoxFailed(RuntimeError):
    """The box itself did not come up; the student's work has not been run."""


def command(arguments: list[str], limits: Limits, filter_fd: int, private: Iterable[Path] = ()) -> list[str]:
    """The command line that runs a command in the box.

    Args:
        arguments: the command.
        filter_fd: where bubblewrap reads the filter of system calls.
        private: folders that must not be seen, wherever they lie; the book's and the person's own are among them
            anyway.
    """
    alone = (
        "--unshare-user --unshare-net --unshare-pid --unshare-ipc --unshare-uts --unshare-cgroup-try"
        " --die-with-parent --new-session --cap-drop ALL --uid 1000 --gid 1000 --hostname box"
    )
    # /proc read-only, too: where root grades, files of /proc/sys could be written to even so
    around = "--proc /proc --remount-ro /proc --dev /dev --remount-ro /dev --remount-ro / --chdir /tmp"
    return [
        shutil.which("bwrap") or "bwrap",
        *alone.split(),
        *_mounts(limits, private),
        *around.split(),
        "--seccomp",
        str(filter_fd),
        "--",
        *arguments,
    ]


def _mounts(limits: Limits, private: Iterable[Path]) -> list[str]:
    """Python, the library and the shipped models, all read-only;
    what is private and lies within a folder of these is covered.

    Deeper paths come later, so that a folder within a covered one can be seen again.
    """
    root, library = paths.root().resolve(), Path(__file__).resolve().parents[3]
    system = (
        "/usr",
        "/lib",
        "/lib64",
        "/lib32",
        "/bin",
        "/sbin",
        "/etc/ld.so.cache",
        "/etc/alternatives",
        "/etc/localtime",
    )
    python = [
        place
        for each in (sys.prefix, sys.base_prefix, Path(sys.executable).resolve().parents[1])
        for place in (each, Path(each).resolve())
    ]
    seen = {
        Path(each)
        for each in (*system, *python, library, root / "checkpoints", root / "_toc.yml")
        if Path(each).exists()
    }
    secret = {root, *private} | ({home.resolve()} if (home := paths.home()) else set())
    if seen & {*secret, Path("/")}:
        raise UserError(
            f"Python lies in {', '.join(map(str, seen & {*secret, Path('/')}))}, which the box must not show;"
            " install the book with `make install`"
        )
    plan = {each: ["--symlink", os.readlink(each)] if each.is_symlink() else ["--ro-bind", str(each)] for each in seen}
    hidden = {each for each in secret if seen & set(each.parents)}
    plan |= {each: ["--tmpfs"] for each in hidden} | {Path("/tmp"): ["--size", str(limits.files_mb * 2**20), "--tmpfs"]}
    order = sorted(plan, key=lambda path: len(path.parts))
    return [word for each in order for word in (*plan[each], str(each))] + [
        word for each in hidden for word in ("--remount-ro", str(each))
    ]


def environment() -> dict[str, str]:
    """All that the box knows of the world's environment variables."""
    wanted = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": "/tmp",
        "LANG": "C.UTF-8",
        "USER": "student",
    }
    wanted |= {
        "PYTHONPATH": str(Path(__file__).resolve().parents[3]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "Agg",
    }
    return wanted | {f"{name}_NUM_THREADS": "1" for name in ("OMP", "MKL", "OPENBLAS", "NUMEXPR")}


def refuse_without_box() -> None:
    """See whether a box can be had.

    Raises:
        UserError: with the reason and the way out.
    """
    way_out = (
        "Or run with --unsafe on a machine where nothing can be lost: then students' code can do whatever you can."
    )
    if sys.platform != "linux":
        raise UserError(f"the box needs Linux (bubblewrap); this is {sys.platform}. {way_out}")
    if shutil.which("bwrap") is None:
        raise UserError(
            "the box needs bubblewrap, which is not installed; on Debian and Ubuntu:"
            f" apt-get install bubblewrap. {way_out}"
        )
    with started(["true"]) as process:
        said = process.communicate()[0].decode(errors="replace").strip()
    if process.returncode:
        raise UserError(
            f"this system lets bubblewrap make no box ({said or f'exit code {process.returncode}'}). User namespaces"
            " are needed: in a container start it with fewer restrictions or grade outside; Ubuntu 24.04 wants an"
            f" AppArmor profile for bwrap, or as root: sysctl kernel.apparmor_restrict_unprivileged_userns=0. {way_out}"
        )


@contextmanager
def started(
    arguments: list[str], limits: Limits = Limits(), private: Iterable[Path] = (), boxed: bool = True
) -> Iterator[subprocess.Popen]:
    """A command running in the box (else in a folder that is thrown away);
    when the block ends it is dead, with all that it started.
    """
    with (
        tempfile.TemporaryDirectory(prefix="ganbook-", ignore_cleanup_errors=True) as folder,
        _readable(seccomp.program() if boxed else b"") as filter_fd,
    ):
        inside = command(arguments, limits, filter_fd, private) if boxed else arguments
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        process = subprocess.Popen(
            inside, cwd=folder, env=environment(), start_new_session=True, pass_fds=[filter_fd] * boxed, **pipes
        )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            process.stdin.close()
            process.stdout.close()


@contextmanager
def _readable(data: bytes) -> Iterator[int]:
    """A pipe's end from which these few bytes can be read."""
    reads, writes = os.pipe()
    with os.fdopen(writes, "wb") as pipe:
        pipe.write(data)
    try:
        yield reads
    finally:
        os.close(reads)


def run(task: dict[str, Any]) -> dict[str, Any]:
    """Run a task (`ganbook.teaching.grading.tasks`) and return what came out of the box, unjudged.

    An exercise that kills the box or makes it hang is left out and the rest is run again, as long as the time for the
    notebook lasts.

    Returns:
        ``exercises``: for each name ``answers`` (name -> array in numpy's format, base64) and ``notes`` (what the
            student should know);
        ``notes`` on the whole notebook; ``seconds``; ``problem`` if it cannot be graded, and that is not the student's
            fault.

    Raises:
        BoxFailed: the box did not come up.
    """
    limits = Limits(**task["limits"])
    found: dict[str, dict[str, Any]] = {
        exercise["name"]: {"answers": {}, "notes": []} for exercise in task["exercises"]
    }
    notes: list[str] = []
    left_out: dict[str, str] = {}
    begin, left, cpu_left = time.monotonic(), WALL * limits.seconds, limits.seconds
    while True:
        outcome = _run_once(task | {"leave_out": list(left_out), "cpu_left": cpu_left}, limits, left)
        found |= {name: outcome.found[name] for name in found.keys() & outcome.found.keys()}
        left, cpu_left = left - outcome.seconds, cpu_left - outcome.cpu
        if outcome.problem:
            break
        if outcome.trouble is None:
            notes += outcome.found.get("", {"notes": []})["notes"]  # on what stands before the first exercise
            break
        if outcome.at in left_out or left <= 0 or cpu_left <= 0:
            notes.append(f"The notebook was stopped: {outcome.trouble}.")
            break
        left_out[outcome.at] = outcome.trouble
    for name, trouble in left_out.items():
        if name in found:
            found[name] = {"answers": {}, "notes": [f"The code of this exercise was stopped: {trouble}."]}
        else:
            notes.append(f"The code before the first exercise was stopped: {trouble}.")
    answers = {"exercises": found, "notes": notes, "seconds": round(time.monotonic() - begin, 1)}
    return answers | ({"problem": outcome.problem} if outcome.problem else {})


@dataclass
class _Outcome:
    """What one start of the box gave: by exercise what came out, where it was last,
    seconds of student's code, why it ended early.
    """

    found: dict[str, dict[str, Any]] = field(default_factory=dict)
    at: str = ""
    seconds: float = 0.0
    cpu: float = 0.0
    trouble: str | None = None
    problem: str | None = None


def _run_once(task: dict[str, Any], limits: Limits, left: float) -> _Outcome:
    outcome = _Outcome()
    private = [Path(each) for each in task["private"]]
    with started([sys.executable, "-m", "ganbook.teaching.grading.inside"], limits, private, task["boxed"]) as process:
        with suppress(BrokenPipeError), process.stdin as pipe:
            pipe.write(json.dumps(task | {"fonts": font_lists()}).encode())
        messages = _Messages(process.stdout.fileno(), limits.answers_mb * 2**20)
        messages.wait_until_ready()
        begin = time.monotonic()
        try:
            longest = WALL * limits.longest + GRACE_SECONDS
            while (message := messages.next(min(longest, left - outcome.seconds))) != {"done": True}:
                outcome.seconds = time.monotonic() - begin
                outcome.at = str(message.get("at", outcome.at))
                if isinstance(message.get("cpu"), float):
                    outcome.cpu = max(outcome.cpu, message["cpu"])
                if isinstance(message.get("problem"), str):
                    outcome.problem = message["problem"][:500]
                if isinstance(message.get("name"), str):
                    outcome.found[message["name"]] = _cleaned(message)
        except EOFError:
            code = process.wait()
            outcome.trouble = f"its process ended with exit code {code}"
            if code in OUT_OF_PROCESSOR_TIME:
                outcome.cpu = task["cpu_left"]
                outcome.trouble = f"all cells together took more than {limits.seconds:g} s"
        except TimeoutError:
            used_up = time.monotonic() - begin >= left
            outcome.trouble = (
                f"all cells together took more than {WALL * limits.seconds:g} s on the clock"
                if used_up
                else "it could not be interrupted"
            )
        except OverflowError:
            outcome.trouble = f"it sent more than {limits.answers_mb} MB"
        outcome.seconds = time.monotonic() - begin
    return outcome


class _Messages:
    """Objects, a line of JSON each, that come through a pipe from somebody who may send anything."""

    def __init__(self, fd: int, most: int) -> None:
        self.fd, self.left, self.buffer = fd, most, b""
        self.selector = selectors.DefaultSelector()
        self.selector.register(fd, selectors.EVENT_READ)

    def wait_until_ready(self) -> None:
        said: list[bytes] = []
        try:
            while (line := self.line(time.monotonic() + START_SECONDS)) != READY:
                said.append(line)
        except (EOFError, TimeoutError, OverflowError) as error:
            text = b"\n".join([*said, self.buffer]).decode(errors="replace").strip()
            raise BoxFailed(f"the box did not come up: {text[-2000:] or type(error).__name__}") from error

    def next(self, seconds: float) -> dict[str, Any]:
        """The next object; lines that hold none are passed over.

        Raises:
            TimeoutError: none came in this time.
            EOFError: none will come.
            OverflowError: more came than is allowed.
        """
        deadline = time.monotonic() + seconds
        while True:
            with suppress(ValueError, RecursionError):
                message = json.loads(self.line(deadline))
                if isinstance(message, dict):
                    return message

    def line(self, deadline: float) -> bytes:
        while b"\n" not in self.buffer:
            if not self.selector.select(max(0.0, deadline - time.monotonic())):
                raise TimeoutError
            part = os.read(self.fd, 2**16)
            self.left -= len(part)
            if not part:
                raise EOFError
            if self.left < 0:
                raise OverflowError
            self.buffer += part
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line


def _cleaned(message: dict[str, Any]) -> dict[str, Any]:
    """An exercise's line with what it should hold, and nothing else."""
    answers, notes = message.get("answers"), message.get("notes")
    return {
        "answers": (
            {key: text for key, text in answers.items() if isinstance(text, str)} if isinstance(answers, dict) else {}
        ),
        "notes": [note[:500] for note in notes if isinstance(note, str)][:10] if isinstance(notes, list) else [],
    }


def limit_memory(megabytes: int) -> None:
    """Let this process take so much more memory than it has now, for good (on Linux; elsewhere nothing is limited)."""
    with suppress(FileNotFoundError):
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        lower(resource.RLIMIT_AS, pages * resource.getpagesize() + megabytes * 2**20)


def lower(kind: int, most: int) -> None:
    """Lower one of this process's limits for good; a lower one that is there stays."""
    hard = resource.getrlimit(kind)[1]
    least = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (least, least))


def main(task: str, answers: str) -> None:
    """Run the task in one file, write what came out into another: what Snakemake calls for each notebook."""
    path = Path(task)
    trouble = path.with_name(TROUBLE)
    trouble.unlink(missing_ok=True)
    try:
        found = run(json.loads(path.read_text(encoding="utf-8")))
    except (BoxFailed, UserError, OSError) as error:
        with suppress(OSError):
            write_atomically(trouble, str(error))
        sys.exit(f"{path.parent.name}: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
    write_atomically(Path(answers), json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])

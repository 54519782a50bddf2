"""What a process in the box can reach. For each wall a hole is made on purpose, to see that the test would notice."""

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from ganbook import paths
from ganbook.errors import UserError
from ganbook.teaching.grading import box, seccomp

pytestmark = pytest.mark.usefixtures("a_box")
NETWORK, PROCESSES = "--unshare-net", "filter"


@pytest.fixture
def inside(monkeypatch):
    """Run Python code in the box; what it printed. ``without`` takes walls away."""

    def run(
        code: str, limits: box.Limits = box.Limits(), without: tuple[str, ...] = (), private: tuple[Path, ...] = ()
    ) -> str:
        with monkeypatch.context() as patch:
            if PROCESSES in without:
                patch.setattr(seccomp, "REFUSED", {})
            made = box.command
            patch.setattr(box, "command", lambda *arguments: [word for word in made(*arguments) if word not in without])
            with box.started([sys.executable, "-c", code], limits, private) as process:
                return process.communicate(timeout=60)[0].decode()

    return run


CONNECT = """
import socket
try:
    print("in", socket.create_connection(("127.0.0.1", {port}), timeout=5).recv(5))
except OSError as error:
    print("refused", error)
"""


@pytest.mark.parametrize(
    ("without", "reached"), [((), False), ((NETWORK,), False), ((PROCESSES,), False), ((NETWORK, PROCESSES), True)]
)
def test_no_network(inside, without, reached):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        code = CONNECT.format(port=server.getsockname()[1])
        if reached:
            import threading

            threading.Thread(target=lambda: server.accept()[0].sendall(b"hello"), daemon=True).start()
        said = inside(code, without=without)
    assert said.startswith("in b'hello'" if reached else "refused")


LOOK = """
import json, os
from pathlib import Path
found = []
for folder, folders, files in os.walk("/"):
    folders[:] = [name for name in folders if folder + name not in ("/proc", "/sys")]
    found += [os.path.join(folder, name) for name in files if name in {names}]
print(json.dumps(found))
"""
PRIVATE = ("latent_captions.md", "HEAD", "someone.ipynb", "latent_captions.yml", "test_box.py", "README.md.secret")


def test_checks_tests_history_and_other_students_cannot_be_seen(inside, tmp_path):
    (tmp_path / "someone.ipynb").write_text("{}")
    found = json.loads(inside(LOOK.format(names=PRIVATE), private=(tmp_path,)))
    assert found == []


def test_the_search_would_find_them(inside, monkeypatch):
    made = box._mounts
    root = str(paths.root())
    monkeypatch.setattr(
        box, "_mounts", lambda *told: [*made(*told), "--ro-bind", f"{root}/exercises", f"{root}/exercises"]
    )
    assert [Path(each).name for each in json.loads(inside(LOOK.format(names=PRIVATE)))] == ["latent_captions.md"]


def test_private_folders_within_what_python_needs_are_covered(inside, monkeypatch, tmp_path):
    python, private = tmp_path / "python", tmp_path / "python" / "class"
    (private / "deep").mkdir(parents=True)
    (private / "deep" / "someone.ipynb").write_text("{}")
    (python / "public_tool.py").write_text("")
    monkeypatch.setattr(sys, "base_prefix", str(python))
    code = LOOK.format(names=("someone.ipynb", "public_tool.py"))
    assert [Path(each).name for each in json.loads(inside(code, private=(private,)))] == ["public_tool.py"]
    assert len(json.loads(inside(code))) == 2
    assert "Read-only" in inside(f"open('{private}/x', 'w')", private=(private,))


def test_a_python_that_lies_in_a_private_folder_is_refused(inside, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))
    with pytest.raises(UserError, match="which the box must not show"):
        inside("", private=(tmp_path,))


def test_nothing_of_the_environment_is_known(inside, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "xyzzy")
    code = (
        "import glob\n"
        "for path in glob.glob('/proc/*/environ') + glob.glob('/proc/*/cmdline'): print(path, open(path, 'rb').read())"
    )
    said = inside(code)
    assert "/proc/1/environ" in said and "PYTHONPATH" in said and "xyzzy" not in said and "SECRET" not in said


WRITE = """
import json, os
done = []
for folder in {folders}:
    try:
        with open(os.path.join(folder, "planted"), "w") as file:
            file.write("x")
        done.append(folder)
    except OSError:
        pass
system = ("/proc/1/mem", "/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/sys/vm/drop_caches")
for path in (*system, {library!r}):
    try:
        os.close(os.open(path, os.O_WRONLY))
        done.append(path)
    except OSError:
        pass
print(json.dumps(done))
"""


def test_nothing_can_be_written_but_to_memory(inside):
    library = Path(box.__file__)
    folders = [
        "/",
        "/usr/bin",
        "/etc",
        "/dev",
        "/proc",
        "/proc/sys",
        str(library.parent),
        sys.prefix,
        str(paths.root() / "checkpoints"),
        "/tmp",
        "/dev/shm",
    ]
    assert json.loads(inside(WRITE.format(folders=folders, library=str(library)))) == ["/tmp"]
    assert not Path("/tmp/planted").exists()


def test_the_memory_that_can_be_written_to_is_small(inside):
    fill = """
size = 0
try:
    for number in range(100):
        with open(f"/tmp/{number}", "wb", buffering=0) as file:
            size += file.write(bytes(2**20))
except OSError as error:
    print(size // 2**20, error.strerror)
"""
    assert inside(fill, box.Limits(files_mb=8)) == "8 No space left on device\n"


ATTEMPTS = {
    "fork": "import os; os.fork()",
    "another program": "import subprocess; subprocess.run(['true'])",
    "thread": "import threading; threading.Thread(target=print).start()",
    "namespace": (
        "import ctypes, os; libc = ctypes.CDLL(None, use_errno=True); assert libc.unshare(0x10000000) == 0,"
        " os.strerror(ctypes.get_errno())"
    ),
    "memory file": "import os; os.memfd_create('x')",
    "shared memory": (
        "import ctypes, os; libc = ctypes.CDLL(None, use_errno=True); assert libc.shmget(0, 2**30, 0o1600) >= 0,"
        " os.strerror(ctypes.get_errno())"
    ),
    "trace": (
        "import ctypes, os; libc = ctypes.CDLL(None, use_errno=True); assert libc.ptrace(16, 1, 0, 0) == 0,"
        " os.strerror(ctypes.get_errno())"
    ),
}


@pytest.mark.parametrize("what", ATTEMPTS)
def test_refused(inside, what):
    code = ATTEMPTS[what] + "\nprint('done')"
    said = inside(code)
    assert "done" not in said and ("not permitted" in said or "can't start new thread" in said)
    if what not in ("trace", "namespace"):  # these have more than one wall
        assert "done" in inside(code, without=(PROCESSES,))


def test_nobody_outside_can_be_killed(inside):
    sleeper = subprocess.Popen(["sleep", "60"])
    try:
        said = inside(
            f"import os\nfor pid in ({sleeper.pid}, {os.getpid()}, os.getppid(), 1):\n"
            "  try: os.kill(pid, 9); print('sent')\n  except OSError: print('no')"
        )
        assert said.split()[:2] == ["no", "no"]
        inside("import os; os.kill(-1, 9)")
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()


def alive(mark: str) -> bool:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has ended meanwhile
            if mark.encode() in path.read_bytes():
                return True
    return False


@pytest.mark.parametrize("boxed", [True, False])
def test_nothing_lives_on_when_the_block_ends(boxed):
    mark = f"mark-{os.getpid()}-{boxed}"
    code = f"import time; print(flush=True); time.sleep(60) # {mark}"
    with box.started([sys.executable, "-c", code], boxed=boxed) as process:
        process.stdout.readline()
        assert alive(mark)
    deadline = time.monotonic() + 10
    while alive(mark) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(mark)


def test_without_bubblewrap_the_reason_and_the_way_out_are_told(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="apt-get install bubblewrap.*--unsafe"):
        box.refuse_without_box()
    stand_in = tmp_path / "bwrap"
    stand_in.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied'\nexit 1\n")
    stand_in.chmod(0o755)
    with pytest.raises(UserError, match="setting up uid map: Permission denied.*AppArmor.*--unsafe"):
        box.refuse_without_box()
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(UserError, match="the box needs Linux"):
        box.refuse_without_box()


def test_the_chapter_tells_the_limits_as_they_are():
    told = " ".join((paths.root() / "book" / "for_instructors.md").read_text().split())
    limits = box.Limits()
    for text in (
        f"It can write {limits.files_mb} MB",
        f"{limits.memory_mb / 1024:g} GB more than Python",
        (
            f"{limits.cell_seconds:g} s a cell (`--cell-seconds`),"
            f" {limits.seconds / 60:g} minutes a notebook (`--seconds`)"
        ),
        f"{box.WALL} times as much on the clock",
        f"at most {limits.answers_mb} MB of numbers and text",
        f"runs for more than {limits.cell_seconds:g} seconds (`--cell-seconds`)",
        f"A cell that you handed out has at least {limits.given_seconds:g} seconds",
        f"one core, {limits.memory_mb / 1024 + 1:g} GB and {box.WALL * limits.seconds / 60 + 10:g} minutes",
    ):
        assert text in told, text

"""Notebooks that break or attack: what each costs, and that it costs nobody else anything."""

import base64
import io
import json
import zipfile

import pytest

from ganbook import paths
from ganbook.teaching import exercises
from ganbook.teaching.grading import box, judging, submissions, tasks

from .conftest import GOOD, notebook, solved

pytestmark = pytest.mark.usefixtures("a_box")


@pytest.fixture
def run(toys, tmp_path, monkeypatch):
    """Run a notebook of toys in which these exercises were done so; by exercise the points of two and all notes."""
    monkeypatch.setattr(box, "GRACE_SECONDS", 2)

    def graded(
        count: int,
        boxed: bool = True,
        seconds: float = 60,
        given: str = "",
        cell_seconds: float = 2,
        given_seconds: float = 2,
        **codes: str,
    ) -> tuple[dict[str, tuple[int, str]], dict]:
        asked = toys(count)
        if given:  # before the cell to complete of the last exercise
            source = paths.root() / "exercises" / "toys.md"
            stub = f"```{{code-cell}}\n:tags: [exercise]\ndef times{count}("
            source.write_text(source.read_text().replace(stub, f"```{{code-cell}}\n{given}\n```\n\n{stub}"))
            asked = exercises.read("toys")[1]
        notebook(tmp_path / "class" / "eve.ipynb", **codes)
        handed_in = submissions.collect(tmp_path / "class", asked)[0]
        limits = box.Limits(
            cell_seconds=cell_seconds, given_seconds=given_seconds, seconds=seconds, memory_mb=1024, answers_mb=1
        )
        found = box.run(tasks.task(handed_in, asked, limits, boxed=boxed, private=[tmp_path / "class"]))
        told = {}
        for exercise in asked[:-1]:
            got = found["exercises"][exercise.name]
            results = judging.results(exercise, got["answers"]) if got["answers"] else []
            notes = [*got["notes"], *(result.problem for result in results if not result.right)]
            told[exercise.name] = sum(result.right for result in results), "\n".join(notes)
        return told, found

    return graded


WASTE = {
    "endless": "while True:\n    try:\n        pass\n    except Exception:\n        pass",
    "numpy": "np.ones(50 * 2**30, dtype=np.uint8)",
    "torch": "import torch; torch.ones(50 * 2**30, dtype=torch.uint8)",
    "bytes": "def hoard():\n    kept = []\n    while True: kept.append(bytes(2**24))\nhoard()",
    "mapped": "import mmap; mmap.mmap(-1, 50 * 2**30)",
    "forks": "import os\nwhile True: os.fork()",
    "threads": "import threading, time\nfor _ in range(10000): threading.Thread(target=time.sleep, args=(60,)).start()",
    "program": "!rm -rf /\nimport subprocess; subprocess.run(['sleep', '60'])",
    "exit": "import sys; sys.exit(3)",
    "output": "for _ in range(100): print('x' * 2**20)\nraise ValueError('printed')",
    "network": "import urllib.request; urllib.request.urlopen('http://127.0.0.1')",
    "file": "open('/tmp/big', 'wb').write(bytes(2**27))",
    "interrupt": "raise KeyboardInterrupt",
    "kill": "import os\nos.kill(os.getppid(), 9)\nos.kill(1, 9)\nos.kill(-1, 9)",
}
TOLD = {
    "endless": "ran for 2 s and was stopped: `while True:`",
    "numpy": "MemoryError",
    "torch": "can't allocate memory",
    "bytes": "MemoryError",
    "mapped": "Cannot allocate memory",
    "forks": "PermissionError",
    "threads": "can't start new thread",
    "program": "PermissionError",
    "exit": "SystemExit: 3, at `import sys; sys.exit(3)`",
    "output": "ValueError: printed",
    "network": "not permitted",
    "file": "OSError",
    "interrupt": "KeyboardInterrupt",
    "kill": "ProcessLookupError",
}


def test_a_cell_that_wastes_or_attacks_costs_its_own_exercise_alone(run):
    """Each exercise is right, but for the ones in between whose cell does harm before it comes to the point."""
    names = list(WASTE)
    codes = solved(1, len(names) + 2)
    codes |= {f"ty_{number}": f"{WASTE[name]}\n{GOOD.format(number)}" for number, name in enumerate(names, 2)}
    told, found = run(len(names) + 2, **codes)
    assert told.pop("ty.1") == (2, "") and told.pop(f"ty.{len(names) + 2}") == (2, "")
    for number, name in enumerate(names, 2):
        points, notes = told[f"ty.{number}"]
        assert points == 0 and TOLD[name] in notes and "There is no `times" in notes, (name, notes)
    assert found["notes"] == [] and found["seconds"] < 60


DEATH = {
    "exit": "import os; os._exit(0)",
    "crash": "import ctypes; ctypes.string_at(0)",
    "deaf": (
        "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\n"
        "signal.signal(signal.SIGPROF, signal.SIG_IGN)\nwhile True: pass"
    ),
    "flood": (
        "import os\nfor fd in range(3, 256):\n    try:\n"
        "        while True: os.write(fd, b'{\"at\": 1}' * 10000)\n    except OSError: pass"
    ),
}


def test_what_kills_the_process_costs_its_own_exercise_alone(run):
    names = list(DEATH)
    codes = solved(1, len(names) + 2) | {
        f"ty_{number}": f"{GOOD.format(number)}\n{DEATH[name]}" for number, name in enumerate(names, 2)
    }
    told, found = run(len(names) + 2, **codes)
    assert told.pop("ty.1") == (2, "") and told.pop(f"ty.{len(names) + 2}") == (2, "")
    assert {points for points, _ in told.values()} == {0}
    notes = [note for _, note in told.values()]
    assert all("The code of this exercise was stopped: " in note for note in notes) and found["notes"] == []
    assert "could not be interrupted" in notes[2] and "sent more than 1 MB" in notes[3]


def npz_bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("got.npy", bytes(2**28))
    return file.getvalue()


def test_forged_answers_are_answers_and_nothing_more(run):
    """What reaches into this process changes what it sends. Marks are made elsewhere."""
    forged = json.dumps(
        {
            "name": "ty.2",
            "answers": {"got": base64.b64encode(npz_bomb()).decode()},
            "points": 2,
            "notes": [1, "n" * 9999],
        }
    )
    codes = {
        "ty_1": (
            "import numpy, sys, types\nnumpy.savez = numpy.load = None\n"
            "sys.modules['json'] = types.ModuleType('json')\n" + GOOD.format(1)
        ),
        "ty_2": (
            "import os\nfor fd in range(3, 20):\n"
            f"    try: os.write(fd, {forged + chr(10)!r}.encode())\n    except OSError: pass"
        ),
        "ty_3": (
            "import os\nos.symlink('/etc/passwd', '/tmp/answers.json')\nopen('/tmp/lines', 'w').write('{}')\n"
            + GOOD.format(3)
        ),
        "ty_4": (
            "import ganbook.teaching.exercises.feedback as own\n"
            "own._plain = lambda value: np.array({'points': 99}, dtype=object)\n" + GOOD.format(4)
        ),
        "ty_5": "import os\nif os.fork() == 0:\n    os.setsid()\n    import time; time.sleep(1)\n" + GOOD.format(5),
    }
    told, found = run(5, **codes)
    assert (
        told["ty.1"] == (2, "")
        and told["ty.3"] == (2, "")
        and set(found["exercises"]) == {"ty.1", "ty.2", "ty.3", "ty.4", "ty.5"}
    )
    assert told["ty.2"][0] == told["ty.4"][0] == told["ty.5"][0] == 0
    assert found["exercises"]["ty.2"].keys() == {"answers", "notes"}


def test_what_students_do_in_good_faith(run):
    codes = {
        "ty_1": (
            "%matplotlib inline\n!pip install numpy\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.show()\n"
            + GOOD.format(1)
        ),
        "ty_2": "%%time\n" + GOOD.format(2),
        "ty_3": (
            GOOD.format(3) + "\ncheck('ty.3')\ndisplay(times3(2))\n"
            "from ganbook.teaching.exercises import hint\nhint('ty.3')\nget_ipython().run_line_magic('timeit', '1')"
        ),
        "ty_4": "times4 = lambda x: -4 * x",
        "ty_5": "1 / 0",
        "ty_6": "this is no Python",
        "ty_7": "def times7(x):\n    while True: pass",
        "ty_8": GOOD.format(8) + "\n" + GOOD.format(9),
        "ty_9": "",
        "first": "import tensorfluss",
    }
    told, found = run(10, **codes)
    right = {name for name, (points, notes) in told.items() if points == 2 and not notes}
    assert right == {"ty.1", "ty.2", "ty.3", "ty.8", "ty.9"}
    assert told["ty.4"] == (1, "The `sign` is wrong")
    assert "ZeroDivisionError: division by zero, at `1 / 0`" in told["ty.5"][1] and "SyntaxError" in told["ty.6"][1]
    assert "takes longer than 2 s to check" in told["ty.7"][1] and told["ty.10"][1].startswith("Not written yet.")
    assert found["notes"] == [
        "A cell stopped with ModuleNotFoundError: No module named 'tensorfluss', at `import tensorfluss`"
    ]


@pytest.mark.parametrize("boxed", [True, False])
def test_no_student_is_charged_for_the_search_for_fonts(run, boxed):
    """matplotlib finds its list of fonts where it looks, and does not write it anew."""
    look = """
import matplotlib
from pathlib import Path
def lists():
    return {file.name: file.stat().st_mtime_ns for file in Path(matplotlib.get_cachedir()).glob("fontlist*")}
before = lists()
import matplotlib.pyplot
assert before == lists() != {}
"""
    told, found = run(1, boxed=boxed, ty_1=look + GOOD.format(1))
    assert told["ty.1"] == (2, "") and found["notes"] == []


def test_await_works_as_in_jupyter(run):
    later = "async def later(x, seconds=0.01):\n    await asyncio.sleep(seconds)\n    return x\n"
    codes = {
        "first": "import asyncio\n" + later,
        "ty_1": "factor = await later(1)\ndef times1(x):\n    return factor * x",
        "ty_2": "waiting = asyncio.create_task(later(2))\n",
        "ty_3": (
            "two, three = await asyncio.gather(waiting, later(3))\n"
            "times2 = lambda x: two * x\ntimes3 = lambda x: three * x"
        ),
        "ty_4": "%%time\nfour = [x async for x in (await later(4) for _ in range(1))][0]\ntimes4 = lambda x: four * x",
        "ty_5": GOOD.format(5) + "\nawait later(1 / 0)",
        "ty_6": "await later(6, 60)\n" + GOOD.format(6),
        "ty_7": "while True: await later(7, 0)",
        "ty_8": "import sys\nawait later(8)\nsys.exit(8)",
        "ty_9": "nine = await later(9)\ntimes9 = lambda x: nine * x",
    }
    told, found = run(9, **codes)
    assert {name for name, (points, _) in told.items() if points == 2} == {
        f"ty.{number}" for number in (1, 2, 3, 4, 5, 9)
    }
    assert found["notes"] == [] and "ZeroDivisionError: division by zero, at `await later(1 / 0)`" in told["ty.5"][1]
    assert "stopped after 12 s, of which it ran for 0." in told["ty.6"][1] and "ran for 2 s" in told["ty.7"][1]
    assert "SystemExit: 8, at `sys.exit(8)`" in told["ty.8"][1]


def test_magics_that_run_code_run_it_and_others_do_nothing(run):
    codes = {
        "ty_1": "%time times1 = lambda x: x",
        "ty_2": "two = %time 1 + 1\ntimes2 = lambda x: two * x",
        "ty_3": "\n%%timeit -n 1\n" + GOOD.format(3),
        "ty_4": "files = !ls\nfor name in files: print(name)\n!nvidia-smi\n%pip install x\nnp.mean?\n" + GOOD.format(4),
        "ty_5": "%%capture out\n%matplotlib inline\n" + GOOD.format(5),
        "ty_6": "%%bash\nrm -rf /",
    }
    told, _ = run(6, **codes)
    assert {name for name, told in told.items() if told == (2, "")} == {f"ty.{number}" for number in range(1, 6)}
    assert "There is no `times6`" in told["ty.6"][1]


def test_processor_time_counts_and_who_waits_is_told_so(run):
    slow = "import time; time.sleep(3)\n"  # more than the two seconds of a cell
    lost = "import asyncio\ntry:\n    while True: pass\nexcept BaseException:\n    await asyncio.sleep(60)"
    told, _ = run(
        4, ty_1=slow + GOOD.format(1), ty_2="import time; time.sleep(30)\n", ty_3="while True: pass", ty_4=lost
    )
    assert told["ty.1"] == (2, "")
    assert (
        "A cell was stopped after 12 s, of which it ran for 0.0 s (it waited, or the machine was too busy)"
        in told["ty.2"][1]
    )
    assert "A cell ran for 2 s and was stopped: `while True: pass`" in told["ty.3"][1]
    assert "A cell ran for 2 s and was stopped" in told["ty.4"][1]


FAILS = {
    "slow": (
        "while True: pass",
        "the machine was too slow for a cell that was handed out (`while True: pass`); give the same command again",
    ),
    "stuck": ("import time; time.sleep(60)", "the machine was too slow for a cell that was handed out"),
    "broken": (
        "import nothing",
        "failed, which is not the student's fault: ModuleNotFoundError: No module named 'nothing'",
    ),
}


@pytest.mark.parametrize("what", FAILS)
def test_what_we_handed_out_costs_the_student_nothing(run, what):
    given, said = FAILS[what]
    _, found = run(2, given=given, **solved(1, 2))
    assert said in found["problem"] and found["problem"].startswith("not graded: ")


def test_a_cell_that_we_handed_out_has_its_time_however_little_a_students_cells_may_take(run):
    busy = "import time\nend = time.process_time() + 1.5\nwhile time.process_time() < end: pass"
    told, found = run(2, given=busy, cell_seconds=0.5, given_seconds=20, **solved(1, 2))
    assert told == {"ty.1": (2, ""), "ty.2": (2, "")} and "problem" not in found
    told, _ = run(2, cell_seconds=0.5, given_seconds=20, ty_1=f"{busy}\n{GOOD.format(1)}", ty_2=GOOD.format(2))
    assert "A cell ran for 0.5 s and was stopped" in told["ty.1"][1] and told["ty.2"] == (2, "")


@pytest.mark.parametrize(
    ("given", "ty_1", "note"),
    [
        (
            "print(times1(2))",
            "def times1(x):\n    return x / 0",
            "ZeroDivisionError: division by zero, at `return x / 0`",
        ),
        (
            "print(times1(2))",
            "def times1(x):\n    while True: pass",
            "A cell ran for 2 s and was stopped: `print(times1(2))`",
        ),
        ("print(factor + 1)", "factor = ...", "TypeError"),
        ("np.arange(3)", "np = None", "AttributeError"),
        ("np.empty(2**26)", "kept = np.empty(7 * 2**24)", "MemoryError"),
        ("check", "del check", "NameError"),
    ],
)
def test_a_given_cell_that_fails_by_the_students_code_is_the_students(run, given, ty_1, note):
    told, found = run(2, given=given, ty_1=ty_1, ty_2=GOOD.format(2))
    assert "problem" not in found and note in told["ty.2"][1]


def test_a_cell_that_lets_no_signal_in_is_not_told_that_it_waited(run):
    told, _ = run(2, cell_seconds=0.2, given_seconds=20, ty_1="sum(range(10**8))", ty_2=GOOD.format(2))
    assert "A cell ran for 0.2 s and was stopped" in told["ty.1"][1] and told["ty.2"] == (2, "")


def test_the_time_for_a_whole_notebook_ends(run):
    told, found = run(4, seconds=2, **solved(1), **{f"ty_{n}": "import time; time.sleep(5)" for n in (2, 3, 4)})
    assert told["ty.1"] == (2, "") and "all cells together took more than 12 s on the clock" in found["notes"][0]
    told, found = run(4, seconds=2, **solved(1), **{f"ty_{n}": "while True: pass" for n in (2, 3, 4)})
    assert told["ty.1"] == (2, "") and "all cells together took more than 2 s." in found["notes"][0]


def test_without_a_box_limits_still_hold(run):
    told, _ = run(3, boxed=False, ty_1=GOOD.format(1), ty_2="np.ones(50 * 2**30)", ty_3="import os; os._exit(1)")
    assert told["ty.1"] == (2, "") and "MemoryError" in told["ty.2"][1] and "exit code 1" in told["ty.3"][1]


def test_a_box_that_does_not_come_up_is_no_students_fault(run, monkeypatch):
    made = box.command
    monkeypatch.setattr(box, "command", lambda *told: [*made(*told)[:-1], "ganbook.nothing"])
    with pytest.raises(box.BoxFailed, match="No module named ganbook.nothing"):
        run(1)


def test_what_a_broken_library_says_is_passed_on(toys, tmp_path):
    asked = toys(1)
    notebook(tmp_path / "class" / "ada.ipynb")
    handed_in = submissions.collect(tmp_path / "class", asked)[0]
    task = tasks.task(handed_in, asked, box.Limits(), boxed=True, private=[]) | {"head": "import numpie"}
    with pytest.raises(box.BoxFailed, match="No module named 'numpie'"):
        box.run(task)


def test_a_task_holds_no_solution_and_no_check(toys, tmp_path):
    asked = toys(2)
    notebook(tmp_path / "class" / "ada.ipynb", **solved(1, 2))
    handed_in = submissions.collect(tmp_path / "class", asked)[0]
    text = json.dumps(tasks.task(handed_in, asked, box.Limits(), boxed=True, private=[]))
    assert "def probe(times1)" in text and "return 1 * x" in text
    assert not any(secret in text for secret in ("BEGIN SOLUTION", "it_multiplies", "Because.", "is wrong"))

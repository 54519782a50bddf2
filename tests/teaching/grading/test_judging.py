"""Answers as a stranger may send them. None of them stops the judge, and none is right."""

import base64
import faulthandler
import io
import os
import time

import numpy as np
import pytest

from ganbook.teaching.exercises import PROBLEM
from ganbook.teaching.grading import judging


def packed(array) -> str:
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asarray(array), allow_pickle=np.asarray(array).dtype.hasobject)
    return base64.b64encode(file.getvalue()).decode()


def header(text: str) -> str:
    body = text.ljust(117).encode() + b"\n"
    return base64.b64encode(b"\x93NUMPY\x01\x00" + len(body).to_bytes(2, "little") + body).decode()


def test_arrays_of_numbers_and_text_come_through_unchanged():
    sent = {
        "float": np.arange(6.0).reshape(2, 3),
        "bool": np.array(True),
        "text": np.array("why"),
        "int": np.arange(3),
        "empty": np.zeros((0, 3)),
    }
    found = judging.unpacked({name: packed(array) for name, array in sent.items()})
    assert found.keys() == sent.keys()
    for name, array in sent.items():
        assert found[name].dtype == array.dtype and np.array_equal(found[name], array)


@pytest.mark.parametrize(
    "text",
    [
        "no base64!",
        "",
        base64.b64encode(b"PK\x03\x04" + bytes(100)).decode(),
        packed(np.array([{}], dtype=object)),
        packed(np.zeros(3))[:-20],
        packed(np.zeros(2, dtype="f4,i4")),
        packed(np.zeros(2, dtype="M8[s]")),
        packed(np.zeros(2, dtype=complex)),
        header("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,)}"),
        header("{'descr': '|S0', 'fortran_order': False, 'shape': (4611686018427387904,)}"),
        header("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}"),
        header("__import__('os').system('x')"),
        header("(" * 110),
    ],
)
def test_anything_else_is_left_out(text):
    assert judging.unpacked({"got": text}) == {}


@pytest.mark.parametrize(
    "got",
    [np.full(3, np.nan), np.full(3, np.inf), np.zeros(2), np.zeros((3, 3)), "text", np.arange(10**5), -np.arange(3.0)],
)
def test_odd_answers_are_wrong(toys, got):
    results = judging.results(toys(1)[0], {"got": packed(got)})
    assert len(results) == 2 and not results[0].right


def test_a_message_has_an_end(toys):
    results = judging.results(toys(1)[0], {PROBLEM: packed(np.array("x" * 10**6))})
    assert len(results[0].problem) == 1000 and not any(result.right for result in results)


def test_right_answers_are_right(toys):
    assert [result.right for result in judging.results(toys(1)[0], {"got": packed(np.arange(3.0))})] == [True, True]
    assert [
        result.right for result in judging.results(toys(1)[0], {"got": packed(np.arange(3.0)), "points": packed(99)})
    ] == [True, True]


@pytest.mark.parametrize(
    "harm",
    [
        "np.zeros(len(got) * 10**12)",
        "[None for _ in iter(int, 1)]",
        "__import__('os')._exit(0)",
        "__import__('ctypes').string_at(0)",
    ],
)
def test_a_comparison_that_takes_too_much_is_given_up(toys, monkeypatch, harm):
    exercise = toys(1)[0]
    for cell in exercise.cells:
        cell.source = cell.source.replace("    assert got[0] == 0", f"    {harm}\n    assert got[0] == 0")
    monkeypatch.setattr(judging, "SECONDS", 1)
    faulthandler.disable()  # pytest's, which would tell of the planted crash
    begin, before = time.monotonic(), len(os.listdir("/proc/self/fd"))
    results = judging.results(exercise, {"got": packed(np.arange(3.0))})
    assert time.monotonic() - begin < 10 and not results[-1].right and len(os.listdir("/proc/self/fd")) == before

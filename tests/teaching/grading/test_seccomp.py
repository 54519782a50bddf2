"""The filter, run step by step as the kernel would."""

import struct

import pytest

from ganbook.errors import UserError
from ganbook.teaching.grading import seccomp

ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050001, 0x80000000


def verdict(program: bytes, architecture: int, number: int) -> int:
    steps = list(struct.iter_unpack("=HBBI", program))
    data, value, at = {0: number, 4: architecture}, 0, 0
    while True:
        code, true, false, operand = steps[at]
        at += 1
        if code == 0x20:
            value = data[operand]
        elif code == 0x06:
            return operand
        else:
            at += true if {0x15: value == operand, 0x35: value >= operand}[code] else false


@pytest.mark.parametrize(("machine", "column"), [("x86_64", 0), ("aarch64", 1)])
def test_what_is_on_the_list_is_refused_and_the_rest_is_not(machine, column):
    program, architecture = seccomp.program(machine), seccomp.ARCHITECTURES[machine]
    refused = {numbers[column] for numbers in seccomp.REFUSED.values()} - {None}
    found = {number for number in range(600) if verdict(program, architecture, number) == REFUSE}
    assert found == refused
    assert {verdict(program, architecture, number) for number in set(range(600)) - refused} == {ALLOW}


def test_other_sets_of_numbers_are_no_way_around():
    program, i386 = seccomp.program("x86_64"), 0x40000003
    assert verdict(program, i386, 2) == KILL
    assert verdict(program, seccomp.ARCHITECTURES["x86_64"], 0x40000000 + 57) == REFUSE


def test_an_unknown_machine_is_refused():
    with pytest.raises(UserError, match="x86_64 and aarch64, not those of riscv64"):
        seccomp.program("riscv64")

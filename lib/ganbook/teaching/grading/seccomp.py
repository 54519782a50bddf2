"""The system calls that the box refuses, as a filter for ``bwrap --seccomp``.

Without new processes and threads one limit on the address space bounds all memory that a student can take, once memory
that belongs to no address space (memfd, System V) is refused, too. No thread outlives its cell, and no child outlives
the box.
"""

import platform
import struct

from ganbook.errors import UserError

# Numbers on x86-64 and on 64-bit ARM (None: there is no such call).
REFUSED = {
    # processes and threads
    "clone": (56, 220),
    "fork": (57, None),
    "vfork": (58, None),
    "clone3": (435, 435),
    # hidden memory
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    # beside the network namespace: some families (vsock) do not heed it
    "socket": (41, 198),
    # rights in a namespace of one's own
    "unshare": (272, 97),
    "setns": (308, 268),
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    # keys are shared with the person who grades
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # parts of the kernel that no notebook needs
    "bpf": (321, 280),
    "io_uring_setup": (425, 425),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
}
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # AUDIT_ARCH_* of linux/audit.h

_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # of linux/bpf_common.h
_ALLOW, _KILL, _EPERM = 0x7FFF0000, 0x80000000, 0x00050001  # of linux/seccomp.h
_NUMBER, _ARCHITECTURE = 0, 4  # where they lie in seccomp_data
_X32 = 0x40000000  # x86-64 knows a second set of numbers from here on


def program(machine: str | None = None) -> bytes:
    """The filter for this machine, or for another one of ``ARCHITECTURES``:
    a refused call fails with "operation not permitted".

    Raises:
        UserError: no numbers are known for this kind of machine.
    """
    machine = machine or platform.machine()
    if machine not in ARCHITECTURES:
        raise UserError(f"the box knows the system calls of {' and '.join(ARCHITECTURES)}, not those of {machine}")
    column = list(ARCHITECTURES).index(machine)
    numbers = [each[column] for each in REFUSED.values() if each[column] is not None]
    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]
    steps += [(_AT_LEAST, len(numbers) + 1, 0, _X32)]
    steps += [(_EQUAL, len(numbers) - place, 0, number) for place, number in enumerate(numbers)]
    steps += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _EPERM)]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)

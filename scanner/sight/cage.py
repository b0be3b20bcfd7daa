"""The cage around the process that looks at hostile pictures.

Promises, once `shut` has returned: no new descriptor, process, file or core dump; no
privilege ever gained; memory bounded; and where the kernel takes the filter, any system
call outside `syscalls` kills the process. Everything lazy must have been touched before.

Where the kernel refuses the filter (built without seccomp, an unknown machine), the
limits still hold and the answer is `Cage.LIMITS`, which the door tells a person.
"""

import ctypes
import os
import resource
from enum import Enum
from typing import Final

from scanner.process.kernel import keep_memory_private, prctl
from scanner.sight.seccomp import MACHINES, program

_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_SET_SECCOMP: Final = 22
_SECCOMP_MODE_FILTER: Final = 2

HEADROOM_BYTES: Final = 512 * 1024 * 1024
"""Address space beyond the warmed-up process: a colour picture of 2^26 pixels with alpha
takes half of it, and what asks for more gets a MemoryError that is caught."""


class Cage(Enum):
    """What holds the child."""

    SECCOMP = "seccomp"
    LIMITS = "limits"


class _Filter(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def shut(*, wire_fd: int, headroom_bytes: int = HEADROOM_BYTES) -> Cage:
    """Close the cage for good; only the socket `wire_fd` can be read and written after."""
    _limit(resource.RLIMIT_AS, _address_space_bytes() + headroom_bytes)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NPROC, 0)
    # Nothing above the socket can be opened: descriptors are numbered from the bottom.
    _limit(resource.RLIMIT_NOFILE, wire_fd + 1)
    keep_memory_private()
    if prctl(_PR_SET_NO_NEW_PRIVS, 1) != 0:
        return Cage.LIMITS
    return Cage.SECCOMP if _filter(wire_fd) else Cage.LIMITS


def _filter(wire_fd: int) -> bool:
    machine = MACHINES.get(os.uname().machine)
    if machine is None:
        return False
    steps = program(machine, wire_fd=wire_fd)
    described = _Filter(len(steps) // 8, steps)
    return prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(described)) == 0


def _limit(which: int, value: int) -> None:
    resource.setrlimit(which, (value, value))


def _address_space_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as pages:  # noqa: PTH123 - no pathlib here
        return int(pages.read().split()[0]) * resource.getpagesize()

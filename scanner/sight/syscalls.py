"""The system calls a decode loop needs, with their numbers on the two supported machines.

Source: linux `arch/x86/entry/syscalls/syscall_64.tbl` and `include/uapi/asm-generic/unistd.h`
(aarch64). Neither set of numbers ever changes. What is not listed kills the process; above
all nothing that opens, connects, executes, forks, signals or traces.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final


class Condition(Enum):
    """What the arguments of an allowed call must look like."""

    ANY = auto()
    ON_WIRE = auto()
    """Argument 0 is the one socket of the child."""
    ON_STDERR = auto()
    """Argument 0 is descriptor 2, where libraries grumble (it leads to /dev/null)."""
    ANONYMOUS_DATA = auto()
    """mmap of fresh memory that cannot be executed."""
    NOT_EXECUTABLE = auto()
    """mprotect that does not make memory executable."""


@dataclass(frozen=True, slots=True)
class Call:
    """One allowed system call."""

    name: str
    x86_64: int
    aarch64: int
    condition: Condition = Condition.ANY


CALLS: Final = (
    # the two calls of every request come first: a filter is read from the top
    Call("recvfrom", 45, 207, Condition.ON_WIRE),
    Call("sendto", 44, 206, Condition.ON_WIRE),
    # memory: malloc, numpy and OpenCV buffers
    Call("mmap", 9, 222, Condition.ANONYMOUS_DATA),
    Call("munmap", 11, 215),
    Call("brk", 12, 214),
    Call("madvise", 28, 233),
    Call("mremap", 25, 216),
    Call("mprotect", 10, 226, Condition.NOT_EXECUTABLE),
    # time, where the kernel gives no vDSO
    Call("clock_gettime", 228, 113),
    Call("gettimeofday", 96, 169),
    # locks around released interpreter locks; interrupted calls
    Call("futex", 202, 98),
    Call("restart_syscall", 219, 128),
    Call("rt_sigreturn", 15, 139),
    Call("rt_sigprocmask", 14, 135),
    Call("sched_yield", 24, 124),
    # hash seeds, malloc's tcache key; the C library's qsort asks for the memory size
    Call("getrandom", 318, 278),
    Call("sysinfo", 99, 179),
    # OpenCV names the thread in its warnings, and the warnings go to descriptor 2
    Call("gettid", 186, 178),
    Call("getpid", 39, 172),
    Call("write", 1, 64, Condition.ON_STDERR),
    # the end
    Call("exit_group", 231, 94),
    Call("exit", 60, 93),
)

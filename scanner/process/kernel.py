"""The few words a child says to the kernel about itself."""

import ctypes
import os
import signal
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


def die_with_parent(parent_pid: int) -> None:
    """Have the kernel kill this process when its parent ends, however it ends."""
    prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        # It ended before the line above.
        os._exit(0)


def prctl(option: int, first: int, second: int = 0) -> int:
    """Call the kernel's prctl, whose arguments are widened here: it is variadic."""
    libc = ctypes.CDLL(None)
    arguments = (ctypes.c_ulong(value) for value in (first, second, 0, 0))
    return int(libc.prctl(ctypes.c_int(option), *arguments))

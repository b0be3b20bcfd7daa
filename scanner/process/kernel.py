"""The few words a child says to the kernel about itself."""

import ctypes
import os
import signal
from typing import Final

_PR_SET_PDEATHSIG: Final = 1

_PR_SET_DUMPABLE: Final = 4

_ENDING: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""What a service manager, or a terminal, sends to every process of the door at once."""


def leave_ending_to_the_door() -> None:
    """Ignore requests to end: the door gets them too, and ends its children in order."""
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)


def keep_memory_private() -> None:
    """Let no process of the same user read or write this one's memory, and no core be made."""
    prctl(_PR_SET_DUMPABLE, 0)


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

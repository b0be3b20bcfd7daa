"""A child that is killed, or whose disk fails, at the n-th call that changes a file.

The code runs in a fork of the test, under a hook that sees every call of a C function; so the
real code meets the fault, between any two of its calls, and nothing in it knows.
"""

import errno
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from types import FrameType
from typing import Any, Final

BOUND_S: Final = 20
_MODULES: Final = frozenset({"posix", "_io", "io"})
_CALLS: Final = frozenset({
    "open", "open_code", "write", "flush", "fsync", "fdatasync", "rename", "replace", "link",
    "symlink", "unlink", "remove", "mkdir", "rmdir", "fchmod", "chmod", "ftruncate", "truncate",
    "close", "statvfs",
})  # fmt: skip


class Fault(Enum):
    """What happens at the call."""

    KILL = "kill"
    NO_DISK = "no disk"
    NO_ROOM = "no room"


@dataclass(frozen=True, slots=True)
class Ended:
    """How the child ended: how many calls it made, and what it said."""

    steps: int
    killed: bool
    said: str


class _Hook:
    """Counts calls, and strikes at one of them."""

    def __init__(self, fault: Fault, *, at: int) -> None:
        self.steps = 0
        self._fault = fault
        self._at = at

    def __call__(self, _frame: FrameType, event: str, called: Any) -> None:
        if event != "c_call" or called.__name__ not in _CALLS:
            return
        owner = getattr(called, "__self__", None)
        if (called.__module__ or type(owner).__module__) not in _MODULES:
            return
        self.steps += 1
        if self.steps != self._at:
            return
        if self._fault is Fault.KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        number = errno.EIO if self._fault is Fault.NO_DISK else errno.ENOSPC
        raise OSError(number, os.strerror(number))


def struck(work: Callable[[], str], *, fault: Fault = Fault.KILL, at: int = 0) -> Ended:
    """Do the work in a fork that is struck at its `at`-th call; 0 leaves it alone."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _in_child(work, fault=fault, at=at, tell=writing)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        steps, _, said = pipe.read().partition("\n")
    _, status = os.waitpid(pid, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    return Ended(int(steps or 0), killed, said)


def _in_child(work: Callable[[], str], *, fault: Fault, at: int, tell: int) -> None:
    signal.alarm(BOUND_S)
    hook = _Hook(fault, at=at)
    sys.setprofile(hook)
    try:
        said = work()
    except BaseException:  # noqa: BLE001 - all of it is told to the test
        said = traceback.format_exc()
    sys.setprofile(None)
    os.write(tell, f"{hook.steps}\n{said}".encode())
    os._exit(0)

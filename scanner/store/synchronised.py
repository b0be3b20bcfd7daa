"""Says whether the kernel's clock is synchronised, by a file that the door can see.

chrony, ntpd and PTP daemons tell the kernel; only systemd-timesyncd leaves a file by itself.
The door's sandbox hides the kernel's clock, so a unit of its own runs this every few minutes:

    /usr/bin/python3 -I synchronised.py /run/door-clock/synchronised

The file is touched while the clock is synchronised, and removed when it is not. Only asks the
kernel (adjtimex(2) with modes 0), never sets anything. Standard library alone, no project
import: it runs under the system's own Python.
"""

import ctypes
import os
import sys
from typing import Final

_ERROR: Final = 5
"""TIME_ERROR: the clock is not synchronised to a reliable server (adjtimex(2))."""

_UNSYNCHRONISED: Final = 0x0040
"""STA_UNSYNC."""

_USAGE: Final = 2
_REST_BYTES: Final = 256
"""More than struct timex has behind its status, on any architecture."""


class _Timex(ctypes.Structure):
    """The beginning of struct timex (linux/timex.h), and room for the rest."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * _REST_BYTES),
    )


def is_synchronised(state: int, status: int) -> bool:
    """Say what adjtimex(2) means: its return value, and the status it filled in."""
    return 0 <= state < _ERROR and not status & _UNSYNCHRONISED


def asked_kernel() -> bool:
    """Ask the kernel; a kernel that does not answer is not synchronised."""
    timex = _Timex()
    state: int = ctypes.CDLL(None).adjtimex(ctypes.byref(timex))
    return is_synchronised(state, timex.status)


def tell(path: str, *, synchronised: bool) -> None:
    """Touch the file, or remove it; `OSError` where neither is possible."""
    if not synchronised:
        try:
            os.unlink(path)  # noqa: PTH108 - pathlib costs as much memory as all the rest
        except FileNotFoundError:
            return
        return
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    fd = os.open(path, flags, 0o644)
    try:
        os.utime(fd)
    finally:
        os.close(fd)


def main(arguments: list[str]) -> int:
    """Do what the module says; exit 2 without a path, 1 where it cannot be written."""
    if len(arguments) != 1:
        sys.stderr.write("usage: synchronised.py FILE\n")
        return _USAGE
    try:
        tell(arguments[0], synchronised=asked_kernel())
    except OSError as error:
        sys.stderr.write(f"{arguments[0]}: {error.strerror}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What systemd is told: READY, signs of life, a line of status (sd_notify(3)).

READY and every sign of life come from a turn of the loop that finished something: a
frame looked at, a rehearsal that is over, or a fault shown. None comes from a timer, so
that a loop which only seems to live is restarted.
"""

import os
import socket
from collections.abc import Iterable, Mapping
from typing import Final

from scanner.door.loop import Loop

_STOPPING: Final = "STOPPING=1"

_SIGN_OF_LIFE_S: Final = 1.0
"""A tenth of the unit's WatchdogSec."""


class Supervisor:
    """An attendant that tells the service manager what was finished; nobody there is fine."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._is_ready = False
        self._looks = 0
        self._told_s = 0.0
        self._status = ""

    def filenos(self) -> Iterable[int]:
        """Wait for nothing."""
        return ()

    def turn(self, now_s: float) -> None:
        """Tell what this turn achieved."""
        if self._loop.stopping:
            if self._status != _STOPPING:
                self._status = _STOPPING
                tell(_STOPPING)
            return
        if not self._has_finished_something():
            return
        self._looks = self._loop.looking.looks
        words = "; ".join(fault.reason.value for fault in self._loop.faults) or self._loop.state
        if not self._is_ready:
            self._is_ready = tell(f"READY=1\nSTATUS={words}")
        elif now_s - self._told_s >= _SIGN_OF_LIFE_S or words != self._status:
            tell(f"WATCHDOG=1\nSTATUS={words}")
        else:
            return
        self._told_s, self._status = now_s, words

    def _has_finished_something(self) -> bool:
        loop = self._loop
        return loop.looking.looks != self._looks or bool(loop.faults) or loop.is_idle


def is_there(environment: Mapping[str, str] = os.environ) -> bool:
    """Say whether a service manager waits for this process to be ready."""
    return bool(environment.get("NOTIFY_SOCKET"))


def tell(words: str, *, environment: Mapping[str, str] = os.environ) -> bool:
    """Tell the service manager; False when there is none, or it does not listen."""
    address = environment.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as end:
            end.settimeout(0)
            end.sendto(words.encode(), address)
    except OSError:
        return False
    return True

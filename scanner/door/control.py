"""The door's ear for a technician: a local socket, one question and one answer each.

    {"log": 50}            -> {"entries": [...]}
    {"play": "accept"}     -> {"pattern": "accept", "length_ms": 2000}
    {"clock": "confirm"}   -> {"clock": {"trusted": true, ...}}, and with
                              "below_the_feed": true against the time of the feed in force

Whoever may open the socket may read; only root and the door's own user may make lamps
burn, or say what time it is. Nobody can make the door wait: who does not ask at once, or
does not listen, is hung up on.
"""

import contextlib
import grp
import json
import os
import socket
import struct
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from scanner.door.clock import Clock
from scanner.door.journal import MAX_ENTRIES, Journal
from scanner.door.timekeeper import Timekeeper
from scanner.process import wire
from scanner.signals import PATTERNS, Pattern

GROUP: Final = "door-tech"
_MODE: Final = 0o660
_BACKLOG: Final = 8
_MAX_CALLERS: Final = 8
_PATIENCE_S: Final = 2.0
_DEAF_S: Final = 1.0
_CREDENTIALS: Final = struct.Struct("3i")


class Control:
    """An attendant that answers on a socket in the run folder."""

    def __init__(
        self,
        path: Path,
        *,
        journal: Journal,
        rehearse: Callable[[Pattern], str | None],
        clock: Clock,
    ) -> None:
        """Listen at `path`; `OSError` if that is not possible.

        `rehearse` plays a signal, or says why not.
        """
        self._journal = journal
        self._rehearse = rehearse
        self._clock = clock
        self._is_deaf = False
        self._deaf_until_s = 0.0
        self._callers: dict[socket.socket, float] = {}
        self._ear = _listening(path)

    def filenos(self) -> Iterable[int]:
        """Wait for callers and for their questions."""
        # Callers that there is no room for must not keep the loop turning.
        hears = len(self._callers) < _MAX_CALLERS and not self._is_deaf
        ears = (self._ear,) if hears else ()
        return [end.fileno() for end in (*ears, *self._callers)]

    def turn(self, now_s: float) -> None:
        """Take new callers, answer those who asked, drop those who do not."""
        self._is_deaf = now_s < self._deaf_until_s
        try:
            while len(self._callers) < _MAX_CALLERS and not self._is_deaf:
                caller, _ = self._ear.accept()
                caller.settimeout(0)
                caller.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, wire.BUFFER_BYTES)
                self._callers[caller] = now_s + _PATIENCE_S
        except BlockingIOError:
            pass
        except OSError:
            # No descriptor is left: whoever knocks on would keep the loop turning.
            self._is_deaf, self._deaf_until_s = True, now_s + _DEAF_S
        for caller, until_s in list(self._callers.items()):
            if self._serve(caller) or now_s > until_s:
                caller.close()
                del self._callers[caller]

    def close(self) -> None:
        """Hang up."""
        for end in (self._ear, *self._callers):
            end.close()
        self._callers.clear()

    def _serve(self, caller: socket.socket) -> bool:
        """Answer one caller; say whether the talk is over."""
        try:
            question = wire.receive(caller, max_bytes=wire.SMALL_BYTES)
            if question is None:
                return False
            wire.send(caller, self._answer(question, may_change=_may_change(caller)))
        except (wire.WireClosed, wire.WireError):
            pass
        return True

    def _answer(self, question: wire.Message, *, may_change: bool) -> dict[str, Any]:
        if "log" in question:
            newest = wire.integer(question, "log", low=0, high=MAX_ENTRIES)
            return {"entries": _fitting(self._journal.entries(newest=newest))}
        if "play" in question:
            if not may_change:
                return {"refused": "not permitted"}
            return self._play(wire.words(question, "play"))
        if question.get("clock") == "confirm":
            below_the_feed = question.get("below_the_feed") is True
            return (
                self._confirm(below_the_feed=below_the_feed)
                if may_change
                else {"refused": "not permitted"}
            )
        return {"refused": "not understood"}

    def _confirm(self, *, below_the_feed: bool) -> dict[str, Any]:
        if not isinstance(self._clock, Timekeeper):
            return {"refused": "this door goes by the time of its frames"}
        why_not = self._clock.confirm(below_the_feed=below_the_feed)
        return {"clock": self._clock.told()} if why_not is None else {"refused": why_not}

    def _play(self, name: str) -> dict[str, Any]:
        try:
            pattern = Pattern(name)
        except ValueError:
            return {"refused": f"no pattern is called {name}"}
        why_not = self._rehearse(pattern)
        if why_not is not None:
            return {"refused": why_not}
        return {"pattern": name, "length_ms": PATTERNS[pattern].length_ms}


def _fitting(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out the oldest until an answer holds the rest."""
    while len(json.dumps(entries)) > wire.MAX_MESSAGE_BYTES - wire.SMALL_BYTES:
        entries = entries[(len(entries) + 1) // 2 :]
    return entries


def _listening(path: Path) -> socket.socket:
    ear = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
    try:
        path.unlink(missing_ok=True)
        # Nobody may call before the mode is right.
        mask = os.umask(0o177)
        try:
            ear.bind(str(path))
        finally:
            os.umask(mask)
        with contextlib.suppress(KeyError, PermissionError):
            os.chown(path, -1, grp.getgrnam(GROUP).gr_gid)
        path.chmod(_MODE)
        ear.listen(_BACKLOG)
        ear.settimeout(0)
    except OSError:
        ear.close()
        raise
    return ear


def _may_change(caller: socket.socket) -> bool:
    told = caller.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, uid, _ = _CREDENTIALS.unpack(told)
    return uid in (0, os.getuid())

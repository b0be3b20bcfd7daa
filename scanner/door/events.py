"""What happened, as JSON lines for scripts; nothing is written unless asked for.

A regular file is written for at most 24 hours, since decisions with a time are a trace
of people. A full disk or a closed pipe ends the writing, never the door.
"""

import json
import os
import stat
import sys
import time
from typing import Any, Final, TextIO

from scanner.terms import InputError

MAX_FILE_AGE_S: Final = 24 * 60 * 60
# Not waiting while it opens: a FIFO that nobody reads is an error, not a door that hangs.
_OPENED_AS: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC


class Events:
    """Writes one object a line to a stream, or nowhere."""

    def __init__(self, stream: TextIO | None = None, *, ends_at_s: float | None = None) -> None:
        self._stream = stream
        self._ends_at_s = ends_at_s

    @classmethod
    def to(cls, target: str | None) -> "Events":
        """Open `-` (standard output), a file to append to, or nothing; `InputError` if it fails."""
        if target is None:
            return cls()
        if target == "-":
            return cls(sys.stdout)
        try:
            fd = os.open(target, _OPENED_AS, mode=0o600)
            os.set_blocking(fd, True)
            regular = stat.S_ISREG(os.fstat(fd).st_mode)
        except OSError as error:
            raise InputError(f"--events {target}: cannot be written ({error.strerror})") from None
        stream = os.fdopen(fd, "a", encoding="utf-8")
        return cls(stream, ends_at_s=time.monotonic() + MAX_FILE_AGE_S if regular else None)

    def write(self, event: str, **fields: Any) -> None:
        """Write one event; fields keep the order they are given in."""
        if self._stream is None:
            return
        if self._ends_at_s is not None and time.monotonic() >= self._ends_at_s:
            self.close()
            return
        try:
            self._stream.write(json.dumps({"event": event, **fields}, ensure_ascii=False) + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            self._stream = None

    def close(self) -> None:
        """Stop writing; standard output stays open."""
        if self._stream not in (None, sys.stdout):
            self._stream.close()
        self._stream = None

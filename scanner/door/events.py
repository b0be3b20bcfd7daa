"""What happened, as JSON lines for scripts; nothing is written unless asked for.

A regular file is written for at most 24 hours, since decisions with a time are a trace
of people. A full disk or a closed pipe ends the writing, never the door.
"""

import json
import sys
import time
from typing import Any, Final, Protocol

from scanner.door.outlet import Outlet, over
from scanner.terms import InputError

MAX_FILE_AGE_S: Final = 24 * 60 * 60


class Stream(Protocol):
    """Where lines go."""

    def write(self, text: str, /) -> object:
        """Write a line."""

    def flush(self) -> None:
        """Let it go."""

    def close(self) -> None:
        """Give it back."""


class Events:
    """Writes one object a line to a stream, or nowhere."""

    def __init__(self, stream: Stream | None = None, *, ends_at_s: float | None = None) -> None:
        self._stream = stream
        self._ends_at_s = ends_at_s

    @classmethod
    def to(
        cls, target: str | None, *, patience_s: float = 0.0, ends_at_s: float | None = None
    ) -> "Events":
        """Open `-` (standard output), a file to append to, or nothing; `InputError` if it fails.

        A regular file is written until `ends_at_s` (monotonic), a day from now without.

        A live door has no patience with whoever reads; see `scanner.door.outlet`.
        """
        if target is None:
            return cls()
        try:
            if target == "-":
                stream = over(sys.stdout, patience_s=patience_s)
            else:
                stream = Outlet.to(target, patience_s=patience_s)
        except OSError as error:
            raise InputError(f"--events {target}: cannot be written ({error.strerror})") from None
        stays = isinstance(stream, Outlet) and stream.is_regular_file
        ends_at_s = ends_at_s or time.monotonic() + MAX_FILE_AGE_S
        return cls(stream, ends_at_s=ends_at_s if stays else None)

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
        """Stop writing."""
        if self._stream is not None and self._stream is not sys.stdout:
            self._stream.close()
        self._stream = None

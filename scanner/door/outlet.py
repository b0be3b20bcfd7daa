"""A text stream that does not make a live door wait: what nobody takes is dropped.

Somebody who stops reading, a terminal held with Ctrl-S or a full pipe must not keep a
lamp burning. A rehearsal, which loses nothing, waits a few seconds. Lines are written
whole or not at all, except for the one in the middle of which the room ended; its rest
goes first as soon as there is room again.
"""

import contextlib
import os
import select
import stat
import time
from typing import Final, Self, TextIO

# How long a rehearsal waits for its reader; a script that takes longer has stopped.
REHEARSAL_PATIENCE_S: Final = 5.0


class Outlet:
    """Writes to a descriptor of its own, without waiting; closed ones take everything."""

    def __init__(self, fd: int, *, encoding: str = "utf-8", patience_s: float = 0.0) -> None:
        """Take over `fd`, which must not block."""
        self._fd = fd
        self._patience_s = patience_s
        self._rest = b""
        self.encoding = encoding

    @classmethod
    def to(cls, path: str, *, patience_s: float = 0.0) -> Self:
        """Append to a file that only its owner reads; `OSError` if that is not possible."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC
        return cls(os.open(path, flags, mode=0o600), patience_s=patience_s)

    @property
    def is_regular_file(self) -> bool:
        """Say whether what is written stays."""
        return stat.S_ISREG(os.fstat(self._fd).st_mode)

    def isatty(self) -> bool:
        """Say whether a person looks at it."""
        return os.isatty(self._fd)

    def write(self, text: str) -> int:
        """Write a line, or drop it; `OSError` when the other side is gone or the disk full."""
        data = text.encode(self.encoding, "backslashreplace")
        if not self._rest or self._pour(self._rest):
            self._pour(data)
        return len(text)

    def flush(self) -> None:
        """Nothing is kept but a rest, which waits for room."""

    def close(self) -> None:
        """Give the descriptor back; again is harmless."""
        if self._fd >= 0:
            with contextlib.suppress(OSError):
                os.close(self._fd)
        self._fd = -1

    def _pour(self, data: bytes) -> bool:
        """Write what there is room for; say whether that was everything."""
        until_s = time.monotonic() + self._patience_s
        left = data
        while left:
            try:
                left = left[os.write(self._fd, left) :]
            except BlockingIOError:
                waits_s = until_s - time.monotonic()
                if waits_s <= 0 or not select.select([], [self._fd], [], waits_s)[1]:
                    break
        # A line of which nothing was written is dropped; one that was begun is ended.
        self._rest = left if left != data or data is self._rest else b""
        return not left


def over(stream: TextIO | None, *, patience_s: float = 0.0) -> Outlet | TextIO:
    """Open the file behind a standard stream anew, so that nobody else is affected.

    A stream in memory, without any file behind it, never blocks and is returned as it is.
    """
    if stream is None:
        return Outlet(os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC))
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        return stream
    stream.flush()
    return Outlet(_opened_anew(number), encoding=stream.encoding or "ascii", patience_s=patience_s)


def _opened_anew(number: int) -> int:
    if stat.S_ISREG(os.fstat(number).st_mode):
        # A file never blocks, and what others write to it must go on where we end.
        return os.dup(number)
    try:
        return os.open(f"/proc/self/fd/{number}", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        # A socket cannot be opened anew; it is ours alone, or was made for this.
        fd = os.dup(number)
        os.set_blocking(fd, False)
        return fd

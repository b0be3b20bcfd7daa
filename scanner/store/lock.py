"""One door for each state folder: a lock that ends with the process that holds it."""

import contextlib
import fcntl
import os
from pathlib import Path
from typing import Final

_NAME: Final = "lock"
_MAX_PID_BYTES: Final = 16


class Lock:
    """A folder's lock; the kernel gives it back when its holder ends, however it ends."""

    def __init__(self, folder: Path, *, name: str = _NAME) -> None:
        self._path = folder / name
        self._fd = -1

    def take(self) -> bool:
        """Try to take the lock; False when another process holds it, `OSError` without a disk."""
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return False
        self._fd = fd
        # Who holds it is told to a person; a full disk does not matter to the lock.
        with contextlib.suppress(OSError):
            os.ftruncate(fd, 0)
            os.pwrite(fd, str(os.getpid()).encode(), 0)
        return True

    def holder(self) -> str:
        """Return the process id of the holder, or a question mark."""
        try:
            with self._path.open("rb") as file:
                pid = file.read(_MAX_PID_BYTES).strip()
        except OSError:
            return "?"
        return pid.decode() if pid.isdigit() else "?"

    def give_back(self) -> None:
        """Let the next one in; again is harmless."""
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1

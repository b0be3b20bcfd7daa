"""What a ledger owes to the disk, done beside the loop: syncs, the log emptied, old rows dropped.

A claim is in the log when it is granted, and a killed door loses nothing. The log is synced as
soon as the thread gets to it, half a second after the sync before: on a card that takes half
a second a power cut costs the claims of the last second at most. A card that takes longer is told.

The log is emptied by cutting it to nothing, never written over from its beginning: what a power
cut left of the old log and of the new one could otherwise be read as one. So a file system must
not keep what was written after a cut and forget the cut: ext4, f2fs, xfs and btrfs do not.
"""

import contextlib
import errno
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from scanner.store.durable import sync_folder
from scanner.store.ledger_file import FAILED, Opened, connected, failure

WINDOW_S: Final = 1.0
"""What a power cut may cost: the claims of so many seconds."""

_REST_S: Final = 0.5
"""Between two syncs: half of the window, and a card that lasts."""

_LOG_BYTES: Final = 4 * 1024 * 1024
"""Some 500 claims; then the log is moved into the database."""

_LONGEST_LOG_BYTES: Final = 16 * _LOG_BYTES
"""From here on claims wait while the log is emptied: it must not fill the disk."""

_PATIENCE_S: Final = 1.0
"""A dead card keeps no door from ending: what is in the log stays there."""

_DROPS_S: Final = 0.2
"""How long at once, so that claims are synced in between; a million tickets take a minute."""

_PAUSE_S: Final = 0.005
"""Between two batches of what is dropped, so that a claim gets in."""

_PASSING: Final = (errno.EBUSY, errno.ENOSPC)
"""Others, or a full disk, are in the way: what was granted is in the log all the same."""


class Job(Protocol):
    """Work that was begun."""

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end, for so many seconds at most."""


Runner = Callable[[Callable[[], None]], Job]
"""Begins a piece of work, and does not wait for it."""


def in_a_thread(work: Callable[[], None]) -> Job:
    """Begin a piece of work in a thread that keeps nobody from ending."""
    thread = threading.Thread(target=work, name="ledger", daemon=True)
    thread.start()
    return thread


class Beside:
    """Syncs and empties the log of one ledger, whose connections it closes in the end.

    `mutex` is held by whoever claims; `drop` takes away some rows of events that have
    ended, and says whether there were any.
    """

    def __init__(
        self,
        path: Path,
        *,
        opened: Opened,
        mutex: threading.Lock,
        drop: Callable[[], bool],
    ) -> None:
        self.failed = ""
        """Why nothing that was written can be relied on any more, until the door is restarted."""
        self._path = path
        self._opened = opened
        self._mutex = mutex
        self._drop = drop
        self._due = threading.Event()
        self._ends = threading.Event()
        self._written = 0
        self._unsynced_since_s: float | None = None
        self._trouble = ""
        self._empties = False
        self._job: Job | None = None
        self._log = _opened_log(path)

    @property
    def trouble(self) -> str:
        """Say what a person should know of the disk; empty while all is well."""
        since_s = self._unsynced_since_s
        if since_s is not None and time.monotonic() - since_s > WINDOW_S:
            return f"{self._path}: the disk takes more than {WINDOW_S:g} s to keep a ticket"
        return self.failed or self._trouble

    def start(self, *, run: Runner) -> None:
        """Begin; what was being dropped when the door ended goes on. `OSError` without a thread."""
        self._due.set()
        try:
            self._job = run(self._work)
        except RuntimeError:
            os.close(self._log)
            raise OSError(errno.EAGAIN, "no thread; restart the door", str(self._path)) from None

    def wrote(self) -> None:
        """Take note of something written; the mutex is held."""
        self._written += 1
        if self._unsynced_since_s is None:
            self._unsynced_since_s = time.monotonic()
        self._due.set()

    def turn(self) -> None:
        """Do all that is due; whatever fails is told by `trouble`."""
        if self.failed:
            return
        try:
            self._sync()
            is_dropping = self._drop_for_a_while()
            is_long = os.fstat(self._log).st_size >= _LOG_BYTES
            if is_long or (self._empties and not is_dropping):
                self._empties = not self._emptied()
            self._trouble = ""
        except sqlite3.Error as error:
            self._take(failure(error, path=self._path))
        except OSError as error:
            self._take(error)

    def close(self) -> None:
        """Sync, move the log into the database, and end; a second is waited for that."""
        self._ends.set()
        self._due.set()
        if self._job is not None:
            self._job.join(_PATIENCE_S)

    def _work(self) -> None:
        while not self._ends.is_set():
            # What has not succeeded is tried again without being asked.
            self._due.wait(_REST_S if self._empties or self._trouble else None)
            self._due.clear()
            self.turn()
            self._ends.wait(_REST_S)
        # The last one to close moves the log into the database: not after the disk has failed.
        with contextlib.suppress(OSError), self._mutex:
            if not self.failed:
                os.fdatasync(self._log)
                self._opened.close()
        os.close(self._log)

    def _take(self, error: OSError) -> None:
        self._trouble = f"{self._path}: {error.strerror}"
        if error.errno not in _PASSING:
            # After a sync that failed the kernel may have forgotten what it was to write.
            self.failed = f"{self._path}: {FAILED}"

    def _sync(self) -> None:
        written, begun_s = self._written, time.monotonic()
        os.fdatasync(self._log)
        with self._mutex:
            is_all = written == self._written
            self._unsynced_since_s = None if is_all else begun_s

    def _drop_for_a_while(self) -> bool:
        """Drop what has ended, and say whether some is left for the next turn."""
        until_s = time.monotonic() + _DROPS_S
        while self._drop():
            # Its bytes are in the log, too.
            self._empties = True
            if self._ends.wait(_PAUSE_S) or time.monotonic() > until_s:
                self._due.set()
                return True
        return False

    def _emptied(self) -> bool:
        """Move the log into the database and cut it; False where a claim came in between."""
        with contextlib.closing(connected(self._path)) as pin:
            with self._mutex:
                written = self._written
                # While somebody reads here, nobody begins the log anew.
                pin.execute("BEGIN")
                pin.execute("SELECT 1 FROM event").fetchone()
            self._opened.checkpoints.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            with self._mutex:
                is_long = os.fstat(self._log).st_size >= _LONGEST_LOG_BYTES
                if written != self._written and not is_long:
                    return False
                pin.close()
                busy, *_ = self._opened.checkpoints.execute(
                    "PRAGMA wal_checkpoint(TRUNCATE)"
                ).fetchone()
        os.fdatasync(self._log)
        return not busy


def _opened_log(path: Path) -> int:
    """Open the log of a ledger, all of it synced: that of a killed door may not have been."""
    log = path.with_name(f"{path.name}-wal")
    fd = os.open(log, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fdatasync(fd)
        # Its name too.
        sync_folder(path.parent)
    except OSError:
        os.close(fd)
        raise
    return fd

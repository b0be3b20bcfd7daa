"""The mark of time on its way to the disk: beside the loop, one at a time, the newest next.

A worn card may take seconds for a sync, and the door must not go dark meanwhile. What became of
a mark is taken up at a later turn; a disk that takes none is a trouble until it takes one.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from scanner.gate.marks import Mark
from scanner.store import replace_file

_REMEDY: Final = "free space, or check the disk and who owns the folder"
_MODE: Final = 0o600
_PATIENCE_S: Final = 1.0
"""For each of the two that may be under way at the end; a dead card keeps no door from ending."""


class Job(Protocol):
    """Work that was begun."""

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end, for so many seconds at most."""


Runner = Callable[[Callable[[], None]], Job]
"""Begins a piece of work, and does not wait for it."""


@dataclass(frozen=True, slots=True)
class Order:
    """A mark to write; `trusted` says what it tells of the clock, `at_s` when it was made."""

    mark: Mark
    trusted: bool
    at_s: float


class MarkWriter:
    """Writes marks to one file; `OSError` never leaves it."""

    def __init__(self, path: Path, *, run: Runner | None = None) -> None:
        self.trouble = ""
        self.written: Order | None = None
        """What the disk has taken last."""
        self._path = path
        self._run = in_a_thread if run is None else run
        self._job: Job | None = None
        self._order: Order | None = None
        self._next: Order | None = None
        self._outcome: str | None = None

    @property
    def is_busy(self) -> bool:
        """Say whether a mark is on its way."""
        return self._order is not None

    def put(self, order: Order) -> None:
        """Write a mark, after the one that is on its way; one that waits gives way to it."""
        self._next = order
        self.settle()

    def settle(self) -> None:
        """Take up what has become of the mark on its way, and begin with the one that waits."""
        self._take_up()
        if self._order is None and self._next is not None:
            self._order, self._next = self._next, None
            self._outcome = None
            content = self._order.mark.to_json()
            try:
                self._job = self._run(lambda: self._write(content))
            except RuntimeError:
                # No thread is to be had: the next turn asks again.
                self._order, self._next = None, self._order
                self.trouble = f"the time is not kept: {self._path}: no thread; restart the door"
            self._take_up()

    def close(self) -> None:
        """Wait, for two seconds at most, until all is written."""
        for _ in range(2):
            self.settle()
            if self._job is not None and self.is_busy:
                self._job.join(_PATIENCE_S)
        self.settle()

    def _take_up(self) -> None:
        if self._order is None or self._outcome is None:
            return
        self.trouble = self._outcome
        if not self._outcome:
            self.written = self._order
        self._order = self._job = None

    def _write(self, content: bytes) -> None:
        """Write, and say at the very end what became of it: the loop looks at that alone."""
        outcome = ""
        try:
            replace_file(self._path, content, mode=_MODE)
        except OSError as error:
            outcome = f"the time is not kept: {self._path}: {error.strerror}; {_REMEDY}"
        self._outcome = outcome


def in_a_thread(work: Callable[[], None]) -> Job:
    """Begin a piece of work in a thread that keeps nobody from ending."""
    thread = threading.Thread(target=work, name="mark", daemon=True)
    thread.start()
    return thread

"""The door's ledger of used tickets: opened at the start, emptied when events have ended.

Promises that a ticket whose use cannot be written down lets nobody in, and that the door works
on for every other pass.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scanner.gate import Claim, Role
from scanner.rules import Use
from scanner.terms import InputError, Moment

if TYPE_CHECKING:
    from scanner.store.ledger import Ledger

LEDGER: Final = "ledger.sqlite"
_LOOK_S: Final = 600.0
_AGAIN_S: Final = 60.0


class Tickets:
    """An attendant that is the ledger of `scanner.gate`; the file is opened when it is needed."""

    def __init__(self, path: Path, *, key: bytes | None, now: Callable[[], Moment]) -> None:
        self._path = path
        self._key = key
        self._now = now
        self._ledger: Ledger | None = None
        self._trouble = ""
        self._look_at_s = self._again_at_s = 0.0

    @property
    def trouble(self) -> str:
        """Say what a person should know of the ledger, or nothing."""
        words = self._trouble or (self._ledger.trouble if self._ledger is not None else "")
        return f"used tickets: {words}" if words else ""

    def open(self) -> None:
        """Open the file before the first guest comes; what fails is told by `trouble`."""
        try:
            self._opened()
        except OSError as error:
            self._trouble = error.strerror or str(error)

    def claim(self, use: Use, *, role: Role, now: datetime) -> Claim:
        """Take one showing of a ticket; `OSError` where that cannot be written down."""
        return self._opened().claim(use, role=role, now=now)

    def filenos(self) -> Iterable[int]:
        """Wait for nothing."""
        return ()

    def turn(self, now_s: float) -> None:
        """Try again what failed; forget the tickets of events that have ended."""
        if self._ledger is None and self._trouble and now_s >= self._again_at_s:
            self._again_at_s = now_s + _AGAIN_S
            self.open()
        if self._ledger is not None and now_s >= self._look_at_s:
            self._look_at_s = now_s + _LOOK_S
            self._drop_ended(self._ledger)

    def close(self) -> None:
        """Write what is left to write."""
        if self._ledger is not None:
            self._ledger.close()
            self._ledger = None

    def _drop_ended(self, ledger: "Ledger") -> None:
        moment = self._now()
        # By a clock that runs ahead, every ticket would count anew.
        if not moment.trusted:
            return
        try:
            ledger.drop_ended(moment.wall)
        except OSError as error:
            self._trouble = error.strerror or str(error)
        else:
            self._trouble = ""

    def _opened(self) -> "Ledger":
        if self._ledger is None:
            # SQLite takes memory that a door for health passes needs elsewhere.
            from scanner.store.ledger import Ledger  # noqa: PLC0415

            if self._key is None:
                raise OSError(0, f"{self._path.parent}: no key for their hashes; see its warning")
            try:
                self._ledger = Ledger(self._path, key=self._key)
            except InputError as error:
                raise OSError(0, str(error)) from None
            self._trouble = ""
        return self._ledger

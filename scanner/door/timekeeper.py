"""The clock of a door that has premises: evidence, floor, and a mark that survives a power cut.

Looks at the machine once a second at most; in between, the kernel's seconds count on, so that
a question costs next to nothing. The mark is written once an hour, when trust changes, and at
the end. A disk that takes no mark is a warning: the door goes on with the one in memory.
"""

import contextlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Protocol

from scanner.door.clock import told
from scanner.gate.timekeeping import (
    RELEASED,
    Evidence,
    Mark,
    Reckoning,
    confirmed,
    marked,
    weighed,
)
from scanner.store import read_file, replace_file
from scanner.terms import InputError, Moment

MARK: Final = "clock.json"
"""The mark's file in the state folder."""

_REMEDY: Final = "free space, or check the disk and who owns the folder"
_MODE: Final = 0o600
_MAX_BYTES: Final = 4096
_LOOK_S: Final = 1.0
_MARK_S: Final = 3600.0
_AGAIN_S: Final = 60.0
"""A clock that is in doubt every other second must not wear a card out."""


class Machine(Protocol):
    """The machine's clocks, as `scanner.store.evidence` reads them."""

    def look(self) -> Evidence:
        """Return the present."""

    def boottime_s(self) -> float:
        """Return the seconds since the machine was switched on."""


class Timekeeper:
    """A clock and an attendant of the loop."""

    def __init__(self, path: Path, *, machine: Machine, floor: datetime = RELEASED) -> None:
        """Read the mark at `path`; one that is damaged is a warning, and then there is none."""
        self.trouble = ""
        self._path = path
        self._machine = machine
        self._floor = max(floor, RELEASED)
        self._mark, self._note = read_mark(path)
        self._trusted_on_disk: bool | None = None
        self._looked_s = self._marked_s = 0.0
        self._write_at_s = 0.0
        self.evidence = machine.look()
        """The machine as it was looked at last."""
        self._reckoned = self._weigh()

    @property
    def warnings(self) -> list[str]:
        """Return what is amiss, for a person."""
        return [words for words in (self.trouble, self._note) if words]

    def moment(self, at_ms: int) -> Moment:
        """Return the present; frame time does not matter to it."""
        del at_ms
        gone_s = max(0.0, self._machine.boottime_s() - self.evidence.boottime_s)
        known = self._reckoned.moment
        return Moment(known.wall + timedelta(seconds=gone_s), known.trusted)

    def raise_floor(self, floor: datetime) -> None:
        """Take note of a time that is certainly over, such as that of a verified feed."""
        if floor > self._floor:
            self._floor = floor
            self._reckoned = self._weigh()

    def filenos(self) -> Iterable[int]:
        """Wait for nothing."""
        return ()

    def turn(self, now_s: float) -> None:
        """Look at the machine when it is time, and write the mark when it is due."""
        if now_s - self._looked_s < _LOOK_S:
            return
        self._looked_s = now_s
        self.evidence = self._machine.look()
        self._reckoned = self._weigh()
        is_news = self._reckoned.moment.trusted is not self._trusted_on_disk
        if now_s >= self._write_at_s and (is_news or now_s - self._marked_s >= _MARK_S):
            self._write(self._next_mark())
            self._marked_s = now_s
            self._write_at_s = now_s + _AGAIN_S

    def confirm(self) -> str | None:
        """Take a person's word that the machine's clock is right; say why not, if it cannot be."""
        self.evidence = self._machine.look()
        try:
            mark = confirmed(self.evidence, floor=self._floor)
        except InputError as error:
            return str(error)
        self._write(mark)
        self._reckoned = self._weigh()
        return None

    def close(self) -> None:
        """Write the mark."""
        self.evidence = self._machine.look()
        self._reckoned = self._weigh()
        self._write(self._next_mark())

    def told(self) -> dict[str, Any]:
        """Return what stands in the status about the clock."""
        known = self._reckoned
        return told(
            trusted=known.moment.trusted, source=known.source, why=known.why, floor=self._floor
        )

    def _weigh(self) -> Reckoning:
        return weighed(self.evidence, mark=self._mark, floor=self._floor)

    def _next_mark(self) -> Mark:
        return marked(self.evidence, mark=self._mark, floor=self._floor)

    def _write(self, mark: Mark) -> None:
        # Kept in memory whatever the disk says: time goes on from here.
        self._mark, self._note = mark, ""
        self._trusted_on_disk = self._reckoned.moment.trusted
        try:
            replace_file(self._path, mark.to_json(), mode=_MODE)
        except OSError as error:
            self.trouble = f"the time is not kept: {self._path}: {error.strerror}; {_REMEDY}"
        else:
            self.trouble = ""


def read_mark(path: Path) -> tuple[Mark | None, str]:
    """Return the mark in a file, or none and the words about why it cannot be used."""
    with contextlib.suppress(OSError):
        if not path.exists():
            return None, ""
    try:
        return Mark.from_json(read_file(path, max_bytes=_MAX_BYTES)), ""
    except InputError as error:
        return None, str(error)
    except ValueError:
        return None, f"{path}: damaged; the time is looked for anew"

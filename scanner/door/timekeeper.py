"""The clock of a door that has premises: evidence, floor, and a mark that survives a power cut.

Looks at the machine once a second at most; in between, the kernel's seconds count on, so that
a question costs next to nothing. The mark is written once an hour, when trust changes, and at
the end, beside the loop. A disk that takes no mark is a warning, and is asked again after a
minute: the door goes on with the one in memory.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Protocol

from scanner.door.clock import told
from scanner.door.mark_writer import MarkWriter, Order, Runner
from scanner.gate.timekeeping import (
    RELEASED,
    Evidence,
    Mark,
    Reckoning,
    binding,
    confirmed,
    marked,
    weighed,
)
from scanner.store.marks import MARK, read_mark
from scanner.terms import InputError, Moment

__all__ = ["MARK", "Machine", "Timekeeper", "read_mark"]

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

    def __init__(
        self,
        path: Path,
        *,
        machine: Machine,
        floor: datetime = RELEASED,
        run: Runner | None = None,
    ) -> None:
        """Read the mark at `path`; one that is damaged is a warning, and then there is none.

        `run` begins the writing of a mark, in a thread by default.
        """
        self._writer = MarkWriter(path, run=run)
        self._machine = machine
        self._floor = max(floor, RELEASED)
        self._mark, self._note = read_mark(path)
        self._looked_s = self._write_at_s = 0.0
        self.evidence = machine.look()
        """The machine as it was looked at last."""
        self._reckoned = self._weigh()

    @property
    def warnings(self) -> list[str]:
        """Return what is amiss, for a person."""
        # A damaged mark is one until the disk has taken another.
        note = self._note if self._writer.written is None else ""
        return [words for words in (self._writer.trouble, note) if words]

    def moment(self, at_ms: int) -> Moment:
        """Return the present; frame time does not matter to it."""
        del at_ms
        gone_s = max(0.0, self._machine.boottime_s() - self.evidence.boottime_s)
        known = self._reckoned.moment
        return Moment(known.wall + timedelta(seconds=gone_s), known.trusted)

    def go_by_floor(self, floor: datetime) -> None:
        """Go by the time that is certainly over by the feed in force.

        A lower one than before is a feed that was let begin anew: what the other said of time,
        or a mark owes to it, holds no more.
        """
        self._floor = max(floor, RELEASED)
        self._reckoned = self._weigh()

    def filenos(self) -> Iterable[int]:
        """Wait for nothing."""
        return ()

    def turn(self, now_s: float) -> None:
        """Look at the machine when it is time, and write the mark when it is due."""
        self._writer.settle()
        if now_s - self._looked_s < _LOOK_S:
            return
        self._looked_s = now_s
        self.evidence = self._machine.look()
        self._reckoned = self._weigh()
        if now_s >= self._write_at_s and self._is_due(now_s):
            self._keep(self._next_mark())
            self._write_at_s = now_s + _AGAIN_S

    def confirm(self, *, below_the_feed: bool = False) -> str | None:
        """Take a person's word that the machine's clock is right; say why not, if it cannot be.

        `below_the_feed` is their word that the feed in force is wrong about the time.
        """
        self.evidence = self._machine.look()
        try:
            mark = confirmed(self.evidence, floor=self._floor, below_the_feed=below_the_feed)
        except InputError as error:
            return str(error)
        self._keep(mark)
        return None

    def close(self) -> None:
        """Write the mark; a disk that hangs is waited for two seconds."""
        self.evidence = self._machine.look()
        self._keep(self._next_mark())
        self._writer.close()

    def told(self) -> dict[str, Any]:
        """Return what stands in the status about the clock."""
        known = self._reckoned
        return told(
            trusted=known.moment.trusted,
            source=known.source,
            why=known.why,
            floor=binding(self._floor, mark=self._mark),
        )

    def _is_due(self, now_s: float) -> bool:
        """Say whether the disk should have another mark: its own failed, is old, or no news."""
        known, trusted = self._writer.written, self._reckoned.moment.trusted
        if self._writer.is_busy:
            return False
        if self._writer.trouble:
            return True
        return known is None or known.trusted is not trusted or now_s - known.at_s >= _MARK_S

    def _weigh(self) -> Reckoning:
        return weighed(self.evidence, mark=self._mark, floor=self._floor)

    def _next_mark(self) -> Mark:
        return marked(self.evidence, mark=self._mark, floor=self._floor)

    def _keep(self, mark: Mark) -> None:
        # Kept in memory whatever the disk says: time goes on from here.
        self._mark = mark
        self._reckoned = self._weigh()
        trusted = self._reckoned.moment.trusted
        self._writer.put(Order(mark, trusted=trusted, at_s=self._looked_s))

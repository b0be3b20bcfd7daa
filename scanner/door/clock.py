"""Where the time comes from: the machine, or a start that a rehearsal names.

The clock never goes below the release date of this software; a machine that believes
less has lost its time, and is not trusted.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from scanner.terms import Moment

RELEASED: Final = datetime(2026, 11, 22, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class MachineClock:
    """The machine's own time, for a camera that sees the present."""

    def moment(self, at_ms: int) -> Moment:
        """Return the present; frame time does not matter to it."""
        del at_ms
        return believed(datetime.now(tz=UTC))


@dataclass(frozen=True, slots=True)
class RehearsalClock:
    """Frame time counted from a start, so that decisions repeat exactly.

    A start that a person named is trusted whatever it says.
    """

    start: Moment

    def moment(self, at_ms: int) -> Moment:
        """Return the time of a frame."""
        return Moment(self.start.wall + timedelta(milliseconds=at_ms), self.start.trusted)


Clock = MachineClock | RehearsalClock


def believed(wall: datetime) -> Moment:
    """Return what may be believed of the machine's clock."""
    return Moment(max(wall, RELEASED), trusted=wall >= RELEASED)

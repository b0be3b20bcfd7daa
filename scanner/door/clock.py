"""Where the time comes from: the machine, or a start that a rehearsal names.

The clock never goes below the release date of this software; a machine that believes
less has lost its time, and is not trusted. A door with premises knows more: see
`scanner.door.timekeeper`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from scanner.gate.timekeeping import RELEASED, Source
from scanner.terms import Moment

__all__ = ["RELEASED", "Clock", "MachineClock", "RehearsalClock", "believed", "told"]


class Clock(Protocol):
    """Whoever knows the time of a frame."""

    def moment(self, at_ms: int) -> Moment:
        """Return the time of a frame; `at_ms` is frame time."""

    def told(self) -> dict[str, Any]:
        """Return what stands in the status about the clock."""


@dataclass(frozen=True, slots=True)
class MachineClock:
    """The machine's own time, for a camera that sees the present."""

    def moment(self, at_ms: int) -> Moment:
        """Return the present; frame time does not matter to it."""
        del at_ms
        return believed(datetime.now(tz=UTC))

    def told(self) -> dict[str, Any]:
        """Return what stands in the status about the clock."""
        trusted = self.moment(0).trusted
        why = None if trusted else "the machine's clock stands before this software's release"
        return told(trusted=trusted, source=Source.NONE, why=why, floor=RELEASED)


@dataclass(frozen=True, slots=True)
class RehearsalClock:
    """Frame time counted from a start, so that decisions repeat exactly.

    A start that a person named is trusted whatever it says.
    """

    start: Moment

    def moment(self, at_ms: int) -> Moment:
        """Return the time of a frame."""
        return Moment(self.start.wall + timedelta(milliseconds=at_ms), self.start.trusted)

    def told(self) -> dict[str, Any]:
        """Return what stands in the status about the clock."""
        trusted = self.start.trusted
        why = None if trusted else "a rehearsal without a time"
        return told(trusted=trusted, source=Source.PERSON, why=why, floor=None)


def believed(wall: datetime) -> Moment:
    """Return what may be believed of the machine's clock."""
    return Moment(max(wall, RELEASED), trusted=wall >= RELEASED)


def told(
    *, trusted: bool, source: Source, why: str | None, floor: datetime | None
) -> dict[str, Any]:
    """Return the clock as `status.json` lists it."""
    return {
        "trusted": trusted,
        "source": source.value,
        "why": why,
        "floor": None if floor is None else floor.isoformat(timespec="seconds"),
    }

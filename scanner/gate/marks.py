"""What is known of the time: the machine's evidence, and the mark that a door keeps of it.

A mark is a small file that a power cut or a bad card may damage: whatever `to_json` did not
write is refused, and the door then looks for the time anew.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final

from scanner.terms import rfc3339

LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""A time that no door of ours sees; behind it, sums of times would run off the calendar."""

_MAX_BYTES: Final = 1024
_MAX_BOOT_ID: Final = 64
_MAX_SECONDS: Final = 1e10


class Source(Enum):
    """Who vouches for a clock."""

    TIMESYNCD = "timesyncd"
    CHRONY = "chrony"
    RTC = "rtc"
    PERSON = "person"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Evidence:
    """The machine at one moment; an empty `boot_id` is unknown, and equals no other."""

    wall: datetime
    boot_id: str
    boottime_s: float
    synchronised_by: Source | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """The time that a door last knew, and where the kernel's seconds stood then.

    `trusted` says that `source` vouched for it in that boot; without, `source` is who did so
    last. `advanced_s` is how far time servers have moved the door forward in that boot, in
    seconds.

    `rests_on` is the floor of a feed that held `wall` up, and `vouched` the time without it:
    both are None where clocks and people alone stand behind `wall`. `denied` is the floor that
    a person said is wrong.
    """

    wall: datetime
    boot_id: str
    boottime_s: float
    trusted: bool
    source: Source = Source.NONE
    advanced_s: float = 0.0
    rests_on: datetime | None = None
    vouched: datetime | None = None
    denied: datetime | None = None

    def to_json(self) -> bytes:
        """Return it as one line."""
        told = {
            "wall": self.wall.astimezone(UTC).isoformat(),
            "boot_id": self.boot_id,
            "boottime_s": self.boottime_s,
            "trusted": self.trusted,
            "source": self.source.value,
            "advanced_s": self.advanced_s,
            "rests_on": _stamp(self.rests_on),
            "vouched": _stamp(self.vouched),
            "denied": _stamp(self.denied),
        }
        return json.dumps(told).encode() + b"\n"

    @classmethod
    def from_json(cls, content: bytes) -> "Mark":
        """Read it; `ValueError` for anything that `to_json` did not write."""
        if len(content) > _MAX_BYTES:
            raise ValueError("too long for a mark")
        try:
            told: Any = json.loads(content)
            mark = cls(
                wall=rfc3339(told["wall"]).astimezone(UTC),
                boot_id=told["boot_id"],
                boottime_s=_seconds(told["boottime_s"]),
                trusted=told["trusted"],
                source=Source(told["source"]),
                advanced_s=_seconds(told["advanced_s"]),
                # Absent in marks of a version that did not tell feeds from clocks.
                rests_on=_time(told.get("rests_on")),
                vouched=_time(told.get("vouched")),
                denied=_time(told.get("denied")),
            )
        except (KeyError, TypeError, OverflowError, RecursionError) as error:
            raise ValueError("not a mark") from error
        if mark.wall > LATEST:
            raise ValueError("not a time")
        if (mark.rests_on is None) is not (mark.vouched is None):
            raise ValueError("half a feed")
        if mark.vouched is not None and mark.vouched > mark.wall:
            raise ValueError("a feed holds a time up, never down")
        if not isinstance(mark.boot_id, str) or len(mark.boot_id) > _MAX_BOOT_ID:
            raise ValueError("not a boot id")
        if not isinstance(mark.trusted, bool):
            raise ValueError("trusted is yes or no")  # noqa: TRY004 - one kind of error for a file
        return mark


def _stamp(when: datetime | None) -> str | None:
    return None if when is None else when.astimezone(UTC).isoformat()


def _time(told: Any) -> datetime | None:
    return None if told is None else rfc3339(told).astimezone(UTC)


def _seconds(told: Any) -> float:
    if isinstance(told, bool) or not isinstance(told, int | float):
        raise TypeError("not a number")
    # Written so that NaN, which compares false with everything, is out of range too.
    if not 0 <= told <= _MAX_SECONDS:
        raise ValueError("not a number of seconds")
    return float(told)

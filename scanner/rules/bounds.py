"""Bounds of time and age: spans in calendar days, the life of a test, a date of birth.

A day is one of the rule set's time zone, and is counted from the event's own day, which is
day 0. What a pass does not say plainly is taken in the direction that lets in fewer people.
"""

import re
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

# Sampled in a laboratory whose clock runs fast; the leeway that health passes have.
AHEAD: Final = timedelta(seconds=120)
# Room at both ends of the calendar for any offset from UTC, and for the life of a test.
_FIRST: Final = datetime.min.replace(tzinfo=UTC) + timedelta(days=2)
_LAST: Final = datetime.max.replace(tzinfo=UTC) - timedelta(days=400)
_BORN: Final = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class When:
    """The moment of the door, and its day in the time zone of the rule set."""

    now: datetime
    zone: tzinfo
    today: date = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "today", self.day_of(self.now))

    def day_of(self, moment: datetime) -> date:
        """Return the local day of a moment."""
        return min(max(moment, _FIRST), _LAST).astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class DaySpan:
    """Days that count, `first` and `last` among them; None where there is no bound."""

    first: int | None
    last: int | None

    def miss(self, days: int, *, since: str) -> str | None:
        """Say why a number of days does not count, or None."""
        if self.first is not None and days < self.first:
            return f"{_days(days)} since {since}; counts from day {self.first}"
        if self.last is not None and days > self.last:
            return f"{_days(days)} since {since}; counted until day {self.last}"
        return None


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a test counts: hours, or until the end of the local day on which they end."""

    hours: int
    end_of_day: bool

    def miss(self, at: datetime, *, when: When) -> str | None:
        """Say why a test that was taken at a time does not count any longer, or None."""
        life = timedelta(hours=self.hours)
        if self.end_of_day:
            last = when.day_of(min(at, _LAST) + life)
            return f"the test counted until the end of {last}" if when.today > last else None
        if when.now - at > life:
            return f"the test is older than {self.hours} hours"
        return None


@dataclass(frozen=True, slots=True)
class Age:
    """Whom a date of birth lets in; each bound may be absent.

    `under_years` and `from_years` are full years on the day; `on_or_after` and `before` bound
    the day of birth itself.
    """

    under_years: int | None = None
    from_years: int | None = None
    on_or_after: date | None = None
    before: date | None = None

    def holds(self, born: str | None, *, today: date) -> bool:
        """Say whether someone born then (YYYY, YYYY-MM or YYYY-MM-DD) is surely meant.

        A birth in the future fits no bounds.
        """
        span = _span(born)
        if span is None:
            return False
        earliest, latest = span
        return (
            earliest <= today
            and (self.under_years is None or _years(earliest, today=today) < self.under_years)
            and (self.from_years is None or _years(latest, today=today) >= self.from_years)
            and (self.on_or_after is None or earliest >= self.on_or_after)
            and (self.before is None or latest < self.before)
        )


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def _years(born: date, *, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _span(born: str | None) -> tuple[date, date] | None:
    """Return the first and the last day that a date of birth may mean."""
    found = _BORN.fullmatch(born or "")
    if not found:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        start = date(year or 0, month or 1, day or 1)
        last = day or monthrange(start.year, month or 12)[1]
        return start, date(start.year, month or 12, last)
    except ValueError:
        return None

"""Dates and date-times: reading them, and adding to them as JavaScript does.

Source: CertLogic 1.3.3, `plusTime` and `dccDateOfBirth`. A date that is not whole becomes
the last day it can mean; no time means midnight, no offset means UTC; decimals beyond the
millisecond are dropped. 31 January and one month is 3 March (ECMA-262, MakeDay). Refused:
what is not in the list of formats, what the calendar has not (30 February, 24:00:00), and
years outside 1 to 9999.
"""

import re
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Final

from scanner.rules.certlogic.error import CertLogicError

_WRITTEN: Final = re.compile(
    r"(?P<year>\d{4})(-(?P<month>\d\d)(-(?P<day>\d\d)"
    r"(T(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(\.(?P<fraction>\d+))?"
    r"(Z|(?P<sign>[+-])(?P<hours>\d{1,2})(:?(?P<minutes>\d\d))?)?)?)?)?",
    re.ASCII,
)
_DECEMBER: Final = 12
_MAX_OFFSET: Final = timedelta(hours=24)


class Unit(Enum):
    """Units of `plusTime`."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    HOUR = "hour"


def date_time(written: str) -> datetime:
    """Read a date or date-time in any of the listed formats; the result is in UTC."""
    found = _WRITTEN.fullmatch(written)
    if found is None:
        raise CertLogicError("not a date or date-time in a format that CertLogic reads")
    try:
        return _in_utc(found)
    except (ValueError, OverflowError):
        raise CertLogicError("a date or time that is in no calendar") from None


def date_of_birth(written: str) -> datetime:
    """Read a date of birth: a year, a month or a day."""
    if "T" in written:
        raise CertLogicError("a date of birth with a time")
    return date_time(written)


def shifted(start: datetime, *, amount: int, unit: Unit) -> datetime:
    """Return `start` and `amount` units; a day that a month lacks runs into the next."""
    try:
        if unit is Unit.HOUR:
            return start + timedelta(hours=amount)
        if unit is Unit.DAY:
            return start + timedelta(days=amount)
        months = amount * _DECEMBER if unit is Unit.YEAR else amount
        year, month = divmod(start.year * _DECEMBER + start.month - 1 + months, _DECEMBER)
        return start.replace(year=year, month=month + 1, day=1) + timedelta(days=start.day - 1)
    except (ValueError, OverflowError):
        raise CertLogicError("a date outside the years 1 to 9999") from None


def _in_utc(found: re.Match[str]) -> datetime:
    year, month = int(found["year"]), int(found["month"] or _DECEMBER)
    day = int(found["day"]) if found["day"] else _last_day(year, month=month)
    if found["hour"] is None:
        return datetime(year, month, day, tzinfo=UTC)
    milliseconds = int((found["fraction"] or "")[:3].ljust(3, "0"))
    local = datetime(
        year,
        month,
        day,
        int(found["hour"]),
        int(found["minute"]),
        int(found["second"]),
        milliseconds * 1000,
        tzinfo=UTC,
    )
    return local - _offset(found) if found["sign"] else local


def _last_day(year: int, *, month: int) -> int:
    if month == _DECEMBER:
        return 31
    return (date(year, month + 1, 1) - date(year, month, 1)).days


def _offset(found: re.Match[str]) -> timedelta:
    minutes = int(found["minutes"] or 0)
    offset = timedelta(hours=int(found["hours"]), minutes=minutes)
    if minutes > 59 or offset >= _MAX_OFFSET:  # noqa: PLR2004 - minutes of an hour
        raise ValueError
    return -offset if found["sign"] == "-" else offset

"""What an EU certificate says, in the terms of rules.

Source: EU DCC schema 1.3.0 and its value sets. Tolerant of what genuine certificates were seen
to do: doses as 2.0, days with a time behind them, days of birth without a day or a month.
"""

import math
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from scanner.rules.claims import HealthEvent, Holder, Known, Result, TestType
from scanner.terms import Kind, Pass

_TYPES: Final = {"LP6464-4": TestType.NAAT, "LP217198-3": TestType.ANTIGEN}  # LOINC parts
_RESULTS: Final = {"260415000": Result.NEGATIVE, "260373001": Result.POSITIVE}  # SNOMED CT
_BORN: Final = re.compile(r"\d{4}(-(?!00)\d\d(-(?!00)\d\d(?=T|$))?)?", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d(?=T|$)", re.ASCII)
_PARTS: Final = re.compile("[<\\s]+")
_MAX_DOSES: Final = 99

Event = Mapping[str, Any]


def read(verified: Pass) -> Known:
    """Return the event and the holder; what cannot be read is absent."""
    claims = verified.claims
    events = [event(one) for name, event in _EVENTS.items() for one in _entries(claims.get(name))]
    return Known(holder=_holder(claims), events=tuple(events))


def _entries(value: object) -> list[Event]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _vaccination(event: Event) -> HealthEvent:
    return HealthEvent(
        kind=Kind.VACCINATION,
        on=_day(event.get("dt")),
        dose=_doses(event.get("dn")),
        of=_doses(event.get("sd")),
        product=_text(event.get("mp")),
        disease=_text(event.get("tg")),
    )


def _test(event: Event) -> HealthEvent:
    return HealthEvent(
        kind=Kind.TEST,
        at=_time(event.get("sc")),
        test=_TYPES.get(_text(event.get("tt")) or "", TestType.OTHER),
        result=_RESULTS.get(_text(event.get("tr")) or "", Result.UNKNOWN),
        disease=_text(event.get("tg")),
    )


def _recovery(event: Event) -> HealthEvent:
    return HealthEvent(
        kind=Kind.RECOVERY,
        on=_day(event.get("fr")),
        valid_from=_day(event.get("df")),
        valid_until=_day(event.get("du")),
        disease=_text(event.get("tg")),
    )


_EVENTS: Final = {"v": _vaccination, "t": _test, "r": _recovery}


def _holder(claims: Mapping[str, Any]) -> Holder | None:
    """Read the names as a passport spells them, or else as they are written."""
    spelt = claims.get("nam")
    names = spelt if isinstance(spelt, dict) else {}
    written = (
        _text(names.get("fnt")) or _text(names.get("fn")),
        _text(names.get("gnt")) or _text(names.get("gn")),
    )
    parts = tuple(
        part.casefold() for name in written if name for part in _PARTS.split(name) if part
    )
    born = _BORN.match(_text(claims.get("dob")) or "")
    if not parts and born is None:
        return None
    return Holder(parts, born.group() if born else None)


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _doses(value: object) -> int | None:
    if type(value) is not int and type(value) is not float:
        return None
    is_whole = math.isfinite(value) and value == int(value)
    return int(value) if is_whole and 0 < value <= _MAX_DOSES else None


def _day(value: object) -> date | None:
    found = _DAY.match(_text(value) or "")
    try:
        return date.fromisoformat(found.group()) if found else None
    except ValueError:
        return None


def _time(value: object) -> datetime | None:
    """Read a time with its offset; without one it could be any of 26 hours."""
    try:
        moment = datetime.fromisoformat(_text(value) or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else None

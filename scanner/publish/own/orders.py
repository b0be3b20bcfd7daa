"""What one pass shall say, read from the texts that a person wrote.

Each text has the name of its CSV column; what is wrong with one is told with that name and the
remedy (`FieldError`). Times are RFC 3339 with an offset, or a day in the venue's time zone: from
its first second, until its last.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from scanner.passes.own import ID, KINDS, MAX_ADMITS, MAX_NAME_CHARACTERS, is_name
from scanner.terms import InputError, Kind, rfc3339

COLUMNS: Final = ("kind", "event", "zone", "from", "until", "admits", "name", "label")
MAX_ZONES: Final = 16
MAX_LABEL_CHARACTERS: Final = 200
# A pass holds seconds since 1970; four bytes of them last until 2106.
YEARS: Final = range(1970, 2106)

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_SECOND: Final = timedelta(seconds=1)
_KINDS: Final = {kind.value: kind for kind in KINDS}
_ID_FORM: Final = "of A-Z, a-z, 0-9, dot, dash and underscore, at most 64"


class FieldError(InputError):
    """One text cannot be used: `column` says which, `words` what is wrong and the remedy."""

    def __init__(self, column: str, words: str) -> None:
        super().__init__(f"{column}: {words}")
        self.column = column
        self.words = words


@dataclass(frozen=True, slots=True)
class Order:
    """One pass to be issued; `label` is for people and not in the pass."""

    kind: Kind
    event: str | None
    zones: tuple[str, ...]
    not_before: datetime | None
    not_after: datetime | None
    admits: int
    name: str | None
    label: str


def read_order(texts: Mapping[str, str], *, zone: tzinfo | None, now: datetime) -> Order:
    """Read the texts of `COLUMNS`, or raise `FieldError`; `zone` is that of days.

    What would be over at `now` is refused: nobody could come in with it.
    """
    told = {column: texts[column].strip() for column in COLUMNS}
    kind = _KINDS.get(told["kind"])
    if kind is None:
        raise FieldError("kind", f"{told['kind'][:40]!r} is none of {', '.join(_KINDS)}")
    not_before = _time("from", told["from"], at=time.min, zone=zone)
    not_after = _time("until", told["until"], at=time.max, zone=zone)
    if not_after is None and kind is not Kind.STAFF:
        raise FieldError("until", f"every {kind.value} ends one day; give a day or a time")
    if not_before and not_after and not_after < not_before:
        raise FieldError("until", "ends before it begins; compare it with from")
    if not_after and not_after < now:
        raise FieldError("until", f"{told['until']} is over; give a day or a time to come")
    return Order(
        kind=kind,
        event=_id("event", told["event"]) if told["event"] else None,
        zones=_zones(told["zone"]),
        not_before=not_before,
        not_after=not_after,
        admits=_admits(told["admits"]),
        name=_name(told["name"]),
        label=_label(told["label"]),
    )


def _id(column: str, text: str) -> str:
    if not ID.fullmatch(text):
        raise FieldError(column, f"{text[:40]!r} is no id; {_ID_FORM}")
    return text


def _zones(text: str) -> tuple[str, ...]:
    zones = tuple(dict.fromkeys(_id("zone", one) for one in text.split()))
    if len(zones) > MAX_ZONES:
        raise FieldError("zone", f"{len(zones)} zones, where {MAX_ZONES} are the most")
    return zones


def _admits(text: str) -> int:
    if not text:
        return 1
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:9]) <= MAX_ADMITS:
        raise FieldError("admits", f"{text[:40]!r} is no number from 1 to {MAX_ADMITS:,}")
    return int(text)


def _name(text: str) -> str | None:
    name = unicodedata.normalize("NFC", text)
    if name and not is_name(name):
        raise FieldError("name", f"a name is one line of at most {MAX_NAME_CHARACTERS} characters")
    return name or None


def _label(text: str) -> str:
    label = unicodedata.normalize("NFC", " ".join(text.split()))
    if len(label) > MAX_LABEL_CHARACTERS or not label.isprintable():
        raise FieldError("label", f"a label has at most {MAX_LABEL_CHARACTERS} characters of text")
    return label


def _time(column: str, text: str, *, at: time, zone: tzinfo | None) -> datetime | None:
    """Read a time, or the second `at` of a day."""
    if not text:
        return None
    is_day = _DAY.fullmatch(text) is not None
    if is_day and zone is None:
        raise FieldError(column, f"{text} is a day, but where? add --timezone, as Asia/Seoul")
    try:
        found = _of_day(text, at=at, zone=zone) if is_day else _exact(text, zone=zone)
        year = found.astimezone(UTC).year
    except (ValueError, OverflowError):
        raise FieldError(
            column, f"{text[:40]!r} is no time; write 2026-12-19 or 2026-12-19T18:00:00+09:00"
        ) from None
    if year not in YEARS:
        raise FieldError(column, f"{text}: give a year from {YEARS[0]} to {YEARS[-1]}")
    return found


def _exact(text: str, *, zone: tzinfo | None) -> datetime:
    found = rfc3339(text).replace(microsecond=0)
    return found if zone is None else found.astimezone(zone)


def _of_day(text: str, *, at: time, zone: tzinfo | None) -> datetime:
    day = date.fromisoformat(text)
    if at == time.min:
        return datetime.combine(day, at, zone)
    # A day may have 23 or 25 hours: its last second is the one before the next begins.
    following = datetime.combine(day + timedelta(days=1), time.min, zone)
    return (following.astimezone(UTC) - _SECOND).astimezone(zone)

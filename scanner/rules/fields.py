"""Members of a rule-set file, taken by name and kind; a mistake is told with its place.

Every reader takes a `Value` and returns what it means, or raises `InputError` with one line
such as `accept[2].from_day: "14" is no whole number; give 0 to 36500`. What is missing is read,
too, so that the line can say what to give.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, Final, TypeVar

from scanner.terms import InputError, rfc3339

T = TypeVar("T")
N = TypeVar("N")
E = TypeVar("E", bound=Enum)

MAX_CHARACTERS: Final = 1000
_SHOWN: Final = 40
# `date.fromisoformat` reads 20220103 and 2022-W01-1, too.
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LABEL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
# More than the rules of all countries together.
MAX_ITEMS: Final = 10_000


class _Missing(Enum):
    """Stands for a value that is not there, and says how many were to be given."""

    ONE = "give "
    SEVERAL = "give a list of "


@dataclass(frozen=True, slots=True)
class Value:
    """A value of the file and where it stands."""

    told: Any
    place: str

    @property
    def is_missing(self) -> bool:
        """Whether nothing stands here."""
        return isinstance(self.told, _Missing)

    def wrong(self, words: str) -> InputError:
        """Give the error that says what is wrong here."""
        return InputError(f"{self.place}: {words}" if self.place else words)

    def no(self, what: str) -> InputError:
        """Give the error that says what this value should have been: `day; give YYYY-MM-DD`."""
        if isinstance(self.told, _Missing):
            remedy = what.partition("; give ")[2]
            return self.wrong(f"missing; {self.told.value}{remedy}" if remedy else "missing")
        return self.wrong(f"{_shown(self.told)} is no {what}")


class Fields:
    """The members of one object; a name that is not known is refused with the nearest one."""

    def __init__(self, value: Value, *, names: Iterable[str]) -> None:
        if not isinstance(value.told, dict):
            raise value.no("object; give { ... }")
        self._members = value.told
        self._value = value
        known = tuple(names)
        for name in value.told:
            if name not in known:
                raise self._at(name).wrong(f"not known here{_nearest(name, known)}")

    def take(self, name: str, read: Callable[[Value], T]) -> T:
        """Read a member that has to be there."""
        return read(self._at(name))

    def maybe(self, name: str, read: Callable[[Value], T]) -> T | None:
        """Read a member that may be left out."""
        return read(self._at(name)) if name in self._members else None

    def wrong(self, name: str, words: str) -> InputError:
        """Give the error about a member."""
        return self._at(name).wrong(words)

    def _at(self, name: str) -> Value:
        told = self._members.get(name, _Missing.ONE)
        return Value(told, _inside(self._value.place, name))


def text(value: Value) -> str:
    """Read a text of one line."""
    told = value.told
    if not isinstance(told, str):
        raise value.no("text; give text in quotes")
    if not told.strip() or len(told) > MAX_CHARACTERS or not told.isprintable():
        raise value.wrong(f"give a text of one line, 1 to {MAX_CHARACTERS} characters")
    return told


def label(value: Value) -> str:
    """Read a name that can stand between slashes: `kr-2022-01-03`."""
    if isinstance(value.told, int | float):
        raise value.no("name; write it in quotes")
    if not isinstance(value.told, str) or not _LABEL.fullmatch(value.told):
        raise value.no("name; give 1 to 64 letters, digits, dots and hyphens")
    return value.told


def flag(value: Value) -> bool:
    """Read true or false."""
    if value.told in ("true", "false"):
        raise value.no("true or false; write it without quotes")
    if not isinstance(value.told, bool):
        raise value.no("choice here; give true or false")
    return value.told


def whole(*, low: int, high: int) -> Callable[[Value], int]:
    """Give a reader of whole numbers in their bounds."""

    def read(value: Value) -> int:
        if type(value.told) is not int:
            raise value.no(f"whole number; give {low} to {high}")
        if not low <= value.told <= high:
            raise value.wrong(f"{value.told} is out of range; give {low} to {high}")
        return value.told

    return read


def one_of(choices: type[E]) -> Callable[[Value], E]:
    """Give a reader of one word of a closed list."""
    words = [choice.value for choice in choices]

    def read(value: Value) -> E:
        if not isinstance(value.told, str) or value.told not in words:
            raise value.no(f"choice here; give {', '.join(words)}")
        return choices(value.told)

    return read


def day(value: Value) -> date:
    """Read a day, YYYY-MM-DD."""
    try:
        if _DAY.fullmatch(value.told):
            return date.fromisoformat(value.told)
    except (TypeError, ValueError):
        pass
    raise value.no("day of the calendar; give YYYY-MM-DD")


def moment(value: Value) -> datetime:
    """Read a time with its offset from UTC."""
    try:
        return rfc3339(value.told)
    except (TypeError, ValueError):
        raise value.no("time; give one like 2022-01-03T18:00:00+09:00") from None


def listed(value: Value, *, fewest: int = 1, most: int = MAX_ITEMS) -> Iterator[Value]:
    """Read a list, which may be empty where `fewest` is 0."""
    if not isinstance(value.told, list):
        raise value.no("list; give [ ... ]")
    if not fewest <= len(value.told) <= most:
        raise value.wrong(f"a list of {len(value.told)}; give {fewest} to {most}")
    return (Value(told, f"{value.place}[{n}]") for n, told in enumerate(value.told))


def several(read: Callable[[Value], T], *, fewest: int = 1) -> Callable[[Value], frozenset[T]]:
    """Give a reader of a list whose order does not matter."""

    def read_all(value: Value) -> frozenset[T]:
        if value.told is _Missing.ONE:
            read(Value(_Missing.SEVERAL, value.place))
        return frozenset(map(read, listed(value, fewest=fewest)))

    return read_all


def mapped(name: Callable[[Value], N], read: Callable[[Value], T]) -> Callable[[Value], dict[N, T]]:
    """Give a reader of an object whose names are free; it is not empty."""

    def read_all(value: Value) -> dict[N, T]:
        if not isinstance(value.told, dict):
            raise value.no("object; give { ... }")
        if not value.told:
            raise value.wrong("nothing in it; leave it out")
        return {
            name(Value(one, value.place)): read(Value(told, _inside(value.place, one)))
            for one, told in value.told.items()
        }

    return read_all


def _inside(place: str, name: str) -> str:
    """Name the place of a member; a very long one by its end, and safe to print."""
    shown = name if name.isprintable() else json.dumps(name)
    return (f"{place}.{shown}" if place else shown)[-2 * _SHOWN :]


def _shown(told: Any) -> str:
    if isinstance(told, dict | list):
        return "an object" if isinstance(told, dict) else "a list"
    shown = json.dumps(told, ensure_ascii=True)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."


def _nearest(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only a wrong file pays for it

    nearest = get_close_matches(name.lower(), list(known), n=1)
    return f"; did you mean {nearest[0]}?" if nearest else f"; there are {', '.join(known)}"

"""What values are: truthy, whole numbers, the same, at the end of a path.

Source: CertLogic 1.3.3, "Values", "Data access", `===` and `in`. Types are exact, so that
a boolean is no number and nothing that JSON cannot say counts as anything. A whole number
may be written 2 or 2.0, as certificates of some states do.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from scanner.rules.certlogic.error import CertLogicError

# Beyond it the numbers of JavaScript, which CertLogic's integers are, are not exact.
MAX_INTEGER: Final = 2**53 - 1
# A certificate identifier has up to 72 characters, a date up to 35; ten times that is none.
MAX_TEXT: Final = 1000

# A name, and the array index that it also is if it is a number. Nine digits: no array that
# fits a door is longer, and Python reads no endless ones.
Path = tuple[tuple[str, int | None], ...]
_INDEX: Final = re.compile("[0-9]{1,9}")

_CLEAR: Final = frozenset((bool, int, str, list, dict, type(None)))
_NUMBERS: Final = frozenset((int, float))
_COMPARABLE: Final = frozenset((bool, str, type(None)))


def is_truthy(value: Any) -> bool:
    """Say if a value is truthy; raise `CertLogicError` for what is neither truthy nor falsy."""
    if type(value) in _CLEAR:
        return bool(value)
    found = integer(value)
    if found is None:
        raise CertLogicError("a condition that is neither truthy nor falsy")
    return found != 0


def integer(value: Any) -> int | None:
    """Return a value as the whole number that it is, or None."""
    if type(value) is int:
        return value
    return int(value) if type(value) is float and value.is_integer() else None


def whole(value: Any) -> int:
    """Return a value as the whole number that it must be, or raise `CertLogicError`."""
    found = integer(value)
    if found is None:
        raise CertLogicError("an operand that is no whole number")
    return found


def instant(value: Any) -> datetime:
    """Return a value as the date-time that it must be, or raise `CertLogicError`."""
    if not isinstance(value, datetime):
        raise CertLogicError("an operand that is no date-time")
    return value


def text(value: Any) -> str:
    """Return a value as the text that it must be, or raise `CertLogicError`."""
    if type(value) is not str:
        raise CertLogicError("an operand that is no text")
    if len(value) > MAX_TEXT:
        raise CertLogicError(f"a text longer than {MAX_TEXT} characters")
    return value


def same(left: Any, right: Any) -> bool:
    """Say if two values are the same (`===`).

    Two arrays, objects or date-times raise `CertLogicError`: implementations differ there,
    and a wrong "not the same" can admit behind a negation.
    """
    kind, other = type(left), type(right)
    if kind in _NUMBERS and other in _NUMBERS:
        return bool(left == right)
    if kind is not other:
        return False
    if kind not in _COMPARABLE:
        raise CertLogicError("two values that cannot be compared")
    return bool(left == right)


def holds(array: list[Any], *, item: Any) -> bool:
    """Say if an array has an item that is the same as `item` (`in`)."""
    if type(item) is str:  # the usual case: nothing but the same text equals a text
        return item in array
    return any(same(item, one) for one in array)


def path(written: Any) -> Path:
    """Read the operand of `var`, or raise `CertLogicError`."""
    if type(written) is not str:
        raise CertLogicError('not of the form {"var": "PATH"}')
    if not written:
        return ()
    names = written.split(".")
    if not all(names):
        raise CertLogicError("a path with an empty part")
    return tuple((name, int(name) if _INDEX.fullmatch(name) else None) for name in names)


def access(data: Any, *, path: Path) -> Any:
    """Return what lies at the end of a path, or None where it does not lead."""
    for name, index in path:
        if type(data) is dict:
            data = data.get(name)
        elif type(data) is list and index is not None and index < len(data):
            data = data[index]
        else:
            return None
    return data


_UCI_SEPARATOR: Final = re.compile("[/#:]")


def uci_part(uci: str, *, index: int) -> str | None:
    """Return one part of a certificate identifier, or None where it has not so many."""
    parts: Sequence[str] = _UCI_SEPARATOR.split(uci.removeprefix("URN:UVCI:"))
    return parts[index] if 0 <= index < len(parts) else None

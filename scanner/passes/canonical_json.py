"""JSON in its one canonical writing (RFC 8785), for what signed passes hold.

Promises members in the order of their names' UTF-16 code units, no blanks, and the escapes of
the RFC. Refused are numbers that programs write in more than one way: fractions, and whole
numbers beyond 2^53 - 1, which no pass in this form has.
"""

import json
from typing import Any, Final

from scanner.terms import Reason, Refused

# Larger ones are rounded by whoever keeps them in 64 bits of floating point (RFC 7493).
MAX_WHOLE: Final = (1 << 53) - 1

# Python escapes what the RFC escapes, and as it does: \b \t \n \f \r \" \\ and \u00xx.
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def encode(told: Any) -> bytes:
    """Return the canonical writing of a JSON value, or raise `Refused(malformed)`."""
    try:
        return _ENCODER.encode(_ordered(told)).encode()
    except UnicodeEncodeError:
        raise Refused(Reason.MALFORMED, "a text with half a character") from None


def _ordered(told: Any) -> Any:
    # Exact types, the likely ones first: the decoder makes no others.
    kind = type(told)
    if kind is str or told is None or kind is bool:
        return told
    if kind is dict:
        return {name: _ordered(told[name]) for name in _sorted(told)}
    if kind is list:
        return [_ordered(inner) for inner in told]
    if kind is int and -MAX_WHOLE <= told <= MAX_WHOLE:
        return told
    raise Refused(Reason.MALFORMED, "a number that has no one writing")


def _sorted(names: dict[str, Any]) -> list[str]:
    # In ASCII the characters have the order of their code units.
    if "".join(names).isascii():
        return sorted(names)
    return sorted(names, key=_code_units)


def _code_units(name: str) -> bytes:
    return name.encode("utf-16-be")

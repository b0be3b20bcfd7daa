"""JSON that somebody signed (RFC 8259), read strictly: one text, one meaning.

Promises an object of texts, numbers, truths, nulls, lists and objects, bounded in size, depth
and digits. Refused, because readers differ about them: a name that stands twice, NaN and
Infinity (also as 1e999), half a surrogate pair, a byte order mark, any encoding but UTF-8.
"""

import json
import math
from typing import Any, Final, NoReturn

from scanner.terms import Reason, Refused

# What a code may inflate to; a card of an issuer has a few thousand bytes.
MAX_JSON_BYTES: Final = 64 * 1024
# A FHIR bundle in a card is 12 deep.
MAX_DEPTH: Final = 32
# Nanoseconds since 1970 have 19 digits, and no pass counts further.
MAX_DIGITS: Final = 20


def read(data: bytes) -> dict[str, Any]:
    """Return the object that `data` holds, or raise `Refused(malformed)`."""
    if len(data) > MAX_JSON_BYTES:
        raise Refused(Reason.MALFORMED, f"JSON of more than {MAX_JSON_BYTES} bytes")
    try:
        told = _DECODER.decode(data.decode())
    except (ValueError, RecursionError):
        raise Refused(Reason.MALFORMED, "broken JSON") from None
    if not isinstance(told, dict):
        raise Refused(Reason.MALFORMED, "JSON, but no object")
    _check_depth(told)
    if b"\\u" in data:
        _check_texts(told)
    return told


def _check_depth(told: dict[str, Any]) -> None:
    level: list[Any] = [told]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for one in level
            for inner in (one.values() if type(one) is dict else one)
            if type(inner) is dict or type(inner) is list
        ]
        if not level:
            return
    raise Refused(Reason.MALFORMED, f"JSON deeper than {MAX_DEPTH} levels")


def _check_texts(told: dict[str, Any]) -> None:
    """Refuse half a surrogate pair, which only an escape can say and no encoding can write."""
    try:
        json.dumps(told, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Refused(Reason.MALFORMED, "a text with half a character") from None


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(members)
    if len(told) != len(members):
        raise Refused(Reason.MALFORMED, "a name stands twice in JSON")
    return told


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise Refused(Reason.MALFORMED, f"a number of more than {MAX_DIGITS} digits")
    return int(digits)


def _fraction(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise Refused(Reason.MALFORMED, "a number without bounds")
    return number


def _constant(_: str) -> NoReturn:
    raise Refused(Reason.MALFORMED, "NaN or Infinity, which is no JSON")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_whole, parse_float=_fraction, parse_constant=_constant
)

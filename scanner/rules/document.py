"""The text of a rule-set file as JSON, read strictly (RFC 8259), bounded in size and depth.

Refused, because an author meant something else: a name that stands twice, NaN and Infinity,
numbers that nobody counts to, any encoding but UTF-8.
"""

import json
import math
from typing import Any, Final, NoReturn

from scanner.terms import InputError

# All rules of all countries, as they were published together, have below 3 MB.
MAX_BYTES: Final = 4 * 1024 * 1024
# Published rules are some 30 deep, and nothing else comes near.
MAX_DEPTH: Final = 128
_MAX_DIGITS: Final = 18


def parse(content: bytes) -> Any:
    """Return what a file holds, or raise `InputError` saying what is wrong with it."""
    if len(content) > MAX_BYTES:
        raise InputError(f"longer than {MAX_BYTES} bytes, which no rule set is")
    try:
        written = content.decode("utf-8-sig")
        if not written.strip():
            raise InputError("empty; copy a rule set into it, or take it away")
        told = _DECODER.decode(written)
    except UnicodeDecodeError:
        raise InputError("no text in UTF-8; save the file as UTF-8") from None
    except json.JSONDecodeError as error:
        raise InputError(f"line {error.lineno}: no JSON: {error.msg}") from None
    except RecursionError:
        raise _too_deep() from None
    _check_depth(told)
    return told


def _check_depth(told: Any) -> None:
    level: list[Any] = [[told]]
    for _ in range(MAX_DEPTH + 1):
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise _too_deep()


def _too_deep() -> InputError:
    return InputError(f"nested deeper than {MAX_DEPTH} levels, which no rule set is")


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, value in members:
        if name in told:
            raise InputError(f"{name[:40]!r} stands twice in one object; leave one of them out")
        told[name] = value
    return told


def _whole(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise InputError(f"a number of more than {_MAX_DIGITS} digits")
    return int(digits)


def _fraction(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise InputError(f"{digits[:40]} is beyond all numbers")
    return number


def _constant(name: str) -> NoReturn:
    raise InputError(f"{name} is no JSON; give a number")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_whole, parse_float=_fraction, parse_constant=_constant
)

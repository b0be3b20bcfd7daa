"""CBOR (RFC 8949) read strictly: one encoding of a value and no other is accepted.

cbor2 does the decoding; added here: definite lengths, shortest heads, no duplicate
keys and none but numbers and text, no trailing bytes, no tag but those named, at most
16 levels, and no simple value but false, true, null and undefined. Floats may have any
width, as found in genuine passes.
"""

from collections.abc import Callable
from typing import Any, Final

import cbor2

from scanner.terms import Reason, Refused

# A DCC nests 6 levels deep; more is no pass.
MAX_DEPTH: Final = 16

_DATE_TEXT_TAG: Final = 0
_TAG_MAJOR: Final = 6
_SIMPLE_MAJOR: Final = 7
_STRING_MAJORS: Final = (2, 3)
_MAP_MAJOR: Final = 5
# Head bytes that follow by additional information, and the least value they may hold.
_FOLLOWING: Final = {24: (1, 24), 25: (2, 1 << 8), 26: (4, 1 << 16), 27: (8, 1 << 32)}


def _refuse_tag(*_: object) -> Any:
    raise Refused(Reason.MALFORMED, "a CBOR tag that no pass uses")


def _date_text(value: object, *_: object) -> str:
    if not isinstance(value, str):
        raise Refused(Reason.MALFORMED, "CBOR tag 0 on something else than text")
    return value


class _Readers(dict[int, Callable[..., Any]]):
    """Readers of the tags that count; asked for any other, cbor2's own or not, it refuses.

    cbor2 interprets some tags by itself (bignums, internet addresses, regular expressions,
    cyclic references), more of them with each version; a list of them would age.
    """

    def __missing__(self, tag: int) -> Callable[..., Any]:
        return _refuse_tag


_NO_TAGS: Final = _Readers()
_DATE_TEXT: Final = _Readers({_DATE_TEXT_TAG: _date_text})


def decode(data: bytes) -> Any:
    """Return the one value that `data` encodes without any tag, or raise `Refused(malformed)`."""
    return _decode(data, _NO_TAGS)


def decode_claims(data: bytes) -> Any:
    """Like `decode`, but tag 0 (a date as text) gives its text, as some issuers write it."""
    return _decode(data, _DATE_TEXT)


def _decode(data: bytes, readers: _Readers) -> Any:
    try:
        value = cbor2.loads(
            data,
            semantic_decoders=readers,
            max_depth=MAX_DEPTH,
            allow_indefinite=False,
            allow_duplicate_keys=False,
        )
        # Encoding again gives the shortest form; equal bytes prove it without a walk.
        # Other bytes may still be strict: floats come out wide, and tag 0 is gone.
        if cbor2.dumps(value) != data:
            _walk(data)
        _check_types(value)
    except Refused:
        raise
    except (cbor2.CBORError, ValueError, TypeError, RecursionError, OverflowError) as error:
        raise Refused(Reason.MALFORMED, f"broken CBOR ({type(error).__name__})") from None
    return value


def _check_types(value: object) -> None:
    """Refuse simple values, and keys but numbers and text: 1.0 and true would pass for 1."""
    kind = type(value)
    if kind is dict:
        for name, inner in value.items():  # type: ignore[attr-defined]  # a dict, as asked
            if type(name) is not int and type(name) is not str:
                raise Refused(Reason.MALFORMED, "a CBOR map key that no pass uses")
            _check_types(inner)
    elif kind is list:
        for inner in value:  # type: ignore[attr-defined]  # a list, as asked
            _check_types(inner)
    elif kind is cbor2.CBORSimpleValue:
        raise Refused(Reason.MALFORMED, "a CBOR simple value that no pass uses")


def _walk(data: bytes) -> None:
    """Check every head of already decoded `data` for the shortest form, and the end."""
    at = 0
    pending = 1
    while pending:
        pending -= 1
        major, info = data[at] >> 5, data[at] & 0x1F
        at += 1
        size, least = _FOLLOWING.get(info, (0, 0))
        value = int.from_bytes(data[at : at + size], "big") if size else info
        at += size
        if major == _SIMPLE_MAJOR:
            continue  # false, true, null, undefined, or a float, which may have any width
        if value < least:
            raise Refused(Reason.MALFORMED, "CBOR that is not in its shortest form")
        if major in _STRING_MAJORS:
            at += value
        elif major == _TAG_MAJOR:
            pending += 1
        elif major > max(_STRING_MAJORS):
            pending += value * (2 if major == _MAP_MAJOR else 1)
    if at != len(data):
        raise Refused(Reason.MALFORMED, "bytes after the end of the CBOR")

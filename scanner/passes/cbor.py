"""CBOR (RFC 8949) read strictly: one encoding of a value and no other is accepted.

cbor2 does the decoding; added here: definite lengths, shortest heads, no duplicate
keys and none but numbers and text, no trailing bytes, no tag but those named, at most
16 levels, and no simple value but false, true, null and undefined. Floats may have any
width, as found in genuine passes.
"""

import hashlib
import marshal
import re
from collections.abc import Callable, Mapping
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


# A head longer than needed looks like this, and so does text by chance: what matches is
# walked. A byte below 24 after a head that takes one byte, or a zero after one that takes more.
_LONG: Final = rb"\x18-\x1b\x38-\x3b\x58-\x5b\x78-\x7b\x98-\x9b\xb8-\xbb\xd8-\xdb"
_ONE_FOLLOWS: Final = rb"\x18\x38\x58\x78\x98\xb8\xd8"
_MAYBE_LONGER: Final = re.compile(
    rb"[\x00-\x17](?<=[%b].)(?:(?<=\x00)|(?<=[%b].))" % (_LONG, _ONE_FOLLOWS), re.DOTALL
)
_KEY_TYPES: Final = frozenset((int, str))
_PAIR: Final = b"\x82"
_SHA256_STRING: Final = b"\x58\x20"


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


def read(data: bytes) -> Any:
    """Like `decode`, but leave it to the caller to `check_form` and `check_types`."""
    return _read(data, _NO_TAGS, max_depth=MAX_DEPTH)


def head_bytes(value: int) -> int:
    """Return how long the shortest head of `value` is, for values below 65,536."""
    if value < 24:  # noqa: PLR2004 - the head's own byte holds it
        return 1
    return 2 if value < 1 << 8 else 3


def _decode(data: bytes, readers: _Readers) -> Any:
    """Read `data` as the first half of a pair whose other half is its digest.

    cbor2 does not tell where it stopped. Only bytes after the end could stand in for the
    second half, and they would have to contain their own digest.
    """
    digest = hashlib.sha256(data).digest()
    pair = _PAIR + data + _SHA256_STRING + digest
    value, end = _read(pair, readers, max_depth=MAX_DEPTH + 1)
    if end != digest:
        raise Refused(Reason.MALFORMED, "bytes after the end of the CBOR")
    if _MAYBE_LONGER.search(data):
        check_form(data)
    check_types(value)
    return value


def _read(data: bytes, readers: _Readers, *, max_depth: int) -> Any:
    try:
        return cbor2.loads(
            data,
            semantic_decoders=readers,
            max_depth=max_depth,
            allow_indefinite=False,
            allow_duplicate_keys=False,
        )
    except (cbor2.CBORError, ValueError, TypeError, RecursionError, OverflowError) as error:
        raise Refused(Reason.MALFORMED, f"broken CBOR ({type(error).__name__})") from None


def check_types(value: Any) -> None:
    """Refuse simple values, and keys but numbers and text in the outermost map.

    1.0 and true would pass for the key 1. Maps further inside are for whoever looks
    something up in them: `check_keys`.
    """
    if type(value) is dict:
        check_keys(value)
    try:
        # Takes only built-in types, and looks at all of them within a microsecond.
        marshal.dumps(value)
    except ValueError:
        _check_each_type(value)


def check_keys(members: Mapping[Any, Any]) -> None:
    """Refuse a map with other keys than whole numbers and text."""
    if not _KEY_TYPES.issuperset(map(type, members)):
        raise Refused(Reason.MALFORMED, "a CBOR map key that no pass uses")


def _check_each_type(value: Any) -> None:
    if isinstance(value, dict):
        for pair in value.items():
            _check_each_type(pair)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            _check_each_type(inner)
    elif isinstance(value, cbor2.CBORSimpleValue):
        raise Refused(Reason.MALFORMED, "a CBOR simple value that no pass uses")


def check_form(data: bytes) -> None:
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

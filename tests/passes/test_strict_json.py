"""Signed JSON has one meaning, or it is refused; nothing else comes out."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.passes import strict_json
from scanner.passes.strict_json import MAX_DEPTH, MAX_DIGITS, MAX_JSON_BYTES
from scanner.terms import Reason, Refused


def nested(levels: int, *, opening: str = '{"a":', closing: str = "}") -> bytes:
    return (opening * levels + "1" + closing * levels).encode()


GOOD: dict[str, tuple[bytes, dict[str, Any]]] = {
    "an empty object": (b"{}", {}),
    "all kinds of values": (
        '{"a":[1,-2.5,true,false,null,"ü"],"b":{"a":"\\u00fc"}}'.encode(),
        {"a": [1, -2.5, True, False, None, "ü"], "b": {"a": "ü"}},
    ),
    "a character in two escapes": (b'{"a":"\\ud83d\\ude00"}', {"a": "\U0001f600"}),
    "an escaped backslash before a u": (b'{"a":"\\\\ud83d"}', {"a": "\\ud83d"}),
    "blanks around values": (b' { "a" : 1 }\n', {"a": 1}),
    "the most digits": (b'{"a":' + b"9" * MAX_DIGITS + b"}", {"a": 10**MAX_DIGITS - 1}),
    "a fraction of many digits": (b'{"a":0.' + b"1" * 400 + b"}", {"a": 1 / 9}),
    "a name once in each of two objects": (
        b'{"a":{"b":1},"c":{"b":2}}',
        {"a": {"b": 1}, "c": {"b": 2}},
    ),
}

BAD: dict[str, bytes] = {
    "nothing": b"",
    "a list": b"[]",
    "a text": b'"a"',
    "a number": b"1",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a":1}'.encode("utf-16-le"),
    "no UTF-8": b'{"a":"\xff"}',
    "half a character in bytes": b'{"a":"\xed\xa0\xbd"}',
    "half a character in an escape": b'{"a":"\\ud83d"}',
    "half a character as a name": b'{"\\uDE00":1}',
    "half a character deep inside": b'{"a":[{"b":["\\ud83d"]}]}',
    "a name that stands twice": b'{"a":1,"a":1}',
    "a name that stands twice by an escape": b'{"a":1,"\\u0061":1}',
    "a name that stands twice deep inside": b'{"a":[{"b":{"c":1,"c":2}}]}',
    "NaN": b'{"a":NaN}',
    "Infinity": b'{"a":Infinity}',
    "-Infinity": b'{"a":-Infinity}',
    "a number beyond all bounds": b'{"a":1e999}',
    "a number of too many digits": b'{"a":' + b"9" * (MAX_DIGITS + 1) + b"}",
    "a number of 60,000 digits": b'{"a":' + b"9" * 60_000 + b"}",
    "single quotes": b"{'a':1}",
    "a comma too many": b'{"a":1,}',
    "a comment": b'{"a":1}//',
    "something behind": b'{"a":1}{}',
    "a line break in a text": b'{"a":"\n"}',
    "a leading zero": b'{"a":01}',
    "no end": b'{"a":1',
    "one level too many": nested(MAX_DEPTH + 1),
    "lists one level too deep": nested(MAX_DEPTH, opening="[", closing="]").join((b'{"a":', b"}")),
    "levels without end": b'{"a":' + b"[" * 60_000,
    "thousands of levels": nested(10_000),
    "too many bytes": b'{"a":"' + b"a" * MAX_JSON_BYTES + b'"}',
}  # fmt: skip


@pytest.mark.parametrize(("data", "told"), GOOD.values(), ids=GOOD.keys())
def test_an_object_is_read(data: bytes, told: dict[str, Any]) -> None:
    assert strict_json.read(data) == told


def test_the_deepest_object_is_read() -> None:
    assert strict_json.read(nested(MAX_DEPTH))


def test_the_largest_object_is_read() -> None:
    data = b'{"a":"' + b"a" * (MAX_JSON_BYTES - 8) + b'"}'
    assert len(data) == MAX_JSON_BYTES
    assert strict_json.read(data)


@pytest.mark.parametrize("data", BAD.values(), ids=BAD.keys())
def test_what_has_two_meanings_or_none_is_malformed(data: bytes) -> None:
    with pytest.raises(Refused) as refused:
        strict_json.read(data)
    assert refused.value.reason is Reason.MALFORMED


@given(st.binary(max_size=60))
def test_any_bytes_are_read_as_they_are_or_refused(data: bytes) -> None:
    whole = b'{"a":' + data + b"}"
    try:
        told = strict_json.read(whole)
    except Refused:
        return
    assert told == json.loads(whole)

"""Canonical JSON (RFC 8785): one writing of a value, and no number that has two."""

import json
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.passes import canonical_json
from scanner.terms import Reason, Refused

WRITTEN: Final[dict[str, tuple[Any, str]]] = {
    "an empty object": ({}, "{}"),
    "an empty list": ([], "[]"),
    "names in order, at every level": (
        {"b": {"d": 1, "c": 2}, "a": [{"f": 3, "e": 4}]},
        '{"a":[{"e":4,"f":3}],"b":{"c":2,"d":1}}',
    ),
    "upper case before lower case": ({"a": 1, "B": 2}, '{"B":2,"a":1}'),
    "true, false and null": ([True, False, None], "[true,false,null]"),
    "whole numbers up to 2^53 - 1": (
        [0, -1, 9007199254740991, -9007199254740991],
        "[0,-1,9007199254740991,-9007199254740991]",
    ),
    "escapes that have a letter": ('\b\t\n\f\r"\\', '"\\b\\t\\n\\f\\r\\"\\\\"'),
    "escapes that have none": ("\0\x1f\x0b", '"\\u0000\\u001f\\u000b"'),
    "what is not escaped": ("/\x7f<>&'\u2028é\U0001f600", '"/\x7f<>&\'\u2028é\U0001f600"'),
    # RFC 8785 section 3.2.3: the same names in the same order.
    "names by their UTF-16 code units": (
        dict.fromkeys(("€", "\r", "\ufb33", "1", "\U0001f600", "\x80", "ö"), 0),
        '{"\\r":0,"1":0,"\x80":0,"ö":0,"€":0,"\U0001f600":0,"\ufb33":0}',
    ),
}


@pytest.mark.parametrize(("value", "text"), WRITTEN.values(), ids=WRITTEN.keys())
def test_a_value_has_one_writing(value: object, text: str) -> None:
    assert canonical_json.encode(value) == text.encode()


REFUSED: Final[dict[str, Any]] = {
    "a fraction": 1.5,
    "a whole number as a fraction": 1.0,
    "a number beyond 2^53 - 1": 1 << 53,
    "a number beyond - 2^53 + 1": -(1 << 53),
    "a number deep inside": {"a": [[{"b": 0.1}]]},
    "bytes": b"x",
    "half a character": "\ud800",
    "half a character in a name": {"\udc00": 1},
    "half a character among names": {"\udc00": 1, "é": 2},
}


@pytest.mark.parametrize("value", REFUSED.values(), ids=REFUSED.keys())
def test_what_has_no_one_writing_is_malformed(value: object) -> None:
    with pytest.raises(Refused) as refused:
        canonical_json.encode(value)
    assert refused.value.reason is Reason.MALFORMED


VALUES: Final = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_reading_the_writing_gives_the_value_and_the_same_writing_again(value: object) -> None:
    text = canonical_json.encode(value)
    told = json.loads(text)
    assert told == value
    assert canonical_json.encode(told) == text

"""CBOR is accepted in one encoding of a value and no other, and without surprises."""

from collections.abc import Callable
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.passes import cbor
from scanner.terms import Reason, Refused

Decode = Callable[[bytes], Any]
BOTH = pytest.mark.parametrize("decode", [cbor.decode, cbor.decode_claims])

WRONG = {
    "nothing": "",
    "a head without its bytes": "18",
    "a text shorter than its head says": "6361",
    "a byte after the end": "0100",
    "a second value": "a0a0",
    "the same text key twice": "a2616101616102",
    "the same number key twice": "a201010102",
    "the same key twice, written differently": "a20101180102",
    "a duplicate key deep inside": "81a1a26161016161020 0".replace(" ", ""),
    "a small number in one byte too many": "1817",
    "a number in two bytes that fits one": "1900ff",
    "a number in four bytes that fits two": "1a0000ffff",
    "a number in eight bytes that fits four": "1b00000000ffffffff",
    "a negative number in one byte too many": "3817",
    "a byte string with a long length": "580161",
    "a text with a long length": "780161",
    "a text with a longer length": "79000161",
    "an array with a long length": "980101",
    "a map with a long length": "b8010101",
    "a long head inside a map": "a1611861",
    "a long head inside an array, after a float": "82f93c001801",
    "an indefinite byte string": "5f4101ff",
    "an indefinite text": "7f6161ff",
    "an indefinite array": "9f01ff",
    "an indefinite map": "bf0101ff",
    "an indefinite array inside": "819fff",
    "a break alone": "ff",
    "a break inside": "81ff",
    "a reserved head": "1c",
    "a reserved head of a string": "5d",
    "a reserved simple value": "fc",
    "a text that is not UTF-8": "61ff",
    "a text with a surrogate": "63eda080",
    "a huge byte string": "5bffffffffffffffff",
    "a huge text": "7b7fffffffffffffff",
    "a huge array": "9bffffffffffffffff",
    "a huge map": "bb7fffffffffffffff",
    "a large array that is not there": "9a00ffffff",
    "simple value 0": "e0",
    "simple value 16": "f0",
    "simple value 19 inside": "81f3",
    "simple value 31": "f81f",
    "simple value 32": "f820",
    "simple value 255": "f8ff",
    "simple value 255 beside a float": "82f93c00f8ff",
    "simple value 16 beside a float": "82f93c00f0",
    "false in two bytes": "f814",
    "a simple value as a key": "a1f001",
    "a float as a key, which would pass for its number": "a1f93c0001",
    "true as a key, which would pass for 1": "a1f501",
    "two keys that are not a number": "a2f97e0001f97e0002",
    "null as a key": "a1f601",
    "bytes as a key": "a1416101",
    "an array as a key": "a1810102",
    "a map as a key": "a1a1010203",
    "a simple value deep inside": "a16161818181f0",
    "a bignum": "c249010000000000000000",
    "the time as a number under tag 1": "c11a514b67b0",
    "tag 0 on a number": "c001",
    "tag 0 on bytes": "c04161",
    "tag 0 in one byte too many": "d8006161",
    "a self-described value": "d9d9f701",
    "a cyclic list": "d81c81d81d00",
    "a regular expression": "d823632e2a2b",
    "an internet address": "d834447f000001",
    "an internet network": "d83482181844 7f000000".replace(" ", ""),
    "an internet address of version 6": "d83650" + "00" * 16,
    "COSE inside COSE": "d28440a04040",
    "a tag inside a key": "a1d8644101 01".replace(" ", ""),
}


@BOTH
@pytest.mark.parametrize("data", WRONG.values(), ids=WRONG.keys())
def test_what_is_not_strict_is_malformed(decode: Decode, data: str) -> None:
    with pytest.raises(Refused) as refused:
        decode(bytes.fromhex(data))
    assert refused.value.reason is Reason.MALFORMED


RIGHT: dict[str, tuple[str, Any]] = {
    "zero": ("00", 0),
    "the largest number": ("1bffffffffffffffff", 2**64 - 1),
    "the smallest number": ("3bffffffffffffffff", -(2**64)),
    "the least number of each width": ("8418181901001a000100001b0000000100000000",
                                       [24, 256, 65536, 2**32]),
    "bytes": ("420102", b"\x01\x02"),
    "text": ("62c3bc", "ü"),
    "an empty map in an empty key": ("a160a0", {"": {}}),
    "false, true and null": ("83f4f5f6", [False, True, None]),
    "undefined": ("f7", cbor2.undefined),
    "a float of half width": ("f93e00", 1.5),
    "the same float of single width": ("fa3fc00000", 1.5),
    "the same float of double width": ("fb3ff8000000000000", 1.5),
    "a float of the same value as a short number": ("fa3f800000", 1.0),
    "floats between strict values": ("84fa3fc0000018186161f90000", [1.5, 24, "a", 0.0]),
    "infinity": ("f97c00", float("inf")),
    "infinity of double width": ("fb7ff0000000000000", float("inf")),
    "a map with floats and strings": ("a2616141016162fb3ff8000000000000", {"a": b"\x01", "b": 1.5}),
}  # fmt: skip


@BOTH
@pytest.mark.parametrize(("data", "value"), RIGHT.values(), ids=RIGHT.keys())
def test_strict_values_are_read(decode: Decode, data: str, value: object) -> None:
    assert decode(bytes.fromhex(data)) == value


def test_not_a_number_of_any_width_is_read_for_the_format_to_refuse() -> None:
    for data in ("f97e00", "fa7fc00000", "fb7ff8000000000000", "fb7ff8000000000001"):
        assert str(cbor.decode(bytes.fromhex(data))) == "nan"


def test_a_date_under_tag_0_gives_its_text_in_claims_only() -> None:
    dated = bytes.fromhex("a16264 74c06a323032362d30362d3031".replace(" ", ""))
    assert cbor.decode_claims(dated) == {"dt": "2026-06-01"}
    with pytest.raises(Refused):
        cbor.decode(dated)


def test_strictness_does_not_end_at_a_tag_0() -> None:
    long_head = bytes.fromhex("82c061611801")
    with pytest.raises(Refused):
        cbor.decode_claims(long_head)


# Contents for which the decoder has some meaning under one tag or another.
CONTENTS = [
    bytes.fromhex(content)
    for content in (
        "01", "20", "6161", "63312f32", "6a323032362d30362d3031", "41ff", "447f000001",
        "50" + "00" * 16, "46" + "00" * 6, "80", "820102", "82181 8447f000001".replace(" ", ""),
        "821818437f0000", "83010203", "a0", "a10102", "f93c00", "f6",
    )
]  # fmt: skip


@BOTH
def test_no_tag_gets_through_whatever_it_holds(decode: Decode) -> None:
    sampled = {*range(512), *range(512, 70_001, 97), 1004, 43000, 55799, 65535, 65536, 70000}
    sampled |= {2**32 - 1, 2**32, 2**63, 2**64 - 1}
    through = set()
    for tag in sampled:
        head = cbor2.dumps(cbor2.CBORTag(tag, 0))[:-1]
        for content in CONTENTS:
            try:
                decode(head + content)
            except Refused:
                continue
            else:
                through.add((tag, content[0] >> 5))
    assert through == (set() if decode is cbor.decode else {(0, 3)})


def test_sixteen_levels_are_read_and_a_hundred_thousand_refused() -> None:
    def nested(levels: int) -> bytes:
        return b"\x81" * levels + b"\x80"

    assert cbor.decode(nested(cbor.MAX_DEPTH - 1))
    for levels in (cbor.MAX_DEPTH + 1, 400, 100_000):
        with pytest.raises(Refused):
            cbor.decode(nested(levels))


def _has_a_float(value: object) -> bool:
    if isinstance(value, dict):
        return any(_has_a_float(key) or _has_a_float(inner) for key, inner in value.items())
    if isinstance(value, (list, tuple)):
        return any(map(_has_a_float, value))
    return isinstance(value, float)


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**64), 2**64 - 1), st.text(max_size=30),
    st.binary(max_size=30), st.floats(),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.dictionaries(st.one_of(st.text(max_size=5), st.integers(-300, 300)), inner, max_size=5),
    ),
    max_leaves=20,
)


@given(VALUES)
def test_whatever_an_issuer_writes_shortly_is_read_back(value: object) -> None:
    data = cbor2.dumps(value)
    assert cbor2.dumps(cbor.decode(data)) == data


@given(VALUES, st.data())
def test_a_changed_byte_gives_a_strict_value_or_a_refusal(
    value: object, data: st.DataObject
) -> None:
    encoded = bytearray(cbor2.dumps(value))
    at = data.draw(st.integers(0, len(encoded) - 1))
    encoded[at] = data.draw(st.integers(0, 255))
    _expect_strict_or_refused(bytes(encoded))


@given(st.binary(max_size=40))
def test_random_bytes_give_a_strict_value_or_a_refusal(data: bytes) -> None:
    _expect_strict_or_refused(data)


def _expect_strict_or_refused(data: bytes) -> None:
    try:
        value = cbor.decode(data)
    except Refused:
        return
    if not _has_a_float(value):
        assert cbor2.dumps(value) == data

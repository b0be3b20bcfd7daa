"""Flat protobuf messages are read strictly, and nothing makes the reading long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.passes.protobuf import read
from scanner.publish.pretix import varint
from scanner.terms import Reason, Refused

READ = {
    "nothing": (b"", {}),
    "a number": (b"\x08\x96\x01", {1: 150}),
    "a text": (b"\x12\x07testing", {2: b"testing"}),
    "an empty text": (b"\x12\x00", {2: b""}),
    "eight bytes": (
        b"\x19\x01\x02\x03\x04\x05\x06\x07\x08",
        {3: b"\x01\x02\x03\x04\x05\x06\x07\x08"},
    ),
    "four bytes": (b"\x25\x01\x02\x03\x04", {4: b"\x01\x02\x03\x04"}),
    "the largest number": (b"\x08" + b"\xff" * 9 + b"\x01", {1: 2**64 - 1}),
    "a number written long": (b"\x08\x81\x80\x00", {1: 1}),
    "the largest field": (varint(2**32 - 8) + b"\x01", {2**29 - 1: 1}),
    "a field twice": (b"\x08\x01\x08\x02", {1: 2}),
}
WRONG = {
    "a tag alone": b"\x08",
    "an endless tag": b"\x80" * 20,
    "an endless number": b"\x08" + b"\x80" * 20,
    "a number of eleven bytes": b"\x08" + b"\x80" * 10 + b"\x01",
    "a number above 64 bits": b"\x08" + b"\xff" * 9 + b"\x02",
    "a number that ends early": b"\x08\x80",
    "field nought": b"\x00\x01",
    "a field beyond the largest": varint(2**32) + b"\x01",
    "a text longer than the message": b"\x12\x02x",
    "a text of 2^63 bytes": b"\x12" + b"\xff" * 9 + b"\x01",
    "eight bytes cut off": b"\x19" + bytes(7),
    "four bytes cut off": b"\x25" + bytes(3),
    "a group": b"\x0b\x0c",
    "the end of a group": b"\x0c",
    "wire type 6": b"\x0e",
    "wire type 7": b"\x0f",
}


@pytest.mark.parametrize(("data", "fields"), READ.values(), ids=READ.keys())
def test_a_message_is_read(data: bytes, fields: dict[int, int | bytes]) -> None:
    assert read(data) == fields


@pytest.mark.parametrize("data", WRONG.values(), ids=WRONG.keys())
def test_anything_else_is_malformed(data: bytes) -> None:
    with pytest.raises(Refused) as refused:
        read(data)
    assert refused.value.reason is Reason.MALFORMED


@given(st.integers(0, 2**64 - 1))
def test_every_number_comes_back(value: int) -> None:
    assert read(b"\x08" + varint(value)) == {1: value}


@given(st.binary(max_size=60))
def test_no_bytes_bring_anything_but_fields_or_a_refusal(data: bytes) -> None:
    try:
        fields = read(data)
    except Refused:
        return
    assert all(number > 0 for number in fields)

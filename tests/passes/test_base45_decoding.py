"""Base45 is read as RFC 9285 writes it, and nothing else is read as base45."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.passes.base45 import ALPHABET, decode
from scanner.publish import base45 as writing
from scanner.terms import Reason, Refused

# RFC 9285, sections 4.3 and 4.4.
PUBLISHED = {
    "BB8": b"AB",
    "%69 VD92EX0": b"Hello!!",
    "UJCLQE7W581": b"base-45",
    "QED8WEX0": b"ietf!",
}


@pytest.mark.parametrize(("text", "plain"), PUBLISHED.items())
def test_the_examples_of_the_specification_are_read(text: str, plain: bytes) -> None:
    assert decode(text.encode()) == plain


def test_nothing_encodes_nothing() -> None:
    assert decode(b"") == b""


@pytest.mark.parametrize("text", ["000", "00", "U5", "FGW", "00000", "FGWFGWU5"])
def test_the_smallest_and_the_largest_groups_are_read(text: str) -> None:
    assert writing.encode(decode(text.encode())) == text


WRONG = {
    "a lower-case letter": b"bb8",
    "a character outside the alphabet": b"BB_",
    "a byte outside ASCII": b"BB\xff",
    "a NUL": b"BB\x00",
    "a line end": b"BB8\n",
    "one character left over": b"BB8B",
    "one character alone": b"0",
    "a group of three above 65535": b"GGW",
    "the largest group": b":::",
    "a group above 65535 before a good one": b":::BB8",
    "a group above 65535 after a good one": b"BB8:::",
    "a last pair above 255": b"::",
    "a last pair of just 256": b"V5",
    "a foreign character in the last pair": b"BB8B!",
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG.keys())
def test_anything_else_is_malformed(text: bytes) -> None:
    with pytest.raises(Refused) as refused:
        decode(text)
    assert refused.value.reason is Reason.MALFORMED


@pytest.mark.parametrize("code", sorted(set(range(256)) - set(ALPHABET)))
def test_every_foreign_byte_is_malformed_wherever_it_stands(code: int) -> None:
    for text in (bytes([code]) + b"00", b"0" + bytes([code, 0x30]), b"000" + bytes([code, 0x30])):
        with pytest.raises(Refused):
            decode(text)


@given(st.binary(max_size=600))
def test_what_the_issuer_writes_is_read_back(data: bytes) -> None:
    assert decode(writing.encode(data).encode()) == data


@given(st.text(alphabet=ALPHABET.decode(), max_size=60))
def test_a_text_has_one_reading_or_none(text: str) -> None:
    try:
        data = decode(text.encode())
    except Refused:
        return
    assert writing.encode(data) == text


def _by_the_book(text: str) -> bytes | None:
    """Decode group by group, as the specification tells it; None when it may not be."""
    data = bytearray()
    for at in range(0, len(text), 3):
        group = [ALPHABET.index(character.encode()) for character in text[at : at + 3]]
        number = sum(value * 45**place for place, value in enumerate(group))
        size = len(group) - 1
        if size == 0 or number >= 256**size:
            return None
        data += number.to_bytes(size)
    return bytes(data)


@given(st.text(alphabet=ALPHABET.decode(), max_size=40))
def test_the_fast_reading_agrees_with_the_one_of_the_book(text: str) -> None:
    expected = _by_the_book(text)
    try:
        assert decode(text.encode()) == expected
    except Refused:
        assert expected is None

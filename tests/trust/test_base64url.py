"""base64url has one writing for some bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.trust import base64url

WRONG = {
    "padding": b"AA==",
    "one character": b"A",
    "five characters": b"AAAAA",
    "bits behind the last byte": b"AB",
    "plus": b"+AAA",
    "slash": b"/AAA",
    "a blank": b"AA AA",
    "a line end": b"AAAA\n",
    "a byte beyond ASCII": b"\xc3\xa4AA",
}


@given(st.binary(max_size=40))
def test_bytes_come_back(data: bytes) -> None:
    assert base64url.decode(base64url.encode(data)) == data


@given(st.binary(max_size=12))
def test_only_what_would_be_written_is_read(text: bytes) -> None:
    try:
        data = base64url.decode(text)
    except ValueError:
        return
    assert base64url.encode(data) == text


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG.keys())
def test_another_writing_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match="base64url"):
        base64url.decode(text)

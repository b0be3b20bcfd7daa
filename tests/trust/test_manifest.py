"""What a manifest may say, and that nothing else is taken for one."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from scanner.trust.manifest import (
    FORMAT,
    MAX_LISTS,
    MAX_MANIFEST_BYTES,
    PART_BYTES,
    Manifest,
    end_of_month,
    is_list_name,
    parse,
)
from scanner.trust.refusal import Cause, FeedRefused
from tests.trust.manifests import ISSUED, as_object, blob, delta, entry

DIGEST = "ab" * 32


def told(lists: Any = None, **instead: Any) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "issued": "2026-11-22T12:00:00Z",
        "min_wait_s": None,
        "lists": {"health": as_object()} if lists is None else lists,
        **instead,
    }


def one_list(**instead: Any) -> dict[str, Any]:
    return told({"health": as_object(**instead)})


def test_a_manifest_comes_back_as_it_was_written() -> None:
    large = blob(3 * PART_BYTES + 1)
    lists = {
        "health-2027-03": entry(delta(1, 2), delta(2, 3, adds=None, removes=70), seq=3, base_seq=1),
        "tickets": entry(seq=0, base_size=large.size),
    }
    manifest = Manifest(ISSUED, lists, min_wait_s=900)
    again = parse(manifest.to_bytes())
    assert again == manifest
    assert again.to_bytes() == manifest.to_bytes()


def test_the_last_part_of_a_blob_is_what_is_left() -> None:
    large = blob(2 * PART_BYTES + 5)
    assert [large.part_size(index) for index in range(3)] == [PART_BYTES, PART_BYTES, 5]
    assert blob(5).part_size(0) == 5


NOT_A_MANIFEST: dict[str, Any] = {
    "another format": told(format="door-scanner manifest 2"),
    "a member that is not agreed": told(extra=1),
    "no lists": {"format": FORMAT, "issued": "2026-11-22T12:00:00Z", "min_wait_s": None},
    "lists that are a list": told([]),
    "no object": [],
    "a time without an offset": told(issued="2026-11-22T12:00:00"),
    "a time that is a number": told(issued=1763812800),
    "a time before the calendar": told(issued="0001-01-01T00:00:00+14:00"),
    "a wait that is negative": told(min_wait_s=-1),
    "a wait of a month": told(min_wait_s=31 * 86400),
    "a wait that is true": told(min_wait_s=True),
    "too many lists": told({f"l{n}": as_object() for n in range(MAX_LISTS + 1)}),
    "a list that leads out of its folder": told({"../etc": as_object()}),
    "a list without a name": told({"": as_object()}),
    "a list that is a number": told({"health": 1}),
    "a list without a base": told(
        {"health": {k: v for k, v in as_object().items() if k != "base"}}
    ),
    "a seq below zero": one_list(seq=-1),
    "a seq that no reader keeps": one_list(seq=2**53),
    "a seq with a fraction": one_list(seq=2.0),
    "ids of 48 bits": one_list(k=8, r=5),
    "ids of 72 bits": one_list(k=16, r=7),
    "a fan-out of 2^25": one_list(k=25, r=4),
    "no bytes for the rest of an id": one_list(k=24, r=0),
    "more entries than a table counts": one_list(entries=2**32),
    "a table of 3 GiB": one_list(size=3 * 1024**3),
    "a digest in capitals": one_list(sha256="AB" * 32),
    "a digest that is short": one_list(sha256="ab" * 31),
    "a digest that is a number": one_list(sha256=7),
    "a base after the present state": one_list(
        base={"seq": 3, "entries": 5, "blob": {"size": 9, "sha256": DIGEST}}
    ),
    "a delta that leads nowhere": one_list(
        deltas=[{"from": 2, "to": 2, "adds": None, "removes": []}]
    ),
    "a delta that leads back": one_list(deltas=[{"from": 2, "to": 1, "adds": None, "removes": []}]),
    "a delta into the future": one_list(deltas=[{"from": 1, "to": 3, "adds": None, "removes": []}]),
    "deltas without end": one_list(
        deltas=[{"from": 1, "to": 2, "adds": None, "removes": []}] * 257
    ),
    "deltas that are an object": one_list(deltas={}),
    "an empty blob": one_list(
        deltas=[{"from": 1, "to": 2, "adds": {"size": 0, "sha256": DIGEST}, "removes": []}]
    ),
    "a large blob without its parts": one_list(
        base={"seq": 1, "entries": 5, "blob": {"size": PART_BYTES + 1, "sha256": DIGEST}}
    ),
    "a small blob with a part that it is not": one_list(
        base={"seq": 1, "entries": 5, "blob": {"size": 9, "sha256": DIGEST, "parts": ["cd" * 32]}}
    ),
    "a blob with parts too many": one_list(
        base={
            "seq": 1,
            "entries": 5,
            "blob": {"size": PART_BYTES + 1, "sha256": DIGEST, "parts": [DIGEST] * 3},
        }
    ),
}


@pytest.mark.parametrize("content", NOT_A_MANIFEST.values(), ids=NOT_A_MANIFEST.keys())
def test_what_is_not_agreed_is_refused(content: Any) -> None:
    with pytest.raises(FeedRefused) as refused:
        parse(json.dumps(content).encode())
    assert refused.value.cause is Cause.MALFORMED
    assert len(refused.value.detail) <= 300


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"format": 1, "format": 2}', b"NaN"]
)
def test_bytes_that_are_no_json_are_refused(content: bytes) -> None:
    with pytest.raises(FeedRefused) as refused:
        parse(content)
    assert refused.value.cause is Cause.MALFORMED


def test_a_manifest_larger_than_a_mebibyte_is_refused_unread() -> None:
    with pytest.raises(FeedRefused) as refused:
        parse(b" " * (MAX_MANIFEST_BYTES + 1))
    assert refused.value.cause is Cause.TOO_LARGE


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("health-2027-03", datetime(2027, 4, 1, tzinfo=UTC)),
        ("health-2027-12", datetime(2028, 1, 1, tzinfo=UTC)),
        ("health", None),
        ("health-2027-13", None),
        ("health-1999-01", None),
        ("2027-03", None),
    ],
)
def test_a_list_of_a_month_ends_with_it(name: str, end: datetime | None) -> None:
    assert end_of_month(name) == end


@pytest.mark.parametrize("name", ["-a", "A", "a.b", "a/b", "", "a" * 49, "a\n", "ä"])
def test_some_names_no_list_may_have(name: str) -> None:
    assert not is_list_name(name)

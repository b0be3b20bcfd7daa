"""The description of a generation comes back as written, and nothing else is taken for one."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from scanner.terms import InputError
from scanner.trust.generation import MAX_BYTES, Generation, StoredFile, StoredList, parse

DIGEST = "ab" * 32


def stored(path: str) -> StoredFile:
    return StoredFile(path, 5, DIGEST)


def generation() -> Generation:
    return Generation(
        number=3,
        issued=datetime(2026, 11, 22, 12, tzinfo=UTC),
        accepted_at=datetime(2026, 11, 22, 12, 5, tzinfo=UTC),
        source="https://lists.example/door/",
        root_version=1,
        timestamp_version=7,
        manifest_sha256=DIGEST,
        min_wait_s=900,
        lists={
            "health-2027-03": StoredList(
                seq=4,
                entries=12,
                sha256=DIGEST,
                table=stored("revoked/health-2027-03.table"),
                adds=stored("revoked/health-2027-03.adds"),
                removes=stored("revoked/health-2027-03.removes"),
            ),
            "tickets": StoredList(1, 8, DIGEST, stored("revoked/tickets.table"), None, None),
        },
        trust={"at.pem": stored("trust/at.pem")},
        rules={"kr": stored("rules/kr")},
        metadata=(stored("metadata/2.root.json"), stored("metadata/timestamp.json")),
        typed=stored("revoked/typed.txt"),
    )


def test_a_generation_comes_back_as_it_was_written() -> None:
    assert parse(generation().to_bytes()) == generation()


def test_it_names_every_file_once() -> None:
    paths = [one.path for one in generation().files]
    assert len(paths) == len(set(paths)) == 9
    assert generation().entries == 20


def broken(change: Callable[[dict[str, Any]], object]) -> bytes:
    told = json.loads(generation().to_bytes())
    change(told)
    return json.dumps(told).encode()


BROKEN: dict[str, Callable[[dict[str, Any]], object]] = {
    "another format": lambda g: g.update(format="2"),
    "number zero": lambda g: g.update(number=0),
    "a member too many": lambda g: g.update(more=1),
    "a member missing": lambda g: g.pop("trust"),
    "a path out of the folder": lambda g: g["typed"].update(path="revoked/../../x"),
    "a path into another folder": lambda g: g["typed"].update(path="trust/typed.txt"),
    "an absolute path": lambda g: g["typed"].update(path="/etc/passwd"),
    "a hidden file": lambda g: g["typed"].update(path="revoked/.x"),
    "a path that is a number": lambda g: g["typed"].update(path=5),
    "a source of two lines": lambda g: g.update(source="a\nb"),
    "a source without end": lambda g: g.update(source="a" * 1001),
    "a size below zero": lambda g: g["typed"].update(size=-1),
    "a list of a forbidden name": lambda g: g["lists"].update(UPPER=g["lists"]["tickets"]),
    "lists that are a list": lambda g: g.update(lists=[]),
    "a time that is none": lambda g: g.update(issued="soon"),
    "metadata without end": lambda g: g.update(metadata=g["metadata"] * 2000),
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN.keys())
def test_anything_else_is_refused(change: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(InputError):
        parse(broken(change))


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"[" * 100_000, b'{"a": 1, "a": 2}'])
def test_bytes_that_are_none_are_refused(content: bytes) -> None:
    with pytest.raises(InputError):
        parse(content)


def test_a_description_without_end_is_refused_unread() -> None:
    with pytest.raises(InputError):
        parse(b" " * (MAX_BYTES + 1))


def test_a_small_generation_needs_no_lists() -> None:
    told = json.loads(generation().to_bytes())
    told |= {"lists": {}, "typed": None, "min_wait_s": None}
    parsed = parse(json.dumps(told).encode())
    assert parsed.typed is None
    assert parsed.to_bytes() == Generation(**_fields(parsed)).to_bytes()
    assert len([*parsed.files]) == 4


def _fields(one: Generation) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Generation.__slots__}

"""What a door believes, as it lies on its disk: one generation, described by generation.json.

Written by whoever accepted it from a feed; read by the door, which finds every file named here
with its size and SHA-256, and needs no signature any more.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from scanner.terms import InputError, rfc3339
from scanner.trust import strict
from scanner.trust.manifest import (
    MAX_LISTS,
    MAX_SEQ,
    MAX_TABLE_BYTES,
    MAX_WAIT_S,
    is_list_name,
)

FORMAT: Final = "door-scanner generation 1"
NAME: Final = "generation.json"
MAX_BYTES: Final = 1024 * 1024
MAX_FILES: Final = 2000

_TARGET: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file below the generation's folder: its path there, size, and SHA-256 in hex."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class StoredList:
    """A list of revoked ids: a table, and what was added and removed since it was written.

    `sha256` and `entries` are of the list as a whole, at `seq`.
    """

    seq: int
    entries: int
    sha256: str
    table: StoredFile
    adds: StoredFile | None
    removes: StoredFile | None

    @property
    def files(self) -> Iterator[StoredFile]:
        """Yield the files of this list."""
        yield from (one for one in (self.table, self.adds, self.removes) if one is not None)


@dataclass(frozen=True, slots=True)
class Generation:
    """All that was accepted at once.

    `issued` is when the publisher said so, `accepted_at` the believed time at which its
    signatures were checked. `trust` and `rules` are files by the names that the feed gives
    them, `typed` the lines that are not looked up by id.
    """

    number: int
    issued: datetime
    accepted_at: datetime
    source: str
    root_version: int
    timestamp_version: int
    manifest_sha256: str
    min_wait_s: int | None
    lists: Mapping[str, StoredList]
    trust: Mapping[str, StoredFile]
    rules: Mapping[str, StoredFile]
    metadata: tuple[StoredFile, ...]
    typed: StoredFile | None

    @property
    def files(self) -> Iterator[StoredFile]:
        """Yield every file of the generation, but its description."""
        for one in self.lists.values():
            yield from one.files
        yield from (*self.trust.values(), *self.rules.values(), *self.metadata)
        if self.typed is not None:
            yield self.typed

    @property
    def entries(self) -> int:
        """Return how many ids the lists hold together."""
        return sum(one.entries for one in self.lists.values())

    def to_bytes(self) -> bytes:
        """Return the JSON, the same bytes for the same content."""
        told = {
            "format": FORMAT,
            "number": self.number,
            "issued": _stamp(self.issued),
            "accepted_at": _stamp(self.accepted_at),
            "source": self.source,
            "root_version": self.root_version,
            "timestamp_version": self.timestamp_version,
            "manifest_sha256": self.manifest_sha256,
            "min_wait_s": self.min_wait_s,
            "lists": {name: _list_object(one) for name, one in self.lists.items()},
            "trust": {name: _file_object(one) for name, one in self.trust.items()},
            "rules": {name: _file_object(one) for name, one in self.rules.items()},
            "metadata": [_file_object(one) for one in self.metadata],
            "typed": None if self.typed is None else _file_object(self.typed),
        }
        return (json.dumps(told, sort_keys=True, indent=1) + "\n").encode()


def parse(content: bytes) -> Generation:
    """Read generation.json; raise `InputError` for anything that it cannot be."""
    if len(content) > MAX_BYTES:
        raise InputError("larger than 1 MiB, no description of a generation")
    try:
        return _generation(json.loads(content, object_pairs_hook=strict.without_twins))
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise InputError(f"no description of a generation ({error})"[:300]) from None


def _generation(told: Any) -> Generation:
    strict.only(told, *(
        "format", "number", "issued", "accepted_at", "source", "root_version",
        "timestamp_version", "manifest_sha256", "min_wait_s", "lists", "trust", "rules",
        "metadata", "typed",
    ))  # fmt: skip
    if told["format"] != FORMAT:
        raise ValueError("of another format")
    wait, typed = told["min_wait_s"], told["typed"]
    return Generation(
        number=strict.whole(told["number"], low=1, high=MAX_SEQ),
        issued=rfc3339(told["issued"]).astimezone(UTC),
        accepted_at=rfc3339(told["accepted_at"]).astimezone(UTC),
        source=strict.words(told["source"]),
        root_version=strict.whole(told["root_version"], low=1, high=MAX_SEQ),
        timestamp_version=strict.whole(told["timestamp_version"], low=1, high=MAX_SEQ),
        manifest_sha256=strict.digest(told["manifest_sha256"]),
        min_wait_s=None if wait is None else strict.whole(wait, low=0, high=MAX_WAIT_S),
        lists={
            name: _list(one, name=name)
            for name, one in strict.members(told["lists"], most=MAX_LISTS)
        },
        trust=_files(told["trust"], folder="trust"),
        rules=_files(told["rules"], folder="rules"),
        metadata=tuple(
            _file(one, folder="metadata")
            for one in strict.several(told["metadata"], most=MAX_FILES)
        ),
        typed=None if typed is None else _file(typed, folder="revoked"),
    )


def _list(told: Any, *, name: str) -> StoredList:
    strict.only(told, "seq", "entries", "sha256", "table", "adds", "removes")
    if not is_list_name(name):
        raise ValueError("a name that no list may have")
    adds, removes = told["adds"], told["removes"]
    return StoredList(
        seq=strict.whole(told["seq"], low=0, high=MAX_SEQ),
        entries=strict.whole(told["entries"], low=0, high=MAX_SEQ),
        sha256=strict.digest(told["sha256"]),
        table=_file(told["table"], folder="revoked"),
        adds=None if adds is None else _file(adds, folder="revoked"),
        removes=None if removes is None else _file(removes, folder="revoked"),
    )


def _files(told: Any, *, folder: str) -> dict[str, StoredFile]:
    members = strict.members(told, most=MAX_FILES)
    return {name: _file(one, folder=folder) for name, one in members}


def _file(told: Any, *, folder: str) -> StoredFile:
    strict.only(told, "path", "size", "sha256")
    path = strict.words(told["path"])
    where, _, name = path.rpartition("/")
    if where != folder or not _TARGET.fullmatch(name):
        raise ValueError(f"a path that does not lead into {folder}/")
    size = strict.whole(told["size"], low=0, high=MAX_TABLE_BYTES)
    return StoredFile(path, size, strict.digest(told["sha256"]))


def _list_object(one: StoredList) -> dict[str, Any]:
    return {
        "seq": one.seq,
        "entries": one.entries,
        "sha256": one.sha256,
        "table": _file_object(one.table),
        "adds": None if one.adds is None else _file_object(one.adds),
        "removes": None if one.removes is None else _file_object(one.removes),
    }


def _file_object(one: StoredFile) -> dict[str, Any]:
    return {"path": one.path, "size": one.size, "sha256": one.sha256}


def _stamp(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="seconds")

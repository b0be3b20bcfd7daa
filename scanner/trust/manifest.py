"""The manifest: which lists of revoked ids there are, and how a door comes to have them.

One JSON object, signed as a target of the feed:

    {"format": "door-scanner manifest 1", "issued": TIME, "min_wait_s": 900, "lists": {NAME:
     {"seq", "k", "r", "entries", "size", "sha256", "base": {"seq", "entries", "blob"},
      "deltas": [{"from", "to", "adds": BLOB or null, "removes": [BLOB, ...]}, ...]}}}

`sha256` is that of the whole table at `seq`, whichever way a door came to it. A BLOB is
`{"size", "sha256", "parts"}`: bytes cut into parts of 1 MiB, named by their digests; a blob of
one part has no `parts`. A delta from a to b leads there from any state between a and b.
Anything else in it is refused: what is not understood must not be believed.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from scanner.terms import rfc3339
from scanner.trust import strict
from scanner.trust.refusal import Cause, FeedRefused

FORMAT: Final = "door-scanner manifest 1"
PART_BYTES: Final = 1024 * 1024
MAX_MANIFEST_BYTES: Final = 1024 * 1024
"""200 lists of 100 deltas each take half of it."""

MAX_LISTS: Final = 200
MAX_DELTAS: Final = 256
MAX_REMOVES: Final = 1024
MAX_SEQ: Final = 2**53 - 1
"""The largest whole number that every JSON reader keeps."""

MAX_TABLE_BYTES: Final = 2 * 1024**3
MAX_WAIT_S: Final = 7 * 24 * 3600
_MAX_ENTRIES: Final = 2**32 - 1
_MAX_K: Final = 24
_MAX_R: Final = 8
_MIN_BITS: Final = 56
"""Fewer bits, and somebody could find a pass whose id falls on a stranger's."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,47}")
_MONTH: Final = re.compile(r".*-(20[0-9]{2})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes somewhere on a server: how many, and the SHA-256 (hex) of all and of each part."""

    size: int
    sha256: str
    parts: tuple[str, ...]

    def part_size(self, index: int) -> int:
        """Return how many bytes a part holds."""
        return min(PART_BYTES, self.size - index * PART_BYTES)

    def to_object(self) -> dict[str, Any]:
        """Return it as it stands in JSON."""
        told: dict[str, Any] = {"size": self.size, "sha256": self.sha256}
        if self.parts != (self.sha256,):
            told["parts"] = list(self.parts)
        return told


@dataclass(frozen=True, slots=True)
class Base:
    """A whole table, as it was at `seq`."""

    seq: int
    entries: int
    blob: Blob


@dataclass(frozen=True, slots=True)
class Delta:
    """What was added and removed between two states; removed first, then added."""

    start: int
    end: int
    adds: Blob | None
    removes: tuple[Blob, ...]

    @property
    def blobs(self) -> tuple[Blob, ...]:
        """Return all that has to be fetched for it."""
        return (*self.removes, *(() if self.adds is None else (self.adds,)))


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One list: its state now, and the ways to it. `size` and `sha256` are of the table."""

    seq: int
    k: int
    r: int
    entries: int
    size: int
    sha256: str
    base: Base
    deltas: tuple[Delta, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """All lists at one moment; `issued` is when the publisher said so."""

    issued: datetime
    lists: Mapping[str, ListEntry]
    min_wait_s: int | None = None

    def to_bytes(self) -> bytes:
        """Return the JSON, the same bytes for the same content."""
        told = {
            "format": FORMAT,
            "issued": self.issued.astimezone(UTC).isoformat(timespec="seconds"),
            "min_wait_s": self.min_wait_s,
            "lists": {name: _entry_object(entry) for name, entry in self.lists.items()},
        }
        return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()


def end_of_month(name: str) -> datetime | None:
    """Return when all passes of a list `NAME-YYYY-MM` have expired; None for any other list."""
    found = _MONTH.fullmatch(name)
    if not found:
        return None
    year, month = int(found[1]), int(found[2])
    return datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)


def is_list_name(name: str) -> bool:
    """Say whether a list may be called so."""
    return _NAME.fullmatch(name) is not None


def parse(content: bytes) -> Manifest:
    """Read a manifest; raise `FeedRefused` (malformed, too_large) for anything that is none."""
    if len(content) > MAX_MANIFEST_BYTES:
        raise FeedRefused(Cause.TOO_LARGE, "the manifest is larger than 1 MiB")
    try:
        told = json.loads(content, object_pairs_hook=strict.without_twins)
        return _manifest(told)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        words = f"the manifest is not understood ({type(error).__name__}: {error})"
        raise FeedRefused(Cause.MALFORMED, words[:300]) from None


def _manifest(told: Any) -> Manifest:
    strict.only(told, "format", "issued", "min_wait_s", "lists")
    if told["format"] != FORMAT:
        raise ValueError("of another format")
    lists = dict(strict.members(told["lists"], most=MAX_LISTS))
    if not all(is_list_name(name) for name in lists):
        raise ValueError("a name that no list may have")
    wait = told["min_wait_s"]
    return Manifest(
        issued=rfc3339(told["issued"]).astimezone(UTC),
        min_wait_s=None if wait is None else strict.whole(wait, low=0, high=MAX_WAIT_S),
        lists={name: _entry(entry) for name, entry in lists.items()},
    )


def _entry(told: Any) -> ListEntry:
    strict.only(told, "seq", "k", "r", "entries", "size", "sha256", "base", "deltas")
    base = told["base"]
    strict.only(base, "seq", "entries", "blob")
    seq = strict.whole(told["seq"], low=0, high=MAX_SEQ)
    k, r = strict.whole(told["k"], low=0, high=_MAX_K), strict.whole(told["r"], low=1, high=_MAX_R)
    if not _MIN_BITS <= k + 8 * r <= 64:  # noqa: PLR2004 - bits of an id
        raise ValueError("ids of a width that is not used")
    return ListEntry(
        seq=seq,
        k=k,
        r=r,
        entries=strict.whole(told["entries"], low=0, high=_MAX_ENTRIES),
        size=strict.whole(told["size"], low=0, high=MAX_TABLE_BYTES),
        sha256=strict.digest(told["sha256"]),
        base=Base(
            strict.whole(base["seq"], low=0, high=seq),
            strict.whole(base["entries"], low=0, high=_MAX_ENTRIES),
            _blob(base["blob"]),
        ),
        deltas=tuple(
            _delta(one, seq=seq) for one in strict.several(told["deltas"], most=MAX_DELTAS)
        ),
    )


def _delta(told: Any, *, seq: int) -> Delta:
    strict.only(told, "from", "to", "adds", "removes")
    start = strict.whole(told["from"], low=0, high=seq)
    adds = told["adds"]
    return Delta(
        start,
        strict.whole(told["to"], low=start + 1, high=seq),
        adds=None if adds is None else _blob(adds),
        removes=tuple(_blob(one) for one in strict.several(told["removes"], most=MAX_REMOVES)),
    )


def _blob(told: Any) -> Blob:
    strict.only(told, "size", "sha256", "parts", optional=("parts",))
    size, sha256 = (
        strict.whole(told["size"], low=1, high=MAX_TABLE_BYTES),
        strict.digest(told["sha256"]),
    )
    listed = told.get("parts", [sha256])
    count = -(-size // PART_BYTES)
    parts = tuple(strict.digest(one) for one in strict.several(listed, most=count))
    if len(parts) != count or (count == 1 and parts != (sha256,)):
        raise ValueError("a blob that does not consist of its parts")
    return Blob(size, sha256, parts)


def _entry_object(entry: ListEntry) -> dict[str, Any]:
    base = entry.base
    return {
        "seq": entry.seq,
        "k": entry.k,
        "r": entry.r,
        "entries": entry.entries,
        "size": entry.size,
        "sha256": entry.sha256,
        "base": {"seq": base.seq, "entries": base.entries, "blob": base.blob.to_object()},
        "deltas": [
            {
                "from": delta.start,
                "to": delta.end,
                "adds": None if delta.adds is None else delta.adds.to_object(),
                "removes": [blob.to_object() for blob in delta.removes],
            }
            for delta in entry.deltas
        ],
    }

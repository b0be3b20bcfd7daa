"""Manifests for tests: a list of one base and any deltas, sizes as they come."""

import hashlib
from datetime import UTC, datetime
from typing import Any, Final

from scanner.trust.manifest import PART_BYTES, Base, Blob, Delta, ListEntry

ISSUED: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)


def blob(size: int, *, name: str = "") -> Blob:
    """Name a blob of this size; its digests are invented."""
    sha256 = hashlib.sha256(f"{name}{size}".encode()).hexdigest()
    count = -(-size // PART_BYTES)
    if count == 1:
        return Blob(size, sha256, (sha256,))
    parts = tuple(hashlib.sha256(f"{name}{size}/{n}".encode()).hexdigest() for n in range(count))
    return Blob(size, sha256, parts)


def delta(start: int, end: int, *, adds: int | None = 100, removes: int | None = None) -> Delta:
    name = f"{start}-{end}"
    return Delta(
        start,
        end,
        adds=None if adds is None else blob(adds, name=f"adds {name}"),
        removes=() if removes is None else (blob(removes, name=f"removes {name}"),),
    )


def entry(*deltas: Delta, seq: int, base_seq: int = 0, base_size: int = 10_000) -> ListEntry:
    return ListEntry(
        seq=seq,
        k=16,
        r=5,
        entries=10,
        size=20_000,
        sha256="ab" * 32,
        base=Base(base_seq, 5, blob(base_size, name="base")),
        deltas=deltas,
    )


def as_object(**instead: Any) -> dict[str, Any]:
    """Return the entry of a list as JSON has it, with fields replaced or, by None, left out."""
    told: dict[str, Any] = {
        "seq": 2,
        "k": 16,
        "r": 5,
        "entries": 10,
        "size": 20_000,
        "sha256": "ab" * 32,
        "base": {"seq": 1, "entries": 5, "blob": {"size": 9, "sha256": "cd" * 32}},
        "deltas": [{"from": 1, "to": 2, "adds": {"size": 9, "sha256": "ef" * 32}, "removes": []}],
    }
    return {**told, **instead}

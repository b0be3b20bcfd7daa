"""Which blobs a door needs: the cheapest way to each list, and leave for what is gone from it."""

from collections.abc import Mapping
from dataclasses import dataclass

from scanner.sync.accept.withdrawn import Withdrawn
from scanner.sync.belief import Held
from scanner.trust.manifest import Blob, Manifest
from scanner.trust.route import route


@dataclass(frozen=True, slots=True)
class Wanted:
    """The blobs to bring, by digest, and the state from which each list is led on.

    `leave` are tables of one part each, known by digest alone: brought if they are still there.
    """

    blobs: Mapping[str, Blob]
    leave: frozenset[str]
    start: Mapping[str, int | None]


def wanted(
    manifest: Manifest, *, held: Mapping[str, Held], withdrawn: bytes | None = None
) -> Wanted:
    """Return what leads every list on from what is held.

    `withdrawn` is the curator's target; None for a door that has no list yet to take from.
    """
    leave = {} if withdrawn is None else Withdrawn.parse(withdrawn).removes
    blobs: list[Blob] = []
    tables: set[str] = set()
    start: dict[str, int | None] = {}
    for name, entry in manifest.lists.items():
        known = held.get(name)
        have = known.seq if known is not None and known.leads_to(entry) else None
        way = route(entry, have=have)
        start[name] = None if way.base is not None else have
        blobs += way.blobs
        if way.base is not None:
            # A base shows what is gone, not that it may be gone: the curator's tables do.
            tables |= leave.get(name, frozenset())
    return Wanted({blob.sha256: blob for blob in blobs}, frozenset(tables), start)

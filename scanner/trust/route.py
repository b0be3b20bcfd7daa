"""The cheapest way from the state that a door has of a list to the present one."""

import heapq
from dataclasses import dataclass

from scanner.trust.manifest import Base, Blob, Delta, ListEntry
from scanner.trust.refusal import Cause, FeedRefused


@dataclass(frozen=True, slots=True)
class Route:
    """A way to the present state: from the base, or from what is there; then deltas in order."""

    base: Base | None
    deltas: tuple[Delta, ...]

    @property
    def blobs(self) -> tuple[Blob, ...]:
        """Return all that has to be fetched, without doubles, in the order of use."""
        first = () if self.base is None else (self.base.blob,)
        every = (*first, *(blob for delta in self.deltas for blob in delta.blobs))
        return tuple({blob.sha256: blob for blob in every}.values())

    @property
    def size(self) -> int:
        """Return how many bytes that is."""
        return sum(blob.size for blob in self.blobs)


def route(entry: ListEntry, *, have: int | None) -> Route:
    """Return the cheapest way, in bytes, to the list's present state from seq `have`.

    Without `have`, or where no delta leads on from it, the way begins at the base.
    """
    by_base = _deltas_from(entry, start=entry.base.seq)
    whole = None if by_base is None else Route(entry.base, by_base)
    on = None if have is None else _deltas_from(entry, start=have)
    ways = [way for way in (whole, None if on is None else Route(None, on)) if way is not None]
    if not ways:
        raise FeedRefused(Cause.MALFORMED, "the manifest names a list that nothing leads to")
    return min(ways, key=lambda way: way.size)


def _deltas_from(entry: ListEntry, *, start: int) -> tuple[Delta, ...] | None:
    """Return the cheapest chain of deltas from a state to the present one; None if none leads."""
    if start > entry.seq:
        return None
    queue: list[tuple[int, int, int, tuple[Delta, ...]]] = [(0, 0, start, ())]
    reached: set[int] = set()
    pushed = 0
    while queue:
        cost, _, state, chain = heapq.heappop(queue)
        if state == entry.seq:
            return chain
        if state in reached:
            continue
        reached.add(state)
        for delta in entry.deltas:
            if delta.start <= state < delta.end <= entry.seq:
                pushed += 1
                more = cost + sum(blob.size for blob in delta.blobs)
                heapq.heappush(queue, (more, pushed, delta.end, (*chain, delta)))
    return None

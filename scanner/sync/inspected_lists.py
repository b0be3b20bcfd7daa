"""One published list: every way that its manifest offers must lead to what is signed.

States are known by what changed since the base. From each of them every delta is taken that may
be; two ways to one state must agree, and the last state must have the digest that is signed.
"""

from collections.abc import Callable
from dataclasses import dataclass

from scanner.sync.accept.tables import HeldList
from scanner.sync.accept.withdrawn import Withdrawn
from scanner.terms import InputError
from scanner.trust.delta import Delta, combined, needed
from scanner.trust.idtable import ID_BITS, WIRE_SHAPE, IdTable
from scanner.trust.manifest import Blob, ListEntry
from scanner.trust.manifest import Delta as SignedDelta
from scanner.trust.refusal import Cause, FeedRefused

Whole = Callable[[Blob], bytes]


@dataclass(frozen=True, slots=True)
class Inspected:
    """A list that holds: its entries, its deltas, and how many ways were taken."""

    entries: int
    deltas: int
    ways: int


def inspect_list(
    name: str, *, entry: ListEntry, base: IdTable, whole: Whole, withdrawn: Withdrawn
) -> Inspected:
    """Take every way of a list; raise `FeedRefused` for the first that leads elsewhere."""
    try:
        return _Ways(name, entry=entry, base=base).taken(whole=whole, withdrawn=withdrawn)
    except InputError as error:
        raise FeedRefused(Cause.MALFORMED, f"the list {name}: {error}") from None


class _Ways:
    """The states of a list, as far as they can be reached from its base."""

    def __init__(self, name: str, *, entry: ListEntry, base: IdTable) -> None:
        self._name = name
        self._entry = entry
        self._base = base
        self._states: dict[int, Delta] = {entry.base.seq: Delta()}

    def taken(self, *, whole: Whole, withdrawn: Withdrawn) -> Inspected:
        """Take all ways, and look at the end of them."""
        entry, ways = self._entry, 0
        if (self._base.k, self._base.r) != (entry.k, entry.r):
            raise FeedRefused(Cause.MALFORMED, f"the base of {self._name} has another shape")
        for delta in sorted(entry.deltas, key=lambda one: (one.end, one.start)):
            for blob in delta.removes:
                withdrawn.check_removes(self._name, sha256=blob.sha256)
            change = self._change(delta, whole=whole)
            for seq in [seq for seq in self._states if delta.start <= seq < delta.end]:
                self._take(seq, delta=delta, change=change)
                ways += 1
            if delta.end in self._states:
                # A delta may be taken from any state in between, so also from its own end.
                self._agree(
                    delta.end,
                    combined(self._states[delta.end], later=change, width=self._base.width),
                )
        last = self._states.get(entry.seq)
        if last is None:
            raise FeedRefused(Cause.MALFORMED, f"nothing leads from the base to {self._name}")
        if HeldList(self._base, last).sha256() != entry.sha256:
            words = f"the list {self._name} does not become what is signed; release it again"
            raise FeedRefused(Cause.TAMPERED, words)
        return Inspected(entry.entries, len(entry.deltas), ways)

    def _take(self, seq: int, *, delta: SignedDelta, change: Delta) -> None:
        there = combined(self._states[seq], later=change, width=self._base.width)
        if delta.end in self._states:
            self._agree(delta.end, there)
        else:
            self._states[delta.end] = there

    def _agree(self, seq: int, there: Delta) -> None:
        if self._cut(there) != self._cut(self._states[seq]):
            words = f"two ways of {self._name} to {seq} do not agree; release it again"
            raise FeedRefused(Cause.TAMPERED, words)

    def _cut(self, overlay: Delta) -> tuple[set[int], set[int]]:
        shift = ID_BITS - self._base.width
        real = needed(self._base, adds=overlay.adds, removes=overlay.removes)
        return {one >> shift for one in real.adds}, {one >> shift for one in real.removes}

    def _change(self, delta: SignedDelta, *, whole: Whole) -> Delta:
        adds = [] if delta.adds is None else self._ids(whole(delta.adds))
        removes = {one for blob in delta.removes for one in self._ids(whole(blob))}
        return Delta(adds, sorted(removes))

    def _ids(self, content: bytes) -> list[int]:
        table = IdTable.of(content)
        if (table.k, table.r) != WIRE_SHAPE:
            raise FeedRefused(Cause.MALFORMED, f"{self._name}: a change with ids cut short")
        return list(table)

"""Lists of revoked ids: from what is held and what is offered to the state that was signed.

A list is led on by deltas, or begun again from a base; whichever way is there is taken, and the
SHA-256 of the result is what counts. What leaves a list must have been withdrawn by the curator.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scanner.store.shelf import Shelf
from scanner.sync.accept.kept import Guard
from scanner.sync.accept.offer import Offered
from scanner.sync.accept.result import Placed, Result, Wrong
from scanner.sync.accept.tables import HeldList, held_list, ids_of, opened, table_of
from scanner.sync.accept.withdrawn import Removals, Withdrawn
from scanner.terms import InputError
from scanner.trust.delta import Delta, combined
from scanner.trust.generation import StoredFile, StoredList
from scanner.trust.idtable import IdTable, size_of
from scanner.trust.manifest import Base, Blob, ListEntry
from scanner.trust.manifest import Delta as SignedDelta
from scanner.trust.refusal import Cause, FeedRefused
from scanner.trust.route import Route, route

MAX_DELTA_BYTES: Final = 4 * 1024 * 1024
"""600,000 ids in memory at once; a list that changes faster is fetched from its base."""

_IN_MEMORY_BYTES: Final = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What holds for all lists of one offer.

    `renewed`: the online key is another one, and nothing that the old one said binds. `removals`:
    what may leave. `damaged`:
    files of the generation in force that must not be used. `night`: a time to compact.
    """

    withdrawn: Withdrawn
    renewed: bool
    removals: Removals
    night: bool
    damaged: frozenset[str]


class BaseWanted(FeedRefused):
    """A list that cannot be led on from what the door has; only its base helps."""


@dataclass(frozen=True, slots=True)
class Known:
    """A list of the generation in `folder`; `held` is None where it is damaged."""

    stored: StoredList
    folder: Path
    held: HeldList | None


@dataclass(frozen=True, slots=True)
class Lists:
    """Brings lists from an offer onto the shelf; tables stay open until the stack ends."""

    offered: Offered
    shelf: Shelf
    terms: Terms
    stack: ExitStack

    def known(self, stored: StoredList, *, folder: Path) -> Known:
        """Open a list of the generation in force."""
        if not self.terms.damaged.isdisjoint(one.path for one in stored.files):
            return Known(stored, folder, None)
        try:
            return Known(stored, folder, held_list(stored, folder=folder, stack=self.stack))
        except (InputError, FileNotFoundError):
            return Known(stored, folder, None)

    def bring(self, name: str, *, entry: ListEntry, known: Known | None) -> StoredList:
        """Write one list into the new generation; `FeedRefused` if what is offered is not it."""
        if entry.size != size_of(entry.entries, k=entry.k, r=entry.r):
            raise _malformed(name, "a size that its entries do not take")
        if known is not None and not self.terms.renewed:
            _check_order(name, entry=entry, held=known.stored)
        try:
            return self._brought(name, entry=entry, known=known)
        except FeedRefused as refused:
            if known is None or known.held is not None:
                raise
            # Damaged here: whatever is offered next must not lead on from it.
            raise BaseWanted(refused.cause, refused.detail) from None

    def _brought(self, name: str, *, entry: ListEntry, known: Known | None) -> StoredList:
        result = Result(name, entry=entry, shelf=self.shelf, night=self.terms.night)
        if known is not None and known.held is not None:
            if known.stored.sha256 == entry.sha256:
                try:
                    return result.carried(known.stored, folder=known.folder, held=known.held)
                except Wrong as wrong:
                    # Rotted since it was accepted.
                    if not self.offered.has(entry.base.blob):
                        raise BaseWanted(wrong.cause, wrong.detail) from None
                    return self._begun(
                        route(entry, have=None), entry=entry, known=known, result=result
                    )
            way = route(entry, have=known.stored.seq)
            if way.base is None:
                try:
                    return self._led_on(way, known=known, held=known.held, result=result)
                except FeedRefused as refused:
                    if not self._may_begin_anew(refused, entry=entry):
                        raise
        return self._begun(route(entry, have=None), entry=entry, known=known, result=result)

    def _may_begin_anew(self, refused: FeedRefused, *, entry: ListEntry) -> bool:
        """Say whether a base lies there too, for a way on that is not whole or leads elsewhere."""
        other = isinstance(refused, BaseWanted) or refused.cause is Cause.MISSING
        return other and self.offered.has(entry.base.blob)

    def _led_on(self, way: Route, *, known: Known, held: HeldList, result: Result) -> StoredList:
        """Apply deltas to what is held."""
        overlay = held.overlay
        for change in self._changes(way.deltas, name=result.name):
            overlay = combined(overlay, later=change, width=held.table.width)
        placed = Placed(known.stored.table, known.folder)
        try:
            return result.finished(HeldList(held.table, overlay), table=placed)
        except Wrong as wrong:
            raise BaseWanted(wrong.cause, wrong.detail) from None

    def _begun(
        self, way: Route, *, entry: ListEntry, known: Known | None, result: Result
    ) -> StoredList:
        """Begin anew with the base, then apply deltas."""
        changes = list(self._changes(way.deltas, name=result.name))
        table, placed = self._base(entry.base, name=result.name)
        try:
            overlay = Delta()
            for change in changes:
                overlay = combined(overlay, later=change, width=table.width)
            new = HeldList(table, overlay)
            if (
                known is not None
                and known.held is not None
                and self.terms.removals is Removals.WITHDRAWN
            ):
                Guard(self.offered, self.terms.withdrawn).check(
                    result.name, old=known.held, sha256=known.stored.sha256, new=new
                )
            return result.finished(new, table=placed)
        except InputError as error:
            raise _malformed(result.name, str(error)) from None

    def _changes(self, deltas: tuple[SignedDelta, ...], *, name: str) -> Iterator[Delta]:
        if sum(blob.size for delta in deltas for blob in delta.blobs) > MAX_DELTA_BYTES:
            words = f"the list {name} changes by more than {MAX_DELTA_BYTES >> 20} MiB at once"
            raise BaseWanted(Cause.TOO_LARGE, f"{words}; its base is fetched next")
        for delta in deltas:
            for blob in delta.removes:
                if self.terms.removals is Removals.WITHDRAWN:
                    self.terms.withdrawn.check_removes(name, sha256=blob.sha256)
            yield Delta(
                adds=[] if delta.adds is None else self._ids(delta.adds, name=name),
                removes=sorted({one for b in delta.removes for one in self._ids(b, name=name)}),
            )

    def _ids(self, blob: Blob, *, name: str) -> list[int]:
        return ids_of(self.offered.whole(blob), name=name)

    def _base(self, base: Base, *, name: str) -> tuple[IdTable, Placed | None]:
        """Open a base: a small one in memory, a large one on the shelf, checked part by part."""
        if base.blob.size <= _IN_MEMORY_BYTES:
            return table_of(self.offered.whole(base.blob), name=name), None
        self.shelf.check_room(base.blob.size)
        path = f"revoked/{name}.table"
        written = self.shelf.put(path, self.offered.blob(base.blob))
        if written.sha256 != base.blob.sha256:
            raise FeedRefused(Cause.TAMPERED, f"the base of {name} does not consist of its parts")
        try:
            table = opened(self.shelf.new / path, stack=self.stack)
        except InputError as error:
            raise _malformed(name, str(error)) from None
        return table, Placed(StoredFile(path, written.size, written.sha256), None)


def _check_order(name: str, *, entry: ListEntry, held: StoredList) -> None:
    if entry.seq < held.seq:
        words = f"the list {name} goes back from {held.seq} to {entry.seq}"
        raise FeedRefused(Cause.ROLLBACK, words)
    if entry.seq == held.seq and entry.sha256 != held.sha256:
        words = f"the list {name} came twice as {entry.seq}, with different content"
        raise FeedRefused(Cause.ROLLBACK, words)


def _malformed(name: str, why: str) -> FeedRefused:
    return FeedRefused(Cause.MALFORMED, f"the list {name}: {why}"[:300])

"""The new state of a list, written if its digest is the one that was signed.

Small lists, large overlays and quiet nights are compacted into one table; else the table stays
as it is, linked from generation to generation, and only the overlay is written: a card is not
rewritten for every change.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scanner.store.shelf import Shelf
from scanner.sync.accept.tables import HeldList, digest
from scanner.terms import InputError
from scanner.trust.delta import Delta, needed
from scanner.trust.generation import StoredFile, StoredList
from scanner.trust.idtable import WIRE_SHAPE, encode
from scanner.trust.manifest import ListEntry
from scanner.trust.refusal import Cause, FeedRefused

SMALL_ENTRIES: Final = 200_000
"""Up to here a table is rewritten at every change: 1.2 MB."""

MAX_OVERLAY: Final = 200_000
OVERLAY_SHARE: Final = 20
"""An overlay of more than a twentieth of the list is no small change any more."""


class Wrong(FeedRefused):
    """The state is not the one that was signed."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a table lies: in the generation `folder`, or in the new one if that is None."""

    file: StoredFile
    folder: Path | None


class Result:
    """Writes one list; raises `Wrong` if it is not what was signed, `OSError` without a disk."""

    def __init__(self, name: str, *, entry: ListEntry, shelf: Shelf, night: bool) -> None:
        self.name = name
        self._entry = entry
        self._shelf = shelf
        self._night = night

    def carried(self, stored: StoredList, *, folder: Path, held: HeldList) -> StoredList:
        """Take a list over that did not change."""
        if (held.table.k, held.table.r, stored.entries) != self._described:
            words = f"the list {self.name}: it is described otherwise than it is"
            raise FeedRefused(Cause.MALFORMED, words)
        if self._night and (stored.adds or stored.removes):
            try:
                return self._compacted(held)
            except InputError as error:
                raise self._wrong(str(error)) from None
        for one in stored.files:
            self._shelf.link(one.path, of=folder)
        entry = self._entry
        return StoredList(
            entry.seq, entry.entries, entry.sha256, stored.table, stored.adds, stored.removes
        )

    def finished(self, new: HeldList, *, table: Placed | None) -> StoredList:
        """Write a new state; without a place for its table it is written as one."""
        if (new.table.k, new.table.r) != (self._entry.k, self._entry.r):
            raise self._wrong("its table has another shape")
        try:
            overlay = needed(new.table, adds=new.overlay.adds, removes=new.overlay.removes)
            state = HeldList(new.table, overlay)
            if table is None or self._is_due(overlay):
                return self._compacted(state)
            if digest(state.chunks()) != self._entry.sha256:
                raise self._wrong("it does not become what was signed")
            if _entries(state) != self._entry.entries:
                raise self._wrong("it has another number of entries")
        except InputError as error:
            raise self._wrong(str(error)) from None
        if table.folder is not None:
            self._shelf.link(table.file.path, of=table.folder)
        adds = self._overlay("adds", ids=list(overlay.adds))
        removes = self._overlay("removes", ids=list(overlay.removes))
        entry = self._entry
        return StoredList(entry.seq, entry.entries, entry.sha256, table.file, adds, removes)

    @property
    def _described(self) -> tuple[int, int, int]:
        return self._entry.k, self._entry.r, self._entry.entries

    def _is_due(self, overlay: Delta) -> bool:
        changes = len(list(overlay.adds)) + len(list(overlay.removes))
        if not changes:
            return False
        bound = min(MAX_OVERLAY, self._entry.entries // OVERLAY_SHARE)
        return self._night or self._entry.entries <= SMALL_ENTRIES or changes > bound

    def _compacted(self, state: HeldList) -> StoredList:
        """Write the state as one table; beside the base, if that lies in its place."""
        path, fresh = f"revoked/{self.name}.table", f"revoked/{self.name}.compacted"
        self._shelf.check_room(self._entry.size)
        try:
            written = self._shelf.put(fresh, state.chunks())
        except InputError:
            self._shelf.drop(fresh)
            raise
        if (written.sha256, written.size) != (self._entry.sha256, self._entry.size):
            self._shelf.drop(fresh)
            raise self._wrong("it does not become what was signed")
        self._shelf.replace(fresh, path)
        entry = self._entry
        stored = StoredFile(path, written.size, written.sha256)
        return StoredList(entry.seq, entry.entries, entry.sha256, stored, None, None)

    def _overlay(self, kind: str, *, ids: list[int]) -> StoredFile | None:
        if not ids:
            return None
        k, r = WIRE_SHAPE
        path = f"revoked/{self.name}.{kind}"
        written = self._shelf.put(path, [encode(ids, k=k, r=r)])
        return StoredFile(path, written.size, written.sha256)

    def _wrong(self, why: str) -> Wrong:
        words = f"the list {self.name}: {why}; its base is fetched next"
        return Wrong(Cause.TAMPERED, words[:300])


def _entries(state: HeldList) -> int:
    """Return how many entries a state has whose overlay is what its table needs, and no more."""
    return state.table.n + len(list(state.overlay.adds)) - len(list(state.overlay.removes))

"""One list as it lies on the shelf: its table opened, its overlay in memory.

And the question that a new base must answer before it is believed: what does it leave out?
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from scanner.terms import InputError
from scanner.trust.delta import Delta, left, merged
from scanner.trust.generation import StoredList
from scanner.trust.idtable import ID_BITS, WIRE_SHAPE, IdTable
from scanner.trust.refusal import Cause, FeedRefused


@dataclass(frozen=True, slots=True)
class HeldList:
    """A list: `table` with `overlay` applied is its state."""

    table: IdTable
    overlay: Delta

    def chunks(self) -> Iterator[bytes]:
        """Yield the canonical table of the state, as its digest is over it."""
        return merged(self.table, adds=self.overlay.adds, removes=self.overlay.removes)

    def sha256(self) -> str:
        """Return the digest of the state; reads all of it."""
        return digest(self.chunks())


def digest(chunks: Iterable[bytes]) -> str:
    """Return the SHA-256 of pieces, in hex."""
    found = hashlib.sha256()
    for chunk in chunks:
        found.update(chunk)
    return found.hexdigest()


def opened(path: Path, *, stack: ExitStack) -> IdTable:
    """Open a table that stays on the disk until the stack ends; `InputError` if it is damaged."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    stack.callback(os.close, fd)
    size = os.fstat(fd).st_size
    return IdTable.opened(lambda at, wanted: os.pread(fd, wanted, at), size=size)


def held_list(one: StoredList, *, folder: Path, stack: ExitStack) -> HeldList:
    """Open a list of a generation; `InputError` if it is damaged, `OSError` if it is gone."""
    table = opened(folder / one.table.path, stack=stack)
    parts = (None if part is None else folder / part.path for part in (one.adds, one.removes))
    adds, removes = ([] if path is None else list(opened(path, stack=stack)) for path in parts)
    return HeldList(table, Delta(adds, removes))


def lost(old: HeldList, new: HeldList) -> Iterator[int]:
    """Yield what `old` has and `new` has not, as 64-bit ids at the narrower of their widths.

    Not in order, and some may come twice. Streamed: memory goes with the overlays.
    """
    bits = min(old.table.width, new.table.width)
    shift = ID_BITS - bits
    before, after = (_Cut.of(one.overlay, shift=shift) for one in (old, new))
    for one in left(old.table, new=new.table):
        if one >> shift not in before.removes and one >> shift not in after.adds:
            yield one
    for entry in before.adds - after.adds:
        if entry in after.removes or not new.table.has(entry << shift, bits=bits):
            yield entry << shift
    for entry in after.removes - after.adds - before.removes:
        if old.table.has(entry << shift, bits=bits):
            yield entry << shift


@dataclass(frozen=True, slots=True)
class _Cut:
    """An overlay cut to a width."""

    adds: frozenset[int]
    removes: frozenset[int]

    @classmethod
    def of(cls, overlay: Delta, *, shift: int) -> "_Cut":
        return cls(
            frozenset(one >> shift for one in overlay.adds),
            frozenset(one >> shift for one in overlay.removes),
        )


def table_of(content: bytes, *, name: str) -> IdTable:
    """Open a table in memory that came from outside; `FeedRefused` (malformed) if it is none."""
    try:
        return IdTable.of(content)
    except InputError as error:
        raise _malformed(name, str(error)) from None


def is_base(content: bytes, *, name: str) -> bool:
    """Say whether a table is a whole list, and not a change; `FeedRefused` if it is no table."""
    table = table_of(content, name=name)
    return (table.k, table.r) != WIRE_SHAPE


def ids_of(content: bytes, *, name: str) -> list[int]:
    """Return the 64-bit ids of a table of changes; `FeedRefused` (malformed) if it is none."""
    table = table_of(content, name=name)
    if (table.k, table.r) != WIRE_SHAPE:
        raise _malformed(name, "a change with ids cut short")
    try:
        return list(table)
    except InputError as error:
        raise _malformed(name, str(error)) from None


def _malformed(name: str, why: str) -> FeedRefused:
    return FeedRefused(Cause.MALFORMED, f"the list {name}: {why}"[:300])

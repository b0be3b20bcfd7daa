"""How a table of revoked ids changes: removes first, then adds, then its canonical bytes.

At a list's width W: every entry that is the W-bit beginning of a removed id goes, then the
beginnings of the added ids come, none twice. Removing what is absent and adding what is
present change nothing. Everything is streamed: memory goes with the changes, not the list.
"""

import struct
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from heapq import merge
from itertools import groupby
from typing import Final, TypeVar

from scanner.trust.idtable import (
    AHEAD_BYTES,
    HEADER,
    ID_BITS,
    MAGIC,
    MAX_ENTRIES,
    Ahead,
    IdTable,
    damaged,
)

_ADD: Final = 0
_REMOVE: Final = 1
# Behind the last bucket and the last entry that there can be.
_NO_MOVE: Final = (1 << ID_BITS, 0)
_NO_EDIT: Final = (1 << ID_BITS, 0, _ADD)

Group = TypeVar("Group")


@dataclass(frozen=True, slots=True)
class Delta:
    """Ids to remove and then to add: 64 bits each, ascending; a table of ids will do."""

    adds: Collection[int] = ()
    removes: Collection[int] = ()


@dataclass(frozen=True, slots=True)
class _Edits:
    """What a delta does to a table, in its order: 17 bytes an edit."""

    ids: "array[int]" = field(default_factory=lambda: array("Q"))
    places: "array[int]" = field(default_factory=lambda: array("Q"))
    kinds: bytearray = field(default_factory=bytearray)

    @property
    def grows_by(self) -> int:
        return self.kinds.count(_ADD) - self.kinds.count(_REMOVE)


def merged(
    table: IdTable, *, adds: Iterable[int] = (), removes: Iterable[int] = ()
) -> Iterator[bytes]:
    """Yield the file of a table after a delta, in pieces, at the same K and R.

    `adds` and `removes` are 64-bit ids, each ascending (`heapq.merge` joins several).
    """
    edits = _edits(table, adds=adds, removes=removes)
    n = table.n + edits.grows_by
    if n > MAX_ENTRIES:
        raise damaged(f"{n} entries are more than one can hold")
    yield HEADER.pack(MAGIC, table.k, table.r, bytes(6), n)
    yield from _counts(table, edits=edits)
    yield from _suffixes(table, edits=edits)


def needed(table: IdTable, *, adds: Iterable[int] = (), removes: Iterable[int] = ()) -> Delta:
    """Return what of a delta changes a table: the same result, each id counts as one entry."""
    edits = _edits(table, adds=adds, removes=removes)
    by_kind: dict[int, array[int]] = {_ADD: array("Q"), _REMOVE: array("Q")}
    for id64, kind in zip(edits.ids, edits.kinds, strict=True):
        by_kind[kind].append(id64)
    return Delta(by_kind[_ADD], by_kind[_REMOVE])


def combined(earlier: Delta, *, later: Delta, width: int) -> Delta:
    """Return one delta that does to lists of `width` bits what two do one after the other."""
    shift = ID_BITS - width
    removes = set(later.removes)
    gone = {one >> shift for one in removes}
    adds = {one for one in earlier.adds if one >> shift not in gone}
    return Delta(sorted(adds.union(later.adds)), sorted(removes.union(earlier.removes)))


def left(old: IdTable, *, new: IdTable) -> Iterator[int]:
    """Yield what `old` lists and `new` does not, at the narrower of their widths.

    In order, as 64-bit ids whose further bits are 0. Where `new` is the wider one, an entry
    counts as kept if any of the new ones begins with it.
    """
    if (old.k, old.r) != (new.k, new.r):
        yield from _left_across(old, new=new)
        return
    shift, r = ID_BITS - old.width, old.r
    for bucket, before, after in _aligned(old.buckets(), new=new.buckets(), nothing=b""):
        if before != after:
            for suffix in sorted(_split(before, r=r) - _split(after, r=r)):
                yield (bucket << 8 * r | int.from_bytes(suffix, "big")) << shift


def _left_across(old: IdTable, *, new: IdTable) -> Iterator[int]:
    top, width = min(old.k, new.k), min(old.width, new.width)
    groups, others = (_grouped(table, top=top, width=width) for table in (old, new))
    for _, before, after in _aligned(groups, new=others, nothing=set()):
        for entry in sorted(before - after):
            yield entry << (ID_BITS - width)


def _split(suffixes: bytes, *, r: int) -> set[bytes]:
    return {suffixes[at : at + r] for at in range(0, len(suffixes), r)}


def _grouped(table: IdTable, *, top: int, width: int) -> Iterator[tuple[int, set[int]]]:
    """Yield the entries that share their first `top` bits, cut to `width` bits."""
    r, shift = table.r, table.width - width
    for group, buckets in groupby(table.buckets(), key=lambda one: one[0] >> (table.k - top)):
        yield (
            group,
            {
                (bucket << 8 * r | int.from_bytes(suffixes[at : at + r], "big")) >> shift
                for bucket, suffixes in buckets
                for at in range(0, len(suffixes), r)
            },
        )


def _aligned(
    old: Iterable[tuple[int, Group]], *, new: Iterable[tuple[int, Group]], nothing: Group
) -> Iterator[tuple[int, Group, Group]]:
    """Yield each group of `old` beside the same one of `new`, or `nothing`."""
    others = iter(new)
    other = next(others, None)
    for number, group in old:
        while other is not None and other[0] < number:
            other = next(others, None)
        same = other is not None and other[0] == number
        yield number, group, other[1] if same and other else nothing


def _edits(table: IdTable, *, adds: Iterable[int], removes: Iterable[int]) -> _Edits:
    edits, ahead, r = _Edits(), Ahead(table), table.r
    suffixes, of = list[bytes](), (-1, -1)
    for id64, kind in _last_words(adds=adds, removes=removes, width=table.width):
        prefix = id64 >> (ID_BITS - table.width)
        first, last = table.bucket(prefix >> 8 * r)
        if of != (first, last):
            held = ahead.entries(first, last=last)
            suffixes, of = [held[at : at + r] for at in range(0, len(held), r)], (first, last)
        suffix = (prefix & ((1 << 8 * r) - 1)).to_bytes(r, "big")
        place = bisect_left(suffixes, suffix)
        listed = suffixes[place : place + 1] == [suffix]
        if listed is (kind == _REMOVE):
            edits.ids.append(id64)
            edits.places.append(first + place)
            edits.kinds.append(kind)
    return edits


def _last_words(
    *, adds: Iterable[int], removes: Iterable[int], width: int
) -> Iterator[tuple[int, int]]:
    """Yield one id and what becomes of it for each entry that a delta speaks of, in order."""
    shift, before = ID_BITS - width, -1
    added = ((one >> shift, _ADD, one) for one in adds)
    removed = ((one >> shift, _REMOVE, one) for one in removes)
    for prefix, kind, id64 in merge(added, removed):
        if prefix < before:
            raise ValueError("the ids of a delta must ascend")
        # An add comes before a removal of the same entry here, as it is what remains.
        if prefix != before:
            yield id64, kind
        before = prefix


def _counts(table: IdTable, *, edits: _Edits) -> Iterator[bytes]:
    """Yield the counts after the edits: those behind an edit's bucket move by one."""
    shift = ID_BITS - table.k
    moves = (
        (id64 >> shift, 1 - 2 * kind) for id64, kind in zip(edits.ids, edits.kinds, strict=True)
    )
    bucket, move = next(moves, _NO_MOVE)
    at = moved = 0
    for counts in table.counts():
        new: list[int] = []
        while len(new) < len(counts):
            while bucket < at + len(new):
                moved += move
                bucket, move = next(moves, _NO_MOVE)
            same = counts[len(new) : min(len(counts), bucket + 1 - at)]
            new.extend([count + moved for count in same] if moved else same)
        at += len(counts)
        yield struct.pack(f">{len(new)}I", *new)


def _suffixes(table: IdTable, *, edits: _Edits) -> Iterator[bytes]:
    r, shift = table.r, ID_BITS - table.width
    mask, step = (1 << 8 * r) - 1, AHEAD_BYTES // r
    steps = zip(edits.places, edits.ids, edits.kinds, strict=True)
    place, id64, kind = next(steps, _NO_EDIT)
    for start in range(0, table.n + 1, step):
        held = table.read(table.suffixes_at + start * r, size=min(step, table.n - start) * r)
        view, new, done = memoryview(held), bytearray(), 0
        while place < start + step:
            here = (place - start) * r
            new += view[done:here]
            done = here
            if kind == _ADD:
                new += (id64 >> shift & mask).to_bytes(r, "big")
            else:
                done += r
            place, id64, kind = next(steps, _NO_EDIT)
        new += view[done:]
        yield bytes(new)

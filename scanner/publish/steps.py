"""How a list comes from one state to the next, and the ways that doors are offered.

A release makes a step. Steps of a day are joined when the day is over, and the days of about a
month into one more, so that a door which slept fetches few files. A join leads on from every
state within it: it takes out all that left in between, and puts in all that came and stayed.
A new base is made after 30 days, or when changes since the last one, or the list, outgrew it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import Enum
from functools import reduce
from typing import Final

from scanner.publish.arrays import NOTHING, Arrays, neighbours
from scanner.publish.state import Change, ListState, Staged
from scanner.publish.tables import Ids, among, difference, entries, table, union, write_table
from scanner.trust.idtable import WIRE_SHAPE, shape_for, size_of
from scanner.trust.manifest import Base, Blob, Delta, ListEntry
from scanner.trust.route import route

BASE_DAYS: Final = 30
"""Only new doors, and those that slept for long, fetch a base: 51 MB for 10 million ids."""

HISTORY_DAYS: Final = 35
_JOINED_STEPS: Final = 24
"""Steps of one day that wait for being joined; many deltas make a large manifest."""

_KEPT_STEPS: Final = 12
"""Steps that stay after they were joined: doors that are a little behind fetch little."""

_MOST_SINCE_BASE: Final = 3 * 1024 * 1024
"""A door takes 4 MiB of changes in one go; a list that changes faster needs a new base."""

_FALSE_HITS: Final = 1e-10

_MOST_REMOVES: Final = 1000
"""Tables of removed ids in one delta; a door takes 1,024."""

PutBlob = Callable[[Iterable[bytes]], Blob]


@dataclass(frozen=True, slots=True)
class Shop:
    """Where steps put what they make: arrays of ids, and blobs for the web root."""

    arrays: Arrays
    put_blob: PutBlob

    def all_ids(self, names: Iterable[str | None]) -> Ids:
        """Return the union of several arrays."""
        return reduce(lambda ids, name: union(ids, more=self.arrays.get(name)), names, NOTHING)

    def wire(self, ids: Ids) -> tuple[Blob | None, str | None]:
        """Return added ids as a table for the wire, and as the name of their array."""
        if not len(ids):
            return None, None
        k, r = WIRE_SHAPE
        return self.put_blob(table(ids, k=k, r=r)), self.arrays.put(ids)


def advanced(one: ListState | None, staged: Staged, *, shop: Shop, today: date) -> ListState | None:
    """Return a list after what was staged for it, or None when that changes nothing."""
    before = shop.arrays.get(None if one is None else one.ids)
    removed = shop.all_ids(ids for _, ids in staged.removes)
    kept = difference(before, gone=removed)
    adds = shop.arrays.get(staged.adds)
    adds = adds[~among(adds, others=kept)]
    if not len(adds) and not len(removed) and one is not None:
        return None
    after = union(kept, more=adds)
    del before, kept
    if one is None:
        return _with_new_base(after, seq=1, shop=shop, today=today, old=None)
    adds = union(adds, more=neighbours(after, of=removed, bits=one.k + 8 * one.r))
    blob, name = shop.wire(adds)
    step = Change(
        Delta(one.seq, one.seq + 1, adds=blob, removes=tuple(blob for blob, _ in staged.removes)),
        today.isoformat(),
        adds_ids=name,
        removes_ids=tuple(ids for _, ids in staged.removes),
    )
    one = replace(one, steps=[*one.steps, step], seq=one.seq + 1)
    if _base_is_due(one, n=len(after), today=today):
        return _with_new_base(after, seq=one.seq, shop=shop, today=today, old=one)
    n = entries(after, width=one.k + 8 * one.r)
    sha256 = write_table(after, k=one.k, r=one.r, write=lambda _piece: None)
    size = size_of(n, k=one.k, r=one.r)
    return replace(one, entries=n, size=size, sha256=sha256, ids=shop.arrays.put(after))


def capacity(width: int) -> int:
    """Return how many entries tables of `width` bits may hold, at 1e-10 false hits each."""
    return int(2**width * _FALSE_HITS)


class Detail(Enum):
    """How many ways to a list a manifest names; each is a longer manifest, and a shorter way."""

    ALL = "all"
    FEW = "few"


def entry_of(one: ListState, *, detail: Detail = Detail.ALL) -> ListEntry:
    """Return a list as the manifest has it."""
    changes = one.changes if detail is Detail.ALL else _few_ways(one)
    deltas = {(change.delta.start, change.delta.end): change.delta for change in changes}
    return ListEntry(
        seq=one.seq,
        k=one.k,
        r=one.r,
        entries=one.entries,
        size=one.size,
        sha256=one.sha256,
        base=one.base,
        deltas=tuple(deltas.values()),
    )


def _few_ways(one: ListState) -> tuple[Change, ...]:
    """Return changes that lead on from every state, each by the longest join there is."""
    month = () if one.month is None else (one.month,)
    end = month[0].delta.end if month else 0
    covered = month[0].delta.start if month else 0
    days = [day for day in one.days if day.delta.end > end or day.delta.start < covered]
    joined = one.days[-1].delta.end if one.days else 0
    return (*month, *days, *(step for step in one.steps if step.delta.end > joined))


def _base_is_due(one: ListState, *, n: int, today: date) -> bool:
    is_old = (today - date.fromisoformat(one.base_day)).days >= BASE_DAYS
    from_base = route(entry_of(one), have=None)
    size = sum(blob.size for blob in from_base.blobs) - one.base.blob.size
    return is_old or size > _MOST_SINCE_BASE or _shape(n // 2, old=one) != (one.k, one.r)


def _shape(n: int, *, old: ListState | None) -> tuple[int, int]:
    """Return K and R for a list of `n` ids; those of an old one keep their width.

    A door could not tell whether a wider table still holds what it held, and would refuse it.
    """
    k, r = shape_for(n)
    if old is None or k + 8 * r == old.k + 8 * old.r:
        return k, r
    return old.k, old.r


def _with_new_base(
    ids: Ids, *, seq: int, shop: Shop, today: date, old: ListState | None
) -> ListState:
    k, r = _shape(len(ids), old=old)
    blob = shop.put_blob(table(ids, k=k, r=r))
    n = entries(ids, width=k + 8 * r)
    # A delta keeps the shape of a table: over another shape there is no way but the base.
    kept = old if old is not None and (old.k, old.r) == (k, r) else None
    return ListState(
        seq=seq,
        k=k,
        r=r,
        entries=n,
        size=blob.size,
        sha256=blob.sha256,
        ids=shop.arrays.put(ids),
        base=Base(seq, n, blob),
        base_day=today.isoformat(),
        steps=[] if kept is None else kept.steps,
        days=[] if kept is None else kept.days,
        month=None if kept is None else kept.month,
    )


def tidied(one: ListState, *, shop: Shop, today: date) -> ListState:
    """Return a list with its steps joined where that is due; called before the next step."""
    joined = one.days[-1].delta.end if one.days else 0
    single = [step for step in one.steps if step.delta.end > joined]
    if not single:
        return _pruned(one, today=today)
    day = single[-1].day
    over = date.fromisoformat(day) < today
    if not over and len(single) < _JOINED_STEPS:
        return one
    block = [change for change in one.days if change.day == day] if over else []
    days = [change for change in one.days if change not in block]
    after = shop.arrays.get(one.ids)
    days.append(_joined([*block, *single], after=after, one=one, shop=shop))
    one = _pruned(replace(one, days=days), today=today)
    recent = _few_removes(one.days)
    month = _joined(recent, after=after, one=one, shop=shop) if len(recent) > 1 else None
    return replace(one, month=month)


def _joined(changes: Sequence[Change], *, after: Ids, one: ListState, shop: Shop) -> Change:
    """Join changes that follow each other up to the list's present ids, `after`."""
    if len(changes) == 1:
        return changes[0]
    removes = {blob.sha256: (blob, ids) for change in changes for blob, ids in _removes(change)}
    came = shop.all_ids(change.adds_ids for change in changes)
    adds = came[among(came, others=after)]
    gone = shop.all_ids(ids for _, ids in removes.values())
    adds = union(adds, more=neighbours(after, of=gone, bits=one.k + 8 * one.r))
    blob, name = shop.wire(adds)
    start, end = changes[0].delta.start, changes[-1].delta.end
    return Change(
        Delta(start, end, adds=blob, removes=tuple(blob for blob, _ in removes.values())),
        changes[-1].day,
        adds_ids=name,
        removes_ids=tuple(ids for _, ids in removes.values()),
    )


def _removes(change: Change) -> Iterable[tuple[Blob, str]]:
    return zip(change.delta.removes, change.removes_ids, strict=True)


def _few_removes(days: Sequence[Change]) -> list[Change]:
    """Return the newest of some days that together need few enough tables of removed ids."""
    recent = list(days)
    while len({blob.sha256 for day in recent for blob in day.delta.removes}) > _MOST_REMOVES:
        del recent[0]
    return recent


def _pruned(one: ListState, *, today: date) -> ListState:
    """Drop what no door is expected to need; what leads on from the base always stays."""
    oldest = (today - timedelta(days=HISTORY_DAYS)).isoformat()
    yesterday = (today - timedelta(days=1)).isoformat()
    days = [c for c in one.days if c.day >= oldest or c.delta.end > one.base.seq]
    joined = days[-1].delta.end if days else 0
    single = [step for step in one.steps if step.delta.end > joined]
    within = [step for step in one.steps if step.delta.end <= joined and step.day >= yesterday]
    return replace(one, days=days, steps=[*within[-_KEPT_STEPS:], *single])

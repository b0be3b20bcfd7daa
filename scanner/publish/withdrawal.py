"""Tables of ids that may leave a list: made when the curator's key is at hand, and few of them.

A table stays signed for as long as the list is there, for a door that slept: it must know that
what a new base lacks was let go. Old tables are joined, without what was revoked once more.
"""

from collections.abc import Iterator
from functools import reduce
from typing import Final

import numpy as np

from scanner.publish.arrays import NOTHING
from scanner.publish.repository import Repository
from scanner.publish.state import Staged
from scanner.publish.tables import Ids, among, difference, table, union
from scanner.terms import InputError
from scanner.trust.idtable import WIRE_SHAPE, IdTable
from scanner.trust.manifest import MAX_REMOVES, Blob

MAX_IDS: Final = 145_000
"""A table of so many is below 1 MiB: one part, known by its digest alone."""

_MANY: Final = 100
"""Of so many tables the old ones are joined."""


def take_out(repository: Repository, *, name: str, ids: Ids) -> None:
    """Stage ids of a list to leave it, and note for the curator to sign that they may."""
    state = repository.state
    one = state.lists.get(name)
    staged = state.staged.setdefault(name, Staged())
    waiting = difference(repository.arrays.get(staged.adds), gone=ids)
    staged.adds = repository.arrays.put(waiting) if len(waiting) else None
    released = repository.arrays.get(None if one is None else one.ids)
    public = ids[among(ids, others=released)]
    made = [(blob, repository.arrays.put(some)) for some, blob in _tables(repository, ids=public)]
    staged.removes += made
    if made:
        digests = state.withdrawn.removes.get(name, [])
        digests = [*digests, *(blob.sha256 for blob, _ in made if blob.sha256 not in digests)]
        present = difference(released, gone=public)
        state.withdrawn.removes[name] = _few(
            repository, name=name, digests=digests, present=union(present, more=waiting)
        )


def _tables(repository: Repository, *, ids: Ids) -> Iterator[tuple[Ids, Blob]]:
    k, r = WIRE_SHAPE
    for start in range(0, len(ids), MAX_IDS):
        some = ids[start : start + MAX_IDS]
        yield some, repository.put_blob(table(some, k=k, r=r))


def _few(repository: Repository, *, name: str, digests: list[str], present: Ids) -> list[str]:
    """Return the digests with those of old tables joined, if there are many."""
    if len(digests) <= _MANY:
        return digests
    in_use = _in_use(repository, name=name)
    old = [digest for digest in digests if digest not in in_use]
    gone = reduce(lambda ids, digest: union(ids, more=_ids(repository, digest)), old, NOTHING)
    gone = difference(gone, gone=present)
    joined = [blob.sha256 for _, blob in _tables(repository, ids=gone)]
    few = [*joined, *(digest for digest in digests if digest in in_use)]
    if len(few) > MAX_REMOVES:
        raise InputError(f"{name}: too much was reinstated since the last release; release first")
    return few


def _in_use(repository: Repository, *, name: str) -> set[str]:
    """Return the digests of tables that a delta names, or will with the next release."""
    state = repository.state
    one = state.lists.get(name)
    changes = () if one is None else one.changes
    named = {blob.sha256 for change in changes for blob in change.delta.removes}
    return named | {blob.sha256 for blob, _ in state.staged[name].removes}


def _ids(repository: Repository, digest: str) -> Ids:
    content = repository.read(f"parts/{digest}")
    return np.fromiter(IdTable.of(content), dtype=np.uint64)

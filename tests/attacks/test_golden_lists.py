"""A million revoked ids are all refused, a million others none, whichever way a list came.

Two million ids live through five states of a list in every way there is: listed or not in
each state. Deltas lead from state to state: one by one, joined, one over all, and a new base.
Every legal route must end in the same bytes, compacted or held as an overlay, and every id is
then asked for through what the door asks.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from scanner.passes import verify
from scanner.publish import tables
from scanner.trust import RevocationList
from scanner.trust.delta import Delta, combined, merged, needed
from scanner.trust.ids import hashed
from scanner.trust.idtable import WIRE_SHAPE, IdTable, encode, shape_for
from scanner.trust.overlay import RevokedTable

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

if TYPE_CHECKING:
    from tests.conftest import Mint

EACH = 1_000_000
LAST = 4
K, R = shape_for(EACH)
# One id in 32 changes; those go through all sixteen ways of being listed before the end.
_CHANGING = 512
_WAYS = 1 << LAST

Edge = tuple[int, int]
JOINED: tuple[Edge, ...] = ((0, 2), (2, 4), (0, 4))
STEPS: tuple[Edge, ...] = tuple((state, state + 1) for state in range(LAST))
BASES = (0, 3)


def _text(number: int) -> str:
    """Even numbers are revoked in the end, odd ones are not."""
    return f"own:golden:{number}"


@dataclass(frozen=True)
class Golden:
    """Lists at two states, and the deltas between all five."""

    bases: dict[int, bytes]
    deltas: dict[Edge, Delta]
    final: str
    revoked: int


@pytest.fixture(scope="module")
def golden() -> Golden:
    numbers = np.arange(2 * EACH, dtype=np.uint64)
    ids = np.fromiter((hashed(_text(int(n))) for n in numbers), np.uint64, 2 * EACH)
    in_the_end = numbers % 2 == 0
    way = numbers // 2 % _CHANGING
    states = [
        tables.unique(ids[np.where(way < _WAYS, way >> np.uint64(state) & 1 == 1, in_the_end)])
        for state in range(LAST)
    ]
    states.append(tables.unique(ids[in_the_end]))
    assert len(states[LAST]) == EACH
    deltas = {(start, end): _delta(states[start], after=states[end]) for start, end in STEPS}
    for start, end in JOINED:
        steps = [deltas[edge] for edge in STEPS if start <= edge[0] < end]
        deltas[start, end] = reduce(_one_after_the_other, steps)
    return Golden(
        bases={state: b"".join(tables.table(states[state], k=K, r=R)) for state in BASES},
        deltas={edge: _over_the_wire(delta) for edge, delta in deltas.items()},
        final=tables.write_table(states[LAST], k=K, r=R, write=len),
        revoked=EACH,
    )


def _delta(before: tables.Ids, *, after: tables.Ids) -> Delta:
    adds, removes = tables.changes(before, after=after, width=K + 8 * R)
    assert len(adds) > 10_000
    assert len(removes) > 10_000
    return Delta([int(one) for one in adds], [int(one) for one in removes])


def _one_after_the_other(earlier: Delta, later: Delta) -> Delta:
    return combined(earlier, later=later, width=K + 8 * R)


def _over_the_wire(delta: Delta) -> Delta:
    k, r = WIRE_SHAPE
    return Delta(*([*IdTable.of(encode(ids, k=k, r=r))] for ids in (delta.adds, delta.removes)))


def _routes(state: int) -> Iterator[tuple[Edge, ...]]:
    """Yield every way from a state to the last one: a delta leads from all it spans."""
    if state == LAST:
        yield ()
    for start, end in (*STEPS, *JOINED):
        if start <= state < end:
            for route in _routes(end):
                yield (start, end), *route


ROUTES = [(base, route) for base in BASES for route in _routes(base)]


def _named(base: int, route: tuple[Edge, ...]) -> str:
    return " ".join([f"base {base}", *(f"{start}-{end}" for start, end in route)])


def test_there_are_twenty_routes() -> None:
    assert len(ROUTES) == 20


@pytest.mark.parametrize(("base", "route"), ROUTES, ids=[_named(*one) for one in ROUTES])
def test_every_route_ends_in_the_same_list(
    base: int, route: tuple[Edge, ...], golden: Golden, tmp_path: Path
) -> None:
    compacted, overlaid = golden.bases[base], Delta()
    for step, edge in enumerate(route):
        delta = golden.deltas[edge]
        # A restart at each step: what is opened is what was written.
        (tmp_path / str(step)).write_bytes(compacted)
        before = IdTable.of((tmp_path / str(step)).read_bytes())
        compacted = b"".join(merged(before, adds=delta.adds, removes=delta.removes))
        overlaid = _one_after_the_other(overlaid, delta)
    assert hashlib.sha256(compacted).hexdigest() == golden.final
    table = IdTable.of(golden.bases[base])
    whole = merged(table, adds=overlaid.adds, removes=overlaid.removes)
    assert hashlib.sha256(b"".join(whole)).hexdigest() == golden.final


def _compacted(golden: Golden, folder: Path) -> RevokedTable:
    base, delta = IdTable.of(golden.bases[3]), golden.deltas[3, 4]
    content = b"".join(merged(base, adds=delta.adds, removes=delta.removes))
    return RevokedTable("golden", _reopened(folder / "table", content=content))


def _overlaid(golden: Golden, folder: Path) -> RevokedTable:
    over = reduce(_one_after_the_other, (golden.deltas[edge] for edge in STEPS))
    table = _reopened(folder / "table", content=golden.bases[0])
    least, (k, r) = needed(table, adds=over.adds, removes=over.removes), WIRE_SHAPE
    adds, removes = (
        _reopened(folder / name, content=encode(ids, k=k, r=r))
        for name, ids in (("adds", least.adds), ("removes", least.removes))
    )
    return RevokedTable("golden", table, adds, removes)


def _reopened(path: Path, *, content: bytes) -> IdTable:
    path.write_bytes(content)
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    return IdTable.opened(lambda at, size: os.pread(file, size, at), size=path.stat().st_size)


@pytest.mark.long
@pytest.mark.parametrize("made", [_compacted, _overlaid], ids=["compacted", "overlaid"])
def test_a_million_are_refused_and_a_million_others_are_not(
    made: Callable[[Golden, Path], RevokedTable], golden: Golden, mint: "Mint", tmp_path: Path
) -> None:
    revoked = RevocationList(tables=(made(golden, tmp_path),))
    assert len(revoked) == golden.revoked
    number = 0
    carrying = replace(
        verify(mint.valid, keyring=mint.keyring).verified, list_ids=lambda: (_text(number),)
    )
    wrong = []
    for number in range(2 * EACH):
        entry = revoked.entry_for(carrying, kids=())
        if entry != (None if number % 2 else "listed as own"):
            wrong.append(number)
    assert wrong == []

"""Deltas on tables, against sets of W-bit beginnings, with ids that share entries."""

import hashlib
from collections.abc import Iterable
from heapq import merge

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.terms import InputError
from scanner.trust.delta import Delta, combined, left, merged, needed
from scanner.trust.idtable import AHEAD_BYTES, HEADER, MAGIC, IdTable, encode
from scanner.trust.overlay import RevokedTable

TOP = 2**64 - 1
SHAPES = [(1, 1), (2, 1), (3, 1), (1, 2), (8, 6)]
# Six leading bits and one far behind them: at 9 and 10 bits many ids share an entry.
CROWDED = st.builds(lambda a, b: a << 54 | b, st.integers(0, 1023), st.integers(0, 1))
IDS = CROWDED | st.sampled_from([0, TOP]) | st.integers(0, TOP)
SETS = st.frozensets(IDS, max_size=24)
SHAPE = st.sampled_from(SHAPES)


def _table(ids: Iterable[int], shape: tuple[int, int]) -> IdTable:
    return IdTable.of(encode(ids, k=shape[0], r=shape[1]))


def _model(
    entries: set[int], delta: "tuple[frozenset[int], frozenset[int]]", *, shift: int
) -> set[int]:
    adds, removes = delta
    return (entries - {one >> shift for one in removes}) | {one >> shift for one in adds}


def _after(table: IdTable, *, adds: Iterable[int], removes: Iterable[int]) -> bytes:
    return b"".join(merged(table, adds=sorted(adds), removes=sorted(removes)))


@given(ids=SETS, adds=SETS, removes=SETS, shape=SHAPE)
def test_a_merged_table_is_the_one_made_anew(
    ids: frozenset[int], adds: frozenset[int], removes: frozenset[int], shape: tuple[int, int]
) -> None:
    table = _table(ids, shape)
    shift = 64 - table.width
    expected = _model({one >> shift for one in ids}, (adds, removes), shift=shift)
    result = _after(table, adds=adds, removes=removes)
    assert result == encode((one << shift for one in expected), k=shape[0], r=shape[1])
    # Twice the same delta changes nothing more.
    assert _after(IdTable.of(result), adds=adds, removes=removes) == result


@given(ids=SETS, adds=SETS, removes=SETS, asked=SETS, shape=SHAPE)
def test_an_overlay_answers_as_the_merged_table_does(
    ids: frozenset[int],
    adds: frozenset[int],
    removes: frozenset[int],
    asked: frozenset[int],
    shape: tuple[int, int],
) -> None:
    table = _table(ids, shape)
    compact = IdTable.of(_after(table, adds=adds, removes=removes))
    least = needed(table, adds=sorted(adds), removes=sorted(removes))
    for over in (Delta(adds, removes), least):
        held = RevokedTable("list", table, _table(over.adds, (8, 7)), _table(over.removes, (8, 7)))
        for one in ids | adds | removes | asked:
            assert held.has(one) is compact.has(one)
    assert held.entries == len(compact)


@given(ids=SETS, first=st.tuples(SETS, SETS), then=st.tuples(SETS, SETS), shape=SHAPE)
def test_two_deltas_are_one(
    ids: frozenset[int],
    first: tuple[frozenset[int], frozenset[int]],
    then: tuple[frozenset[int], frozenset[int]],
    shape: tuple[int, int],
) -> None:
    table = _table(ids, shape)
    step = IdTable.of(_after(table, adds=first[0], removes=first[1]))
    both = combined(Delta(*first), later=Delta(*then), width=table.width)
    expected = _after(step, adds=then[0], removes=then[1])
    assert _after(table, adds=both.adds, removes=both.removes) == expected
    # Also from between: some doors made the first step already.
    assert _after(step, adds=both.adds, removes=both.removes) == expected


@given(before=SETS, after=SETS, old=SHAPE, new=SHAPE)
def test_what_left_is_what_the_old_table_lists_alone(
    before: frozenset[int], after: frozenset[int], old: tuple[int, int], new: tuple[int, int]
) -> None:
    was, became = _table(before, old), _table(after, new)
    shift = 64 - min(was.width, became.width)
    gone = {one >> shift for one in before} - {one >> shift for one in after}
    assert list(left(was, new=became)) == [entry << shift for entry in sorted(gone)]


ENDS = {
    "the first bucket": 0,
    "the last bucket": TOP,
    "the last entry of the first half": (1 << 63) - 1,
    "the first entry of the second half": 1 << 63,
}


@pytest.mark.parametrize("one", ENDS.values(), ids=ENDS.keys())
@pytest.mark.parametrize(
    "others", [(), (0x4242 << 48, 0xC242 << 48)], ids=["alone", "among others"]
)
def test_an_entry_comes_and_goes_at_every_end(one: int, others: tuple[int, ...]) -> None:
    without, with_it = (encode(ids, k=1, r=2) for ids in (others, (*others, one)))
    assert _after(IdTable.of(without), adds=[one], removes=[]) == with_it
    assert _after(IdTable.of(with_it), adds=[], removes=[one]) == without
    assert _after(IdTable.of(with_it), adds=[one], removes=[one]) == with_it


def test_a_removal_named_twice_leaves_the_neighbour_alone() -> None:
    ids = [number << 40 for number in range(1000, 1010)]
    removes = merge([ids[4]], [ids[4]], [ids[4] | 1])
    content = b"".join(merged(_table(ids, (16, 5)), removes=removes))
    assert content == encode([*ids[:4], *ids[5:]], k=16, r=5)


def test_a_table_of_many_readings_is_merged_as_made_anew() -> None:
    ids = sorted(number * 0x9E3779B97F4A7C15 & TOP for number in range(200_000))
    adds = sorted(number * 0xD1B54A32D192ED03 & TOP for number in range(1, 3_000))
    for k, r in ((8, 6), (16, 5)):
        pieces = list(merged(_table(ids, (k, r)), adds=adds, removes=ids[::70]))
        whole = encode([*set(ids).difference(ids[::70]), *adds], k=k, r=r)
        assert hashlib.sha256(b"".join(pieces)).digest() == hashlib.sha256(whole).digest()
        assert max(map(len, pieces)) < 400_000


@pytest.mark.parametrize("beside", [-1, 0, 1])
def test_an_entry_beside_the_end_of_a_reading_comes_and_goes(beside: int) -> None:
    ids = [number << 48 for number in range(60_000)]
    one = AHEAD_BYTES // 5 + beside
    without, whole = (encode(some, k=8, r=5) for some in (ids[:one] + ids[one + 1 :], ids))
    assert _after(IdTable.of(whole), adds=[], removes=[ids[one]]) == without
    assert _after(IdTable.of(without), adds=[ids[one]], removes=[]) == whole


def test_ids_that_do_not_ascend_are_refused() -> None:
    with pytest.raises(ValueError, match="must ascend"):
        list(merged(_table([], (8, 6)), adds=[1 << 50, 1]))


def test_more_entries_than_a_table_can_count_are_refused() -> None:
    head = HEADER.pack(MAGIC, 1, 1, bytes(6), 2**32 - 1)
    counts = bytes(4) + b"\xff" * 8

    def read_at(at: int, size: int) -> bytes:
        return (head + counts)[at : at + size].ljust(size, b"\x02")

    table = IdTable.opened(read_at, size=36 + 2**32 - 1)
    with pytest.raises(InputError, match="more than one can hold"):
        next(merged(IdTable(read_at, table.k, table.r, table.n), adds=[TOP]))


SMALL = encode([number * 0x9E3779B97F4A7C15 & TOP for number in range(12)], k=2, r=2)


@given(
    flips=st.dictionaries(st.integers(0, len(SMALL) - 1), st.integers(1, 255), max_size=3),
    ids=SETS,
)
def test_a_table_with_wrong_bytes_answers_or_says_that_it_is_damaged(
    flips: dict[int, int], ids: frozenset[int]
) -> None:
    content = bytes(byte ^ flips.get(at, 0) for at, byte in enumerate(SMALL))
    try:
        table = IdTable.of(content)
        answers = [table.has(one) for one in ids]
        pieces = list(merged(table, adds=sorted(ids), removes=sorted(ids)))
        gone = list(left(table, new=_table(ids, (3, 2))))
    except InputError as error:
        assert str(error).startswith("a damaged table of revoked ids: ")  # noqa: PT017
    else:
        assert all(IdTable.of(b"".join(pieces)).has(one) for one in ids)
        assert len(answers) == len(ids)
        assert len(gone) <= table.n

"""Large tables: the bytes of the small way, and hashes of typed lines, of any size."""

import hashlib
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.publish import tables
from scanner.terms import InputError
from scanner.trust.delta import merged
from scanner.trust.ids import hashed
from scanner.trust.idtable import IdTable, encode

HEX16 = "0123456789abcdef" * 2
KID64 = "MTIzNDU2Nzg="
# Four bits, and one far behind them: two ids share an entry in every shape but the widest.
IDS = st.frozensets(
    st.builds(lambda a, b: a << 60 | b, st.integers(0, 15), st.integers(0, 1))
    | st.integers(0, 2**64 - 1),
    max_size=40,
)
SHAPES = st.sampled_from([(1, 1), (2, 1), (8, 6), (8, 7)])


def _array(ids: frozenset[int]) -> tables.Ids:
    return np.array(sorted(ids), dtype=np.uint64)


def _set(ids: tables.Ids) -> set[int]:
    listed = [int(one) for one in ids]
    assert listed == sorted(set(listed))
    return set(listed)


@given(ids=IDS, shape=SHAPES)
def test_a_table_is_that_of_the_standard_library(
    ids: frozenset[int], shape: tuple[int, int]
) -> None:
    k, r = shape
    out = io.BytesIO()
    digest = tables.write_table(_array(ids), k=k, r=r, write=out.write)
    assert out.getvalue() == encode(ids, k=k, r=r)
    assert digest == hashlib.sha256(out.getvalue()).hexdigest()
    assert tables.entries(_array(ids), width=k + 8 * r) == len(IdTable.of(out.getvalue()))


def test_a_table_of_several_pieces_is_that_of_the_standard_library(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two ids of one entry on both sides of a piece's end are one entry still."""
    monkeypatch.setattr(tables, "_AT_ONCE", 3)
    ids = frozenset(number << 46 for number in range(1, 1000))
    assert b"".join(tables.table(_array(ids), k=8, r=1)) == encode(ids, k=8, r=1)
    assert tables.entries(_array(ids), width=16) == 250
    assert tables.among(_array(ids), others=_array(ids)).all()


@given(ids=IDS, others=IDS)
def test_sorted_ids_are_sets(ids: frozenset[int], others: frozenset[int]) -> None:
    here, there = _array(ids), _array(others)
    assert _set(tables.union(here, more=there)) == ids | others
    assert _set(tables.difference(here, gone=there)) == ids - others
    assert _set(tables.unique(np.concatenate((there, here, here)))) == ids | others


@given(before=IDS, after=IDS, shape=SHAPES)
def test_the_changes_turn_a_list_into_the_next(
    before: frozenset[int], after: frozenset[int], shape: tuple[int, int]
) -> None:
    k, r = shape
    adds, removes = tables.changes(_array(before), after=_array(after), width=k + 8 * r)
    assert _set(adds) == after - before
    assert _set(removes) <= before - after
    was = IdTable.of(encode(before, k=k, r=r))
    result = merged(was, adds=map(int, adds), removes=map(int, removes))
    assert b"".join(result) == encode(after, k=k, r=r)


def test_an_id_that_goes_takes_no_other_with_it_that_shares_its_entry() -> None:
    before, after = frozenset({1 << 60, 1 << 60 | 1, 2 << 60}), frozenset({1 << 60})
    adds, removes = tables.changes(_array(before), after=_array(after), width=56)
    assert (_set(adds), _set(removes)) == (set(), {2 << 60})


LINES = [f"dcc-uci:{number:032x}" for number in range(5000)]
OTHERS = [f"shc-rid:kid:rid{number}" for number in range(50)]
TIMED = ["shc-rid:kid:rid.100", f"kid:{KID64}"]
CONTENTS = {
    "whole lines": "\n".join([*LINES, ""]),
    "no end on the last line": "\n".join(LINES),
    "CRLF": "\r\n".join(LINES),
    "a mark and a comment": "\ufeff# ü\n" + "\n".join(LINES),
    "empty lines": "\n\n".join(LINES),
    "each twice, backwards": "\n".join([*LINES, *reversed(LINES)]),
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS.keys())
@pytest.mark.parametrize("read_bytes", [1 << 20, 100, 1])
def test_lines_are_hashed_however_they_are_read(
    content: str, read_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "_READ_BYTES", read_bytes)
    listed = tables.read_listed(io.BytesIO(content.encode()))
    assert _set(listed.ids) == set(map(hashed, LINES))
    assert listed.lines == ()


def test_lines_that_have_no_hash_are_handed_back() -> None:
    content = "\n".join([*TIMED, *OTHERS, *LINES, *TIMED])
    listed = tables.read_listed(io.BytesIO(content.encode()))
    assert _set(listed.ids) == set(map(hashed, [*LINES, *OTHERS]))
    assert listed.lines == (*TIMED, *TIMED)


@pytest.mark.parametrize("content", [b"", b"#", b"\n", b"\xef\xbb\xbf"])
def test_a_list_of_nobody_is_empty(content: bytes) -> None:
    assert len(tables.read_listed(io.BytesIO(content)).ids) == 0


WRONG = {
    "a word": (b"hello", "line 5001: 'hello' is no typed id"),
    "bytes that are no text": (b"ticket:\xff", "line 5001: not a text file"),
    "a line without end": (b"ticket:" + b"a" * 3_000_000, "a line has no end"),
}


@pytest.mark.parametrize(("line", "says"), WRONG.values(), ids=WRONG.keys())
def test_one_broken_line_refuses_the_file_and_is_named(line: bytes, says: str) -> None:
    content = "\n".join([*LINES, ""]).encode() + line
    with pytest.raises(InputError, match=says):
        tables.read_listed(io.BytesIO(content))


def test_more_ids_than_a_table_can_count_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_ENTRIES", 2)
    with pytest.raises(InputError, match="3 ids are more than a list can hold"):
        list(tables.table(_array(frozenset({1, 2, 3})), k=8, r=7))

"""Tables of revoked ids: what is listed is found, in two reads; what is broken is an error."""

import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.terms import InputError
from scanner.trust.ids import hashed
from scanner.trust.idtable import (
    HEADER,
    MAGIC,
    MAX_BUCKET,
    IdTable,
    encode,
    false_hit,
    shape_for,
    size_of,
)

TOP = 2**64 - 1
SHAPES = [(1, 1), (2, 1), (3, 2), (8, 6), (8, 7)]
IDS = st.integers(0, TOP) | st.sampled_from([0, 1, TOP, TOP - 1, 1 << 63])
# Few values of the leading bits, so that ids really share entries.
CROWDED = st.integers(0, 63).map(lambda i: i << 55) | IDS


@given(
    listed=st.sets(CROWDED, max_size=40),
    asked=st.sets(CROWDED, max_size=40),
    shape=st.sampled_from(SHAPES),
)
def test_a_table_holds_the_first_bits_of_its_ids(
    listed: set[int], asked: set[int], shape: tuple[int, int]
) -> None:
    k, r = shape
    table = IdTable.of(encode(listed, k=k, r=r))
    shift = 64 - table.width
    entries = {one >> shift for one in listed}
    assert [one >> shift for one in table] == sorted(entries)
    assert len(table) == len(entries)
    for one in listed | asked:
        assert table.has(one) is (one in table) is (one >> shift in entries)
    assert "0" not in table


@given(
    listed=st.sets(CROWDED, max_size=40),
    asked=st.sets(CROWDED, max_size=40),
    bits=st.integers(8, 64),
)
def test_an_entry_is_found_by_fewer_bits_too(listed: set[int], asked: set[int], bits: int) -> None:
    table = IdTable.of(encode(listed, k=8, r=7))
    beginnings = {one >> (64 - bits) for one in listed}
    for one in listed | asked:
        assert table.has(one, bits=bits) is (one >> (64 - bits) in beginnings)


@pytest.mark.parametrize("bits", [7, 57])
def test_bits_that_a_table_does_not_hold_are_refused(bits: int) -> None:
    with pytest.raises(ValueError, match=f"cannot compare {bits} bits"):
        IdTable.of(encode([5], k=8, r=6)).has(5, bits=bits)


def test_a_suffix_is_not_found_across_two_others() -> None:
    """Bytes that the search meets between two entries are none."""
    table = IdTable.of(encode([0x00_1122 << 40, 0x00_2233 << 40], k=8, r=2))
    assert not table.has(0x00_2222 << 40)
    assert table.has(0x00_2233 << 40)


def test_the_same_entries_make_the_same_bytes() -> None:
    ids = [hashed(f"ticket:{number}") for number in range(500)]
    assert encode(ids, k=8, r=6) == encode([*reversed(ids), *ids], k=8, r=6)


def test_the_format_is_as_written_down() -> None:
    content = encode([0x8001 << 48, 0x0102 << 48], k=1, r=1)
    assert content == (
        b"DSIDT1\0\0" + b"\x01\x01" + bytes(6) + (2).to_bytes(8, "big")
        + bytes(4) + (1).to_bytes(4, "big") + (2).to_bytes(4, "big") + b"\x02" + b"\x00"
    )  # fmt: skip
    assert len(content) == size_of(2, k=1, r=1)


@pytest.mark.parametrize("number", [0, 1, 499])
def test_a_lookup_takes_two_reads(number: int) -> None:
    content = encode([hashed(f"ticket:{n}") for n in range(500)], k=8, r=6)
    reads: list[tuple[int, int]] = []

    def read_at(at: int, size: int) -> bytes:
        reads.append((at, size))
        return content[at : at + size]

    table = IdTable.opened(read_at, size=len(content))
    reads.clear()
    assert table.has(hashed(f"ticket:{number}"))
    assert len(reads) == 2
    assert all(size < 100 for _, size in reads)


GOOD = encode([hashed(f"ticket:{number}") for number in range(5000)], k=8, r=6)


def _head(
    *, magic: bytes = MAGIC, k: int = 8, r: int = 6, zeros: bytes = bytes(6), n: int = 5000
) -> bytes:
    return HEADER.pack(magic, k, r, zeros, n) + GOOD[HEADER.size :]


WRONG_FRAMES = {
    "nothing": (b"", "cut short"),
    "half a header": (GOOD[:20], "cut short"),
    "another magic": (_head(magic=b"DSIDT2\0\0"), "does not begin like one"),
    "bytes that must be zero": (_head(zeros=b"\0\0\0\0\0\1"), "does not begin like one"),
    "K of nothing": (_head(k=0), "out of bounds"),
    "K too large": (_head(k=25), "out of bounds"),
    "R of nothing": (_head(r=0), "out of bounds"),
    "more than 64 bits": (_head(k=9, r=7), "out of bounds"),
    "more entries than can be counted": (_head(n=2**32), "out of bounds"),
    "an entry too few": (_head(n=5001), "take 31058 bytes, it has 31052"),
    "an entry too many": (_head(n=4999), "it has 31052"),
    "a byte too few": (GOOD[:-1], "it has 31051"),
    "a byte too many": (GOOD + b"\0", "it has 31053"),
    "a first count that is not none": (GOOD[:27] + b"\1" + GOOD[28:], "counts do not run"),
    "a last count that is not all": (
        GOOD[: 24 + 1024] + struct.pack(">I", 4999) + GOOD[24 + 1028 :], "counts do not run",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content", "says"), WRONG_FRAMES.values(), ids=WRONG_FRAMES.keys())
def test_a_table_whose_frame_is_off_is_not_opened(content: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says):
        IdTable.of(content)


def test_a_table_cut_at_any_length_is_not_opened() -> None:
    content = encode([hashed("a"), hashed("b"), hashed("c")], k=2, r=2)
    for length in range(len(content)):
        with pytest.raises(InputError):
            IdTable.of(content[:length])


def _fails_after(reads: int) -> Callable[[int, int], bytes]:
    left = iter(range(reads))

    def read_at(at: int, size: int) -> bytes:
        return GOOD[at : at + size] if next(left, None) is not None else GOOD[at : at + size - 1]

    return read_at


@pytest.mark.parametrize("reads", range(5))
def test_a_read_that_comes_back_short_is_an_error_and_never_an_answer(reads: int) -> None:
    with pytest.raises(InputError, match="cut short"):
        IdTable.opened(_fails_after(reads), size=len(GOOD)).has(hashed("ticket:1"))


COUNT_AT = 24 + 4 * 100
FALLING = {
    "a count below the one before": GOOD[:COUNT_AT] + bytes(4) + GOOD[COUNT_AT + 4 :],
    "a count above all": GOOD[:COUNT_AT] + b"\xff" * 4 + GOOD[COUNT_AT + 4 :],
}


@pytest.mark.parametrize("content", FALLING.values(), ids=FALLING.keys())
def test_counts_that_fall_are_an_error_at_the_lookup_and_in_a_walk(content: bytes) -> None:
    table = IdTable.of(content)
    with pytest.raises(InputError, match="counts fall"):
        [table.has(bucket << 56) for bucket in (99, 100)]
    with pytest.raises(InputError, match="counts fall"):
        list(table)


def test_a_last_chunk_of_counts_above_all_is_an_error() -> None:
    """Counts are walked in chunks; the last one of a chunk has no successor there."""
    content = bytearray(encode([1], k=14, r=1))
    content[24 + 4 * (2**14 - 1) : 24 + 4 * 2**14] = b"\xff" * 4
    with pytest.raises(InputError, match="counts fall"):
        list(IdTable.of(bytes(content)))


@pytest.mark.parametrize("swap", ["out of order", "twice the same"])
def test_entries_that_do_not_ascend_are_an_error_in_a_walk(swap: str) -> None:
    one, two = b"\x01", b"\x02"
    content = encode([0x0001 << 48, 0x0002 << 48], k=8, r=1)[:-2]
    table = IdTable.of(content + {"out of order": two + one, "twice the same": one + one}[swap])
    with pytest.raises(InputError, match="do not ascend"):
        list(table)


def test_a_walk_over_more_than_one_reading_finds_all() -> None:
    ids = [number * 0x9E3779B97F4A7C15 & TOP for number in range(90_000)]
    assert list(IdTable.of(encode(ids, k=8, r=7))) == sorted(ids)


SIZES = [0, 1, 200_000, 200_001, 3_600_000, 3_600_001, 10**7, 14_000_000, 57_000_000, 10**8]


@pytest.mark.parametrize("n", SIZES)
def test_a_list_may_double_and_still_errs_less_than_once_in_ten_billion(n: int) -> None:
    k, r = shape_for(n)
    assert false_hit(2 * n, k=k, r=r) <= 1e-10
    assert k + 8 * r >= 56


def test_ten_and_a_hundred_million_take_at_most_5_3_bytes_an_entry() -> None:
    for n in (10**7, 10**8):
        k, r = shape_for(n)
        assert size_of(n, k=k, r=r) <= 5.3 * n


def test_a_bucket_that_holds_too_much_is_refused_before_it_is_read() -> None:
    """Or whoever signs a table has every look at it read all of it."""
    crowd = [number << 8 for number in range(MAX_BUCKET + 1)]
    table = IdTable.of(encode(crowd, k=8, r=7))
    with pytest.raises(InputError, match="too much"):
        table.has(crowd[0])
    with pytest.raises(InputError, match="too much"):
        list(table.counts())
    full = IdTable.of(encode(crowd[1:], k=8, r=7))
    assert full.has(crowd[1])
    assert len(list(full.counts())) == 1

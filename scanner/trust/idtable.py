"""Tables of revoked ids: sorted, truncated hashes behind a fan-out, never held in memory.

    magic "DSIDT1" 0 0 | K u8 | R u8 | 6 zero bytes | n u64
    2^K + 1 counts u32: how many entries lie in the buckets before
    n suffixes of R bytes, ascending, none twice               (all big-endian)

An entry is the first W = K + 8 R bits of a 64-bit id: K bits choose its bucket, R bytes stand
there. Same entries, same K and R: same bytes, so that a signature over the SHA-256 of a table
is one over what it says. A lookup is two reads. What comes back short or out of order is an
error and never "not revoked".
"""

import math
import struct
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from operator import gt, index, sub
from typing import Final

from scanner.terms import InputError

MAGIC: Final = b"DSIDT1\0\0"
ID_BITS: Final = 64
# More would put a fan-out of 64 MiB before the first entry.
MAX_K: Final = 24
# Counts are of 32 bits.
MAX_ENTRIES: Final = 2**32 - 1
# Adds, removes and overlays: small, and with all 64 bits.
WIRE_SHAPE: Final = (8, 7)

HEADER: Final = struct.Struct(">8sBB6sQ")
COUNTS_AT: Final = HEADER.size
COUNT_BYTES: Final = 4
# One read ahead: few reads from a card, and nothing to speak of in memory.
AHEAD_BYTES: Final = 1 << 18
# An honest bucket holds 2,400 entries at most, in a delta of 600,000 ids. Whoever signs a table
# with all of it in one bucket would have every look at it read megabytes.
MAX_BUCKET: Final = 1 << 14
COUNTS_AT_ONCE: Final = 1 << 14
_PAIR: Final = struct.Struct(">II")

# Entries up to which a shape is chosen. A stranger's id is in the table by chance with
# probability n / 2^W: 2.8e-12, 5.0e-11, 4.9e-11 and 4.9e-11 at these bounds, so a list may
# double after its shape was chosen and still stay below 1e-10. The last shape does up to
# 461 million entries. A bucket holds 8 to 780 entries: less than a page, but for small lists.
_SHAPES: Final = (
    (200_000, (8, 6)),
    (3_600_000, (16, 5)),
    (14_000_000, (18, 5)),
    (57_000_000, (20, 5)),
)
_LARGEST: Final = (22, 5)

ReadAt = Callable[[int, int], bytes]


def shape_for(n: int) -> tuple[int, int]:
    """Return K and R for a list of `n` entries."""
    return next((shape for bound, shape in _SHAPES if n <= bound), _LARGEST)


def size_of(n: int, *, k: int, r: int) -> int:
    """Return the bytes of a table of `n` entries."""
    return COUNTS_AT + COUNT_BYTES * ((1 << k) + 1) + n * r


def false_hit(n: int, *, k: int, r: int) -> float:
    """Return the probability that an id which is not listed is found in a table."""
    return -math.expm1(n * math.log1p(-(2.0 ** -(k + 8 * r))))


@dataclass(frozen=True, slots=True, eq=False)
class IdTable:
    """An opened table; `read_at(offset, size)` gives its bytes, two reads a lookup."""

    read_at: ReadAt = field(repr=False)
    k: int
    r: int
    n: int

    @classmethod
    def opened(cls, read_at: ReadAt, *, size: int) -> "IdTable":
        """Open a table of `size` bytes; raise `InputError` unless its frame is in order."""
        head = read_at(0, HEADER.size) if size >= HEADER.size else b""
        if len(head) != HEADER.size:
            raise damaged("it is cut short")
        magic, k, r, zeros, n = HEADER.unpack(head)
        if magic != MAGIC or any(zeros):
            raise damaged("it does not begin like one")
        if not (1 <= k <= MAX_K and r >= 1 and k + 8 * r <= ID_BITS and n <= MAX_ENTRIES):
            raise damaged(f"K {k}, R {r} and {n} entries are out of bounds")
        if size != size_of(n, k=k, r=r):
            raise damaged(f"{n} entries take {size_of(n, k=k, r=r)} bytes, it has {size}")
        table = cls(read_at, k, r, n)
        first = table.read(COUNTS_AT, size=COUNT_BYTES)
        last = table.read(COUNTS_AT + (COUNT_BYTES << k), size=COUNT_BYTES)
        if (int.from_bytes(first, "big"), int.from_bytes(last, "big")) != (0, n):
            raise damaged("its counts do not run from none to all")
        return table

    @classmethod
    def of(cls, content: bytes) -> "IdTable":
        """Open a table that lies in memory."""
        return cls.opened(lambda at, size: content[at : at + size], size=len(content))

    @property
    def width(self) -> int:
        """Return how many bits of an id an entry holds."""
        return self.k + 8 * self.r

    @property
    def suffixes_at(self) -> int:
        """Return the offset of the first suffix."""
        return COUNTS_AT + COUNT_BYTES * ((1 << self.k) + 1)

    def __len__(self) -> int:
        return self.n

    def __contains__(self, id64: object) -> bool:
        return isinstance(id64, int) and self.has(id64)

    def read(self, at: int, *, size: int) -> bytes:
        """Read `size` bytes; raise `InputError` if fewer come back."""
        content = self.read_at(at, size)
        if len(content) != size:
            raise damaged("it is cut short")
        return content

    def bucket(self, number: int) -> tuple[int, int]:
        """Return the first entry of a bucket and the first one after it."""
        pair = self.read(COUNTS_AT + COUNT_BYTES * number, size=_PAIR.size)
        first, last = _PAIR.unpack(pair)
        if not first <= last <= self.n:
            raise damaged("its counts fall")
        if last - first > MAX_BUCKET:
            raise damaged("one of its buckets holds too much")
        return first, last

    def has(self, id64: int, *, bits: int | None = None) -> bool:
        """Say whether an entry has the first `bits` bits of an id: by default all it holds."""
        k, r = self.k, self.r
        bucket = id64 >> (ID_BITS - k)
        first, last = self.bucket(bucket)
        suffixes = self.read(self.suffixes_at + first * r, size=(last - first) * r)
        within = 8 * r if bits is None else bits - k
        if not 0 <= within <= 8 * r:
            raise ValueError(f"a table of K {k} and R {r} cannot compare {bits} bits")
        wanted = (id64 >> (ID_BITS - k - within)) & ((1 << within) - 1)
        return _holds(suffixes, r=r, wanted=wanted, bits=within)

    def counts(self) -> Iterator[tuple[int, ...]]:
        """Yield the counts in order, many at once; raise `InputError` where they fall."""
        before = 0
        for at in range(0, (1 << self.k) + 1, COUNTS_AT_ONCE):
            number = min(COUNTS_AT_ONCE, (1 << self.k) + 1 - at)
            content = self.read(COUNTS_AT + COUNT_BYTES * at, size=COUNT_BYTES * number)
            counts = struct.unpack(f">{number}I", content)
            if any(map(gt, chain((before,), counts), counts)) or counts[-1] > self.n:
                raise damaged("its counts fall")
            if max(map(sub, counts, chain((before,), counts))) > MAX_BUCKET:
                raise damaged("one of its buckets holds too much")
            before = counts[-1]
            yield counts

    def buckets(self) -> Iterator[tuple[int, bytes]]:
        """Yield the buckets that hold something, in order: number and suffixes."""
        ahead = Ahead(self)
        bucket, first = -1, 0
        for last in chain.from_iterable(self.counts()):
            if last > first:
                yield bucket, ahead.entries(first, last=last)
                first = last
            bucket += 1

    def __iter__(self) -> Iterator[int]:
        """Yield the entries in order as 64-bit ids, the bits that it does not hold being 0."""
        r, shift, before = self.r, ID_BITS - self.width, -1
        for bucket, suffixes in self.buckets():
            for at in range(0, len(suffixes), r):
                entry = bucket << 8 * r | int.from_bytes(suffixes[at : at + r], "big")
                if entry <= before:
                    raise damaged("its entries do not ascend")
                before = entry
                yield entry << shift


class Ahead:
    """Entries of a table at ascending places, read far ahead: one pass over a slow card."""

    def __init__(self, table: IdTable) -> None:
        self._table = table
        self._held = b""
        self._first = 0

    def entries(self, first: int, *, last: int) -> bytes:
        """Return the suffixes of the entries from `first` up to `last`, that one left out."""
        r = self._table.r
        start = (first - self._first) * r
        if start < 0 or start + (last - first) * r > len(self._held):
            number = max(last - first, min(AHEAD_BYTES // r, self._table.n - first))
            self._held = self._table.read(self._table.suffixes_at + first * r, size=number * r)
            self._first, start = first, 0
        return self._held[start : start + (last - first) * r]


def encode(ids: Iterable[int], *, k: int, r: int) -> bytes:
    """Return the table of some 64-bit ids, held in memory: for adds, removes and tests."""
    shift, mask = ID_BITS - k - 8 * r, (1 << 8 * r) - 1
    entries = sorted({index(one) >> shift for one in ids})
    counts = [bisect_left(entries, bucket << 8 * r) for bucket in range((1 << k) + 1)]
    return b"".join((
        HEADER.pack(MAGIC, k, r, bytes(6), len(entries)),
        struct.pack(f">{len(counts)}I", *counts),
        *((entry & mask).to_bytes(r, "big") for entry in entries),
    ))  # fmt: skip


def damaged(why: str) -> InputError:
    """Make the error for a table that cannot be used as it is."""
    return InputError(f"a damaged table of revoked ids: {why}; it must be fetched again")


def _holds(suffixes: bytes, *, r: int, wanted: int, bits: int) -> bool:
    """Say whether one of the suffixes begins with the `bits` bits of `wanted`."""
    whole, rest = divmod(bits, 8)
    beginning = (wanted >> rest).to_bytes(whole, "big")
    at = suffixes.find(beginning)
    while 0 <= at < len(suffixes):
        aligned = at % r == 0
        if aligned and (not rest or suffixes[at + whole] >> (8 - rest) == wanted & (1 << rest) - 1):
            return True
        at = suffixes.find(beginning, at + 1)
    return False

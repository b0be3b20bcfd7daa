"""Large tables of revoked ids, made at once: the operator's side of `scanner.trust.idtable`.

Ids are sorted arrays of 64-bit numbers, none twice, 8 bytes an id. The bytes of a table are
those that `idtable.encode` and `delta.merged` make of the same ids.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from scanner.terms import InputError
from scanner.trust.ids import HASH_DOMAIN, MAX_ID_CHARACTERS, ExactId, read_id
from scanner.trust.idtable import HEADER, ID_BITS, MAGIC, MAX_ENTRIES

Ids = NDArray[np.uint64]

# Ids in work at once: 8 MiB a copy, whatever the list's size.
_AT_ONCE: Final = 1 << 20
_READ_BYTES: Final = 1 << 20
# A whole piece of such lines needs no look at each one.
_DCC_LINES: Final = re.compile(rb"(?:dcc-(?:uci|countryuci|signature):[0-9a-f]{32}\n)+")
_MARK: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list of typed lines holds: hashes of exact ids, and the lines that have none."""

    ids: Ids
    lines: tuple[str, ...]


def table(ids: Ids, *, k: int, r: int) -> Iterator[bytes]:
    """Yield the table of sorted ids in pieces."""
    n = 0
    counts = np.zeros((1 << k) + 1, dtype=np.uint64)
    for entries in _entries(ids, width=k + 8 * r):
        n += len(entries)
        buckets = (entries >> np.uint64(8 * r)).astype(np.int64)
        counts[1:] += np.bincount(buckets, minlength=1 << k).astype(np.uint64)
    if n > MAX_ENTRIES:
        raise InputError(f"{n} ids are more than a list can hold; split the list")
    yield HEADER.pack(MAGIC, k, r, bytes(6), n)
    np.cumsum(counts, out=counts)
    yield counts.astype(">u4").tobytes()
    for entries in _entries(ids, width=k + 8 * r):
        yield entries.astype(">u8").view(np.uint8).reshape(-1, 8)[:, 8 - r :].tobytes()


def write_table(ids: Ids, *, k: int, r: int, write: Callable[[bytes], object]) -> str:
    """Write the table of sorted ids and return its SHA-256 as hex digits."""
    digest = hashlib.sha256()
    for piece in table(ids, k=k, r=r):
        digest.update(piece)
        write(piece)
    return digest.hexdigest()


def entries(ids: Ids, *, width: int) -> int:
    """Return how many entries sorted ids make in a table of `width` bits."""
    return sum(len(piece) for piece in _entries(ids, width=width))


def unique(ids: Ids) -> Ids:
    """Return ids in order and none twice; sorts in place."""
    ids.sort()
    first = np.ones(len(ids), dtype=np.bool_)
    np.not_equal(ids[1:], ids[:-1], out=first[1:])
    return ids if first.all() else ids[first]


def among(ids: Ids, *, others: Ids, width: int = ID_BITS) -> NDArray[np.bool_]:
    """Say of each of some sorted ids whether `others` have one with the same `width` bits."""
    shift = np.uint64(ID_BITS - width)
    found = np.zeros(len(ids), dtype=np.bool_)
    for start in range(0, len(ids), _AT_ONCE):
        wanted = ids[start : start + _AT_ONCE] >> shift
        place = np.searchsorted(others, wanted << shift)
        inside = place < len(others)
        found[start : start + _AT_ONCE][inside] = others[place[inside]] >> shift == wanted[inside]
    return found


def union(ids: Ids, *, more: Ids) -> Ids:
    """Return sorted ids with some more."""
    return unique(np.concatenate((ids, more))) if len(more) else ids


def difference(ids: Ids, *, gone: Ids) -> Ids:
    """Return sorted ids without those that are gone."""
    present = gone[among(gone, others=ids)]
    return np.delete(ids, np.searchsorted(ids, present)) if len(present) else ids


def changes(before: Ids, *, after: Ids, width: int) -> tuple[Ids, Ids]:
    """Return adds and removes that turn a list of `width` bits of `before` into `after`'s.

    An id whose entry another id still needs is not among the removes.
    """
    adds = after[~among(after, others=before)]
    removes = before[~among(before, others=after)]
    return adds, removes[~among(removes, others=after, width=width)]


def read_listed(file: BinaryIO) -> Listed:
    """Hash a file of typed lines; raise `InputError` naming the first that cannot be used.

    Ten million lines take 160 MB: they are never in memory at once, their hashes are.
    """
    pieces: list[Ids] = []
    lines: list[str] = []
    number = 1
    for content in _whole_lines(file):
        if _DCC_LINES.fullmatch(content):
            exact = content.split(b"\n")
            exact.pop()
        else:
            exact = _sorted_out(content, number=number, lines=lines)
        number += content.count(b"\n")
        pieces.append(_hashes(exact))
    return Listed(unique(np.concatenate([*pieces, np.empty(0, np.uint64)])), tuple(lines))


def _entries(ids: Ids, *, width: int) -> Iterator[Ids]:
    """Yield the first `width` bits of sorted ids, none twice, many at once."""
    shift = np.uint64(ID_BITS - width)
    before: np.uint64 | None = None
    for start in range(0, len(ids), _AT_ONCE):
        cut = ids[start : start + _AT_ONCE] >> shift
        first = np.ones(len(cut), dtype=np.bool_)
        np.not_equal(cut[1:], cut[:-1], out=first[1:])
        first[0] = cut[0] != before
        before = cut[-1]
        yield cut if first.all() else cut[first]


def _hashes(lines: list[bytes]) -> Ids:
    sha256 = hashlib.sha256
    digests = b"".join([sha256(HASH_DOMAIN + line).digest()[:8] for line in lines])
    return np.frombuffer(digests, dtype=">u8").astype(np.uint64)


def _whole_lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield pieces of a file that end where lines end, the last with a line end set to it."""
    rest = file.read(len(_MARK)).removeprefix(_MARK)
    while content := file.read(_READ_BYTES):
        whole, end, begun = content.rpartition(b"\n")
        if end:
            yield rest + whole + end
            rest = begun
        else:
            rest += begun
        if len(rest) > 4 * MAX_ID_CHARACTERS + _READ_BYTES:
            raise InputError("not a text file of typed ids: a line has no end")
    if rest:
        yield rest + b"\n"


def _sorted_out(content: bytes, *, number: int, lines: list[str]) -> list[bytes]:
    """Return the exact ids of some lines; append the others to `lines`."""
    exact: list[bytes] = []
    for at, raw in enumerate(content.split(b"\n")[:-1], start=number):
        line = raw.removesuffix(b"\r")
        if not line or line.startswith(b"#"):
            continue
        try:
            text = line.decode()
            one = read_id(text)
        except UnicodeDecodeError:
            raise InputError(f"line {at}: not a text file; one typed id a line") from None
        except InputError as error:
            raise InputError(f"line {at}: {error}") from None
        if isinstance(one, ExactId):
            exact.append(line)
        else:
            lines.append(text)
    return exact

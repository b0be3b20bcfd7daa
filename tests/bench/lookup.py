"""Revoked ids among 10 million: lookups warm and cold, memory, bytes, and a delta merged.

Each figure comes from a process of its own that loads what a door loads. Beside it, in the
same run: SQLite with a BLOB key WITHOUT ROWID, and a Bloom filter (rbloom) of the same error.
Cold means that the file was dropped from the page cache before each lookup.
"""

import importlib.util
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from scanner.publish import tables
from scanner.trust.idtable import WIRE_SHAPE, false_hit, shape_for
from tests.bench.figures import Figure, at_most, spread

_BESIDE = 10_000_000
_CHANGED = 10_000
_ASKED = 20_000
_STRANGERS = 1_000_000
# A disk, as the page cache of a file in memory cannot be dropped.
_ON_DISK = "/var/tmp"  # noqa: S108 - a folder of random name is made there
_SEED = 42


def bench(n: int = _BESIDE) -> Iterator[Figure]:
    """Make a list of `n` ids, ask it, change it; the rivals only beside ten million."""
    with tempfile.TemporaryDirectory(dir=_ON_DISK) as name:
        folder = Path(name)
        _lay_out(folder, n=n)
        yield from _asked(folder, n=n)
        yield from _changed(folder, n=n)
        if n == _BESIDE:
            yield from _beside_sqlite(folder)
            yield from _beside_bloom(folder, n=n)


def _lay_out(folder: Path, *, n: int) -> None:
    """Write the table, what is asked of it, and a delta."""
    random = np.random.default_rng(_SEED)
    ids = tables.unique(random.integers(0, 2**64, n, dtype=np.uint64))
    _write(folder / "table", ids=ids, shape=shape_for(n))
    fresh = tables.unique(random.integers(0, 2**64, _ASKED // 2 + _CHANGED, dtype=np.uint64))
    fresh = random.permutation(fresh[~tables.among(fresh, others=ids)])
    known = random.choice(ids, _ASKED // 2 + _CHANGED, replace=False)
    asked = random.permutation(np.concatenate((fresh[_CHANGED:], known[_CHANGED:])))
    asked.tofile(folder / "asked")
    random.integers(0, 2**64, _STRANGERS, dtype=np.uint64).tofile(folder / "strangers")
    _write(folder / "adds", ids=np.sort(fresh[:_CHANGED]), shape=WIRE_SHAPE)
    _write(folder / "removes", ids=np.sort(known[:_CHANGED]), shape=WIRE_SHAPE)
    if n == _BESIDE:
        ids.tofile(folder / "ids")


def _write(path: Path, *, ids: tables.Ids, shape: tuple[int, int]) -> None:
    k, r = shape
    with path.open("wb") as file:
        tables.write_table(ids, k=k, r=r, write=file.write)
        file.flush()
        os.fsync(file.fileno())


def _asked(folder: Path, *, n: int) -> Iterator[Figure]:
    found = _child("ask", folder)
    k, r = shape_for(n)
    shown = spread(found["warm_us"], unit="us")
    yield at_most("lookup, warm", max(found["warm_us"]), bound=15, unit="us", shown=shown)
    yield _cold("lookup, cold", found, bound=2)
    yield at_most("memory that 20,000 lookups took", found["grown_mb"], bound=0.1, unit="MB")
    per_entry = (folder / "table").stat().st_size / n
    yield at_most("bytes an entry", per_entry, bound=5.3, unit="B")
    chance = false_hit(n, k=k, r=r)
    shown = f"{chance:.1e}"
    yield at_most("false hits, by the distribution", chance, bound=1e-10, unit="", shown=shown)
    shown = f"{found['false_hits']} of {_STRANGERS:,}"
    yield at_most("false hits, seen", found["false_hits"], bound=0, unit="", shown=shown)


def _changed(folder: Path, *, n: int) -> Iterator[Figure]:
    merged = _child("merge", folder)
    what, took = "10,000 adds and 10,000 removes merged", merged["seconds"]
    # The time of a merge is that of the list's bytes.
    yield at_most(what, took, bound=max(1, n / _BESIDE), unit="s")
    yield at_most("memory that the merge took", merged["extra_mb"], bound=30, unit="MB")
    wire_kb = sum((folder / name).stat().st_size for name in ("adds", "removes")) / 1000
    yield at_most("the delta on the wire", wire_kb, bound=150, unit="KB")


def _beside_sqlite(folder: Path) -> Iterator[Figure]:
    path = folder / "sqlite"
    ids = np.fromfile(folder / "ids", dtype=np.uint64).astype(">u8").tobytes()
    database = sqlite3.connect(path)
    database.executescript(
        "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
        "CREATE TABLE revoked (id BLOB PRIMARY KEY) WITHOUT ROWID;"
    )
    rows = ((ids[at : at + 8],) for at in range(0, len(ids), 8))
    database.executemany("INSERT INTO revoked VALUES (?)", rows)
    database.commit()
    database.close()
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
    found = _child("sqlite", folder)
    yield Figure("SQLite: lookup, warm", spread(found["warm_us"], unit="us"))
    yield _cold("SQLite: lookup, cold", found)
    yield Figure("SQLite: bytes an entry", f"{path.stat().st_size * 8 / len(ids):.2f} B")


def _beside_bloom(folder: Path, *, n: int) -> Iterator[Figure]:
    if importlib.util.find_spec("rbloom") is None:
        yield Figure("Bloom filter", "rbloom is not installed")
        return
    k, r = shape_for(n)
    found = _child("bloom", folder, str(false_hit(n, k=k, r=r)))
    yield Figure("Bloom filter: lookup", spread(found["warm_us"], unit="us"))
    yield Figure("Bloom filter: all of it in memory", f"{found['bytes'] / 1e6:.1f} MB")
    yield Figure("Bloom filter: bytes an entry", f"{found['bytes'] / n:.2f} B")


def _cold(what: str, found: dict[str, Any], *, bound: int | None = None) -> Figure:
    pages, size = found["cold_pages"], found["cold_bytes"]
    shown = f"{pages:.2f} pages, {size / 1024:.1f} KiB"
    if not size:
        return Figure(what, "the disk tells no reads")
    # An entry's bucket may lie across the end of a page, one time in twenty.
    return Figure(what, shown) if bound is None else _pages(what, pages, bound=bound, shown=shown)


def _pages(what: str, pages: float, *, bound: int, shown: str) -> Figure:
    return Figure(what, shown, f"<= {bound}.1", pages <= bound + 0.1)


def _child(task: str, folder: Path, *more: str) -> dict[str, Any]:
    words = [sys.executable, "-m", "tests.bench.lookup_child", task, str(folder), *more]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(words, check=True, capture_output=True, text=True, cwd=root)
    found: dict[str, Any] = json.loads(done.stdout)
    return found

"""One process of the benchmark `lookup`: asks or merges, and prints what that took as JSON."""

import hashlib
import json
import os
import re
import sqlite3
import sys
import time
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scanner.trust.delta import merged
from scanner.trust.idtable import IdTable
from scanner.trust.overlay import RevokedTable
from scanner.trust.revocation import RevocationList

_ROUNDS = 5
_COLD = 200
_PAGE = 4096


def main(task: str, folder: Path, *more: str) -> dict[str, Any]:
    """Do one task in a folder that `lookup` laid out."""
    if task == "merge":
        return _merge(folder)
    asked = _numbers(folder / "asked")
    if task == "sqlite":
        return _sqlite(folder / "sqlite", asked=asked)
    if task == "bloom":
        return _bloom(folder, asked=asked, rate=float(more[0]))
    return _table(folder, asked=asked)


def _numbers(path: Path) -> "array[int]":
    return array("Q", path.read_bytes())


def _opened(path: Path) -> tuple[IdTable, int]:
    file = os.open(path, os.O_RDONLY)
    # As the door does: without it the kernel reads far ahead of a lookup.
    os.posix_fadvise(file, 0, 0, os.POSIX_FADV_RANDOM)
    size = os.fstat(file).st_size
    return IdTable.opened(lambda at, size: os.pread(file, size, at), size=size), file


def _table(folder: Path, *, asked: "array[int]") -> dict[str, Any]:
    table, file = _opened(folder / "table")
    (held,) = RevocationList(tables=(RevokedTable("bench", table),)).tables

    def cold() -> None:
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)

    _ask(held.has, asked=asked[:100])
    before = _memory("VmRSS")
    _ask(held.has, asked=asked)
    grown = _memory("VmRSS") - before
    return {
        **_cold(held.has, asked=asked, forget=cold),
        "warm_us": _warm(held.has, asked=asked),
        "grown_mb": grown,
        "false_hits": sum(map(held.has, _numbers(folder / "strangers"))),
    }


def _ask(has: Callable[[int], bool], *, asked: "array[int]") -> int:
    return sum(map(has, asked))


def _warm(has: Callable[[int], bool], *, asked: "array[int]") -> list[float]:
    """Return microseconds a lookup, in several rounds; half of what is asked is listed."""
    times = []
    for _ in range(_ROUNDS + 1):
        started = time.perf_counter()
        hits = _ask(has, asked=asked)
        times.append((time.perf_counter() - started) / len(asked) * 1e6)
        if 2 * hits != len(asked):
            raise SystemExit(f"{hits} hits of {len(asked)}")
    return times[1:]


def _cold(
    has: Callable[[int], bool], *, asked: "array[int]", forget: Callable[[], None]
) -> dict[str, float]:
    read = 0
    for one in asked[:_COLD]:
        forget()
        before = _read_bytes()
        has(one)
        read += _read_bytes() - before
    return {"cold_bytes": read / _COLD, "cold_pages": read / _COLD / _PAGE}


def _read_bytes() -> int:
    found = re.search(r"^read_bytes: (\d+)", Path("/proc/self/io").read_text(), re.MULTILINE)
    return int(found[1]) if found else 0


def _memory(which: str) -> float:
    """Return a figure of /proc/self/status, such as VmRSS, in units of 10^6 bytes."""
    found = re.search(rf"^{which}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def _merge(folder: Path) -> dict[str, float]:
    tables = [_opened(folder / name)[0] for name in ("table", "adds", "removes")]
    before, digest = _memory("VmRSS"), hashlib.sha256()
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    started = time.perf_counter()
    with (folder / "merged").open("wb") as file:
        for piece in merged(tables[0], adds=tables[1], removes=tables[2]):
            digest.update(piece)
            file.write(piece)
    took = time.perf_counter() - started
    return {"seconds": took, "extra_mb": _memory("VmHWM") - before}


def _sqlite(path: Path, *, asked: "array[int]") -> dict[str, Any]:
    database, file = sqlite3.connect(path), os.open(path, os.O_RDONLY)
    query = "SELECT 1 FROM revoked WHERE id = ?"

    def has(one: int) -> bool:
        return database.execute(query, (one.to_bytes(8, "big"),)).fetchone() is not None

    def forget() -> None:
        nonlocal database
        database.close()
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        database = sqlite3.connect(path)

    return {**_cold(has, asked=asked, forget=forget), "warm_us": _warm(has, asked=asked)}


def _bloom(folder: Path, *, asked: "array[int]", rate: float) -> dict[str, Any]:
    from rbloom import Bloom  # noqa: PLC0415 - a rival, only where it is asked for

    listed = _numbers(folder / "ids")
    bloom = Bloom(len(listed), rate)
    bloom.update(listed)
    return {"warm_us": _warm(bloom.__contains__, asked=asked), "bytes": bloom.size_in_bits // 8}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])))

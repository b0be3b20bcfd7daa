"""A ticket claimed among a million: as a guest waits for it; memory, disk, start, end of event.

Beside it, in the same run and on the same disk: SQLite that syncs each claim, and all used
tickets in one JSON file that is written anew for each.
"""

import hashlib
import hmac
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from scanner.store.durable import replace_file
from scanner.store.ledger import Ledger
from scanner.store.ledger_file import connected
from tests.bench.figures import Figure, at_most, percentile, spread

_TICKETS: Final = 1_000_000 - 20_000
_SYNCED: Final = 300
_JSON: Final = 5
_KEY: Final = bytes(range(32))
_NOW: Final = datetime(2026, 6, 1, 20, 0, tzinfo=UTC)
_ENDS: Final = _NOW + timedelta(hours=6)
# A disk, since a sync of memory costs nothing.
_ON_DISK: Final = "/var/tmp"  # noqa: S108 - a folder of random name is made there


def bench() -> Iterator[Figure]:
    """Use a million tickets up, then claim some more."""
    with tempfile.TemporaryDirectory(dir=_ON_DISK) as name:
        path = Path(name) / "ledger.sqlite"
        _fill(path)
        yield from _claimed(_child("claim", path))
        size_mb = sum(file.stat().st_size for file in path.parent.iterdir()) / 1e6
        yield at_most("on the disk", size_mb, bound=100, unit="MB")
        yield from _beside_synced(path)
        yield from _beside_json(Path(name) / "used.json")
        dropped = _child("drop", path)
        what = "a claim while a million are dropped"
        yield at_most(what, dropped["max_ms"], bound=100, unit="ms")
        yield Figure("until all of them are gone", f"{dropped['seconds']:.1f} s")


def _claimed(found: dict[str, Any]) -> Iterator[Figure]:
    used, again = found["used_ms"], found["again_ms"]
    yield at_most("a ticket used, p50", percentile(used, 0.5), bound=2, unit="ms")
    yield at_most("a ticket used, p99", percentile(used, 0.99), bound=10, unit="ms")
    yield at_most("a ticket used, the longest", max(used), bound=50, unit="ms")
    yield at_most("a used ticket refused, p99", percentile(again, 0.99), bound=10, unit="ms")
    yield at_most("opened and looked over", found["open_s"], bound=10, unit="s")
    yield at_most("memory: the ledger's code", found["import_mb"], bound=3, unit="MB")
    yield at_most("memory: open, and after all claims", found["grown_mb"], bound=2, unit="MB")


def _fill(path: Path) -> None:
    """Use tickets up as fast as a disk takes them: the rows are those that claims write."""
    Ledger(path, key=_KEY).close()
    sql = connected(path)
    sql.execute("PRAGMA synchronous = OFF")
    sql.execute("BEGIN")
    event = _hash("event", "e")
    ends = int(_ENDS.timestamp())
    row = (event, ends, _TICKETS, _TICKETS, _TICKETS)
    sql.execute("INSERT INTO event VALUES (1, ?, ?, ?, ?, ?)", row)
    hashes = sorted(_hash("ticket", "e", f"own:1:{number}") for number in range(_TICKETS))
    sql.executemany("INSERT INTO ticket VALUES (1, ?, 1, 1)", ((one,) for one in hashes))
    sql.execute("COMMIT")
    sql.close()
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _hash(*words: str) -> bytes:
    return hmac.digest(_KEY, json.dumps(words).encode(), hashlib.sha256)[:16]


def _beside_synced(path: Path) -> Iterator[Figure]:
    sql = connected(path)
    sql.execute("PRAGMA synchronous = FULL")
    serials = iter(range(_SYNCED))

    def claim() -> None:
        sql.execute("BEGIN IMMEDIATE")
        ticket = _hash("ticket", "e", f"synced:{next(serials)}")
        sql.execute("INSERT INTO ticket VALUES (1, ?, 1, 1)", (ticket,))
        sql.execute("UPDATE event SET tickets = tickets + 1, used = used + 1, inside = inside + 1")
        sql.execute("COMMIT")

    took = _timed(claim, times=_SYNCED)
    sql.close()
    shown = f"{percentile(took, 0.5):.2f} / {percentile(took, 0.99):.1f} / {max(took):.0f} ms"
    yield Figure("SQLite, each synced: p50, p99, max", shown)


def _beside_json(path: Path) -> Iterator[Figure]:
    used = {_hash("ticket", "e", f"own:1:{number}").hex(): 1 for number in range(_TICKETS)}

    def claim() -> None:
        replace_file(path, json.dumps(used).encode(), mode=0o600)

    yield Figure("one JSON file written anew", spread(_timed(claim, times=_JSON), unit="ms"))


def _timed(work: Callable[[], object], *, times: int) -> list[float]:
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        took.append((time.perf_counter() - begun) * 1000)
    return took


def _child(task: str, path: Path) -> dict[str, Any]:
    words = [sys.executable, "-m", "tests.bench.ledger_child", task, str(path)]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(words, check=True, capture_output=True, text=True, cwd=root)
    found: dict[str, Any] = json.loads(done.stdout)
    return found

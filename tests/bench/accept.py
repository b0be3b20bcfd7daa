"""From the inbox into force: a base of 10 million ids, a day's delta on it, and a quiet night.

Each step runs in a process of its own, as its unit does: verify from the pinned root, merge,
hash the result, sync, put in force. The extra memory is the peak beyond what the process held
when everything was loaded. Beside it, what it takes merely to hash and copy the list.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

from scanner.publish import staging, tables
from scanner.publish.release import released
from tests.bench.figures import Figure, at_most
from tests.sync.house import DAY, NOON, House

_IDS: Final = 10_000_000
_CHANGED: Final = 10_000
_SEED: Final = 43
_BOUND_S: Final = 1
_BOUND_MB: Final = 30
# A disk, so that a sync is one.
_ON_DISK: Final = "/var/tmp"  # noqa: S108 - a folder of random name is made there

_STEP: Final = """
import json, re, sys, time
from datetime import datetime
from pathlib import Path
import scanner.sync.accept.clock
from scanner.store.places import Places
from scanner.sync.accept.acceptance import accept
from scanner.terms import Moment
from scanner.trust.feed import verify

def memory(which):
    found = re.search(rf"^{which}:\\s+(\\d+) kB", Path("/proc/self/status").read_text(), re.M)
    return int(found[1]) * 1024 / 1e6

places = Places.at(Path(sys.argv[1]))
now = Moment(datetime.fromisoformat(sys.argv[2]), trusted=True)
Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
before, started = memory("VmRSS"), time.perf_counter()
outcome = accept(places, now=now)
took = time.perf_counter() - started
peak = memory("VmHWM")
print(json.dumps({
    "result": outcome.result.value, "detail": outcome.detail,
    "seconds": took, "extra_mb": peak - before, "peak_mb": peak,
}))
"""


def bench() -> Iterator[Figure]:
    """Publish a list, let a door accept it, change it, and let the night come."""
    with tempfile.TemporaryDirectory(dir=_ON_DISK) as name:
        house = House(Path(name) / "house")
        ids = _first(house)
        base = _accepted(house, expected="accepted")
        again = _accepted(house, expected="unchanged")
        house.now += timedelta(minutes=15)
        _change(house, ids=ids)
        delta = _accepted(house, expected="accepted")
        house.now = NOON.replace(hour=3) + DAY
        house.renew()
        night = _accepted(house, expected="accepted")
        rival_s = _copied_s(house)
    yield Figure("10 M ids for the first time", _both(base))
    yield at_most("a delta of 10,000 and 10,000", delta["seconds"], bound=_BOUND_S, unit="s")
    yield at_most("  memory that it took", delta["extra_mb"], bound=_BOUND_MB, unit="MB")
    yield Figure("  peak RSS", f"{delta['peak_mb']:.1f} MB")
    yield Figure("the night's compaction", _both(night))
    yield Figure("nothing new", f"{again['seconds'] * 1000:.0f} ms")
    yield Figure("the list hashed, copied and synced", f"{rival_s:.2f} s")


def _both(step: dict[str, Any]) -> str:
    return f"{step['seconds']:.2f} s, {step['extra_mb']:.1f} MB"


def _first(house: House) -> tables.Ids:
    chance = np.random.default_rng(_SEED)
    ids = tables.unique(chance.integers(0, 2**64, _IDS, dtype=np.uint64))
    _release(house, adds=ids, gone=None)
    return ids


def _change(house: House, *, ids: tables.Ids) -> None:
    chance = np.random.default_rng(_SEED + 1)
    adds = tables.unique(chance.integers(0, 2**64, _CHANGED, dtype=np.uint64))
    _release(house, adds=adds, gone=np.sort(chance.choice(ids, _CHANGED, replace=False)))


def _release(house: House, *, adds: tables.Ids, gone: tables.Ids | None) -> None:
    with house.repository() as repository:
        staging.revoke(repository, adds, name="main")
        if gone is not None:
            staging.reinstate(repository, ids_by_list={"main": gone}, lines=[])
        released(repository)


def _accepted(house: House, *, expected: str) -> dict[str, Any]:
    house.deliver()
    done = subprocess.run(
        [sys.executable, "-c", _STEP, str(house.door), house.now.isoformat()],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    found: dict[str, Any] = json.loads(done.stdout)
    if found["result"] != expected:
        raise RuntimeError(f"{found['result']}: {found['detail']}")
    return found


def _copied_s(house: House) -> float:
    current = house.current()
    if current is None:
        raise RuntimeError("nothing is in force")
    table, copy = current / "revoked/main.table", house.door / "copy"
    started = time.perf_counter()
    with table.open("rb") as file:
        hashlib.file_digest(file, "sha256")
    shutil.copyfile(table, copy)
    subprocess.run(["sync", str(copy)], check=True)
    return time.perf_counter() - started

"""One process of the benchmark `ledger`: claims, or drops an event, and prints what that took."""

import importlib
import json
import re
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from scanner.gate import Role
from scanner.rules import Use

if TYPE_CHECKING:
    from scanner.store.ledger import Ledger

_CLAIMS: Final = 3_000
# A line of guests is slower; this leaves what is done beside the loop time to be in the way.
_PAUSE_S: Final = 0.002
_KEY: Final = bytes(range(32))
_NOW: Final = datetime(2026, 6, 1, 20, 0, tzinfo=UTC)
_ENDS: Final = _NOW + timedelta(hours=6)
_AFTER: Final = _ENDS + timedelta(hours=6)


def main(task: str, path: Path) -> dict[str, Any]:
    """Do one task with a ledger that the benchmark filled."""
    before = _memory_mb()
    module = importlib.import_module("scanner.store.ledger")
    code = _memory_mb() - before
    begun = time.perf_counter()
    ledger: Ledger = module.Ledger(path, key=_KEY)
    open_s = time.perf_counter() - begun
    if task == "drop":
        return _dropped(ledger, path=path)
    used = _timed(ledger, lambda number: _ticket(f"new:{number}"))
    again = _timed(ledger, lambda number: _ticket(f"own:1:{number * 300}"))
    grown = _memory_mb() - before - code
    ledger.close()
    took = {"used_ms": used, "again_ms": again}
    return {**took, "open_s": open_s, "import_mb": code, "grown_mb": grown}


def _ticket(serial: str, *, event: str = "e", ends: datetime = _ENDS) -> Use:
    return Use(serial=serial, event=event, most=1, at_once=1, reenters=False, ends=ends)


def _timed(ledger: "Ledger", ticket: Callable[[int], Use]) -> list[float]:
    return [_claim_ms(ledger, ticket(number)) for number in range(_CLAIMS)]


def _claim_ms(ledger: "Ledger", use: Use) -> float:
    begun = time.perf_counter()
    ledger.claim(use, role=Role.ENTRY, now=_NOW)
    took_ms = (time.perf_counter() - begun) * 1000
    time.sleep(_PAUSE_S)
    return took_ms


def _dropped(ledger: "Ledger", *, path: Path) -> dict[str, Any]:
    """Drop the event, and claim tickets of the next one until all of it is gone."""
    # Imported as late as by a door.
    import sqlite3  # noqa: PLC0415

    begun, took, number = time.perf_counter(), list[float](), 0
    ledger.drop_ended(_AFTER - timedelta(hours=1))
    seen = sqlite3.connect(path, isolation_level=None)
    while seen.execute("SELECT 1 FROM event WHERE hash IS NULL").fetchone():
        took.append(_claim_ms(ledger, _ticket(str(number), event="next", ends=_AFTER)))
        number += 1
    seconds = time.perf_counter() - begun
    seen.close()
    ledger.close()
    return {"max_ms": max(took), "seconds": seconds}


def _memory_mb() -> float:
    found = re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) * 1024 / 1e6


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], Path(sys.argv[2]))))

"""What the courier says of its rounds, and its phase: small files in its own folder.

Light, for it is looked at every few minutes. A record that is absent or damaged is no error:
the next round writes it anew.
"""

import errno
import json
import random
import time
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

from scanner.store import read_file, replace_file
from scanner.store.places import Places
from scanner.sync.pacing import Pacing
from scanner.terms import InputError

FILE_MODE: Final = 0o640
_MAX_BYTES: Final = 16 * 1024
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


class Outcome(Enum):
    """How a round ended."""

    NEWS = "news"
    NO_NEWS = "no_news"
    FAILED = "failed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The last round, and when the next begins, in seconds since the boot `boot_id`.

    `rounds` counts those that ended; `failures` those in a row that did not end well.
    """

    outcome: Outcome
    cause: str | None
    detail: str | None
    at: str
    source: str
    failures: int
    rounds: int
    min_wait_s: int | None
    boot_id: str
    next_boottime_s: float


def write(record: Record, *, places: Places) -> None:
    """Put the record into place; `OSError` if the disk does not take it."""
    told = {**asdict(record), "outcome": record.outcome.value}
    content = (json.dumps(told, sort_keys=True) + "\n").encode()
    try:
        replace_file(places.courier_record, content, mode=FILE_MODE)
    except OSError as error:
        is_full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        if not is_full or not places.courier_record.exists():
            raise
        # A full disk takes no second file, but says so in the one that is there: what a power
        # cut would leave of it is at worst no record.
        with places.courier_record.open("r+b") as file:
            file.write(content)
            file.truncate()


def reserve(places: Places) -> None:
    """Take a place for the record before the disk may be full; `OSError` if it is already."""
    if not places.courier_record.exists():
        replace_file(places.courier_record, b"{}\n", mode=FILE_MODE)


def read(places: Places) -> Record | None:
    """Return the last record; None if there is none that can be understood."""
    try:
        told: Any = json.loads(read_file(places.courier_record, max_bytes=_MAX_BYTES))
        return _record(told)
    except (InputError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None


def phase(places: Places) -> float:
    """Return this door's phase in [0, 1): random at its first round, the same ever after."""
    path = places.courier / "phase"
    try:
        kept = float(read_file(path, max_bytes=64))
        if 0 <= kept < 1:
            return kept
    except (InputError, ValueError):
        pass
    made = round(random.random(), 6) % 1  # noqa: S311 - spreads load, guards nothing
    try:
        replace_file(path, f"{made}\n".encode(), mode=FILE_MODE)
    except OSError:
        # A card that is full or worn: the next round draws again.
        return made
    return made


def boot_id() -> str:
    """Return what tells this boot from every other; empty where the kernel does not say."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def boottime_s() -> float:
    """Return the seconds since the boot, sleep included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def next_round_s(places: Places) -> float:
    """Return in how many seconds the next round begins; 0 or less: now."""
    last = read(places)
    if last is not None and last.boot_id == boot_id():
        return last.next_boottime_s - boottime_s()
    return Pacing(phase(places)).first_s() - boottime_s()


def _record(told: Any) -> Record:
    return Record(
        outcome=Outcome(told["outcome"]),
        cause=_text(told["cause"]),
        detail=_text(told["detail"]),
        at=str(told["at"]),
        source=str(told["source"]),
        failures=int(told["failures"]),
        rounds=int(told["rounds"]),
        min_wait_s=None if told["min_wait_s"] is None else int(told["min_wait_s"]),
        boot_id=str(told["boot_id"]),
        next_boottime_s=float(told["next_boottime_s"]),
    )


def _text(told: Any) -> str | None:
    return None if told is None else str(told)

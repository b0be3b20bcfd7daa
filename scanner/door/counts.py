"""Counts by quarter hour, verdict and reason: all that a door writes about its guests.

One line for each quarter hour in which something was decided, in a file a month:

    {"quarter": "2026-11-22T19:15:00+00:00", "counts": {"admit.admitted": 41}}

What staff decided is counted beside, as "staff.staff_paper"; it is no verdict.

Written when the quarter is over and when the door ends; a power cut costs what was
counted since. Two lines of one quarter (the door was restarted) add up. Old months go, but
never by a clock that is not trusted: one that runs ahead would take everything with it.
"""

import contextlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from scanner.door.staff import StaffReason
from scanner.store import append_line
from scanner.terms import Decision, Moment

QUARTER: Final = timedelta(minutes=15)
_MONTH: Final = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])\.jsonl")
# A disk that takes nothing for a day will not take the day before either.
_MAX_WAITING: Final = 96
# Asked at every turn, a disk that takes nothing would keep the door from its guests.
_AGAIN_S: Final = 60.0
_REMEDY: Final = "free space, or check the disk and who owns the folder"
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600


class Counts:
    """An attendant that counts in memory, and writes once a quarter hour at most."""

    def __init__(self, folder: Path, *, kept_days: int, now: Callable[[], Moment]) -> None:
        self.trouble = ""
        self._folder = folder
        self._kept = timedelta(days=kept_days)
        self._now = now
        self._quarters: dict[datetime, Counter[str]] = {}
        self._again_at_s = 0.0

    def add(self, decision: Decision) -> None:
        """Count one decision."""
        self._count(f"{decision.verdict.value}.{decision.reason.value}")

    def add_staff(self, reason: StaffReason) -> None:
        """Count one decision of a person."""
        self._count(f"staff.{reason.value}")

    def filenos(self) -> Iterable[int]:
        """Wait for nothing."""
        return ()

    def turn(self, now_s: float) -> None:
        """Write the quarters that are over."""
        if self._quarters and now_s >= self._again_at_s:
            this = quarter_of(self._now().wall)
            self._write([quarter for quarter in self._quarters if quarter != this])
            self._again_at_s = now_s + _AGAIN_S if self.trouble else 0.0

    def close(self) -> None:
        """Write the rest."""
        self._write(list(self._quarters))

    def _count(self, what: str) -> None:
        self._quarters.setdefault(quarter_of(self._now().wall), Counter())[what] += 1

    def _write(self, quarters: Iterable[datetime]) -> None:
        for quarter in sorted(quarters):
            counts = dict(sorted(self._quarters[quarter].items()))
            line = json.dumps({"quarter": quarter.isoformat(), "counts": counts})
            try:
                self._folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
                append_line(self._folder / f"{quarter:%Y-%m}.jsonl", line, mode=_FILE_MODE)
            except OSError as error:
                self.trouble = f"counts are not written: {error.strerror}; {_REMEDY}"
                while len(self._quarters) > _MAX_WAITING:
                    del self._quarters[min(self._quarters)]
                return
            self.trouble = ""
            del self._quarters[quarter]
            # What cannot be removed is no reason to write a quarter twice.
            with contextlib.suppress(OSError):
                if self._now().trusted:
                    self._prune(quarter)

    def _prune(self, now: datetime) -> None:
        """Remove the months of which every day is too old."""
        for path in self._folder.iterdir():
            month = _MONTH.fullmatch(path.name)
            if month and now - _end_of(int(month[1]), int(month[2])) > self._kept:
                path.unlink()


def quarter_of(at: datetime) -> datetime:
    """Return the beginning of the quarter hour that holds `at`, in UTC."""
    at = at.astimezone(UTC)
    return at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0)


def _end_of(year: int, month: int) -> datetime:
    return datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)

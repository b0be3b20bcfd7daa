"""What courier and accept last said of themselves, for a person who looks at the door.

Words of others: taken for what they are, bounded, and never acted on. Nobody there, or
nothing that can be understood, is no error.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from scanner.gate.timekeeping import Evidence
from scanner.store import read_file
from scanner.store.places import Places
from scanner.terms import InputError
from scanner.trust import strict

_MAX_BYTES: Final = 256 * 1024
_MAX_DETAIL: Final = 300
_MAX_WAIT_S: Final = 60 * 86_400
_BAD: Final = ("failed", "refused")


@dataclass(frozen=True, slots=True)
class Round:
    """One round of the courier, or one offer to accept, as told by whoever did it."""

    outcome: str
    cause: str | None
    detail: str | None
    at: str
    next_at: datetime | None = None

    @property
    def went_wrong(self) -> bool:
        """Say whether a person should know."""
        return self.outcome in _BAD

    @property
    def words(self) -> str:
        """Say how it ended, in one line."""
        return ": ".join(filter(None, (self.outcome, self.cause, self.detail)))

    def told(self) -> dict[str, Any]:
        """Return it as `status.json` lists it."""
        return {
            "outcome": self.outcome,
            "cause": self.cause,
            "detail": self.detail,
            "at": self.at,
            "next": None if self.next_at is None else self.next_at.isoformat(timespec="seconds"),
        }


def last_round(places: Places, *, evidence: Evidence, now: datetime) -> Round | None:
    """Return the courier's last round; `evidence` and `now` are the same present."""
    told = _object(places.courier_record)
    found = _round(told)
    if found is None:
        return None
    try:
        is_this_boot = _boot(strict.words(told["boot_id"])) == _boot(evidence.boot_id) != ""
        left_s = float(told["next_boottime_s"]) - evidence.boottime_s
    except (KeyError, TypeError, ValueError, OverflowError):
        return found
    if not is_this_boot or not -_MAX_WAIT_S <= left_s <= _MAX_WAIT_S:
        return found
    next_at = now + timedelta(seconds=max(0.0, left_s))
    return Round(found.outcome, found.cause, found.detail, found.at, next_at)


def last_offer(places: Places) -> Round | None:
    """Return what became of the last offer."""
    return _round(_object(places.accepted))


def _object(path: Path) -> Any:
    try:
        return json.loads(read_file(path, max_bytes=_MAX_BYTES))
    except (InputError, ValueError, RecursionError):
        return None


def _round(told: Any) -> Round | None:
    try:
        return Round(
            outcome=strict.words(told["outcome"]),
            cause=_optional(told["cause"]),
            detail=_optional(told["detail"]),
            at=strict.words(told["at"]),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _optional(told: Any) -> str | None:
    return None if told is None else strict.words(told)[:_MAX_DETAIL]


def _boot(boot_id: str) -> str:
    # Written with hyphens by the kernel, and without by systemd.
    return boot_id.replace("-", "")

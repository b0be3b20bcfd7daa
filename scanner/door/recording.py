"""The debug switch of an installed door: every decision to a file, for 24 hours in all.

A restart does not begin another day: when the file was begun is kept beside the door's
state. A file that takes no writing is a warning, and never keeps the door from deciding.
"""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from scanner.door.events import MAX_FILE_AGE_S, Events
from scanner.store import read_file, replace_file
from scanner.terms import InputError

BEGUN: Final = "events-begun.json"
_MODE: Final = 0o600
_MAX_BYTES: Final = 8 * 1024


@dataclass(frozen=True, slots=True)
class Recording:
    """Where decisions go, and what a person should know about it."""

    events: Events
    warning: str | None = None


def record(path: Path, *, state: Path | None, now: datetime) -> Recording:
    """Write decisions to `path` until 24 hours after the first time; `now` is aware."""
    begun = now
    if state is not None:
        begun = _begun(path, kept=state / BEGUN, now=now)
    left_s = MAX_FILE_AGE_S - max(0.0, (now - begun).total_seconds())
    if left_s <= 0:
        words = f"events: 24 hours are over; remove {path} and restart to begin anew"
        return Recording(Events(), words)
    try:
        events = Events.to(str(path), ends_at_s=time.monotonic() + left_s)
        if state is not None:
            told = json.dumps({"file": str(path), "at": begun.isoformat()})
            replace_file(state / BEGUN, told.encode(), mode=_MODE)
    except InputError as error:
        return Recording(Events(), f"{error}; name a file below /var/lib/door-scanner")
    except OSError as error:
        # What cannot be ended in time is not begun.
        events.close()
        return Recording(Events(), f"events are not written: {state}: {error.strerror}")
    return Recording(events)


def _begun(path: Path, *, kept: Path, now: datetime) -> datetime:
    """Return when writing to this file began; a file that was removed begins anew."""
    if not path.exists():
        return now
    try:
        told: Any = json.loads(read_file(kept, max_bytes=_MAX_BYTES))
        begun = datetime.fromisoformat(told["at"])
        is_known = told["file"] == str(path) and begun.tzinfo is not None
    except (InputError, ValueError, KeyError, TypeError):
        is_known = False
    return begun.astimezone(UTC) if is_known else now

"""How an attempt to accept a feed ended, and accepted.json, which says so to anybody.

The courier reads there which state of each list the door has; a list that must be fetched
from its base again is left out. A file that cannot be written costs the courier a longer way.
"""

import contextlib
import json
from dataclasses import dataclass
from datetime import UTC
from enum import Enum
from typing import Any, Final

from scanner.store import publish_file
from scanner.store.places import Places
from scanner.terms import Moment
from scanner.trust.generation import Generation
from scanner.trust.refusal import Cause

_FOLDER_MODE, _FILE_MODE = 0o755, 0o644
_MAX_DETAIL: Final = 300


class Result(Enum):
    """What became of what was offered."""

    ACCEPTED = "accepted"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended; `generation` is what is in force afterwards, `cause` None if all is well.

    `base_wanted` are lists that the door cannot lead on from what it has.
    """

    result: Result
    cause: Cause | None
    detail: str
    generation: Generation | None
    base_wanted: frozenset[str] = frozenset()


BUSY: Final = Outcome(Result.FAILED, None, "another one is accepting; wait for it", None)
"""Not told to anybody: whoever is at work will tell what becomes of it."""


def tell(outcome: Outcome, *, places: Places, now: Moment) -> None:
    """Write accepted.json, as far as that is possible."""
    path = places.accepted
    with contextlib.suppress(OSError):
        if not path.parent.is_dir():
            path.parent.mkdir(mode=_FOLDER_MODE, parents=True)
        publish_file(path, json.dumps(_told(outcome, now=now)).encode() + b"\n", mode=_FILE_MODE)


def _told(outcome: Outcome, *, now: Moment) -> dict[str, Any]:
    generation = outcome.generation
    lists = {} if generation is None else generation.lists
    return {
        "generation": None if generation is None else generation.number,
        "issued": None if generation is None else generation.issued.isoformat(),
        "lists": {
            name: {"seq": one.seq, "sha256": one.sha256}
            for name, one in lists.items()
            if name not in outcome.base_wanted
        },
        "outcome": outcome.result.value,
        "cause": None if outcome.cause is None else outcome.cause.value,
        "detail": outcome.detail[:_MAX_DETAIL],
        "at": now.wall.astimezone(UTC).isoformat(timespec="seconds"),
    }

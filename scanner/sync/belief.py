"""What the door has of each list, as the courier may know it: from what others wrote down.

Nothing here is trusted: a wrong answer costs a longer way, or a round, and never a wrong list.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from scanner.store import read_file, replace_file
from scanner.store.places import Places
from scanner.sync.record import FILE_MODE
from scanner.terms import InputError
from scanner.trust import strict
from scanner.trust.manifest import MAX_LISTS, MAX_SEQ, ListEntry

_MAX_BYTES: Final = 256 * 1024
_NAME: Final = "delivered.json"
_CONTENT: Final = ("accepted", "unchanged")


@dataclass(frozen=True, slots=True)
class Held:
    """A state of a list: its number and its digest."""

    seq: int
    sha256: str

    def leads_to(self, entry: ListEntry) -> bool:
        """Say whether this can be a state of the list that the entry speaks of."""
        return self.seq < entry.seq or (self.seq == entry.seq and self.sha256 == entry.sha256)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What was accepted last: `settled` if the last offer led to that, `anything` if it is."""

    lists: Mapping[str, Held]
    settled: bool
    anything: bool


@dataclass(frozen=True, slots=True)
class Delivered:
    """What the last offer was: a digest of its metadata, and the lists that it leads to."""

    fingerprint: str
    min_wait_s: int | None
    lists: Mapping[str, Held] = field(default_factory=dict)


def accepted(places: Places) -> Accepted | None:
    """Return what the door has; None where nobody said so since the boot."""
    try:
        told: Any = json.loads(read_file(places.accepted, max_bytes=_MAX_BYTES))
        return Accepted(
            _lists(told["lists"]),
            settled=told["outcome"] in _CONTENT,
            anything=told["generation"] is not None,
        )
    except (InputError, ValueError, TypeError, KeyError, RecursionError):
        return None


def delivered(places: Places) -> Delivered | None:
    """Return what was offered last; None if that is not known."""
    try:
        told: Any = json.loads(read_file(places.courier / _NAME, max_bytes=_MAX_BYTES))
        strict.only(told, "fingerprint", "min_wait_s", "lists")
        wait = told["min_wait_s"]
        return Delivered(
            strict.digest(told["fingerprint"]),
            None if wait is None else strict.whole(wait, low=0, high=MAX_SEQ),
            _lists(told["lists"]),
        )
    except (InputError, ValueError, TypeError, KeyError, RecursionError):
        return None


def keep_delivered(done: Delivered, *, places: Places) -> None:
    """Write down what was offered; `OSError` if the disk does not take it."""
    lists = {name: {"seq": one.seq, "sha256": one.sha256} for name, one in done.lists.items()}
    told = {"fingerprint": done.fingerprint, "min_wait_s": done.min_wait_s, "lists": lists}
    content = (json.dumps(told, sort_keys=True) + "\n").encode()
    replace_file(places.courier / _NAME, content, mode=FILE_MODE)


def _lists(told: Any) -> dict[str, Held]:
    return {
        name: Held(
            strict.whole(one["seq"], low=0, high=MAX_SEQ),
            strict.digest(one["sha256"]),
        )
        for name, one in strict.members(told, most=MAX_LISTS)
    }

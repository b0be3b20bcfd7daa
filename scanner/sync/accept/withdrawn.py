"""What may leave: the curator's word on removals, signed where the online key does not reach.

    {"format": "door-scanner withdrawn 1", "removes": {LIST: [SHA-256 of a removes table, ...]},
     "lists": [lists that may leave], "lines": [typed lines that may leave]}

Whoever steals the online key can add to the lists of revoked ids, and take nothing away.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Final

from scanner.trust import strict
from scanner.trust.manifest import Manifest, end_of_month
from scanner.trust.refusal import Cause, FeedRefused

FORMAT: Final = "door-scanner withdrawn 1"
_MAX_NAMES: Final = 10_000
_MAX_DIGESTS: Final = 50_000
"""As many as 4 MiB of them hold."""

REMEDY: Final = "the curator must sign what may leave: door-scanner publish"


class Removals(Enum):
    """What may leave: what the curator withdrew; or anything, after a change of the online key.

    A person may say so for a door that slept longer than the feed remembers.
    """

    WITHDRAWN = "withdrawn"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What may leave; by default nothing."""

    removes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    lists: frozenset[str] = frozenset()
    lines: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, content: bytes) -> "Withdrawn":
        """Read trust/withdrawn.json; raise `FeedRefused` (malformed) for anything else."""
        try:
            return _withdrawn(json.loads(content, object_pairs_hook=strict.without_twins))
        except (ValueError, TypeError, RecursionError) as error:
            words = f"withdrawn.json is not understood ({error})"
            raise FeedRefused(Cause.MALFORMED, words[:300]) from None

    def check_lists(self, *, old: Mapping[str, object], new: Manifest, at: datetime) -> None:
        """Refuse a manifest without a list that is neither over nor let go."""
        for name in sorted(old.keys() - new.lists.keys() - self.lists):
            end = end_of_month(name)
            if end is None or end > at:
                raise FeedRefused(Cause.UNREVOKED, f"the list {name} is gone; {REMEDY}")

    def check_lines(self, *, old: bytes, new: bytes) -> None:
        """Refuse typed lines that lack one which was there, unless it was let go."""
        missing = _lines(old) - _lines(new) - self.lines
        if missing:
            words = f"{len(missing)} typed lines are gone, such as {min(missing)[:40]!r}"
            raise FeedRefused(Cause.UNREVOKED, f"{words}; {REMEDY}")

    def check_removes(self, name: str, *, sha256: str) -> None:
        """Refuse a table of removes that the curator did not sign."""
        if sha256 not in self.removes.get(name, ()):
            words = f"the list {name} would lose entries that nobody withdrew; {REMEDY}"
            raise FeedRefused(Cause.UNREVOKED, words)


def _withdrawn(told: Any) -> Withdrawn:
    strict.only(told, "format", "removes", "lists", "lines")
    if told["format"] != FORMAT:
        raise ValueError("of another format")
    return Withdrawn(
        removes={
            name: frozenset(map(strict.digest, strict.several(digests, most=_MAX_DIGESTS)))
            for name, digests in strict.members(told["removes"], most=_MAX_NAMES)
        },
        lists=frozenset(map(_text, strict.several(told["lists"], most=_MAX_NAMES))),
        lines=frozenset(map(_text, strict.several(told["lines"], most=_MAX_DIGESTS))),
    )


def _text(told: Any) -> str:
    if not isinstance(told, str):
        raise TypeError("no text where one is expected")
    return told


def _lines(content: bytes) -> frozenset[str]:
    text = content.decode("utf-8-sig", errors="surrogateescape")
    lines = (line.removesuffix("\r") for line in text.split("\n"))
    return frozenset(line for line in lines if line and not line.startswith("#"))

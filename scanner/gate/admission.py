"""What stands between a pass that may come in and the green light: ledger, repeats, the ID.

The venue's `Policy` says what is asked; the ledger is a port, which `store` supplies.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import islice
from typing import Final, Protocol

from scanner.rules import Family, Use, family_of
from scanner.terms import Pass

# A door that lets in somebody every two seconds for a day; what is older is forgotten first.
MAX_REMEMBERED: Final = 40_000
_DIGEST_BYTES: Final = 16


class Role(Enum):
    """Which way guests pass."""

    ENTRY = "entry"
    EXIT = "exit"


class Identity(Enum):
    """Whose ID staff looks at."""

    NEVER = "never"
    ALWAYS = "always"
    EVERY_N = "every_n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a venue asks beside its rule sets.

    With `EVERY_N`, each `identity_every`-th guest shows an ID; a health pass that let somebody in
    less than `passback_s` ago is asked about.
    """

    role: Role = Role.ENTRY
    identity: Identity = Identity.NEVER
    identity_every: int = 5
    passback_s: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """What the ledger says of a ticket: taken, or used up; `words` tell a person more."""

    granted: bool
    words: str | None = None


class Ledger(Protocol):
    """Keeps which tickets were used; `OSError` where that cannot be written down."""

    def claim(self, use: Use, *, role: Role, now: datetime) -> Claim:
        """Take one showing of a ticket, if it still counts; one of several at once wins."""


class Remembered:
    """Health passes that let somebody in a while ago, as keyed hashes in memory alone."""

    def __init__(self, *, key: bytes, for_s: int) -> None:
        self._key = key
        self._for_ms = for_s * 1000
        self._admitted_ms: dict[bytes, int] = {}

    def has_any(self, shown: Iterable[Pass], *, at_ms: int) -> bool:
        """Say whether one of these passes let somebody in within the window."""
        return any(
            at_ms - self._admitted_ms[digest] < self._for_ms
            for digest in self._digests(shown)
            if digest in self._admitted_ms
        )

    def add(self, shown: Iterable[Pass], *, at_ms: int) -> None:
        """Remember that these passes let somebody in now."""
        for digest in self._digests(shown):
            self._admitted_ms.pop(digest, None)
            self._forget(at_ms)
            self._admitted_ms[digest] = at_ms

    def _digests(self, shown: Iterable[Pass]) -> list[bytes]:
        if not self._for_ms:
            return []
        health = [one for one in shown if family_of(one) is Family.HEALTH]
        return [
            hmac.digest(self._key, name.encode(), hashlib.sha256)[:_DIGEST_BYTES]
            for one in health
            for name in _names(one)
        ]

    def _forget(self, at_ms: int) -> None:
        """Drop what is too old: the oldest stand first."""
        for digest, before_ms in tuple(islice(self._admitted_ms.items(), 2)):
            is_full = len(self._admitted_ms) >= MAX_REMEMBERED
            if is_full or at_ms - before_ms >= self._for_ms:
                del self._admitted_ms[digest]


def _names(verified: Pass) -> tuple[str, ...]:
    """Return what a pass is known by, however it is written: its ids, else what it says."""
    said = json.dumps(verified.claims, sort_keys=True, default=str)
    return verified.ids or (f"{verified.format.value}:{verified.key_id}:{said}",)

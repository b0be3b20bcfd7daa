"""The inbox: what the courier lays down for the door, under names that are known beforehand.

Nothing in it is ever listed, so that a folder full of rubbish costs nothing. Every file is
whole when it appears under its name, and `offer.json` comes last.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from scanner.terms import rfc3339
from scanner.trust import strict
from scanner.trust.manifest import MAX_LISTS, MAX_SEQ, is_list_name
from scanner.trust.refusal import Cause, FeedRefused

OFFER: Final = "offer.json"
MAX_METADATA_BYTES: Final = 5 * 1024 * 1024
"""The most that TUF's own client accepts for a role."""

MAX_ROOT_BYTES: Final = 512_000
"""The same for a root."""

MAX_OFFER_BYTES: Final = 64 * 1024
FILE_MODE: Final = 0o640
FOLDER_MODE: Final = 0o750
"""On a device the folder above hands its group down: that of whoever accepts."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What lies in the inbox: from where, since when, and from which state of each list on.

    `wanted` maps a list to the seq that its parts lead on from; None where they begin at the base.
    """

    source: str
    fetched: datetime
    wanted: Mapping[str, int | None]

    def to_bytes(self) -> bytes:
        """Return the JSON."""
        told = {
            "source": self.source,
            "fetched": self.fetched.astimezone(UTC).isoformat(timespec="seconds"),
            "wanted": dict(self.wanted),
        }
        return (json.dumps(told, sort_keys=True) + "\n").encode()

    @classmethod
    def parse(cls, content: bytes) -> "Offer":
        """Read offer.json; raise `FeedRefused` (malformed) for anything that it cannot be."""
        try:
            told = json.loads(content, object_pairs_hook=strict.without_twins)
            return _offer(told)
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            words = f"offer.json is not understood ({error})"
            raise FeedRefused(Cause.MALFORMED, words[:300]) from None


@dataclass(frozen=True, slots=True)
class Inbox:
    """The names in the inbox; nobody looks for others."""

    folder: Path

    @property
    def offer(self) -> Path:
        """Return the file that comes last."""
        return self.folder / OFFER

    def metadata(self, name: str) -> Path:
        """Return a file of metadata: a role without its version, or `N.root.json`."""
        return self.folder / "metadata" / name

    def root(self, version: int) -> Path:
        """Return the root of a version."""
        return self.metadata(f"{version}.root.json")

    def target(self, sha256: str) -> Path:
        """Return a target of the feed."""
        return self.folder / "targets" / sha256

    def part(self, sha256: str) -> Path:
        """Return a part of a list."""
        return self.folder / "parts" / sha256

    def make(self) -> None:
        """Make the folders; what is there stays as it is."""
        parts = (self.folder / one for one in ("metadata", "targets", "parts"))
        for folder in (self.folder, *parts):
            if not folder.is_dir():
                folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)


def _offer(told: Any) -> Offer:
    strict.only(told, "source", "fetched", "wanted")
    wanted = dict(strict.members(told["wanted"], most=MAX_LISTS))
    if not all(is_list_name(name) for name in wanted):
        raise ValueError("a name that no list may have")
    return Offer(
        source=strict.words(told["source"]),
        fetched=rfc3339(told["fetched"]),
        wanted={
            name: None if seq is None else strict.whole(seq, low=0, high=MAX_SEQ)
            for name, seq in wanted.items()
        },
    )

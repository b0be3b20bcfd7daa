"""The feed's chain of signatures: from the root that a person pinned to every single target.

Checked at a time that is an argument: the roots one after the other, then timestamp, snapshot,
targets, and the roles below it: `trust` and `rules`, whose key lies offline, and `revoked`.
Refuses a version that goes back, an equal version with other bytes, anything expired, anything
signed by too few of the right keys, and a role that speaks of another role's files.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tuf.api.metadata import Signed, TargetFile

from scanner.trust.chain import Chain, Parsed, parse, read_root
from scanner.trust.refusal import Cause, FeedRefused

__all__ = ["Chain", "Target", "TrustedFeed", "read_root", "verify"]

ONLINE_ROLE: Final = "revoked"
MANIFEST: Final = "revoked/manifest.json"
TYPED: Final = "revoked/typed.txt"
WITHDRAWN: Final = "trust/withdrawn.json"

MAX_TARGET_BYTES: Final = 4 * 1024 * 1024
MAX_TARGETS: Final = 1000
_PATH: Final = re.compile(r"(?:trust|rules|revoked)/[a-z0-9][a-z0-9._-]{0,63}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_CLOCK: Final = "renew the feed, or set the clock if it is wrong"


@dataclass(frozen=True, slots=True)
class Target:
    """A file of the feed: its length in bytes and its SHA-256 in hex."""

    length: int
    sha256: str


@dataclass(frozen=True, slots=True)
class TrustedFeed:
    """What the chain vouches for.

    `online_key_changed`: since the chain before, the offline keys have named another key for
    what is signed online; what the old one said binds nobody any more.
    """

    root_version: int
    versions: Mapping[str, int]
    expires: Mapping[str, datetime]
    targets: Mapping[str, Target]
    online_key_changed: bool


def verify(
    pinned: bytes, chain: Chain, *, now: datetime, before: Chain | None = None
) -> TrustedFeed:
    """Return what a chain vouches for at `now`, or raise `FeedRefused`.

    `before` is the chain accepted last: nothing in it may be newer. What is signed online begins
    anew under a new key, for whoever stole the old one may have counted far ahead.
    """
    parsed = parse(pinned, chain)
    for role, signed in (("root", parsed.root), *parsed.by_role.items()):
        _check_expiry(role, signed=signed, now=now)
    online_key_changed = False
    if before is not None:
        if chain.roots[: len(before.roots)] != before.roots:
            words = "the feed goes back behind a root that was accepted"
            raise FeedRefused(Cause.ROLLBACK, words)
        old = parse(pinned, before)
        renewed = _renewed(parsed, old=old)
        for role in parsed.by_role.keys() - renewed:
            _check_version(role, new=parsed.by_role[role], old=old.by_role[role])
        online_key_changed = ONLINE_ROLE in renewed
    return TrustedFeed(
        root_version=parsed.root.version,
        versions={role: signed.version for role, signed in parsed.by_role.items()},
        expires={
            role: _aware(signed.expires)
            for role, signed in (("root", parsed.root), *parsed.by_role.items())
        },
        targets=dict(_targets(parsed)),
        online_key_changed=online_key_changed,
    )


def _renewed(new: Parsed, *, old: Parsed) -> set[str]:
    """Return the roles signed online of which no key of before may sign any more."""
    online = ("timestamp", "snapshot", ONLINE_ROLE)
    renewed = {role for role in online if new.keys_of(role).isdisjoint(old.keys_of(role))}
    # A snapshot is only as good as the timestamp that names it (TUF 5.3.11).
    return renewed | ({"timestamp", "snapshot"} if renewed & {"timestamp", "snapshot"} else set())


def _check_expiry(role: str, *, signed: Signed, now: datetime) -> None:
    if now >= _aware(signed.expires):
        when = _aware(signed.expires).isoformat(timespec="minutes").replace("+00:00", "Z")
        raise FeedRefused(Cause.EXPIRED, f"{role}.json expired on {when}; {_CLOCK}")


def _check_version(role: str, *, new: Signed, old: Signed) -> None:
    if new.version < old.version:
        words = f"{role}.json {new.version} is older than {old.version}, which was accepted"
        raise FeedRefused(Cause.ROLLBACK, words)
    # By what is signed: whoever carries a file may write its signatures otherwise, in capitals.
    if new.version == old.version and new != old:
        words = f"{role}.json {new.version} came twice with different content"
        raise FeedRefused(Cause.ROLLBACK, words)


def _targets(parsed: Parsed) -> Iterator[tuple[str, Target]]:
    for role, signed in parsed.delegated.items():
        if len(signed.targets) > MAX_TARGETS:
            raise FeedRefused(Cause.TOO_LARGE, f"{role}.json names more than {MAX_TARGETS} files")
        for path, target in signed.targets.items():
            if not path.startswith(f"{role}/") or not _PATH.fullmatch(path):
                words = f"{role}.json speaks of {path[:80]!r}, which is not for it to say"
                raise FeedRefused(Cause.WRONG_SIGNER, words)
            yield path, _target(path, target=target)


def _target(path: str, *, target: TargetFile) -> Target:
    if target.length > MAX_TARGET_BYTES:
        raise FeedRefused(Cause.TOO_LARGE, f"{path} is larger than {MAX_TARGET_BYTES >> 20} MiB")
    sha256 = target.hashes.get("sha256", "")
    if not _DIGEST.fullmatch(sha256):
        raise FeedRefused(Cause.MALFORMED, f"{path} is named without a SHA-256")
    return Target(target.length, sha256)


def _aware(when: datetime) -> datetime:
    return when if when.tzinfo else when.replace(tzinfo=UTC)

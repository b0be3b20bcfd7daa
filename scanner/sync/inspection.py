"""A published feed, inspected as a whole before doors see it.

Follows the signatures from the pinned root, hashes every file that they name, and takes every
way that the manifest offers. Says what expires when, and which signature is past half its time.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from scanner.store import read_file
from scanner.sync.accept.offer import MAX_SNAPSHOT_BYTES, MAX_TARGETS_BYTES, MAX_TIMESTAMP_BYTES
from scanner.sync.accept.withdrawn import Withdrawn
from scanner.sync.inbox import MAX_ROOT_BYTES
from scanner.sync.inspected_lists import Inspected, inspect_list
from scanner.terms import InputError
from scanner.trust import manifest as manifests
from scanner.trust.chain import MAX_ROOTS, ROLES
from scanner.trust.feed import MANIFEST, WITHDRAWN, Chain, Target, TrustedFeed, read_root, verify
from scanner.trust.idtable import IdTable
from scanner.trust.manifest import PART_BYTES, Blob, Manifest
from scanner.trust.refusal import Cause, FeedRefused

_LIVES: Final = {
    "root": timedelta(days=365),
    "targets": timedelta(days=365),
    "trust": timedelta(days=90),
    "rules": timedelta(days=90),
}
"""How long the publisher lets what is signed offline hold; the rest is signed with the manifest."""

_AGAIN: Final = "copy public/ again"


@dataclass(frozen=True, slots=True)
class Expiry:
    """Until when a role's signature holds, and whether it is past half of its time."""

    role: str
    version: int
    at: datetime
    is_alarming: bool


@dataclass(frozen=True, slots=True)
class Inspection:
    """A feed that holds."""

    issued: datetime
    expiries: tuple[Expiry, ...]
    files: int
    bytes_in_all: int
    lists: Mapping[str, Inspected]


def inspect(public: Path, *, pinned: bytes, now: datetime) -> Inspection:
    """Inspect a published folder at `now`; raise `FeedRefused` for the first thing wrong."""
    feed = verify(pinned, _chain(public, after=read_root(pinned).version), now=now)
    content = {path: _target(public, path, target) for path, target in feed.targets.items()}
    if MANIFEST not in content:
        raise FeedRefused(Cause.MISSING, "the feed has no manifest; door-scanner publish release")
    manifest = manifests.parse(content[MANIFEST])
    withdrawn = Withdrawn()
    if WITHDRAWN in content:
        withdrawn = Withdrawn.parse(content[WITHDRAWN])
    blobs = _Blobs(public / "parts")
    lists = {name: _list(name, manifest, blobs, withdrawn) for name in sorted(manifest.lists)}
    return Inspection(
        issued=manifest.issued,
        expiries=tuple(_expiries(feed, issued=manifest.issued, now=now)),
        files=len(content) + len(blobs.seen),
        bytes_in_all=sum(map(len, content.values())) + sum(blobs.seen.values()),
        lists=lists,
    )


class _Blobs:
    """Blobs in a published folder; every part that is read is hashed."""

    def __init__(self, folder: Path) -> None:
        self.seen: dict[str, int] = {}
        self._folder = folder

    def whole(self, blob: Blob) -> bytes:
        """Return a blob, checked part by part and as a whole."""
        content = b"".join(self.parts(blob))
        if hashlib.sha256(content).hexdigest() != blob.sha256:
            words = f"the parts of blob {blob.sha256[:12]} do not make it; release again"
            raise FeedRefused(Cause.TAMPERED, words)
        return content

    def parts(self, blob: Blob) -> Iterator[bytes]:
        """Yield the parts of a blob."""
        for number, sha256 in enumerate(blob.parts):
            content = _read(self._folder / sha256, max_bytes=PART_BYTES)
            wanted = (blob.part_size(number), sha256)
            if (len(content), hashlib.sha256(content).hexdigest()) != wanted:
                raise FeedRefused(Cause.TAMPERED, f"parts/{sha256[:12]} was changed; {_AGAIN}")
            self.seen[sha256] = len(content)
            yield content


def _list(name: str, manifest: Manifest, blobs: _Blobs, withdrawn: Withdrawn) -> Inspected:
    entry = manifest.lists[name]
    try:
        base = IdTable.of(blobs.whole(entry.base.blob))
    except InputError as error:
        raise FeedRefused(Cause.MALFORMED, f"the base of {name}: {error}") from None
    return inspect_list(name, entry=entry, base=base, whole=blobs.whole, withdrawn=withdrawn)


def _chain(public: Path, *, after: int) -> Chain:
    folder = public / "metadata"
    roots: list[bytes] = []
    while len(roots) <= MAX_ROOTS:
        path = folder / f"{after + len(roots) + 1}.root.json"
        if not path.exists():
            break
        roots.append(_read(path, max_bytes=MAX_ROOT_BYTES))
    timestamp = _read(folder / "timestamp.json", max_bytes=MAX_TIMESTAMP_BYTES)
    snapshot = _read(_named(folder, "snapshot", by=timestamp), max_bytes=MAX_SNAPSHOT_BYTES)
    roles = {
        role: _read(_named(folder, role, by=snapshot), max_bytes=MAX_TARGETS_BYTES)
        for role in ("targets", *ROLES)
    }
    return Chain(tuple(roots), timestamp, snapshot, roles.pop("targets"), roles)


def _named(folder: Path, role: str, *, by: bytes) -> Path:
    """Return where a role's metadata lies, as the role above it says, before that is verified."""
    try:
        version = int(json.loads(by)["signed"]["meta"][f"{role}.json"]["version"])
    except (ValueError, KeyError, TypeError, RecursionError):
        words = f"no version of {role}.json is named; door-scanner publish release"
        raise FeedRefused(Cause.MALFORMED, words) from None
    return folder / f"{version}.{role}.json"


def _target(public: Path, path: str, target: Target) -> bytes:
    role, _, name = path.partition("/")
    where = public / "targets" / role / f"{target.sha256}.{name}"
    content = _read(where, max_bytes=max(target.length, 1))
    if (len(content), hashlib.sha256(content).hexdigest()) != (target.length, target.sha256):
        raise FeedRefused(Cause.TAMPERED, f"{path} was changed; {_AGAIN}")
    return content


def _read(path: Path, *, max_bytes: int) -> bytes:
    try:
        return read_file(path, max_bytes=max_bytes)
    except InputError as error:
        cause = Cause.TAMPERED if path.exists() else Cause.MISSING
        raise FeedRefused(cause, f"{error}; {_AGAIN}") from None


def _expiries(feed: TrustedFeed, *, issued: datetime, now: datetime) -> Iterator[Expiry]:
    for role, at in sorted(feed.expires.items(), key=lambda one: one[1]):
        version = feed.root_version if role == "root" else feed.versions[role]
        half = at - _LIVES[role] / 2 if role in _LIVES else issued + (at - issued) / 2
        yield Expiry(role, version, at, is_alarming=now >= half)

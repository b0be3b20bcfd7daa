"""A feed made at a fixed clock, and a reader that believes nothing of it unchecked."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

from scanner.publish import staging
from scanner.publish.keys import Keys
from scanner.publish.release import Changed, released, renewed
from scanner.publish.renewal import renew_offline
from scanner.publish.repository import Repository, opened
from scanner.publish.roles import Profile
from scanner.publish.setup import set_up
from scanner.publish.tables import Ids
from scanner.trust.delta import merged
from scanner.trust.feed import MANIFEST, TYPED, WITHDRAWN, Chain, TrustedFeed, verify
from scanner.trust.idtable import IdTable
from scanner.trust.manifest import Blob, Delta, Manifest, parse

BEGIN: Final = datetime(2026, 11, 1, 10, tzinfo=UTC)
ROLES: Final = ("trust", "rules", "revoked")


@dataclass(frozen=True, slots=True)
class ReadFeed:
    """A web root as a door sees it: every signature, length and digest is checked."""

    public: Path

    def chain(self) -> Chain:
        """Read the metadata that `timestamp.json` leads to."""
        timestamp = self._metadata("timestamp.json")
        snapshot = self._metadata(f"{_named(timestamp, 'snapshot')}.snapshot.json")
        names = {role: f"{_named(snapshot, role)}.{role}.json" for role in ("targets", *ROLES)}
        read = {role: self._metadata(name) for role, name in names.items()}
        return Chain(
            roots=tuple(self._roots()),
            timestamp=timestamp,
            snapshot=snapshot,
            targets=read.pop("targets"),
            delegated=read,
        )

    def verified(self, *, now: datetime, before: Chain | None = None) -> TrustedFeed:
        """Verify the chain from the first root on."""
        return verify(self._metadata("1.root.json"), self.chain(), now=now, before=before)

    def target(self, path: str, *, now: datetime) -> bytes:
        """Return a target, whose length and digest are as signed."""
        target = self.verified(now=now).targets[path]
        role, _, name = path.partition("/")
        content = (self.public / "targets" / role / f"{target.sha256}.{name}").read_bytes()
        assert len(content) == target.length
        assert hashlib.sha256(content).hexdigest() == target.sha256
        return content

    def manifest(self, *, now: datetime) -> Manifest:
        """Return the manifest."""
        return parse(self.target(MANIFEST, now=now))

    def lines(self, *, now: datetime) -> list[str]:
        """Return the lines that are not looked up by id."""
        text = self.target(TYPED, now=now).decode()
        return [line for line in text.splitlines() if not line.startswith("#")]

    def withdrawn(self, *, now: datetime) -> dict[str, Any]:
        """Return what the curator let go."""
        told: dict[str, Any] = json.loads(self.target(WITHDRAWN, now=now))
        return told

    def blob(self, blob: Blob) -> bytes:
        """Put a blob together from its parts, checked."""
        parts = [(self.public / "parts" / part).read_bytes() for part in blob.parts]
        assert [hashlib.sha256(part).hexdigest() for part in parts] == list(blob.parts)
        content = b"".join(parts)
        assert (len(content), hashlib.sha256(content).hexdigest()) == (blob.size, blob.sha256)
        return content

    def apply(self, table: bytes, *, deltas: Iterable[Delta]) -> bytes:
        """Lead a table on."""
        for delta in deltas:
            removes = sorted({one for blob in delta.removes for one in self._ids(blob)})
            adds = [] if delta.adds is None else self._ids(delta.adds)
            table = b"".join(merged(IdTable.of(table), adds=adds, removes=removes))
        return table

    def check_whole(self, *, now: datetime) -> Manifest:
        """Read all that a door may ask for, and return the manifest."""
        feed = self.verified(now=now)
        for path in feed.targets:
            self.target(path, now=now)
        manifest = self.manifest(now=now)
        for entry in manifest.lists.values():
            for blob in (entry.base.blob, *(b for delta in entry.deltas for b in delta.blobs)):
                self.blob(blob)
        for digests in self.withdrawn(now=now)["removes"].values():
            for digest in digests:
                part = (self.public / "parts" / digest).read_bytes()
                assert hashlib.sha256(part).hexdigest() == digest
        return manifest

    def _ids(self, blob: Blob) -> list[int]:
        table = IdTable.of(self.blob(blob))
        assert table.width == 64
        return list(table)

    def _metadata(self, name: str) -> bytes:
        return (self.public / "metadata" / name).read_bytes()

    def _roots(self) -> Iterator[bytes]:
        version = 2
        while (path := self.public / "metadata" / f"{version}.root.json").exists():
            yield path.read_bytes()
            version += 1


def _named(content: bytes, role: str) -> int:
    version: int = json.loads(content)["signed"]["meta"][f"{role}.json"]["version"]
    return version


@dataclass(slots=True)
class Press:
    """A publisher at a clock of its own."""

    folder: Path
    keys: tuple[Path, ...]
    root_sha256: str
    now: datetime = BEGIN
    feed: ReadFeed = field(init=False)

    def __post_init__(self) -> None:
        self.feed = ReadFeed(self.folder / "public")

    def later(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)

    @contextmanager
    def opened(self) -> Iterator[Repository]:
        """Open the repository as a command does."""
        keys = Keys(self.keys, repository=self.folder)
        with opened(self.folder, keys=keys, now=self.now) as repository:
            yield repository

    def revoke(self, ids: Iterable[int] | Ids, *, name: str = "main") -> None:
        """Stage ids."""
        with self.opened() as repository:
            staging.revoke(repository, as_ids(ids), name=name)
            repository.commit()

    def reinstate(self, ids: Iterable[int], *, name: str = "main") -> None:
        """Stage ids to leave."""
        with self.opened() as repository:
            staging.reinstate(repository, ids_by_list={name: as_ids(ids)})
            repository.commit()

    def release(self) -> Changed:
        """Release what is staged."""
        with self.opened() as repository:
            return released(repository)

    def renew(self) -> Changed:
        """Sign anew."""
        with self.opened() as repository:
            renew_offline(repository)
            return renewed(repository)

    def manifest(self) -> Manifest:
        """Return the manifest of the feed, which is whole."""
        return self.feed.check_whole(now=self.now)


def as_ids(ids: Iterable[int] | Ids) -> Ids:
    """Return sorted ids."""
    if isinstance(ids, np.ndarray):
        return ids
    return np.array(sorted(set(ids)), dtype=np.uint64)


def new_press(folder: Path, *, profile: Profile = Profile.FLEET) -> Press:
    """Make a feed and its keys in a folder."""
    feed, keys = folder / "feed", (folder / "keys",)
    made = set_up(feed, keys=keys, profile=profile, now=BEGIN)
    return Press(feed, keys, made.root_sha256)

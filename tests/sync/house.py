"""An operator with a feed, a door that has pinned its root, and somebody who carries between.

Everything is made by the project's own publisher and read by the project's own acceptance; the
carrier lays down what a courier would, or what a thief has put in its place.
"""

import contextlib
import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

from scanner.publish import staging
from scanner.publish.keys import Keys
from scanner.publish.release import released, renewed
from scanner.publish.repository import Repository, opened
from scanner.publish.roles import Profile
from scanner.publish.rotation import rotate
from scanner.publish.setup import set_up
from scanner.publish.targets import change_files
from scanner.store.places import Places
from scanner.store.shelf import Shelf
from scanner.sync.accept.acceptance import accept
from scanner.sync.accept.held import described
from scanner.sync.accept.outcome import Outcome
from scanner.sync.accept.tables import held_list
from scanner.sync.accept.tables import opened as opened_table
from scanner.sync.accept.withdrawn import Removals
from scanner.terms import Moment
from scanner.trust.generation import Generation
from scanner.trust.manifest import Manifest, parse
from scanner.trust.overlay import RevokedTable

NOON: Final = datetime(2026, 12, 1, 12, tzinfo=UTC)
DAY: Final = timedelta(days=1)
QUARTER: Final = timedelta(minutes=15)
_ROLES: Final = ("snapshot", "targets", "trust", "rules", "revoked")


def some_ids(count: int, *, seed: int) -> "list[int]":
    """Return different 64-bit ids, the same for the same seed."""
    chance = np.random.default_rng(seed)
    return sorted({int(one) for one in chance.integers(0, 2**64, count, dtype=np.uint64)})


class House:
    """An operator's machine, a door, and the way from one to the other, below one folder."""

    def __init__(self, folder: Path, *, profile: Profile = Profile.FLEET) -> None:
        self.now = NOON
        self.repo = folder / "repo"
        self.public = self.repo / "public"
        self.keys = folder / "keys"
        self.keys.mkdir(parents=True)
        self.door = folder / "door"
        self.door.mkdir(mode=0o700)
        self.places = Places.at(self.door)
        made = set_up(self.repo, keys=[self.keys], profile=profile, now=self.now)
        self.root_sha256 = made.root_sha256
        self.places.pinned_root.write_bytes((self.public / "metadata/1.root.json").read_bytes())

    # --- the operator

    @contextlib.contextmanager
    def repository(self) -> Iterator[Repository]:
        """Open the repository at the present, with every key."""
        with opened(self.repo, keys=Keys([self.keys], repository=self.repo), now=self.now) as one:
            yield one

    def release(
        self,
        *,
        revoke: Iterable[int] = (),
        reinstate: Iterable[int] = (),
        lines: Iterable[str] = (),
        without: Iterable[str] = (),
        name: str = "main",
    ) -> None:
        """Publish a change."""
        with self.repository() as repository:
            if adds := sorted(revoke):
                staging.revoke(repository, np.array(adds, dtype=np.uint64), name=name)
            staging.revoke_lines(repository, lines)
            gone, lost = sorted(reinstate), list(without)
            if gone or lost:
                ids = {name: np.array(gone, dtype=np.uint64)} if gone else {}
                staging.reinstate(repository, ids_by_list=ids, lines=lost)
            released(repository)

    def renew(self) -> None:
        """Sign what is published once more."""
        with self.repository() as repository:
            renewed(repository)

    def trust(self, **files: bytes) -> None:
        """Publish files of trust; empty ones leave."""
        with self.repository() as repository:
            put = {name.replace("_", "."): content for name, content in files.items() if content}
            gone = [name.replace("_", ".") for name, content in files.items() if not content]
            change_files(repository, role="trust", add=put, remove=gone)
            released(repository)

    def rotate(self, *names: str) -> None:
        """Change keys."""
        with self.repository() as repository:
            rotate(repository, names=names)

    def manifest(self) -> Manifest:
        """Return what is published."""
        return parse(self.target("revoked", "revoked/manifest.json"))

    def metadata(self, role: str) -> bytes:
        """Return the metadata that is in force for a role."""
        timestamp = (self.public / "metadata/timestamp.json").read_bytes()
        if role == "timestamp":
            return timestamp
        version = json.loads(timestamp)["signed"]["meta"]["snapshot.json"]["version"]
        content = (self.public / f"metadata/{version}.snapshot.json").read_bytes()
        if role == "snapshot":
            return content
        version = json.loads(content)["signed"]["meta"][f"{role}.json"]["version"]
        return (self.public / f"metadata/{version}.{role}.json").read_bytes()

    def target(self, role: str, path: str) -> bytes:
        """Return a file of the feed."""
        sha256 = json.loads(self.metadata(role))["signed"]["targets"][path]["hashes"]["sha256"]
        folder, _, name = path.partition("/")
        return (self.public / f"targets/{folder}/{sha256}.{name}").read_bytes()

    # --- the carrier

    def deliver(self) -> None:
        """Lay all that is published into the inbox."""
        inbox = self.places.inbox
        for folder in ("metadata", "targets", "parts"):
            (inbox / folder).mkdir(parents=True, exist_ok=True)
        for path in (self.public / "metadata").glob("*.root.json"):
            shutil.copy(path, inbox / "metadata")
        for role in ("timestamp", *_ROLES):
            (inbox / f"metadata/{role}.json").write_bytes(self.metadata(role))
        for path in (self.public / "targets").rglob("*.*"):
            if path.is_file():
                shutil.copy(path, inbox / "targets" / path.name.partition(".")[0])
        for path in (self.public / "parts").iterdir():
            shutil.copy(path, inbox / "parts")
        told = {"source": "https://feed.example/", "fetched": "2026-12-01T12:00:00Z", "wanted": {}}
        (inbox / "offer.json").write_text(json.dumps(told))

    # --- the door

    def accept(
        self,
        *,
        at: datetime | None = None,
        trusted: bool = True,
        removals: Removals = Removals.WITHDRAWN,
    ) -> Outcome:
        """Let the door look into its inbox."""
        now = Moment(at or self.now, trusted=trusted)
        return accept(self.places, now=now, removals=removals)

    def bring(self) -> Outcome:
        """Deliver and accept."""
        self.deliver()
        return self.accept()

    def told(self) -> dict[str, Any]:
        """Return accepted.json."""
        told: dict[str, Any] = json.loads(self.places.accepted.read_bytes())
        return told

    def current(self) -> Path | None:
        """Return the generation in force."""
        return Shelf(self.door).current()

    def generation(self) -> Generation:
        """Return the description of the generation in force."""
        current = self.current()
        assert current is not None
        found = described(current)
        assert found is not None
        return found

    @contextlib.contextmanager
    def revoked(self, name: str = "main") -> Iterator[Callable[[int], bool]]:
        """Return what a door asks of a list in force."""
        current = self.current()
        assert current is not None
        one = self.generation().lists[name]
        with contextlib.ExitStack() as stack:
            held = held_list(one, folder=current, stack=stack)
            tables = [
                None if part is None else opened_table(current / part.path, stack=stack)
                for part in (one.adds, one.removes)
            ]
            yield RevokedTable(name, held.table, *tables).has

    def belief(self) -> dict[str, str]:
        """Return all that the door believes, bit for bit: digests by path, and the link."""
        found = {"current": str(self.current())}
        for path in sorted((self.door / "generations").rglob("*")):
            if path.is_file():
                found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
        return found

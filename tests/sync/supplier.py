"""A feed on a disk, and a door beside it, for tests of what lies between them.

Signed in 2125: a library that reads the machine's clock finds it valid in any test run, and a
feed of 2020 expired.
"""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from scanner.publish import release, staging
from scanner.publish.keys import Keys
from scanner.publish.repository import Repository, opened
from scanner.publish.roles import Profile
from scanner.publish.setup import set_up
from scanner.store.places import Places

FAR_AHEAD: Final = datetime(2125, 1, 1, tzinfo=UTC)
LONG_AGO: Final = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Feed:
    """A repository with its keys."""

    folder: Path
    now: datetime = FAR_AHEAD

    @property
    def repo(self) -> Path:
        return self.folder / "repo"

    @property
    def public(self) -> Path:
        return self.repo / "public"

    @property
    def root(self) -> bytes:
        return (self.public / "metadata" / "1.root.json").read_bytes()

    @contextmanager
    def opened(self) -> Iterator[Repository]:
        keys = Keys([self.folder / "keys"], repository=self.repo)
        with opened(self.repo, keys=keys, now=self.now) as repository:
            yield repository

    def revoke(self, ids: Iterable[int], *, name: str = "dcc") -> None:
        with self.opened() as repository:
            staging.revoke(repository, np.array(sorted(ids), dtype=np.uint64), name=name)
            release.released(repository)

    def reinstate(self, ids: Iterable[int], *, name: str = "dcc") -> None:
        with self.opened() as repository:
            leaving = np.array(sorted(ids), dtype=np.uint64)
            staging.reinstate(repository, ids_by_list={name: leaving})
            release.released(repository)

    def renew(self) -> None:
        with self.opened() as repository:
            release.renewed(repository)

    def copy(self, to: Path) -> "Feed":
        shutil.copytree(self.folder, to)
        return Feed(to, self.now)


def new_feed(folder: Path, *, now: datetime = FAR_AHEAD) -> Feed:
    set_up(folder / "repo", keys=[folder / "keys"], profile=Profile.FLEET, now=now)
    return Feed(folder, now)


def new_door(folder: Path, *, feed: Feed | None) -> Places:
    """A door's places, with the feed's root pinned."""
    places = Places.at(folder)
    places.state.mkdir(parents=True)
    places.run.mkdir()
    if feed is not None:
        places.pinned_root.write_bytes(feed.root)
    return places


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder by its path there."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}

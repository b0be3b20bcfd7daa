"""Files that leave the web root, some time after the feed named them last.

Parts stay for 35 days, since a door may be in the middle of a long way; metadata and the files
of roles for two, since a cache may hold a timestamp. Roots stay for ever: a door that slept
follows them one by one.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from tuf.api.metadata import Targets

from scanner.publish.repository import Repository, metadata_path
from scanner.publish.roles import DELEGATED, IN_SNAPSHOT, read_metadata

PARTS_KEPT: Final = timedelta(days=35)
REST_KEPT: Final = timedelta(days=2)
_FOLDERS: Final = ("metadata", "targets", "parts")


def plan(repository: Repository) -> list[str]:
    """Note in the state what is named no more, and return what has been so for long enough."""
    named = set(_named(repository))
    now = repository.now
    old = repository.state.leaving
    since = {path: old.get(path, now.isoformat()) for path in _present(repository)}
    leaving = {path: when for path, when in since.items() if path not in named}
    over = [
        path for path, when in leaving.items() if now - datetime.fromisoformat(when) > _kept(path)
    ]
    for path in over:
        del leaving[path]
    repository.state.leaving = leaving
    return over


def carry_out(repository: Repository, *, paths: list[str]) -> None:
    """Remove files; what a cut leaves behind is found again by the next release."""
    for path in paths:
        (repository.public / path).unlink(missing_ok=True)


def _kept(path: str) -> timedelta:
    return PARTS_KEPT if path.startswith("parts/") else REST_KEPT


def _present(repository: Repository) -> Iterator[str]:
    for folder in _FOLDERS:
        for path in (repository.public / folder).rglob("*"):
            if path.is_file() and not path.name.endswith(".root.json"):
                yield path.relative_to(repository.public).as_posix()


def _named(repository: Repository) -> Iterator[str]:
    state = repository.state
    yield from state.front
    for role in (*IN_SNAPSHOT, "snapshot"):
        yield metadata_path(role, version=state.versions[role])
    for role in DELEGATED:
        for path, target in read_metadata(Targets, repository.metadata(role)).targets.items():
            yield f"targets/{role}/{target.hashes['sha256']}.{path.removeprefix(f'{role}/')}"
    for one in state.lists.values():
        yield from (f"parts/{part}" for part in one.base.blob.parts)
        for change in one.changes:
            for blob in change.delta.blobs:
                yield from (f"parts/{part}" for part in blob.parts)
    for digests in state.withdrawn.removes.values():
        yield from (f"parts/{digest}" for digest in digests)
    for staged in state.staged.values():
        yield from (f"parts/{blob.sha256}" for blob, _ in staged.removes)

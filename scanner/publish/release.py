"""A release: what was staged becomes the feed, with the keys of the online machine alone.

The manifest, its metadata and every table are put into the web root under names of their own;
then the state is written, and `timestamp.json` last. A release that is cut off leaves the feed
before it whole.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from scanner.publish import retention
from scanner.publish.keys import ONLINE
from scanner.publish.repository import TIMESTAMP, Repository
from scanner.publish.roles import IN_SNAPSHOT, new_files, new_snapshot, new_timestamp
from scanner.publish.staging import coming_lines, is_over
from scanner.publish.state import ListState, Staged
from scanner.publish.steps import Detail, Shop, advanced, entry_of, tidied
from scanner.terms import InputError
from scanner.trust.manifest import MAX_MANIFEST_BYTES, Manifest

MANIFEST: Final = "manifest.json"
TYPED: Final = "typed.txt"
_LONG_MANIFEST_BYTES: Final = 256 * 1024
"""Every door fetches it at every release: it is kept short rather than the ways."""

_TYPED_HEAD: Final = "# Keys, issue windows and timed rids; single ids are in tables."


@dataclass(frozen=True, slots=True)
class ListChange:
    """What a release did to one list; sizes in bytes."""

    name: str
    seq: int
    entries: int
    size: int
    added: int
    removed: int
    wire_size: int
    has_new_base: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """What a release did, and the size of its manifest in bytes."""

    issued: datetime
    lists: tuple[ListChange, ...]
    left: tuple[str, ...]
    lines: int
    manifest_size: int
    manifest_sha256: str


def released(repository: Repository) -> Changed:
    """Make the feed of what is staged; `InputError` without the keys that it takes."""
    _check(repository)
    state, shop = repository.state, Shop(repository.arrays, repository.put_blob)
    today = repository.now.astimezone(UTC).date()
    left = _leave(repository)
    changes = []
    for name, one in list(state.lists.items()):
        state.lists[name] = tidied(one, shop=shop, today=today)
    for name, staged in sorted(state.staged.items()):
        old = state.lists.get(name)
        new = advanced(old, staged, shop=shop, today=today)
        if new is not None:
            state.lists[name] = new
            changes.append(_list_change(name, staged, old=old, new=new, repository=repository))
    state.staged.clear()
    state.lines = coming_lines(repository)
    state.staged_lines.clear()
    return _issued(repository, lists=tuple(changes), left=left)


def renewed(repository: Repository) -> Changed:
    """Sign the feed as it is once more; what is staged stays staged."""
    _check(repository)
    return _issued(repository, lists=(), left=())


def manifest_of(repository: Repository) -> Manifest:
    """Return the manifest of the lists as the state has them, issued now."""
    state = repository.state
    issued = repository.now.replace(microsecond=0)
    for detail in Detail:
        lists = {name: entry_of(one, detail=detail) for name, one in state.lists.items()}
        manifest = Manifest(issued, lists, state.min_wait_s)
        if len(manifest.to_bytes()) <= _LONG_MANIFEST_BYTES:
            break
    return manifest


def _check(repository: Repository) -> None:
    for role in ONLINE:
        repository.signers(role)
    issued = repository.state.issued
    if issued is not None and repository.now < datetime.fromisoformat(issued):
        raise InputError(f"the feed was issued at {issued}, later than now; set the clock")


def _leave(repository: Repository) -> tuple[str, ...]:
    """Drop the lists whose month is over, and those that the curator let go."""
    state = repository.state
    names = {*state.lists, *state.staged}
    left = {name for name in names if is_over(name, now=repository.now)}
    left |= names & set(state.withdrawn.lists)
    for name in left:
        state.lists.pop(name, None)
        state.staged.pop(name, None)
    return tuple(sorted(left))


def _issued(
    repository: Repository, *, lists: tuple[ListChange, ...], left: tuple[str, ...]
) -> Changed:
    """Sign what goes online, from the manifest up to the timestamp, and put it in place."""
    state, profile, now = repository.state, repository.state.profile, repository.now
    manifest = manifest_of(repository).to_bytes()
    if len(manifest) > MAX_MANIFEST_BYTES:
        raise InputError("the manifest would be larger than 1 MiB; use fewer lists")
    typed = "\n".join((_TYPED_HEAD, *state.lines, "")).encode()
    files = {f"revoked/{MANIFEST}": manifest, f"revoked/{TYPED}": typed}
    for path, content in files.items():
        role, _, name = path.partition("/")
        repository.put(f"targets/{role}/{hashlib.sha256(content).hexdigest()}.{name}", content)
    version = repository.next_version("revoked")
    expires = profile.expires("revoked", at=now)
    repository.sign("revoked", new_files(files, version=version, expires=expires))
    state.issued = now.replace(microsecond=0).isoformat()
    publish(repository)
    return Changed(
        issued=now,
        lists=lists,
        left=left,
        lines=len(state.lines),
        manifest_size=len(manifest),
        manifest_sha256=hashlib.sha256(manifest).hexdigest(),
    )


def publish(repository: Repository) -> None:
    """Sign the newest metadata of every role into a snapshot, and make it the feed."""
    profile, now = repository.state.profile, repository.now
    signed = {role: repository.metadata(role) for role in IN_SNAPSHOT}
    snapshot = new_snapshot(
        signed,
        version=repository.next_version("snapshot"),
        expires=profile.expires("snapshot", at=now),
    )
    repository.sign("snapshot", snapshot)
    timestamp = new_timestamp(
        snapshot=snapshot.version,
        version=repository.next_version("timestamp"),
        expires=profile.expires("timestamp", at=now),
    )
    # Placed last: whatever it leads to is there already.
    repository.put_front(TIMESTAMP, repository.sign("timestamp", timestamp))
    done = retention.plan(repository)
    repository.commit()
    retention.carry_out(repository, paths=done)


def _list_change(
    name: str, staged: Staged, *, old: ListState | None, new: ListState, repository: Repository
) -> ListChange:
    removed = sum(len(repository.arrays.get(ids)) for _, ids in staged.removes)
    before = 0 if old is None else old.entries
    steps = [step.delta for step in new.steps if step.delta.end == new.seq]
    blobs = [blob for delta in steps for blob in delta.blobs] or [new.base.blob]
    return ListChange(
        name=name,
        seq=new.seq,
        entries=new.entries,
        size=new.size,
        added=new.entries - before + removed,
        removed=removed,
        wire_size=sum(blob.size for blob in blobs),
        has_new_base=new.base.seq == new.seq,
    )

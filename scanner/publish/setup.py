"""A new feed: its keys, its first metadata, and an empty manifest, so that doors can begin."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from scanner.publish.keys import EVERY, Keys
from scanner.publish.release import Changed, released
from scanner.publish.repository import Repository, created
from scanner.publish.roles import Profile, new_files, new_root, new_targets, signed_bytes
from scanner.publish.state import State
from scanner.publish.targets import WITHDRAWN, withdrawn_bytes

FIRST_ROOT = "metadata/1.root.json"


@dataclass(frozen=True, slots=True)
class SetUp:
    """A repository that was made: the SHA-256 of its first root, in hex."""

    root_sha256: str
    changed: Changed


def set_up(folder: Path, *, keys: Sequence[Path], profile: Profile, now: datetime) -> SetUp:
    """Make keys and a repository; nothing that is there is written over (`InputError`)."""
    ring = Keys(keys, repository=folder)
    with created(folder, keys=ring, now=now, state=State(profile, {})) as repository:
        public = ring.make(EVERY)
        state = repository.state
        state.keyids = {name: key.keyid for name, key in public.items()}
        root = new_root(public, version=1, expires=profile.expires("root", at=now))
        content = signed_bytes(root, repository.signers("root"))
        state.versions["root"] = 1
        repository.put_front(FIRST_ROOT, content)
        expires = profile.expires("targets", at=now)
        repository.sign("targets", new_targets(public, version=1, expires=expires))
        _first_of_curator(repository)
        changed = released(repository)
    return SetUp(hashlib.sha256(content).hexdigest(), changed)


def _first_of_curator(repository: Repository) -> None:
    expires = repository.state.profile.expires("trust", at=repository.now)
    withdrawn = withdrawn_bytes(repository.state.withdrawn)
    path = f"targets/trust/{hashlib.sha256(withdrawn).hexdigest()}.{WITHDRAWN}"
    repository.put(path, withdrawn)
    files = {f"trust/{WITHDRAWN}": withdrawn}
    repository.sign("trust", new_files(files, version=1, expires=expires))
    repository.sign("rules", new_files({}, version=1, expires=expires))

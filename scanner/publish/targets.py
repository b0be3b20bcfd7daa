"""Files of the feed that the curator signs: trusted keys, rule sets, and what is withdrawn.

Signed at once, and in the feed with the next release. A file with a private key in it, one
that no door could read, and a name that is not plain are refused.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from tuf.api.metadata import TargetFile, Targets

from scanner.publish.keys import holds_private_key
from scanner.publish.repository import Repository
from scanner.publish.roles import read_metadata
from scanner.publish.state import Withdrawn
from scanner.rules.files import read_rule_set
from scanner.store import read_file
from scanner.terms import InputError
from scanner.trust import read_trust

WITHDRAWN: Final = "withdrawn.json"
WITHDRAWN_FORMAT: Final = "door-scanner withdrawn 1"
MAX_TARGET_BYTES: Final = 4 * 1024 * 1024
"""What a door takes; the list of every country in the world has 0.6 MB."""

MAX_FILES: Final = 900
"""A door takes 1,000 files of a role."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def read_target(path: Path, *, role: str) -> tuple[str, bytes]:
    """Return the name and content of a file for `trust` or `rules`, checked."""
    content = read_file(path, max_bytes=MAX_TARGET_BYTES)
    name = path.name
    if not _NAME.fullmatch(name) or name == WITHDRAWN:
        raise InputError(
            f"{path}: a name in the feed is of a-z, 0-9, dot, dash and underscore, at most 64, "
            f"and not {WITHDRAWN}; rename the file"
        )
    try:
        if role == "trust":
            check_trust(content)
        else:
            check_rules(content, name=name)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    return name, content


def check_trust(content: bytes) -> None:
    """Refuse what is no file of trusted keys."""
    if holds_private_key(content):
        raise InputError("a PRIVATE KEY in it: it must never leave its owner; give the public one")
    read_trust(content)


def notes_on_trust(content: bytes) -> tuple[str, ...]:
    """Say what doors of this version will not use of a file of trusted keys."""
    return read_trust(content).notes


def check_rules(content: bytes, *, name: str) -> None:
    """Refuse what is no rule set, or is called otherwise than doors look for it."""
    if holds_private_key(content):
        raise InputError("a PRIVATE KEY in it; it must never leave its owner")
    rule_set = read_rule_set(content, name=name.removesuffix(".json"), zone_of=ZoneInfo)
    if name != f"{rule_set.name}.json":
        raise InputError(f"doors look for it as {rule_set.name}.json; rename the file")


def listed(repository: Repository, *, role: str) -> dict[str, TargetFile]:
    """Return the files that the newest metadata of a role names, by their name."""
    named = read_metadata(Targets, repository.metadata(role)).targets
    return {path.removeprefix(f"{role}/"): target for path, target in named.items()}


def content_of(repository: Repository, *, role: str, name: str) -> bytes | None:
    """Return a file of the feed by its name, or None."""
    target = listed(repository, role=role).get(name)
    if target is None:
        return None
    return repository.read(f"targets/{role}/{target.hashes['sha256']}.{name}")


def change_files(
    repository: Repository, *, role: str, add: Mapping[str, bytes], remove: Sequence[str] = ()
) -> None:
    """Put files into a role and take others out by name, and sign it with the curator's key."""
    signers = repository.signers(role)
    old = read_metadata(Targets, repository.metadata(role))
    files = dict(old.targets)
    for name in remove:
        if files.pop(f"{role}/{name}", None) is None:
            raise InputError(f"{name}: not in the feed; door-scanner publish status lists them")
    for name, content in add.items():
        digest = hashlib.sha256(content).hexdigest()
        repository.put(f"targets/{role}/{digest}.{name}", content)
        files[f"{role}/{name}"] = TargetFile.from_data(f"{role}/{name}", content, ["sha256"])
    if len(files) > MAX_FILES:
        raise InputError(f"more than {MAX_FILES} files; doors take no more")
    expires = repository.state.profile.expires(role, at=repository.now)
    version = repository.next_version(role)
    repository.sign(role, Targets(version=version, expires=expires, targets=files), signers=signers)


def withdrawn_bytes(withdrawn: Withdrawn) -> bytes:
    """Return the file in which the curator says what may leave the lists."""
    told = {"format": WITHDRAWN_FORMAT, **asdict(withdrawn)}
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()


def sign_withdrawn(repository: Repository) -> None:
    """Sign what may leave the lists, as the state has it."""
    content = withdrawn_bytes(repository.state.withdrawn)
    change_files(repository, role="trust", add={WITHDRAWN: content})

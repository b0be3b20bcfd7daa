"""The root of a feed, pinned by a person: nothing is trusted because it came first.

The digest that a person compares is that of the file; the file must be a TUF root that enough
of its own keys have signed. Another root than the one that is pinned takes the place only when
a person says so: what was accepted under the old one stays until the first feed of the new.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Final

from scanner.store import read_file, replace_file
from scanner.sync.inbox import MAX_ROOT_BYTES
from scanner.terms import InputError, NotPermittedError
from scanner.trust.feed import read_root
from scanner.trust.refusal import FeedRefused

_MODE: Final = 0o644
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_SPACING: Final = re.compile(r"[\s:]")


class Replacing(Enum):
    """Whether a pinned root may give way to another one."""

    NOT = "not"
    ALLOWED = "allowed"


@dataclass(frozen=True, slots=True)
class Pinned:
    """A root: its version, when it expires, SHA-256 of the file in hex, keys and how many sign."""

    version: int
    expires: datetime
    sha256: str
    keys: int
    threshold: int


class Change(Enum):
    """What pinning did."""

    NEW = "new"
    SAME = "same"
    REPLACED = "replaced"


def digest_of(text: str) -> str:
    """Return 64 lower-case hex digits from what a person typed; `InputError` for anything else."""
    digits = _SPACING.sub("", text).lower()
    if not _DIGEST.fullmatch(digits):
        raise InputError("--sha256 takes 64 hex digits; they stand on the operator's set-up sheet")
    return digits


def root_in(path: Path) -> tuple[bytes, Pinned]:
    """Read a root that its own keys vouch for; `InputError` for anything else."""
    content = read_file(path, max_bytes=MAX_ROOT_BYTES)
    try:
        root = read_root(content)
    except FeedRefused as refused:
        words = f"{path}: no root of a feed ({refused.detail}); take 1.root.json of the operator"
        raise InputError(words) from None
    role = root.roles["root"]
    expires = root.expires if root.expires.tzinfo else root.expires.replace(tzinfo=UTC)
    sha256 = hashlib.sha256(content).hexdigest()
    return content, Pinned(root.version, expires, sha256, len(role.keyids), role.threshold)


def pin(source: Path, *, sha256: str, at: Path, replacing: Replacing) -> tuple[Pinned, Change]:
    """Put a root at `at`, where the door looks for it; `InputError` unless it is the right one.

    Raises `NotPermittedError` where the place may not be written.
    """
    wanted = digest_of(sha256)
    # Compared before it is read: a wrong file is not a broken one.
    found = hashlib.sha256(read_file(source, max_bytes=MAX_ROOT_BYTES)).hexdigest()
    if found != wanted:
        raise InputError(
            f"{source}: its SHA-256 is {found}, not the one that was given; "
            "compare both with the operator's set-up sheet, and do not pin it"
        )
    content, pinned = root_in(source)
    if pinned.sha256 != wanted:
        raise InputError(f"{source}: it changed while it was read; try again")
    change = _change(content, at=at)
    if change is Change.REPLACED and replacing is Replacing.NOT:
        raise InputError(
            f"{at}: another root is pinned; with --replace the door changes its operator: what it "
            "believes stays until the first feed below the new root, which is not compared with it"
        )
    if change is not Change.SAME:
        _write(content, at=at)
    return pinned, change


def _change(content: bytes, *, at: Path) -> Change:
    if not at.exists():
        return Change.NEW
    return Change.SAME if read_file(at, max_bytes=MAX_ROOT_BYTES) == content else Change.REPLACED


def _write(content: bytes, *, at: Path) -> None:
    try:
        at.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        replace_file(at, content, mode=_MODE)
    except PermissionError:
        raise NotPermittedError(f"{at}: only root may pin: use sudo") from None

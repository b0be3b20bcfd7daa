"""What is in force: the description of a generation, and the signatures it was accepted by."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from scanner.store import read_file
from scanner.sync.inbox import MAX_METADATA_BYTES
from scanner.terms import InputError
from scanner.trust import generation as described_by
from scanner.trust.chain import ROLES
from scanner.trust.feed import Chain
from scanner.trust.generation import Generation, StoredFile

PINNED: Final = "metadata/pinned.json"
MANIFEST_KEPT: Final = "metadata/manifest.json"
WITHDRAWN_KEPT: Final = "metadata/withdrawn.json"
DAMAGED: Final = "damaged.json"
"""In the state folder: files of the generation in force that a recheck found damaged."""

_ROOT: Final = ".root.json"
_MAX_NOTE_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Held:
    """A generation on the shelf; `pinned` and `chain` are None where they are damaged.

    `damaged` are paths in it that must not be used.
    """

    folder: Path
    generation: Generation
    pinned: bytes | None
    chain: Chain | None
    damaged: frozenset[str] = frozenset()

    @property
    def rotten(self) -> frozenset[str]:
        """Return the lists that only their base helps."""
        return rotten_of(self.generation, damaged=self.damaged)

    def below(self, pinned: bytes) -> Chain | None:
        """Return the chain as it hangs below another pinned root; None where it does not."""
        if self.pinned is None or self.chain is None:
            return None
        roots = (self.pinned, *self.chain.roots)
        if pinned not in roots:
            return None
        chain = self.chain
        rest = roots[roots.index(pinned) + 1 :]
        return Chain(rest, chain.timestamp, chain.snapshot, chain.targets, chain.delegated)

    def is_of(self, pinned: bytes) -> bool:
        """Say whether this may be the same feed: not, if it hangs from another root."""
        return self.pinned is None or self.chain is None or self.below(pinned) is not None


def rotten_of(generation: Generation, *, damaged: frozenset[str]) -> frozenset[str]:
    """Return the lists of which a file is damaged."""
    return frozenset(
        name
        for name, one in generation.lists.items()
        if not damaged.isdisjoint(file.path for file in one.files)
    )


def described(folder: Path) -> Generation | None:
    """Return the description of a generation; None where it cannot be read."""
    try:
        path = folder / described_by.NAME
        found = described_by.parse(read_file(path, max_bytes=described_by.MAX_BYTES))
    except InputError:
        return None
    return found if str(found.number) == folder.name else None


def held_at(folder: Path | None, *, state: Path) -> Held | None:
    """Return a generation with its chain; None where there is none, or no description of it."""
    generation = None if folder is None else described(folder)
    if folder is None or generation is None:
        return None
    files = {one.path: one for one in generation.metadata}
    pinned = sound(files.get(PINNED), folder=folder)
    return Held(
        folder, generation, pinned, _chain(files, folder=folder), _noted(state, folder=folder)
    )


def sound(one: StoredFile | None, *, folder: Path) -> bytes | None:
    """Return the content of a small file if it is what it was when it was written."""
    if one is None:
        return None
    try:
        content = read_file(folder / one.path, max_bytes=MAX_METADATA_BYTES)
    except InputError:
        return None
    return content if hashlib.sha256(content).hexdigest() == one.sha256 else None


def _chain(files: dict[str, StoredFile], *, folder: Path) -> Chain | None:
    names = [f"metadata/{role}.json" for role in ("timestamp", "snapshot", "targets", *ROLES)]
    versions = sorted(
        int(number)
        for path in files
        if path.endswith(_ROOT)
        and (number := path.removeprefix("metadata/").removesuffix(_ROOT)).isdecimal()
    )
    wanted = [*names, *(f"metadata/{version}{_ROOT}" for version in versions)]
    read = [sound(files.get(name), folder=folder) for name in wanted]
    content = [one for one in read if one is not None]
    if len(content) != len(read):
        return None
    timestamp, snapshot, targets, *rest = content
    delegated = dict(zip(ROLES, rest[: len(ROLES)], strict=True))
    return Chain(tuple(rest[len(ROLES) :]), timestamp, snapshot, targets, delegated)


def _noted(state: Path, *, folder: Path) -> frozenset[str]:
    """Return what the last recheck found damaged, if it was in this generation."""
    try:
        told: Any = json.loads(read_file(state / DAMAGED, max_bytes=_MAX_NOTE_BYTES))
        if told["generation"] == int(folder.name):
            return frozenset(str(path) for path in told["files"])
    except (InputError, ValueError, TypeError, KeyError, RecursionError):
        pass
    return frozenset()

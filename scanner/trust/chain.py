"""Metadata of a feed, role by role: each is signed by enough keys of the role above it.

TUF 1.0 (specification, section 5.3) without its clock and its memory: expiry and versions are
looked at by `scanner.trust.feed`. With it the only module of this room that loads `tuf`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from tuf.api.exceptions import LengthOrHashMismatchError, RepositoryError, UnsignedMetadataError
from tuf.api.metadata import Metadata, MetaFile, Root, Signed, Snapshot, Targets, Timestamp
from tuf.api.serialization import DeserializationError, SerializationError

from scanner.trust.manifest import MAX_SEQ
from scanner.trust.refusal import Cause, FeedRefused

ROLES: Final = ("trust", "rules", "revoked")
MAX_ROOTS: Final = 256
"""As many changes of the root as TUF's own client follows at once."""

_S = TypeVar("_S", Root, Timestamp, Snapshot, Targets)


@dataclass(frozen=True, slots=True)
class Chain:
    """The metadata of a feed as bytes; `roots` follow the pinned one in order."""

    roots: tuple[bytes, ...]
    timestamp: bytes
    snapshot: bytes
    targets: bytes
    delegated: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A chain whose signatures hold."""

    root: Root
    timestamp: Timestamp
    snapshot: Snapshot
    targets: Targets
    delegated: Mapping[str, Targets]

    @property
    def by_role(self) -> dict[str, Signed]:
        """Return what is signed below the root, from the top."""
        return {
            "timestamp": self.timestamp,
            "snapshot": self.snapshot,
            "targets": self.targets,
            **self.delegated,
        }

    def keys_of(self, role: str) -> frozenset[str]:
        """Return the ids of the keys that may sign a role."""
        if role in ROLES:
            return frozenset(_keys_below(self.targets, role=role))
        return frozenset(self.root.roles[role].keyids)


def read_root(content: bytes) -> Root:
    """Return a root that is signed by enough of its own keys, or raise `FeedRefused`."""
    return _signed(Root, content, role="root", by=_read(Root, content, role="root").signed)


def parse(pinned: bytes, chain: Chain) -> Parsed:
    """Follow the signatures from the pinned root to the last role; dates are not looked at."""
    root = read_root(pinned)
    if len(chain.roots) > MAX_ROOTS:
        raise FeedRefused(Cause.TOO_LARGE, f"more than {MAX_ROOTS} roots at once; pin a newer one")
    for content in chain.roots:
        newer = _signed(Root, content, role="root", by=root)
        _signed(Root, content, role="root", by=newer)
        if newer.version != root.version + 1:
            words = f"root {newer.version} follows root {root.version}; one is missing"
            raise FeedRefused(Cause.MIXED, words)
        root = newer
    timestamp = _signed(Timestamp, chain.timestamp, role="timestamp", by=root)
    named = {"snapshot.json": timestamp.snapshot_meta}
    snapshot = _named(Snapshot, chain.snapshot, role="snapshot", by=root, named=named)
    targets = _named(Targets, chain.targets, role="targets", by=root, named=snapshot.meta)
    if targets.targets:
        raise FeedRefused(Cause.MALFORMED, "targets outside of trust, rules and revoked")
    delegated: dict[str, Targets] = {}
    for role in ROLES:
        _keys_below(targets, role=role)
        below = chain.delegated.get(role)
        if below is None:
            raise FeedRefused(Cause.MISSING, f"{role}.json did not come")
        delegated[role] = _named(Targets, below, role=role, by=targets, named=snapshot.meta)
        if delegated[role].delegations is not None:
            raise FeedRefused(Cause.MALFORMED, f"{role}.json hands its right on to others")
    return Parsed(root, timestamp, snapshot, targets, delegated)


def _named(
    kind: type[_S], content: bytes, *, role: str, by: Root | Targets, named: Mapping[str, MetaFile]
) -> _S:
    """Return metadata that is the very one which the role above it names."""
    meta = named.get(f"{role}.json")
    if meta is None:
        raise FeedRefused(Cause.MISSING, f"the snapshot does not name {role}.json")
    try:
        meta.verify_length_and_hashes(content)
    except LengthOrHashMismatchError:
        words = f"{role}.json is not the one that belongs to this feed"
        raise FeedRefused(Cause.MIXED, words) from None
    signed = _signed(kind, content, role=role, by=by)
    if signed.version != meta.version:
        words = f"{role}.json has version {signed.version}, and not {meta.version}"
        raise FeedRefused(Cause.MIXED, words)
    return signed


def _signed(kind: type[_S], content: bytes, *, role: str, by: Root | Targets) -> _S:
    """Return metadata that enough keys of its role have signed."""
    metadata = _read(kind, content, role=role)
    try:
        by.verify_delegate(role, metadata.signed_bytes, metadata.signatures)
    except UnsignedMetadataError:
        words = f"{role}.json is not signed by enough of its keys"
        raise FeedRefused(Cause.WRONG_SIGNER, words) from None
    except (SerializationError, ValueError):
        # A number with a fraction, half of a character: nothing that can have been signed.
        words = f"{role}.json has content that has no canonical form"
        raise FeedRefused(Cause.MALFORMED, words) from None
    return metadata.signed


def _read(kind: type[_S], content: bytes, *, role: str) -> Metadata[_S]:
    try:
        metadata: Metadata[_S] = Metadata[_S].from_bytes(content)
    except (DeserializationError, RepositoryError, ValueError) as error:
        words = f"{role}.json is not understood ({type(error).__name__})"
        raise FeedRefused(Cause.MALFORMED, words) from None
    if type(metadata.signed) is not kind:
        raise FeedRefused(Cause.MALFORMED, f"{role}.json is of another kind")
    if metadata.signed.version > MAX_SEQ:
        raise FeedRefused(Cause.MALFORMED, f"{role}.json has a version that nobody can count")
    return metadata


def _keys_below(targets: Targets, *, role: str) -> list[str]:
    """Return the ids of the keys that `targets` names for a role."""
    roles = targets.delegations.roles if targets.delegations else None
    if not roles or role not in roles:
        raise FeedRefused(Cause.MISSING, f"targets.json names no keys for {role}")
    return roles[role].keyids

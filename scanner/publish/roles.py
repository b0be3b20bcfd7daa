"""The roles of a feed: who signs what, and for how long.

TUF 1.0 with consistent snapshots. Root and top-level targets: two of three offline keys;
`trust` and `rules`: the offline curator key; `revoked`, snapshot, timestamp: a key each online.
Metadata is compact JSON with sorted names.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Final, TypeVar

from securesystemslib.signer import CryptoSigner, Key
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Role,
    Root,
    Signed,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization import DeserializationError
from tuf.api.serialization.json import JSONSerializer

from scanner.publish.keys import CURATOR, ROOTS
from scanner.terms import InputError

THRESHOLD: Final = 2
"""One root key may be lost, and one stolen key signs nothing."""

DELEGATED: Final = ("trust", "rules", "revoked")
TOP: Final = ("root", "timestamp", "snapshot", "targets")
IN_SNAPSHOT: Final = ("targets", *DELEGATED)
EVERY_ROLE: Final = ("root", "targets", *DELEGATED, "snapshot", "timestamp")

SIGNERS: Final[Mapping[str, tuple[str, ...]]] = {
    "root": ROOTS,
    "targets": ROOTS,
    "trust": (CURATOR,),
    "rules": (CURATOR,),
    "revoked": ("revoked",),
    "snapshot": ("snapshot",),
    "timestamp": ("timestamp",),
}

_S = TypeVar("_S", Root, Timestamp, Snapshot, Targets)


class Profile(Enum):
    """How long signatures hold; a venue's operator comes by less often than a fleet's cron."""

    FLEET = "fleet"
    VENUE = "venue"

    def days(self, role: str) -> int:
        """Return for how many days a role's metadata holds from its signing."""
        if role in ("root", "targets"):
            return 365
        if role in ("trust", "rules"):
            return 90
        if self is Profile.VENUE:
            return 30
        return 7 if role == "timestamp" else 14

    def expires(self, role: str, *, at: datetime) -> datetime:
        """Return until when what is signed at `at` holds, in whole seconds."""
        return (at.astimezone(UTC) + timedelta(days=self.days(role))).replace(microsecond=0)


def new_root(keys: Mapping[str, Key], *, version: int, expires: datetime) -> Root:
    """Return a root that names the keys of every top-level role; `keys` by name."""
    roles = {
        role: Role([keys[name].keyid for name in SIGNERS[role]], threshold(role)) for role in TOP
    }
    named = {keys[name].keyid: keys[name] for role in TOP for name in SIGNERS[role]}
    return Root(version=version, expires=expires, keys=named, roles=roles, consistent_snapshot=True)


def new_targets(keys: Mapping[str, Key], *, version: int, expires: datetime) -> Targets:
    """Return the top-level targets: no files, three roles below."""
    roles = {
        role: DelegatedRole(
            role,
            [keys[name].keyid for name in SIGNERS[role]],
            threshold(role),
            terminating=True,
            paths=[f"{role}/*"],
        )
        for role in DELEGATED
    }
    named = {keys[name].keyid: keys[name] for role in DELEGATED for name in SIGNERS[role]}
    return Targets(version=version, expires=expires, delegations=Delegations(named, roles))


def new_files(files: Mapping[str, bytes], *, version: int, expires: datetime) -> Targets:
    """Return a role that vouches for files, by their path in the feed."""
    named = {path: TargetFile.from_data(path, content) for path, content in files.items()}
    return Targets(version=version, expires=expires, targets=named)


def new_snapshot(signed: Mapping[str, bytes], *, version: int, expires: datetime) -> Snapshot:
    """Return the snapshot of `targets` and the roles below it, given as they were signed."""
    meta = {
        f"{role}.json": MetaFile.from_data(_version(content), content, ["sha256"])
        for role, content in signed.items()
    }
    return Snapshot(version=version, expires=expires, meta=meta)


def new_timestamp(*, snapshot: int, version: int, expires: datetime) -> Timestamp:
    """Return the timestamp; it names the snapshot by version alone: every door polls for it."""
    return Timestamp(version=version, expires=expires, snapshot_meta=MetaFile(snapshot))


def signed_bytes(payload: Signed, signers: Sequence[CryptoSigner]) -> bytes:
    """Sign with every signer, and return the file."""
    metadata: Metadata[Any] = Metadata(payload)
    for signer in signers:
        metadata.sign(signer, append=True)
    return metadata.to_bytes(JSONSerializer(compact=True))


def read_metadata(kind: type[_S], content: bytes) -> _S:
    """Return what is signed in a file of this repository; `InputError` when it is damaged."""
    payload = read_signed(content)
    if not isinstance(payload, kind):
        raise InputError("metadata is of another kind; restore public/metadata from its copy")
    return payload


def read_signed(content: bytes) -> Signed:
    """Return what is signed in a file of any role; `InputError` when it is damaged."""
    try:
        payload: Signed = Metadata[Any].from_bytes(content).signed
    except (DeserializationError, RepositoryError, ValueError) as error:
        raise InputError(f"metadata is damaged ({error}); restore public/metadata") from None
    return payload


def threshold(role: str) -> int:
    """Return how many keys must sign a role."""
    return THRESHOLD if role in ("root", "targets") else 1


def _version(content: bytes) -> int:
    return read_signed(content).version

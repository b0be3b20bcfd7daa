"""A feed in memory whose keys all lie open, so that a test can sign what nobody should."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import JSONSerializer

from scanner.trust.feed import Chain

BEGINS: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
ROLES: Final = ("trust", "rules", "revoked")
_COMPACT: Final = JSONSerializer(compact=True)


def key() -> CryptoSigner:
    return CryptoSigner.generate_ed25519()


def keys() -> dict[str, list[CryptoSigner]]:
    """Make the keys of every role: three for the root, one for each other."""
    root = [key(), key(), key()]
    curator = [key()]
    online = {role: [key()] for role in ("timestamp", "snapshot", "revoked")}
    return {"root": root, "targets": root, "trust": curator, "rules": curator, **online}


@dataclass
class FeedMaker:
    """Makes chains: change a field, and ask for the next one."""

    keys: dict[str, list[CryptoSigner]] = field(default_factory=keys)
    versions: dict[str, int] = field(default_factory=dict)
    expires: dict[str, datetime] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    listed_in: dict[str, str] = field(default_factory=dict)
    """Paths that a role lists though they are another's."""
    stolen: dict[str, list[CryptoSigner]] = field(default_factory=dict)
    """Who signs a role in the place of those who should."""
    roots: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rotate(signers=self.keys["root"][:2])

    @property
    def pinned(self) -> bytes:
        return self.roots[0]

    def rotate(self, *, signers: Sequence[CryptoSigner]) -> None:
        """Make the next root, for the keys as they are now."""
        roles = ("root", "timestamp", "snapshot", "targets")
        root = Root(
            version=len(self.roots) + 1,
            expires=self._expiry("root", days=365),
            consistent_snapshot=True,
        )
        for role in roles:
            for one in self.keys[role]:
                root.add_key(one.public_key, role)
            root.roles[role].threshold = 2 if role in ("root", "targets") else 1
        self.roots.append(sealed(root, signers=signers))

    def chain(self, **instead: Any) -> Chain:
        """Sign everything anew at the versions in force; `instead` replaces parts of the chain."""
        delegated = {role: self._role(role) for role in ROLES}
        targets = self._targets()
        named = {"targets.json": targets, **{f"{r}.json": d for r, d in delegated.items()}}
        snapshot = sealed(
            Snapshot(
                version=self._version("snapshot"),
                expires=self._expiry("snapshot", days=14),
                meta={name: MetaFile(version_of(content)) for name, content in named.items()},
            ),
            signers=self._signers("snapshot"),
        )
        timestamp = sealed(
            Timestamp(
                version=self._version("timestamp"),
                expires=self._expiry("timestamp", days=7),
                snapshot_meta=MetaFile(
                    version_of(snapshot), len(snapshot), {"sha256": digest(snapshot)}
                ),
            ),
            signers=self._signers("timestamp"),
        )
        parts: dict[str, Any] = {
            "roots": tuple(self.roots[1:]),
            "timestamp": timestamp,
            "snapshot": snapshot,
            "targets": targets,
            "delegated": delegated,
            **instead,
        }
        return Chain(**parts)

    def next(self, *roles: str, **instead: Any) -> Chain:
        """Count the versions of these roles up, snapshot and timestamp too, and sign."""
        for role in dict.fromkeys((*roles, "snapshot", "timestamp")):
            self.versions[role] = self._version(role) + 1
        return self.chain(**instead)

    def _role(self, role: str) -> bytes:
        mine = {
            path: content
            for path, content in self.files.items()
            if self.listed_in.get(path, path.partition("/")[0]) == role
        }
        targets = {path: target_file(path, content) for path, content in mine.items()}
        signed = Targets(
            version=self._version(role), expires=self._expiry(role, days=90), targets=targets
        )
        return sealed(signed, signers=self._signers(role))

    def _targets(self) -> bytes:
        delegations = Delegations(
            keys={
                one.public_key.keyid: one.public_key for role in ROLES for one in self.keys[role]
            },
            roles={
                role: DelegatedRole(
                    role,
                    [one.public_key.keyid for one in self.keys[role]],
                    threshold=1,
                    terminating=True,
                    paths=[f"{role}/*"],
                )
                for role in ROLES
            },
        )
        signed = Targets(
            version=self._version("targets"),
            expires=self._expiry("targets", days=365),
            delegations=delegations,
        )
        return sealed(signed, signers=self._signers("targets")[:2])

    def _signers(self, role: str) -> list[CryptoSigner]:
        return self.stolen.get(role, self.keys[role])

    def _version(self, role: str) -> int:
        return self.versions.get(role, 1)

    def _expiry(self, role: str, *, days: int) -> datetime:
        return self.expires.get(role, BEGINS + timedelta(days=days))


def sealed(signed: Any, *, signers: Sequence[CryptoSigner]) -> bytes:
    metadata: Metadata[Any] = Metadata(signed)
    for one in signers:
        metadata.sign(one, append=True)
    return metadata.to_bytes(_COMPACT)


def target_file(path: str, content: bytes) -> TargetFile:
    return TargetFile(len(content), {"sha256": digest(content)}, path)


def version_of(content: bytes) -> int:
    version: int = json.loads(content)["signed"]["version"]
    return version


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def changed(content: bytes, **fields: Any) -> bytes:
    """Change signed fields of metadata without signing it anew."""
    told = json.loads(content)
    told["signed"].update(fields)
    return json.dumps(told).encode()


def with_part(chain: Chain, role: str, content: bytes) -> Mapping[str, Any]:
    """Return what `FeedMaker.chain` takes to put one part in another's place."""
    if role in ROLES:
        return {"delegated": {**chain.delegated, role: content}}
    return {role: content}

"""Somebody with the online keys of an operator, and a hand in the inbox of a door."""

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from scanner.publish.roles import (
    IN_SNAPSHOT,
    new_files,
    new_snapshot,
    new_timestamp,
    read_signed,
    signed_bytes,
)
from scanner.trust.idtable import encode
from scanner.trust.manifest import PART_BYTES, Base, Blob, Delta, ListEntry, Manifest
from tests.sync.house import House

LONG: timedelta = timedelta(days=3000)


@dataclass
class Thief:
    """Signs with the keys for `revoked`, snapshot and timestamp; the offline ones are not here."""

    house: House

    def publish(
        self,
        manifest: Manifest | None = None,
        *,
        typed: bytes | None = None,
        files: Mapping[str, bytes] | None = None,
        signed: Mapping[str, bytes] | None = None,
        ahead: int = 1,
    ) -> None:
        """Lay a feed into the inbox, as new as it takes; `files` are further ones of `revoked`."""
        house, until = self.house, self.house.now + LONG
        house.deliver()
        content = {
            "revoked/manifest.json": (manifest or house.manifest()).to_bytes(),
            "revoked/typed.txt": house.target("revoked", "revoked/typed.txt")
            if typed is None
            else typed,
            **(files or {}),
        }
        for one in content.values():
            self.target(one)
        version = {
            role: read_signed(house.metadata(role)).version + ahead
            for role in ("revoked", "snapshot", "timestamp")
        }
        with house.repository() as repository:
            revoked = signed_bytes(
                new_files(content, version=version["revoked"], expires=until),
                repository.signers("revoked"),
            )
            roles = {role: house.metadata(role) for role in IN_SNAPSHOT}
            roles |= {"revoked": revoked, **(signed or {})}
            snapshot = signed_bytes(
                new_snapshot(roles, version=version["snapshot"], expires=until),
                repository.signers("snapshot"),
            )
            timestamp = signed_bytes(
                new_timestamp(
                    snapshot=version["snapshot"], version=version["timestamp"], expires=until
                ),
                repository.signers("timestamp"),
            )
        for role, one in {**roles, "snapshot": snapshot, "timestamp": timestamp}.items():
            (house.places.inbox / f"metadata/{role}.json").write_bytes(one)

    def target(self, content: bytes) -> None:
        """Lay a target into the inbox."""
        name = hashlib.sha256(content).hexdigest()
        (self.house.places.inbox / "targets" / name).write_bytes(content)

    def blob(self, content: bytes) -> Blob:
        """Lay the parts of a blob into the inbox."""
        pieces = [content[at : at + PART_BYTES] for at in range(0, len(content), PART_BYTES)]
        parts = tuple(hashlib.sha256(piece).hexdigest() for piece in pieces)
        folder = self.house.places.inbox / "parts"
        folder.mkdir(parents=True, exist_ok=True)
        for name, piece in zip(parts, pieces, strict=True):
            (folder / name).write_bytes(piece)
        return Blob(len(content), hashlib.sha256(content).hexdigest(), parts)

    def entry(
        self,
        ids: Iterable[int],
        *,
        seq: int,
        k: int = 8,
        r: int = 6,
        deltas: tuple[Delta, ...] = (),
    ) -> ListEntry:
        """Return a list that begins anew with these ids."""
        ids = list(ids)
        table = encode(ids, k=k, r=r)
        blob = self.blob(table)
        base = Base(seq, len(ids), blob)
        return ListEntry(seq, k, r, len(ids), blob.size, blob.sha256, base, deltas)

    def with_list(self, entry: ListEntry | None, *, name: str = "main") -> Manifest:
        """Return the manifest in force with one list changed, or without it."""
        manifest = self.house.manifest()
        lists = {key: one for key, one in manifest.lists.items() if key != name}
        if entry is not None:
            lists[name] = entry
        issued = self.house.now + timedelta(minutes=1)
        return dataclasses.replace(manifest, issued=issued, lists=lists)

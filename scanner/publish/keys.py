"""Signing keys: one PEM file each, made once and never written over.

A keys folder and a repository are never one in the other: what a web server hands out, or a
backup of it takes along, must hold no key. Keys may lie in several folders, such as a stick
for the offline ones.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from securesystemslib.signer import CryptoSigner, SSlibKey

from scanner.store import read_file, replace_file
from scanner.terms import InputError

ROOTS: Final = ("root-1", "root-2", "root-3")
CURATOR: Final = "curator"
ONLINE: Final = ("revoked", "snapshot", "timestamp")
OFFLINE: Final = (*ROOTS, CURATOR)
EVERY: Final = (*OFFLINE, *ONLINE)

_MAX_PEM_BYTES: Final = 16 * 1024
_NEXT: Final = ".next"
_ID_DIGITS: Final = 8


class Keys:
    """The key files of one or several folders; a new key goes beside the old, or into the first."""

    def __init__(self, folders: Sequence[Path], *, repository: Path) -> None:
        """Raise `InputError` where a folder and the repository lie one in the other."""
        home = repository.resolve()
        for folder in folders:
            inside = folder.resolve()
            if inside == home or home in inside.parents or inside in home.parents:
                raise InputError(
                    f"{folder}: keys and the repository {repository} lie one in the other; "
                    "keep keys where no web server and no copy of the repository reaches"
                )
        self._folders = tuple(folders)
        self._home = home

    def make(self, names: Sequence[str]) -> dict[str, SSlibKey]:
        """Make keys that are not there yet, or raise `InputError` before any is made."""
        for name in names:
            if (taken := self._find(name)) is not None:
                raise InputError(f"{taken}: a key is there already; name another --keys folder")
        return {name: self._made(name, folder=self._folders[0]).public_key for name in names}

    def make_next(self, name: str) -> SSlibKey:
        """Make the key that is to replace `name`, or take the one that was made for that."""
        found = self._find(name + _NEXT)
        if found is not None:
            return _load(found).public_key
        old = self._find(name)
        folder = self._folders[0] if old is None else old.parent
        return self._made(name + _NEXT, folder=folder).public_key

    def install_next(self, name: str, *, keyid: str) -> None:
        """Put the next key in its place if it has the id; the old one is kept under a new name."""
        found = self._find(name + _NEXT)
        if found is None or _load(found).public_key.keyid != keyid:
            return
        old = self._find(name)
        if old is not None:
            digits = _load(old).public_key.keyid[:_ID_DIGITS]
            old.rename(old.with_name(f"{name}.replaced-{digits}.pem"))
        found.rename(found.with_name(f"{name}.pem"))

    def signer(self, name: str, *, keyid: str) -> CryptoSigner | None:
        """Return the signer with this id, or None where its key is not in these folders."""
        for candidate in (name, name + _NEXT):
            path = self._find(candidate)
            if path is not None and (signer := _load(path)).public_key.keyid == keyid:
                return signer
        return None

    def _find(self, name: str) -> Path | None:
        for folder in self._folders:
            path = folder / f"{name}.pem"
            if path.is_symlink() or path.exists():
                if self._home in path.resolve().parents:
                    raise InputError(f"{path}: leads into the repository; keep keys outside of it")
                return path
        return None

    def _made(self, name: str, *, folder: Path) -> CryptoSigner:
        if not folder.exists():
            folder.mkdir(parents=True, mode=0o700)
            folder.chmod(0o700)
        signer = CryptoSigner.generate_ed25519()
        replace_file(folder / f"{name}.pem", signer.private_bytes, mode=0o600)
        return signer


def _load(path: Path) -> CryptoSigner:
    content = read_file(path, max_bytes=_MAX_PEM_BYTES)
    try:
        return CryptoSigner(load_pem_private_key(content, password=None))
    except (ValueError, TypeError):
        raise InputError(f"{path}: no private key in PEM; restore it from its copy") from None


_PRIVATE_JWK: Final = re.compile(rb'"(?:d|k|p|q)"\s*:\s*"')


def holds_private_key(content: bytes) -> bool:
    """Say whether a file that is to be handed out holds a private key, as PEM or as JWK."""
    return b"PRIVATE KEY-----" in content or (
        b'"kty"' in content and _PRIVATE_JWK.search(content) is not None
    )

"""The key with which a venue signs its passes: made once, readable by its owner alone.

A folder holds `private.pem`, the public key for doors (`own-ID.pem`) and the numbers that were
given (`numbers.json`). A key that others may read is refused: whoever has it prints tickets.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from scanner.publish.own import numbers
from scanner.publish.own.whole import new_folder
from scanner.store import read_file, replace_file
from scanner.terms import InputError
from scanner.trust.issuer_keys import ISSUER_LINE, key_id

PRIVATE: Final = "private.pem"
MAX_ISSUER_CHARACTERS: Final = 100
_MAX_PEM_BYTES: Final = 16 * 1024
_OTHERS: Final = 0o077
_PRIVATE_MODE: Final = 0o600
_PUBLIC_MODE: Final = 0o644


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An issuer's key: the id that passes carry, and what signs bytes."""

    kid: bytes
    sign: Callable[[bytes], bytes]


def make(folder: Path, *, issuer: str | None) -> Path:
    """Make a key and its folder, which must not be there yet; return where its public part lies."""
    if issuer is not None and not _is_plain(issuer):
        raise InputError(
            f"--issuer: a name on one line, of at most {MAX_ISSUER_CHARACTERS} characters"
        )
    private = Ed25519PrivateKey.generate()
    public = private.public_key()
    # Without a name, too: the line says that the key is a venue's own.
    named = f"{ISSUER_LINE}{issuer or ''}".rstrip() + "\n"
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    name = f"own-{key_id(public).hex()[:8]}.pem"
    with new_folder(folder) as made:
        secret = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        replace_file(made / PRIVATE, secret, mode=_PRIVATE_MODE)
        replace_file(made / name, named.encode() + pem, mode=_PUBLIC_MODE)
        numbers.begin(made)
    return folder / name


def load(folder: Path) -> SigningKey:
    """Return the key of a folder, or raise `InputError`."""
    path = folder / PRIVATE
    content = read_file(path, max_bytes=_MAX_PEM_BYTES)
    mode = path.stat().st_mode & 0o777
    if mode & _OTHERS:
        raise InputError(
            f"{path}: others may read this key (mode {mode:04o}); chmod 600 it, and make a new "
            "one if somebody did"
        )
    try:
        private = load_pem_private_key(content, password=None)
    except (ValueError, TypeError):
        private = None
    if not isinstance(private, Ed25519PrivateKey):
        raise InputError(f"{path}: no Ed25519 private key in PEM; restore it from its copy")
    return SigningKey(key_id(private.public_key()), private.sign)


def _is_plain(name: str) -> bool:
    return name.isprintable() and 0 < len(name.strip()) == len(name) <= MAX_ISSUER_CHARACTERS

"""Who this door is: an id for people, and a key for hashes that no other door can make.

Both are made at the first start and stay: a file that is there is never written again.
A file that was damaged is `InputError`; a new key would forget every ticket that was used.
"""

import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scanner.store.durable import replace_file
from scanner.store.files import read_file
from scanner.terms import InputError

_ID: Final = re.compile(rb"door-[0-9a-f]{8}\n?")
_KEY_BYTES: Final = 32
_MAX_BYTES: Final = 64


@dataclass(frozen=True, slots=True)
class Identity:
    """A door's id, such as `door-3f0a91c2`, and its secret of 32 bytes."""

    door_id: str
    hmac_key: bytes


def identity_in(folder: Path) -> Identity:
    """Read the identity in `folder`, or make it; `OSError` where that cannot be written."""
    door_id = _kept(folder / "door-id", new=f"door-{secrets.token_hex(4)}\n".encode())
    if not _ID.fullmatch(door_id):
        raise InputError(f"{folder}/door-id: damaged; restore it, or remove it for a new id")
    key = _kept(folder / "hmac-key", new=secrets.token_bytes(_KEY_BYTES))
    if len(key) != _KEY_BYTES:
        raise InputError(
            f"{folder}/hmac-key: damaged; restore it, or remove it: used tickets are then forgotten"
        )
    return Identity(door_id.decode().strip(), key)


def _kept(path: Path, *, new: bytes) -> bytes:
    if not path.exists():
        replace_file(path, new, mode=0o600)
    return read_file(path, max_bytes=_MAX_BYTES)

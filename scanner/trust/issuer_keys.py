"""Ed25519 public keys of ticket sellers and venues: PEM, and the keys of a pretix event.

PEM as RFC 7468 and RFC 8410 write it, one key or several; the key id is the first 8 bytes of
SHA-256 over the raw key, since the file gives none. A line `Issuer: NAME` right before a key, as
`door-scanner issue init` writes it with a name or without, says that the key is a venue's own,
and whose. A pretix event says `valid_keys: {pretix_sig1: [base64 of PEM, ...]}` (REST API,
resource "events"). Refused: every other type of key, and a file with a private key in it.

What a key may sign is what the person says who names the file (`pretix:PATH`, `own:PATH`). Where
nobody says it, a key behind an `Issuer:` line signs own passes of every kind and no pretix
tickets; any other may be a shop's, which lies on a server in the network: it signs pretix tickets,
own tickets and memberships, and never a pass of the staff.
"""

import base64
import hashlib
import json
import re
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from scanner.terms import InputError, Kind, PassFormat
from scanner.trust import strict
from scanner.trust.certificate import KID_BYTES
from scanner.trust.keyring import Algorithm, Key
from scanner.trust.lists import TICKETS, TrustFile

ISSUER_LINE: Final = "Issuer: "
# An event has a few keys; this many still load within a blink.
MAX_KEYS: Final = 1000
_BLOCK: Final = re.compile(
    r"(?:^Issuer:(?P<issuer>(?: [^\r\n]{0,100})?)\r?\n)?"
    r"(?P<key>-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]*-----END PUBLIC KEY-----)",
    re.MULTILINE,
)
_BEGIN: Final = "-----BEGIN "
_EXPECTED: Final = "give the Ed25519 public key as PEM"
_PRETIX: Final = frozenset({PassFormat.PRETIX})
_OWN: Final = frozenset({PassFormat.OWN})
# What a shop sells.
_SOLD: Final = frozenset({Kind.TICKET, Kind.MEMBERSHIP})


def read_issuer_keys(content: bytes, *, formats: frozenset[PassFormat]) -> TrustFile:
    """Return the keys in a file, for passes of `formats`; those of a pretix event for pretix.

    Raises `InputError` when one of them is no Ed25519 public key.
    """
    if b"PRIVATE KEY-----" in content:
        raise InputError("a PRIVATE KEY: it must never lie at a door; give the public part")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"not UTF-8; {_EXPECTED}") from None
    if text.lstrip().startswith("{"):
        keys = [key for pem in _pretix_keys(text) for key in _read_pem(pem, formats=_PRETIX)]
    else:
        keys = _read_pem(text, formats=formats)
    return TrustFile(tuple(keys))


def key_id(public: Ed25519PublicKey) -> bytes:
    """Return the id under which passes name a key."""
    return hashlib.sha256(public.public_bytes_raw()).digest()[:KID_BYTES]


def _read_pem(text: str, *, formats: frozenset[PassFormat]) -> list[Key]:
    blocks = list(_BLOCK.finditer(text))
    if not blocks or len(blocks) != text.count(_BEGIN):
        raise InputError(f"PEM that is no public key, or not whole; {_EXPECTED}")
    if len(blocks) > MAX_KEYS:
        raise InputError(f"more than {MAX_KEYS:,} keys, the most that is read")
    return [_key(block["key"], issuer=block["issuer"], formats=formats) for block in blocks]


def _key(pem: str, *, issuer: str | None, formats: frozenset[PassFormat]) -> Key:
    public = _public(pem)
    purposes: frozenset[Kind] = frozenset()
    if formats == TICKETS and issuer is None:
        purposes = _SOLD
    elif formats == TICKETS:
        formats = _OWN
    return Key(
        kid=key_id(public),
        algorithm=Algorithm.EDDSA,
        public=public,
        issuer=(issuer or "").strip() or None,
        purposes=purposes,
        formats=formats,
    )


def _public(pem: str) -> Ed25519PublicKey:
    try:
        public = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise InputError(f"a public key that cannot be read; {_EXPECTED}") from None
    if not isinstance(public, Ed25519PublicKey):
        raise InputError(f"a public key that is not Ed25519; {_EXPECTED}")
    return public


def _pretix_keys(text: str) -> list[str]:
    """Return the PEM texts that a pretix event, or its `valid_keys` alone, lists."""
    try:
        told = json.loads(text, object_pairs_hook=strict.without_twins)
        if "valid_keys" in told:
            told = told["valid_keys"]
        listed = strict.several(told["pretix_sig1"], most=MAX_KEYS)
        pems = [base64.b64decode(one, validate=True).decode("ascii") for one in listed]
    except (ValueError, TypeError, KeyError, RecursionError):
        pems = []
    if not pems:
        raise InputError(
            "no keys of a pretix event; valid_keys.pretix_sig1 is a list of PEM in base64"
        )
    return pems

"""Files of trust, told apart by their content, never by their name.

Read now: X.509 certificates (PEM, one or several, or DER) and `{kid: base64 DER}`
JSON, whose entries are taken as listed. Known but of a later version: JWKS, DID
documents, VCI snapshots, PEM public keys, DID allow-lists. All else is refused.
"""

import base64
import binascii
import json
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from scanner.terms import InputError
from scanner.trust.certificate import KID_BYTES, read_signer
from scanner.trust.keyring import Key

# The WHO list of 438 keys is 0.6 MB; this leaves room for every country of the world.
MAX_TRUST_BYTES: Final = 16 * 1024 * 1024
_EXPECTED: Final = "give X.509 certificates (PEM or DER) or JSON {kid: base64 DER}"


class _Pairs(list[tuple[str, Any]]):
    """The members of a JSON object in order: an id listed twice has two keys."""


_LATER: Final = {
    "keys": "a JWKS",
    "verificationMethod": "a DID document",
    "participating_issuers": "a VCI directory",
    "issuerInfo": "a VCI snapshot",
}


@dataclass(frozen=True, slots=True)
class TrustFile:
    """The keys of one file, and notes on entries that could not be used."""

    keys: tuple[Key, ...]
    notes: tuple[str, ...] = ()


def read_trust(content: bytes) -> TrustFile:
    """Return the keys in one file's content; raise `InputError` when it is none of ours."""
    reading = reading_trust(content)
    while True:
        try:
            next(reading)
        except StopIteration as ended:
            read: TrustFile = ended.value
            return read


def reading_trust(content: bytes) -> Generator[None, None, TrustFile]:
    """Read it in slices of a few keys, for a door that has guests to answer meanwhile."""
    if len(content) > MAX_TRUST_BYTES:
        raise InputError(f"larger than {MAX_TRUST_BYTES >> 20} MiB, no trust file")
    if not content.strip():
        raise InputError(f"empty; {_EXPECTED}")
    text = content.lstrip()
    if b"-----BEGIN" in content:
        return (yield from _read_pem(content))
    if text.startswith((b"{", b"[")):
        return (yield from _read_json(content))
    if text.startswith(b"did:"):
        raise InputError("a DID allow-list, not read by this version")
    if content.startswith(b"\x30"):
        return TrustFile((read_signer(content),))
    raise InputError(f"not a trust file; {_EXPECTED}")


def _read_pem(content: bytes) -> Generator[None, None, TrustFile]:
    if b"-----BEGIN PUBLIC KEY-----" in content:
        raise InputError("a PEM public key (ticket issuer), not read by this version")
    if b"PRIVATE KEY-----" in content:
        raise InputError("a PRIVATE KEY: it must never lie at a door; give the certificate")
    try:
        certificates = x509.load_pem_x509_certificates(content)
    except (ValueError, TypeError):
        raise InputError(f"PEM without a readable certificate; {_EXPECTED}") from None
    keys = []
    for certificate in certificates:
        keys.append(read_signer(certificate.public_bytes(Encoding.DER)))
        yield
    return TrustFile(tuple(keys))


def _read_json(content: bytes) -> Generator[None, None, TrustFile]:
    try:
        listed = json.loads(content, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        raise InputError(f"broken JSON; {_EXPECTED}") from None
    if not isinstance(listed, _Pairs):
        raise InputError(f"JSON, but no object; {_EXPECTED}")
    for mark, name in _LATER.items():
        if any(member == mark for member, _ in listed):
            raise InputError(f"{name}, not read by this version")
    keys: list[Key] = []
    notes: list[str] = []
    for kid, value in listed:
        try:
            keys.append(_read_entry(kid, value=value))
        except InputError as error:
            notes.append(f"entry {kid[:40]!r} is left out: {error}")
        yield
    if not keys:
        raise InputError(f"JSON without one usable key; {_EXPECTED}")
    return TrustFile(tuple(keys), tuple(notes))


def _read_entry(kid: str, *, value: Any) -> Key:
    if not isinstance(value, str):
        raise InputError("its value is no base64 text")
    try:
        kid_bytes = base64.b64decode(kid, validate=True)
        der = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise InputError("not base64") from None
    if len(kid_bytes) != KID_BYTES:
        raise InputError(f"a kid has {KID_BYTES} bytes")
    return read_signer(der, kid=kid_bytes)

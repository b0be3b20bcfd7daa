"""Trusted keys of others, as files for `trust/`: the WHO's list and the VCI snapshot.

`did.json` of the WHO's Global Digital Health Certification Network becomes `{kid: base64 DER}`,
which doors read; the VCI snapshot goes as it is, once its form was checked.
"""

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from scanner.publish.imports.reading import parsed, several, text
from scanner.publish.keys import holds_private_key
from scanner.terms import InputError
from scanner.trust.certificate import KID_BYTES, read_signer

GDHCN: Final = "gdhcn.json"
VCI: Final = "vci-snapshot.json"


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A file for `trust/`: its name and content, the keys in it by words, and what is left out."""

    name: str
    content: bytes
    keys: frozenset[str]
    notes: tuple[str, ...] = ()


def read_gdhcn(content: bytes) -> KeyFile:
    """Turn a DID document of the WHO into key ids and certificates."""
    told = parsed(content)
    if not isinstance(told, dict) or "verificationMethod" not in told:
        raise InputError("no DID document; it has a verificationMethod")
    entries: set[tuple[str, str]] = set()
    notes: list[str] = []
    for method in several(told["verificationMethod"], what="verificationMethod"):
        try:
            entries.add(_certificate(method))
        except InputError as error:
            notes.append(f"an entry is left out: {error}")
    if not entries:
        raise InputError(f"no usable certificate in it; {notes[0] if notes else 'it is empty'}")
    # A kid may belong to several certificates, and then stands there several times.
    members = (f"{json.dumps(kid)}:{json.dumps(der)}" for kid, der in sorted(entries))
    made = f"{{{','.join(members)}}}".encode()
    return KeyFile(GDHCN, made, keys_in_gdhcn(made), tuple(notes))


def keys_in_gdhcn(content: bytes) -> frozenset[str]:
    """Return the keys of a file that `read_gdhcn` made, in words."""
    pairs: list[tuple[str, str]] = json.loads(content, object_pairs_hook=list)
    return frozenset(f"{kid} {_issuer(der)}" for kid, der in pairs)


def read_vci(content: bytes) -> KeyFile:
    """Check the form of a VCI snapshot."""
    if holds_private_key(content):
        raise InputError("a private key in it; nobody may publish this file")
    return KeyFile(VCI, content, keys_in_vci(content))


def keys_in_vci(content: bytes) -> frozenset[str]:
    """Return the keys in a VCI snapshot, in words; `InputError` when it is none."""
    told = parsed(content)
    if not isinstance(told, dict) or "issuerInfo" not in told:
        raise InputError("no VCI snapshot; it has an issuerInfo")
    return frozenset(
        key for one in several(told["issuerInfo"], what="issuerInfo") for key in _vci_keys(one)
    )


def _vci_keys(info: Any) -> Iterator[str]:
    if not isinstance(info, dict) or not isinstance(info.get("issuer"), dict):
        raise InputError("an entry without its issuer")
    address = text(info["issuer"].get("iss"), what="iss")
    for key in several(info.get("keys") or [], what="keys"):
        if not isinstance(key, dict):
            raise InputError("a key that is no object")
        for member in ("kty", "kid"):
            text(key.get(member), what=member)
        yield f"{key['kid']} {address}"


def _certificate(method: Any) -> tuple[str, str]:
    if not isinstance(method, dict):
        raise InputError("a reference to another document")
    kid = unquote(text(method.get("id"), what="id").rpartition("#")[2])
    jwk = method.get("publicKeyJwk")
    chain = jwk.get("x5c") if isinstance(jwk, dict) else None
    if not chain:
        raise InputError(f"{kid[:20]!r} has no certificate")
    der = text(several(chain, what="x5c")[0], what="x5c")
    try:
        kid_bytes = base64.b64decode(kid, validate=True)
        der_bytes = base64.b64decode(der, validate=True)
    except (binascii.Error, ValueError):
        raise InputError(f"{kid[:20]!r} is not base64") from None
    if len(kid_bytes) != KID_BYTES:
        raise InputError(f"{kid[:20]!r} is no key id of {KID_BYTES} bytes")
    read_signer(der_bytes, kid=kid_bytes)
    return kid, der


def _issuer(der: str) -> str:
    return read_signer(base64.b64decode(der), kid=b"").issuer or "?"

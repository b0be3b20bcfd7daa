"""DID documents with keys: an issuer of NZ COVID Passes, or the trust list of the WHO.

A document with `assertionMethod` is an issuer's own (New Zealand COVID Pass specification,
section 6): a P-256 key counts if it is named `DID#KID` and listed there by that full name, and
signs passes of that DID alone. Without it the document lists the keys of others, as the GDHCN
trust list does (WHO, v1 and v2): behind the `#` stands the kid of a DCC in base64, `x5c` holds
the certificate with dates and purposes, and entries of authorities sign no passes.

A private key is refused, whoever it belongs to, and so is one name for two keys; an entry that
cannot be used otherwise is a note. The `proof` of a list is not checked: who names the file
vouches for it.
"""

import base64
import binascii
import re
from collections.abc import Generator, Mapping
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from scanner.terms import InputError, PassFormat
from scanner.trust import base64url, strict
from scanner.trust.certificate import KID_BYTES, read_signer
from scanner.trust.keyring import Algorithm, Key, PublicKey, algorithm_of
from scanner.trust.lists import Pairs, TrustFile

# RFC 7518 section 6: members that only a private or a symmetric key has.
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_TYPE: Final = "JsonWebKey2020"
_DID: Final = re.compile(r"did:web:[!-~]+")
_KID: Final = re.compile(r"[!-~]{1,64}")
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
# The list of the WHO writes some numbers with a nought before their first bit.
_MAX_NUMBER_BYTES: Final = 1 + 1024
_SIGNER: Final = "#DSC"
_SHOWN: Final = 60


def reading_did_document(listed: Pairs) -> Generator[None, None, TrustFile]:
    """Read it one key at a time, for a door that has guests to answer meanwhile."""
    document = _once(listed)
    methods = document.get("verificationMethod")
    if not isinstance(methods, list) or isinstance(methods, Pairs):
        raise InputError("a DID document whose keys (verificationMethod) are no list")
    entries = [_members(method) for method in methods]
    names = [str(entry.get("id")) for entry in entries]
    if len(set(names)) != len(names):
        raise InputError("a DID document in which two keys have the same id")
    if "assertionMethod" in document:
        return _issuer_keys(document, entries=entries)
    return (yield from _listed_keys(entries))


def _members(method: Any) -> dict[str, Any]:
    if not isinstance(method, Pairs):
        raise InputError("a DID document that only refers to keys; give the one that holds them")
    jwk = method.get("publicKeyJwk")
    inner = jwk if isinstance(jwk, Pairs) else Pairs()
    if not _PRIVATE.isdisjoint(name for name, _ in inner):
        raise InputError("a PRIVATE key: it must never lie at a door; give the public part")
    return _once(method) | {"publicKeyJwk": _once(inner)}


def _once(members: Pairs) -> dict[str, Any]:
    try:
        return strict.without_twins(members)
    except ValueError:
        raise InputError("a DID document in which a name stands twice") from None


def _issuer_keys(document: Mapping[str, Any], *, entries: list[dict[str, Any]]) -> TrustFile:
    did, asserting = document.get("id"), document.get("assertionMethod")
    if not isinstance(did, str) or not _DID.fullmatch(did):
        raise InputError("a DID document whose id is no did:web; give did.json as published")
    names = asserting if isinstance(asserting, list) else []
    found: list[Key] = []
    notes: list[str] = []
    for entry in entries:
        try:
            found.append(_assertion_key(entry, did=did, asserting=names))
        except InputError as error:
            notes.append(_note(entry, error))
    return _usable(found, notes)


def _assertion_key(entry: Mapping[str, Any], *, did: str, asserting: list[Any]) -> Key:
    whole = entry.get("id")
    if whole not in asserting:
        raise InputError("it is not listed for assertions (assertionMethod)")
    owner, _, kid = str(whole).partition("#")
    if owner != did or not _KID.fullmatch(kid):
        raise InputError(f"its id is not {did[:_SHOWN]}#KID")
    jwk = entry["publicKeyJwk"]
    if entry.get("type") != _TYPE or (jwk.get("kty"), jwk.get("crv")) != ("EC", "P-256"):
        raise InputError(f"it is no {_TYPE} on P-256")
    formats = frozenset({PassFormat.NZCP})
    return Key(kid.encode(), Algorithm.ES256, _public(jwk), issuer=did, formats=formats)


def _listed_keys(entries: list[dict[str, Any]]) -> Generator[None, None, TrustFile]:
    signers = [entry for entry in entries if _usage(entry) in {None, _SIGNER}]
    found: list[Key] = []
    notes: list[str] = []
    for entry in signers:
        try:
            found.append(_dcc_key(entry))
        except InputError as error:
            notes.append(_note(entry, error))
        yield
    if others := len(entries) - len(signers):
        notes.append(f"{others} keys of authorities are left out: they sign no passes")
    return _usable(found, notes)


def _usage(entry: Mapping[str, Any]) -> Any:
    usage = entry.get("keyusage")
    return usage.get("code") if isinstance(usage, Pairs) else usage


def _dcc_key(entry: Mapping[str, Any]) -> Key:
    kid = _dcc_kid(str(entry.get("id")))
    jwk = entry["publicKeyJwk"]
    chain = jwk.get("x5c")
    if not chain:
        public = _public(jwk)
        return Key(kid, algorithm_of(public), public)
    try:
        der = base64.b64decode(chain[0], validate=True)
    except (binascii.Error, ValueError, TypeError, LookupError):
        raise InputError("its certificate (x5c) is not base64") from None
    return read_signer(der, kid=kid)


def _dcc_kid(name: str) -> bytes:
    """Read the kid behind the `#`, in either alphabet of base64, escaped as in a URL or not."""
    text = _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), name.partition("#")[2])
    try:
        kid = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        kid = b""
    if len(kid) != KID_BYTES:
        raise InputError(f"its id does not end in a kid of {KID_BYTES} bytes in base64")
    return kid


def _public(jwk: Mapping[str, Any]) -> PublicKey:
    kind = jwk.get("kty"), jwk.get("crv")
    try:
        if kind == ("EC", "P-256"):
            x, y = _number(jwk.get("x")), _number(jwk.get("y"))
            return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        if kind == ("RSA", None):
            return rsa.RSAPublicNumbers(_number(jwk.get("e")), _number(jwk.get("n"))).public_key()
    except ValueError:
        raise InputError("its numbers make no key") from None
    raise InputError("it is neither a P-256 nor an RSA key")


def _number(told: Any) -> int:
    if not isinstance(told, str):
        raise InputError("a number of its key is missing")
    data = base64url.decode(told.rstrip("=").encode())
    if len(data) > _MAX_NUMBER_BYTES:
        raise InputError("a number of its key is too long")
    return int.from_bytes(data, "big")


def _note(entry: Mapping[str, Any], error: InputError) -> str:
    return f"key {str(entry.get('id'))[-_SHOWN:]!r} is left out: {error}"


def _usable(found: list[Key], notes: list[str]) -> TrustFile:
    if not found:
        raise InputError(
            f"a DID document without one usable key; {'; '.join(notes[:1]) or 'it is empty'}"
        )
    return TrustFile(tuple(found), notes=tuple(notes))

"""Keys of SMART Health Card issuers: a JWK Set (RFC 7517), or a directory of issuers with keys.

Source: SMART Health Cards Framework, "Determining keys associated with an issuer": P-256, for
ES256 signatures, its id the thumbprint of RFC 7638. Refused: a private key, two keys with one id.
An entry that cannot be used is left out and noted; certificates in it (`x5c`) are not looked at.
The VCI directory is read as a snapshot (`issuerInfo`) or with keys beside its issuers.
"""

import hashlib
import json
from collections.abc import Generator, Mapping
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec

from scanner.terms import InputError, PassFormat
from scanner.trust import base64url, strict
from scanner.trust.keyring import COORDINATE_BYTES, Algorithm, Key
from scanner.trust.lists import Pairs, TrustFile

# RFC 7518 section 6: members that only a private or a symmetric key has.
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_ASKED: Final = {"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256"}
_OPTIONAL: Final = frozenset({"use", "alg"})
_THUMBPRINT: Final = ("crv", "kty", "x", "y")
_SHC_ONLY: Final = frozenset({PassFormat.SHC})
_SHOWN: Final = 60


def read_jwks(listed: Pairs, *, issuer: str | None) -> TrustFile:
    """Return the keys of one issuer, or of no named one; `InputError` if none can be used."""
    found = _read_keys(listed.get("keys"), issuer=issuer)
    if not found.keys:
        raise InputError(
            f"a JWKS without one usable key; {'; '.join(found.notes[:1]) or 'it is empty'}"
        )
    return found


def read_directory(listed: Pairs) -> Generator[None, None, TrustFile]:
    """Return the keys of all issuers of a directory, reading one issuer at a time."""
    keys: list[Key] = []
    notes: list[str] = []
    entries = listed.get("issuerInfo") or listed.get("participating_issuers")
    for entry in entries if isinstance(entries, list) else []:
        name, told = _issuer(entry)
        if name is None:
            notes.append("an issuer without its name (iss) is left out")
        elif told is not None:
            try:
                found = _read_keys(told, issuer=name)
            except InputError as error:
                notes.append(f"issuer {name[:_SHOWN]!r} is left out: {error}")
            else:
                keys += found.keys
                notes += (f"issuer {name[:_SHOWN]!r}: {note}" for note in found.notes)
        yield
    if not keys:
        raise InputError(
            "a directory of issuers without their keys; give the snapshot that has them"
        )
    return TrustFile(tuple(keys), notes=tuple(notes))


def _issuer(entry: Any) -> tuple[str | None, Any]:
    """Return the name and the keys of one entry, each None where it has none."""
    if not isinstance(entry, Pairs):
        return None, None
    about, jwks = entry.get("issuer"), entry.get("jwks")
    name = about.get("iss") if isinstance(about, Pairs) else entry.get("iss")
    keys = jwks.get("keys") if isinstance(jwks, Pairs) else entry.get("keys")
    return (name if isinstance(name, str) else None), keys


def _read_keys(listed: Any, *, issuer: str | None) -> TrustFile:
    if not isinstance(listed, list) or isinstance(listed, Pairs):
        raise InputError("a JWKS whose keys are no list")
    jwks = [_members(entry) for entry in listed]
    _check_ids(jwks)
    keys: list[Key] = []
    notes: list[str] = []
    for number, jwk in enumerate(jwks, start=1):
        try:
            keys.append(read_key(jwk, issuer=issuer))
        except InputError as error:
            notes.append(f"key {number} is left out: {error}")
    return TrustFile(tuple(keys), notes=tuple(notes))


def _members(entry: Any) -> dict[str, Any]:
    if not isinstance(entry, Pairs):
        raise InputError("a JWKS with an entry that is no key")
    if not _PRIVATE.isdisjoint(name for name, _ in entry):
        raise InputError("a PRIVATE key: it must never lie at a door; give the public part")
    try:
        return strict.without_twins(entry)
    except ValueError:
        raise InputError("a JWKS with a key in which a name stands twice") from None


def _check_ids(jwks: list[dict[str, Any]]) -> None:
    """Refuse two keys with one id; one key may stand there once for each of its certificates."""
    seen: dict[Any, dict[str, Any]] = {}
    for jwk in jwks:
        kid, rest = str(jwk.get("kid")), {n: jwk[n] for n in jwk if n != "x5c"}
        if seen.setdefault(kid, rest) is not rest and (seen[kid] != rest or "x5c" not in jwk):
            raise InputError(f"a JWKS in which two keys have the id {kid[:_SHOWN]!r}")


def read_key(jwk: Mapping[str, Any], *, issuer: str | None) -> Key:
    """Return the key that a JWK holds, or raise `InputError` saying why no card may use it."""
    for name, asked in _ASKED.items():
        if jwk.get(name) != asked and (name in jwk or name not in _OPTIONAL):
            raise InputError(f"its {name} is not {asked}")
    thumbprint = _thumbprint(jwk)
    if jwk.get("kid") != base64url.encode(thumbprint).decode():
        raise InputError("its kid is not the thumbprint of the key")
    x, y = (_coordinate(jwk[name]) for name in ("x", "y"))
    try:
        public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    except ValueError:
        raise InputError("its point is not on the curve") from None
    return Key(thumbprint, Algorithm.ES256, public, issuer, formats=_SHC_ONLY)


def _thumbprint(jwk: Mapping[str, Any]) -> bytes:
    """Return the SHA-256 over the members that make the key, in order (RFC 7638 section 3)."""
    told = {name: jwk.get(name) for name in _THUMBPRINT}
    return hashlib.sha256(json.dumps(told, separators=(",", ":")).encode()).digest()


def _coordinate(told: Any) -> int:
    """Read a coordinate; some issuers leave leading zeros away, which RFC 7518 forbids."""
    try:
        data = base64url.decode(told.encode())
    except (AttributeError, ValueError):
        raise InputError("its x or y is not base64url") from None
    if len(data) > COORDINATE_BYTES:
        raise InputError(f"its x or y is longer than {COORDINATE_BYTES} bytes")
    return int.from_bytes(data, "big")

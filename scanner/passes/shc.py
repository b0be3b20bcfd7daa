"""SMART Health Cards (`shc:/`): FHIR resources in a compressed JWS, written in digits.

Wire: `shc:/` + two digits for each character of a compact JWS; its payload is raw DEFLATE of
JSON. The JWS by itself, as files hold it, is the same card.
Source: SMART Health Cards Framework 1.4 ("Health Cards are Compact", "Encoding QRs",
"Revocation") and its RFC 002 for cards without a `rid`. ES256 only, signatures as r || s. A key
is bound to its issuer. Refused: anything before, behind or between the digits.
"""

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from typing import Any, Final

from scanner.passes import jws, numeric_date, strict_json
from scanner.passes.genuine import Genuine
from scanner.passes.parts import PREFIX, part_of
from scanner.terms import Kind, Pass, PassFormat, Reason, Refused
from scanner.trust import Key, Keyring, base64url

# Two digits a character, and the prefix.
MAX_TEXT_BYTES: Final = 2 * jws.MAX_JWS_BYTES + 16
# The largest public example, in three parts, inflates to 30 KB.
MAX_INFLATED_BYTES: Final = strict_json.MAX_JSON_BYTES

_JWS: Final = b"eyJ"
_ONLY_PART: Final = b"1/1/"
_OFFSET: Final = 45  # the first JWS character is "-", 45
_HEALTH_CARD: Final = "https://smarthealth.cards#health-card"
_DERIVED_BYTES: Final = 8
_UNBOUND: Final = "the trust list does not say whose key this is; any issuer could be named"


def verify(raw: bytes, *, keyring: Keyring) -> Genuine:
    """Return the genuine pass that `raw` holds, or raise `Refused`."""
    if len(raw) > MAX_TEXT_BYTES:
        raise Refused(Reason.TOO_LARGE, f"longer than {MAX_TEXT_BYTES} characters")
    part = part_of(raw)
    if part is not None:
        raise Refused(Reason.MORE_NEEDED, str(part))
    message = jws.parse(raw if raw.startswith(_JWS) else _letters(raw))
    if message.header.get("zip") != "DEF":
        raise Refused(Reason.MALFORMED, "a card that is not compressed as cards are")
    claims = strict_json.read(_inflate(message.payload))
    kid = message.header.get("kid")
    if not isinstance(kid, str):
        raise Refused(Reason.UNKNOWN_ISSUER, "a card that names no key")
    try:
        key = _signer(message, kid=kid, issuer=claims.get("iss"), keyring=keyring)
        return _genuine(claims, kid=kid, key=key)
    except Refused as refused:
        refused.key_id = kid
        raise


def looks_like(raw: bytes) -> bool:
    """Say whether `raw` is the JWS of a card, without its digits."""
    try:
        return jws.parse(raw).header.get("zip") == "DEF"
    except Refused:
        return False


def _letters(raw: bytes) -> bytes:
    """Return the JWS that the digits write; what is no letter of a JWS fails when it is read."""
    digits = raw.removeprefix(PREFIX).removeprefix(_ONLY_PART)
    if not raw.startswith(PREFIX) or not digits.isdigit() or len(digits) % 2:
        raise Refused(Reason.MALFORMED, "not shc:/ and pairs of digits")
    # All pairs at once: each is a digit of a number to the base of 256, and none overflows.
    tens, ones = int.from_bytes(digits[::2], "big"), int.from_bytes(digits[1::2], "big")
    size = len(digits) // 2
    ascii_zeros = int.from_bytes(b"\x01" * size, "big") * (11 * ord("0") - _OFFSET)
    return (10 * tens + ones - ascii_zeros).to_bytes(size, "big")


def _inflate(data: bytes) -> bytes:
    inflater = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    try:
        inflated = inflater.decompress(data, MAX_INFLATED_BYTES)
    except zlib.error:
        raise Refused(Reason.MALFORMED, "broken compression") from None
    if inflater.unconsumed_tail:
        raise Refused(Reason.TOO_LARGE, f"inflates beyond {MAX_INFLATED_BYTES} bytes")
    if not inflater.eof or inflater.unused_data:
        raise Refused(Reason.MALFORMED, "broken compression")
    return inflated


def _signer(message: jws.Jws, *, kid: str, issuer: object, keyring: Keyring) -> Key:
    keys = keyring.find(_thumbprint(kid), form=PassFormat.SHC)
    if not keys:
        raise Refused(Reason.UNKNOWN_ISSUER)
    bound = [key for key in keys if key.issuer == issuer]
    bound = bound or [key for key in keys if key.issuer is None]
    if not bound:
        raise Refused(Reason.ISSUER_MISMATCH, "the key of another issuer")
    return jws.verify(message, keys=bound)


# Many passes, few keys.
@lru_cache(maxsize=256)
def _thumbprint(kid: str) -> bytes:
    """Return the key id as the keyring has it; what is no thumbprint is the id of no key."""
    try:
        return base64url.decode(kid.encode())
    except ValueError:
        return b""


def _genuine(claims: Mapping[str, Any], *, kid: str, key: Key) -> Genuine:
    issuer, card = claims.get("iss"), claims.get("vc")
    if not isinstance(issuer, str) or not isinstance(card, dict):
        raise Refused(Reason.MALFORMED, "no health card inside")
    bundle = _bundle(card)
    issued_at = numeric_date.read(claims.get("nbf"))
    if issued_at is None:
        raise Refused(Reason.MALFORMED, "no date of issue, which every card has")
    rid = card.get("rid")
    if rid is not None and not isinstance(rid, str):
        raise Refused(Reason.MALFORMED, "a revocation id that is no text")
    verified = Pass(
        format=PassFormat.SHC,
        kind=_kind(bundle),
        issuer=issuer,
        key_id=kid,
        list_ids=partial(_revocation_ids, kid, rid, bundle),
        issued_at=issued_at,
        not_before=issued_at,
        not_after=numeric_date.read(claims.get("exp")),
        claims=claims,
    )
    return Genuine(verified, key, _UNBOUND if key.issuer is None else None)


def _bundle(card: Mapping[str, Any]) -> dict[str, Any]:
    types, subject = card.get("type"), card.get("credentialSubject")
    if not isinstance(types, list) or _HEALTH_CARD not in types:
        raise Refused(Reason.MALFORMED, "a credential that is no health card")
    bundle = subject.get("fhirBundle") if isinstance(subject, dict) else None
    if not isinstance(bundle, dict) or not isinstance(bundle.get("entry"), list):
        raise Refused(Reason.MALFORMED, "a health card without a FHIR bundle")
    return bundle


def resources(bundle: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Return the FHIR resources of a bundle in order; what is none is passed over."""
    for entry in bundle["entry"]:
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict):
            yield resource


def _kind(bundle: Mapping[str, Any]) -> Kind | None:
    types = [resource.get("resourceType") for resource in resources(bundle)]
    if "Immunization" in types:
        return Kind.VACCINATION
    return Kind.TEST if "Observation" in types else None


def _revocation_ids(kid: str, rid: str | None, bundle: Mapping[str, Any]) -> tuple[str, ...]:
    return (f"shc-rid:{kid}:{_derived(bundle) if rid is None else rid}",)


def _derived(bundle: Mapping[str, Any]) -> str:
    """Return the id of a card without one: its bundle, minified, base64url, hashed (RFC 002)."""
    minified = json.dumps(bundle, ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.sha256(base64url.encode(minified.encode())).digest()
    return base64url.encode(digest[:_DERIVED_BYTES]).decode()

"""EU Digital COVID Certificate and WHO HCERT (`HC1:`), Swiss certificate light (`LT1:`).

Wire: prefix + base45( zlib( COSE_Sign1( CWT ) ) ). Sources: hcert spec 1.0.5, WHO
smart-trust HCERT, EU DCC revocation (technical specification volume 1), and the
special cases that member states agreed to tolerate: blanks around values, nulls,
whole numbers and times as floats, untagged COSE, key id in the unprotected header.
Refused: more than one event in one certificate.
"""

import base64
import hashlib
import math
import zlib
from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any, Final

import cbor2

from scanner.passes import base45, cbor, cose, numeric_date
from scanner.passes.genuine import Genuine
from scanner.terms import Kind, Pass, PassFormat, Reason, Refused
from scanner.trust import Algorithm, Key, Keyring

_PREFIX_BYTES: Final = 4  # "HC1:" or "LT1:"

# The longest genuine text seen is 1,093 characters; a version-40 code holds 4,296.
MAX_TEXT_BYTES: Final = 4296
# The largest genuine message is 870 bytes; a version-40 code could inflate to 3 MB.
MAX_INFLATED_BYTES: Final = 64 * 1024

_ISSUER, _EXPIRES, _NOT_BEFORE, _ISSUED_AT = 1, 4, 5, 6
_HCERT: Final = -260
_LIGHT: Final = -250
_DCC_V1: Final = 1
_EVENTS: Final = (("v", Kind.VACCINATION), ("t", Kind.TEST), ("r", Kind.RECOVERY))
_HASH_DIGITS: Final = 32
_NULLS: Final = (None, cbor2.undefined)


def verify(raw: bytes, *, keyring: Keyring) -> Genuine:
    """Return the genuine pass that `raw` holds, or raise `Refused`."""
    if len(raw) > MAX_TEXT_BYTES:
        raise Refused(
            Reason.TOO_LARGE, f"longer than {MAX_TEXT_BYTES} characters, the most that a code holds"
        )
    message = cose.parse(_inflate(base45.decode(raw[_PREFIX_BYTES:])))
    cwt = cbor.decode_claims(message.payload)
    if not isinstance(cwt, dict):
        raise Refused(Reason.MALFORMED, "no CWT claims")
    try:
        key = cose.verify(message, keyring=keyring, form=PassFormat.DCC)
        return _genuine(cwt, message=message, key=key)
    except Refused as refused:
        refused.key_id = _printed(message.kid) if message.kid else None
        raise


def _inflate(data: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        inflated = inflater.decompress(data, MAX_INFLATED_BYTES)
    except zlib.error:
        raise Refused(Reason.MALFORMED, "broken compression") from None
    if inflater.unconsumed_tail:
        raise Refused(Reason.TOO_LARGE, f"inflates beyond {MAX_INFLATED_BYTES} bytes")
    if not inflater.eof or inflater.unused_data:
        raise Refused(Reason.MALFORMED, "broken compression")
    return inflated


def _genuine(cwt: Mapping[Any, Any], *, message: cose.Sign1, key: Key) -> Genuine:
    claims, kind, event = _content(cwt)
    issuer = _text(cwt.get(_ISSUER)) or _text(event.get("co")) or key.issuer
    issued_at = numeric_date.read(cwt.get(_ISSUED_AT))
    not_after = numeric_date.read(cwt.get(_EXPIRES))
    if not_after is None:
        raise Refused(Reason.MALFORMED, "no expiry date, which every certificate has")
    verified = Pass(
        format=PassFormat.DCC,
        kind=kind,
        issuer=issuer,
        key_id=_printed(key.kid),
        list_ids=partial(_revocation_ids, event, issuer, message.signature, key.algorithm),
        issued_at=issued_at,
        not_before=numeric_date.read(cwt.get(_NOT_BEFORE)),
        not_after=not_after,
        claims=claims,
    )
    return Genuine(verified, key, _oddity(verified, key=key), message.kid_is_signed)


def _oddity(verified: Pass, *, key: Key) -> str | None:
    """Mention what genuine passes are seen to do, and a person may want to know."""
    found = []
    if key.issuer and verified.issuer and key.issuer != verified.issuer:
        found.append(f"issued by {verified.issuer} with a key of {key.issuer}")
    if verified.issued_at and key.not_before and verified.issued_at < key.not_before:
        found.append("issued before its key was valid")
    return "; ".join(found) or None


def _content(cwt: Mapping[Any, Any]) -> tuple[dict[str, Any], Kind | None, Mapping[str, Any]]:
    """Return the claims, the kind and the one event of a certificate."""
    hcert, light = cwt.get(_HCERT), cwt.get(_LIGHT)
    content = hcert if hcert is not None else light
    if isinstance(content, dict):
        cbor.check_keys(content)
    if isinstance(content, dict) and isinstance(content.get(_DCC_V1), dict):
        content = content[_DCC_V1]
    elif hcert is not None or not isinstance(content, dict):
        raise Refused(Reason.MALFORMED, "no health certificate inside")
    claims: dict[str, Any] = content
    _tidy(claims)
    events = [
        (kind, event)
        for member, kind in _EVENTS
        if member in claims
        for event in _entries(claims[member])
    ]
    if hcert is None and not events:
        return claims, None, {}
    if len(events) != 1:
        raise Refused(Reason.MALFORMED, f"{len(events)} events in one certificate, not one")
    kind, event = events[0]
    return claims, kind, event


def _entries(member: object) -> list[Mapping[str, Any]]:
    if not isinstance(member, list) or not all(isinstance(entry, dict) for entry in member):
        raise Refused(Reason.MALFORMED, "events that are no list of entries")
    return member


def _tidy(members: dict[Any, Any]) -> None:
    """Trim texts and drop nulls, as the special cases ask; refuse what JSON cannot say.

    In place: the map was decoded for us, and hardly ever holds anything to change.
    """
    nulls = []
    for name, value in members.items():
        if type(name) is not str:
            raise Refused(Reason.MALFORMED, "a member whose name is no text")
        if type(value) is str:
            trimmed = value.strip()
            if trimmed is not value:
                members[name] = trimmed
        elif value is None or value is cbor2.undefined:
            nulls.append(name)
        else:
            members[name] = _tidied(value)
    for name in nulls:
        del members[name]


def _tidied(value: Any) -> Any:
    # Exact types, the likely ones first: the decoder makes no others.
    kind = type(value)
    if kind is int or kind is bool or (kind is float and math.isfinite(value)):
        return value
    if kind is dict:
        _tidy(value)
        return value
    if kind is list:
        return [_tidied(inner) for inner in value if inner not in _NULLS]
    if kind is str:
        return value.strip()
    raise Refused(Reason.MALFORMED, "a value that no certificate holds")


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _revocation_ids(
    event: Mapping[str, Any], issuer: str | None, signature: bytes, algorithm: Algorithm
) -> tuple[str, ...]:
    """Return the typed ids under which this pass may be listed.

    An ECDSA signature is listed by its r half only: (r, s) and (r, -s) both verify.
    """
    if algorithm is Algorithm.ES256:
        signature = signature[: len(signature) // 2]
    ids = [f"dcc-signature:{_hash16(signature)}"]
    uvci = _text(event.get("ci"))
    if uvci is not None:
        ids.append(f"dcc-uci:{_hash16(uvci.encode())}")
        countries = dict.fromkeys(filter(None, (issuer, _text(event.get("co")))))
        ids += [f"dcc-countryuci:{_hash16((c + uvci).encode())}" for c in countries]
    return tuple(ids)


# Many passes, few keys.
@lru_cache(maxsize=256)
def _printed(kid: bytes) -> str:
    return base64.b64encode(kid).decode()


def _hash16(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:_HASH_DIGITS]

"""pretix signed tickets, scheme 1: verified by their own content, without an order list.

Wire: the reversed text of base64( 01 | n as u16 | m as u16 | payload, n bytes | Ed25519 signature,
m bytes ), numbers big-endian. The payload is the protobuf message Ticket {1 seed, 2 item,
3 variation, 4 subevent, 5 validFromUnixTime, 6 validUntilUnixTime}; 0 is absent, and an absent
time unbounded. Sources: pretix `base/secrets.py` and libpretixsync, by reading.

The signature covers the payload alone, and a ticket is revoked by its text: so every other
writing of it (other bits behind the last byte, other padding, bytes at the end) is refused.
Nothing in a ticket names its key: all trusted ones are tried, and no other kind of key.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from scanner.passes import protobuf
from scanner.passes.genuine import Genuine
from scanner.terms import Kind, Pass, PassFormat, Reason, Refused
from scanner.trust import Algorithm, Key, Keyring
from scanner.trust.ids import MAX_ID_CHARACTERS

# An event has one key, and few venues hold dozens of events at once; each key costs one check.
MAX_KEYS: Final = 64

_ID: Final = "ticket:"
# A longer one could not be revoked: no list has room for its text. Genuine ones have 110 to 130.
MAX_TEXT_BYTES: Final = MAX_ID_CHARACTERS - len(_ID)
_VERSION: Final = b"\x01"
_HEAD_BYTES: Final = 5
_HEAD_CHARACTERS: Final = 8  # two groups of base64, which hold the head
_SIGNATURE_BYTES: Final = 64
# At least as many characters as a head and a signature take.
_TEXT: Final = re.compile(rb"={0,2}[A-Za-z0-9+/]{90,}QA")

_SEED: Final = 1
_NUMBERS: Final = ("item", "variation", "subevent", "valid_from", "valid_until")
_SIGN_BIT: Final = 1 << 63


def looks_like(raw: bytes) -> bool:
    """Say whether a code claims to be such a ticket.

    Its characters are base64, its head says version 1, and its two lengths add up to all of it:
    one random text in 2^40 is taken for a ticket.
    """
    if len(raw) % 4 or not _TEXT.fullmatch(raw):
        return False
    head = base64.b64decode(raw[: -_HEAD_CHARACTERS - 1 : -1])
    padding = len(raw) - len(raw.lstrip(b"="))
    size = len(raw) // 4 * 3 - padding
    return _lengths(head) == (size - _HEAD_BYTES - _SIGNATURE_BYTES, _SIGNATURE_BYTES)


def verify(raw: bytes, *, keyring: Keyring) -> Genuine:
    """Return the genuine ticket that `raw` holds, or raise `Refused`."""
    payload, signature = _parse(raw)
    key = _signer(payload, signature=signature, keys=keyring.keys_of(PassFormat.PRETIX))
    claims = _claims(protobuf.read(payload))
    verified = Pass(
        format=PassFormat.PRETIX,
        kind=Kind.TICKET,
        issuer=key.issuer,
        key_id=base64.b64encode(key.kid).decode(),
        list_ids=partial(_revocation_ids, raw),
        issued_at=None,
        not_before=_time(claims.get("valid_from")),
        not_after=_time(claims.get("valid_until")),
        claims=claims,
    )
    return Genuine(verified, key, key_is_named=False)


def _parse(raw: bytes) -> tuple[bytes, bytes]:
    """Return payload and signature."""
    if len(raw) > MAX_TEXT_BYTES:
        raise Refused(Reason.TOO_LARGE, f"a ticket of more than {MAX_TEXT_BYTES} characters")
    text = raw[::-1]
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise Refused(Reason.MALFORMED, "not base64") from None
    # The decoder takes any bits behind the last byte; one ticket must have one text.
    if base64.b64encode(data) != text:
        raise Refused(Reason.MALFORMED, "base64 in another writing")
    if data[:1] != _VERSION:
        raise Refused(Reason.MALFORMED, "no ticket of scheme 1")
    payload_bytes, signature_bytes = _lengths(data)
    end = _HEAD_BYTES + payload_bytes
    if signature_bytes != _SIGNATURE_BYTES or len(data) != end + _SIGNATURE_BYTES:
        raise Refused(Reason.MALFORMED, "no signed ticket of this length")
    return data[_HEAD_BYTES:end], data[end:]


def _lengths(data: bytes) -> tuple[int, int]:
    """Return the lengths of payload and signature, as the head has them."""
    return int.from_bytes(data[1:3], "big"), int.from_bytes(data[3:5], "big")


def _signer(payload: bytes, *, signature: bytes, keys: tuple[Key, ...]) -> Key:
    if not keys:
        raise Refused(Reason.UNKNOWN_ISSUER, "no key of a ticket office is trusted")
    able = [key for key in keys if key.algorithm is Algorithm.EDDSA]
    if not able:
        raise Refused(Reason.WRONG_ALGORITHM)
    for key in able[:MAX_KEYS]:
        try:
            key.check(payload, signature=signature)
        except Refused:
            continue
        return key
    tried = f"tried with {min(len(able), MAX_KEYS)} of {len(able)} trusted keys"
    raise Refused(Reason.BAD_SIGNATURE, tried)


def _claims(fields: Mapping[int, protobuf.Value]) -> dict[str, Any]:
    claims: dict[str, Any] = {}
    seed = fields.get(_SEED, b"")
    if not isinstance(seed, bytes):
        raise Refused(Reason.MALFORMED, "a ticket whose seed is no text")
    try:
        claims["seed"] = seed.decode()
    except UnicodeDecodeError:
        raise Refused(Reason.MALFORMED, "a ticket whose seed is no text") from None
    for number, name in enumerate(_NUMBERS, start=_SEED + 1):
        value = fields.get(number, 0)
        if not isinstance(value, int):
            raise Refused(Reason.MALFORMED, f"a ticket whose {name} is no number")
        if value:
            claims[name] = value - 2 * (value & _SIGN_BIT)  # int64 in two's complement
    return claims


def _time(seconds: int | None) -> datetime | None:
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise Refused(Reason.MALFORMED, "a date beyond the calendar") from None


def _revocation_ids(raw: bytes) -> tuple[str, ...]:
    return (_ID + raw.decode(),)

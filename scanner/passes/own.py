"""The venue's own pass (`DP1:`): ticket, membership or staff, signed with Ed25519.

Wire: `DP1:` + base45( 18( COSE_Sign1( CWT ) ) ), all of it in the alphabet of the QR code's
alphanumeric mode. Sources: RFC 9052 (COSE), RFC 8392 (CWT), RFC 8032 (Ed25519). This page is the
specification of what is inside:

    protected header   {1: -8, 4: kid}, kid = first 8 bytes of SHA-256(raw public key)
    unprotected        empty
    claims             {4: exp, 5: nbf, -65537: content}, whole seconds since 1970, UTC
                       exp may be absent for staff, nbf for all
    content            [kind, event, zones, admits, list, index] or [..., name]
      kind             0 ticket, 1 membership, 2 staff
      event            id of the event, or null for any
      zones            ids of gates or zones with one blank between them, or null for all
      admits           for how many persons: 1 to 9,999
      list, index      the place on a list of revoked passes: `own:LIST:INDEX`
      name             of the holder, only where the venue wants it in the pass

An id is of A-Z, a-z, 0-9, dot, dash and underscore. Everything else is refused: what a later
version adds comes under another prefix, so that no door overlooks a restriction. The numbers of
the list are signed, so a second writing of a pass would be revoked with it.
"""

import base64
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from scanner.passes import base45, cbor, cose
from scanner.passes.genuine import Genuine
from scanner.terms import Kind, Pass, PassFormat, Reason, Refused
from scanner.trust import Key, Keyring

PREFIX: Final = "DP1:"
# Four times what is issued: a code of version 10 at level Q holds 221 characters.
MAX_TEXT_BYTES: Final = 1024

EXPIRES: Final = 4
NOT_BEFORE: Final = 5
CONTENT: Final = -65_537  # the first number that RFC 8392 leaves to private use
KINDS: Final = (Kind.TICKET, Kind.MEMBERSHIP, Kind.STAFF)
MAX_ADMITS: Final = 9_999
MAX_INDEX: Final = 0xFFFFFFFF
MAX_NAME_CHARACTERS: Final = 80

ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
LIST: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_ZONES: Final = re.compile(r"[A-Za-z0-9._-]{1,64}(?: [A-Za-z0-9._-]{1,64}){0,15}")

_SIGN1_TAG: Final = 0xD2
_EMPTY_MAP: Final = 0xA0
_CALENDAR_END: Final = 253_402_300_800
_FIELDS: Final = ("kind", "event", "zones", "admits", "list", "index", "name")
_ITEMS: Final = (len(_FIELDS) - 1, len(_FIELDS))
_CLAIMS: Final = frozenset({EXPIRES, NOT_BEFORE, CONTENT})


def verify(raw: bytes, *, keyring: Keyring) -> Genuine:
    """Return the genuine pass that `raw` holds, or raise `Refused`."""
    if len(raw) > MAX_TEXT_BYTES:
        raise Refused(Reason.TOO_LARGE, f"longer than {MAX_TEXT_BYTES} characters")
    message = _message(base45.decode(raw[len(PREFIX) :]))
    try:
        key = cose.verify(message, keyring=keyring, form=PassFormat.OWN)
        return Genuine(_pass(cbor.decode(message.payload), key=key), key)
    except Refused as refused:
        refused.key_id = _printed(message.kid) if message.kid else None
        raise


def serial_of(name: str, *, index: int) -> str:
    """Return the typed id under which a pass is revoked."""
    return f"own:{name}:{index}"


def _message(data: bytes) -> cose.Sign1:
    """Take the one form of message that this format has."""
    if not data or data[0] != _SIGN1_TAG:
        raise Refused(Reason.MALFORMED, "no COSE_Sign1 message with its tag")
    message = cose.parse(data)
    size = len(message.protected)
    if data[2 + cbor.head_bytes(size) + size] != _EMPTY_MAP:
        raise Refused(Reason.MALFORMED, "a header that nobody signed")
    return message


def _pass(cwt: Any, *, key: Key) -> Pass:
    if not isinstance(cwt, dict) or not cwt.keys() <= _CLAIMS:
        raise Refused(Reason.MALFORMED, "other claims than those of this format")
    kind, claims = _content(cwt.get(CONTENT))
    not_after = _time(cwt.get(EXPIRES))
    if not_after is None and kind is not Kind.STAFF:
        raise Refused(Reason.MALFORMED, f"no expiry date, which every {kind.value} has")
    return Pass(
        format=PassFormat.OWN,
        kind=kind,
        issuer=key.issuer,
        key_id=_printed(key.kid),
        list_ids=lambda: (serial_of(claims["list"], index=claims["index"]),),
        issued_at=None,
        not_before=_time(cwt.get(NOT_BEFORE)),
        not_after=not_after,
        claims=claims,
    )


def _content(content: Any) -> tuple[Kind, dict[str, Any]]:
    if type(content) is not list or len(content) not in _ITEMS:
        raise Refused(Reason.MALFORMED, "no list of what the pass says")
    claims = dict(zip(_FIELDS, content, strict=False))
    kind = KINDS[_whole(claims["kind"], low=0, high=len(KINDS) - 1, what="kind")]
    claims["kind"] = kind.value
    _text(claims["list"], form=LIST, what="list")
    _whole(claims["index"], low=0, high=MAX_INDEX, what="index")
    _whole(claims["admits"], low=1, high=MAX_ADMITS, what="admits")
    if claims["event"] is not None:
        _text(claims["event"], form=ID, what="event")
    if claims["zones"] is not None:
        claims["zones"] = _text(claims["zones"], form=_ZONES, what="zones").split(" ")
    if "name" in claims and not is_name(claims["name"]):
        raise Refused(Reason.MALFORMED, "a name that cannot be")
    return kind, claims


def is_name(name: object) -> bool:
    """Say whether this can stand in a pass as the name of its holder."""
    return (
        isinstance(name, str)
        and 0 < len(name) <= MAX_NAME_CHARACTERS
        and name.isprintable()
        and name == name.strip()
    )


def _whole(value: Any, *, low: int, high: int, what: str) -> int:
    if type(value) is not int or not low <= value <= high:
        raise Refused(Reason.MALFORMED, f"{what}: no whole number from {low} to {high}")
    return value


def _text(value: Any, *, form: re.Pattern[str], what: str) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise Refused(Reason.MALFORMED, f"{what}: not of the form that it has")
    return value


def _time(value: Any) -> datetime | None:
    if value is None:
        return None
    return datetime.fromtimestamp(_whole(value, low=0, high=_CALENDAR_END - 1, what="date"), UTC)


# Many passes, few keys.
@lru_cache(maxsize=256)
def _printed(kid: bytes) -> str:
    return base64.b64encode(kid).decode()

"""Typed ids: the text under which a pass, a key or an issue window is revoked.

`dcc-uci:HEX16`, `dcc-countryuci:HEX16`, `dcc-signature:HEX16` (first 16 bytes of SHA-256,
EU DCC revocation); `shc-rid:KID:RID` with `.TS` for cards issued before TS (SMART Health
Cards, "Revocation"); `vc-id:URI`; `ticket:SECRET`; `own:LIST:INDEX`; `kid:BASE64` for every
pass of a key; `window:KID:FROM/TO` for what a key signed in a time span, both ends included.
A line is one of them to the letter, or an `InputError` says what it should be.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from scanner.terms import InputError, rfc3339
from scanner.trust import base64url

# A QR code holds at most 2,953 bytes, and an id is a part of what it says.
MAX_ID_CHARACTERS: Final = 2048
# Eight bytes in most formats, a thumbprint of 32 in SMART Health Cards, a DID of some 70.
MAX_KID_BYTES: Final = 128
# Ids of other projects hash to other numbers, so a list says nothing about them.
HASH_DOMAIN: Final = b"door-scanner revoked id 1\0"

_DCC: Final = re.compile(r"dcc-(?:uci|countryuci|signature):[0-9a-f]{32}")
# A rid has at most 24 characters; a kid is a thumbprint of 43, which not every issuer minds.
_RID: Final = re.compile(r"(shc-rid:[A-Za-z0-9_-]{1,64}:[A-Za-z0-9_-]{1,24})(?:\.([0-9]{1,12}))?")
_URI: Final = re.compile(r"vc-id:[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")
_OWN: Final = re.compile(r"own:[A-Za-z0-9][A-Za-z0-9._-]{0,63}:(?:0|[1-9][0-9]{0,9})")
_TICKET: Final = "ticket:"
_EXPECTED: Final = "one typed id a line, such as dcc-uci: and 32 lower-case hex digits"
_FORMS: Final = {
    "shc-rid": "shc-rid:KID:RID or shc-rid:KID:RID.SECONDS, in base64url, the RID of 1 to 24",
    "vc-id": "vc-id: and a URI",
    "ticket": "ticket: and its secret, printable, without a space at an end",
    "own": "own:LIST:INDEX, the index without leading zeros",
}


@dataclass(frozen=True, slots=True)
class ExactId:
    """A pass that carries exactly this text; can stand in a table as its hash."""

    text: str


@dataclass(frozen=True, slots=True)
class TimedId:
    """Passes that carry `text` and were issued before `before_s` (seconds since 1970, UTC)."""

    text: str
    before_s: int


@dataclass(frozen=True, slots=True)
class RevokedKey:
    """Every pass of the key `kid`."""

    kid: bytes


@dataclass(frozen=True, slots=True)
class Window:
    """Passes that the key `kid` signed between two times are revoked."""

    kid: bytes
    start: datetime
    end: datetime

    def holds(self, issued_at: datetime | None) -> bool:
        """Say whether a pass falls into the window; one that hides its date does."""
        return issued_at is None or self.start <= issued_at <= self.end


TypedId = ExactId | TimedId | RevokedKey | Window


def hashed(text: str) -> int:
    """Return the 64 bits that stand for an exact id in tables."""
    return int.from_bytes(hashlib.sha256(HASH_DOMAIN + text.encode()).digest()[:8], "big")


def read_id(line: str) -> TypedId:
    """Read one typed id, without its line end; raise `InputError` saying what is wrong."""
    if _DCC.fullmatch(line):
        return ExactId(line)
    kind, _, rest = line.partition(":")
    if kind == "kid":
        return RevokedKey(_kid(rest))
    if kind == "window":
        return _window(rest)
    if rid := _RID.fullmatch(line):
        text, seconds = rid.groups()
        return ExactId(text) if seconds is None else TimedId(text, int(seconds))
    if _is_exact(line):
        return ExactId(line)
    if kind in _FORMS:
        raise InputError(f"{line[:40]!r} is not {_FORMS[kind]}")
    raise InputError(f"{line[:40]!r} is no typed id; {_EXPECTED}")


def _is_exact(line: str) -> bool:
    if len(line) > MAX_ID_CHARACTERS:
        return False
    if _URI.fullmatch(line) or _OWN.fullmatch(line):
        return True
    secret = line.removeprefix(_TICKET)
    return secret != line and secret.isprintable() and secret == secret.strip() != ""


def _kid(text: str) -> bytes:
    try:
        kid = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        kid = _thumbprint(text)
    if not 0 < len(kid) <= MAX_KID_BYTES:
        raise InputError(f"{text[:40]!r} is no key id (1 to {MAX_KID_BYTES} bytes in base64)")
    return kid


def _thumbprint(text: str) -> bytes:
    """Read a key id as JSON Web Keys write it, or give one of no bytes."""
    try:
        return base64url.decode(text.encode())
    except ValueError:
        return b""


def _window(text: str) -> Window:
    kid, _, span = text.partition(":")
    start, _, end = span.partition("/")
    try:
        window = Window(_kid(kid), rfc3339(start), rfc3339(end))
    except ValueError:
        raise InputError("a window is window:KID:FROM/TO with RFC 3339 times and offsets") from None
    if window.end < window.start:
        raise InputError("the window ends before it begins")
    return window

"""NZ COVID Pass (`NZCP:/1/`).

Wire: prefix + base32( COSE_Sign1( CWT with a verifiable credential ) ). Source: New Zealand
COVID Pass Technical Specification 1.0.0. The key is one that the did:web document of `iss` lists
for assertions; it and the algorithm, ES256 alone, must stand in the signed header. Refused:
padding, lower case, set bits behind the last byte, COSE without its tag, any claim missing.

A pass says that its holder was vaccinated or is exempt, and not which, nor when. It counts as a
vaccination without dates: what a rule set wants to know of dates, it cannot know from here.
"""

import base64
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, TypeGuard

from scanner.passes import cbor, cose
from scanner.passes.genuine import Genuine
from scanner.terms import Kind, Pass, PassFormat, Reason, Refused
from scanner.trust import Algorithm, Key, Keyring

PREFIX: Final = b"NZCP:/1/"
# The specification's own pass has 600 characters; a version-40 code holds 4,296.
MAX_TEXT_BYTES: Final = 4296
_SIGN1_TAG: Final = b"\xd2"

# Base32 (RFC 4648 section 6) as the digits that Python counts in; what is foreign is no digit.
ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_DIGITS: Final = b"0123456789abcdefghijklmnopqrstuv"
_DIGIT: Final = bytes(
    _DIGITS[ALPHABET.index(code)] if code in ALPHABET else ord("!") for code in range(256)
)
_BITS: Final = 5

_ISSUER, _EXPIRES, _NOT_BEFORE, _ID = 1, 4, 5, 7
_ALGORITHM, _KID = 1, 4
_UUID_BYTES: Final = 16
_CONTEXT: Final = "https://www.w3.org/2018/credentials/v1"
_TYPE: Final = ["VerifiableCredential", "PublicCovidPass"]
_VERSION: Final = "1.0.0"
_NAMES: Final = ("givenName", "familyName", "dob")
_REQUIRED_NAMES: Final = ("givenName", "dob")
# "MAX LENGTH: 100" for each name.
_MAX_NAME: Final = 100
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def verify(raw: bytes, *, keyring: Keyring) -> Genuine:
    """Return the genuine pass that `raw` holds, or raise `Refused`."""
    message = _message(raw)
    kid = _kid(message.protected)
    cwt = cbor.decode(message.payload)
    if not isinstance(cwt, dict):
        raise _malformed("no CWT claims")
    claims = _claims(cwt)
    try:
        key = _signer(message, kid=kid, issuer=claims["iss"], keyring=keyring)
    except Refused as refused:
        refused.key_id = _printed(kid)
        raise
    verified = Pass(
        format=PassFormat.NZCP,
        kind=Kind.VACCINATION,
        issuer=claims["iss"],
        key_id=_printed(kid),
        list_ids=lambda: (f"vc-id:{claims['jti']}",),
        issued_at=_time(claims["nbf"]),
        not_before=_time(claims["nbf"]),
        not_after=_time(claims["exp"]),
        claims=claims,
    )
    return Genuine(verified, key)


def _message(raw: bytes) -> cose.Sign1:
    if len(raw) > MAX_TEXT_BYTES:
        raise Refused(
            Reason.TOO_LARGE, f"longer than {MAX_TEXT_BYTES} characters, the most that a code holds"
        )
    if not raw.startswith(PREFIX):
        raise Refused(Reason.UNSUPPORTED, "a version of the NZ COVID Pass other than 1")
    data = decode_base32(raw[len(PREFIX) :])
    if not data.startswith(_SIGN1_TAG):
        raise _malformed("no COSE_Sign1 message with its tag")
    return cose.parse(data)


def decode_base32(text: bytes) -> bytes:
    """Return the bytes that `text` writes in base32 without padding, or raise `Refused`.

    Power-of-two bases convert in one pass, several times faster than any loop over groups.
    """
    size, spare = divmod(_BITS * len(text), 8)
    try:
        number = int(text.translate(_DIGIT), 1 << _BITS)
    except ValueError:
        raise _malformed("not base32") from None
    # Whole characters to spare, or bits set that no byte holds: another writing of the same.
    if spare >= _BITS or number & ((1 << spare) - 1):
        raise _malformed("not base32")
    return (number >> spare).to_bytes(size, "big")


# An issuer writes the same few bytes into every pass.
@lru_cache(maxsize=256)
def _kid(protected: bytes) -> bytes:
    """Return the key id of a signed header that also names the algorithm.

    The specification asks for text, its examples and every pass of the ministry write bytes.
    """
    header = cbor.decode(protected) if protected else {}
    kid = header.get(_KID)
    if isinstance(kid, str):
        kid = kid.encode()
    if not isinstance(kid, bytes) or not 0 < len(kid) <= cose.MAX_KID_BYTES:
        raise _malformed("no key id in the signed header")
    if _ALGORITHM not in header:
        raise _malformed("no algorithm in the signed header")
    return kid


def _signer(message: cose.Sign1, *, kid: bytes, issuer: str, keyring: Keyring) -> Key:
    keys = keyring.find(kid, form=PassFormat.NZCP)
    if not keys:
        raise Refused(Reason.UNKNOWN_ISSUER)
    keys = tuple(key for key in keys if key.issuer == issuer)
    if not keys:
        raise Refused(Reason.ISSUER_MISMATCH, "the key is of another issuer than the pass")
    # ES256 alone, whatever a list of trust may hold.
    return cose.signer_of(message, keys=[key for key in keys if key.algorithm is Algorithm.ES256])


def _claims(cwt: dict[Any, Any]) -> dict[str, Any]:
    """Return the claims by their JSON names, as the specification maps them."""
    issuer, token = cwt.get(_ISSUER), cwt.get(_ID)
    if not isinstance(issuer, str) or not issuer.startswith("did:web:"):
        raise _malformed("an issuer that is no did:web")
    if not isinstance(token, bytes) or len(token) != _UUID_BYTES:
        raise _malformed("no UUID as the id of the pass")
    not_before, expires = cwt.get(_NOT_BEFORE), cwt.get(_EXPIRES)
    _time(not_before)
    _time(expires)
    return {
        "iss": issuer,
        "nbf": not_before,
        "exp": expires,
        "jti": _urn(token),
        "vc": _credential(cwt.get("vc")),
    }


def _urn(token: bytes) -> str:
    """Write a UUID as the specification maps it (RFC 4122 section 3)."""
    digits = token.hex()
    groups = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    return f"urn:uuid:{'-'.join(groups)}"


def _credential(vc: object) -> dict[str, Any]:
    if not isinstance(vc, dict):
        raise _malformed("no verifiable credential inside")
    context, kinds, subject = vc.get("@context"), vc.get("type"), vc.get("credentialSubject")
    if not _are_texts(context) or context[:1] != [_CONTEXT]:
        raise _malformed("a context that no verifiable credential has")
    if not _are_texts(kinds) or kinds[:1] != _TYPE[:1]:
        raise _malformed("a type that no verifiable credential has")
    if kinds != _TYPE:
        raise Refused(Reason.UNSUPPORTED, "a verifiable credential that is no PublicCovidPass")
    if vc.get("version") != _VERSION:
        raise Refused(Reason.UNSUPPORTED, f"a version of PublicCovidPass other than {_VERSION}")
    return {
        "@context": context,
        "version": _VERSION,
        "type": kinds,
        "credentialSubject": _subject(subject),
    }


def _subject(subject: object) -> dict[str, str]:
    if not isinstance(subject, dict):
        raise _malformed("no subject in the credential")
    told = {name: subject[name] for name in _NAMES if name in subject}
    if not _are_texts(list(told.values())) or not all(told.get(name) for name in _REQUIRED_NAMES):
        raise _malformed("a subject without name or date of birth")
    if max(map(len, told.values())) > _MAX_NAME or not _DAY.fullmatch(told["dob"]):
        raise _malformed("a name too long, or no date of birth")
    return told


def _are_texts(told: object) -> TypeGuard[list[str]]:
    return isinstance(told, list) and all(isinstance(one, str) for one in told)


def _time(seconds: object) -> datetime:
    """Read a NumericDate, which this format writes as a whole number."""
    if type(seconds) is not int:  # a boolean is none
        raise _malformed("a date that is no whole number, or none at all")
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise _malformed("a date beyond the calendar") from None


def _printed(kid: bytes) -> str:
    """Return a key id as lists of what is revoked name it; a DID document writes it as text."""
    return base64.b64encode(kid).decode()


def _malformed(what: str) -> Refused:
    return Refused(Reason.MALFORMED, what)

"""ICAO visible digital seal for non-constrained environments (VDS-NC): vaccination and test.

Wire: JSON `{"data": {"hdr": {"t", "v", "is"}, "msg"}, "sig": {"alg", "cer", "sigvl"}}`. Source:
ICAO Technical Report "VDS-NC" 1.1 and Doc 9303 part 12. The signature, raw r || s, covers the
canonical JSON of `data`; the certificate of its signer stands in `cer`, both in base64url with
or without padding.

Whoever an anchor vouches for (`scanner.trust.anchors`) may sign, for the country of that anchor
alone. A certificate that no anchor signed is an unknown issuer, whatever name it bears; a bad
signature is one over the pass. Only ES256 is verified. A pass has no dates of its own. It is
revoked as `vc-id:vds-nc:AUS:VB0009990025`, country and certificate identifier (`uvci`, `utci`),
for want of a URI of ICAO's own; its signer by an X.509 CRL or by `kid:`.
"""

import base64
import re
import warnings
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple

from cryptography import x509

from scanner.passes import canonical_json, jws, strict_json
from scanner.passes.genuine import Genuine
from scanner.terms import InputError, Kind, Pass, PassFormat, Reason, Refused
from scanner.trust import Anchor, Key, Keyring
from scanner.trust.anchors import UNREADABLE, id_of, signer_of

# A version-40 code holds 4,296 characters; the public example has 2,484.
MAX_TEXT_BYTES: Final = 4296
_VERSION: Final = 1
_KINDS: Final = {"icao.vacc": Kind.VACCINATION, "icao.test": Kind.TEST}
_IDENTIFIERS: Final = ("uvci", "utci")
_COUNTRY: Final = re.compile(r"[A-Z]{1,3}")
_IDENTIFIER: Final = re.compile(r"[!-~]{1,64}")
_ALGORITHM: Final = "ES256"


class _Seal(NamedTuple):
    """One parsed, not yet verified pass."""

    data: dict[str, Any]
    kind: Kind
    country: str
    algorithm: str
    certificate: x509.Certificate
    issuer: bytes
    signature: bytes


def verify(raw: bytes, *, keyring: Keyring) -> Genuine:
    """Return the genuine pass that `raw` holds, or raise `Refused`."""
    seal = _parse(raw)
    message = canonical_json.encode(seal.data)
    try:
        key = _key(seal, keyring=keyring)
        key.check(message, signature=seal.signature)
    except Refused as refused:
        refused.key_id = _printed(id_of(seal.certificate))
        raise
    verified = Pass(
        format=PassFormat.VDSNC,
        kind=seal.kind,
        issuer=seal.country,
        key_id=_printed(key.kid),
        list_ids=partial(_ids, seal.data["msg"], seal.country),
        issued_at=None,
        not_before=None,
        not_after=None,
        claims=seal.data,
    )
    return Genuine(verified, key)


def _parse(raw: bytes) -> _Seal:
    if len(raw) > MAX_TEXT_BYTES:
        raise Refused(
            Reason.TOO_LARGE, f"longer than {MAX_TEXT_BYTES} characters, the most that a code holds"
        )
    data, sig = _members(strict_json.read(raw), "data", "sig")
    header, message = _members(data, "hdr", "msg")
    form, version, country = _members(header, "t", "v", "is")
    algorithm, cer, sigvl = _members(sig, "alg", "cer", "sigvl")
    if not isinstance(message, dict) or not isinstance(algorithm, str):
        raise _malformed("a VDS-NC without its message or algorithm")
    if not isinstance(country, str) or not _COUNTRY.fullmatch(country):
        raise _malformed("a VDS-NC without the three letters of its country")
    kind = _KINDS.get(form) if isinstance(form, str) else None
    if kind is None or type(version) is not int or version != _VERSION:
        raise Refused(Reason.UNSUPPORTED, "a VDS-NC of another type or version")
    if not isinstance(cer, str) or not isinstance(sigvl, str):
        raise _malformed("a VDS-NC without its certificate or signature")
    return _Seal(data, kind, country, algorithm, *_certificate(cer), _base64url(sigvl))


def _members(told: object, *names: str) -> list[Any]:
    """Return the members of an object that has these and no other."""
    if not isinstance(told, dict) or told.keys() != set(names):
        raise _malformed(f"no object of {', '.join(names)}")
    return [told[name] for name in names]


def _base64url(told: str) -> bytes:
    bare = told.rstrip("=")
    if len(told) - len(bare) not in {0, -len(bare) % 4}:
        raise _malformed("base64url with wrong padding")
    return jws.decode_base64url(bare.encode())


# Many passes, few signers.
@lru_cache(maxsize=64)
def _certificate(cer: str) -> tuple[x509.Certificate, bytes]:
    """Return a certificate, and the name of its issuer as DER."""
    der = _base64url(cer)
    try:
        # Anybody can show a certificate that the library frowns upon; none of it is for a log.
        with warnings.catch_warnings(action="ignore"):
            certificate = x509.load_der_x509_certificate(der)
            return certificate, certificate.issuer.public_bytes()
    except UNREADABLE:
        raise _malformed("no readable certificate of the signer") from None


def _key(seal: _Seal, *, keyring: Keyring) -> Key:
    """Return the key of the signer of a pass, or raise `Refused`."""
    key = _vouched(seal.certificate, issuer=seal.issuer, keyring=keyring)
    if key.issuer != seal.country:
        raise Refused(
            Reason.ISSUER_MISMATCH, f"the signer is of {key.issuer or 'a country not named'}"
        )
    if seal.algorithm != _ALGORITHM:
        raise Refused(Reason.WRONG_ALGORITHM)
    return key


def _vouched(certificate: x509.Certificate, *, issuer: bytes, keyring: Keyring) -> Key:
    why = "no trusted authority has the name that issued the signer's certificate"
    namesakes = [anchor for anchor in keyring.anchors if anchor.subject == issuer]
    # An authority may renew its certificate and keep its key: the one that lasts longest counts.
    for anchor in sorted(namesakes, key=lambda anchor: anchor.not_after, reverse=True):
        try:
            return _signer(certificate, anchor)
        except InputError as error:
            why = str(error)
    raise Refused(Reason.UNKNOWN_ISSUER, why)


# Kept is only what held, so that nobody who makes certificates drives it out.
@lru_cache(maxsize=64)
def _signer(certificate: x509.Certificate, anchor: Anchor) -> Key:
    return signer_of(certificate, anchor=anchor)


def _ids(message: dict[str, Any], country: str) -> tuple[str, ...]:
    """Return the typed ids under which a pass may be listed."""
    told = [message.get(name) for name in _IDENTIFIERS]
    written = [one for one in told if isinstance(one, str) and _IDENTIFIER.fullmatch(one)]
    return tuple(f"vc-id:vds-nc:{country}:{one}" for one in written)


def _printed(kid: bytes) -> str:
    return base64.b64encode(kid).decode()


def _malformed(what: str) -> Refused:
    return Refused(Reason.MALFORMED, what)

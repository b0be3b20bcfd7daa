"""Files of trust, told apart by their content, never by their name.

X.509 certificates (PEM, one or several, or DER), PEM public keys, `{kid: base64 DER}` JSON,
JWKS, VCI directories, DID documents, pretix events, DID allow-lists. All else is refused. A key
is bound to the formats that its kind of file is for; where the file does not say whose keys it
holds, the person who names it does (`Binding`). A private key is refused wherever it is found.
"""

import base64
import binascii
import json
from collections.abc import Collection, Generator
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from scanner.terms import InputError, PassFormat
from scanner.trust.anchor import Anchor
from scanner.trust.certificate import KID_BYTES, read_signer
from scanner.trust.keyring import Key

# The WHO list of 438 keys is 0.6 MB; this leaves room for every country of the world.
MAX_TRUST_BYTES: Final = 16 * 1024 * 1024
_EXPECTED: Final = "give certificates or public keys (PEM, DER), a JWKS, or a DID document"

TICKETS: Final = frozenset({PassFormat.PRETIX, PassFormat.OWN})
"""What an Ed25519 key may sign if nobody says more; its file may narrow it (`issuer_keys`)."""


class Pairs(list[tuple[str, Any]]):
    """The members of a JSON object in order: an id listed twice has two keys."""

    def get(self, name: str) -> Any:
        """Return the last value of a member, as JSON readers do, or None."""
        return dict(self).get(name)


@dataclass(frozen=True, slots=True)
class Binding:
    """What the person who names a file says of it, since the file does not.

    `issuer` is whose keys a JWKS holds; one that nobody bound is good for any issuer only where
    `may_be_bare`, and at no door. `formats` are what public keys sign.
    """

    issuer: str | None = None
    formats: frozenset[PassFormat] = TICKETS
    may_be_bare: bool = False


@dataclass(frozen=True, slots=True)
class TrustFile:
    """The keys and anchors of one file, and notes on entries that could not be used."""

    keys: tuple[Key, ...] = ()
    anchors: tuple[Anchor, ...] = ()
    notes: tuple[str, ...] = field(default=(), kw_only=True)


_UNBOUND: Final = Binding()


def read_trust(content: bytes, *, binding: Binding = _UNBOUND) -> TrustFile:
    """Return the keys in one file's content; raise `InputError` when it is none of ours."""
    reading = reading_trust(content, binding=binding)
    while True:
        try:
            next(reading)
        except StopIteration as ended:
            read: TrustFile = ended.value
            return read


def reading_trust(
    content: bytes, *, binding: Binding = _UNBOUND
) -> Generator[None, None, TrustFile]:
    """Read it in slices of a few keys, for a door that has guests to answer meanwhile."""
    if len(content) > MAX_TRUST_BYTES:
        raise InputError(f"larger than {MAX_TRUST_BYTES >> 20} MiB, no trust file")
    text = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        raise InputError(f"empty; {_EXPECTED}")
    if b"PRIVATE KEY-----" in content:
        raise InputError("a PRIVATE KEY: it must never lie at a door; give the public part")
    if b"-----BEGIN PUBLIC KEY-----" in content:
        from scanner.trust.issuer_keys import read_issuer_keys  # noqa: PLC0415 - for a few doors

        return read_issuer_keys(content, formats=binding.formats)
    if b"-----BEGIN" in content:
        return (yield from _read_pem(content))
    if text.startswith((b"{", b"[")):
        return (yield from _read_json(content, binding=binding))
    if text.startswith((b"did:", b"#")):
        from scanner.trust.dids import read_dids  # noqa: PLC0415 - for a few doors

        return read_dids(content)
    if content.startswith(b"\x30"):
        return _certificate(content)
    raise InputError(f"not a trust file; {_EXPECTED}")


def _read_pem(content: bytes) -> Generator[None, None, TrustFile]:
    try:
        certificates = x509.load_pem_x509_certificates(content)
    except (ValueError, TypeError):
        raise InputError(f"PEM without a readable certificate; {_EXPECTED}") from None
    found = []
    for certificate in certificates:
        found.append(_certificate(certificate.public_bytes(Encoding.DER)))
        yield
    keys = tuple(key for one in found for key in one.keys)
    return TrustFile(keys, tuple(anchor for one in found for anchor in one.anchors))


def _certificate(der: bytes) -> TrustFile:
    """Take a certificate for what it may be: a signer of passes, an anchor, or both."""
    from scanner.trust.anchors import anchor_of  # noqa: PLC0415 - a feed of JSON lists needs none

    anchor = anchor_of(der)
    anchors = () if anchor is None else (anchor,)
    try:
        return TrustFile((read_signer(der),), anchors)
    except InputError:
        if anchor is None:
            raise
        return TrustFile(anchors=anchors)


def _read_json(content: bytes, *, binding: Binding) -> Generator[None, None, TrustFile]:
    try:
        listed = json.loads(content.removeprefix(b"\xef\xbb\xbf"), object_pairs_hook=Pairs)
    except (ValueError, RecursionError):
        raise InputError(f"broken JSON; {_EXPECTED}") from None
    if not isinstance(listed, Pairs):
        raise InputError(f"JSON, but no object; {_EXPECTED}")
    members = {member for member, _ in listed}
    if "keys" in members or "participating_issuers" in members or "issuerInfo" in members:
        return (yield from _read_jwks(listed, members=members, binding=binding))
    if "verificationMethod" in members:
        from scanner.trust.did_document import reading_did_document  # noqa: PLC0415

        return (yield from reading_did_document(listed))
    if "valid_keys" in members or "pretix_sig1" in members:
        from scanner.trust.issuer_keys import read_issuer_keys  # noqa: PLC0415 - for a few doors

        return read_issuer_keys(content, formats=frozenset({PassFormat.PRETIX}))
    return (yield from _read_entries(listed))


def _read_jwks(
    listed: Pairs, *, members: Collection[str], binding: Binding
) -> Generator[None, None, TrustFile]:
    from scanner.trust import jwks  # noqa: PLC0415 - for a few doors

    if "keys" not in members:
        return (yield from jwks.read_directory(listed))
    told = listed.get("iss")
    issuer = binding.issuer or (told if isinstance(told, str) else None)
    if issuer is None and not binding.may_be_bare:
        raise InputError('a JWKS without its issuer; name it as ISSUER=PATH, or give it an "iss"')
    return jwks.read_jwks(listed, issuer=issuer)


def _read_entries(listed: Pairs) -> Generator[None, None, TrustFile]:
    keys: list[Key] = []
    notes: list[str] = []
    for kid, value in listed:
        try:
            keys.append(_read_entry(kid, value=value))
        except InputError as error:
            notes.append(f"entry {kid[:40]!r} is left out: {error}")
        yield
    if not keys:
        raise InputError(f"JSON without one usable key; {_EXPECTED}")
    return TrustFile(tuple(keys), notes=tuple(notes))


def _read_entry(kid: str, *, value: Any) -> Key:
    if not isinstance(value, str):
        raise InputError("its value is no base64 text")
    try:
        kid_bytes = base64.b64decode(kid, validate=True)
        der = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise InputError("not base64") from None
    if len(kid_bytes) != KID_BYTES:
        raise InputError(f"a kid has {KID_BYTES} bytes")
    return read_signer(der, kid=kid_bytes)

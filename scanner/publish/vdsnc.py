"""A country that issues VDS-NC, for rehearsals and tests: its authority, its signer, its passes.

Promises an authority (CSCA) and a signer in the form of ICAO Doc 9303 part 12 and the Technical
Report "VDS-NC", texts signed with ES256, and revocation lists of the authority. Keys are made in
memory and never written. Reads no clock: every time is an argument.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from scanner.passes import canonical_json
from scanner.publish.nzcp import raw_signature
from scanner.trust.anchors import DOCUMENT_TYPES, SIGNS_VDS_NC

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
Extension = tuple[x509.ExtensionType, bool]
"""An extension of a certificate, and whether it is critical."""

# SEQUENCE { version INTEGER 0, docTypeList SET { "NT", "NV" } } in DER.
_TEST_AND_VACCINATION: Final = bytes.fromhex("300d020100310813024e5413024e56")


_SIGNS_CERTIFICATES: Final = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def authority_extensions(*, letters: str | None) -> tuple[Extension, ...]:
    """Give what the certificate of an authority says, with the three letters of its country."""
    told: list[Extension] = [
        (x509.BasicConstraints(ca=True, path_length=0), True),
        (_SIGNS_CERTIFICATES, True),
    ]
    if letters is not None:
        place = x509.Name([x509.NameAttribute(NameOID.LOCALITY_NAME, letters)])
        told.append((x509.SubjectAlternativeName([x509.DirectoryName(place)]), False))
    return tuple(told)


SIGNER_EXTENSIONS: Final[tuple[Extension, ...]] = (
    (x509.UnrecognizedExtension(DOCUMENT_TYPES, _TEST_AND_VACCINATION), False),
    (x509.ExtendedKeyUsage([SIGNS_VDS_NC]), True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A CSCA; its certificate is self-signed."""

    begins: datetime
    ends: datetime
    country: str = "UT"
    letters: str | None = "UTO"
    key: PrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    extensions: Sequence[Extension] | None = None

    @property
    def name(self) -> x509.Name:
        """Its name, which every certificate that it signs gives as the issuer."""
        return _name(self.country, common=f"Rehearsal CSCA of {self.country}")

    def certificate(self) -> x509.Certificate:
        """Make its own certificate."""
        told = self.extensions
        if told is None:
            told = authority_extensions(letters=self.letters)
        return self.sign(
            self.key, subject=self.name, begins=self.begins, ends=self.ends, extensions=told
        )

    def sign(
        self,
        key: PrivateKey,
        *,
        subject: x509.Name,
        begins: datetime,
        ends: datetime,
        extensions: Sequence[Extension],
    ) -> x509.Certificate:
        """Make a certificate for any key."""
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(ends)
        )
        for value, is_critical in extensions:
            builder = builder.add_extension(value, critical=is_critical)
        return builder.sign(self.key, hashes.SHA256())

    def crl(self, serials: Sequence[int], *, at: datetime, until: datetime) -> bytes:
        """Make the DER bytes of a list that revokes certificates by their serial numbers."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.name)
            .last_update(at)
            .next_update(until)
        )
        for serial in serials:
            revoked = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at)
            builder = builder.add_revoked_certificate(revoked.build())
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)


class Signer:
    """A signer of passes, with a certificate that its authority signed."""

    def __init__(
        self,
        authority: Authority,
        *,
        begins: datetime,
        ends: datetime,
        key: PrivateKey | None = None,
        extensions: Sequence[Extension] = SIGNER_EXTENSIONS,
    ) -> None:
        """Take or make the key, and have it certified."""
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        self.letters = authority.letters or authority.country
        subject = _name(authority.country, common="Rehearsal signer")
        self.certificate = authority.sign(
            self.key, subject=subject, begins=begins, ends=ends, extensions=extensions
        )

    def issue(self, message: Mapping[str, Any], *, form: str) -> str:
        """Sign a message (`icao.vacc` or `icao.test`) and give the text of its QR code."""
        data = {"hdr": {"t": form, "v": 1, "is": self.letters}, "msg": dict(message)}
        return self.seal(data)

    def seal(self, data: object, **sig: object) -> str:
        """Sign any data; what `sig` says replaces members of the signature zone."""
        zone = {"alg": "ES256", "cer": encoded(self.certificate.public_bytes(Encoding.DER))}
        if "sigvl" not in sig and isinstance(self.key, ec.EllipticCurvePrivateKey):
            zone["sigvl"] = encoded(raw_signature(self.key, data=canonical_json.encode(data)))
        return json.dumps({"data": data, "sig": {**zone, **sig}}, separators=(",", ":"))


def encoded(data: bytes) -> str:
    """Write bytes as base64url with padding, as issuers do."""
    return base64.urlsafe_b64encode(data).decode()


def _name(country: str, *, common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, country),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )

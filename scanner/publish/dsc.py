"""Document signer certificates (DSC) for rehearsal issuers, self-signed, in memory.

Promises an X.509 v3 certificate as the EU DCC certificate governance asks of a DSC:
subject with C and CN, keyUsage digitalSignature, extendedKeyUsage with the DCC
purposes. Refuses a country that is not two letters (raised by `cryptography`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final, Required, TypedDict

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

PrivateKey = EllipticCurvePrivateKey | RSAPrivateKey


class Purpose(Enum):
    """What a DSC may sign; the value is the last arc of the purpose's OID."""

    TEST = 1
    VACCINATION = 2
    RECOVERY = 3


class PurposeSpelling(Enum):
    """The two OID roots found in the field for the same purposes."""

    REGISTERED = "1.3.6.1.4.1.1847.2021.1"
    WITH_ZERO_ARC = "1.3.6.1.4.1.0.1847.2021.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom and what a DSC is for; without purposes it has no extendedKeyUsage at all."""

    country: str
    not_before: datetime
    not_after: datetime
    purposes: Sequence[Purpose] = ()
    spelling: PurposeSpelling = PurposeSpelling.REGISTERED


class SubjectTerms(TypedDict, total=False):
    """The same fields as keywords, for whoever makes an issuer."""

    country: Required[str]
    not_before: Required[datetime]
    not_after: Required[datetime]
    purposes: Sequence[Purpose]
    spelling: PurposeSpelling


_KEY_USAGE: Final = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


def self_signed(key: PrivateKey, *, subject: Subject) -> bytes:
    """Make the DER bytes of a DSC for `key`, signed by the same key."""
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, subject.country),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Rehearsal DSC of {subject.country}"),
        ]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(subject.not_before)
        .not_valid_after(subject.not_after)
        .add_extension(_KEY_USAGE, critical=True)
    )
    if subject.purposes:
        builder = builder.add_extension(_extended_usage(subject), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def _extended_usage(subject: Subject) -> x509.ExtendedKeyUsage:
    root = subject.spelling.value
    return x509.ExtendedKeyUsage(
        [x509.ObjectIdentifier(f"{root}.{purpose.value}") for purpose in subject.purposes]
    )

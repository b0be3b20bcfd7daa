"""X.509 certificates of document signers (DSC) become keys.

Source: EU DCC trust framework; kid = first 8 bytes of SHA-256 over the DER. A
certificate is refused when its keyUsage is present, readable and lacks
digitalSignature. Some genuine certificates carry extensions that a strict parser
rejects; their key still counts, and purposes are then looked for in the raw bytes.
"""

import hashlib
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import NameOID

from scanner.terms import InputError, Kind
from scanner.trust.keyring import Key, algorithm_of

KID_BYTES: Final = 8

# What the library raises on certificates that it cannot, or will not, take apart.
_UNREADABLE: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)

# Both spellings occur in the field; the second one puts a stray 0 into the arc.
_ARCS: Final = ("1.3.6.1.4.1.1847.2021.1", "1.3.6.1.4.1.0.1847.2021.1")
_KIND_BY_NUMBER: Final = {1: Kind.TEST, 2: Kind.VACCINATION, 3: Kind.RECOVERY}
PURPOSES: Final = {
    x509.ObjectIdentifier(f"{arc}.{number}"): kind
    for arc in _ARCS
    for number, kind in _KIND_BY_NUMBER.items()
}


def kid_of(der: bytes) -> bytes:
    """Return the DCC key id of a certificate."""
    return hashlib.sha256(der).digest()[:KID_BYTES]


def read_signer(der: bytes, *, kid: bytes | None = None) -> Key:
    """Turn one DER certificate into a key, or raise `InputError` saying why not.

    With `kid` the certificate comes from a list that vouches for it: the id is taken
    as listed and keyUsage is not tested.
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
        public = certificate.public_key()
    except _UNREADABLE:
        raise InputError("not a readable X.509 certificate; give it whole, as PEM or DER") from None
    if kid is None and not _may_sign(certificate):
        raise InputError(
            "a certificate that may not sign passes (its keyUsage lacks digitalSignature); "
            "give the document signer's certificate"
        )
    return Key(
        kid=kid_of(der) if kid is None else kid,
        algorithm=algorithm_of(public),
        public=public,  # type: ignore[arg-type]  # algorithm_of refuses every other type
        issuer=_country(certificate),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        purposes=_purposes(certificate, der=der),
    )


def _extensions(certificate: x509.Certificate) -> x509.Extensions | None:
    try:
        return certificate.extensions
    except _UNREADABLE:
        return None


def _may_sign(certificate: x509.Certificate) -> bool:
    extensions = _extensions(certificate)
    if extensions is None:
        return True
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage)
    except x509.ExtensionNotFound:
        return True
    return usage.value.digital_signature


def _purposes(certificate: x509.Certificate, *, der: bytes) -> frozenset[Kind]:
    extensions = _extensions(certificate)
    if extensions is None:
        return frozenset(kind for oid, kind in PURPOSES.items() if _der_oid(oid) in der)
    try:
        usages = extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        return frozenset()
    return frozenset(PURPOSES[oid] for oid in usages.value if oid in PURPOSES)


def _der_oid(oid: x509.ObjectIdentifier) -> bytes:
    """Return an object identifier as DER, without the sequence around it."""
    return x509.ExtendedKeyUsage([oid]).public_bytes()[2:]


def _country(certificate: x509.Certificate) -> str | None:
    try:
        names = certificate.subject.get_attributes_for_oid(NameOID.COUNTRY_NAME)
    except _UNREADABLE:
        return None
    return str(names[0].value) if names else None

"""Country signing authorities (CSCA), and the signers of VDS-NC that they vouch for.

An anchor is an X.509 certificate that signed itself, says that it is an authority
(basicConstraints), and may sign certificates (keyUsage). Its country is the three letters that
its subjectAltName holds as a locality, just as passes write them; where there are none it stays
unknown, for two letters do not tell the three. Source: ICAO Doc 9303 part 12, section 7.1.

A signer counts if the anchor signed its certificate, if it is no authority itself, and if it may
sign VDS-NC (extendedKeyUsage; ICAO Technical Report "VDS-NC", and there the document types NV
and NT). Its key goes by the SHA-256 of what the anchor signed (tbsCertificate), not of the whole
certificate: whoever holds a pass could write an ECDSA signature in a second way, and so would
have a key under an id that no list names.

For revocation lists an authority goes by its name as RFC 5280 section 7.1 compares names: a list
may write it in another type of string than the certificates do.
"""

import hashlib
import unicodedata
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from scanner.terms import InputError, Kind, PassFormat, Reason, Refused
from scanner.trust.anchor import Anchor
from scanner.trust.certificate import KID_BYTES
from scanner.trust.keyring import Algorithm, Key

# What the library raises on certificates that it cannot, or will not, take apart.
UNREADABLE: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)

SIGNS_VDS_NC: Final = x509.ObjectIdentifier("2.23.136.1.1.14.2")
DOCUMENT_TYPES: Final = x509.ObjectIdentifier("2.23.136.1.1.6.2")
# Printable strings in the list of document types.
_KIND_BY_TYPE: Final = {b"\x13\x02NV": Kind.VACCINATION, b"\x13\x02NT": Kind.TEST}
_VDSNC_ONLY: Final = frozenset({PassFormat.VDSNC})

_Extensions = dict[x509.ObjectIdentifier, Any]


def anchor_of(der: bytes) -> Anchor | None:
    """Return the authority that a DER certificate is, or None if it is none."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        if certificate.issuer != certificate.subject:
            return None
        extensions = _extensions(certificate)
        if not _is_authority(extensions):
            return None
        certificate.verify_directly_issued_by(certificate)
        return Anchor(
            certificate=certificate,
            der=der,
            subject=certificate.subject.public_bytes(),
            country=_country(extensions),
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
        )
    except (*UNREADABLE, InvalidSignature):
        return None


def signer_of(certificate: x509.Certificate, *, anchor: Anchor) -> Key:
    """Return the key of a signer of VDS-NC, valid while it and its anchor both are.

    Raises `InputError` if the anchor did not sign the certificate, or not for this, and
    `Refused(unsupported)` if the key is of a type that is not verified here.
    """
    try:
        certificate.verify_directly_issued_by(anchor.certificate)
        extensions, public = _extensions(certificate), certificate.public_key()
    except InvalidSignature:
        raise InputError("no trusted authority signed the signer's certificate") from None
    except UNREADABLE:
        raise InputError("the signer's certificate cannot be read") from None
    purposes = _purposes(extensions)
    if not (
        isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, ec.SECP256R1)
    ):
        raise Refused(Reason.UNSUPPORTED, "the signer's key is not on P-256; only ES256 is read")
    return Key(
        kid=id_of(certificate),
        algorithm=Algorithm.ES256,
        public=public,
        issuer=anchor.country,
        not_before=max(certificate.not_valid_before_utc, anchor.not_before),
        not_after=min(certificate.not_valid_after_utc, anchor.not_after),
        purposes=purposes,
        formats=_VDSNC_ONLY,
        certificate=(folded_name(certificate.issuer), certificate.serial_number),
    )


def id_of(certificate: x509.Certificate) -> bytes:
    """Return the id that the key of a signer goes by."""
    return hashlib.sha256(certificate.tbs_certificate_bytes).digest()[:KID_BYTES]


def folded_name(name: x509.Name) -> bytes:
    """Return the same bytes for all names that RFC 5280 section 7.1 calls equal.

    Types of string, case and blanks do not count; the order of parts does.
    """
    parts = [
        sorted((one.oid.dotted_string, _folded(one.value)) for one in part) for part in name.rdns
    ]
    return repr(parts).encode()


def _folded(value: str | bytes) -> str:
    if isinstance(value, bytes):  # a bit string
        return value.hex()
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())


def _extensions(certificate: x509.Certificate) -> _Extensions:
    return {extension.oid: extension.value for extension in certificate.extensions}


def _is_authority(extensions: _Extensions) -> bool:
    constraints = extensions.get(x509.BasicConstraints.oid)
    usage = extensions.get(x509.KeyUsage.oid)
    return constraints is not None and constraints.ca and (usage is None or usage.key_cert_sign)


def _purposes(extensions: _Extensions) -> frozenset[Kind]:
    """Return the kinds of pass that a signer may sign, none for all."""
    constraints = extensions.get(x509.BasicConstraints.oid)
    usage = extensions.get(x509.KeyUsage.oid)
    if SIGNS_VDS_NC not in extensions.get(x509.ExtendedKeyUsage.oid, ()):
        raise InputError("the signer's certificate is not for VDS-NC")
    if (constraints and constraints.ca) or (usage and not usage.digital_signature):
        raise InputError("the signer's certificate may not sign passes")
    types = extensions.get(DOCUMENT_TYPES)
    if types is None:
        return frozenset()
    kinds = frozenset(kind for code, kind in _KIND_BY_TYPE.items() if code in types.value)
    if not kinds:
        raise InputError("the signer's certificate is for other documents")
    return kinds


def _country(extensions: _Extensions) -> str | None:
    names = extensions.get(x509.SubjectAlternativeName.oid)
    directories = names.get_values_for_type(x509.DirectoryName) if names else ()
    for directory in directories:
        for place in directory.get_attributes_for_oid(NameOID.LOCALITY_NAME):
            return str(place.value)
    return None

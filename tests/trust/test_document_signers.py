"""Certificates of document signers become keys, also those that a strict parser cannot read."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from scanner.publish.dcc import Issuer
from scanner.publish.dsc import Purpose, PurposeSpelling
from scanner.terms import InputError, Kind
from scanner.trust.certificate import kid_of, read_signer

BEGINS, ENDS = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
SIGNER = ec.generate_private_key(ec.SECP256R1())
KEY_USAGE, EXTENDED_USAGE = "2.5.29.15", "2.5.29.37"
OTHER_NAMES, BASIC_CONSTRAINTS = "2.5.29.17", "2.5.29.19"
MAY_SIGN, MAY_CERTIFY_ONLY = bytes.fromhex("03020780"), bytes.fromhex("03020106")

Extension = tuple[str, bytes]


def certificate(
    *extensions: Extension, names: Sequence[x509.NameAttribute[str]] | None = None
) -> bytes:
    """Make a certificate with extensions of any bytes, and by default the country AT."""
    if names is None:
        names = [x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "AT")]
    subject = x509.Name(names)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(SIGNER.public_key())
        .serial_number(7)
        .not_valid_before(BEGINS)
        .not_valid_after(ENDS)
    )
    for oid, value in extensions:
        raw = x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value)
        builder = builder.add_extension(raw, critical=False)
    return builder.sign(SIGNER, hashes.SHA256()).public_bytes(Encoding.DER)


def test_the_key_carries_what_the_certificate_says() -> None:
    der = certificate((KEY_USAGE, MAY_SIGN))
    key = read_signer(der)
    assert key.kid == kid_of(der) == hashlib.sha256(der).digest()[:8]
    assert (key.issuer, key.not_before, key.not_after) == ("AT", BEGINS, ENDS)
    assert key.public == SIGNER.public_key()
    assert key.purposes == frozenset()


@pytest.mark.parametrize("spelling", PurposeSpelling)
@pytest.mark.parametrize(
    ("purpose", "kind"),
    [
        (Purpose.TEST, Kind.TEST),
        (Purpose.VACCINATION, Kind.VACCINATION),
        (Purpose.RECOVERY, Kind.RECOVERY),
    ],
)
def test_a_purpose_is_read_in_both_spellings(
    spelling: PurposeSpelling, purpose: Purpose, kind: Kind
) -> None:
    issuer = Issuer.es256(
        country="AT", not_before=BEGINS, not_after=ENDS, purposes=(purpose,), spelling=spelling
    )
    assert read_signer(issuer.certificate_der).purposes == {kind}


def test_purposes_of_others_limit_nothing() -> None:
    server_auth = bytes.fromhex("300a06082b06010505070301")
    assert read_signer(certificate((EXTENDED_USAGE, server_auth))).purposes == frozenset()


def test_a_certificate_without_key_usage_may_sign() -> None:
    assert read_signer(certificate()).issuer == "AT"


def test_a_certificate_that_may_not_sign_is_refused_unless_a_list_vouches_for_it() -> None:
    der = certificate((KEY_USAGE, MAY_CERTIFY_ONLY))
    with pytest.raises(InputError, match="keyUsage lacks digitalSignature"):
        read_signer(der)
    assert read_signer(der, kid=b"as given").kid == b"as given"


def purpose_oid(*arcs: int) -> bytes:
    """Write 1.3.6.1.4.1 and these arcs, the last four of which are 1847.2021.1.N."""
    body = (
        bytes.fromhex("2b06010401")
        + bytes(arcs[:-4])
        + bytes.fromhex("8e37")
        + bytes.fromhex("8f65")
    )
    body += bytes(arcs[-2:])
    return bytes([6, len(body)]) + body


def usage(*oids: bytes) -> bytes:
    joined = b"".join(oids)
    return bytes([0x30, len(joined)]) + joined


UNREADABLE: dict[str, Extension] = {
    "a name with rubbish inside": (OTHER_NAMES, b"\x01"),
    "a name of a kind that the library does not know": (
        OTHER_NAMES, bytes.fromhex("3004a3020500"),
    ),
    "key usage that is no bit string": (KEY_USAGE, b"\x05\x00"),
    "a default written out, which DER forbids": (BASIC_CONSTRAINTS, bytes.fromhex("3003010100")),
}  # fmt: skip


@pytest.mark.parametrize("extension", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_unreadable_extensions_leave_the_key_usable(extension: Extension) -> None:
    key = read_signer(certificate(extension))
    assert (key.issuer, key.purposes) == ("AT", frozenset())


@pytest.mark.parametrize("extension", UNREADABLE.values(), ids=UNREADABLE.keys())
@pytest.mark.parametrize(
    "arcs", [(1847, 2021, 1, 1), (0, 1847, 2021, 1, 1)], ids=["plain", "with 0"]
)
def test_purposes_beside_unreadable_extensions_still_limit(
    extension: Extension, arcs: tuple[int, ...]
) -> None:
    oids = usage(purpose_oid(*arcs), purpose_oid(*arcs[:-1], 3))
    key = read_signer(certificate(extension, (EXTENDED_USAGE, oids)))
    assert key.purposes == {Kind.TEST, Kind.RECOVERY}


def test_key_usage_beside_unreadable_extensions_is_not_held_against_the_key() -> None:
    der = certificate(UNREADABLE["a name with rubbish inside"], (KEY_USAGE, MAY_CERTIFY_ONLY))
    assert read_signer(der).kid == kid_of(der)


def test_extensions_given_twice_leave_the_key_usable() -> None:
    der = certificate((KEY_USAGE, MAY_SIGN), ("2.5.29.14", bytes.fromhex("04020102")))
    twice = der.replace(bytes.fromhex("0603551d0e"), bytes.fromhex("0603551d0f"))
    assert read_signer(twice).issuer == "AT"


COUNTRY = b"\x13\x02AT"
COUNTRIES: dict[str, tuple[bytes, str | None]] = {
    "a printable string": (COUNTRY, "AT"),
    "a text that is not UTF-8": (b"\x0c\x02\xff\xff", None),
    "a number": (b"\x02\x02AT", None),
    "bits": (b"\x03\x02\x00T", None),
}


@pytest.mark.parametrize(("country", "issuer"), COUNTRIES.values(), ids=COUNTRIES.keys())
def test_a_country_that_cannot_be_read_is_left_out(country: bytes, issuer: str | None) -> None:
    assert read_signer(certificate().replace(COUNTRY, country)).issuer == issuer


def test_a_certificate_of_no_country_has_no_issuer() -> None:
    names = [x509.NameAttribute(x509.NameOID.COMMON_NAME, "Nobody")]
    assert read_signer(certificate(names=names)).issuer is None


def _changed(before: str, after: str) -> bytes:
    der, old = certificate(), bytes.fromhex(before)
    assert der.count(old) == 1
    return der.replace(old, bytes.fromhex(after))


UNUSABLE = {
    "nothing": b"",
    "no certificate": b"\x30\x03\x02\x01\x01",
    "half a certificate": certificate()[:200],
    "bytes after a certificate": certificate() + b"\x00",
    "version 2": _changed("a003020102", "a003020101"),
    "version 10": _changed("a003020102", "a003020109"),
    "a curve that nobody knows": _changed("06082a8648ce3d030107", "06082a8648ce3d030109"),
    "a kind of key that nobody knows": _changed("06072a8648ce3d0201", "06072a8648ce3d0209"),
    "a point that is not on the curve": certificate().replace(
        SIGNER.public_key().public_numbers().x.to_bytes(32), bytes(31) + b"\x05"
    ),
}


@pytest.mark.parametrize("der", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_what_is_no_usable_certificate_is_refused_in_one_line(der: bytes) -> None:
    with pytest.raises(InputError) as error:
        read_signer(der)
    assert "\n" not in str(error.value)

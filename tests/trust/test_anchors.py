"""Which certificates are anchors, and which signers they vouch for."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from scanner.publish.vdsnc import (
    SIGNER_EXTENSIONS,
    Authority,
    Extension,
    Signer,
    authority_extensions,
)
from scanner.terms import InputError, Kind, Reason, Refused
from scanner.trust import Algorithm, Anchor, read_trust
from scanner.trust.anchors import (
    DOCUMENT_TYPES,
    SIGNS_VDS_NC,
    anchor_of,
    folded_name,
    id_of,
    signer_of,
)

BEGINS: Final = datetime(2026, 1, 1, tzinfo=UTC)
ENDS: Final = datetime(2027, 1, 1, tzinfo=UTC)
ORG: Final = NameOID.ORGANIZATION_NAME
SERVER_AUTH: Final = ExtendedKeyUsageOID.SERVER_AUTH
AUTHORITY: Final = Authority(begins=BEGINS, ends=ENDS)


def der_of(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def usage(*, signs_certificates: bool = False, signs: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )


def anchor() -> Anchor:
    found = anchor_of(der_of(AUTHORITY.certificate()))
    assert found is not None
    return found


def test_an_authority_that_signed_itself_is_an_anchor() -> None:
    certificate = AUTHORITY.certificate()
    found = anchor_of(der_of(certificate))
    assert found == Anchor(
        certificate=certificate,
        der=der_of(certificate),
        subject=AUTHORITY.name.public_bytes(),
        country="UTO",
        not_before=BEGINS,
        not_after=ENDS,
    )


def test_an_authority_may_sign_with_rsa_and_say_nothing_of_its_key_usage() -> None:
    key = rsa.generate_private_key(65537, 2048)
    told = ((x509.BasicConstraints(ca=True, path_length=None), True),)
    found = anchor_of(der_of(replace(AUTHORITY, key=key, extensions=told).certificate()))
    assert found is not None
    assert found.country is None


def place(*names: x509.GeneralName) -> tuple[Extension, ...]:
    kept = authority_extensions(letters=None)
    return (*kept, (x509.SubjectAlternativeName(names), False))


def named(oid: x509.ObjectIdentifier, value: str) -> x509.DirectoryName:
    return x509.DirectoryName(x509.Name([x509.NameAttribute(oid, value)]))


LETTERS: Final = {
    "the locality of its name": (place(named(NameOID.LOCALITY_NAME, "UTO")), "UTO"),
    "the locality behind an address": (
        place(x509.RFC822Name("csca@example.org"), named(NameOID.LOCALITY_NAME, "D")), "D",
    ),
    "an address alone": (place(x509.RFC822Name("csca@example.org")), None),
    "a name without a locality": (place(named(NameOID.COUNTRY_NAME, "UT")), None),
    "nothing": (authority_extensions(letters=None), None),
}  # fmt: skip


@pytest.mark.parametrize(("extensions", "letters"), LETTERS.values(), ids=LETTERS.keys())
def test_the_country_of_an_anchor_is_the_three_letters_of_its_second_name(
    extensions: tuple[Extension, ...], letters: str | None
) -> None:
    found = anchor_of(der_of(replace(AUTHORITY, extensions=extensions).certificate()))
    assert found is not None
    assert found.country == letters


def signed_by_another() -> bytes:
    """Give a certificate that names itself as its issuer and was signed by someone else."""
    impostor = Authority(begins=BEGINS, ends=ENDS)
    extensions = authority_extensions(letters="UTO")
    return der_of(
        impostor.sign(
            AUTHORITY.key, subject=impostor.name, begins=BEGINS, ends=ENDS, extensions=extensions
        )
    )


def twice(der: bytes) -> bytes:
    """Repeat an extension's name, which makes the extensions unreadable."""
    return der.replace(bytes.fromhex("0603551d11"), bytes.fromhex("0603551d13"))


NO_ANCHORS: Final[dict[str, Callable[[], bytes]]] = {
    "nothing": lambda: b"",
    "no certificate": lambda: b"\x30\x03abc",
    "a byte more": lambda: der_of(AUTHORITY.certificate()) + b"\0",
    "a signer": lambda: der_of(Signer(AUTHORITY, begins=BEGINS, ends=ENDS).certificate),
    "no authority": lambda: der_of(
        replace(
            AUTHORITY, extensions=[(x509.BasicConstraints(ca=False, path_length=None), True)]
        ).certificate()
    ),
    "nothing said of authority": lambda: der_of(replace(AUTHORITY, extensions=()).certificate()),
    "may not sign certificates": lambda: der_of(
        replace(
            AUTHORITY,
            extensions=[
                (x509.BasicConstraints(ca=True, path_length=None), True),
                (usage(signs=True), True),
            ],
        ).certificate()
    ),
    "signed by another of its name": signed_by_another,
    "unreadable extensions": lambda: twice(der_of(AUTHORITY.certificate())),
}


@pytest.mark.parametrize("make", NO_ANCHORS.values(), ids=NO_ANCHORS.keys())
def test_whatever_else_is_no_anchor(make: Callable[[], bytes]) -> None:
    assert anchor_of(make()) is None


def test_a_file_with_an_authority_gives_an_anchor_and_no_signer_of_passes() -> None:
    for encoding in (Encoding.DER, Encoding.PEM):
        found = read_trust(AUTHORITY.certificate().public_bytes(encoding))
        assert [one.country for one in found.anchors] == ["UTO"]
        assert found.keys == ()


def signer(*extensions: Extension, key: ec.EllipticCurvePrivateKey | None = None) -> Signer:
    return Signer(AUTHORITY, begins=BEGINS, ends=ENDS, extensions=extensions, key=key)


FOR_VDS_NC: Final[Extension] = (x509.ExtendedKeyUsage([SIGNS_VDS_NC]), True)


def document_types(*codes: str) -> Extension:
    inner = b"".join(b"\x13\x02" + code.encode() for code in codes)
    body = b"\x02\x01\x00\x31" + bytes([len(inner)]) + inner
    value = b"\x30" + bytes([len(body)]) + body
    return x509.UnrecognizedExtension(DOCUMENT_TYPES, value), False


VOUCHED: Final[dict[str, tuple[tuple[Extension, ...], frozenset[Kind]]]] = {
    "for VDS-NC, and nothing else said": ((FOR_VDS_NC,), frozenset()),
    "for vaccination": ((FOR_VDS_NC, document_types("NV")), frozenset({Kind.VACCINATION})),
    "for tests": ((FOR_VDS_NC, document_types("NT")), frozenset({Kind.TEST})),
    "for both": (SIGNER_EXTENSIONS, frozenset({Kind.VACCINATION, Kind.TEST})),
    "for other documents too": (
        (FOR_VDS_NC, document_types("NV", "NX")), frozenset({Kind.VACCINATION}),
    ),
    "with a key usage for signatures": ((FOR_VDS_NC, (usage(signs=True), True)), frozenset()),
    "said to be no authority": (
        (FOR_VDS_NC, (x509.BasicConstraints(ca=False, path_length=None), True)), frozenset(),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("extensions", "kinds"), VOUCHED.values(), ids=VOUCHED.keys())
def test_a_signer_may_sign_what_its_certificate_says(
    extensions: tuple[Extension, ...], kinds: frozenset[Kind]
) -> None:
    certificate = signer(*extensions).certificate
    key = signer_of(certificate, anchor=anchor())
    assert key.purposes == kinds
    assert (key.kid, key.algorithm, key.issuer) == (id_of(certificate), Algorithm.ES256, "UTO")


NOT_VOUCHED: Final[dict[str, tuple[Callable[[], x509.Certificate], str]]] = {
    "for nothing that is said": (lambda: signer().certificate, "not for VDS-NC"),
    "for something else": (
        lambda: signer((x509.ExtendedKeyUsage([SERVER_AUTH]), True)).certificate,
        "not for VDS-NC",
    ),
    "an authority": (
        lambda: signer(
            FOR_VDS_NC, (x509.BasicConstraints(ca=True, path_length=0), True)
        ).certificate,
        "may not sign passes",
    ),
    "no signatures": (
        lambda: signer(FOR_VDS_NC, (usage(), True)).certificate, "may not sign passes",
    ),
    "for other documents only": (
        lambda: signer(FOR_VDS_NC, document_types("NX")).certificate, "for other documents",
    ),
    "signed by another of its authority's name": (
        lambda: Signer(Authority(begins=BEGINS, ends=ENDS), begins=BEGINS, ends=ENDS).certificate,
        "no trusted authority signed",
    ),
    "the anchor's own": (AUTHORITY.certificate, "not for VDS-NC"),
    "unreadable extensions": (
        lambda: AUTHORITY.sign(
            AUTHORITY.key, subject=AUTHORITY.name, begins=BEGINS, ends=ENDS,
            extensions=[(x509.UnrecognizedExtension(x509.BasicConstraints.oid, b"\xff"), False)],
        ),
        "cannot be read",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("make", "words"), NOT_VOUCHED.values(), ids=NOT_VOUCHED.keys())
def test_no_other_certificate_is_vouched_for(
    make: Callable[[], x509.Certificate], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        signer_of(make(), anchor=anchor())


def test_a_key_that_is_not_verified_here_is_said_to_be_so() -> None:
    for key in (ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)):
        certificate = Signer(AUTHORITY, begins=BEGINS, ends=ENDS, key=key).certificate
        with pytest.raises(Refused) as refused:
            signer_of(certificate, anchor=anchor())
        assert refused.value.reason is Reason.UNSUPPORTED


def part(
    value: str | bytes, kind: _ASN1Type = _ASN1Type.UTF8String, oid: x509.ObjectIdentifier = ORG
) -> x509.NameAttribute[str | bytes]:
    return x509.NameAttribute(oid, value, kind)


BITS: Final = (b"\x01A", _ASN1Type.BitString, NameOID.X500_UNIQUE_IDENTIFIER)
SAME_NAMES: Final = {
    "another type of string": ([part("CSCA")], [part("CSCA", _ASN1Type.PrintableString)]),
    "two bytes a letter": ([part("CSCA")], [part("CSCA", _ASN1Type.BMPString)]),
    "small letters": ([part("CSCA of Straße")], [part("csca OF STRASSE")]),
    "blanks": ([part("CSCA of UT")], [part("  CSCA  of\tUT ")]),
    "an accent of its own": ([part("São")], [part("Sa\u0303o")]),
    "the same bits": ([part(*BITS)], [part(*BITS)]),
}


@pytest.mark.parametrize(("one", "other"), SAME_NAMES.values(), ids=SAME_NAMES.keys())
def test_a_name_is_the_same_however_it_is_written(
    one: list[x509.NameAttribute[str | bytes]], other: list[x509.NameAttribute[str | bytes]]
) -> None:
    assert folded_name(x509.Name(one)) == folded_name(x509.Name(other))


def test_attributes_that_stand_together_have_no_order() -> None:
    pair = [part("A"), part("B", oid=NameOID.COMMON_NAME)]
    names = [x509.Name([x509.RelativeDistinguishedName(told)]) for told in (pair, pair[::-1])]
    assert len({*map(folded_name, names)}) == 1


def test_names_that_differ_stay_apart() -> None:
    names = [
        [part("A"), part("B")], [part("B"), part("A")], [part("AB")], [part("A B")], [part("A")],
        [part("A", oid=NameOID.COMMON_NAME)], [part("A', 'B")], [part(*BITS)], [],
        [part(b"\x01B", *BITS[1:])],
    ]  # fmt: skip
    assert len({folded_name(x509.Name(parts)) for parts in names}) == len(names)

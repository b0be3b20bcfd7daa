"""X.509 revocation lists: every certificate on them, or one line that says why not."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from scanner.publish.vdsnc import Authority
from scanner.terms import InputError
from scanner.trust import read_revocations
from scanner.trust.anchors import folded_name
from scanner.trust.x509_crl import MAX_CRL_BYTES, read_x509_crl

BEGINS: Final = datetime(2026, 1, 1, tzinfo=UTC)
ENDS: Final = datetime(2027, 1, 1, tzinfo=UTC)
ONE: Final = Authority(begins=BEGINS, ends=ENDS)
OTHER: Final = Authority(begins=BEGINS, ends=ENDS, country="XX")
NAME: Final = folded_name(ONE.name)


def pem(der: bytes, *, kind: bytes = b"X509 CRL") -> bytes:
    body = base64.encodebytes(der)
    return b"-----BEGIN %b-----\n%b-----END %b-----\n" % (kind, body, kind)


def crl(*extensions: tuple[x509.ExtensionType, bool], entry: bool = False) -> bytes:
    """Make a list with extensions, of its own or of its one entry."""
    revoked = x509.RevokedCertificateBuilder().serial_number(7).revocation_date(BEGINS)
    builder = x509.CertificateRevocationListBuilder().issuer_name(ONE.name)
    builder = builder.last_update(BEGINS).next_update(ENDS)
    for value, is_critical in extensions:
        if entry:
            revoked = revoked.add_extension(value, critical=is_critical)
        else:
            builder = builder.add_extension(value, critical=is_critical)
    builder = builder.add_revoked_certificate(revoked.build())
    return builder.sign(ONE.key, hashes.SHA256()).public_bytes(Encoding.DER)


def point(*, indirect: bool) -> x509.IssuingDistributionPoint:
    return x509.IssuingDistributionPoint(
        full_name=[x509.UniformResourceIdentifier("https://example.org/crl")],
        relative_name=None,
        only_contains_user_certs=False,
        only_contains_ca_certs=False,
        only_some_reasons=None,
        indirect_crl=indirect,
        only_contains_attribute_certs=False,
    )


def test_every_certificate_of_a_list_is_named_by_its_issuer_and_serial() -> None:
    listed = ONE.crl([5, 6, 1 << 150], at=BEGINS, until=ENDS)
    expected = {(NAME, 5), (NAME, 6), (NAME, 1 << 150)}
    for content in (listed, pem(listed), b"for people\n" + pem(listed)):
        found = read_x509_crl(content)
        assert found.certificates == expected
        assert len(found) == 3


def test_a_list_may_be_empty() -> None:
    assert read_x509_crl(ONE.crl([], at=BEGINS, until=ENDS)).certificates == frozenset()


def test_several_lists_in_one_file_are_all_read() -> None:
    lists = [one.crl([5], at=BEGINS, until=ENDS) for one in (ONE, OTHER)]
    found = read_x509_crl(b"".join(map(pem, lists)))
    assert found.certificates == {(NAME, 5), (folded_name(OTHER.name), 5)}


def test_extensions_that_change_nothing_are_no_matter() -> None:
    assert read_x509_crl(crl((x509.CRLNumber(1), False))).certificates == {(NAME, 7)}
    assert read_x509_crl(crl((point(indirect=False), True))).certificates == {(NAME, 7)}
    reason = x509.CRLReason(x509.ReasonFlags.key_compromise)
    assert read_x509_crl(crl((reason, False), entry=True)).certificates == {(NAME, 7)}


GOOD: Final = ONE.crl([5], at=BEGINS, until=ENDS)
REFUSED: Final[dict[str, tuple[Callable[[], bytes], str]]] = {
    "nothing": (lambda: b"", "no readable"),
    "a byte more": (lambda: GOOD + b"\0", "no readable"),
    "a byte less": (lambda: GOOD[:-1], "no readable"),
    "PEM that is broken": (lambda: pem(b"\x30\x00"), "no readable"),
    "a certificate": (
        lambda: pem(ONE.certificate().public_bytes(Encoding.DER), kind=b"CERTIFICATE"),
        "something else",
    ),
    "a certificate behind a list": (
        lambda: pem(GOOD) + ONE.certificate().public_bytes(Encoding.PEM), "something else",
    ),
    "a second list that has no end": (
        lambda: pem(GOOD) + pem(GOOD).replace(b"END", b"BAD"), "something else",
    ),
    "a delta": (lambda: crl((x509.DeltaCRLIndicator(1), True)), "delta or indirect"),
    "an indirect list": (lambda: crl((point(indirect=True), True)), "delta or indirect"),
    "an entry of another authority": (
        lambda: crl((x509.CertificateIssuer([x509.DirectoryName(OTHER.name)]), True), entry=True),
        "an indirect CRL",
    ),
    "an entry with two reasons": (
        lambda: crl(
            (x509.CRLReason(x509.ReasonFlags.superseded), False),
            (x509.InvalidityDate(BEGINS.replace(tzinfo=None)), False),
            entry=True,
        ).replace(bytes.fromhex("0603551d18"), bytes.fromhex("0603551d15")),
        "broken entry",
    ),
    "a list larger than any": (lambda: bytes(MAX_CRL_BYTES + 1), "more than 4 MiB"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_a_list_that_cannot_be_read_whole_is_refused_in_one_line(
    make: Callable[[], bytes], words: str
) -> None:
    with pytest.raises(InputError, match=words) as refused:
        read_x509_crl(make())
    assert "\n" not in str(refused.value)


def test_a_list_is_told_apart_by_its_content() -> None:
    for content in (GOOD, pem(GOOD)):
        assert read_revocations(content).certificates == {(NAME, 5)}


@pytest.mark.parametrize(
    ("entries", "begins"),
    [(1, "3081"), (20, "3082"), (2200, "3083")],
    ids=["short", "long", "64 KB"],
)
def test_a_list_of_any_length_is_told_apart_as_der(entries: int, begins: str) -> None:
    listed = ONE.crl([(1 << 100) + one for one in range(entries)], at=BEGINS, until=ENDS)
    assert listed.hex().startswith(begins)
    assert len(read_revocations(listed).certificates) == entries

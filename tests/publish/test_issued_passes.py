"""Passes of the rehearsal issuer are what the door's verifier takes for genuine."""

from datetime import UTC, date, datetime
from zlib import decompress

import cbor2
import pytest
from cryptography import x509

from scanner.passes import dcc as door_side
from scanner.passes.base45 import decode
from scanner.publish import content
from scanner.publish.dcc import Issuer, tampered
from scanner.publish.dsc import Purpose, PurposeSpelling
from scanner.publish.wrapping import KidPlace, TagLayout, Wrapping
from scanner.terms import InputError, Kind, PassFormat, Reason, Refused
from scanner.trust import Keyring, read_trust

ES256, PS256 = -7, -37  # COSE algorithm numbers

ISSUED, EXPIRES = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
PERSON = content.INVENTED[0]
VACCINATION = content.vaccination(PERSON, country="AT", given_on=date(2026, 4, 1))
BEGINS = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def es256() -> Issuer:
    return Issuer.es256(country="AT", not_before=BEGINS, not_after=EXPIRES)


@pytest.fixture(scope="module")
def ps256() -> Issuer:
    return Issuer.ps256(country="AT", not_before=BEGINS, not_after=EXPIRES)


def keyring(*issuers: Issuer) -> Keyring:
    return Keyring.of(key for one in issuers for key in read_trust(one.certificate_der).keys)


def issued(issuer: Issuer, wrapping: Wrapping = Wrapping()) -> bytes:  # noqa: B008 - frozen
    text = issuer.issue(VACCINATION, issued_at=ISSUED, expires_at=EXPIRES, wrapping=wrapping)
    return text.encode()


@pytest.mark.parametrize("algorithm", ["es256", "ps256"])
def test_a_pass_is_genuine_under_the_certificate_of_its_issuer(
    algorithm: str, request: pytest.FixtureRequest
) -> None:
    issuer: Issuer = request.getfixturevalue(algorithm)
    verified = door_side.verify(issued(issuer), keyring=keyring(issuer)).verified
    assert verified.kind is Kind.VACCINATION
    assert verified.issuer == "AT"
    assert verified.issued_at == ISSUED
    assert verified.not_after == EXPIRES


VARIANTS = {
    "a CWT tag around the COSE tag": Wrapping(layout=TagLayout.CWT_TAGGED),
    "no tag": Wrapping(layout=TagLayout.UNTAGGED),
    "the key id in the unprotected header only": Wrapping(kid_place=KidPlace.UNPROTECTED),
    "the key id in both headers": Wrapping(kid_place=KidPlace.BOTH),
    "a foreign key id in the unprotected header": Wrapping(
        kid_place=KidPlace.BOTH, unprotected_kid=bytes(8)
    ),
    "the prefix of the certificate light": Wrapping(prefix="LT1:"),
    "times as floats": Wrapping(float_times=True),
}


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS.keys())
def test_every_layout_of_the_field_can_be_issued(variant: Wrapping, es256: Issuer) -> None:
    verified = door_side.verify(issued(es256, variant), keyring=keyring(es256)).verified
    assert verified.not_after == EXPIRES


WRONG = {
    "another algorithm is claimed": (Wrapping(algorithm=PS256), Reason.WRONG_ALGORITHM),
    "an algorithm that nobody knows": (Wrapping(algorithm=-65000), Reason.WRONG_ALGORITHM),
    "a key id that nobody has": (Wrapping(kid=b"nobody's"), Reason.UNKNOWN_ISSUER),
    "no key id": (Wrapping(kid_place=KidPlace.ABSENT), Reason.UNKNOWN_ISSUER),
}


@pytest.mark.parametrize(("variant", "reason"), WRONG.values(), ids=WRONG.keys())
def test_wrong_passes_are_wrong_in_the_way_they_say(
    variant: Wrapping, reason: Reason, es256: Issuer
) -> None:
    with pytest.raises(Refused) as refused:
        door_side.verify(issued(es256, variant), keyring=keyring(es256))
    assert refused.value.reason is reason


def test_the_issuer_claim_can_name_another_country(es256: Issuer) -> None:
    text = issued(es256, Wrapping(issuer="DE"))
    assert signed_bytes(text).count(b"bDE") == signed_bytes(issued(es256)).count(b"bDE") + 1


def signed_bytes(text: bytes) -> bytes:
    return decompress(decode(text[4:]))


def test_a_tampered_pass_differs_in_one_byte_and_fails_its_signature(es256: Issuer) -> None:
    text = issued(es256)
    forged = tampered(text.decode()).encode()
    pairs = zip(signed_bytes(text), signed_bytes(forged), strict=True)
    assert sum(before != after for before, after in pairs) == 1
    with pytest.raises(Refused) as refused:
        door_side.verify(forged, keyring=keyring(es256))
    assert refused.value.reason is Reason.BAD_SIGNATURE


UNTAMPERABLE = {
    "an address": "https://example.org/menu",
    "nothing": "",
    "base45 that holds no compressed bytes": "HC1:BB8",
}


@pytest.mark.parametrize("text", UNTAMPERABLE.values(), ids=UNTAMPERABLE.keys())
def test_what_is_no_pass_cannot_be_tampered_with(text: str) -> None:
    with pytest.raises(InputError, match="date of birth"):
        tampered(text)


def test_a_pass_without_a_full_date_of_birth_cannot_be_tampered_with(es256: Issuer) -> None:
    yearly = es256.issue({**VACCINATION, "dob": "1984"}, issued_at=ISSUED, expires_at=EXPIRES)
    with pytest.raises(InputError, match="date of birth"):
        tampered(yearly)


@pytest.mark.parametrize("spelling", PurposeSpelling)
def test_purposes_limit_the_certificate_in_both_spellings(spelling: PurposeSpelling) -> None:
    issuer = Issuer.es256(
        country="AT",
        purposes=(Purpose.TEST, Purpose.RECOVERY),
        spelling=spelling,
        not_before=BEGINS,
        not_after=EXPIRES,
    )
    (key,) = keyring(issuer).find(issuer.kid, form=PassFormat.DCC)
    assert key.purposes == {Kind.TEST, Kind.RECOVERY}


def test_without_purposes_the_certificate_has_no_extended_usage(es256: Issuer) -> None:
    extensions = x509.load_der_x509_certificate(es256.certificate_der).extensions
    assert [type(one.value) for one in extensions] == [x509.KeyUsage]


def test_the_certificate_holds_its_dates_and_the_kid_finds_it(ps256: Issuer) -> None:
    (key,) = keyring(ps256).find(ps256.kid, form=PassFormat.DCC)
    assert (key.not_before, key.not_after) == (BEGINS, EXPIRES)


def test_any_bytes_can_be_signed(es256: Issuer) -> None:
    signed = es256.sign(cbor2.dumps([1, 2, 3]))
    with pytest.raises(Refused) as refused:
        door_side.verify(signed.encode(), keyring=keyring(es256))
    assert refused.value.reason is Reason.MALFORMED


def test_two_issuers_never_share_a_key(es256: Issuer) -> None:
    other = Issuer.es256(country="AT", not_before=BEGINS, not_after=EXPIRES)
    assert other.kid != es256.kid
    with pytest.raises(Refused) as refused:
        door_side.verify(issued(es256, Wrapping(kid=other.kid)), keyring=keyring(other))
    assert refused.value.reason is Reason.BAD_SIGNATURE
    assert es256.algorithm == ES256

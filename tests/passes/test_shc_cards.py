"""SMART Health Cards: genuine to the letter, of the issuer that they name, or refused."""

import json
import zlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from scanner import passes
from scanner.passes import shc
from scanner.publish import content
from scanner.publish import shc as publish
from scanner.publish.shc import Issuer, immunization, numeric, observation, patient
from scanner.terms import Kind, PassFormat, Reason, Refused
from scanner.trust import Binding, Key, Keyring, base64url, read_trust

ISSUER, OTHER = Issuer("https://shc.example"), Issuer("https://other.example")
ISSUED, EXPIRES = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
PERSON = patient(content.INVENTED[0])
DOSE = immunization(date(2026, 4, 1))
TEST = observation(ISSUED, result=content.Outcome.NOT_DETECTED)
CLAIMS = ISSUER.claims([PERSON, DOSE], issued_at=ISSUED, rid="Rid-1")


def ring(*issuers: Issuer, bare: bool = False) -> Keyring:
    keys: list[Key] = []
    for issuer in issuers:
        binding = Binding(issuer=None if bare else issuer.iss, may_be_bare=bare)
        keys += read_trust(issuer.jwks(), binding=binding).keys
    return Keyring.of(keys)


RING = ring(ISSUER, OTHER)


def refusal(raw: str | bytes, *, keyring: Keyring = RING) -> Refused:
    data = raw.encode() if isinstance(raw, str) else raw
    with pytest.raises(Refused) as refused:
        shc.verify(data, keyring=keyring)
    return refused.value


def changed(change: Callable[[dict[str, Any]], object]) -> str:
    claims = json.loads(json.dumps(CLAIMS))
    change(claims)
    return ISSUER.pack(claims)


def test_a_card_is_what_its_issuer_signed() -> None:
    raw = ISSUER.issue([PERSON, DOSE], issued_at=ISSUED, expires_at=EXPIRES, rid="Rid-1").encode()
    genuine = shc.verify(raw, keyring=RING)
    found = genuine.verified
    assert (found.format, found.kind, found.issuer) == (
        PassFormat.SHC, Kind.VACCINATION, "https://shc.example",
    )  # fmt: skip
    assert (found.issued_at, found.not_before, found.not_after) == (ISSUED, ISSUED, EXPIRES)
    assert found.key_id == ISSUER.kid
    assert found.ids == (f"shc-rid:{ISSUER.kid}:Rid-1",)
    assert found.claims["vc"]["credentialSubject"]["fhirBundle"]["entry"][1]["resource"] == DOSE
    assert (genuine.key.issuer, genuine.detail, genuine.key_is_named) == (ISSUER.iss, None, True)


KINDS: dict[str, tuple[list[Any], Kind | None]] = {
    "a dose": ([PERSON, DOSE], Kind.VACCINATION),
    "a test": ([PERSON, TEST], Kind.TEST),
    "a test before a dose": ([PERSON, TEST, DOSE], Kind.VACCINATION),
    "a person alone": ([PERSON], None),
    "nothing": ([], None),
}


@pytest.mark.parametrize(("resources", "kind"), KINDS.values(), ids=KINDS.keys())
def test_the_kind_is_what_the_card_speaks_of(resources: list[Any], kind: Kind | None) -> None:
    raw = ISSUER.issue(resources, issued_at=ISSUED).encode()
    assert shc.verify(raw, keyring=RING).verified.kind is kind


def test_what_is_no_resource_is_passed_over() -> None:
    def spoil(claims: dict[str, Any]) -> None:
        entries = claims["vc"]["credentialSubject"]["fhirBundle"]["entry"]
        entries += [None, 1, {}, {"resource": []}, {"resource": {"resourceType": 1}}]

    assert shc.verify(changed(spoil).encode(), keyring=RING).verified.kind is Kind.VACCINATION


def test_dates_keep_their_fraction() -> None:
    raw = changed(lambda claims: claims.update(nbf=1687450764.656, exp=1718986764.25))
    found = shc.verify(raw.encode(), keyring=RING).verified
    assert found.issued_at == datetime(2023, 6, 22, 16, 19, 24, 656000, tzinfo=UTC)
    assert found.not_after == datetime(2024, 6, 21, 16, 19, 24, 250000, tzinfo=UTC)


def test_the_jws_by_itself_is_the_same_card() -> None:
    text = ISSUER.pack(CLAIMS)
    digits = text.removeprefix("shc:/")
    letters = bytes(int(digits[at : at + 2]) + 45 for at in range(0, len(digits), 2))
    assert shc.looks_like(letters)
    assert passes.verify(letters, keyring=RING).verified.claims == CLAIMS
    assert refusal(letters + b" ").reason is Reason.MALFORMED
    assert not shc.looks_like(letters + b" ")
    assert not shc.looks_like(b"eyJhbGciOiJFUzI1NiJ9.e30.AAAA")


def test_a_card_without_an_id_is_listed_under_one_of_its_bundle() -> None:
    # The example of RFC 002: its bundle, and the id that the RFC gives.
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {
                "fullUrl": "resource:0",
                "resource": {
                    "resourceType": "Patient",
                    "name": [{"family": "Revoked", "given": ["Johnny"]}],
                    "birthDate": "1960-04-22",
                },
            },
            *(
                {
                    "fullUrl": f"resource:{at}",
                    "resource": {
                        "resourceType": "Immunization",
                        "status": "completed",
                        "vaccineCode": {
                            "coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "207"}]
                        },
                        "patient": {"reference": "resource:0"},
                        "occurrenceDateTime": day,
                        "performer": [{"actor": {"display": "ABC General Hospital"}}],
                        "lotNumber": lot,
                    },
                }
                for at, day, lot in ((1, "2021-03-01", "0000003"), (2, "2021-03-29", "0000009"))
            ),
        ],
    }
    card = {"type": CLAIMS["vc"]["type"], "credentialSubject": {"fhirBundle": bundle}}
    raw = ISSUER.pack({"iss": ISSUER.iss, "nbf": 1, "vc": card}).encode()
    assert shc.verify(raw, keyring=RING).verified.ids == (f"shc-rid:{ISSUER.kid}:9q2bR-42Z30",)


def test_a_whole_card_may_say_that_it_is_one_part_of_one() -> None:
    raw = ISSUER.pack(CLAIMS).replace("shc:/", "shc:/1/1/").encode()
    assert shc.verify(raw, keyring=RING).verified.issuer == ISSUER.iss


def test_one_part_of_several_asks_for_the_others() -> None:
    first, second = publish.in_parts(numeric(ISSUER.sign(b"any")), count=2)
    asked = [refusal(part) for part in (first, second)]
    assert [one.reason for one in asked] == [Reason.MORE_NEEDED] * 2
    assert [one.detail for one in asked] == ["part 1 of 2", "part 2 of 2"]


JWS = ISSUER.sign(zlib.compress(json.dumps(CLAIMS).encode(), wbits=-15))
DIGITS = numeric(JWS).removeprefix("shc:/")


def packed(payload: bytes, **header: Any) -> str:
    return numeric(ISSUER.sign(payload, header=header))


RAW_DEFLATE = zlib.compress(json.dumps(CLAIMS).encode(), wbits=-15)

MALFORMED: dict[str, str] = {
    "nothing behind the prefix": "shc:/",
    "another prefix": "shc:" + DIGITS,
    "a prefix in capitals": "SHC:/" + DIGITS,
    "no prefix": DIGITS,
    "a second slash": "shc://" + DIGITS,
    "an odd number of digits": "shc:/" + DIGITS[:-1],
    "a letter": "shc:/" + DIGITS[:-2] + "AA",
    "a minus sign": "shc:/-1" + DIGITS[2:],
    "a blank behind": "shc:/" + DIGITS + " ",
    "a line end behind": "shc:/" + DIGITS + "\n",
    "a blank before": " shc:/" + DIGITS,
    "letters behind": "shc:/" + DIGITS + "extra",
    "digits of another script": "shc:/" + "\u0661\u0662" * 20,
    "a pair beyond the letters": "shc:/" + DIGITS[:-2] + "78",
    "a pair far beyond the letters": "shc:/" + DIGITS[:-2] + "99",
    "a pair that writes a slash": "shc:/" + DIGITS[:-2] + "02",
    "part nought": "shc:/0/3/" + DIGITS,
    "part four of three": "shc:/4/3/" + DIGITS,
    "part one of nought": "shc:/1/0/" + DIGITS,
    "a part of too many": "shc:/1/33/" + DIGITS,
    "a part with a leading zero": "shc:/01/3/" + DIGITS,
    "a part of an odd number of digits": "shc:/1/3/" + DIGITS[:-1],
    "two parts of a JWS": numeric(JWS.rpartition(b".")[0]),
    "no compression": packed(json.dumps(CLAIMS).encode(), zip=None),
    "another compression": packed(RAW_DEFLATE, zip="def"),
    "zip that is no text": packed(RAW_DEFLATE, zip=["DEF"]),
    "no algorithm": packed(RAW_DEFLATE, alg=None),
    "crit": packed(RAW_DEFLATE, crit=["zip"]),
    "compression with a header": packed(zlib.compress(json.dumps(CLAIMS).encode())),
    "compression of gzip": packed(zlib.compress(json.dumps(CLAIMS).encode(), wbits=31)),
    "compression cut short": packed(RAW_DEFLATE[:-4]),
    "bytes behind the compression": packed(RAW_DEFLATE + b"\0"),
    "a second stream behind the first": packed(RAW_DEFLATE * 2),
    "nothing compressed": packed(zlib.compress(b"", wbits=-15)),
    "an empty payload": packed(b""),
    "a byte order mark": ISSUER.pack(b"\xef\xbb\xbf" + json.dumps(CLAIMS).encode()),
    "characters behind the JSON": ISSUER.pack(json.dumps(CLAIMS).encode() + b"x"),
    "claims that are a list": ISSUER.pack([CLAIMS]),
    "iss that stands twice": ISSUER.pack(b'{"iss":"a",' + json.dumps(CLAIMS).encode()[1:]),
    "no vc": changed(lambda claims: claims.pop("vc")),
    "a vc that is a list": changed(lambda claims: claims.update(vc=[])),
    "no types": changed(lambda claims: claims["vc"].pop("type")),
    "types that are a text": changed(
        lambda claims: claims["vc"].update(type="https://smarthealth.cards#health-card")
    ),
    "other types only": changed(lambda claims: claims["vc"].update(type=["x"])),
    "no subject": changed(lambda claims: claims["vc"].pop("credentialSubject")),
    "a subject that is a list": changed(lambda claims: claims["vc"].update(credentialSubject=[])),
    "no bundle": changed(lambda claims: claims["vc"].update(credentialSubject={})),
    "a bundle without entries": changed(
        lambda claims: claims["vc"].update(credentialSubject={"fhirBundle": {"entry": {}}})
    ),
    "no date of issue": changed(lambda claims: claims.pop("nbf")),
    "a date of issue that is null": changed(lambda claims: claims.update(nbf=None)),
    "a date of issue as a text": changed(lambda claims: claims.update(nbf="1687450764")),
    "a date of issue that is true": changed(lambda claims: claims.update(nbf=True)),
    "a date of issue beyond the calendar": changed(lambda claims: claims.update(nbf=1e18)),
    "a date of issue of 20 digits": changed(lambda claims: claims.update(nbf=10**19)),
    "an end that is a text": changed(lambda claims: claims.update(exp="never")),
    "an end beyond the calendar": changed(lambda claims: claims.update(exp=10**15)),
    "a rid that is a number": changed(lambda claims: claims["vc"].update(rid=1)),
    "a rid that is a list": changed(lambda claims: claims["vc"].update(rid=["a"])),
}  # fmt: skip


@pytest.mark.parametrize("raw", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_no_card_to_the_letter_is_malformed(raw: str) -> None:
    assert refusal(raw).reason is Reason.MALFORMED


def test_a_card_of_64_kib_is_read_and_a_longer_one_is_too_large() -> None:
    def with_lot(characters: int) -> str:
        return changed(lambda claims: claims["vc"].update(lot="a" * characters))

    size = len(zlib.decompress(base64url.decode(letters(with_lot(0)).split(b".")[1]), wbits=-15))
    room = shc.MAX_INFLATED_BYTES - size
    assert shc.verify(with_lot(room).encode(), keyring=RING)
    assert refusal(with_lot(room + 1)).reason is Reason.TOO_LARGE


def letters(raw: str) -> bytes:
    digits = raw.removeprefix("shc:/")
    return bytes(int(digits[at : at + 2]) + 45 for at in range(0, len(digits), 2))


def test_a_text_that_is_too_long_is_not_looked_at() -> None:
    assert refusal(b"shc:/" + b"0" * shc.MAX_TEXT_BYTES).reason is Reason.TOO_LARGE


def test_a_jws_that_is_too_long_is_not_looked_at() -> None:
    assert refusal(b"shc:/" + b"0" * (shc.MAX_TEXT_BYTES - 6)).reason is Reason.TOO_LARGE


UNKNOWN: dict[str, str] = {
    "the key of a stranger": Issuer("https://shc.example").pack(CLAIMS),
    "a key id that is no thumbprint": packed(RAW_DEFLATE, kid="key-1"),
    "a key id in another writing": packed(RAW_DEFLATE, kid=ISSUER.kid + "="),
    "a key id beyond ASCII": packed(RAW_DEFLATE, kid="\u00fc"),
    "an empty key id": packed(RAW_DEFLATE, kid=""),
    "no key id": packed(RAW_DEFLATE, kid=None),
    "a key id that is a number": packed(RAW_DEFLATE, kid=1),
}


@pytest.mark.parametrize("raw", UNKNOWN.values(), ids=UNKNOWN.keys())
def test_a_key_that_nobody_listed_is_unknown(raw: str) -> None:
    assert refusal(raw).reason is Reason.UNKNOWN_ISSUER


def test_a_refused_card_still_says_which_key_it_claims() -> None:
    stranger = Issuer("https://shc.example")
    assert refusal(stranger.pack(CLAIMS)).key_id == stranger.kid


MISMATCHED = {
    "another issuer": changed(lambda claims: claims.update(iss=OTHER.iss)),
    "a slash at its end": changed(lambda claims: claims.update(iss=ISSUER.iss + "/")),
    "capitals": changed(lambda claims: claims.update(iss=ISSUER.iss.upper())),
    "no issuer": changed(lambda claims: claims.pop("iss")),
    "an issuer that is a list": changed(lambda claims: claims.update(iss=[ISSUER.iss])),
}


@pytest.mark.parametrize("raw", MISMATCHED.values(), ids=MISMATCHED.keys())
def test_a_key_vouches_for_its_own_issuer_only(raw: str) -> None:
    assert refusal(raw).reason is Reason.ISSUER_MISMATCH


def test_a_key_that_several_issuers_share_vouches_for_each_of_them() -> None:
    also = Issuer(OTHER.iss, key=ISSUER.key)
    raw = also.pack(CLAIMS | {"iss": OTHER.iss}).encode()
    genuine = shc.verify(raw, keyring=ring(ISSUER, also))
    assert (genuine.verified.issuer, genuine.key.issuer) == (OTHER.iss, OTHER.iss)


def test_a_key_without_an_issuer_is_taken_and_that_is_said() -> None:
    raw = ISSUER.pack(CLAIMS).encode()
    genuine = shc.verify(raw, keyring=ring(ISSUER, bare=True))
    assert genuine.key.issuer is None
    assert genuine.detail
    assert "does not say whose key" in genuine.detail


def test_a_key_without_an_issuer_adds_nothing_where_the_issuer_is_known() -> None:
    both = Keyring.of([*ring(ISSUER, bare=True).keys, *ring(ISSUER).keys])
    genuine = shc.verify(ISSUER.pack(CLAIMS).encode(), keyring=both)
    assert (genuine.key.issuer, genuine.detail) == (ISSUER.iss, None)


@pytest.mark.parametrize("iss", [None, 1, ["https://shc.example"]])
def test_a_card_without_a_readable_issuer_is_malformed_under_a_bare_key(iss: Any) -> None:
    raw = changed(lambda claims: claims.update(iss=iss))
    assert refusal(raw, keyring=ring(ISSUER, bare=True)).reason is Reason.MALFORMED


def test_a_key_of_another_format_never_verifies_a_card() -> None:
    keys = [key for key in RING.keys_of(PassFormat.SHC) if key.issuer == ISSUER.iss]
    (moved,) = [
        type(key)(
            key.kid, key.algorithm, key.public, key.issuer, formats=frozenset({PassFormat.NZCP})
        )
        for key in keys
    ]
    raw = ISSUER.pack(CLAIMS)
    assert refusal(raw, keyring=Keyring.of([moved])).reason is Reason.UNKNOWN_ISSUER


def test_a_changed_letter_breaks_the_signature() -> None:
    # The card of another holder, under the signature of this one.
    head, _, signature = JWS.split(b".")
    other = ISSUER.sign(zlib.compress(json.dumps(CLAIMS | {"nbf": 5}).encode(), wbits=-15))
    forged = b".".join((head, other.split(b".")[1], signature))
    assert refusal(numeric(forged)).reason is Reason.BAD_SIGNATURE

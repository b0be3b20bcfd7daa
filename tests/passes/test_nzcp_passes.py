"""NZ COVID Passes: what is genuine, what each wrong one is refused for, and in which order."""

import base64
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from scanner.passes import nzcp
from scanner.publish.nzcp import Issuer, text_of
from scanner.terms import Kind, PassFormat, Reason, Refused
from scanner.trust import Algorithm, Key, Keyring, read_revocations, read_trust

BEGINS: Final = datetime(2026, 5, 1, tzinfo=UTC)
ENDS: Final = datetime(2026, 12, 1, tzinfo=UTC)
TOKEN: Final = UUID("60a4f54d-4e30-4332-be33-ad78b1eafa4b")
PERSON: Final = {"givenName": "Ana", "familyName": "Tui", "dob": "1990-02-03"}
ISS, EXP, NBF, CTI = 1, 4, 5, 7
ALGORITHM, KID, ES256 = 1, 4, -7
# As base64, which is how key ids are printed.
KEY_1, KEY_2 = "a2V5LTE=", "a2V5LTI="

ISSUER: Final = Issuer()
KEYRING: Final = Keyring.of(read_trust(ISSUER.did_document()).keys)
VALID: Final = ISSUER.issue(PERSON, token=TOKEN, not_before=BEGINS, expires_at=ENDS).encode()


def claims(**changes: Any) -> dict[Any, Any]:
    """Give valid claims; `vc__NAME` and `subject__NAME` reach inside, None removes."""
    told = ISSUER.claims(PERSON, token=TOKEN, not_before=BEGINS, expires_at=ENDS)
    places = {"vc": told["vc"], "subject": told["vc"]["credentialSubject"]}
    names = {"iss": ISS, "exp": EXP, "nbf": NBF, "cti": CTI, "context": "@context"}
    for name, value in changes.items():
        place, _, inner = name.rpartition("__")
        members, member = places.get(place, told), names.get(inner, inner)
        if value is None:
            del members[member]
        else:
            members[member] = value
    return told


def signed(**changes: Any) -> bytes:
    return ISSUER.sign(cbor2.dumps(claims(**changes))).encode()


def headed(protected: object) -> bytes:
    header = protected if isinstance(protected, bytes) else cbor2.dumps(protected)
    return ISSUER.sign(cbor2.dumps(claims()), header=header).encode()


def message(raw: bytes = VALID) -> bytes:
    return nzcp.decode_base32(raw[len(nzcp.PREFIX) :])


def refusal(raw: bytes, *, keyring: Keyring = KEYRING) -> Refused:
    with pytest.raises(Refused) as refused:
        nzcp.verify(raw, keyring=keyring)
    return refused.value


def test_a_genuine_pass_says_who_issued_it_and_when_it_is_valid() -> None:
    genuine = nzcp.verify(VALID, keyring=KEYRING)
    verified = genuine.verified
    assert (verified.format, verified.kind) == (PassFormat.NZCP, Kind.VACCINATION)
    assert (verified.issuer, verified.key_id) == (ISSUER.did, KEY_1)
    assert (verified.issued_at, verified.not_before, verified.not_after) == (BEGINS, BEGINS, ENDS)
    assert verified.ids == (f"vc-id:urn:uuid:{TOKEN}",)
    assert verified.claims == {
        "iss": ISSUER.did,
        "nbf": int(BEGINS.timestamp()),
        "exp": int(ENDS.timestamp()),
        "jti": f"urn:uuid:{TOKEN}",
        "vc": {
            "@context": [
                "https://www.w3.org/2018/credentials/v1",
                "https://nzcp.covid19.health.nz/contexts/v1",
            ],
            "version": "1.0.0",
            "type": ["VerifiableCredential", "PublicCovidPass"],
            "credentialSubject": PERSON,
        },
    }
    assert genuine.key is KEYRING.keys[0]


def test_the_family_name_may_be_absent_and_other_members_are_not_told() -> None:
    told = nzcp.verify(signed(subject__familyName=None, vc__other=b"x"), keyring=KEYRING).verified
    assert told.claims["vc"]["credentialSubject"] == {"givenName": "Ana", "dob": "1990-02-03"}
    assert "other" not in told.claims["vc"]


def test_a_key_id_may_be_bytes_or_text() -> None:
    for kid in (b"key-1", "key-1"):
        raw = headed({KID: kid, ALGORITHM: ES256})
        assert nzcp.verify(raw, keyring=KEYRING).verified.key_id == KEY_1


@pytest.mark.parametrize("kid", ["key-1", "z12Kf7UQ", "k" * 64])
def test_the_key_id_that_is_printed_is_the_one_that_lists_of_what_is_revoked_take(kid: str) -> None:
    issuer = Issuer(kid=kid)
    keyring = Keyring.of(read_trust(issuer.did_document()).keys)
    raw = issuer.issue(PERSON, token=TOKEN, not_before=BEGINS, expires_at=ENDS).encode()
    genuine = nzcp.verify(raw, keyring=keyring)
    printed = genuine.verified.key_id
    for line in (f"kid:{printed}", f"window:{printed}:2026-01-01T00:00:00Z/2027-01-01T00:00:00Z"):
        revoked = read_revocations(line.encode())
        assert revoked.entry_for(genuine.verified, kids=[genuine.key.kid]) is not None


def in_text(change: bytes) -> bytes:
    return VALID[:40] + change + VALID[41:]


TAGGED: Final = message()
MALFORMED: Final = {
    "no text": nzcp.PREFIX,
    "lower case": nzcp.PREFIX + VALID[len(nzcp.PREFIX) :].lower(),
    "padding": VALID + b"=",
    "a digit that base32 has not": in_text(b"1"),
    "an underscore, which Python reads over": in_text(b"_"),
    "a blank at the end": VALID + b" ",
    "a blank at the start": nzcp.PREFIX + b" " + VALID[len(nzcp.PREFIX) :],
    "a sign": nzcp.PREFIX + b"+" + VALID[len(nzcp.PREFIX) :],
    "a letter beyond ASCII": in_text("Å".encode()),
    "one character to spare": VALID + b"A",
    "no COSE tag": text_of(TAGGED[1:]).encode(),
    "a CWT tag around the COSE tag": text_of(b"\xd8\x3d" + TAGGED).encode(),
    "another tag": text_of(b"\xd1" + TAGGED[1:]).encode(),
    "a byte after the message": text_of(TAGGED + b"\0").encode(),
    "a message cut short": text_of(TAGGED[:-1]).encode(),
    "an empty signed header": headed(b""),
    "no key id in the signed header": headed({ALGORITHM: ES256}),
    "no algorithm in the signed header": headed({KID: b"key-1"}),
    "an empty key id": headed({KID: b"", ALGORITHM: ES256}),
    "a key id too long": headed({KID: b"k" * 65, ALGORITHM: ES256}),
    "a number as key id": headed({KID: 1, ALGORITHM: ES256}),
    "claims that are no map": ISSUER.sign(cbor2.dumps([1])).encode(),
    "claims that are no CBOR": ISSUER.sign(b"\xff").encode(),
    "claims with a tag inside": ISSUER.sign(
        cbor2.dumps(claims(subject__dob=cbor2.CBORTag(0, "1990-02-03")))
    ).encode(),
    "no issuer": signed(iss=None),
    "an issuer that is a number": signed(iss=1),
    "an issuer of another DID method": signed(iss="did:key:z6Mk"),
    "no id": signed(cti=None),
    "an id that is text": signed(cti=str(TOKEN)),
    "an id of fifteen bytes": signed(cti=TOKEN.bytes[1:]),
    "no expiry": signed(exp=None),
    "no beginning": signed(nbf=None),
    "an expiry with a fraction": signed(exp=1.5),
    "an expiry that is true": signed(exp=True),
    "an expiry beyond the calendar": signed(exp=1 << 40),
    "no credential": signed(vc=None),
    "a credential that is a list": signed(vc=[]),
    "no context": signed(vc__context=None),
    "another context first": signed(vc__context=["https://example.nz"]),
    "a context that is text": signed(vc__context="https://www.w3.org/2018/credentials/v1"),
    "a context with a number": signed(vc__context=["https://www.w3.org/2018/credentials/v1", 1]),
    "no type": signed(vc__type=None),
    "a type that is no credential": signed(vc__type=["PublicCovidPass"]),
    "no subject": signed(vc__credentialSubject=None),
    "a subject that is a list": signed(vc__credentialSubject=[PERSON]),
    "no given name": signed(subject__givenName=None),
    "an empty given name": signed(subject__givenName=""),
    "a given name that is a number": signed(subject__givenName=7),
    "a family name in a list": signed(subject__familyName=["Tui"]),
    "a name of 101 characters": signed(subject__givenName="a" * 101),
    "no birthday": signed(subject__dob=None),
    "a birthday without its day": signed(subject__dob="1990-02"),
}  # fmt: skip


@pytest.mark.parametrize("raw", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_not_as_specified_is_malformed(raw: bytes) -> None:
    assert refusal(raw).reason is Reason.MALFORMED


def test_base32_has_one_writing_for_some_bytes() -> None:
    for size in range(1, 12):
        data = bytes(range(200, 200 + size))
        text = base64.b32encode(data).rstrip(b"=")
        assert nzcp.decode_base32(text) == data
        spare = 5 * len(text) % 8
        last = nzcp.ALPHABET.index(text[-1])
        for bits in range(1, 1 << spare):
            other = text[:-1] + nzcp.ALPHABET[last | bits : (last | bits) + 1]
            with pytest.raises(Refused):
                nzcp.decode_base32(other)


def test_no_bytes_are_written_in_one_three_or_six_characters_to_spare() -> None:
    for size in (1, 3, 6, 9, 11, 14):
        with pytest.raises(Refused):
            nzcp.decode_base32(b"A" * size)


UNSUPPORTED: Final = {
    "version 2 of the wire": b"NZCP:/2/" + VALID[len(nzcp.PREFIX) :],
    "version 10 of the wire": b"NZCP:/10/" + VALID[len(nzcp.PREFIX) :],
    "another type of credential": signed(vc__type=["VerifiableCredential", "DomesticPass"]),
    "a type more": signed(vc__type=["VerifiableCredential", "PublicCovidPass", "Other"]),
    "another version of the credential": signed(vc__version="1.0.1"),
    "no version of the credential": signed(vc__version=None),
}


@pytest.mark.parametrize("raw", UNSUPPORTED.values(), ids=UNSUPPORTED.keys())
def test_another_version_is_not_verified_here(raw: bytes) -> None:
    assert refusal(raw).reason is Reason.UNSUPPORTED


def test_a_text_longer_than_any_code_is_too_large() -> None:
    assert refusal(nzcp.PREFIX + b"A" * 4289).reason is Reason.TOO_LARGE
    assert refusal(nzcp.PREFIX + b"A" * 4288).reason is Reason.MALFORMED


def test_a_key_that_nobody_listed_is_an_unknown_issuer() -> None:
    for stranger in (Issuer(kid="key-2"), Issuer("did:web:elsewhere.example", kid="key-2")):
        raw = stranger.sign(cbor2.dumps(claims(iss=stranger.did))).encode()
        refused = refusal(raw)
        assert (refused.reason, refused.key_id) == (Reason.UNKNOWN_ISSUER, KEY_2)


def test_a_key_signs_for_its_own_issuer_only() -> None:
    raw = signed(iss="did:web:elsewhere.example")
    refused = refusal(raw)
    assert (refused.reason, refused.key_id) == (Reason.ISSUER_MISMATCH, KEY_1)


def test_two_issuers_may_use_the_same_key_id() -> None:
    other = Issuer("did:web:elsewhere.example")
    both = Keyring.of([*read_trust(other.did_document()).keys, *KEYRING.keys])
    raw = other.sign(cbor2.dumps(claims(iss=other.did))).encode()
    assert nzcp.verify(raw, keyring=both).verified.issuer == other.did
    assert nzcp.verify(VALID, keyring=both).verified.issuer == ISSUER.did


def test_every_key_of_an_issuer_under_one_id_is_tried() -> None:
    old, new = Issuer(), Issuer()
    both = Keyring.of([key for one in (old, new) for key in read_trust(one.did_document()).keys])
    issue = partial(Issuer.issue, token=TOKEN, not_before=BEGINS, expires_at=ENDS)
    for one in (old, new):
        nzcp.verify(issue(one, PERSON).encode(), keyring=both)
    assert refusal(VALID, keyring=both).reason is Reason.BAD_SIGNATURE


def test_a_key_of_another_format_does_not_count() -> None:
    (key,) = KEYRING.keys
    other = Key(key.kid, key.algorithm, key.public, key.issuer, formats=frozenset({PassFormat.SHC}))
    assert refusal(VALID, keyring=Keyring.of([other])).reason is Reason.UNKNOWN_ISSUER


@pytest.mark.parametrize("algorithm", [-35, -37, -8, 7, "ES256", None, -7.0, [-7]])
def test_another_algorithm_than_es256_is_wrong(algorithm: object) -> None:
    raw = headed({KID: b"key-1", ALGORITHM: algorithm})
    assert refusal(raw).reason is Reason.WRONG_ALGORITHM


def test_a_key_of_another_type_does_not_sign_passes() -> None:
    public = rsa.generate_private_key(65537, 2048).public_key()
    formats = frozenset({PassFormat.NZCP})
    key = Key(b"key-1", Algorithm.PS256, public, ISSUER.did, formats=formats)
    assert refusal(VALID, keyring=Keyring.of([key])).reason is Reason.WRONG_ALGORITHM


def test_a_changed_payload_or_signature_is_a_bad_signature() -> None:
    cut = message(VALID)
    for changed in (cut.replace(b"Ana", b"Ane"), cut[:-1] + bytes([cut[-1] ^ 1])):
        refused = refusal(text_of(changed).encode())
        assert (refused.reason, refused.key_id) == (Reason.BAD_SIGNATURE, KEY_1)

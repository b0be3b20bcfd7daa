"""A credential of a listed issuer is read as it was signed; anything else is refused."""

from datetime import UTC, datetime
from typing import Any

import pytest

from scanner.passes import infradid
from scanner.passes.jws import MAX_JWS_BYTES
from scanner.publish.infradid import Signer, base64url
from scanner.terms import Kind, PassFormat, Reason, Refused
from scanner.trust import Algorithm, Key, Keyring
from scanner.trust.dids import read_dids

ISSUER, OTHER, STRANGER, HOLDER = (make() for make in (
    Signer.es256k, Signer.es256, Signer.es256k, Signer.es256k,
))  # fmt: skip
KEYRING = Keyring.of(read_dids(f"{ISSUER.did}\n{OTHER.did}".encode()).keys)
SUBJECT = {"date": "2021-10-01", "dose": 2, "doses": 2}
DATES = {"nbf": 1_633_046_400.25, "exp": 1_733_046_400}
JTI = "urn:uuid:9d0a3d5c-0000-4000-8000-000000000000"
VALID = ISSUER.credential(
    "VaccinationCredential", subject=SUBJECT, holder=HOLDER.did, jti=JTI, **DATES
)
SIGNERS = {"ES256K": ISSUER, "ES256": OTHER}


def refused(text: str, *, keyring: Keyring = KEYRING) -> Refused:
    with pytest.raises(Refused) as caught:
        infradid.verify(text.encode(), keyring=keyring)
    return caught.value


def claims(**changes: Any) -> dict[str, Any]:
    """Give the claims of a credential; those that are None are left out."""
    vc = {"type": ["VerifiableCredential", "TestCredential"], "credentialSubject": {}}
    told = {"vc": vc, "sub": HOLDER.did, "iss": ISSUER.did, **DATES, **changes}
    return {name: value for name, value in told.items() if value is not None}


def signed(**changes: Any) -> str:
    return ISSUER.sign(claims(**changes))


@pytest.mark.parametrize("name", SIGNERS)
def test_a_credential_says_what_was_signed(name: str) -> None:
    signer = SIGNERS[name]
    text = signer.credential(
        "VaccinationCredential", subject=SUBJECT, holder=HOLDER.did, jti=JTI, **DATES
    )
    genuine = infradid.verify(text.encode(), keyring=KEYRING)
    verified = genuine.verified
    assert (verified.format, verified.kind) == (PassFormat.INFRADID, Kind.VACCINATION)
    assert (verified.issuer, verified.key_id) == (signer.did, signer.did)
    assert verified.ids == (f"vc-id:{JTI}",)
    assert verified.not_before == datetime(2021, 10, 1, 0, 0, 0, 250_000, tzinfo=UTC)
    assert verified.issued_at == verified.not_before
    assert verified.not_after == datetime(2024, 12, 1, 9, 46, 40, tzinfo=UTC)
    assert verified.claims["holder"] == HOLDER.did
    assert verified.claims["presented"] is False
    (credential,) = verified.claims["credentials"]
    assert credential["vc"]["credentialSubject"] == SUBJECT
    assert genuine.key.algorithm is Algorithm[name]
    assert genuine.key_is_named
    assert not genuine.is_presented


KINDS: dict[str, tuple[object, Kind | None]] = {
    "vaccination": (["VerifiableCredential", "VaccinationCredential"], Kind.VACCINATION),
    "test": (["VerifiableCredential", "TestCredential"], Kind.TEST),
    "recovery": (["RecoveryCredential", "VerifiableCredential"], Kind.RECOVERY),
    "exemption, as a text": ("ExemptionCredential", Kind.EXEMPTION),
    "twice the same": (["TestCredential", "TestCredential"], Kind.TEST),
    "another type": (["VerifiableCredential", "PersonCredential"], None),
    "no text": (["VerifiableCredential", 7, None, ["TestCredential"]], None),
    "none": (None, None),
}


@pytest.mark.parametrize(("types", "kind"), KINDS.values(), ids=KINDS.keys())
def test_its_type_is_its_kind(types: object, kind: Kind | None) -> None:
    text = signed(vc={"type": types, "credentialSubject": {}})
    assert infradid.verify(text.encode(), keyring=KEYRING).verified.kind is kind


def test_a_credential_may_be_without_dates_and_handles() -> None:
    text = signed(nbf=None, exp=None, sub=None)
    verified = infradid.verify(text.encode(), keyring=KEYRING).verified
    assert (verified.not_before, verified.not_after, verified.issued_at) == (None, None, None)
    assert verified.ids == ()
    assert verified.claims["holder"] is None


def test_all_its_handles_may_be_listed() -> None:
    text = signed(jti="urn:a", vc={"type": "TestCredential", "id": "did:infra:01:b"})
    verified = infradid.verify(text.encode(), keyring=KEYRING).verified
    assert verified.ids == ("vc-id:urn:a", "vc-id:did:infra:01:b")
    same = signed(jti="urn:a", vc={"type": "TestCredential", "id": "urn:a"})
    assert infradid.verify(same.encode(), keyring=KEYRING).verified.ids == ("vc-id:urn:a",)


def test_dates_inside_the_credential_bind_as_well() -> None:
    inside = {"issuanceDate": "2021-10-02T00:00:00Z", "expirationDate": "2022-04-01T00:00:00+09:00"}
    verified = infradid.verify(signed(vc=inside).encode(), keyring=KEYRING).verified
    assert verified.not_before == datetime(2021, 10, 2, tzinfo=UTC)
    assert verified.not_after == datetime(2022, 3, 31, 15, tzinfo=UTC)
    alone = infradid.verify(signed(vc=inside, nbf=None, exp=None).encode(), keyring=KEYRING)
    assert alone.verified.not_after == verified.not_after


MALFORMED: dict[str, dict[str, Any]] = {
    "no credential": {"vc": None},
    "a credential that is a text": {"vc": "x"},
    "two kinds": {"vc": {"type": ["TestCredential", "VaccinationCredential"]}},
    "no issuer": {"iss": None},
    "an issuer that is an object": {"iss": {"id": ISSUER.did}},
    "an empty issuer": {"iss": ""},
    "an issuer with a control character": {"iss": "did:infra:\x1b[2J"},
    "an issuer of a book's length": {"iss": "x" * 257},
    "a subject that is no text": {"sub": 7},
    "a handle that is no text": {"jti": 7},
    "an id that is no text": {"vc": {"id": {}}},
    "nbf as a text": {"nbf": "1633046400"},
    "nbf as a truth": {"nbf": True},
    "exp beyond the calendar": {"exp": 1e300},
    "exp before the calendar": {"exp": -(10**15)},
    "exp as a list": {"exp": [1]},
    "an expiry date without an offset": {"vc": {"expirationDate": "2022-04-01"}},
    "an expiry date that is a number": {"vc": {"expirationDate": 1_733_046_400}},
    "an issue date that is none": {"vc": {"issuanceDate": "2022-02-30T00:00:00Z"}},
}


@pytest.mark.parametrize("changes", MALFORMED.values(), ids=MALFORMED.keys())
def test_signed_claims_that_are_no_credential_are_malformed(changes: dict[str, Any]) -> None:
    assert refused(signed(**changes)).reason is Reason.MALFORMED


TOKENS = {
    "nothing": "",
    "two parts": VALID.rpartition(".")[0],
    "four parts": VALID + ".",
    "padding": VALID + "==",
    "a line end": VALID + "\n",
    "a part in base64": VALID.replace("eyJ", "ey+"),
    "no JSON": ISSUER.sign(b"vc"),
    "an array": ISSUER.sign(b'["vc"]'),
    "a name twice": ISSUER.sign(b'{"vc":{},"vc":{}}'),
    "a name twice, deep inside": ISSUER.sign(b'{"vc":{"type":{"a":1,"a":2}}}'),
    "not a number": ISSUER.sign(b'{"vc":{},"exp":NaN}'),
    "a header that asks for more": ISSUER.sign(claims(), crit=["b64"], b64=False),
    "a header without its algorithm": ISSUER.sign(claims(), alg=None),
}


@pytest.mark.parametrize("text", TOKENS.values(), ids=TOKENS.keys())
def test_a_broken_token_is_malformed(text: str) -> None:
    assert refused(text).reason is Reason.MALFORMED


def test_too_long_a_token_is_too_large() -> None:
    assert refused(VALID + "A" * MAX_JWS_BYTES).reason is Reason.TOO_LARGE


def test_an_issuer_who_is_not_listed_is_unknown() -> None:
    for keyring in (Keyring(), Keyring.of(read_dids(OTHER.did.encode()).keys)):
        caught = refused(VALID, keyring=keyring)
        assert (caught.reason, caught.key_id) == (Reason.UNKNOWN_ISSUER, ISSUER.did)
    assert refused(signed(iss="https://example.org")).reason is Reason.UNKNOWN_ISSUER


def test_a_key_inside_the_credential_vouches_for_nothing() -> None:
    text = STRANGER.sign(claims(), jwk={"kty": "EC"}, kid=f"{STRANGER.did}#1")
    caught = refused(text)
    assert (caught.reason, caught.key_id) == (Reason.BAD_SIGNATURE, ISSUER.did)


def test_a_key_for_another_format_signs_no_credentials() -> None:
    (key,) = read_dids(ISSUER.did.encode()).keys
    other = Key(key.kid, key.algorithm, key.public, formats=frozenset({PassFormat.SHC}))
    assert refused(VALID, keyring=Keyring.of([other])).reason is Reason.UNKNOWN_ISSUER


def test_changed_claims_have_a_bad_signature() -> None:
    header, _, signature = VALID.split(".")
    other = signed().split(".")[1]
    assert refused(f"{header}.{other}.{signature}").reason is Reason.BAD_SIGNATURE


def token(payload: bytes, *, header: bytes = b'{"alg":"ES256K"}', signature: str = "AA") -> str:
    return f"{base64url(header)}.{base64url(payload)}.{signature}"


LIKELY = {
    "a credential": VALID,
    "a presentation": HOLDER.presentation([VALID], at_s=1),
    "one without a signature": token(b'{"vc":{}}', signature=""),
    "blanks around the colon": token(b'{"a":1,"vp" : {}}'),
    "a broken one": token(b'{"vc":'),
}
UNLIKELY = {
    "nothing": "",
    "dots": "..",
    "a URL": "https://example.com/eyJ.eyJ.AA",
    "an access token": token(b'{"iss":"SKTPASS","sub":"x"}'),
    "a word that looks so": token(b'{"scope":"vc vp"}'),
    "a longer name": token(b'{"vct":"x"}'),
    "no algorithm": token(b'{"vc":{}}', header=b'{"typ":"JWT"}'),
    "a part in another writing": token(b'{"vc":{}}').replace(".AA", ".A="),
    "a payload of broken base64url": "eyJhbGciOiJFUzI1NksifQ.eyJ2YyI6e31.AA",
    "a header of broken base64url": "eyJhb.eyJ2YyI6e319.AA",
    "four parts": VALID + ".AA",
    "a line end": VALID + "\n",
    "a megabyte": token(b'{"vc":"' + b"x" * 1_000_000),
}


@pytest.mark.parametrize("text", LIKELY.values(), ids=LIKELY.keys())
def test_what_claims_to_be_a_credential_is_recognised(text: str) -> None:
    assert infradid.looks_like(text.encode())


@pytest.mark.parametrize("text", UNLIKELY.values(), ids=UNLIKELY.keys())
def test_nothing_else_is_taken_for_a_credential(text: str) -> None:
    assert not infradid.looks_like(text.encode())

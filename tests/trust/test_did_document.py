"""DID documents: an issuer's own keys, the list of the WHO, and what is wrong with others."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from scanner.publish.dsc import Purpose, Subject, self_signed
from scanner.publish.nzcp import Issuer
from scanner.terms import InputError, Kind, PassFormat
from scanner.trust import Algorithm, TrustFile, base64url, read_trust
from scanner.trust.certificate import kid_of
from scanner.trust.did_document import reading_did_document
from scanner.trust.lists import Pairs

BEGINS: Final = datetime(2026, 1, 1, tzinfo=UTC)
ENDS: Final = datetime(2027, 1, 1, tzinfo=UTC)
ISSUER: Final = Issuer("did:web:passes.example", kid="key-1")
DOCUMENT: Final[dict[str, Any]] = json.loads(ISSUER.did_document())
(METHOD,) = DOCUMENT["verificationMethod"]
JWK: Final[dict[str, Any]] = METHOD["publicKeyJwk"]
OTHER: Final[dict[str, Any]] = json.loads(Issuer(kid="key-2").did_document())

WHO: Final = "did:web:trust.example:trustlist"
EC, RSA = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)
SUBJECT: Final = Subject(
    country="AT", not_before=BEGINS, not_after=ENDS, purposes=[Purpose.VACCINATION]
)
DER: Final = self_signed(EC, subject=SUBJECT)


def read(document: object) -> TrustFile:
    return read_trust(json.dumps(document).encode())


def issuer(*, method: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """Give the issuer's document with some members changed; None removes."""
    told = DOCUMENT | changes
    if method is not None:
        told["verificationMethod"] = [METHOD | method]
    return {name: value for name, value in told.items() if value is not None}


def test_a_key_listed_for_assertions_signs_the_passes_of_its_issuer() -> None:
    found = read(DOCUMENT)
    (key,) = found.keys
    assert (key.kid, key.issuer, key.algorithm) == (b"key-1", ISSUER.did, Algorithm.ES256)
    assert key.formats == {PassFormat.NZCP}
    assert (key.not_before, key.not_after, key.purposes) == (None, None, frozenset())
    assert (found.notes, found.anchors) == ((), ())


LEFT_OUT: Final = {
    "not listed for assertions": issuer(method={"id": f"{ISSUER.did}#key-9"}),
    "listed by a part of its name": issuer(
        method={"id": "#key-9"}, assertionMethod=["key-9", f"{ISSUER.did}#key-9"]
    ),
    "relative, and listed so": issuer(method={"id": "#key-9"}, assertionMethod=["#key-9"]),
    "of another DID": issuer(
        method={"id": "did:web:b.example#key-9"}, assertionMethod=["did:web:b.example#key-9"]
    ),
    "without an id behind the hash": issuer(
        method={"id": f"{ISSUER.did}#"}, assertionMethod=[f"{ISSUER.did}#"]
    ),
    "with a blank in its id": issuer(
        method={"id": f"{ISSUER.did}#a b"}, assertionMethod=[f"{ISSUER.did}#a b"]
    ),
    "with an id of 65 characters": issuer(
        method={"id": f"{ISSUER.did}#{'k' * 65}"}, assertionMethod=[f"{ISSUER.did}#{'k' * 65}"]
    ),
    "of another type": issuer(method={"type": "Ed25519VerificationKey2020"}),
    "of another curve": issuer(method={"publicKeyJwk": JWK | {"crv": "P-384"}}),
    "of another kind": issuer(method={"publicKeyJwk": JWK | {"kty": "OKP"}}),
    "without a JWK": issuer(method={"publicKeyJwk": None}),
    "with a JWK that is text": issuer(method={"publicKeyJwk": "x"}),
    "without a coordinate": issuer(method={"publicKeyJwk": {**JWK, "y": None}}),
    "with a coordinate that is no base64url": issuer(method={"publicKeyJwk": JWK | {"y": "+/=="}}),
    "off the curve": issuer(method={"publicKeyJwk": JWK | {"y": JWK["x"]}}),
    "with a number of 2 kB": issuer(method={"publicKeyJwk": JWK | {"y": "A" * 2800}}),
    "in a document that lists no name": issuer(assertionMethod=[]),
    "in a document that lists a word": issuer(assertionMethod=METHOD["id"]),
    "in a document that lists objects": issuer(assertionMethod=[{"id": METHOD["id"]}]),
}


@pytest.mark.parametrize("document", LEFT_OUT.values(), ids=LEFT_OUT.keys())
def test_a_key_that_cannot_be_used_is_a_note_and_a_document_of_such_is_refused(
    document: dict[str, Any],
) -> None:
    with pytest.raises(InputError, match="without one usable key"):
        read(document)
    beside = document | {
        "verificationMethod": document["verificationMethod"] + OTHER["verificationMethod"],
        "assertionMethod": [*document["assertionMethod"], *OTHER["assertionMethod"]],
    }
    found = read(beside)
    assert [key.kid for key in found.keys] == [b"key-2"]
    (note,) = found.notes
    assert "is left out" in note
    assert "\n" not in note


REFUSED: Final[dict[str, tuple[Any, str]]] = {
    "a private key": (issuer(method={"publicKeyJwk": JWK | {"d": "AA"}}), "PRIVATE"),
    "a secret key": (issuer(method={"publicKeyJwk": {"kty": "oct", "k": "AA"}}), "PRIVATE"),
    "a private key that nothing asserts": (
        issuer(verificationMethod=[METHOD, {"id": "x", "publicKeyJwk": {"d": "AA"}}]), "PRIVATE",
    ),
    "one name for two keys": (
        issuer(verificationMethod=[METHOD, METHOD | {"publicKeyJwk": {}}]), "the same id",
    ),
    "keys by reference": (issuer(verificationMethod=[METHOD["id"]]), "only refers"),
    "keys that are no list": (issuer(verificationMethod={"a": METHOD}), "no list"),
    "keys that are text": (issuer(verificationMethod="x"), "no list"),
    "no keys": (issuer(verificationMethod=[]), "it is empty"),
    "no id": (issuer(id=None), "no did:web"),
    "an id of another method": (issuer(id="did:key:z6Mk"), "no did:web"),
    "an id that is a number": (issuer(id=7), "no did:web"),
}  # fmt: skip


@pytest.mark.parametrize(("document", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_a_document_that_cannot_be_trusted_is_refused_in_one_line(
    document: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match=words) as refused:
        read(document)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("before", "twin"),
    [
        ('"kty"', '"kty": "RSA"'),
        ('"kty"', '"x": "AA"'),
        ('"controller"', '"id": "x"'),
        ('"verificationMethod"', '"assertionMethod": []'),
    ],
)
def test_a_name_that_stands_twice_is_refused(before: str, twin: str) -> None:
    text = json.dumps(DOCUMENT)
    with pytest.raises(InputError, match="twice"):
        read_trust(text.replace(before, f"{twin}, {before}").encode())


def listed(jwk: dict[str, Any], *, kid: str | None = None, **more: Any) -> dict[str, Any]:
    """Give one entry of a list like the WHO's."""
    name = base64.b64encode(kid_of(DER)).decode() if kid is None else kid
    method = {"id": f"{WHO}:aut#{name}", "type": "JsonWebKey2020", "controller": f"{WHO}:aut"}
    return {**method, "publicKeyJwk": jwk, **more}


def trust_list(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"id": WHO, "controller": WHO, "verificationMethod": list(entries)}


def x5c(der: bytes = DER) -> dict[str, Any]:
    chain = [base64.b64encode(der).decode(), "the authority's, which nobody reads"]
    return {"kty": "EC", "crv": "P-256", "x5c": chain}


def whole(value: int, *, size: int = 32) -> str:
    return base64url.encode(value.to_bytes(size, "big")).decode()


def ec_jwk(**sizes: int) -> dict[str, str]:
    numbers = EC.public_key().public_numbers()
    x, y = whole(numbers.x, **sizes), whole(numbers.y, **sizes)
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def rsa_jwk() -> dict[str, str]:
    numbers = RSA.public_key().public_numbers()
    return {"kty": "RSA", "e": whole(numbers.e, size=3), "n": whole(numbers.n, size=256)}


def test_the_certificate_in_a_list_says_dates_purposes_and_country() -> None:
    found = read(trust_list(listed(x5c())))
    (key,) = found.keys
    assert (key.kid, key.issuer, key.algorithm) == (kid_of(DER), "AT", Algorithm.ES256)
    assert (key.not_before, key.not_after) == (BEGINS, ENDS)
    assert key.purposes == {Kind.VACCINATION}
    assert key.formats == {PassFormat.DCC}
    assert found.notes == ()


def test_a_key_without_a_certificate_has_neither_dates_nor_purposes() -> None:
    kid = base64.b64encode(b"8 bytes!").decode()
    for jwk, algorithm in (
        (ec_jwk(), Algorithm.ES256),
        (ec_jwk(size=33), Algorithm.ES256),
        ({**ec_jwk(), "x": ec_jwk()["x"] + "=", "x5c": []}, Algorithm.ES256),
        (rsa_jwk(), Algorithm.PS256),
    ):
        (key,) = read(trust_list(listed(jwk, kid=kid))).keys
        assert (key.kid, key.algorithm, key.issuer) == (b"8 bytes!", algorithm, None)
        assert (key.not_before, key.not_after, key.purposes) == (None, None, frozenset())
        assert key.formats == {PassFormat.DCC}


KID: Final = bytes.fromhex("fbfffefb00ff1122")
PLAIN: Final = base64.b64encode(KID).decode()
KID_WRITINGS: Final = {
    "base64": PLAIN,
    "base64url": base64.urlsafe_b64encode(KID).decode(),
    "escaped": PLAIN.replace("+", "%2B").replace("/", "%2f").replace("=", "%3D"),
}


@pytest.mark.parametrize("kid", KID_WRITINGS.values(), ids=KID_WRITINGS.keys())
def test_a_kid_in_a_list_may_be_written_in_three_ways(kid: str) -> None:
    assert "+" in PLAIN
    assert "/" in PLAIN
    (key,) = read(trust_list(listed(ec_jwk(), kid=kid))).keys
    assert key.kid == KID


UNUSABLE: Final[dict[str, Callable[[], dict[str, Any]]]] = {
    "a kid of seven bytes": lambda: listed(x5c(), kid=base64.b64encode(b"7 bytes").decode()),
    "a kid that is no base64": lambda: listed(x5c(), kid="key-1"),
    "no kid": lambda: listed(x5c()) | {"id": WHO},
    "no id": lambda: {"publicKeyJwk": x5c()},
    "a certificate that is no base64": lambda: listed({"x5c": ["*"]}),
    "a certificate that is a number": lambda: listed({"x5c": [7]}),
    "certificates in an object": lambda: listed({"x5c": {"a": "b"}}),
    "a certificate that is none": lambda: listed({"x5c": ["AAAA"]}),
    "a curve that is not signed on": lambda: listed(ec_jwk() | {"crv": "UNKNOWN CURVE"}),
    "an RSA key too short": lambda: listed(rsa_jwk() | {"n": whole((1 << 1023) + 1, size=128)}),
    "an RSA key with an even exponent": lambda: listed(rsa_jwk() | {"e": "Ag"}),
    "an RSA key without its modulus": lambda: listed(rsa_jwk() | {"n": None}),
}


@pytest.mark.parametrize("make", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_an_entry_that_cannot_be_used_is_a_note_and_a_list_of_such_is_refused(
    make: Callable[[], dict[str, Any]],
) -> None:
    with pytest.raises(InputError, match="without one usable key"):
        read(trust_list(make()))
    found = read(trust_list(make(), listed(ec_jwk(), kid=PLAIN)))
    assert [key.kid for key in found.keys] == [KID]
    (note,) = found.notes
    assert "is left out" in note


def test_a_list_is_read_one_key_at_a_time() -> None:
    entries = [listed(ec_jwk(), kid=base64.b64encode(bytes([n] * 8)).decode()) for n in range(5)]
    content = json.dumps(trust_list(*entries))
    reading = reading_did_document(json.loads(content, object_pairs_hook=Pairs))
    assert sum(1 for _ in reading) == 5


def test_keys_of_authorities_in_a_list_sign_no_passes() -> None:
    entries = [
        listed(ec_jwk(), kid=kid, keyusage=usage)
        for kid, usage in (
            (PLAIN, {"code": "#DSC"}),
            ("AAAAAAAAAAA=", {"code": "#CSCA"}),
            ("AAAAAAAAAAE=", "#DECA"),
        )
    ]
    found = read(trust_list(*entries))
    assert [key.kid for key in found.keys] == [KID]
    assert found.notes == ("2 keys of authorities are left out: they sign no passes",)

"""Compact JWS: one writing, no wish that is not understood, and the key decides the algorithm."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from scanner.passes import jws
from scanner.passes.jws import MAX_HEADER_BYTES, MAX_JWS_BYTES
from scanner.publish import shc
from scanner.terms import PassFormat, Reason, Refused
from scanner.trust import Algorithm, Key, base64url

ISSUER, STRANGER = shc.Issuer("https://a.example"), shc.Issuer("https://b.example")
GOOD = ISSUER.sign(b"payload")
HEADER, PAYLOAD, SIGNATURE = GOOD.split(b".")


def headed(header: object) -> bytes:
    packed = header if isinstance(header, bytes) else json.dumps(header).encode()
    return base64url.encode(packed) + b"." + PAYLOAD + b"." + SIGNATURE


def key_of(issuer: shc.Issuer) -> Key:
    shc_only = frozenset({PassFormat.SHC})
    return Key(b"kid", Algorithm.ES256, issuer.key.public_key(), formats=shc_only)


def test_a_jws_is_taken_apart() -> None:
    message = jws.parse(GOOD)
    assert dict(message.header) == {"zip": "DEF", "alg": "ES256", "kid": ISSUER.kid}
    assert message.payload == b"payload"
    assert len(message.signature) == 64
    assert message.signing_input == HEADER + b"." + PAYLOAD


def test_the_header_cannot_be_changed_for_the_next_pass() -> None:
    header: Any = jws.parse(GOOD).header
    with pytest.raises(TypeError):
        header["alg"] = "none"


def test_a_payload_and_a_signature_may_be_empty() -> None:
    message = jws.parse(HEADER + b"..")
    assert (message.payload, message.signature, message.signing_input) == (b"", b"", HEADER + b".")


MALFORMED: dict[str, bytes] = {
    "nothing": b"",
    "two parts": HEADER + b"." + PAYLOAD,
    "four parts": GOOD + b".",
    "five parts, as encrypted ones have": GOOD + b"..",
    "no header": b"." + PAYLOAD + b"." + SIGNATURE,
    "a header that is no object": headed(b"[]"),
    "a header that is no JSON": headed(b"alg"),
    "a header in which alg stands twice": headed(b'{"alg":"none","alg":"ES256"}'),
    "a header without alg": headed({"kid": "a"}),
    "an alg that is null": headed({"alg": None}),
    "an alg that is a number": headed({"alg": -7}),
    "an alg that is a list": headed({"alg": ["ES256"]}),
    "crit": headed({"alg": "ES256", "crit": ["exp"], "exp": 1}),
    "an empty crit": headed({"alg": "ES256", "crit": []}),
    "crit that is null": headed({"alg": "ES256", "crit": None}),
    "a header that is too long": headed({"alg": "ES256", "x": "a" * MAX_HEADER_BYTES}),
    "padding": HEADER + b"." + PAYLOAD + b"=." + SIGNATURE,
    "padding of the signature": GOOD + b"==",
    "a blank before": b" " + GOOD,
    "a line end behind": GOOD + b"\n",
    "a blank inside": GOOD[:40] + b" " + GOOD[40:],
    "plus": HEADER + b".+AAA." + SIGNATURE,
    "slash": HEADER + b"./AAA." + SIGNATURE,
    "a byte beyond ASCII": HEADER + b".\xffAAA." + SIGNATURE,
    "a nul byte": HEADER + b".\x00AAA." + SIGNATURE,
    "one character alone": HEADER + b".A." + SIGNATURE,
    "five characters": HEADER + b".AAAAA." + SIGNATURE,
    "bits behind the last byte": HEADER + b".AB." + SIGNATURE,
    "bits behind the last of two bytes": HEADER + b".AAB." + SIGNATURE,
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_no_jws_to_the_letter_is_malformed(text: bytes) -> None:
    with pytest.raises(Refused) as refused:
        jws.parse(text)
    assert refused.value.reason is Reason.MALFORMED


def test_a_jws_that_is_too_long_is_not_looked_at() -> None:
    with pytest.raises(Refused) as refused:
        jws.parse(b"." * (MAX_JWS_BYTES + 1))
    assert refused.value.reason is Reason.TOO_LARGE


def test_the_key_that_signed_is_found_among_several() -> None:
    keys = (key_of(STRANGER), key_of(ISSUER))
    assert jws.verify(jws.parse(GOOD), keys=keys) is keys[1]


def test_a_signature_of_none_of_the_keys_is_bad() -> None:
    with pytest.raises(Refused) as refused:
        jws.verify(jws.parse(GOOD), keys=(key_of(STRANGER),))
    assert refused.value.reason is Reason.BAD_SIGNATURE


@pytest.mark.parametrize(
    "claimed", ["none", "None", "HS256", "es256", "ES384", "ES256K", "EdDSA", ""]
)
def test_another_algorithm_than_the_key_has_is_wrong(claimed: str) -> None:
    with pytest.raises(Refused) as refused:
        jws.verify(jws.parse(headed({"alg": claimed})), keys=(key_of(ISSUER),))
    assert refused.value.reason is Reason.WRONG_ALGORITHM


def test_no_key_at_all_signs_nothing() -> None:
    with pytest.raises(Refused) as refused:
        jws.verify(jws.parse(GOOD), keys=())
    assert refused.value.reason is Reason.WRONG_ALGORITHM


def test_every_algorithm_has_its_name() -> None:
    ed, k1 = ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256K1())
    of_ed = Key(b"e", Algorithm.EDDSA, ed.public_key())
    of_k1 = Key(b"k", Algorithm.ES256K, k1.public_key())
    signed = base64url.encode(b'{"alg":"EdDSA"}') + b"." + PAYLOAD
    message = jws.parse(signed + b"." + base64url.encode(ed.sign(signed)))
    assert jws.verify(message, keys=(of_k1, of_ed)) is of_ed

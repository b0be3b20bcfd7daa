"""SMART Health Cards: claimed algorithm x type of the trusted key x kind of signature.

Only the diagonal admits, and from the trust lists of card issuers only ES256 keys come.
"""

import hashlib
import hmac
import json
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scanner.gate import Belief, judge
from scanner.publish.shc import Issuer, numeric
from scanner.rules import GENUINE_ONLY
from scanner.terms import Moment, PassFormat, Reason, Verdict
from scanner.trust import Algorithm, Key, Keyring, RevocationList, base64url
from scanner.trust.keyring import PublicKey

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

ISSUED = datetime(2026, 5, 1, tzinfo=UTC)
ISSUER = Issuer("https://shc.example")
NOW = Moment(ISSUED, trusted=True)
PAYLOAD = zlib.compress(json.dumps(ISSUER.claims([], issued_at=ISSUED)).encode(), wbits=-15)
MISSING = object()

EC, K1 = ISSUER.key, ec.generate_private_key(ec.SECP256K1())
ED, RSA = ed25519.Ed25519PrivateKey.generate(), rsa.generate_private_key(65537, 2048)
SHA256, SHA384 = hashes.SHA256(), hashes.SHA384()

CLAIMED: dict[str, Any] = {
    "ES256": "ES256", "ES256K": "ES256K", "EdDSA": "EdDSA", "PS256": "PS256",
    "ES384": "ES384", "ES512": "ES512", "RS256": "RS256", "HS256": "HS256", "none": "none",
    "None": "None", "small letters": "es256", "a blank": "ES256 ", "nothing": "",
    "Ed25519": "Ed25519", "a number": -7,
    "a list": ["ES256"], "null": None, "true": True, "missing": MISSING,
}  # fmt: skip


def raw(signature: bytes) -> bytes:
    r, s = decode_dss_signature(signature)
    return r.to_bytes(32) + s.to_bytes(32)


def pss(data: bytes) -> bytes:
    return RSA.sign(data, padding.PSS(padding.MGF1(SHA256), 32), SHA256)


def keyed(data: bytes) -> bytes:
    der = EC.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hmac.digest(der, data, hashlib.sha256)


SIGNATURES: dict[str, Callable[[bytes], bytes]] = {
    "ES256": lambda data: raw(EC.sign(data, ec.ECDSA(SHA256))),
    "ES256K": lambda data: raw(K1.sign(data, ec.ECDSA(SHA256))),
    "EdDSA": ED.sign,
    "PS256": pss,
    "ES256 in DER": lambda data: EC.sign(data, ec.ECDSA(SHA256)),
    "ES384's digest": lambda data: raw(EC.sign(data, ec.ECDSA(SHA384))),
    "RS256": lambda data: RSA.sign(data, padding.PKCS1v15(), SHA256),
    "an HMAC with the EC key": keyed,
    "the digest": lambda data: hashlib.sha256(data).digest(),
    "nothing": lambda _: b"",
    "noughts": lambda _: bytes(64),
    "the order of the curve": lambda _: (
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551.to_bytes(32) * 2
    ),
}

KEYS: dict[str, tuple[Algorithm, PublicKey]] = {
    "ES256": (Algorithm.ES256, EC.public_key()),
    "ES256K": (Algorithm.ES256K, K1.public_key()),
    "EdDSA": (Algorithm.EDDSA, ED.public_key()),
    "PS256": (Algorithm.PS256, RSA.public_key()),
}


def believing(algorithm: Algorithm, public: PublicKey) -> Belief:
    kid = base64url.decode(ISSUER.kid.encode())
    formats = frozenset({PassFormat.SHC})
    key = Key(kid, algorithm, public, ISSUER.iss, formats=formats)
    return Belief(Keyring.of((key,)), RevocationList(), (GENUINE_ONLY,))


def card(claim: object, *, sign: Callable[[bytes], bytes]) -> bytes:
    header: dict[str, Any] = {"zip": "DEF", "kid": ISSUER.kid}
    if claim is not MISSING:
        header["alg"] = claim
    signed = base64url.encode(json.dumps(header).encode()) + b"." + base64url.encode(PAYLOAD)
    return numeric(signed + b"." + base64url.encode(sign(signed))).encode()


@pytest.mark.parametrize("claim", CLAIMED)
def test_only_the_diagonal_admits(claim: str) -> None:
    admitted = set()
    for key_type, (algorithm, public) in KEYS.items():
        belief = believing(algorithm, public)
        for signed_as, sign in SIGNATURES.items():
            answer = judge(card(CLAIMED[claim], sign=sign), belief=belief, moment=NOW)
            assert answer.verdict in {Verdict.ADMIT, Verdict.REFUSE}
            if answer.verdict is Verdict.ADMIT:
                admitted.add((key_type, signed_as))
    assert admitted == ({(claim, claim)} if claim in KEYS else set())


def test_a_right_signature_in_der_is_a_bad_one() -> None:
    raw_card = card("ES256", sign=SIGNATURES["ES256 in DER"])
    answer = judge(raw_card, belief=believing(*KEYS["ES256"]), moment=NOW)
    assert answer.reason is Reason.BAD_SIGNATURE


@pytest.mark.parametrize("extra", [b"\0", bytes(64)])
def test_bytes_behind_a_right_signature_make_it_a_bad_one(extra: bytes) -> None:
    raw_card = card("ES256", sign=lambda data: SIGNATURES["ES256"](data) + extra)
    answer = judge(raw_card, belief=believing(*KEYS["ES256"]), moment=NOW)
    assert answer.reason is Reason.BAD_SIGNATURE


def test_keys_inside_a_card_are_nobodys_keys() -> None:
    thief = Issuer(ISSUER.iss)
    for name, value in {
        "jwk": thief.jwk,
        "jku": "https://thief.example/jwks.json",
        "x5u": "https://thief.example/a.pem",
        "x5c": ["MIIB"],
    }.items():
        jws = thief.sign(PAYLOAD, header={"kid": ISSUER.kid, name: value})
        answer = judge(numeric(jws).encode(), belief=believing(*KEYS["ES256"]), moment=NOW)
        assert answer.reason is Reason.BAD_SIGNATURE

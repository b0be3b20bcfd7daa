"""Claimed algorithm x type of the trusted key x kind of signature: only the diagonal admits."""

import hashlib
import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scanner.gate import Belief, judge
from scanner.publish.dsc import Subject, self_signed
from scanner.rules.conditions import GENUINE_ONLY
from scanner.terms import Verdict
from scanner.trust import Key, Keyring, RevocationList, read_trust

if TYPE_CHECKING:
    from tests.conftest import Mint

EC, RSA = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)
SHA256, SHA384 = hashes.SHA256(), hashes.SHA384()
MISSING = object()

CLAIMED: dict[str, Any] = {
    "ES256": -7, "PS256": -37, "ES384": -35, "ES512": -36, "PS384": -38, "RS256": -257,
    "ES256K": -47, "EdDSA": -8, "HMAC": 5, "none": 0, "seven": 7, "ES256 as a float": -7.0,
    "PS256 as a float": -37.0, "ES256 as a name": "ES256", "PS256 as a name": "PS256",
    "ES256 in a list": [-7], "bytes": b"\x26", "null": None, "false": False, "missing": MISSING,
}  # fmt: skip


def raw_ecdsa(data: bytes, *, algorithm: hashes.HashAlgorithm = SHA256) -> bytes:
    r, s = decode_dss_signature(EC.sign(data, ec.ECDSA(algorithm)))
    return r.to_bytes(32) + s.to_bytes(32)


def pss(data: bytes, *, algorithm: hashes.HashAlgorithm = SHA256, salt: int = 32) -> bytes:
    return RSA.sign(data, padding.PSS(padding.MGF1(algorithm), salt), algorithm)


def keyed_with(public: ec.EllipticCurvePublicKey | rsa.RSAPublicKey, data: bytes) -> bytes:
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hmac.digest(der, data, hashlib.sha256)


SIGNATURES: dict[str, Callable[[bytes], bytes]] = {
    "ES256": raw_ecdsa,
    "PS256": pss,
    "ES256 in DER": lambda data: EC.sign(data, ec.ECDSA(SHA256)),
    "ES384's digest": lambda data: raw_ecdsa(data, algorithm=SHA384),
    "PS384's digest": lambda data: pss(data, algorithm=SHA384),
    "PS256 without salt": lambda data: pss(data, salt=0),
    "RS256": lambda data: RSA.sign(data, padding.PKCS1v15(), SHA256),
    "an HMAC with the EC key": lambda data: keyed_with(EC.public_key(), data),
    "an HMAC with the RSA key": lambda data: keyed_with(RSA.public_key(), data),
    "the digest": lambda data: hashlib.sha256(data).digest(),
    "nothing": lambda _: b"",
    "noughts": lambda _: bytes(64),
}


@pytest.fixture(scope="module")
def trusted(mint: "Mint") -> dict[str, Key]:
    subject = Subject(country="AT", not_before=mint.begins, not_after=mint.ends)
    certificates = {
        "ES256": self_signed(EC, subject=subject),
        "PS256": self_signed(RSA, subject=subject),
    }
    return {name: read_trust(der).keys[0] for name, der in certificates.items()}


@pytest.mark.parametrize("place", ["protected", "unprotected"])
@pytest.mark.parametrize("claim", CLAIMED)
def test_only_the_diagonal_admits(
    claim: str, place: str, mint: "Mint", trusted: dict[str, Key]
) -> None:
    admitted = set()
    claimed = {} if CLAIMED[claim] is MISSING else {1: CLAIMED[claim]}
    for key_type, key in trusted.items():
        belief = Belief(Keyring.of((key,)), RevocationList(), (GENUINE_ONLY,))
        protected = cbor2.dumps({4: key.kid} | (claimed if place == "protected" else {}))
        unprotected = claimed if place == "unprotected" else {}
        payload = cbor2.dumps(mint.claims())
        for signed_as, sign in SIGNATURES.items():
            signature = sign(cbor2.dumps(["Signature1", protected, b"", payload]))
            raw = mint.wire(cbor2.dumps([protected, unprotected, payload, signature]))
            if judge(raw, belief=belief, moment=mint.now).verdict is Verdict.ADMIT:
                admitted.add((key_type, signed_as))
    assert admitted == ({(claim, claim)} if claim in trusted else set())

"""NZ COVID Pass: claimed algorithm x type of the trusted key x kind of signature.

Only ES256 under an ES256 key with an ES256 signature is admitted.
"""

import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scanner.gate import Belief, judge
from scanner.publish.nzcp import Issuer, raw_signature, text_of
from scanner.rules import GENUINE_ONLY
from scanner.terms import Moment, PassFormat, Verdict
from scanner.trust import Algorithm, Key, Keyring, RevocationList

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

ISSUER: Final = Issuer()
BEGINS, ENDS = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
NOW: Final = Moment(datetime(2026, 6, 1, tzinfo=UTC), trusted=True)
PAYLOAD: Final = cbor2.dumps(
    ISSUER.claims(
        {"givenName": "Ana", "dob": "1990-02-03"},
        token=UUID(int=1),
        not_before=BEGINS,
        expires_at=ENDS,
    )
)

P256, K256 = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256K1())
RSA, ED = rsa.generate_private_key(65537, 2048), ed25519.Ed25519PrivateKey.generate()
SHA256, SHA384 = hashes.SHA256(), hashes.SHA384()
MISSING: Final = object()

TRUSTED: Final = {
    "ES256": Key(ISSUER.kid.encode(), Algorithm.ES256, P256.public_key()),
    "PS256": Key(ISSUER.kid.encode(), Algorithm.PS256, RSA.public_key()),
    "EdDSA": Key(ISSUER.kid.encode(), Algorithm.EDDSA, ED.public_key()),
    "ES256K": Key(ISSUER.kid.encode(), Algorithm.ES256K, K256.public_key()),
}

CLAIMED: dict[str, Any] = {
    "ES256": -7, "PS256": -37, "ES384": -35, "ES512": -36, "RS256": -257, "ES256K": -47,
    "EdDSA": -8, "HMAC": 5, "none": 0, "ES256 as a float": -7.0, "ES256 as a name": "ES256",
    "ES256 in a list": [-7], "bytes": b"\x26", "null": None, "false": False, "missing": MISSING,
}  # fmt: skip


def es384_digest(data: bytes) -> bytes:
    r, s = decode_dss_signature(P256.sign(data, ec.ECDSA(SHA384)))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def keyed(data: bytes) -> bytes:
    public = P256.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hmac.digest(public, data, hashlib.sha256)


SIGNATURES: Final[dict[str, Callable[[bytes], bytes]]] = {
    "ES256": lambda data: raw_signature(P256, data=data),
    "ES256 in DER": lambda data: P256.sign(data, ec.ECDSA(SHA256)),
    "ES384's digest": es384_digest,
    "ES256K": lambda data: raw_signature(K256, data=data),
    "EdDSA": ED.sign,
    "PS256": lambda data: RSA.sign(data, padding.PSS(padding.MGF1(SHA256), 32), SHA256),
    "RS256": lambda data: RSA.sign(data, padding.PKCS1v15(), SHA256),
    "an HMAC with the public key": keyed,
    "nothing": lambda _: b"",
    "noughts": lambda _: bytes(64),
}


def keyring(key: Key) -> Keyring:
    formats = frozenset({PassFormat.NZCP})
    return Keyring.of([Key(key.kid, key.algorithm, key.public, ISSUER.did, formats=formats)])


@pytest.mark.parametrize("place", ["protected", "unprotected"])
@pytest.mark.parametrize("claim", CLAIMED)
def test_only_the_diagonal_admits(claim: str, place: str) -> None:
    claimed = {} if CLAIMED[claim] is MISSING else {1: CLAIMED[claim]}
    protected = cbor2.dumps({4: ISSUER.kid.encode()} | (claimed if place == "protected" else {}))
    unprotected = claimed if place == "unprotected" else {}
    admitted = set()
    for key_type, key in TRUSTED.items():
        belief = Belief(keyring(key), RevocationList(), (GENUINE_ONLY,))
        for signed_as, sign in SIGNATURES.items():
            signature = sign(cbor2.dumps(["Signature1", protected, b"", PAYLOAD]))
            message = cbor2.CBORTag(18, [protected, unprotected, PAYLOAD, signature])
            raw = text_of(cbor2.dumps(message)).encode()
            if judge(raw, belief=belief, moment=NOW).verdict is Verdict.ADMIT:
                admitted.add((key_type, signed_as))
    is_whole = claim == "ES256" and place == "protected"
    assert admitted == ({("ES256", "ES256")} if is_whole else set())


def test_a_key_for_another_format_admits_nothing() -> None:
    protected = cbor2.dumps({4: ISSUER.kid.encode(), 1: -7})
    raw = ISSUER.sign(PAYLOAD, header=protected).encode()
    for form in PassFormat:
        key = TRUSTED["ES256"]
        other = Key(key.kid, key.algorithm, key.public, ISSUER.did, formats=frozenset({form}))
        signature = SIGNATURES["ES256"](cbor2.dumps(["Signature1", protected, b"", PAYLOAD]))
        message = cbor2.CBORTag(18, [protected, {}, PAYLOAD, signature])
        belief = Belief(Keyring.of([other]), RevocationList(), (GENUINE_ONLY,))
        mine = text_of(cbor2.dumps(message)).encode()
        verdict = judge(mine, belief=belief, moment=NOW).verdict
        assert (verdict is Verdict.ADMIT) == (form is PassFormat.NZCP)
        assert judge(raw, belief=belief, moment=NOW).verdict is Verdict.REFUSE

"""Venue passes: claimed algorithm x type of trusted key x signature; and Ed25519 itself.

Only EdDSA, claimed and signed and by an EdDSA key, is genuine; and of one signature there is one
writing.
"""

import hashlib
import hmac
from collections.abc import Callable
from typing import Any, Final

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from scanner.passes import own
from scanner.terms import PassFormat, Reason, Refused
from scanner.trust import Algorithm, Key, Keyring
from tests.publish.venue import SIGN1, Venue, wire

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

VENUE: Final = Venue()
EC, K1 = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256K1())
RSA: Final = rsa.generate_private_key(65537, 2048)
SHA256, SHA512 = hashes.SHA256(), hashes.SHA512()
OWN: Final = frozenset({PassFormat.OWN})
MISSING: Final = object()
ORDER: Final = 2**252 + 27742317777372353535851937790883648493  # of the group (RFC 8032 5.1)
PRIME: Final = 2**255 - 19

CLAIMED: dict[str, Any] = {
    "EdDSA": -8, "ES256": -7, "PS256": -37, "ES256K": -47, "ES384": -35, "ES512": -36,
    "RS256": -257, "Ed25519": -19, "Ed448": -53, "HMAC": 5, "none": 0, "eight": 8,
    "EdDSA as a float": -8.0, "EdDSA as a name": "EdDSA", "EdDSA in a list": [-8],
    "bytes": b"\x27", "null": None, "false": False, "missing": MISSING,
}  # fmt: skip
KEYS: dict[str, Key] = {
    "EdDSA": VENUE.key,
    "ES256": Key(VENUE.kid, Algorithm.ES256, EC.public_key(), formats=OWN),
    "ES256K": Key(VENUE.kid, Algorithm.ES256K, K1.public_key(), formats=OWN),
    "PS256": Key(VENUE.kid, Algorithm.PS256, RSA.public_key(), formats=OWN),
}


def raw_ecdsa(private: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    r, s = decode_dss_signature(private.sign(data, ec.ECDSA(SHA256)))
    return r.to_bytes(32) + s.to_bytes(32)


SIGNATURES: dict[str, Callable[[bytes], bytes]] = {
    "EdDSA": VENUE.private.sign,
    "ES256": lambda data: raw_ecdsa(EC, data),
    "ES256K": lambda data: raw_ecdsa(K1, data),
    "PS256": lambda data: RSA.sign(data, padding.PSS(padding.MGF1(SHA256), 32), SHA256),
    "ES256 in DER": lambda data: EC.sign(data, ec.ECDSA(SHA256)),
    "EdDSA of the digest": lambda data: VENUE.private.sign(hashlib.sha512(data).digest()),
    "a stranger's EdDSA": Venue().private.sign,
    "an HMAC with the public key": lambda data: hmac.digest(
        VENUE.key.public.public_bytes_raw(), data, hashlib.sha512  # type: ignore[union-attr]
    ),
    "nothing": lambda _: b"",
    "noughts": lambda _: bytes(64),
    "a byte more": lambda data: VENUE.private.sign(data) + b"\x00",
    "a byte less": lambda data: VENUE.private.sign(data)[:-1],
}  # fmt: skip


def struck(protected: bytes, unprotected: object, sign: Callable[[bytes], bytes]) -> bytes:
    payload = cbor2.dumps(VENUE.claims())
    signature = sign(cbor2.dumps(["Signature1", protected, b"", payload]))
    return wire(SIGN1 + cbor2.dumps([protected, unprotected, payload, signature]))


def is_genuine(raw: bytes, *keys: Key) -> bool:
    try:
        own.verify(raw, keyring=Keyring.of(keys))
    except Refused:
        return False
    return True


@pytest.mark.parametrize("place", ["protected", "unprotected"])
@pytest.mark.parametrize("claim", CLAIMED)
def test_only_eddsa_by_an_eddsa_key_is_genuine_and_no_other_key_signs_with_its_own(
    claim: str, place: str
) -> None:
    """A key of another type stays bound to its own algorithm, also if trusted for this format."""
    claimed = {} if CLAIMED[claim] is MISSING else {1: CLAIMED[claim]}
    protected = cbor2.dumps({4: VENUE.kid} | (claimed if place == "protected" else {}))
    unprotected = claimed if place == "unprotected" else {}
    genuine = {
        (name, signed_as)
        for name, key in KEYS.items()
        for signed_as, sign in SIGNATURES.items()
        if is_genuine(struck(protected, unprotected, sign), key)
    }
    assert genuine == ({(claim, claim)} if claim in KEYS and place == "protected" else set())


def test_the_same_public_key_trusted_as_another_algorithm_changes_nothing() -> None:
    for algorithm in set(Algorithm) - {Algorithm.EDDSA}:
        key = Key(VENUE.kid, algorithm, VENUE.key.public, formats=OWN)
        with pytest.raises(Refused) as refused:
            own.verify(VENUE.valid, keyring=Keyring.of((key,)))
        assert refused.value.reason is Reason.WRONG_ALGORITHM


def second_writings() -> dict[str, bytes]:
    """Give signatures that equal a good one in the group's arithmetic, or nearly."""
    *_, signature = VENUE.message()
    point, scalar = signature[:32], int.from_bytes(signature[32:], "little")
    y = int.from_bytes(point, "little")
    return {
        "S + L": point + (scalar + ORDER).to_bytes(32, "little"),
        "S + 2 L": point + (scalar + 2 * ORDER).to_bytes(32, "little"),
        "S + 7 L": point + (scalar + 7 * ORDER).to_bytes(32, "little"),
        "L - S": point + (ORDER - scalar).to_bytes(32, "little"),
        "S with its highest bit set": point + (scalar | 1 << 255).to_bytes(32, "little"),
        "-R": (y ^ 1 << 255).to_bytes(32, "little") + signature[32:],
        "R of the identity": (1).to_bytes(32, "little") + signature[32:],
        "R beyond the field": (PRIME + 1).to_bytes(32, "little") + bytes(32),
        "the halves changed about": signature[32:] + point,
    }


@pytest.mark.parametrize("writing", second_writings())
def test_no_second_writing_of_a_signature_holds(writing: str) -> None:
    protected, unprotected, payload, signature = VENUE.message()
    VENUE.key.check(cbor2.dumps(["Signature1", protected, b"", payload]), signature=signature)
    changed = [protected, unprotected, payload, second_writings()[writing]]
    with pytest.raises(Refused) as refused:
        own.verify(wire(SIGN1 + cbor2.dumps(changed)), keyring=VENUE.keyring)
    assert refused.value.reason is Reason.BAD_SIGNATURE

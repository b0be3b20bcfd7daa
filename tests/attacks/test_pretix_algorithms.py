"""Type of the trusted key x kind of signature, for tickets: only Ed25519 on Ed25519 holds."""

import hashlib
import hmac
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from scanner import passes
from scanner.publish.pretix import Issuer, text_of, ticket
from scanner.terms import PassFormat, Reason, Refused
from scanner.trust import Algorithm, Key, Keyring
from scanner.trust.keyring import PublicKey

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

OFFICE, STRANGER = Issuer(), Issuer()
P256, K256 = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256K1())
RSA = rsa.generate_private_key(65537, 2048)
ED25519 = OFFICE.key.public_key()
PAYLOAD = ticket("CTJqJOl1H", item=1)
WHOLE = b"\x01" + len(PAYLOAD).to_bytes(2, "big") + b"\x00\x40" + PAYLOAD
ORDER = 2**252 + 27742317777372353535851937790883648493  # of edwards25519, RFC 8032 section 5.1


def raw_ecdsa(key: ec.EllipticCurvePrivateKey) -> bytes:
    r, s = decode_dss_signature(key.sign(PAYLOAD, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def with_larger_s(signature: bytes) -> bytes:
    """Add the order of the group: the same number to whoever does not check it."""
    s = int.from_bytes(signature[32:], "little") + ORDER
    return signature[:32] + s.to_bytes(32, "little")


SIGNATURES: dict[str, Callable[[], bytes]] = {
    "Ed25519": lambda: OFFICE.key.sign(PAYLOAD),
    "Ed25519 of a stranger": lambda: STRANGER.key.sign(PAYLOAD),
    "Ed25519 over head and payload": lambda: OFFICE.key.sign(WHOLE),
    "Ed25519 over the digest": lambda: OFFICE.key.sign(hashlib.sha512(PAYLOAD).digest()),
    "Ed25519 with a larger s": lambda: with_larger_s(OFFICE.key.sign(PAYLOAD)),
    "ECDSA on P-256": lambda: raw_ecdsa(P256),
    "ECDSA on secp256k1": lambda: raw_ecdsa(K256),
    "the head of an RSA-PSS": lambda: RSA.sign(
        PAYLOAD, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256()
    )[:64],
    "an HMAC with the public key": lambda: hmac.digest(
        ED25519.public_bytes_raw(), PAYLOAD, hashlib.sha512
    ),
    "an HMAC with its PEM": lambda: hmac.digest(OFFICE.public_pem, PAYLOAD, hashlib.sha512),
    "the digest": lambda: hashlib.sha512(PAYLOAD).digest(),
    "the point at infinity": lambda: b"\x01" + bytes(63),
    "noughts": lambda: bytes(64),
    "ones": lambda: b"\xff" * 64,
}
KEYS: dict[str, tuple[Algorithm, PublicKey]] = {
    "Ed25519": (Algorithm.EDDSA, ED25519),
    "P-256": (Algorithm.ES256, P256.public_key()),
    "secp256k1": (Algorithm.ES256K, K256.public_key()),
    "RSA": (Algorithm.PS256, RSA.public_key()),
}


@pytest.mark.parametrize("signed_as", SIGNATURES)
def test_only_the_diagonal_holds(signed_as: str) -> None:
    raw = text_of(PAYLOAD, signature=SIGNATURES[signed_as]()).encode()
    holding = set()
    for name, (algorithm, public) in KEYS.items():
        key = Key(b"01234567", algorithm, public, formats=frozenset({PassFormat.PRETIX}))
        try:
            passes.verify(raw, keyring=Keyring.of([key]))
        except Refused as refused:
            expected = Reason.BAD_SIGNATURE if name == "Ed25519" else Reason.WRONG_ALGORITHM
            assert refused.reason is expected  # noqa: PT017 - the other way is the diagonal
        else:
            holding.add(name)
    assert holding == ({"Ed25519"} if signed_as == "Ed25519" else set())


def test_the_matrix_is_signed_with_keys_that_are_alive() -> None:
    """What is refused above is refused for its kind, and not for being broken."""
    STRANGER.key.public_key().verify(SIGNATURES["Ed25519 of a stranger"](), PAYLOAD)
    ED25519.verify(SIGNATURES["Ed25519 over head and payload"](), WHOLE)
    for name, key in (("ECDSA on P-256", P256), ("ECDSA on secp256k1", K256)):
        algorithm = Algorithm.ES256 if key is P256 else Algorithm.ES256K
        Key(b"", algorithm, key.public_key()).check(PAYLOAD, signature=SIGNATURES[name]())

"""Claimed algorithm x curve of the key in the DID x kind of signature: only the diagonal holds.

Once for the issuer of a credential, and once for the holder who presents one.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scanner import passes
from scanner.publish.infradid import Signer, base64url, compact
from scanner.terms import Refused
from scanner.trust import Keyring
from scanner.trust.dids import read_dids

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

KEYS = {"ES256K": Signer.es256k(), "ES256": Signer.es256()}
ISSUER = Signer.es256()
KEYRING = Keyring.of(
    read_dids("\n".join(one.did for one in (*KEYS.values(), ISSUER)).encode()).keys
)
NOW_S = 1_700_000_000
MISSING = object()
CLAIMED: dict[str, Any] = {
    "ES256K": "ES256K", "ES256": "ES256", "ES384": "ES384", "ES512": "ES512", "PS256": "PS256",
    "RS256": "RS256", "EdDSA": "EdDSA", "HS256": "HS256", "HS512": "HS512", "none": "none",
    "ES256K-R": "ES256K-R", "in small letters": "es256k", "with a blank": "ES256 ",
    "a COSE number": -7, "a list": ["ES256K"], "an object": {"ES256K": 1}, "a truth": True,
    "null": None, "empty": "", "missing": MISSING,
}  # fmt: skip


def raw_ecdsa(signer: Signer, data: bytes, digest: hashes.HashAlgorithm) -> bytes:
    r, s = decode_dss_signature(signer.key.sign(data, ec.ECDSA(digest)))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def keyed(signer: Signer, data: bytes, encoding: Encoding, form: PublicFormat) -> bytes:
    secret = signer.key.public_key().public_bytes(encoding, form)
    return hmac.digest(secret, data, hashlib.sha256)


Sign = Callable[[bytes], bytes]


def signatures(name: str) -> dict[str, Sign]:
    """Give what one key can be made to sign, or what anybody can make of its public part."""
    signer = KEYS[name]
    spki, point = PublicFormat.SubjectPublicKeyInfo, PublicFormat.CompressedPoint
    return {
        name: lambda data: raw_ecdsa(signer, data, hashes.SHA256()),
        f"{name} in DER": lambda data: signer.key.sign(data, ec.ECDSA(hashes.SHA256())),
        f"{name} over SHA-384": lambda data: raw_ecdsa(signer, data, hashes.SHA384()),
        f"{name} over SHA3-256": lambda data: raw_ecdsa(signer, data, hashes.SHA3_256()),
        f"{name} and a byte": lambda data: raw_ecdsa(signer, data, hashes.SHA256()) + b"\x00",
        f"HMAC with the PEM of {name}": lambda data: keyed(signer, data, Encoding.PEM, spki),
        f"HMAC with the DER of {name}": lambda data: keyed(signer, data, Encoding.DER, spki),
        f"HMAC with the point of {name}": lambda data: keyed(signer, data, Encoding.X962, point),
        f"HMAC with the DID of {name}": lambda data: hmac.digest(
            signer.did.encode(), data, hashlib.sha256
        ),
    }  # fmt: skip


SIGNATURES: dict[str, Sign] = {
    **signatures("ES256K"),
    **signatures("ES256"),
    "the digest": lambda data: hashlib.sha256(data).digest(),
    "nothing": lambda _: b"",
    "noughts": lambda _: bytes(64),
    "ones": lambda _: b"\xff" * 64,
}


def credential(signer: Signer) -> dict[str, Any]:
    vc = {"type": ["VaccinationCredential"], "credentialSubject": {}}
    return {"vc": vc, "sub": signer.did, "iss": signer.did}


def presentation(holder: Signer) -> dict[str, Any]:
    given = ISSUER.credential("VaccinationCredential", subject={}, holder=holder.did)
    vp = {"verifiableCredential": [given]}
    return {"vp": vp, "iss": holder.did, "nbf": NOW_S, "exp": NOW_S + 60}


TOKENS = {"issuer": credential, "holder": presentation}


@pytest.mark.parametrize("whose", TOKENS)
@pytest.mark.parametrize("claim", CLAIMED)
def test_only_the_diagonal_holds(claim: str, whose: str) -> None:
    header = {} if CLAIMED[claim] is MISSING else {"alg": CLAIMED[claim]}
    holding = set()
    for key_type, signer in KEYS.items():
        head = json.dumps(header).encode()
        signing_input = f"{base64url(head)}.{base64url(compact(TOKENS[whose](signer)))}"
        for signed_as, sign in SIGNATURES.items():
            raw = f"{signing_input}.{base64url(sign(signing_input.encode()))}"
            try:
                passes.verify(raw.encode(), keyring=KEYRING)
            except Refused:
                continue
            holding.add((key_type, signed_as))
    assert holding == ({(claim, claim)} if claim in KEYS else set())

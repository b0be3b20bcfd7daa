"""Issuers and wallets of `did:infra` credentials (VC-JWT, VP-JWT), for rehearsals and tests.

A key is made in memory and never written; its DID is its public key (Infra DID method, with the
checksum of EOSIO). Reads no clock: every time is an argument, in seconds since 1970.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from typing import Any, Final, Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scanner.trust.dids import BASE58, checksum_of

_COORDINATE_BYTES: Final = 32
_CONTEXT: Final = ("https://www.w3.org/2018/credentials/v1",)
LIFETIME_S: Final = 60
"""How long a presentation lives: the minute that doors allow."""


class Signer:
    """An issuer, or the wallet of a holder: one key, named by its DID."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, *, network: str, kind: str) -> None:
        """Take a key; `es256k` and `es256` make one."""
        self.key: Final = key
        self.algorithm: Final = {"K1": "ES256K", "R1": "ES256"}[kind]
        point = key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        self.did: Final = did_of(point, network=network, kind=kind)

    @classmethod
    def es256k(cls, *, network: str = "01") -> Self:
        """Make a signer with a new secp256k1 key, as COOV used."""
        return cls(ec.generate_private_key(ec.SECP256K1()), network=network, kind="K1")

    @classmethod
    def es256(cls, *, network: str = "01") -> Self:
        """Make a signer with a new P-256 key."""
        return cls(ec.generate_private_key(ec.SECP256R1()), network=network, kind="R1")

    def credential(
        self, kind: str, *, subject: Mapping[str, Any], holder: str, **claims: Any
    ) -> str:
        """Sign a credential of a type about `subject`; `claims` are `nbf`, `exp`, `jti`."""
        vc = {
            "@context": _CONTEXT,
            "type": ["VerifiableCredential", kind],
            "credentialSubject": dict(subject),
        }
        return self.sign({"vc": vc, "sub": holder, "iss": self.did, **claims})

    def presentation(
        self, credentials: Iterable[str], *, at_s: float, lifetime_s: float = LIFETIME_S
    ) -> str:
        """Sign a presentation of own credentials that begins to be valid at a time."""
        vp = {
            "@context": _CONTEXT,
            "type": ["VerifiablePresentation"],
            "verifiableCredential": list(credentials),
        }
        return self.sign({"vp": vp, "iss": self.did, "nbf": at_s, "exp": at_s + lifetime_s})

    def sign(self, claims: Mapping[str, Any] | bytes, **header: Any) -> str:
        """Sign any claims, or bytes as they are; `header` adds to the usual one or changes it."""
        payload = claims if isinstance(claims, bytes) else compact(claims)
        head = compact({"typ": "JWT", "alg": self.algorithm, **header})
        signing_input = f"{base64url(head)}.{base64url(payload)}"
        r, s = decode_dss_signature(
            self.key.sign(signing_input.encode(), ec.ECDSA(hashes.SHA256()))
        )
        signature = r.to_bytes(_COORDINATE_BYTES, "big") + s.to_bytes(_COORDINATE_BYTES, "big")
        return f"{signing_input}.{base64url(signature)}"


def did_of(point: bytes, *, network: str, kind: str) -> str:
    """Write the DID of a compressed point, `K1` or `R1`."""
    return f"did:infra:{network}:PUB_{kind}_{base58(point + checksum_of(point, kind=kind))}"


def base58(data: bytes) -> str:
    """Write a number of these bytes in base58, without leading noughts."""
    number, digits = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, len(BASE58))
        digits = BASE58[digit] + digits
    return digits


def compact(told: Mapping[str, Any]) -> bytes:
    """Write JSON as tokens hold it."""
    return json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()


def base64url(data: bytes) -> str:
    """Write base64url without padding (RFC 7515 section 2)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()

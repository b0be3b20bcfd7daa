"""An issuer of NZ COVID Passes, for rehearsals and tests.

Promises texts and a DID document in the form of the New Zealand COVID Pass Technical
Specification 1.0.0, signed with ES256 by a key that is made in memory and never written. Reads no
clock: every time is an argument.
"""

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from scanner.passes.nzcp import PREFIX
from scanner.publish.wrapping import COSE_SIGN1_TAG
from scanner.trust import Algorithm, base64url
from scanner.trust.keyring import COORDINATE_BYTES

_ALGORITHM, _KID = 1, 4
_ISSUER, _EXPIRES, _NOT_BEFORE, _ID = 1, 4, 5, 7
_CONTEXTS: Final = (
    "https://www.w3.org/2018/credentials/v1",
    "https://nzcp.covid19.health.nz/contexts/v1",
)


class Issuer:
    """One issuer with one key, named as its DID document names it."""

    def __init__(self, did: str = "did:web:passes.example", *, kid: str = "key-1") -> None:
        """Make the key."""
        self.did = did
        self.kid = kid
        self._key = ec.generate_private_key(ec.SECP256R1())

    def did_document(self) -> bytes:
        """Give the document that lists the key, as the issuer would publish it."""
        name = f"{self.did}#{self.kid}"
        numbers = self._key.public_key().public_numbers()
        jwk = {"kty": "EC", "crv": "P-256", "x": _number(numbers.x), "y": _number(numbers.y)}
        method = {"id": name, "controller": self.did, "type": "JsonWebKey2020"}
        document = {
            "@context": "https://w3.org/ns/did/v1",
            "id": self.did,
            "verificationMethod": [method | {"publicKeyJwk": jwk}],
            "assertionMethod": [name],
        }
        return json.dumps(document).encode()

    def issue(
        self,
        subject: Mapping[str, str],
        *,
        token: UUID,
        not_before: datetime,
        expires_at: datetime,
    ) -> str:
        """Sign a pass for `subject` (givenName, familyName, dob) and give its text."""
        return self.sign(
            cbor2.dumps(
                self.claims(subject, token=token, not_before=not_before, expires_at=expires_at)
            )
        )

    def claims(
        self,
        subject: Mapping[str, str],
        *,
        token: UUID,
        not_before: datetime,
        expires_at: datetime,
    ) -> dict[Any, Any]:
        """Give the claims of a pass, not signed yet."""
        return {
            _ISSUER: self.did,
            _NOT_BEFORE: int(not_before.timestamp()),
            _EXPIRES: int(expires_at.timestamp()),
            "vc": {
                "@context": list(_CONTEXTS),
                "version": "1.0.0",
                "type": ["VerifiableCredential", "PublicCovidPass"],
                "credentialSubject": dict(subject),
            },
            _ID: token.bytes,
        }

    def sign(self, payload: bytes, *, header: bytes | None = None) -> str:
        """Sign any payload, under its own header or any other, and give the text."""
        if header is None:
            header = cbor2.dumps({_KID: self.kid.encode(), _ALGORITHM: Algorithm.ES256.value})
        signed = cbor2.dumps(["Signature1", header, b"", payload])
        message = [header, {}, payload, raw_signature(self._key, data=signed)]
        return text_of(cbor2.dumps(cbor2.CBORTag(COSE_SIGN1_TAG, message)))


def text_of(message: bytes) -> str:
    """Write COSE bytes as the text of a code."""
    return PREFIX.decode() + base64.b32encode(message).decode().rstrip("=")


def raw_signature(key: ec.EllipticCurvePrivateKey, *, data: bytes) -> bytes:
    """Sign with ES256 and give the 64 bytes r || s (RFC 9053 section 2.1)."""
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(COORDINATE_BYTES, "big") + s.to_bytes(COORDINATE_BYTES, "big")


def _number(value: int) -> str:
    return base64url.encode(value.to_bytes(COORDINATE_BYTES, "big")).decode()

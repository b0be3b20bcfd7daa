"""A venue that signs passes of its own, well formed or not."""

from datetime import UTC, datetime
from typing import Any, Final

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from scanner.passes.base45 import decode
from scanner.publish import base45
from scanner.terms import PassFormat
from scanner.trust import Algorithm, Key, Keyring
from scanner.trust.issuer_keys import key_id

EXP, NBF, CONTENT = 4, 5, -65537
EDDSA: Final = -8
SIGN1: Final = b"\xd2"
BEGINS: Final = datetime(2026, 5, 1, tzinfo=UTC)
ENDS: Final = datetime(2026, 12, 1, tzinfo=UTC)
NOW: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
TICKET: Final = [0, "summer-26", "north south", 4, "k3f9a", 4711]


class Venue:
    """One key, and what it signs."""

    def __init__(self) -> None:
        self.private = Ed25519PrivateKey.generate()
        public = self.private.public_key()
        self.kid = key_id(public)
        self.key = Key(
            self.kid,
            Algorithm.EDDSA,
            public,
            issuer="Arena",
            formats=frozenset({PassFormat.OWN}),
        )
        self.keyring = Keyring.of((self.key,))
        self.valid = self.strike()

    def protected(self) -> bytes:
        """Give the protected header as the format has it."""
        return cbor2.dumps({1: EDDSA, 4: self.kid})

    @staticmethod
    def claims(content: object = None, **changes: object) -> dict[Any, Any]:
        """Give the claims of a ticket; `exp` and `nbf` may be replaced, or left out by None."""
        told = {
            EXP: changes.get("exp", int(ENDS.timestamp())),
            NBF: changes.get("nbf", int(BEGINS.timestamp())),
            CONTENT: TICKET if content is None else content,
        }
        return {name: value for name, value in told.items() if value is not None}

    def message(
        self, claims: object = None, *, protected: bytes | None = None, unprotected: object = None
    ) -> list[Any]:
        """Sign claims, any value or bytes as they are, under any headers."""
        if claims is None:
            claims = self.claims()
        payload = claims if isinstance(claims, bytes) else cbor2.dumps(claims)
        header = self.protected() if protected is None else protected
        signed = cbor2.dumps(["Signature1", header, b"", payload])
        return [header, unprotected or {}, payload, self.private.sign(signed)]

    def strike(self, claims: object = None, **headers: Any) -> bytes:
        """Give the text of a code."""
        return wire(SIGN1 + cbor2.dumps(self.message(claims, **headers)))


def wire(data: bytes) -> bytes:
    """Give bytes as the text of a code."""
    return b"DP1:" + base45.encode(data).encode()


def unwire(raw: bytes) -> bytes:
    """Give the bytes in the text of a code."""
    return decode(raw[4:])

"""A ticket office that signs as pretix does (scheme 1), for rehearsals and tests.

The key is made in memory and never written. Texts are well formed unless `sign` or `text_of` is
given bytes that are not.
"""

import base64
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_VERSION: Final = b"\x01"
_SEED: Final = 1
_NUMBERS: Final = {"item": 2, "variation": 3, "subevent": 4, "valid_from": 5, "valid_until": 6}
_BYTES: Final = 2  # wire type of texts
_INT64: Final = 1 << 64
_LOW_BITS: Final = 0x7F


class Issuer:
    """One event with one key."""

    def __init__(self) -> None:
        """Make a new key."""
        self.key: Final = Ed25519PrivateKey.generate()

    @property
    def public_pem(self) -> bytes:
        """The public key, as the door takes it."""
        return self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def issue(self, seed: str, **numbers: int) -> str:
        """Sign a ticket and give the text of its code.

        `numbers` are `item`, `variation`, `subevent`, and the times `valid_from` and
        `valid_until` in seconds since 1970.
        """
        return self.sign(ticket(seed, **numbers))

    def sign(self, payload: bytes) -> str:
        """Sign any payload, well formed or not."""
        return text_of(payload, signature=self.key.sign(payload))


def ticket(seed: str, **numbers: int) -> bytes:
    """Write the protobuf message of a ticket; `numbers` as for `Issuer.issue`, 0 is left out."""
    text = seed.encode()
    written = varint(_SEED << 3 | _BYTES) + varint(len(text)) + text if text else b""
    for name, value in numbers.items():
        if value:
            written += varint(_NUMBERS[name] << 3) + varint(value)
    return written


def varint(value: int) -> bytes:
    """Write a number as protobuf does, seven bits a byte; a negative one as an int64."""
    rest = value % _INT64
    written = bytearray()
    while rest > _LOW_BITS:
        written.append(rest & _LOW_BITS | _LOW_BITS + 1)
        rest >>= 7
    return bytes((*written, rest))


def text_of(payload: bytes, *, signature: bytes) -> str:
    """Wrap payload and signature as the text of a code."""
    lengths = len(payload).to_bytes(2, "big") + len(signature).to_bytes(2, "big")
    return base64.b64encode(_VERSION + lengths + payload + signature).decode()[::-1]

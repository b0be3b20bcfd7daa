"""COSE_Sign1 (RFC 9052) as passes use it: tagged 18, 61(18(...)), or without a tag.

Algorithm and key id may stand in either header; the protected one, which is signed,
wins. Both are claims only: the key decides the algorithm.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

import cbor2

from scanner.passes import cbor
from scanner.terms import Reason, Refused
from scanner.trust import Algorithm, Key, Keyring

_CWT_TAG: Final = b"\xd8\x3d"
_SIGN1_TAG: Final = b"\xd2"
_SIGN1_ITEMS: Final = 4
_ALGORITHM: Final = 1
_KID: Final = 4


@dataclass(frozen=True, slots=True)
class Sign1:
    """One parsed, not yet verified COSE_Sign1 message."""

    protected: bytes
    algorithm: Any
    kid: bytes | None
    payload: bytes
    signature: bytes

    @property
    def to_be_signed(self) -> bytes:
        """Return the Sig_structure that the signature covers (RFC 9052 4.4)."""
        return cbor2.dumps(["Signature1", self.protected, b"", self.payload])


def parse(data: bytes) -> Sign1:
    """Take a message apart, or raise `Refused(malformed)`."""
    if data.startswith(_CWT_TAG):
        data = data.removeprefix(_CWT_TAG)
        if not data.startswith(_SIGN1_TAG):
            raise Refused(Reason.MALFORMED, "a CWT tag without a COSE_Sign1 inside")
    items = cbor.decode(data.removeprefix(_SIGN1_TAG))
    if not isinstance(items, list) or len(items) != _SIGN1_ITEMS:
        raise Refused(Reason.MALFORMED, "no COSE_Sign1 message")
    protected, unprotected, payload, signature = items
    if not (isinstance(protected, bytes) and isinstance(payload, bytes)):
        raise Refused(Reason.MALFORMED, "no COSE_Sign1 message")
    if not (isinstance(unprotected, dict) and isinstance(signature, bytes)):
        raise Refused(Reason.MALFORMED, "no COSE_Sign1 message")
    signed = _header(protected)
    kid = signed.get(_KID, unprotected.get(_KID))
    return Sign1(
        protected,
        signed.get(_ALGORITHM, unprotected.get(_ALGORITHM)),
        kid if isinstance(kid, bytes) else None,
        payload,
        signature,
    )


# An issuer writes the same few bytes into every pass.
@lru_cache(maxsize=256)
def _header(protected: bytes) -> Mapping[Any, Any]:
    signed = cbor.decode(protected) if protected else {}
    if not isinstance(signed, dict):
        raise Refused(Reason.MALFORMED, "a COSE header that is no map")
    return MappingProxyType(signed)


def verify(message: Sign1, *, keyring: Keyring) -> Key:
    """Return the key that signed `message`, or raise `Refused`.

    Every key with the message's id is tried, each only with its own algorithm.
    """
    keys = keyring.find(message.kid) if message.kid else ()
    if not keys:
        raise Refused(Reason.UNKNOWN_ISSUER)
    fitting = [key for key in keys if _claims(message.algorithm, key.algorithm)]
    if not fitting:
        raise Refused(Reason.WRONG_ALGORITHM)
    to_be_signed = message.to_be_signed
    for key in fitting[:-1]:
        try:
            key.check(to_be_signed, signature=message.signature)
        except Refused:
            continue
        return key
    fitting[-1].check(to_be_signed, signature=message.signature)
    return fitting[-1]


def _claims(claimed: object, algorithm: Algorithm) -> bool:
    # Not `==` alone: -7.0 equals -7 in Python, and is another claim in CBOR.
    return type(claimed) is int and claimed == algorithm.value

"""How the signed bytes of a pass are wrapped: the layouts a verifier meets in the field.

The default is the form the EU DCC specification asks for; every other value is a
variant that real issuers use, or one that a test needs to see refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final
from zlib import compress

import cbor2

from scanner.publish import base45

COSE_SIGN1_TAG: Final = 18  # RFC 9052 section 2
CWT_TAG: Final = 61  # RFC 8392 section 6
_ALGORITHM_LABEL: Final = 1  # RFC 9052 section 3.1
_KID_LABEL: Final = 4


class TagLayout(Enum):
    """Which CBOR tags stand around the COSE_Sign1 structure."""

    TAGGED = "18(...)"
    CWT_TAGGED = "61(18(...))"
    UNTAGGED = "[...]"


class KidPlace(Enum):
    """Which header holds the key identifier."""

    PROTECTED = "protected"
    UNPROTECTED = "unprotected"
    BOTH = "both"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapping:
    """The form of one pass on the wire.

    `algorithm` and `kid` replace what the header claims, `unprotected_kid` only the
    unprotected one; `issuer` replaces the country in the iss claim. The signature is
    always the issuer's own.
    """

    layout: TagLayout = TagLayout.TAGGED
    kid_place: KidPlace = KidPlace.PROTECTED
    algorithm: int | None = None
    kid: bytes | None = None
    unprotected_kid: bytes | None = None
    issuer: str | None = None
    prefix: str = "HC1:"
    float_times: bool = False

    def headers(self, *, algorithm: int, kid: bytes) -> tuple[bytes, dict[int, bytes]]:
        """Give the protected header as bytes and the unprotected one as a map."""
        claimed = algorithm if self.algorithm is None else self.algorithm
        protected: dict[int, int | bytes] = {_ALGORITHM_LABEL: claimed}
        unprotected: dict[int, bytes] = {}
        kid = kid if self.kid is None else self.kid
        if self.kid_place in {KidPlace.PROTECTED, KidPlace.BOTH}:
            protected[_KID_LABEL] = kid
        if self.kid_place in {KidPlace.UNPROTECTED, KidPlace.BOTH}:
            unprotected[_KID_LABEL] = kid if self.unprotected_kid is None else self.unprotected_kid
        return cbor2.dumps(protected), unprotected

    def text(
        self,
        *,
        protected: bytes,
        unprotected: Mapping[int, bytes],
        payload: bytes,
        signature: bytes,
    ) -> str:
        """Give the text that goes into the QR code."""
        message: Any = [protected, dict(unprotected), payload, signature]
        if self.layout is not TagLayout.UNTAGGED:
            message = cbor2.CBORTag(COSE_SIGN1_TAG, message)
        if self.layout is TagLayout.CWT_TAGGED:
            message = cbor2.CBORTag(CWT_TAG, message)
        return self.prefix + base45.encode(compress(cbor2.dumps(message), level=9))

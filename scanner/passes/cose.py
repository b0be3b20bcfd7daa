"""COSE_Sign1 (RFC 9052) as passes use it: tagged 18, 61(18(...)), or without a tag.

Algorithm and key id may stand in either header; the protected one, which is signed,
wins. Both are claims only: the key decides the algorithm.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import cbor2

from scanner.passes import cbor
from scanner.terms import PassFormat, Reason, Refused
from scanner.trust import Algorithm, Key, Keyring

_CWT_TAG: Final = b"\xd8\x3d"
_SIGN1_TAG: Final = b"\xd2"
_SIGN1_ITEMS: Final = 4
# Eight bytes in every health pass, 43 in the longest format known.
MAX_KID_BYTES: Final = 64
_ALGORITHM: Final = 1
_CRITICAL: Final = 2
_KID: Final = 4
_ALGORITHM_BY_NUMBER: Final = {algorithm.value: algorithm for algorithm in Algorithm}


class Sign1(NamedTuple):
    """One parsed, not yet verified COSE_Sign1 message.

    `to_be_signed` is the Sig_structure that the signature covers (RFC 9052 4.4).
    """

    protected: bytes
    algorithm: Any
    kid: bytes | None
    kid_is_signed: bool
    payload: bytes
    signature: bytes
    to_be_signed: bytes


def parse(data: bytes) -> Sign1:
    """Take a message apart, or raise `Refused(malformed)`."""
    if data.startswith(_CWT_TAG):
        data = data.removeprefix(_CWT_TAG)
        if not data.startswith(_SIGN1_TAG):
            raise Refused(Reason.MALFORMED, "a CWT tag without a COSE_Sign1 inside")
    data = data.removeprefix(_SIGN1_TAG)
    items = cbor.read(data)
    if not isinstance(items, list) or len(items) != _SIGN1_ITEMS:
        raise Refused(Reason.MALFORMED, "no COSE_Sign1 message")
    protected, unprotected, payload, signature = items
    if not (isinstance(protected, bytes) and isinstance(payload, bytes)):
        raise Refused(Reason.MALFORMED, "no COSE_Sign1 message")
    if not (isinstance(unprotected, dict) and isinstance(signature, bytes)):
        raise Refused(Reason.MALFORMED, "no COSE_Sign1 message")
    claims, begins, signs = _header(protected)
    encoded = cbor2.dumps(payload)
    # A message of the usual form is as long as its parts are when written shortest.
    size = len(begins) + len(encoded) + cbor.head_bytes(len(signature)) + len(signature)
    if unprotected or len(data) != size:
        cbor.check_form(data)
        cbor.check_types(unprotected)
    kid = claims.get(_KID, unprotected.get(_KID))
    return Sign1(
        protected,
        claims.get(_ALGORITHM, unprotected.get(_ALGORITHM)),
        kid if isinstance(kid, bytes) and len(kid) <= MAX_KID_BYTES else None,
        _KID in claims,
        payload,
        signature,
        signs + encoded,
    )


class _Header(NamedTuple):
    """What a protected header says; and what it adds, encoded, to message and signed bytes.

    `begins` is how a message with an empty unprotected header begins.
    """

    claims: Mapping[Any, Any]
    begins: bytes
    signs: bytes


# An issuer writes the same few bytes into every pass.
@lru_cache(maxsize=256)
def _header(protected: bytes) -> _Header:
    claims = cbor.decode(protected) if protected else {}
    if not isinstance(claims, dict):
        raise Refused(Reason.MALFORMED, "a COSE header that is no map")
    if _CRITICAL in claims:
        # RFC 9052 3.1: what is not understood there must not be ignored, and we know none.
        raise Refused(Reason.MALFORMED, "a COSE header that asks for more than is known here")
    encoded = cbor2.dumps(protected)
    return _Header(
        MappingProxyType(claims),
        begins=b"\x84" + encoded + b"\xa0",
        signs=b"\x84\x6aSignature1" + encoded + b"\x40",
    )


def verify(message: Sign1, *, keyring: Keyring, form: PassFormat) -> Key:
    """Return the key of the format and with the message's id that signed it, or raise `Refused`."""
    keys = keyring.find(message.kid, form=form) if message.kid else ()
    if not keys:
        raise Refused(Reason.UNKNOWN_ISSUER)
    return signer_of(message, keys=keys)


def signer_of(message: Sign1, *, keys: Iterable[Key]) -> Key:
    """Return the one of `keys` that signed `message`, or raise `Refused`.

    Every key is tried, and only with its own algorithm.
    """
    algorithm = _algorithm(message.algorithm)
    refusal = None
    for key in keys:
        if key.algorithm is algorithm:
            try:
                key.check(message.to_be_signed, signature=message.signature)
            except Refused as refused:
                refusal = refused
            else:
                return key
    raise refusal or Refused(Reason.WRONG_ALGORITHM)


def _algorithm(claimed: object) -> Algorithm | None:
    # The type as well: -7.0 equals -7 in Python, and is another claim in CBOR.
    return _ALGORITHM_BY_NUMBER.get(claimed) if type(claimed) is int else None

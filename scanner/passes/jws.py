"""JWS in its compact writing (RFC 7515 section 7.1), as cards and JSON Web Tokens use it.

Promises three parts in base64url of one possible writing: no padding, no stray characters, no
bits set behind the last byte. `alg` is a claim only: the key decides the algorithm. Refused:
`crit` (section 4.1.11), since what it names must be understood and we know no such thing.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from scanner.passes import strict_json
from scanner.terms import Reason, Refused
from scanner.trust import Algorithm, Key, base64url

# A version-40 code holds 4,296 characters; a card in parts may have a few times as many.
MAX_JWS_BYTES: Final = 32 * 1024
# `alg`, `kid`, `zip` and `typ` fill a hundred bytes, a DID as `kid` two hundred more.
MAX_HEADER_BYTES: Final = 1024
_PARTS: Final = 3

# RFC 7518 section 3.1, RFC 8037, RFC 8812.
_ALGORITHM_BY_NAME: Final = {
    "ES256": Algorithm.ES256,
    "ES256K": Algorithm.ES256K,
    "EdDSA": Algorithm.EDDSA,
    "PS256": Algorithm.PS256,
}


class Jws(NamedTuple):
    """One parsed, not yet verified JWS; `signing_input` is what the signature covers."""

    header: Mapping[str, Any]
    payload: bytes
    signature: bytes
    signing_input: bytes


def parse(text: bytes) -> Jws:
    """Take a JWS apart, or raise `Refused(malformed)` or `Refused(too_large)`."""
    if len(text) > MAX_JWS_BYTES:
        raise Refused(Reason.TOO_LARGE, f"a JWS of more than {MAX_JWS_BYTES} bytes")
    parts = text.split(b".", _PARTS)
    if len(parts) != _PARTS:
        raise Refused(Reason.MALFORMED, "no JWS, which has three parts")
    header, payload, signature = parts
    if len(header) > MAX_HEADER_BYTES:
        raise Refused(Reason.MALFORMED, f"a JWS header of more than {MAX_HEADER_BYTES} bytes")
    return Jws(
        _header(header),
        decode_base64url(payload),
        decode_base64url(signature),
        text[: -len(signature) - 1],
    )


def decode_base64url(text: bytes) -> bytes:
    """Return the bytes that `text` writes in base64url, or raise `Refused(malformed)`."""
    try:
        return base64url.decode(text)
    except ValueError:
        raise Refused(Reason.MALFORMED, "broken base64url") from None


# An issuer writes the same few bytes into every pass.
@lru_cache(maxsize=256)
def _header(part: bytes) -> Mapping[str, Any]:
    header = strict_json.read(decode_base64url(part))
    if "crit" in header:
        raise Refused(Reason.MALFORMED, "a JWS header that asks for more than is known here")
    if not isinstance(header.get("alg"), str):
        raise Refused(Reason.MALFORMED, "a JWS header without its algorithm")
    return MappingProxyType(header)


def verify(message: Jws, *, keys: Iterable[Key]) -> Key:
    """Return the one of `keys` that signed `message`, or raise `Refused`.

    Every key is tried, and only with its own algorithm.
    """
    claimed = _ALGORITHM_BY_NAME.get(message.header["alg"])
    refusal = Refused(Reason.WRONG_ALGORITHM)
    for key in keys:
        if key.algorithm is claimed:
            try:
                key.check(message.signing_input, signature=message.signature)
            except Refused as refused:
                refusal = refused
            else:
                return key
    raise refusal

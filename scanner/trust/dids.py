"""`did:infra` identifiers, and allow-lists of them (`*.dids`).

A public-key DID is `did:infra:NETWORK:PUB_K1_` (secp256k1) or `PUB_R1_` (P-256) and the base58 of
a compressed point (33 bytes) and its checksum (4 bytes): whoever knows the DID knows the key.
Source: Infra DID method specification, section 1.2; but the checksum is EOSIO's, the first bytes
of RIPEMD160(point | "K1"), as in every DID in use, and not what that specification writes.
Refused are account DIDs (`did:infra:NETWORK:name`), whose keys only a server knows.
"""

import hashlib
import re
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from scanner.terms import InputError, PassFormat
from scanner.trust.keyring import Algorithm, Key
from scanner.trust.lists import TrustFile

# One issuer a line; each costs a square root on its curve, and a door reads them between guests.
MAX_DIDS: Final = 1000
_POINT_BYTES: Final = 33
_CHECKSUM_BYTES: Final = 4
BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DIGIT: Final = {letter: value for value, letter in enumerate(BASE58)}
# A point begins with 2 or 3: its 37 bytes always fill exactly 50 digits, so that a key has one
# writing, and no text makes the reading long.
_DID: Final = re.compile(rf"did:infra:[A-Za-z0-9._-]{{1,64}}:PUB_(K1|R1)_([{BASE58}]{{50}})")
_CURVES: Final[dict[str, tuple[ec.EllipticCurve, Algorithm]]] = {
    "K1": (ec.SECP256K1(), Algorithm.ES256K),
    "R1": (ec.SECP256R1(), Algorithm.ES256),
}
_FORMATS: Final = frozenset({PassFormat.INFRADID})


def key_of(did: str) -> Key:
    """Return the key inside a DID, its id the DID itself; raise `InputError` if there is none."""
    found = _DID.fullmatch(did)
    if found is None:
        raise InputError(f"{did[:40]!r} is not did:infra:NETWORK:PUB_K1_ or PUB_R1_ and a key")
    kind, digits = found.groups()
    number = 0
    for digit in digits:
        number = number * 58 + _DIGIT[digit]
    data = number.to_bytes(_POINT_BYTES + _CHECKSUM_BYTES, "big")
    point, checksum = data[:_POINT_BYTES], data[_POINT_BYTES:]
    if checksum_of(point, kind=kind) != checksum:
        raise InputError(f"{did[:40]!r}... has a wrong checksum: a letter was lost or changed")
    curve, algorithm = _CURVES[kind]
    try:
        public = ec.EllipticCurvePublicKey.from_encoded_point(curve, point)
    except ValueError:
        raise InputError(f"{did[:40]!r}... holds no point of its curve") from None
    return Key(did.encode(), algorithm, public, issuer=did, formats=_FORMATS)


def checksum_of(point: bytes, *, kind: str) -> bytes:
    """Return the four bytes that follow a point in the DIDs of a kind, `K1` or `R1`."""
    # RIPEMD160 here finds slips of the pen; nothing is safe or unsafe because of it.
    return hashlib.new("ripemd160", point + kind.encode()).digest()[:_CHECKSUM_BYTES]


def read_dids(content: bytes) -> TrustFile:
    """Return the keys of an allow-list: one DID a line, `#` at line start a comment."""
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise InputError("not a text file; give one DID a line") from None
    keys = []
    for number, line in enumerate(lines, start=1):
        did = line.strip()
        if not did or did.startswith("#"):
            continue
        try:
            keys.append(key_of(did))
        except InputError as error:
            raise InputError(f"line {number}: {error}; give one DID a line") from None
        if len(keys) > MAX_DIDS:
            raise InputError(f"more than {MAX_DIDS} DIDs, which no venue trusts")
    if not keys:
        raise InputError("an allow-list without a DID; give one a line, or leave the file out")
    return TrustFile(tuple(keys))

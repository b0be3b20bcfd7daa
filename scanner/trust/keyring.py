"""Keys of issuers, found by key id; the only room that touches raw cryptography.

A key carries its own algorithm: what a pass claims is compared with it and never
chooses it. A key id is a hint, eight bytes long, so several keys may share one and
all of them are offered (hcert spec 3.3.3).
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Final, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256

from scanner.terms import InputError, Kind, PassFormat, Reason, Refused
from scanner.trust.anchor import Anchor

COORDINATE_BYTES: Final = 32
# NIST SP 800-131A: shorter RSA keys are no longer acceptable for signatures.
MIN_RSA_BITS: Final = 2048
# An RSA check costs more the longer the key is; 8192 bits still take below 1 ms.
MAX_RSA_BITS: Final = 8192

_ECDSA: Final = ec.ECDSA(SHA256())
_SEQUENCE: Final = 0x30
# How a DER integer of 32 bytes begins, by its first byte: the sign bit must stay clear.
_INTEGER: Final = (b"\x02\x20",) * 0x80 + (b"\x02\x21\x00",) * 0x80
_PSS: Final = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=SHA256.digest_size)


class Algorithm(Enum):
    """Signature algorithms, by their COSE number (RFC 9053)."""

    ES256 = -7
    EDDSA = -8
    PS256 = -37
    ES256K = -47


PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey

CertificateId = tuple[bytes, int]
"""The name of a certificate's issuer as `anchors.folded_name` writes it, and its serial number."""

_DCC_ONLY: Final = frozenset({PassFormat.DCC})


@dataclass(frozen=True, slots=True)
class Key:
    """One trusted key: who signs with it, how, when, and what for.

    `purposes` empty means every kind of pass; dates are inclusive and absent where
    the source gives none. `issuer` is the country or organisation, for people; where the
    format binds a key to its issuer, exactly as passes name it. `formats` are those that the
    key may sign: a key of one never vouches for a pass of another. `certificate` is there
    where a certificate revocation list could name the key.
    """

    kid: bytes
    algorithm: Algorithm
    public: PublicKey
    issuer: str | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None
    purposes: frozenset[Kind] = frozenset()
    formats: frozenset[PassFormat] = _DCC_ONLY
    certificate: CertificateId | None = None

    def check(self, message: bytes, *, signature: bytes) -> None:
        """Return if `signature` over `message` holds, else raise `Refused(bad_signature)`.

        ES256 and ES256K signatures are the 64 raw bytes r || s (RFC 9053 2.1, RFC 8812), PS256
        those of RFC 8230, EDDSA the 64 bytes of Ed25519 (RFC 8032).
        """
        # By the algorithm, as `isinstance` is slow for these abstract classes.
        try:
            if self.algorithm is Algorithm.ES256 or self.algorithm is Algorithm.ES256K:
                elliptic = cast("ec.EllipticCurvePublicKey", self.public)
                elliptic.verify(_der_signature(signature), message, _ECDSA)
            elif self.algorithm is Algorithm.EDDSA:
                cast("ed25519.Ed25519PublicKey", self.public).verify(signature, message)
            else:
                _check_pss(cast("rsa.RSAPublicKey", self.public), message, signature=signature)
        except InvalidSignature:
            raise Refused(Reason.BAD_SIGNATURE) from None


def _check_pss(public: rsa.RSAPublicKey, message: bytes, *, signature: bytes) -> None:
    # OpenSSL takes a signature without its leading zeros, too: a second writing of the same
    # one, under which no revocation list would name it.
    if len(signature) != (public.key_size + 7) // 8:
        raise Refused(Reason.BAD_SIGNATURE, "a PS256 signature is as long as its key")
    public.verify(signature, message, _PSS, SHA256())


def _der_signature(raw: bytes) -> bytes:
    if len(raw) != 2 * COORDINATE_BYTES:
        raise Refused(Reason.BAD_SIGNATURE, "an ES256 signature is 64 bytes long")
    r, s = raw[:COORDINATE_BYTES], raw[COORDINATE_BYTES:]
    if r[0] and s[0]:
        numbers = _INTEGER[r[0]] + r + _INTEGER[s[0]] + s
        return bytes((_SEQUENCE, len(numbers))) + numbers
    return utils.encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))


def algorithm_of(public: object) -> Algorithm:
    """Return the one algorithm a public key may be used with, or raise `InputError`."""
    if isinstance(public, ec.EllipticCurvePublicKey):
        if isinstance(public.curve, ec.SECP256R1):
            return Algorithm.ES256
        raise InputError(f"an EC key on {public.curve.name}; passes are signed on P-256")
    if isinstance(public, rsa.RSAPublicKey):
        if MIN_RSA_BITS <= public.key_size <= MAX_RSA_BITS:
            return Algorithm.PS256
        raise InputError(
            f"an RSA key of {public.key_size} bits; {MIN_RSA_BITS} to {MAX_RSA_BITS} are used"
        )
    raise InputError("neither a P-256 nor an RSA key; passes are signed with one of these")


ByKid = Mapping[bytes, tuple[Key, ...]]


@dataclass(frozen=True, slots=True)
class Keyring:
    """All trusted keys; immutable, so a reader never sees half a change.

    `anchors` are authorities whose certificates stand in the passes themselves.
    """

    by_format: Mapping[PassFormat, ByKid] = field(default_factory=lambda: MappingProxyType({}))
    twins_by_kid: ByKid = field(default_factory=lambda: MappingProxyType({}))
    anchors: tuple[Anchor, ...] = ()
    keys: tuple[Key, ...] = ()
    """Every key, once."""

    @classmethod
    def of(cls, keys: Iterable[Key], *, anchors: Iterable[Anchor] = ()) -> "Keyring":
        """Collect keys; the same key given twice counts once, whatever the order."""
        found: defaultdict[PassFormat, defaultdict[bytes, dict[object, Key]]]
        found = defaultdict(lambda: defaultdict(dict))
        by_public: defaultdict[object, dict[int, Key]] = defaultdict(dict)
        # Renewed certificates first: of two with one id and one key the later one counts, and the
        # one that may sign every kind.
        for key in sorted(keys, key=_weight, reverse=True):
            numbers = _numbers(key.public)
            identity = (numbers, key.issuer, key.not_before, key.not_after, key.purposes)
            for form in key.formats:
                if identity not in found[form][key.kid]:
                    found[form][key.kid][identity] = key
                    by_public[numbers][id(key)] = key
        return cls(
            MappingProxyType({form: _frozen(by_kid) for form, by_kid in found.items()}),
            _twins(by_public.values()),
            tuple({anchor.der: anchor for anchor in anchors}.values()),
            tuple(key for same in by_public.values() for key in same.values()),
        )

    def find(self, kid: bytes, *, form: PassFormat) -> tuple[Key, ...]:
        """Return every key with this id that may sign passes of a format, or none."""
        by_kid = self.by_format.get(form)
        return () if by_kid is None else by_kid.get(kid, ())

    def keys_of(self, form: PassFormat) -> tuple[Key, ...]:
        """Return every key that may sign passes of a format."""
        by_kid = self.by_format.get(form, {})
        return tuple(key for keys in by_kid.values() for key in keys)

    def twins(self, key: Key) -> tuple[Key, ...]:
        """Return the same public key under other ids: other certificates of one issuer."""
        return self.twins_by_kid.get(key.kid, ())

    def __len__(self) -> int:
        return len(self.keys) + len(self.anchors)


def _frozen(by_kid: Mapping[bytes, Mapping[object, Key]]) -> ByKid:
    return MappingProxyType({kid: tuple(same.values()) for kid, same in by_kid.items()})


def _twins(groups: Iterable[Mapping[int, Key]]) -> ByKid:
    return MappingProxyType(
        {
            key.kid: tuple(twin for twin in same.values() if twin.kid != key.kid)
            for same in groups
            if len({key.kid for key in same.values()}) > 1
            for key in same.values()
        }
    )


def _numbers(public: PublicKey) -> object:
    if isinstance(public, ed25519.Ed25519PublicKey):
        return public.public_bytes_raw()
    return public.public_numbers()


def _weight(key: Key) -> tuple[float, bool]:
    last_day = key.not_after.timestamp() if key.not_after else math.inf
    return last_day, not key.purposes

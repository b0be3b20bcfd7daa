"""An issuer of EU DCC / WHO HCERT passes, for rehearsals and tests.

Promises texts in the form of the electronic health certificate specification
(CWT in COSE_Sign1, zlib, base45) signed with ES256 or PS256 by a key that is made
in memory and never written. Reads no clock: every time is an argument.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, Self, Unpack
from zlib import compress, decompress
from zlib import error as zlib_error

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from scanner.passes.base45 import decode
from scanner.publish import base45
from scanner.publish.dsc import PrivateKey, Subject, SubjectTerms, self_signed
from scanner.publish.wrapping import Wrapping
from scanner.terms import InputError, Refused
from scanner.trust import Algorithm
from scanner.trust.certificate import kid_of

_COORDINATE_BYTES: Final = 32  # r and s on P-256
_RSA_BITS: Final = 2048  # the specification's least size: the signature stays small in the code
_ISS: Final = 1
_EXP: Final = 4
_NBF: Final = 5
_IAT: Final = 6
_HCERT: Final = -260
_PREFIX_CHARACTERS: Final = 4  # "HC1:"
_BIRTH_KEY: Final = b"\x63dob\x6a"  # CBOR: the key "dob", then a text of ten characters
_YEAR_DIGIT: Final = 3  # the last digit of the year: any other digit forges as well

_DEFAULT_WRAPPING: Final = Wrapping()


class Issuer:
    """One issuing country with one key and its document signer certificate."""

    def __init__(
        self, *, key: PrivateKey, algorithm: int, sign: Callable[[bytes], bytes], subject: Subject
    ) -> None:
        """Take a key; `es256` and `ps256` make one."""
        self.algorithm = algorithm
        self.country = subject.country
        self.certificate_der = self_signed(key, subject=subject)
        self._sign = sign

    @classmethod
    def es256(cls, **subject: Unpack[SubjectTerms]) -> Self:
        """Make an issuer with a new P-256 key; `subject` are the fields of `Subject`."""
        key = ec.generate_private_key(ec.SECP256R1())
        return cls(
            key=key,
            algorithm=Algorithm.ES256.value,
            sign=lambda data: _ecdsa(key, data=data),
            subject=Subject(**subject),
        )

    @classmethod
    def ps256(cls, **subject: Unpack[SubjectTerms]) -> Self:
        """Make an issuer with a new RSA key; `subject` are the fields of `Subject`."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
        return cls(
            key=key,
            algorithm=Algorithm.PS256.value,
            sign=lambda data: _pss(key, data=data),
            subject=Subject(**subject),
        )

    @property
    def kid(self) -> bytes:
        """The key identifier that passes of this issuer carry."""
        return kid_of(self.certificate_der)

    def issue(
        self,
        content: Mapping[str, Any],
        *,
        issued_at: datetime,
        expires_at: datetime,
        not_before: datetime | None = None,
        wrapping: Wrapping = _DEFAULT_WRAPPING,
    ) -> str:
        """Sign `content` (see `scanner.publish.content`) and give the text of its QR code."""
        moment: type[float | int] = float if wrapping.float_times else int
        claims: dict[int, Any] = {
            _ISS: wrapping.issuer or self.country,
            _EXP: moment(expires_at.timestamp()),
            _IAT: moment(issued_at.timestamp()),
            _HCERT: {1: dict(content)},
        }
        if not_before is not None:
            claims[_NBF] = moment(not_before.timestamp())
        return self.sign(cbor2.dumps(claims), wrapping=wrapping)

    def sign(self, payload: bytes, *, wrapping: Wrapping = _DEFAULT_WRAPPING) -> str:
        """Sign any CWT bytes, well formed or not, and give the text of the QR code."""
        protected, unprotected = wrapping.headers(algorithm=self.algorithm, kid=self.kid)
        # RFC 9052 section 4.4: the structure that is signed
        signed = cbor2.dumps(["Signature1", protected, b"", payload])
        return wrapping.text(
            protected=protected,
            unprotected=unprotected,
            payload=payload,
            signature=self._sign(signed),
        )


def tampered(text: str) -> str:
    """Forge a pass: change the holder's year of birth and keep the signature.

    Raises `InputError` when the text is no pass with a full date of birth.
    """
    prefix, body = text[:_PREFIX_CHARACTERS], text[_PREFIX_CHARACTERS:]
    try:
        message = bytearray(decompress(decode(body.encode())))
        digit = message.index(_BIRTH_KEY) + len(_BIRTH_KEY) + _YEAR_DIGIT
    except (Refused, zlib_error, ValueError):
        raise InputError("no pass with a full date of birth to tamper with: issue one") from None
    message[digit] = ord("0") + (message[digit] - ord("0") + 1) % 10
    return prefix + base45.encode(compress(message, level=9))


def _ecdsa(key: ec.EllipticCurvePrivateKey, *, data: bytes) -> bytes:
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(_COORDINATE_BYTES) + s.to_bytes(_COORDINATE_BYTES)


def _pss(key: rsa.RSAPrivateKey, *, data: bytes) -> bytes:
    digest = hashes.SHA256()
    # RFC 8230 section 2: the salt is as long as the digest
    salted = padding.PSS(mgf=padding.MGF1(digest), salt_length=digest.digest_size)
    return key.sign(data, salted, digest)

"""An issuer of SMART Health Cards, for rehearsals and tests: cards, key set, revocation list.

Promises texts in the form of the SMART Health Cards Framework, signed with ES256 by a key that
is made in memory and never written. Reads no clock: every time is an argument.
"""

import json
import zlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from scanner.publish.content import Outcome, Person
from scanner.trust import base64url

_COORDINATE_BYTES: Final = 32
# Two digits for each character; "-", 45, is the first that a JWS has.
_PAIRS: Final = {45 + number: f"{number:02}" for number in range(100)}
_COMIRNATY_CVX: Final = "208"
_PCR_LOINC: Final = "94500-6"


_PREFIX: Final = "shc:/"


class Issuer:
    """One issuing organisation with one key; `iss` is its https address without a slash behind."""

    def __init__(self, iss: str, *, key: ec.EllipticCurvePrivateKey | None = None) -> None:
        """Take a P-256 key, or make one."""
        self.iss: Final = iss
        self.key: Final = key or ec.generate_private_key(ec.SECP256R1())
        self.jwk: Final = _jwk(self.key.public_key())

    @property
    def kid(self) -> str:
        """The key identifier that cards of this issuer carry."""
        return str(self.jwk["kid"])

    def jwks(self) -> bytes:
        """Give the key set that a door trusts."""
        return _minified({"keys": [self.jwk]})

    def crl(self, rids: Iterable[str], *, counter: int = 1) -> bytes:
        """Give the revocation list of the key; a rid may end in `.SECONDS`."""
        return _minified(
            {"kid": self.kid, "method": "rid", "ctr": counter, "rids": list(rids)},
        )

    def issue(
        self,
        resources: Iterable[Mapping[str, Any]],
        *,
        issued_at: datetime,
        expires_at: datetime | None = None,
        rid: str | None = None,
    ) -> str:
        """Sign FHIR resources and give the text of the code, however long it is."""
        claims = self.claims(resources, issued_at=issued_at, expires_at=expires_at, rid=rid)
        return numeric(self.sign(_deflated(_minified(claims))))

    def claims(
        self,
        resources: Iterable[Mapping[str, Any]],
        *,
        issued_at: datetime,
        expires_at: datetime | None = None,
        rid: str | None = None,
    ) -> dict[str, Any]:
        """Give what a card says, before it is packed and signed."""
        entries = [
            {"fullUrl": f"resource:{at}", "resource": dict(one)} for at, one in enumerate(resources)
        ]
        bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
        card: dict[str, Any] = {
            "type": ["https://smarthealth.cards#health-card"],
            "credentialSubject": {"fhirVersion": "4.0.1", "fhirBundle": bundle},
        }
        claims: dict[str, Any] = {"iss": self.iss, "nbf": issued_at.timestamp(), "vc": card}
        if rid is not None:
            card["rid"] = rid
        if expires_at is not None:
            claims["exp"] = expires_at.timestamp()
        return claims

    def pack(self, claims: object) -> str:
        """Sign any claims, or bytes as they are, and give the text of the code."""
        return numeric(
            self.sign(_deflated(claims if isinstance(claims, bytes) else _minified(claims)))
        )

    def sign(self, payload: bytes, *, header: Mapping[str, Any] | None = None) -> bytes:
        """Sign payload bytes and give the JWS; `header` replaces members of the usual one."""
        usual = {"zip": "DEF", "alg": "ES256", "kid": self.kid}
        told = {
            name: value for name, value in (usual | dict(header or {})).items() if value is not None
        }
        signed = base64url.encode(_minified(told)) + b"." + base64url.encode(payload)
        r, s = decode_dss_signature(self.key.sign(signed, ec.ECDSA(hashes.SHA256())))
        raw = r.to_bytes(_COORDINATE_BYTES, "big") + s.to_bytes(_COORDINATE_BYTES, "big")
        return signed + b"." + base64url.encode(raw)


def numeric(jws: bytes) -> str:
    """Write a JWS as the text of one code: two digits for each character."""
    return _PREFIX + _digits(jws)


def in_parts(card: str, *, count: int) -> list[str]:
    """Write the text of a whole card as the texts of several codes of about the same length."""
    digits = card.removeprefix(_PREFIX)
    # Two digits are a character, and stay together.
    size = -(-len(digits) // count // 2) * 2
    parts = [digits[at : at + size] for at in range(0, len(digits), size)]
    return [f"{_PREFIX}{at}/{len(parts)}/{part}" for at, part in enumerate(parts, start=1)]


def patient(person: Person) -> dict[str, Any]:
    """Make the resource that names the holder."""
    name = {"family": person.family, "given": person.given.split()}
    return {"resourceType": "Patient", "name": [name], "birthDate": person.born.isoformat()}


def immunization(given_on: date, *, cvx: str = _COMIRNATY_CVX) -> dict[str, Any]:
    """Make one dose; `cvx` is the code of the vaccine."""
    return {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": _concept("http://hl7.org/fhir/sid/cvx", cvx),
        "patient": {"reference": "resource:0"},
        "occurrenceDateTime": given_on.isoformat(),
    }


def observation(taken_at: datetime, *, result: Outcome, loinc: str = _PCR_LOINC) -> dict[str, Any]:
    """Make one test; `loinc` says which, `taken_at` is aware."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": _concept("http://loinc.org", loinc),
        "subject": {"reference": "resource:0"},
        "effectiveDateTime": taken_at.isoformat(),
        "valueCodeableConcept": _concept("http://snomed.info/sct", result.value),
    }


def _concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def _digits(jws: bytes) -> str:
    return "".join([_PAIRS[character] for character in jws])


def _minified(told: object) -> bytes:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(level=9, wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def _jwk(public: ec.EllipticCurvePublicKey) -> dict[str, Any]:
    point = public.public_numbers()
    x, y = (
        base64url.encode(value.to_bytes(_COORDINATE_BYTES, "big")).decode()
        for value in (point.x, point.y)
    )
    key = {"crv": "P-256", "kty": "EC", "x": x, "y": y}
    # RFC 7638: the members in this order.
    kid = base64url.encode(sha256(_minified(key)).digest()).decode()
    return {**key, "kid": kid, "use": "sig", "alg": "ES256"}

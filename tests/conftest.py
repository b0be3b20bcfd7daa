"""Fixtures that the rooms share: issuers made once a run, and where the public data lies."""

import json
import os
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final
from zlib import compress, decompress

import cbor2
import pytest
from hypothesis import settings

from scanner.gate import Belief
from scanner.passes.base45 import decode
from scanner.publish import base45, content
from scanner.publish.dcc import Issuer
from scanner.publish.wrapping import Wrapping
from scanner.rules.conditions import GENUINE_ONLY
from scanner.terms import Moment
from scanner.trust import Key, Keyring, RevocationList, read_trust

# The same examples in every run, and no failure because a machine was busy.
settings.register_profile("door", derandomize=True, deadline=None, database=None)
settings.load_profile("door")

CHECKOUT: Final = Path(__file__).resolve().parents[1]
_ALGORITHM, _KID = 1, 4
_ISS, _EXP, _IAT, _HCERT = 1, 4, 6, -260


@dataclass(frozen=True, slots=True, kw_only=True)
class OddHeaders(Wrapping):
    """A wrapping whose headers are any bytes and any map."""

    protected: bytes
    unprotected: Mapping[Any, Any]

    def headers(self, *, algorithm: int, kid: bytes) -> tuple[bytes, dict[int, bytes]]:  # noqa: ARG002
        return self.protected, dict(self.unprotected)


class Mint:
    """Strikes passes of any form, well formed or not, that its issuer really signed.

    The certificate is valid for the year 2026, passes from May to December; `now` is
    in between.
    """

    begins: Final = datetime(2026, 1, 1, tzinfo=UTC)
    ends: Final = datetime(2027, 1, 1, tzinfo=UTC)
    issued: Final = datetime(2026, 5, 1, tzinfo=UTC)
    expires: Final = datetime(2026, 12, 1, tzinfo=UTC)
    now: Final = Moment(datetime(2026, 6, 1, 12, tzinfo=UTC), trusted=True)
    person: Final = content.INVENTED[0]

    def __init__(self, issuer: Issuer) -> None:
        self.issuer = issuer
        (self.key,) = read_trust(issuer.certificate_der).keys
        self.keyring = Keyring.of((self.key,))
        self.belief = Belief(self.keyring, RevocationList(), (GENUINE_ONLY,))
        self.vaccination = content.vaccination(
            self.person, country=issuer.country, given_on=date(2026, 4, 1)
        )
        self.test = content.test(
            self.person,
            country=issuer.country,
            result=content.Outcome.NOT_DETECTED,
            sampled_at=self.issued,
        )
        self.recovery = content.recovery(
            self.person, country=issuer.country, positive_on=date(2026, 4, 1)
        )
        self.valid = self.strike(self.claims())

    def claims(self, hcert: object = None, **changes: object) -> dict[Any, Any]:
        """Give CWT claims around a certificate; `iss`, `exp`, `iat` may be replaced."""
        return {
            _ISS: changes.get("iss", self.issuer.country),
            _EXP: changes.get("exp", int(self.expires.timestamp())),
            _IAT: changes.get("iat", int(self.issued.timestamp())),
            _HCERT: {1: self.vaccination if hcert is None else hcert},
        }

    def strike(self, claims: object, *, prefix: str = "HC1:") -> bytes:
        """Sign any value, or bytes as they are, and give the text of the code."""
        payload = claims if isinstance(claims, bytes) else cbor2.dumps(claims)
        return self.issuer.sign(payload, wrapping=Wrapping(prefix=prefix)).encode()

    def headed(
        self, protected: Mapping[Any, Any] | bytes, unprotected: Mapping[Any, Any] | None = None
    ) -> bytes:
        """Sign the valid claims under these headers."""
        packed = protected if isinstance(protected, bytes) else cbor2.dumps(dict(protected))
        wrapping = OddHeaders(protected=packed, unprotected=unprotected or {})
        return self.issuer.sign(cbor2.dumps(self.claims()), wrapping=wrapping).encode()

    def listed_as(self, kid: bytes) -> tuple[Key, ...]:
        """Give the keys of a `{kid: base64 DER}` list that names the certificate `kid`."""
        listed = {b64encode(kid).decode(): b64encode(self.issuer.certificate_der).decode()}
        return read_trust(json.dumps(listed).encode()).keys

    def headers(self) -> dict[int, Any]:
        """Give the protected header as the specification asks for it."""
        return {_ALGORITHM: self.issuer.algorithm, _KID: self.issuer.kid}

    def message(self) -> list[Any]:
        """Give protected header, unprotected header, payload and signature of a valid pass."""
        items: Iterable[Any] = cbor2.loads(self.unwire(self.valid)).value
        return list(items)

    @staticmethod
    def wire(message: bytes, *, prefix: bytes = b"HC1:") -> bytes:
        """Wrap COSE bytes as the text of a code."""
        return prefix + base45.encode(compress(message, level=9)).encode()

    @staticmethod
    def unwire(raw: bytes) -> bytes:
        """Give the COSE bytes in the text of a code."""
        return decompress(decode(raw[4:]))


@pytest.fixture(scope="session")
def mint() -> Mint:
    """An issuer that signs with ES256."""
    return Mint(Issuer.es256(country="AT", not_before=Mint.begins, not_after=Mint.ends))


@pytest.fixture(scope="session")
def rsa_mint() -> Mint:
    """An issuer that signs with PS256."""
    return Mint(Issuer.ps256(country="AT", not_before=Mint.begins, not_after=Mint.ends))


@pytest.fixture(scope="session")
def strange_mint() -> Mint:
    """An issuer whose key no door here trusts."""
    return Mint(Issuer.es256(country="AT", not_before=Mint.begins, not_after=Mint.ends))


@pytest.fixture
def another(mint: Mint) -> Callable[[int], bytes]:
    """Strike the n-th of several valid passes, each different."""
    passes: dict[int, bytes] = {}

    def strike(number: int) -> bytes:
        exp = int(mint.expires.timestamp()) + number
        return passes.setdefault(number, mint.strike(mint.claims(exp=exp)))

    return strike


@pytest.fixture
def expired(mint: Mint) -> bytes:
    """A genuine pass whose time is over."""
    return mint.strike(mint.claims(exp=int(mint.issued.timestamp()) + 1))


def conformance_folder() -> Path:
    """Say where the public conformance data would lie."""
    named = os.environ.get("DOOR_SCANNER_CONFORMANCE")
    return Path(named) if named else CHECKOUT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def conformance() -> Path:
    """The public conformance data; the test is skipped where there is none."""
    folder = conformance_folder()
    if not folder.is_dir():
        pytest.skip(f"no conformance data at {folder}; set DOOR_SCANNER_CONFORMANCE")
    return folder

"""One W3C Verifiable Credential as a JSON Web Token (VC Data Model 1.1, section 6.3.1).

Promises a credential whose issuer is trusted and whose signature holds under the issuer's key.
Dates are those of the token (`nbf`, `exp`) and, where an issuer left them inside, those of the
credential (`issuanceDate`, `expirationDate`): all of them must allow it. Its handles, under which
it may be revoked, are `jti` and `vc.id`. Types of health credentials are this project's profile
(`scanner.rules.claims.infradid`).
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from scanner.passes import jws, numeric_date, strict_json
from scanner.passes.jws import Jws
from scanner.terms import Kind, PassFormat, Reason, Refused, rfc3339
from scanner.trust import Key, Keyring

# DIDs and addresses alike; a DID with a key inside has 70 characters.
_ISSUER: Final = re.compile(r"[!-~]{1,256}")

_KIND_OF: Final = {
    "VaccinationCredential": Kind.VACCINATION,
    "TestCredential": Kind.TEST,
    "RecoveryCredential": Kind.RECOVERY,
    "ExemptionCredential": Kind.EXEMPTION,
}


class Token(NamedTuple):
    """A parsed, not yet verified JSON Web Token."""

    message: Jws
    claims: dict[str, Any]


class Credential(NamedTuple):
    """A parsed, not yet verified credential; `key` is the trusted one of its issuer."""

    token: Token
    key: Key
    kind: Kind | None
    subject: str | None
    not_before: datetime | None
    not_after: datetime | None
    handles: tuple[str, ...]

    def check(self) -> None:
        """Return if the issuer signed it, or raise `Refused`."""
        try:
            jws.verify(self.token.message, keys=(self.key,))
        except Refused as refused:
            refused.key_id = self.key.issuer
            raise


def read(text: bytes) -> Token:
    """Take a JSON Web Token apart, or raise `Refused(malformed)`."""
    message = jws.parse(text)
    return Token(message, strict_json.read(message.payload))


def issuer_of(token: Token) -> str:
    """Return whom a token names as its signer."""
    issuer = token.claims.get("iss")
    if not isinstance(issuer, str) or not _ISSUER.fullmatch(issuer):
        raise Refused(Reason.MALFORMED, "a token without its issuer")
    return issuer


def parse(token: Token, *, keyring: Keyring) -> Credential:
    """Read a credential and find its issuer's key, or raise `Refused`."""
    claims, vc = token.claims, token.claims.get("vc")
    if not isinstance(vc, dict):
        raise Refused(Reason.MALFORMED, "a token without a credential")
    starts = date_of(claims, name="nbf"), _text_date(vc, name="issuanceDate")
    ends = date_of(claims, name="exp"), _text_date(vc, name="expirationDate")
    handles = _text(claims, name="jti"), _text(vc, name="id")
    return Credential(
        token,
        _key(issuer_of(token), keyring=keyring),
        kind_of(vc),
        _text(claims, name="sub"),
        not_before=max(filter(None, starts), default=None),
        not_after=min(filter(None, ends), default=None),
        handles=tuple(dict.fromkeys(filter(None, handles))),
    )


def _key(issuer: str, *, keyring: Keyring) -> Key:
    keys = keyring.find(issuer.encode(), form=PassFormat.INFRADID)
    if not keys:
        refused = Refused(Reason.UNKNOWN_ISSUER)
        refused.key_id = issuer
        raise refused
    return keys[0]  # a DID is its key: there is no second one


def kind_of(vc: Mapping[str, Any]) -> Kind | None:
    """Return what a credential says of health; one of two kinds would be read in two ways."""
    told = vc.get("type")
    types = told if isinstance(told, list) else [told]
    kinds = {_KIND_OF[one] for one in types if isinstance(one, str) and one in _KIND_OF}
    if len(kinds) > 1:
        raise Refused(Reason.MALFORMED, "a credential of two kinds")
    return next(iter(kinds), None)


def date_of(claims: Mapping[str, Any], *, name: str) -> datetime | None:
    """Return a NumericDate (RFC 7519 section 2), whole or with a fraction, or None."""
    return numeric_date.read(claims.get(name), name=name)


def _text_date(vc: Mapping[str, Any], *, name: str) -> datetime | None:
    value = vc.get(name)
    try:
        return None if value is None else rfc3339(value)
    except (ValueError, TypeError):
        raise Refused(Reason.MALFORMED, f"{name} is no time with its offset") from None


def _text(members: Mapping[str, Any], *, name: str) -> str | None:
    value = members.get(name)
    if value is not None and not isinstance(value, str):
        raise Refused(Reason.MALFORMED, f"{name} is no text")
    return value or None

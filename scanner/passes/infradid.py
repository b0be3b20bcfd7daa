"""`did:infra` credentials, the COOV stack: a VC-JWT, or a holder-signed VP-JWT with VC-JWTs in it.

A credential is signed with ES256K or ES256 by an issuer whose DID stands on the allow-list. Alone
it is a static pass, which can be copied like any other: also by whoever has seen a presentation of
it. So `presented` stands among the claims, for venues that ask for more. A presentation is signed
by the holder, with the key inside the DID that every credential in it names as its subject (`sub`),
for a minute at most. Sources: infra-verify (the order of checks), VC Data Model 1.1, `did-jwt-vc`.

A code is one way: the door cannot send a nonce of its own first, so `nonce` and `aud` are not
judged. What is left against a copied presentation is its minute.
"""

import re
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from scanner.passes import credential, jws
from scanner.passes.credential import Credential, Token
from scanner.passes.genuine import Genuine
from scanner.passes.jws import MAX_JWS_BYTES, decode_base64url
from scanner.terms import InputError, Pass, PassFormat, Reason, Refused
from scanner.trust import Key, Keyring
from scanner.trust.dids import key_of

# COOV has one credential an attribute: name, birth, two or three doses, a test.
MAX_CREDENTIALS: Final = 16
MAX_LIFETIME: Final = timedelta(seconds=60)

_TOKEN: Final = re.compile(rb"eyJ[A-Za-z0-9_-]*\.eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*")
_ALGORITHM: Final = re.compile(rb'"alg"\s*:')
_CONTENT: Final = re.compile(rb'"v[cp]"\s*:')


def looks_like(raw: bytes) -> bool:
    """Say whether a code is a JSON Web Token around a credential or a presentation."""
    text = raw[: MAX_JWS_BYTES + 1]
    if not _TOKEN.fullmatch(text):
        return False
    header, payload, _ = text.split(b".")
    try:
        told = decode_base64url(header), decode_base64url(payload)
    except Refused:
        return False
    return bool(_ALGORITHM.search(told[0]) and _CONTENT.search(told[1]))


def verify(raw: bytes, *, keyring: Keyring) -> Genuine:
    """Return the genuine pass that `raw` holds, or raise `Refused`."""
    token = credential.read(raw)
    if "vp" in token.claims:
        return _presented(token, keyring=keyring)
    alone = credential.parse(token, keyring=keyring)
    alone.check()
    return Genuine(_pass((alone,)), alone.key)


def _presented(token: Token, *, keyring: Keyring) -> Genuine:
    """Verify a presentation: whose it is, for how long, and that all in it is its holder's."""
    start, end = (credential.date_of(token.claims, name=name) for name in ("nbf", "exp"))
    if start is None or end is None or not timedelta(0) < end - start <= MAX_LIFETIME:
        raise Refused(Reason.MALFORMED, f"a presentation not for {MAX_LIFETIME.seconds} s at most")
    tokens = [credential.read(text) for text in _embedded(token.claims)]
    if len({one.message.signing_input for one in tokens}) != len(tokens):
        raise Refused(Reason.MALFORMED, "one credential twice in a presentation")
    holder = _holder(token)
    credentials = tuple(credential.parse(one, keyring=keyring) for one in tokens)
    jws.verify(token.message, keys=(holder,))
    for one in credentials:
        one.check()
        if one.subject != holder.issuer:
            raise Refused(Reason.BAD_SIGNATURE, "presented by another than the holder")
    verified = _pass(credentials, presented=(start, end))
    return Genuine(verified, _foremost(credentials).key, is_presented=True)


def _embedded(claims: dict[str, Any]) -> list[bytes]:
    vp = claims["vp"]
    listed = vp.get("verifiableCredential") if isinstance(vp, dict) else None
    if "vc" in claims or not isinstance(listed, list) or not listed:
        raise Refused(Reason.MALFORMED, "a presentation without credentials")
    if len(listed) > MAX_CREDENTIALS:
        raise Refused(Reason.TOO_LARGE, f"more than {MAX_CREDENTIALS} credentials")
    if not all(isinstance(one, str) for one in listed):
        raise Refused(Reason.MALFORMED, "a presentation of something else than tokens")
    return [one.encode() for one in listed]


def _holder(token: Token) -> Key:
    try:
        return key_of(credential.issuer_of(token))
    except InputError:
        raise Refused(Reason.MALFORMED, "a holder whose DID holds no key") from None


def _foremost(credentials: tuple[Credential, ...]) -> Credential:
    """Return what stands for the whole: a name and a birthday only go with what is of health."""
    return next((one for one in credentials if one.kind is not None), credentials[0])


def _pass(
    credentials: tuple[Credential, ...], *, presented: tuple[datetime, datetime] | None = None
) -> Pass:
    """Make one pass of all credentials, current while all of them and their presentation are."""
    first = _foremost(credentials)
    began = [one.not_before for one in credentials]
    spans = [*((one.not_before, one.not_after) for one in credentials), presented or (None, None)]
    return Pass(
        format=PassFormat.INFRADID,
        kind=first.kind,
        issuer=first.key.issuer,
        key_id=first.key.kid.decode(),
        list_ids=partial(_revocation_ids, credentials),
        issued_at=None if None in began else min(filter(None, began)),
        not_before=max((start for start, _ in spans if start), default=None),
        not_after=min((end for _, end in spans if end), default=None),
        claims={
            "holder": first.subject,
            "presented": presented is not None,
            "credentials": [one.token.claims for one in credentials],
        },
    )


def _revocation_ids(credentials: tuple[Credential, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"vc-id:{name}" for one in credentials for name in one.handles))

"""Tokens made to break a reader: each is answered at once, and none is genuine."""

import json
from collections.abc import Callable
from time import process_time
from typing import Any

import pytest

from scanner import passes
from scanner.publish.infradid import Signer, base64url
from scanner.terms import InputError, Reason, Refused
from scanner.trust import Keyring
from scanner.trust.dids import key_of, read_dids

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

ISSUER, HOLDER = Signer.es256(), Signer.es256()
KEYRING = Keyring.of(read_dids(ISSUER.did.encode()).keys)
NOW_S = 1_700_000_000
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256
# A guest would notice more.
MAX_CPU_S = 0.5


def signed(payload: str, *, signer: Signer = ISSUER) -> str:
    return signer.sign(payload.encode())


def presented(*credentials: Any) -> str:
    return HOLDER.presentation(credentials, at_s=NOW_S)


def with_signature(r: int, s: int) -> str:
    text = ISSUER.credential("TestCredential", subject={}, holder=HOLDER.did)
    return f"{text.rpartition('.')[0]}.{base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


VALID = ISSUER.credential("TestCredential", subject={}, holder=HOLDER.did)
HEADER = base64url(b'{"alg":"ES256"}')

BOMBS: dict[str, tuple[Callable[[], str], Reason]] = {
    "ten megabytes": (lambda: VALID + "A" * 10_000_000, Reason.TOO_LARGE),
    "ten thousand brackets": (lambda: signed('{"vc":' + "[" * 10_000), Reason.MALFORMED),
    "ten thousand whole brackets": (
        lambda: signed('{"vc":' + "[" * 10_000 + "]" * 10_000 + "}"), Reason.MALFORMED,
    ),
    "four thousand objects": (
        lambda: signed('{"vc":' + '{"a":' * 4_000 + "1" + "}" * 4_001), Reason.MALFORMED,
    ),
    "a list of ten thousand lists": (
        lambda: signed('{"vc":{"type":[' + "[]," * 7_000 + "[]]}}"), Reason.MALFORMED,
    ),
    "a number of twenty thousand digits": (
        lambda: signed('{"vc":{},"exp":' + "9" * 20_000 + "}"), Reason.MALFORMED,
    ),
    "a fraction of twenty thousand digits": (
        lambda: signed('{"vc":{},"iss":"x","exp":1.' + "9" * 20_000 + "}"), Reason.UNKNOWN_ISSUER,
    ),
    "an exponent beyond all": (lambda: signed('{"vc":{},"exp":1e99999}'), Reason.MALFORMED),
    "two thousand names": (
        lambda: signed('{"vc":{' + ",".join(f'"{n}":0' for n in range(2_000)) + "}}"),
        Reason.MALFORMED,
    ),
    "a header of ten kilobytes": (
        lambda: base64url(b'{"alg":"' + b"E" * 10_000 + b'"}') + "." + VALID.partition(".")[2],
        Reason.MALFORMED,
    ),
    "a thousand credentials": (lambda: presented(*["a.b.c"] * 1_000), Reason.TOO_LARGE),
    "a thousand times nothing": (lambda: presented(*[""] * 1_000), Reason.TOO_LARGE),
    "sixteen times half a kilobyte of brackets": (
        lambda: presented(*(signed('{"vc":' + "[" * (500 + n)) for n in range(16))),
        Reason.MALFORMED,
    ),
    "a presentation in a presentation in one": (
        lambda: presented(presented(presented(VALID))), Reason.MALFORMED,
    ),
    "a DID of twenty thousand letters": (
        lambda: signed(json.dumps({"vp": {"verifiableCredential": [VALID]}, "nbf": 0, "exp": 1,
                                   "iss": "did:infra:01:PUB_K1_" + "z" * 20_000}), signer=HOLDER),
        Reason.MALFORMED,
    ),
    "r and s of nought": (lambda: with_signature(0, 0), Reason.BAD_SIGNATURE),
    "r and s of one": (lambda: with_signature(1, 1), Reason.BAD_SIGNATURE),
    "r and s of the order": (lambda: with_signature(ORDER, ORDER), Reason.BAD_SIGNATURE),
    "half a surrogate pair": (
        lambda: signed('{"vc":{},"sub":"\\ud800","iss":"' + ISSUER.did + '"}'), Reason.MALFORMED,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_at_once(name: str) -> None:
    make, reason = BOMBS[name]
    raw = make().encode()
    before_s = process_time()
    with pytest.raises(Refused) as refused:
        passes.verify(raw, keyring=KEYRING)
    assert process_time() - before_s < MAX_CPU_S
    assert refused.value.reason is reason


def test_a_did_of_a_megabyte_is_not_computed() -> None:
    before_s = process_time()
    with pytest.raises(InputError):
        key_of("did:infra:01:PUB_K1_" + "z" * 1_000_000)
    assert process_time() - before_s < MAX_CPU_S


def test_the_longest_honest_presentation_is_answered_as_fast() -> None:
    credentials = [
        ISSUER.credential("TestCredential", subject={}, holder=HOLDER.did, jti=f"urn:{number}")
        for number in range(16)
    ]
    raw = presented(*credentials).encode()
    before_s = process_time()
    assert passes.verify(raw, keyring=KEYRING).is_presented
    assert process_time() - before_s < MAX_CPU_S

"""Tickets made to break a reader: each is answered at once, and none is genuine."""

from collections.abc import Callable
from time import process_time

import pytest

from scanner import passes
from scanner.passes.pretix import MAX_KEYS
from scanner.publish.pretix import Issuer, text_of
from scanner.terms import PassFormat, Reason, Refused
from scanner.trust import Algorithm, Key, Keyring

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

OFFICE = Issuer()


def ring(*issuers: Issuer) -> Keyring:
    return Keyring.of(
        Key(
            number.to_bytes(8, "big"), Algorithm.EDDSA, one.key.public_key(),
            formats=frozenset({PassFormat.PRETIX}),
        )
        for number, one in enumerate(issuers)
    )  # fmt: skip


KEYRING = ring(OFFICE)
# A guest would notice more.
MAX_CPU_S = 0.5
LARGEST = 1461  # bytes of payload in the longest text

BOMBS: dict[str, tuple[Callable[[], str], Reason]] = {
    "ten megabytes": (lambda: "A" * 10_000_000 + "QA", Reason.NOT_A_PASS),
    "the longest code": (lambda: OFFICE.sign(bytes(2_145)), Reason.TOO_LARGE),
    "numbers without end": (lambda: OFFICE.sign(b"\x80" * LARGEST), Reason.MALFORMED),
    "a length of 2^63": (lambda: OFFICE.sign(b"\x0a" + b"\xff" * 9 + b"\x01"), Reason.MALFORMED),
    "groups in groups": (lambda: OFFICE.sign(b"\x0b" * LARGEST), Reason.MALFORMED),
    "field nought, many times": (lambda: OFFICE.sign(bytes(LARGEST)), Reason.MALFORMED),
    "seeds that are no text": (lambda: OFFICE.sign(b"\x0a\x01\xff" * 487), Reason.MALFORMED),
    "a stranger's largest": (
        lambda: text_of(bytes(LARGEST), signature=bytes(64)), Reason.BAD_SIGNATURE,
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


def test_seven_hundred_fields_of_a_later_version_are_read_at_once() -> None:
    raw = OFFICE.sign(b"\x38\x01" * 730).encode()
    before_s = process_time()
    assert passes.verify(raw, keyring=KEYRING).verified.claims == {"seed": ""}
    assert process_time() - before_s < MAX_CPU_S


def test_a_ticket_for_none_of_many_keys_is_answered_at_once() -> None:
    keyring = ring(*(Issuer() for _ in range(2 * MAX_KEYS)))
    raw = OFFICE.issue("x").encode()
    before_s = process_time()
    with pytest.raises(Refused) as refused:
        passes.verify(raw, keyring=keyring)
    assert process_time() - before_s < MAX_CPU_S
    assert refused.value.reason is Reason.BAD_SIGNATURE

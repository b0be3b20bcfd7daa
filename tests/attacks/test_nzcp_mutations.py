"""A hundred thousand random and mutated NZ COVID Passes: nothing but `Refused`, none genuine.

Each layer is mutated inside a container that is whole again: the text, the COSE message, and
claims that a stranger signed under a trusted key's name. Bombs are answered at once.
"""

import random
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from time import process_time
from typing import Final
from uuid import UUID

import cbor2
import pytest

from scanner.passes import cose, nzcp
from scanner.publish.nzcp import Issuer, text_of
from scanner.terms import Reason, Refused
from scanner.trust import Keyring, read_trust
from tests.attacks.mutation import ANY, mutated

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

# Together 100,000; the quick tier takes a tenth of them.
COUNTS: Final = {"random texts": 20_000, "texts": 40_000, "messages": 25_000, "claims": 15_000}
MAX_CPU_S: Final = 60
# A guest would notice more; the slowest takes a hundredth of it.
MAX_BOMB_CPU_S: Final = 1.0
MAX_BOMB_BYTES: Final = 1024 * 1024

ISSUER, STRANGER = Issuer(), Issuer()
KEYRING: Final = Keyring.of(read_trust(ISSUER.did_document()).keys)
PAYLOAD: Final = cbor2.dumps(
    ISSUER.claims(
        {"givenName": "Ana", "familyName": "Tui", "dob": "1990-02-03"},
        token=UUID(int=1),
        not_before=datetime(2026, 5, 1, tzinfo=UTC),
        expires_at=datetime(2026, 12, 1, tzinfo=UTC),
    )
)
VALID: Final = ISSUER.sign(PAYLOAD).encode()
TEXT: Final = VALID[len(nzcp.PREFIX) :]
MESSAGE: Final = nzcp.decode_base32(TEXT)


def random_text(chance: random.Random) -> bytes:
    size = chance.choice((0, 1, 5, 60, 600, 4288, 4300))
    alphabet = chance.choice((nzcp.ALPHABET, nzcp.ALPHABET, ANY))
    prefix = chance.choice((nzcp.PREFIX, nzcp.PREFIX, b"NZCP:/2/", b"NZCP:/"))
    return prefix + bytes(chance.choices(alphabet, k=size))


def text(chance: random.Random) -> bytes:
    alphabet = ANY if chance.random() < 0.1 else nzcp.ALPHABET
    return nzcp.PREFIX + mutated(TEXT, chance=chance, alphabet=alphabet)


def message(chance: random.Random) -> bytes:
    return text_of(mutated(MESSAGE, chance=chance, alphabet=ANY)).encode()


def claims(chance: random.Random) -> bytes:
    return STRANGER.sign(mutated(PAYLOAD, chance=chance, alphabet=ANY)).encode()


MAKERS: Final[dict[str, Callable[[random.Random], bytes]]] = {
    "random texts": random_text,
    "texts": text,
    "messages": message,
    "claims": claims,
}


def assert_refused(raw: bytes) -> None:
    """Fail unless the payload is refused, or is the same signed message again."""
    try:
        nzcp.verify(raw, keyring=KEYRING)
    except Refused:
        return
    same, valid = (cose.parse(nzcp.decode_base32(one[len(nzcp.PREFIX) :])) for one in (raw, VALID))
    assert (same.protected, same.payload, same.signature) == (
        valid.protected,
        valid.payload,
        valid.signature,
    )


@pytest.mark.parametrize("layer", MAKERS)
def test_no_mutation_is_genuine_and_nothing_but_refused_comes_out(layer: str) -> None:
    chance = random.Random(layer)  # noqa: S311 - examples, no secrets
    before_s = process_time()
    for _ in range(COUNTS[layer]):
        assert_refused(MAKERS[layer](chance))
    assert process_time() - before_s < MAX_CPU_S


def test_claims_that_the_issuer_itself_mangled_are_genuine_or_refused() -> None:
    chance = random.Random("own claims")  # noqa: S311 - examples, no secrets
    refused = 0
    for _ in range(2_000):
        raw = ISSUER.sign(mutated(PAYLOAD, chance=chance, alphabet=ANY)).encode()
        try:
            nzcp.verify(raw, keyring=KEYRING)
        except Refused:
            refused += 1
    # A changed letter in a name is signed as well, so some of them are genuine.
    assert 0 < refused < 2_000


def signed(payload: bytes) -> bytes:
    return ISSUER.sign(payload).encode()


BOMBS: Final[dict[str, tuple[Callable[[], bytes], Reason]]] = {
    "ten megabytes": (lambda: nzcp.PREFIX + b"A" * 10_000_000, Reason.TOO_LARGE),
    "ten megabytes of another version": (
        lambda: b"NZCP:/2/" + b"A" * 10_000_000, Reason.TOO_LARGE,
    ),
    "two thousand levels": (lambda: text_of(b"\xd2" + b"\x81" * 2_000).encode(), Reason.MALFORMED),
    "two thousand levels of claims": (lambda: signed(b"\x81" * 2_000 + b"\0"), Reason.MALFORMED),
    "a list that says it has 2^62 items": (
        lambda: signed(b"\x9b\x40" + bytes(7)), Reason.MALFORMED,
    ),
    "a text that says it has 2^62 bytes": (
        lambda: signed(b"\xa1\x01\x7b\x40" + bytes(7)), Reason.MALFORMED,
    ),
    "a bignum": (lambda: signed(b"\xa1\x04\xc2\x59\x07\xd0" + b"\xff" * 2_000), Reason.MALFORMED),
    "a regular expression": (
        lambda: signed(cbor2.dumps({"vc": cbor2.CBORTag(35, "(a+)+$")})), Reason.MALFORMED,
    ),
    "a list that holds itself": (
        lambda: signed(cbor2.dumps({"vc": cbor2.CBORTag(28, [cbor2.CBORTag(29, 0)])})),
        Reason.MALFORMED,
    ),
    "keys that all have one hash": (
        lambda: signed(cbor2.dumps({n * (2**61 - 1): 0 for n in range(8)} | {1: {}})),
        Reason.MALFORMED,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("make", "reason"), BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_is_refused_at_once_and_takes_no_room(
    make: Callable[[], bytes], reason: Reason
) -> None:
    raw = make()
    tracemalloc.start()
    before_s = process_time()
    try:
        with pytest.raises(Refused) as refused:
            nzcp.verify(raw, keyring=KEYRING)
        assert process_time() - before_s < MAX_BOMB_CPU_S
        assert tracemalloc.get_traced_memory()[1] < MAX_BOMB_BYTES
    finally:
        tracemalloc.stop()
    assert refused.value.reason is reason

"""A hundred thousand mutated venue passes: only `Refused` comes out, and none is genuine."""

import random
import tracemalloc
from collections.abc import Callable
from time import process_time
from typing import Final

import cbor2
import pytest

from scanner.passes import own
from scanner.passes.base45 import ALPHABET
from scanner.terms import Reason, Refused
from tests.attacks.mutation import ANY, mutated
from tests.publish.venue import SIGN1, Venue, unwire, wire

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

# Together 100,000.
RANDOM: Final = 20_000
TEXTS: Final = 40_000
MESSAGES: Final = 30_000
FORGED: Final = 10_000
OWN_CLAIMS: Final = 5_000
MAX_CPU_S: Final = 60
VENUE: Final = Venue()


def random_text(chance: random.Random) -> bytes:
    size = chance.choice((0, 1, 5, 60, 216, 1020, 1021))
    return b"DP1:" + bytes(chance.choices(chance.choice((ALPHABET, ANY)), k=size))


def text(chance: random.Random) -> bytes:
    alphabet = ANY if chance.random() < 0.1 else ALPHABET
    return b"DP1:" + mutated(VENUE.valid[4:], chance=chance, alphabet=alphabet)


def message(chance: random.Random) -> bytes:
    return wire(mutated(unwire(VENUE.valid), chance=chance, alphabet=ANY))


STRANGER: Final = Venue()
PLAIN: Final = cbor2.dumps(VENUE.claims())


def forged(chance: random.Random) -> bytes:
    claims = mutated(PLAIN, chance=chance, alphabet=ANY)
    return STRANGER.strike(claims, protected=VENUE.protected())


LAYERS: dict[str, tuple[Callable[[random.Random], bytes], int]] = {
    "random texts": (random_text, RANDOM),
    "the text": (text, TEXTS),
    "the message": (message, MESSAGES),
    "claims of a stranger under a trusted id": (forged, FORGED),
}


@pytest.mark.parametrize(("make", "count"), LAYERS.values(), ids=LAYERS.keys())
def test_no_mutation_is_genuine_and_nothing_but_refused_comes_out(
    make: Callable[[random.Random], bytes], count: int
) -> None:
    chance = random.Random(make.__name__)  # noqa: S311 - examples, no secrets
    before_s = process_time()
    for _ in range(count):
        raw = make(chance)
        # A mutation may undo itself; there is no second writing of one message.
        if raw != VENUE.valid:
            with pytest.raises(Refused):
                own.verify(raw, keyring=VENUE.keyring)
    assert process_time() - before_s < MAX_CPU_S


def test_claims_that_the_venue_itself_mangled_are_genuine_or_refused() -> None:
    chance = random.Random("own claims")  # noqa: S311 - examples, no secrets
    refused = 0
    for _ in range(OWN_CLAIMS):
        raw = VENUE.strike(mutated(PLAIN, chance=chance, alphabet=ANY))
        try:
            own.verify(raw, keyring=VENUE.keyring)
        except Refused:
            refused += 1
    # A changed letter in an id is signed as well, so some of them are genuine.
    assert 0 < refused < OWN_CLAIMS


def nested(levels: int) -> bytes:
    return b"\x81" * levels + b"\x80"


BOMBS: dict[str, bytes] = {
    "deep nesting": wire(SIGN1 + nested(600)),
    "deep nesting of tags": wire(SIGN1 + b"\xc6" * 600 + b"\x00"),
    "deep nesting in the header": VENUE.strike(protected=nested(400)),
    "deep nesting in the claims": VENUE.strike(nested(400)),
    "deep nesting in the content": VENUE.strike(b"\xa1\x3a\x00\x01\x00\x00" + nested(400)),
    "an array of 2^64 - 1": wire(SIGN1 + b"\x9b" + b"\xff" * 8),
    "an array of 2^32 - 1 in the claims": VENUE.strike(b"\x9a" + b"\xff" * 4),
    "a map of 2^63 - 1 in the claims": VENUE.strike(b"\xbb\x7f" + b"\xff" * 7),
    "bytes of 2 GB": wire(SIGN1 + b"\x84\x5a\x7f" + b"\xff" * 3),
    "a text of 2 GB in the claims": VENUE.strike(b"\x7a\x7f" + b"\xff" * 3),
    "a bignum in the claims": VENUE.strike(b"\xa1\x04\xc2\x58\xff" + b"\xff" * 255),
    "two hundred keys of one hash": VENUE.strike(
        cbor2.dumps({number * (2**61 - 1): 0 for number in range(8)} | dict.fromkeys(range(90), 0))
    ),
    "ten megabytes": b"DP1:" + b"A" * 10_000_000,
}
MAX_BOMB_S: Final = 0.25
MAX_BOMB_BYTES: Final = 1024 * 1024


@pytest.mark.parametrize("raw", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_costs_neither_time_nor_memory(raw: bytes) -> None:
    before_s = process_time()
    tracemalloc.start()
    try:
        with pytest.raises(Refused) as refused:
            own.verify(raw, keyring=VENUE.keyring)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert refused.value.reason in {Reason.MALFORMED, Reason.TOO_LARGE}
    assert process_time() - before_s < MAX_BOMB_S
    assert peak_bytes < MAX_BOMB_BYTES

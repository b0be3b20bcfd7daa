"""A hundred thousand changed tickets: nothing but `Refused` comes out, and none is genuine."""

import base64
import random
from collections.abc import Callable
from time import process_time
from typing import Final

import pytest

from scanner.passes import pretix
from scanner.publish.pretix import Issuer, text_of, ticket
from scanner.rules.claims.pretix import read
from scanner.terms import PassFormat, Refused
from scanner.trust import Algorithm, Key, Keyring
from tests.attacks.mutation import ANY, mutated

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

OFFICE, STRANGER = Issuer(), Issuer()
PRETIX = frozenset({PassFormat.PRETIX})
KEYRING = Keyring.of([Key(b"01234567", Algorithm.EDDSA, OFFICE.key.public_key(), formats=PRETIX)])
PAYLOAD = ticket("CTJqJOl1H", item=1, variation=2, subevent=14, valid_until=1_900_000_000)
SIGNATURE = OFFICE.key.sign(PAYLOAD)
VALID = text_of(PAYLOAD, signature=SIGNATURE).encode()
ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
MAX_CPU_S: Final = 60

Chance = random.Random


def random_text(chance: Chance) -> bytes:
    size = chance.choice((0, 1, 4, 92, 116, 2044))
    return bytes(chance.choices(chance.choice((ALPHABET, ANY)), k=size)) + chance.choice(
        (b"", b"QA")
    )


def text(chance: Chance) -> bytes:
    return mutated(VALID, chance=chance, alphabet=ANY if chance.random() < 0.1 else ALPHABET)


def message(chance: Chance) -> bytes:
    return base64.b64encode(mutated(base64.b64decode(VALID[::-1]), chance=chance, alphabet=ANY))[
        ::-1
    ]


def payload(chance: Chance) -> bytes:
    return text_of(mutated(PAYLOAD, chance=chance, alphabet=ANY), signature=SIGNATURE).encode()


def strange(chance: Chance) -> bytes:
    return STRANGER.sign(mutated(PAYLOAD, chance=chance, alphabet=ANY)).encode()


# Together 100,000.
LAYERS: dict[Callable[[Chance], bytes], int] = {
    random_text: 20_000, text: 40_000, message: 20_000, payload: 10_000, strange: 10_000,
}  # fmt: skip


@pytest.mark.parametrize(("make", "count"), LAYERS.items(), ids=[one.__name__ for one in LAYERS])
def test_no_changed_ticket_is_genuine(make: Callable[[Chance], bytes], count: int) -> None:
    chance = Chance(make.__name__)
    before_s = process_time()
    for _ in range(count):
        raw = make(chance)
        pretix.looks_like(raw)
        try:
            pretix.verify(raw, keyring=KEYRING)
        except Refused:
            continue
        assert raw == VALID  # what was changed was changed back
    assert process_time() - before_s < MAX_CPU_S


def test_what_the_office_itself_mangled_is_genuine_or_refused() -> None:
    chance = Chance("own")
    refused = 0
    for _ in range(5_000):
        raw = OFFICE.sign(mutated(PAYLOAD, chance=chance, alphabet=ANY)).encode()
        try:
            genuine = pretix.verify(raw, keyring=KEYRING)
        except Refused:
            refused += 1
        else:
            known = read(genuine.verified).entitlement
            assert known is not None
            assert known.serial == f"ticket:{raw.decode()}"
    assert 0 < refused < 5_000


def test_no_random_text_is_taken_for_a_ticket() -> None:
    chance = Chance("recognised")
    sizes = range(92, 400)
    letters = ALPHABET[:-1]
    for _ in range(30_000):
        raw = bytes(chance.choices(letters, k=chance.choice(sizes))) + b"QA"
        assert not pretix.looks_like(raw)

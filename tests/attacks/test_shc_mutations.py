"""A hundred thousand mutated cards: only `Refused` leaves the verifier, and none is genuine.

Each layer is mutated inside a container that is whole again: the text, the letters of the JWS,
the compressed bytes, and claims that a stranger signed under the id of a trusted key.
"""

import json
import random
import zlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from time import process_time
from typing import Final

import pytest

from scanner import passes
from scanner.passes import shc
from scanner.publish import content
from scanner.publish.shc import Issuer, immunization, numeric, patient
from scanner.terms import Refused
from scanner.trust import Binding, Keyring, base64url, read_trust
from tests.attacks.mutation import ANY, mutated

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

# Together 100,000.
RANDOM_TEXTS: Final = 20_000
TEXTS: Final = 50_000
LETTERS: Final = 12_000
COMPRESSED: Final = 10_000
CLAIMS: Final = 8_000
MAX_CPU_S: Final = 60

DIGITS: Final = b"0123456789"
BASE64URL: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."

ISSUER, STRANGER = Issuer("https://shc.example"), Issuer("https://shc.example")
RING = Keyring.of(read_trust(ISSUER.jwks(), binding=Binding(issuer=ISSUER.iss)).keys)
RESOURCES = [patient(content.INVENTED[0]), immunization(date(2026, 1, 5))]
PLAIN = json.dumps(ISSUER.claims(RESOURCES, issued_at=datetime(2026, 5, 1, tzinfo=UTC))).encode()
PACKED = zlib.compress(PLAIN, wbits=-15)
JWS = ISSUER.sign(PACKED)
VALID = numeric(JWS).encode()


def random_text(chance: random.Random) -> bytes:
    size = chance.choice((0, 1, 5, 60, 600, 7084, 7090))
    prefix = chance.choice((b"shc:/", b"shc:/1/1/", b"shc:/2/3/", b"shc:", b""))
    return prefix + bytes(chance.choices(chance.choice((DIGITS, DIGITS, ANY)), k=size))


def text(chance: random.Random) -> bytes:
    alphabet = ANY if chance.random() < 0.1 else DIGITS
    return b"shc:/" + mutated(VALID[5:], chance=chance, alphabet=alphabet)


def letters(chance: random.Random) -> bytes:
    alphabet = bytes(range(45, 145)) if chance.random() < 0.1 else BASE64URL
    changed = mutated(JWS, chance=chance, alphabet=alphabet)
    return numeric(changed).replace("shc:/", chance.choice(("shc:/", "shc:/1/1/"))).encode()


def compressed(chance: random.Random) -> bytes:
    head, _, signature = JWS.split(b".")
    packed = mutated(PACKED, chance=chance, alphabet=ANY)
    return numeric(b".".join((head, base64url.encode(packed), signature))).encode()


LAYERS: dict[str, tuple[Callable[[random.Random], bytes], int]] = {
    "random texts": (random_text, RANDOM_TEXTS),
    "the text": (text, TEXTS),
    "the letters": (letters, LETTERS),
    "the compressed bytes": (compressed, COMPRESSED),
}


@pytest.mark.parametrize(("make", "count"), LAYERS.values(), ids=LAYERS.keys())
def test_no_mutation_is_genuine_and_nothing_but_refused_comes_out(
    make: Callable[[random.Random], bytes], count: int
) -> None:
    assert passes.verify(VALID, keyring=RING)
    chance = random.Random(make.__name__)  # noqa: S311 - examples, no secrets
    before_s = process_time()
    for _ in range(count):
        with pytest.raises(Refused):
            shc.verify(make(chance), keyring=RING)
    assert process_time() - before_s < MAX_CPU_S


def test_no_claims_of_a_stranger_under_a_trusted_id_are_genuine() -> None:
    chance = random.Random("claims")  # noqa: S311 - examples, no secrets
    for _ in range(CLAIMS):
        changed = zlib.compress(mutated(PLAIN, chance=chance, alphabet=ANY), level=1, wbits=-15)
        jws = STRANGER.sign(changed, header={"kid": ISSUER.kid})
        with pytest.raises(Refused):
            shc.verify(numeric(jws).encode(), keyring=RING)


def test_claims_that_the_issuer_itself_mangled_are_genuine_or_refused() -> None:
    chance = random.Random("own claims")  # noqa: S311 - examples, no secrets
    refused = 0
    for _ in range(2_000):
        changed = mutated(PLAIN, chance=chance, alphabet=ANY)
        try:
            genuine = shc.verify(ISSUER.pack(changed).encode(), keyring=RING)
        except Refused:
            refused += 1
        else:
            assert genuine.verified.ids
    # A changed letter in a name is signed as well, so some of them are genuine.
    assert 0 < refused < 2_000

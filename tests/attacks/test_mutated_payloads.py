"""A hundred thousand random and mutated payloads: only `Refused` leaves the verifiers, none admits.

Each layer is mutated inside a container that is whole again: the text, the compressed
bytes, the COSE message, and claims that a stranger signed under a trusted key's id.
"""

import random
from collections.abc import Callable
from time import process_time
from typing import TYPE_CHECKING, Final
from zlib import compress

import cbor2
import pytest

from scanner import passes
from scanner.passes import cose
from scanner.passes.base45 import ALPHABET
from scanner.publish import base45
from scanner.publish.wrapping import Wrapping
from scanner.terms import Refused
from tests.attacks.mutation import ANY, mutated

if TYPE_CHECKING:
    from tests.conftest import Mint

# Together 100,000; the costly layers, where something is packed or signed, get fewer.
RANDOM_TEXTS: Final = 20_000
TEXTS: Final = 40_000
COMPRESSED: Final = 15_000
MESSAGES: Final = 15_000
CLAIMS: Final = 10_000
MAX_CPU_S: Final = 60


def assert_refused(raw: bytes, *, mint: "Mint") -> None:
    """Fail unless the payload is refused, or is the same signed message in another dress."""
    try:
        passes.verify(raw, keyring=mint.keyring)
    except Refused:
        return
    same, message = cose.parse(mint.unwire(raw)), cose.parse(mint.unwire(mint.valid))
    assert (same.protected, same.payload, same.signature) == (
        message.protected, message.payload, message.signature,
    )  # fmt: skip


def random_text(mint: "Mint", chance: random.Random) -> bytes:  # noqa: ARG001
    size = chance.choice((0, 1, 5, 60, 600, 4292, 4300))
    alphabet = chance.choice((ALPHABET, ANY))
    return chance.choice((b"HC1:", b"LT1:", b"")) + bytes(chance.choices(alphabet, k=size))


def text(mint: "Mint", chance: random.Random) -> bytes:
    alphabet = ANY if chance.random() < 0.1 else ALPHABET
    return b"HC1:" + mutated(mint.valid[4:], chance=chance, alphabet=alphabet)


def compressed(mint: "Mint", chance: random.Random) -> bytes:
    packed = mutated(compress(mint.unwire(mint.valid)), chance=chance, alphabet=ANY)
    return b"HC1:" + base45.encode(packed).encode()


def message(mint: "Mint", chance: random.Random) -> bytes:
    changed = mutated(mint.unwire(mint.valid), chance=chance, alphabet=ANY)
    return b"HC1:" + base45.encode(compress(changed, level=1)).encode()


LAYERS: dict[str, tuple[Callable[["Mint", random.Random], bytes], int]] = {
    "random texts": (random_text, RANDOM_TEXTS),
    "the text": (text, TEXTS),
    "the compressed bytes": (compressed, COMPRESSED),
    "the message": (message, MESSAGES),
}


@pytest.mark.parametrize(("make", "count"), LAYERS.values(), ids=LAYERS.keys())
def test_no_mutation_is_genuine_and_nothing_but_refused_comes_out(
    make: Callable[["Mint", random.Random], bytes], count: int, mint: "Mint"
) -> None:
    chance = random.Random(make.__name__)  # noqa: S311 - examples, no secrets
    before_s = process_time()
    for _ in range(count):
        assert_refused(make(mint, chance), mint=mint)
    assert process_time() - before_s < MAX_CPU_S


def test_no_claims_of_a_stranger_under_a_trusted_id_are_genuine(
    mint: "Mint", strange_mint: "Mint"
) -> None:
    chance = random.Random("claims")  # noqa: S311 - examples, no secrets
    plain, forged = cbor2.dumps(mint.claims()), Wrapping(kid=mint.issuer.kid)
    for _ in range(CLAIMS):
        payload = mutated(plain, chance=chance, alphabet=ANY)
        raw = strange_mint.issuer.sign(payload, wrapping=forged).encode()
        with pytest.raises(Refused):
            passes.verify(raw, keyring=mint.keyring)


def test_claims_that_the_issuer_itself_mangled_are_genuine_or_refused(mint: "Mint") -> None:
    chance = random.Random("own claims")  # noqa: S311 - examples, no secrets
    plain = cbor2.dumps(mint.claims())
    refused = 0
    for _ in range(5_000):
        raw = mint.issuer.sign(mutated(plain, chance=chance, alphabet=ANY)).encode()
        try:
            passes.verify(raw, keyring=mint.keyring)
        except Refused:
            refused += 1
    # A changed letter in a name is signed as well, so some of them are genuine.
    assert 0 < refused < 5_000

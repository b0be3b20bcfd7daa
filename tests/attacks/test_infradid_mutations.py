"""A hundred thousand changed credentials: nothing but `Refused` comes out, and none is genuine."""

import random
from base64 import urlsafe_b64decode
from collections.abc import Callable
from time import process_time
from typing import Final

import pytest

from scanner.passes import infradid
from scanner.publish.infradid import Signer, base64url, compact
from scanner.rules.claims.infradid import read
from scanner.terms import Refused
from scanner.trust import Keyring
from scanner.trust.dids import read_dids
from tests.attacks.mutation import ANY, mutated

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

# P-256, since OpenSSL is four times faster with it.
ISSUER, STRANGER, HOLDER = Signer.es256(), Signer.es256(), Signer.es256()
KEYRING = Keyring.of(read_dids(ISSUER.did.encode()).keys)
NOW_S: Final = 1_700_000_000
SUBJECT = {"date": "2021-10-01", "dose": 2, "doses": 2, "name": "Hong Gildong"}
CLAIMS = compact({
    "vc": {"type": ["VerifiableCredential", "VaccinationCredential"], "credentialSubject": SUBJECT},
    "sub": HOLDER.did, "iss": ISSUER.did, "nbf": NOW_S - 1000, "exp": NOW_S + 1000, "jti": "urn:x",
})  # fmt: skip
VALID = ISSUER.sign(CLAIMS)
PRESENTED = HOLDER.presentation([VALID], at_s=NOW_S)
HEADER, _, SIGNATURE = VALID.split(".")
PRESENTED_HEADER, PRESENTED_PAYLOAD, PRESENTED_SIGNATURE = PRESENTED.split(".")
ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
JSON: Final = b'{}[]",:0123456789.eE+-truefalsnl\\u \xff'
MAX_CPU_S: Final = 60

Chance = random.Random


def random_text(chance: Chance) -> bytes:
    size = chance.choice((0, 1, 5, 60, 600, 4000))
    alphabet = chance.choice((ALPHABET, ANY))
    return chance.choice((b"eyJ", b"")) + bytes(chance.choices(alphabet, k=size))


def text(chance: Chance) -> bytes:
    alphabet = ANY if chance.random() < 0.1 else ALPHABET
    return mutated(chance.choice((VALID, PRESENTED)).encode(), chance=chance, alphabet=alphabet)


def claims(chance: Chance) -> bytes:
    changed = mutated(CLAIMS, chance=chance, alphabet=JSON)
    return f"{HEADER}.{base64url(changed)}.{SIGNATURE}".encode()


def presentation(chance: Chance) -> bytes:
    plain = urlsafe_b64decode(PRESENTED_PAYLOAD + "==")
    changed = mutated(plain, chance=chance, alphabet=JSON)
    return f"{PRESENTED_HEADER}.{base64url(changed)}.{PRESENTED_SIGNATURE}".encode()


def header(chance: Chance) -> bytes:
    changed = mutated(b'{"typ":"JWT","alg":"ES256"}', chance=chance, alphabet=JSON)
    return f"{base64url(changed)}.{VALID.partition('.')[2]}".encode()


def strange(chance: Chance) -> bytes:
    return STRANGER.sign(mutated(CLAIMS, chance=chance, alphabet=JSON)).encode()


def presented(chance: Chance) -> bytes:
    """Change the credential, and present it properly."""
    changed = mutated(VALID.encode(), chance=chance, alphabet=ALPHABET).decode()
    return HOLDER.presentation([changed], at_s=NOW_S).encode()


# Together 100,000.
LAYERS: dict[Callable[[Chance], bytes], int] = {
    random_text: 20_000, text: 40_000, claims: 10_000, presentation: 10_000, header: 5_000,
    strange: 10_000, presented: 5_000,
}  # fmt: skip


@pytest.mark.parametrize(("make", "count"), LAYERS.items(), ids=[one.__name__ for one in LAYERS])
def test_no_changed_credential_is_genuine(make: Callable[[Chance], bytes], count: int) -> None:
    chance = Chance(make.__name__)
    before_s = process_time()
    for _ in range(count):
        raw = make(chance)
        infradid.looks_like(raw)
        try:
            genuine = infradid.verify(raw, keyring=KEYRING)
        except Refused:
            continue
        # What was changed was changed back.
        assert raw.decode() in (VALID, PRESENTED) or make is presented
        assert compact(genuine.verified.claims["credentials"][0]) == CLAIMS
    assert process_time() - before_s < MAX_CPU_S


def test_what_the_issuer_itself_mangled_is_genuine_or_refused() -> None:
    chance = Chance("own")
    refused = 0
    for _ in range(5_000):
        raw = ISSUER.sign(mutated(CLAIMS, chance=chance, alphabet=JSON)).encode()
        try:
            genuine = infradid.verify(raw, keyring=KEYRING)
        except Refused:
            refused += 1
        else:
            read(genuine.verified)
            assert all(one.startswith("vc-id:") for one in genuine.verified.ids)
    assert 0 < refused < 5_000

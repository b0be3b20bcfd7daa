"""A hundred thousand random and mutated VDS-NC: nothing but `Refused`, none genuine.

Mutated are the text, the data inside JSON that is whole again, the certificate, and passes that
strangers signed: under a trusted certificate, under one of their own, and under an authority of
their own that bears the trusted one's name. Bombs are answered at once.
"""

import json
import random
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from time import process_time
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from scanner.passes import canonical_json, vdsnc
from scanner.publish.nzcp import raw_signature
from scanner.publish.vdsnc import Authority, Signer, encoded
from scanner.terms import Reason, Refused
from scanner.trust import Keyring, read_trust
from tests.attacks.mutation import ANY, mutated

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

# Together 100,000; the quick tier takes a tenth of them.
COUNTS: Final = {
    "random texts": 10_000, "texts": 40_000, "data": 20_000, "certificates": 15_000,
    "strangers": 15_000,
}  # fmt: skip
MAX_CPU_S: Final = 60
# A guest would notice more; the slowest takes a hundredth of it.
MAX_BOMB_CPU_S: Final = 1.0
MAX_BOMB_BYTES: Final = 2 * 1024 * 1024

JSON: Final = b'{}[]":,\\ \n0123456789.-+eEtrufalsn=_AZaz'

BEGINS, ENDS = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
AUTHORITY: Final = Authority(begins=BEGINS, ends=ENDS)
IMPOSTOR: Final = Authority(begins=BEGINS, ends=ENDS)
SIGNER: Final = Signer(AUTHORITY, begins=BEGINS, ends=ENDS)
FORGER: Final = Signer(IMPOSTOR, begins=BEGINS, ends=ENDS)
STRANGER: Final = Signer(
    Authority(begins=BEGINS, ends=ENDS, country="XX"), begins=BEGINS, ends=ENDS
)
CSCA: Final = read_trust(AUTHORITY.certificate().public_bytes(Encoding.DER))
KEYRING: Final = Keyring.of(CSCA.keys, anchors=CSCA.anchors)

MESSAGE: Final = {
    "uvci": "U32870",
    "pid": {"n": "TUI  ANA", "dob": "1990-02-03"},
    "ve": [{"des": "XM68M6", "nam": "Comirnaty", "vd": [{"dvc": "2026-03-03", "seq": 1}]}],
}
VALID: Final = SIGNER.issue(MESSAGE, form="icao.vacc").encode()
DATA: Final = json.loads(VALID)["data"]
DER: Final = SIGNER.certificate.public_bytes(Encoding.DER)


def changed_data(chance: random.Random) -> dict[str, Any]:
    """Change, remove or add one member, at any depth."""
    data: dict[str, Any] = json.loads(json.dumps(DATA))
    at: Any = chance.choice((data, data["hdr"], data["msg"], data["msg"]["pid"]))
    name = chance.choice(list(at))
    values: tuple[Any, ...] = (
        None,
        True,
        0,
        -1,
        1 << 60,
        0.5,
        "",
        "x",
        [],
        {},
        [[]],
        {"a": {}},
        "TUI  ANE",
        DATA,
    )
    match chance.randrange(3):
        case 0:
            at[name] = chance.choice(values)
        case 1:
            at["more"] = chance.choice(values)
        case _:
            del at[name]
    return data


def random_text(chance: random.Random) -> bytes:
    begin = chance.choice((b'{"data":{"hdr":{"t":"icao.vacc","v":1,"is":"UTO"}', b"{", b""))
    size = chance.choice((0, 1, 5, 60, 600, 4300))
    return begin + bytes(chance.choices(chance.choice((JSON, ANY)), k=size))


def text(chance: random.Random) -> bytes:
    return mutated(VALID, chance=chance, alphabet=chance.choice((JSON, ANY)))


def data(chance: random.Random) -> bytes:
    sig = json.loads(VALID)["sig"]
    return json.dumps({"data": changed_data(chance), "sig": sig}).encode()


def certificate(chance: random.Random) -> bytes:
    der = mutated(DER, chance=chance, alphabet=ANY)
    sigvl = json.loads(VALID)["sig"]["sigvl"]
    return SIGNER.seal(DATA, cer=encoded(der), sigvl=sigvl).encode()


def stranger(chance: random.Random) -> bytes:
    signer = chance.choice((STRANGER, FORGER))
    signature = encoded(raw_signature(FORGER.key, data=canonical_json.encode(DATA)))  # type: ignore[arg-type]
    if chance.random() < 0.5:
        return SIGNER.seal(DATA, sigvl=signature).encode()
    return mutated(signer.issue(MESSAGE, form="icao.vacc").encode(), chance=chance, alphabet=JSON)


MAKERS: Final[dict[str, Callable[[random.Random], bytes]]] = {
    "random texts": random_text,
    "texts": text,
    "data": data,
    "certificates": certificate,
    "strangers": stranger,
}


def assert_refused(raw: bytes) -> None:
    """Fail unless the payload is refused, or is the same signed data again."""
    try:
        genuine = vdsnc.verify(raw, keyring=KEYRING)
    except Refused:
        return
    assert genuine.verified.claims == DATA
    assert genuine.key == vdsnc.verify(VALID, keyring=KEYRING).key


# The library says so of numbers that it will refuse one day.
@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@pytest.mark.parametrize("layer", MAKERS)
def test_no_mutation_is_genuine_and_nothing_but_refused_comes_out(layer: str) -> None:
    chance = random.Random(layer)  # noqa: S311 - examples, no secrets
    before_s = process_time()
    for _ in range(COUNTS[layer]):
        assert_refused(MAKERS[layer](chance))
    assert process_time() - before_s < MAX_CPU_S


def test_data_that_the_signer_itself_mangled_is_genuine_or_refused() -> None:
    chance = random.Random("own data")  # noqa: S311 - examples, no secrets
    refused = 0
    for _ in range(1_000):
        try:
            vdsnc.verify(SIGNER.seal(changed_data(chance)).encode(), keyring=KEYRING)
        except Refused:
            refused += 1
    # A changed name is signed as well, so some of them are genuine.
    assert 0 < refused < 1_000


def holding(message: str) -> bytes:
    """Give a pass with any message, as text, whose signature is nobody's."""
    sig = json.dumps(json.loads(VALID)["sig"])
    header = '{"t":"icao.vacc","v":1,"is":"UTO"}'
    return f'{{"data":{{"hdr":{header},"msg":{message}}},"sig":{sig}}}'.encode()


BOMBS: Final[dict[str, tuple[Callable[[], bytes], Reason]]] = {
    "ten megabytes": (lambda: holding('{"a":"' + "a" * 10_000_000 + '"}'), Reason.TOO_LARGE),
    "ten megabytes of blanks": (lambda: b"{" + b" " * 10_000_000, Reason.TOO_LARGE),
    "two thousand lists": (
        lambda: holding('{"a":' + "[" * 1_000 + "]" * 1_000 + "}"), Reason.MALFORMED,
    ),
    "three hundred objects": (
        lambda: holding('{"a":' * 300 + "1" + "}" * 300), Reason.MALFORMED,
    ),
    "lists without an end": (lambda: b"[" * 4_000, Reason.MALFORMED),
    "objects without an end": (lambda: b'{"a":' * 800, Reason.MALFORMED),
    "a number of two thousand digits": (
        lambda: holding('{"a":' + "9" * 2_000 + "}"), Reason.MALFORMED,
    ),
    "a number with an exponent without bounds": (
        lambda: holding('{"a":1e999999999}'), Reason.MALFORMED,
    ),
    "a thousand members": (
        lambda: holding("{" + ",".join(f'"{n:x}":1' for n in range(300)) + "}"),
        Reason.BAD_SIGNATURE,
    ),
    "escapes for every letter": (
        lambda: holding('{"a":"' + "\\u0041" * 400 + '"}'), Reason.BAD_SIGNATURE,
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
            vdsnc.verify(raw, keyring=KEYRING)
        assert process_time() - before_s < MAX_BOMB_CPU_S
        assert tracemalloc.get_traced_memory()[1] < MAX_BOMB_BYTES
    finally:
        tracemalloc.stop()
    assert refused.value.reason is reason

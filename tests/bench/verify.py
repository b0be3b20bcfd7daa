"""HC1 verification against the bare loop: inflate, parse twice, check one signature.

The bare loop starts from compressed bytes and refuses nothing. A user's own loop needs
base45 as well, and the packages for it are loops in Python; that is the second rival.
"""

import base64
import itertools
import json
import statistics
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from cryptography.hazmat.primitives.hashes import SHA256

from scanner import passes
from scanner.passes import base45
from scanner.terms import InputError, Refused
from scanner.trust import Algorithm, Key, Keyring, read_trust
from tests.bench import setting
from tests.bench.figures import Figure, at_most, spread

_BOUND = 1.3
_ROUNDS = 60
_CALLS = 60  # a few milliseconds a block: long enough to time, short enough to interleave
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

Loop = Callable[[], object]


def bench() -> Iterator[Figure]:
    """Compare on one pass of each algorithm, then on the public suite."""
    for issuer, name, bound in ((setting.es256(), "ES256", _BOUND), (setting.ps256(), "PS256", 0)):
        text = setting.vaccinated(issuer)
        keyring = Keyring.of(read_trust(issuer.certificate_der).keys)
        figures = _compare([text], keyring=keyring, calls=_CALLS, rounds=_ROUNDS)
        yield from _figures(f"{name}, {len(text)} characters", figures, bound=bound)
    texts, keyring = _suite()
    if not texts:
        yield Figure("dgc-testdata: not there, see README.md", "-")
        return
    figures = _compare(texts, keyring=keyring, calls=1, rounds=_ROUNDS)
    yield from _figures(f"dgc-testdata, {len(texts)} texts", figures, bound=0)


def _figures(name: str, times_us: Sequence[Sequence[float]], *, bound: float) -> Iterator[Figure]:
    ours, bare, naive = times_us
    ratios = [mine / other for mine, other in zip(ours, bare, strict=True)]
    ahead = [other / mine for mine, other in zip(ours, naive, strict=True)]
    yield Figure(f"{name}: verify", spread(ours, unit="us"))
    yield Figure("  a second", f"{1e6 / statistics.median(ours):,.0f}")
    yield Figure("  bare loop", spread(bare, unit="us"))
    shown = spread(ratios, unit="x", digits=2)
    if bound:
        ratio = statistics.median(ratios)
        yield at_most("  verify / bare loop", ratio, bound=bound, unit="x", shown=shown)
    else:
        yield Figure("  verify / bare loop", shown)
    yield Figure("  bare loop with base45 in Python", spread(naive, unit="us"))
    yield Figure("  that loop / verify", spread(ahead, unit="x", digits=2))


def _compare(
    texts: Sequence[bytes], *, keyring: Keyring, calls: int, rounds: int
) -> list[list[float]]:
    """Return CPU microseconds a pass: ours, bare, bare with base45; one value a round."""
    ours: list[Loop] = [partial(passes.verify, text, keyring=keyring) for text in texts]
    bare: list[Loop] = []
    naive: list[Loop] = []
    for text in texts:
        key = passes.verify(text, keyring=keyring).key
        bare.append(partial(_bare, base45.decode(text[4:]), key))
        naive.append(partial(_naive, text.decode(), key))
    return timed((ours, bare, naive), calls=calls, rounds=rounds)


def timed(loops: Sequence[Sequence[Loop]], *, calls: int, rounds: int) -> list[list[float]]:
    """Return CPU microseconds a call for each group of loops, in turn; one value a round."""
    times: list[list[float]] = [[] for _ in loops]
    orders = itertools.cycle(itertools.permutations(range(len(loops))))
    for _, order in zip(range(rounds), orders, strict=False):
        for which in order:
            times[which].append(_time_us(loops[which], calls=calls))
    return times


def _time_us(loops: Sequence[Loop], *, calls: int) -> float:
    started_ns = time.process_time_ns()
    for _ in range(calls):
        for loop in loops:
            loop()
    return (time.process_time_ns() - started_ns) / 1000 / calls / len(loops)


def _bare(compressed: bytes, key: Key) -> object:
    message = cbor2.loads(zlib.decompress(compressed))
    while isinstance(message, cbor2.CBORTag):
        message = message.value
    protected, _, payload, signature = message
    claims = cbor2.loads(payload)
    signed = cbor2.dumps(["Signature1", protected, b"", payload])
    public: Any = key.public
    if key.algorithm is Algorithm.ES256:
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        public.verify(utils.encode_dss_signature(r, s), signed, ec.ECDSA(SHA256()))
    else:
        pss = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=32)
        public.verify(signature, signed, pss, SHA256())
    return claims


def _naive(text: str, key: Key) -> object:
    return _bare(_base45(text.removeprefix("HC1:")), key)


def _base45(text: str) -> bytes:
    """Decode group by group, as the packages do."""
    values = [_ALPHABET.index(character) for character in text]
    decoded: list[int] = []
    for at in range(0, len(values), 3):
        group = values[at : at + 3]
        if len(group) == 3:
            decoded += divmod(group[0] + group[1] * 45 + group[2] * 45 * 45, 256)
        else:
            decoded.append(group[0] + group[1] * 45)
    return bytes(decoded)


def _suite() -> tuple[list[bytes], Keyring]:
    """Return every text of dgc-testdata that verifies, and the keys of all its cases."""
    folder = setting.conformance()
    cases = sorted(folder.glob("passes/dgc-testdata/**/*.json")) if folder else []
    keys: list[Key] = []
    texts: list[bytes] = []
    for path in cases:
        case = json.loads(path.read_text())
        texts.append((case.get("PREFIX") or "").encode())
        try:
            der = base64.b64decode(case["TESTCTX"].get("CERTIFICATE") or "")
            keys += read_trust(der).keys
        except InputError:
            continue
    keyring = Keyring.of(keys)
    return [text for text in texts if _verifies(text, keyring=keyring)], keyring


def _verifies(text: bytes, *, keyring: Keyring) -> bool:
    try:
        passes.verify(text, keyring=keyring)
    except Refused:
        return False
    return True

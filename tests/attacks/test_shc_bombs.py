"""Cards that swell when they are read: bounded in time and in memory, whoever signed them."""

import json
import time
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from scanner.passes import jws, parts, shc, strict_json
from scanner.publish.shc import Issuer, in_parts, numeric
from scanner.terms import Reason, Refused
from scanner.trust import Binding, Keyring, read_trust

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

ISSUER = Issuer("https://shc.example")
RING = Keyring.of(read_trust(ISSUER.jwks(), binding=Binding(issuer=ISSUER.iss)).keys)
PLAIN = json.dumps(ISSUER.claims([], issued_at=datetime(2026, 5, 1, tzinfo=UTC))).encode()
SIZE = strict_json.MAX_JSON_BYTES
# The largest list that 64 KiB of JSON can say takes about 5 MB in Python.
MAX_MEMORY_BYTES = 8 << 20
MAX_CPU_S = 0.5


def inflating(data: bytes) -> bytes:
    return numeric(ISSUER.sign(zlib.compress(data, level=9, wbits=-15))).encode()


def with_member(value: bytes) -> bytes:
    """Put a value into claims that are otherwise good, up to the size that is read."""
    return inflating(PLAIN[:-1] + b',"x":' + value + b"}")


ROOM = SIZE - len(PLAIN) - 10


def nested(opening: bytes, closing: bytes) -> bytes:
    levels = ROOM // len(opening + closing)
    return opening * levels + closing * levels


BOMBS: dict[str, Callable[[], bytes]] = {
    "20 MB of noughts": lambda: inflating(bytes(20_000_000)),
    "20 MB of blanks before the JSON": lambda: inflating(b" " * 20_000_000 + PLAIN),
    "one byte too many": lambda: inflating(PLAIN + b" " * (SIZE - len(PLAIN) + 1)),
    "thousands of lists in each other": lambda: with_member(nested(b"[", b"]")),
    "thousands of objects in each other": lambda: with_member(nested(b'{"a":[', b"]}")),
    "a number of 60,000 digits": lambda: with_member(b"9" * ROOM),
    "a fraction with an endless exponent": lambda: with_member(b"1e" + b"9" * (ROOM - 2)),
    "a name thousands of times": lambda: with_member(
        b"{" + b'"a":1,' * (ROOM // 6 - 1) + b'"a":1}'
    ),
    "a text longer than the digits": lambda: b"shc:/" + b"0" * 10_000_000,
    "a JWS of stops": lambda: numeric(b"." * jws.MAX_JWS_BYTES).encode(),
    "a JWS with a long header": lambda: numeric(b"A" * 30_000 + b"..").encode(),
    "a thousand parts": in_parts(numeric(b"A" * 2000), count=1000)[7].encode,
    "a part of a million digits": lambda: b"shc:/1/2/" + b"0" * 1_000_000,
}  # fmt: skip

GENUINE: dict[str, Callable[[], bytes]] = {
    "thousands of lists": lambda: with_member(b"[" + b"[]," * (ROOM // 3 - 1) + b"[]]"),
    "thousands of objects": lambda: with_member(b"[" + b"{}," * (ROOM // 3 - 1) + b"{}]"),
    "thousands of members": lambda: with_member(
        b"{" + b",".join(b'"%d":0' % at for at in range(ROOM // 10)) + b"}"
    ),
    "thousands of escapes": lambda: with_member(b'"' + b"\\u0041" * (ROOM // 6) + b'"'),
    "thousands of entries": lambda: inflating(
        PLAIN.replace(b'"entry": []', b'"entry": [' + b"{}," * (ROOM // 3 - 1) + b"{}]")
    ),
}


def measured(raw: bytes) -> tuple[Refused | None, float, int]:
    """Verify once for the time, once for the memory at its peak."""
    refused = None
    before_s = time.process_time()
    try:
        shc.verify(raw, keyring=RING)
    except Refused as caught:
        refused = caught
    took_s = time.process_time() - before_s
    tracemalloc.start()
    try:
        shc.verify(raw, keyring=RING).verified.ids  # noqa: B018 - the derived id is worked out
    except Refused:
        pass
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return refused, took_s, peak


@pytest.mark.parametrize("make", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_is_refused_before_it_swells(make: Callable[[], bytes]) -> None:
    refused, took_s, peak = measured(make())
    assert refused
    assert refused.reason in {Reason.MALFORMED, Reason.TOO_LARGE}
    assert took_s < MAX_CPU_S
    assert peak < MAX_MEMORY_BYTES


@pytest.mark.parametrize("make", GENUINE.values(), ids=GENUINE.keys())
def test_what_its_issuer_swelled_stays_small(make: Callable[[], bytes]) -> None:
    refused, took_s, peak = measured(make())
    assert refused is None
    assert took_s < MAX_CPU_S
    assert peak < MAX_MEMORY_BYTES


def test_all_parts_at_their_largest_are_too_large_and_quickly_so() -> None:
    digits = b"0" * (parts.MAX_PART_BYTES // 2 * 2 - 20)
    shown = [parts.Part(at, parts.MAX_PARTS, digits) for at in range(1, parts.MAX_PARTS + 1)]
    refused, took_s, peak = measured(parts.joined(shown))
    assert refused
    assert refused.reason is Reason.TOO_LARGE
    assert took_s < MAX_CPU_S
    assert peak < MAX_MEMORY_BYTES

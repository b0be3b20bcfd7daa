"""Payloads made to break a reader: the judge answers each, and none admits."""

from collections.abc import Callable
from time import process_time
from typing import TYPE_CHECKING, Any
from zlib import compress

import cbor2
import pytest

from scanner.gate import judge
from scanner.publish import base45
from scanner.terms import Reason, Verdict

if TYPE_CHECKING:
    from tests.conftest import Mint

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256
# A guest would notice more; the slowest takes a tenth of it.
MAX_CPU_S = 1.0


def packed(data: bytes) -> bytes:
    return b"HC1:" + base45.encode(data).encode()


def with_signature(mint: "Mint", change: Callable[[int, int], tuple[int, int]]) -> bytes:
    *kept, signature = mint.message()
    r, s = change(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    return mint.wire(cbor2.dumps([*kept, r.to_bytes(32) + s.to_bytes(32)]))


def with_items(mint: "Mint", **changes: Any) -> bytes:
    names = ("protected", "unprotected", "payload", "signature")
    items = dict(zip(names, mint.message(), strict=True)) | changes
    return mint.wire(cbor2.dumps(list(items.values())))


def nested(levels: int) -> bytes:
    return b"\x81" * levels + b"\x80"


def colliding() -> bytes:
    """Give a map whose keys all have one hash, as many as a code holds."""
    prime = 2**61 - 1
    values = [number * prime for number in range(7)]
    keys = [(a, b, c, d) for a in values for b in values for c in values for d in values]
    return cbor2.dumps(dict.fromkeys(keys[:900], 0))


HOSTILE: dict[str, tuple[Callable[["Mint"], bytes], Reason]] = {
    "a bomb of 2 MB": (lambda mint: mint.wire(bytes(2_000_000)), Reason.TOO_LARGE),
    "a bomb in a bomb": (
        lambda mint: mint.wire(compress(bytes(50_000_000))), Reason.MALFORMED,
    ),
    "ten megabytes of text": (lambda _: b"HC1:" + b"A" * 10_000_000, Reason.TOO_LARGE),
    "ten megabytes of noughts": (lambda _: b"LT1:" + bytes(10_000_000), Reason.TOO_LARGE),
    "deep nesting": (lambda mint: mint.wire(nested(60_000)), Reason.MALFORMED),
    "deep nesting in a tag": (lambda mint: mint.wire(b"\xd2" + nested(60_000)), Reason.MALFORMED),
    "deep nesting of tags": (lambda mint: mint.wire(b"\xc6" * 60_000 + b"\x00"), Reason.MALFORMED),
    "deep nesting in the protected header": (
        lambda mint: with_items(mint, protected=nested(30_000)), Reason.MALFORMED,
    ),
    "deep nesting in the payload": (
        lambda mint: with_items(mint, payload=nested(30_000)), Reason.MALFORMED,
    ),
    "an array of 2^64 - 1": (lambda mint: mint.wire(b"\x9b" + b"\xff" * 8), Reason.MALFORMED),
    "a map of 2^63 - 1": (lambda mint: mint.wire(b"\xbb\x7f" + b"\xff" * 7), Reason.MALFORMED),
    "bytes of 2^64 - 1": (lambda mint: mint.wire(b"\x84\x5b" + b"\xff" * 8), Reason.MALFORMED),
    "bytes of 2 GB": (lambda mint: mint.wire(b"\x84\x5a\x7f" + b"\xff" * 3), Reason.MALFORMED),
    "keys of one hash": (lambda mint: mint.wire(colliding()), Reason.MALFORMED),
    "keys of one hash in the unprotected header": (
        lambda mint: mint.wire(b"\x84\x40" + colliding() + b"\x40\x40"), Reason.MALFORMED,
    ),
    "a compressed text that never ends": (
        lambda mint: packed(compress(mint.unwire(mint.valid))[:-6]), Reason.MALFORMED,
    ),
    "an expiry date that is not a number": (
        lambda mint: mint.strike(mint.claims(exp=float("nan"))), Reason.MALFORMED,
    ),
    "an expiry date at infinity": (
        lambda mint: mint.strike(mint.claims(exp=float("inf"))), Reason.MALFORMED,
    ),
    "an expiry date beyond the calendar": (
        lambda mint: mint.strike(mint.claims(exp=2**62)), Reason.MALFORMED,
    ),
    "a date of issue before the calendar": (
        lambda mint: mint.strike(mint.claims(iat=-(2**62))), Reason.MALFORMED,
    ),
    "a date of 300 digits": (
        lambda mint: mint.strike(mint.claims(iat=1.7e308)), Reason.MALFORMED,
    ),
    "a signature with s = 0": (
        lambda mint: with_signature(mint, lambda r, _: (r, 0)), Reason.BAD_SIGNATURE,
    ),
    "a signature with r = 0": (
        lambda mint: with_signature(mint, lambda _, s: (0, s)), Reason.BAD_SIGNATURE,
    ),
    "a signature of noughts": (
        lambda mint: with_signature(mint, lambda _, __: (0, 0)), Reason.BAD_SIGNATURE,
    ),
    "a signature with s = n": (
        lambda mint: with_signature(mint, lambda r, _: (r, ORDER)), Reason.BAD_SIGNATURE,
    ),
    "a signature with r = s": (
        lambda mint: with_signature(mint, lambda r, _: (r, r)), Reason.BAD_SIGNATURE,
    ),
    "no signature": (lambda mint: with_items(mint, signature=b""), Reason.BAD_SIGNATURE),
    "a signature of 60 KB": (
        lambda mint: with_items(mint, signature=bytes(60_000)), Reason.BAD_SIGNATURE,
    ),
    "an empty key id": (
        lambda mint: mint.headed({1: -7, 4: b""}), Reason.UNKNOWN_ISSUER,
    ),
    "a key id of 9 bytes": (
        lambda mint: mint.headed({1: -7, 4: mint.issuer.kid + b"\0"}), Reason.UNKNOWN_ISSUER,
    ),
    "a key id of 7 bytes": (
        lambda mint: mint.headed({1: -7, 4: mint.issuer.kid[:7]}), Reason.UNKNOWN_ISSUER,
    ),
    "a key id of 2,000 bytes": (
        lambda mint: mint.headed({1: -7, 4: bytes(2_000)}), Reason.UNKNOWN_ISSUER,
    ),
    "a foreign key id that hides the good one": (
        lambda mint: mint.headed({1: -7, 4: b"nobody's"}, {4: mint.issuer.kid}),
        Reason.UNKNOWN_ISSUER,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("make", "reason"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_payloads_are_refused_for_what_they_are(
    make: Callable[["Mint"], bytes], reason: Reason, mint: "Mint"
) -> None:
    raw = make(mint)
    before_s = process_time()
    decision = judge(raw, belief=mint.belief, moment=mint.now)
    assert process_time() - before_s < MAX_CPU_S
    assert (decision.verdict, decision.reason) == (Verdict.REFUSE, reason)


def test_the_other_signature_of_the_same_pass_is_listed_under_the_same_ids(mint: "Mint") -> None:
    """ECDSA lets anybody turn s into n - s; revocation must not be escaped that way."""
    turned = with_signature(mint, lambda r, s: (r, ORDER - s))
    plain, other = (
        judge(raw, belief=mint.belief, moment=mint.now).verified for raw in (mint.valid, turned)
    )
    assert plain is not None
    assert other is not None
    assert other.ids == plain.ids

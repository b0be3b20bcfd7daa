"""Each format's verification against its bare loop: decode, parse, check the signatures.

A bare loop refuses nothing: no bounds, no second writings, no dates, no claims. It begins behind
the digits, base32 or base45 that the code is written in, as in `verify`. That of VDS-NC follows
the chain each time; so does ours for the first pass of a signer, which is the last line.
"""

import base64
import json
import statistics
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

from scanner import passes
from scanner.passes import base45, vdsnc
from scanner.publish.rehearsal import Rehearsal, rehearsal
from scanner.terms import PassFormat
from scanner.trust import Keyring
from tests.bench import setting
from tests.bench.figures import Figure, at_most, spread
from tests.bench.verify import timed

_BOUND = 1.5
_ROUNDS = 60
_CALLS = 60

Loop = Callable[[], object]


def bench() -> Iterator[Figure]:
    """Compare one pass of each format with its own loop."""
    made = rehearsal(at=setting.NOW)
    keyring = Keyring.of(made.keys, anchors=made.anchors)
    for form, bare in _bare_loops(made).items():
        ours = partial(passes.verify, made.texts[form].encode(), keyring=keyring)
        mine_us, bare_us = timed([[ours], [bare]], calls=_CALLS, rounds=_ROUNDS)
        ratios = [mine / other for mine, other in zip(mine_us, bare_us, strict=True)]
        name = f"{form.value}, {len(made.texts[form])} characters"
        yield Figure(name, spread(mine_us, unit="us"))
        yield Figure("  bare loop", spread(bare_us, unit="us"))
        shown = spread(ratios, unit="x", digits=2)
        ratio = statistics.median(ratios)
        yield at_most("  verify / bare loop", ratio, bound=_BOUND, unit="x", shown=shown)

    yield from _new_signer(made, keyring=keyring)


def _new_signer(made: Rehearsal, *, keyring: Keyring) -> Iterator[Figure]:
    """Show what the first pass of a signer costs, whose certificate is not remembered yet."""

    def first() -> object:
        vdsnc._certificate.cache_clear()  # noqa: SLF001 - what a new door begins with
        vdsnc._signer.cache_clear()  # noqa: SLF001
        return passes.verify(made.texts[PassFormat.VDSNC].encode(), keyring=keyring)

    bare = _bare_loops(made)[PassFormat.VDSNC]
    mine_us, bare_us = timed([[first], [bare]], calls=_CALLS, rounds=_ROUNDS)
    ratios = [mine / other for mine, other in zip(mine_us, bare_us, strict=True)]
    yield Figure("vdsnc, the first pass of a signer", spread(mine_us, unit="us"))
    yield Figure("  verify / bare loop", spread(ratios, unit="x", digits=2))


def _bare_loops(made: Rehearsal) -> Mapping[PassFormat, Loop]:
    public = {form: key.public for key in made.keys for form in key.formats}
    texts = made.texts
    csca = made.anchors[0].certificate
    own = base45.decode(texts[PassFormat.OWN].encode()[4:])
    return {
        PassFormat.SHC: partial(_card, _letters(texts[PassFormat.SHC]), public[PassFormat.SHC]),
        PassFormat.NZCP: partial(
            _covid_pass, _base32(texts[PassFormat.NZCP]), public[PassFormat.NZCP]
        ),
        PassFormat.VDSNC: partial(_seal, texts[PassFormat.VDSNC], csca),
        PassFormat.INFRADID: partial(
            _credential, texts[PassFormat.INFRADID], public[PassFormat.INFRADID]
        ),
        PassFormat.PRETIX: partial(_ticket, texts[PassFormat.PRETIX], public[PassFormat.PRETIX]),
        PassFormat.OWN: partial(_own, own, public[PassFormat.OWN]),
    }


def _letters(text: str) -> str:
    digits = text.removeprefix("shc:/")
    return "".join(chr(int(digits[at : at + 2]) + 45) for at in range(0, len(digits), 2))


def _base32(text: str) -> bytes:
    encoded = text.removeprefix("NZCP:/1/")
    return base64.b32decode(encoded + "=" * (-len(encoded) % 8))


def _card(jws: str, public: Any) -> object:
    header, payload, signature = jws.split(".")
    json.loads(_base64url(header))
    claims = json.loads(zlib.decompress(_base64url(payload), wbits=-15))
    _check(public, _base64url(signature), f"{header}.{payload}".encode())
    return claims


def _covid_pass(message: bytes, public: Any) -> object:
    protected, _, payload, signature = cbor2.loads(message).value
    claims = cbor2.loads(payload)
    _check(public, signature, cbor2.dumps(["Signature1", protected, b"", payload]))
    return claims


def _seal(text: str, csca: x509.Certificate) -> object:
    told = json.loads(text)
    data = json.dumps(told["data"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    signer = x509.load_der_x509_certificate(_base64url(told["sig"]["cer"]))
    signer.verify_directly_issued_by(csca)
    _check(signer.public_key(), _base64url(told["sig"]["sigvl"]), data.encode())
    return told


def _credential(text: str, public: Any) -> object:
    header, payload, signature = text.split(".")
    json.loads(_base64url(header))
    claims = json.loads(_base64url(payload))
    _check(public, _base64url(signature), f"{header}.{payload}".encode())
    return claims


def _ticket(text: str, public: Any) -> object:
    message = base64.b64decode(text[::-1])
    size = int.from_bytes(message[1:3], "big")
    payload, signature = message[5 : 5 + size], message[5 + size :]
    public.verify(signature, payload)
    return payload


def _own(message: bytes, public: Any) -> object:
    protected, _, payload, signature = cbor2.loads(message).value
    claims = cbor2.loads(payload)
    public.verify(signature, cbor2.dumps(["Signature1", protected, b"", payload]))
    return claims


def _check(public: Any, signature: bytes, message: bytes) -> None:
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    public.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))


def _base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

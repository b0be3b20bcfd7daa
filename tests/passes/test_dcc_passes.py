"""EU DCC passes: what a genuine one says, the oddities of the field, and what is refused."""

import hashlib
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zlib import compress

import cbor2
import pytest

from scanner.passes import dcc
from scanner.publish import base45
from scanner.terms import Kind, PassFormat, Reason, Refused

if TYPE_CHECKING:
    from tests.conftest import Mint

ES256 = -7  # COSE algorithm number

Claims = dict[Any, Any]
ISS, EXP, NBF, IAT, LIGHT, HCERT = 1, 4, 5, 6, -250, -260
UNDEFINED = cbor2.undefined


def hash16(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def refusal(mint: "Mint", raw: bytes) -> Refused:
    with pytest.raises(Refused) as refused:
        dcc.verify(raw, keyring=mint.keyring)
    return refused.value


def test_a_genuine_pass_says_what_was_signed(mint: "Mint") -> None:
    genuine = dcc.verify(mint.valid, keyring=mint.keyring)
    verified = genuine.verified
    assert (verified.format, verified.kind, verified.issuer) == (
        PassFormat.DCC, Kind.VACCINATION, "AT",
    )  # fmt: skip
    assert verified.key_id == b64encode(mint.issuer.kid).decode()
    assert (verified.issued_at, verified.not_before, verified.not_after) == (
        mint.issued, None, mint.expires,
    )  # fmt: skip
    assert verified.claims == mint.vaccination
    assert (genuine.key, genuine.detail) == (mint.key, None)


def test_every_kind_is_told_by_its_event(mint: "Mint") -> None:
    kinds = {"vaccination": mint.vaccination, "test": mint.test, "recovery": mint.recovery}
    for kind, hcert in kinds.items():
        genuine = dcc.verify(mint.strike(mint.claims(hcert)), keyring=mint.keyring)
        assert genuine.verified.kind is Kind(kind)


def test_the_revocation_ids_are_the_hashes_of_the_specification(
    mint: "Mint", rsa_mint: "Mint"
) -> None:
    uvci = mint.vaccination["v"][0]["ci"]
    for one, signed in ((mint, 32), (rsa_mint, 256)):
        signature = one.message()[3]
        ids = dcc.verify(one.valid, keyring=one.keyring).verified.ids
        assert ids == (
            f"dcc-signature:{hashlib.sha256(signature[:signed]).hexdigest()[:32]}",
            f"dcc-uci:{hash16(uvci)}",
            f"dcc-countryuci:{hash16('AT' + uvci)}",
        )


def test_a_pass_of_two_countries_may_be_listed_under_either(mint: "Mint") -> None:
    uvci = mint.vaccination["v"][0]["ci"]
    raw = mint.strike(mint.claims(iss="DE"))
    ids = dcc.verify(raw, keyring=mint.keyring).verified.ids
    assert ids[2:] == tuple(f"dcc-countryuci:{hash16(one + uvci)}" for one in ("DE", "AT"))


def test_a_pass_without_identifier_is_listed_by_its_signature_only(mint: "Mint") -> None:
    event = {**mint.vaccination["v"][0]}
    del event["ci"]
    raw = mint.strike(mint.claims({**mint.vaccination, "v": [event]}))
    ids = dcc.verify(raw, keyring=mint.keyring).verified.ids
    assert [one.partition(":")[0] for one in ids] == ["dcc-signature"]


def _event(mint: "Mint", **changes: object) -> Claims:
    return {**mint.vaccination, "v": [{**mint.vaccination["v"][0], **changes}]}


# Special cases that member states agreed to tolerate: what is signed, what must be the same
# as in the plain pass, or what is expected instead.
TOLERATED: dict[str, Callable[["Mint"], Claims]] = {
    "blanks around values": lambda mint: mint.claims(
        {
            **_event(mint, **{k: f" {v} " for k, v in mint.vaccination["v"][0].items()
                              if isinstance(v, str)}),
            "dob": "1984-03-17 ",
        }
    ),
    "null for the other kinds": lambda mint: mint.claims(
        {**mint.vaccination, "t": None, "r": None}
    ),
    "undefined for the other kinds": lambda mint: mint.claims(
        {**mint.vaccination, "t": UNDEFINED, "r": UNDEFINED}
    ),
    "empty lists for the other kinds": lambda mint: mint.claims(
        {**mint.vaccination, "t": [], "r": []}
    ),
    "lists of nothing for the other kinds": lambda mint: mint.claims(
        {**mint.vaccination, "t": [None], "r": [UNDEFINED]}
    ),
    "a null beside the event": lambda mint: mint.claims(
        {**mint.vaccination, "v": [None, *mint.vaccination["v"]]}
    ),
    "doses as floats": lambda mint: mint.claims(_event(mint, dn=2.0, sd=2.0)),
    "null members": lambda mint: mint.claims(_event(mint, xx=None, yy=UNDEFINED)),
    "times as floats": lambda mint: mint.claims(
        exp=mint.expires.timestamp(), iat=mint.issued.timestamp()
    ),
    "a blank issuer": lambda mint: mint.claims(iss=" "),
    "a null issuer": lambda mint: mint.claims(iss=None),
    "an issuer that is a number": lambda mint: mint.claims(iss=40),
    "blanks around the issuer": lambda mint: mint.claims(iss=" AT "),
}  # fmt: skip


@pytest.mark.parametrize("claims", TOLERATED.values(), ids=TOLERATED.keys())
def test_tolerated_passes_say_the_same_as_the_plain_one(
    claims: Callable[["Mint"], Claims], mint: "Mint"
) -> None:
    plain = dcc.verify(mint.valid, keyring=mint.keyring).verified
    verified = dcc.verify(mint.strike(claims(mint)), keyring=mint.keyring).verified
    events = [dict(one.claims["v"][0]) for one in (plain, verified)]
    assert events[0] == events[1]
    assert verified.ids[1:] == plain.ids[1:]
    assert (verified.kind, verified.issuer) == (plain.kind, plain.issuer)
    assert (verified.issued_at, verified.not_after) == (plain.issued_at, plain.not_after)


def test_values_of_every_json_type_are_kept(mint: "Mint") -> None:
    odd = {"a": [" x ", None, 1, 1.5, True, {"b": " y ", "c": None}], "d": {"e": []}, "f": -3}
    raw = mint.strike(mint.claims(_event(mint, **odd)))
    (event,) = dcc.verify(raw, keyring=mint.keyring).verified.claims["v"]
    assert {name: event[name] for name in odd} == {
        "a": ["x", 1, 1.5, True, {"b": "y"}], "d": {"e": []}, "f": -3,
    }  # fmt: skip


def test_a_date_under_tag_0_is_taken_as_its_text(mint: "Mint") -> None:
    when = datetime(2026, 5, 1, 9, tzinfo=UTC)
    hcert = {**mint.test, "t": [{**mint.test["t"][0], "sc": when}]}
    raw = mint.strike(cbor2.dumps(mint.claims(hcert), timezone=UTC))
    verified = dcc.verify(raw, keyring=mint.keyring).verified
    assert verified.claims["t"][0]["sc"] == "2026-05-01T09:00:00Z"


def test_without_an_issuer_claim_the_event_and_then_the_key_name_the_country(mint: "Mint") -> None:
    countries = {"DE": _event(mint, co="DE"), "AT": _event(mint, co=None)}
    for country, hcert in countries.items():
        raw = mint.strike(mint.claims(hcert, iss=None))
        assert dcc.verify(raw, keyring=mint.keyring).verified.issuer == country


LIGHT_CLAIMS: dict[str, Callable[[Claims], Claims]] = {
    "directly": lambda content: {LIGHT: content},
    "under version 1": lambda content: {LIGHT: {1: content}},
    "beside a null certificate": lambda content: {LIGHT: content, HCERT: None},
}


@pytest.mark.parametrize("claims", LIGHT_CLAIMS.values(), ids=LIGHT_CLAIMS.keys())
def test_a_certificate_light_has_no_event_and_no_kind(
    claims: Callable[[Claims], Claims], mint: "Mint"
) -> None:
    content = {name: mint.vaccination[name] for name in ("ver", "nam", "dob")}
    payload = {ISS: "CH", EXP: int(mint.expires.timestamp()), **claims(content)}
    verified = dcc.verify(mint.strike(payload, prefix="LT1:"), keyring=mint.keyring).verified
    assert (verified.kind, verified.issuer, verified.issued_at) == (None, "CH", None)
    assert verified.claims == content


def test_a_certificate_light_with_an_event_has_its_kind(mint: "Mint") -> None:
    payload = {EXP: int(mint.expires.timestamp()), LIGHT: mint.test}
    verified = dcc.verify(mint.strike(payload, prefix="LT1:"), keyring=mint.keyring).verified
    assert verified.kind is Kind.TEST


def test_a_date_of_beginning_is_kept(mint: "Mint") -> None:
    claims = {**mint.claims(), NBF: mint.issued.timestamp() + 0.5}
    verified = dcc.verify(mint.strike(claims), keyring=mint.keyring).verified
    assert verified.not_before == mint.issued + timedelta(seconds=0.5)


ODD: dict[str, tuple[dict[str, Any], str]] = {
    "another country's key": ({"iss": "DE"}, "issued by DE with a key of AT"),
    "older than its key": (
        {"iat": int(datetime(2025, 12, 31, tzinfo=UTC).timestamp())},
        "issued before its key was valid",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "detail"), ODD.values(), ids=ODD.keys())
def test_oddities_of_genuine_passes_are_mentioned(
    changes: dict[str, Any], detail: str, mint: "Mint"
) -> None:
    genuine = dcc.verify(mint.strike(mint.claims(**changes)), keyring=mint.keyring)
    assert genuine.detail == detail


MALFORMED: dict[str, Callable[["Mint"], object]] = {
    "claims that are an array": lambda _: [1, 2],
    "claims that are a text": lambda _: "HC1:",
    "no certificate": lambda mint: {EXP: int(mint.expires.timestamp())},
    "a certificate of version 2": lambda mint: {**mint.claims(), HCERT: {2: mint.vaccination}},
    "a certificate that is no map": lambda mint: {**mint.claims(), HCERT: [mint.vaccination]},
    "an undefined certificate": lambda mint: {**mint.claims(), HCERT: UNDEFINED},
    "version 1 that is no map": lambda mint: {**mint.claims(), HCERT: {1: [1]}},
    "a light certificate that is no map": lambda mint: {EXP: 1, LIGHT: 7, ISS: mint.issuer.country},
    "a light certificate beside a broken one": lambda mint: {
        **mint.claims(), HCERT: 0, LIGHT: mint.vaccination,
    },
    "no event": lambda mint: mint.claims({"ver": "1.3.0", "dob": "1984"}),
    "events null": lambda mint: mint.claims({**mint.vaccination, "v": None}),
    "an empty list of events": lambda mint: mint.claims({**mint.vaccination, "v": []}),
    "two vaccinations": lambda mint: mint.claims(
        {**mint.vaccination, "v": mint.vaccination["v"] * 2}
    ),
    "a vaccination and a test": lambda mint: mint.claims({**mint.vaccination, "t": mint.test["t"]}),
    "two events in a certificate light": lambda mint: {
        EXP: 1, LIGHT: {**mint.vaccination, "r": mint.recovery["r"]},
    },
    "an event outside a list": lambda mint: mint.claims(
        {**mint.vaccination, "v": mint.vaccination["v"][0]}
    ),
    "an event that is a text": lambda mint: mint.claims({**mint.vaccination, "v": ["x"]}),
    "a member named by a number": lambda mint: mint.claims(_event(mint) | {7: "x"}),
    "bytes as a value": lambda mint: mint.claims(_event(mint, dn=b"\x02")),
    "bytes in a list": lambda mint: mint.claims(_event(mint, dn=[b"\x02"])),
    "not a number as a value": lambda mint: mint.claims(_event(mint, dn=float("nan"))),
    "infinity as a value": lambda mint: mint.claims(_event(mint, dn=float("inf"))),
    "no expiry date": lambda mint: mint.claims(exp=None),
    "an expiry date as text": lambda mint: mint.claims(exp="2026-12-01"),
    "an expiry date that is true": lambda mint: mint.claims(exp=True),
    "an undefined expiry date": lambda mint: mint.claims(exp=UNDEFINED),
    "an expiry date that is not a number": lambda mint: mint.claims(exp=float("nan")),
    "an expiry date at infinity": lambda mint: mint.claims(exp=float("inf")),
    "an expiry date at minus infinity": lambda mint: mint.claims(exp=float("-inf")),
    "an expiry date in the year 10000": lambda mint: mint.claims(exp=253402300800),
    "an expiry date before the year 1": lambda mint: mint.claims(exp=-62135596801),
    "an expiry date of 64 bits": lambda mint: mint.claims(exp=2**64 - 1),
    "an expiry date of 300 digits": lambda mint: mint.claims(exp=1e300),
    "a date of issue as text": lambda mint: mint.claims(iat="now"),
    "a date of beginning as a list": lambda mint: {**mint.claims(), NBF: []},
    "not strict inside the payload": lambda mint: cbor2.dumps(mint.claims()) + b"\x00",
}  # fmt: skip


@pytest.mark.parametrize("claims", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_signed_but_no_certificate_is_malformed(
    claims: Callable[["Mint"], object], mint: "Mint"
) -> None:
    assert refusal(mint, mint.strike(claims(mint))).reason is Reason.MALFORMED


def test_an_absent_date_of_issue_is_no_fault(mint: "Mint") -> None:
    claims = mint.claims(iat=None)
    assert dcc.verify(mint.strike(claims), keyring=mint.keyring).verified.issued_at is None


CONTAINERS: dict[str, tuple[Callable[["Mint"], bytes], Reason]] = {
    "nothing after the prefix": (lambda _: b"HC1:", Reason.MALFORMED),
    "no base45": (lambda _: b"HC1:abc", Reason.MALFORMED),
    "not compressed": (
        lambda mint: b"HC1:" + base45.encode(mint.unwire(mint.valid)).encode(), Reason.MALFORMED,
    ),
    "compression that breaks off": (lambda mint: mint.valid[:-30], Reason.MALFORMED),
    "compression whose sum is wrong": (
        lambda mint: _packed(compress(mint.unwire(mint.valid))[:-1] + b"\x00"), Reason.MALFORMED,
    ),
    "bytes after the compression": (
        lambda mint: _packed(compress(mint.unwire(mint.valid)) + b"\x00"), Reason.MALFORMED,
    ),
    "a gzip": (lambda _: _packed(b"\x1f\x8b\x08\x00" + bytes(20)), Reason.MALFORMED),
    "compressed twice": (
        lambda mint: mint.wire(compress(mint.unwire(mint.valid))), Reason.MALFORMED,
    ),
    "compressed nothing": (lambda mint: mint.wire(b""), Reason.MALFORMED),
    "a zip bomb": (lambda mint: mint.wire(bytes(2_000_000)), Reason.TOO_LARGE),
    "a little more than is inflated": (
        lambda mint: mint.wire(bytes(dcc.MAX_INFLATED_BYTES + 300)), Reason.TOO_LARGE,
    ),
    "one character more than a code holds": (
        lambda _: b"HC1:" + b"0" * (dcc.MAX_TEXT_BYTES - 3), Reason.TOO_LARGE,
    ),
    "ten megabytes": (lambda _: b"HC1:" + b"0" * 10_000_000, Reason.TOO_LARGE),
}  # fmt: skip


def _packed(data: bytes) -> bytes:
    return b"HC1:" + base45.encode(data).encode()


@pytest.mark.parametrize(("make", "reason"), CONTAINERS.values(), ids=CONTAINERS.keys())
def test_broken_and_oversized_containers_are_refused(
    make: Callable[["Mint"], bytes], reason: Reason, mint: "Mint"
) -> None:
    refused = refusal(mint, make(mint))
    assert (refused.reason, refused.key_id) == (reason, None)


def test_a_text_of_exactly_the_largest_size_is_looked_into(mint: "Mint") -> None:
    full = b"HC1:" + b"0" * (dcc.MAX_TEXT_BYTES - 4)
    assert refusal(mint, full).detail == "broken compression"


def test_the_claimed_key_is_told_with_a_refusal(mint: "Mint", strange_mint: "Mint") -> None:
    unknown = refusal(mint, strange_mint.valid)
    assert unknown.reason is Reason.UNKNOWN_ISSUER
    assert unknown.key_id == b64encode(strange_mint.issuer.kid).decode()
    late = refusal(mint, mint.strike(mint.claims(exp=None)))
    assert late.key_id == b64encode(mint.issuer.kid).decode()
    assert refusal(mint, mint.headed({1: ES256})).key_id is None

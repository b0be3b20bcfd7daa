"""The venue's own passes: what a genuine one says, and that nothing else is one."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import cbor2
import pytest

from scanner.passes import own
from scanner.terms import Kind, PassFormat, Reason, Refused
from scanner.trust import Keyring
from tests.publish.venue import (
    BEGINS,
    CONTENT,
    EDDSA,
    ENDS,
    EXP,
    SIGN1,
    TICKET,
    Venue,
    unwire,
    wire,
)


@pytest.fixture(scope="module")
def venue() -> Venue:
    """A venue whose key the door trusts."""
    return Venue()


def refusal(venue: Venue, raw: bytes) -> Refused:
    with pytest.raises(Refused) as refused:
        own.verify(raw, keyring=venue.keyring)
    return refused.value


def ticket(**changes: object) -> list[Any]:
    """Give the content of a ticket with some of its places changed."""
    names = ("kind", "event", "zones", "admits", "list", "index")
    return [changes.get(name, value) for name, value in zip(names, TICKET, strict=True)]


def test_a_genuine_ticket_says_what_was_signed(venue: Venue) -> None:
    genuine = own.verify(venue.valid, keyring=venue.keyring)
    verified = genuine.verified
    assert (verified.format, verified.kind, verified.issuer) == (
        PassFormat.OWN, Kind.TICKET, "Arena",
    )  # fmt: skip
    assert verified.key_id == b64encode(venue.kid).decode()
    assert (verified.issued_at, verified.not_before, verified.not_after) == (None, BEGINS, ENDS)
    assert verified.claims == {
        "kind": "ticket", "event": "summer-26", "zones": ["north", "south"], "admits": 4,
        "list": "k3f9a", "index": 4711,
    }  # fmt: skip
    assert verified.ids == ("own:k3f9a:4711",)
    assert (genuine.key, genuine.detail, genuine.key_is_named) == (venue.key, None, True)


@pytest.mark.parametrize(
    ("number", "kind"), [(0, Kind.TICKET), (1, Kind.MEMBERSHIP), (2, Kind.STAFF)]
)
def test_every_kind_has_its_number(venue: Venue, number: int, kind: Kind) -> None:
    raw = venue.strike(venue.claims(ticket(kind=number)))
    verified = own.verify(raw, keyring=venue.keyring).verified
    assert (verified.kind, verified.claims["kind"]) == (kind, kind.value)


def test_event_zones_dates_and_name_may_be_absent_or_there(venue: Venue) -> None:
    bare = venue.strike({CONTENT: ticket(kind=2, event=None, zones=None)})
    verified = own.verify(bare, keyring=venue.keyring).verified
    assert (verified.not_before, verified.not_after) == (None, None)
    assert (verified.claims["event"], verified.claims["zones"]) == (None, None)
    named = venue.strike(venue.claims([*ticket(kind=1), "김영희"]))
    assert own.verify(named, keyring=venue.keyring).verified.claims["name"] == "김영희"


def test_the_ends_of_what_a_pass_can_hold_are_held(venue: Venue) -> None:
    first = ticket(admits=1, index=0, zones="a", list="A")
    last = ticket(admits=9_999, index=2**32 - 1, zones=" ".join(["z" * 20] * 16), list="9" * 64)
    for content in (first, last):
        raw = venue.strike(venue.claims([*content, "n" * 80], exp=253_402_300_799, nbf=0))
        verified = own.verify(raw, keyring=venue.keyring).verified
        assert verified.not_after == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
        assert verified.claims["index"] == content[5]


CONTENTS: dict[str, object] = {
    "no list": {"kind": 0},
    "a text": "ticket",
    "five places": TICKET[:5],
    "eight places": [*TICKET, "name", 1],
    "a kind that is not there": ticket(kind=3),
    "a negative kind": ticket(kind=-1),
    "a kind that is true": ticket(kind=True),
    "a kind as a float": ticket(kind=0.0),
    "a kind as text": ticket(kind="ticket"),
    "an event that is empty": ticket(event=""),
    "an event with a blank": ticket(event="summer 26"),
    "an event with a line end": ticket(event="summer\n"),
    "an event in Hangul": ticket(event="여름"),
    "an event too long": ticket(event="e" * 65),
    "an event as a number": ticket(event=26),
    "an event as bytes": ticket(event=b"summer"),
    "zones that are empty": ticket(zones=""),
    "zones with two blanks": ticket(zones="a  b"),
    "zones with a blank at the end": ticket(zones="a "),
    "zones as a list": ticket(zones=["a", "b"]),
    "seventeen zones": ticket(zones=" ".join("abcdefghijklmnopq")),
    "admits nobody": ticket(admits=0),
    "admits ten thousand": ticket(admits=10_000),
    "admits true": ticket(admits=True),
    "admits nothing": ticket(admits=None),
    "a list that is empty": ticket(list=""),
    "a list that begins with a dot": ticket(list=".k"),
    "a list with a colon": ticket(list="a:b"),
    "a list as null": ticket(list=None),
    "an index below nought": ticket(index=-1),
    "an index of 33 bits": ticket(index=2**32),
    "an index as text": ticket(index="7"),
    "an index as null": ticket(index=None),
    "a name that is empty": [*TICKET, ""],
    "a name that is null": [*TICKET, None],
    "a name with a line end": [*TICKET, "A\nB"],
    "a name with a blank before": [*TICKET, " A"],
    "a name that steers a terminal": [*TICKET, "\x1b[2J"],
    "a name too long": [*TICKET, "n" * 81],
}  # fmt: skip
CLAIMS: dict[str, Callable[[Venue], object]] = {
    "no map": lambda _: [1, 2],
    "a claim of another format": lambda v: {**v.claims(), 1: "Arena"},
    "a claim of a later version": lambda v: {**v.claims(), -65538: 1},
    "a claim named by text": lambda v: {**v.claims(), "exp": 1},
    "no content": lambda v: {EXP: v.claims()[EXP]},
    "a ticket that never ends": lambda v: v.claims(exp=None),
    "a membership that never ends": lambda v: v.claims(ticket(kind=1), exp=None),
    "an end as a float": lambda v: v.claims(exp=1.5),
    "an end as text": lambda v: v.claims(exp="2026-12-01"),
    "an end that is true": lambda v: v.claims(exp=True),
    "an end before 1970": lambda v: v.claims(exp=-1),
    "an end in the year 10000": lambda v: v.claims(exp=253_402_300_800),
    "an end of 64 bits": lambda v: v.claims(exp=2**64 - 1),
    "a begin as a list": lambda v: v.claims(nbf=[]),
    "bytes after the claims": lambda v: cbor2.dumps(v.claims()) + b"\x00",
    "a tag": lambda v: cbor2.CBORTag(0, v.claims()),
    "a long head": lambda v: cbor2.dumps(v.claims()).replace(b"\x04\x1a", b"\x18\x04\x1a"),
    "a claim that stands twice": lambda v: b"\xa4" + b"\x04\x00" + cbor2.dumps(v.claims())[1:],
    "an open-ended map": lambda v: b"\xbf" + cbor2.dumps(v.claims())[1:] + b"\xff",
    "nothing": lambda _: b"",
}


@pytest.mark.parametrize("make", CLAIMS.values(), ids=CLAIMS.keys())
def test_what_is_signed_but_of_no_known_form_is_malformed(
    make: Callable[[Venue], object], venue: Venue
) -> None:
    refused = refusal(venue, venue.strike(make(venue)))
    assert refused.reason is Reason.MALFORMED
    assert refused.key_id == b64encode(venue.kid).decode()


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS.keys())
def test_content_that_is_not_to_the_letter_is_malformed(content: object, venue: Venue) -> None:
    assert refusal(venue, venue.strike(venue.claims(content))).reason is Reason.MALFORMED


CONTAINERS: dict[str, tuple[Callable[[Venue], bytes], Reason]] = {
    "nothing after the prefix": (lambda _: b"DP1:", Reason.MALFORMED),
    "no base45": (lambda _: b"DP1:abc", Reason.MALFORMED),
    "no tag": (lambda v: wire(unwire(v.valid)[1:]), Reason.MALFORMED),
    "a CWT tag around it": (lambda v: wire(b"\xd8\x3d" + unwire(v.valid)), Reason.MALFORMED),
    "the tag twice": (lambda v: wire(SIGN1 + unwire(v.valid)), Reason.MALFORMED),
    "bytes after the message": (lambda v: wire(unwire(v.valid) + b"\x00"), Reason.MALFORMED),
    "an empty message": (lambda _: wire(SIGN1), Reason.MALFORMED),
    "a header that nobody signed": (
        lambda v: v.strike(unprotected={99: 1}), Reason.MALFORMED,
    ),
    "the key id where nobody signed it": (
        lambda v: v.strike(protected=cbor2.dumps({1: EDDSA}), unprotected={4: v.kid}),
        Reason.MALFORMED,
    ),
    "a critical header": (
        lambda v: v.strike(protected=cbor2.dumps({1: EDDSA, 2: [9], 4: v.kid})), Reason.MALFORMED,
    ),
    "no key id": (lambda v: v.strike(protected=cbor2.dumps({1: EDDSA})), Reason.UNKNOWN_ISSUER),
    "no header": (lambda v: v.strike(protected=b""), Reason.UNKNOWN_ISSUER),
    "another key id": (
        lambda v: v.strike(protected=cbor2.dumps({1: EDDSA, 4: bytes(8)})), Reason.UNKNOWN_ISSUER,
    ),
    "no algorithm": (lambda v: v.strike(protected=cbor2.dumps({4: v.kid})), Reason.WRONG_ALGORITHM),
    "one character more than is read": (
        lambda _: b"DP1:" + b"0" * (own.MAX_TEXT_BYTES - 3), Reason.TOO_LARGE,
    ),
    "ten megabytes": (lambda _: b"DP1:" + b"0" * 10_000_000, Reason.TOO_LARGE),
}  # fmt: skip


@pytest.mark.parametrize(("make", "reason"), CONTAINERS.values(), ids=CONTAINERS.keys())
def test_broken_and_oversized_containers_are_refused(
    make: Callable[[Venue], bytes], reason: Reason, venue: Venue
) -> None:
    assert refusal(venue, make(venue)).reason is reason


def test_a_text_of_exactly_the_largest_size_is_looked_into(venue: Venue) -> None:
    full = b"DP1:" + b"0" * (own.MAX_TEXT_BYTES - 4)
    assert refusal(venue, full).reason is Reason.MALFORMED


def test_a_stranger_is_unknown_and_under_a_trusted_id_a_forger(venue: Venue) -> None:
    stranger = Venue()
    unknown = refusal(venue, stranger.valid)
    assert unknown.reason is Reason.UNKNOWN_ISSUER
    assert unknown.key_id == b64encode(stranger.kid).decode()
    forged = stranger.strike(protected=venue.protected())
    assert refusal(venue, forged).reason is Reason.BAD_SIGNATURE


def test_what_the_pass_says_is_looked_at_only_once_its_signature_held(venue: Venue) -> None:
    stranger = Venue()
    wrong: tuple[object, ...] = ([], b"\xff", stranger.claims(ticket(kind=9)))
    for claims in wrong:
        forged = stranger.strike(claims, protected=venue.protected())
        assert refusal(venue, forged).reason is Reason.BAD_SIGNATURE


def test_of_two_keys_with_one_id_each_is_tried(venue: Venue) -> None:
    twin = replace(Venue().key, kid=venue.kid)
    for keys in ((twin, venue.key), (venue.key, twin)):
        assert own.verify(venue.valid, keyring=Keyring.of(keys)).key == venue.key


@pytest.mark.parametrize("form", [one for one in PassFormat if one is not PassFormat.OWN])
def test_a_key_of_another_format_does_not_verify_it(form: PassFormat, venue: Venue) -> None:
    keyring = Keyring.of((replace(venue.key, formats=frozenset({form})),))
    with pytest.raises(Refused) as refused:
        own.verify(venue.valid, keyring=keyring)
    assert refused.value.reason is Reason.UNKNOWN_ISSUER

"""Typed ids: each kind is read to the letter, anything else is told what it should be."""

import hashlib
from base64 import b64encode
from datetime import UTC, datetime

import pytest

from scanner.terms import InputError
from scanner.trust.ids import (
    MAX_KID_BYTES,
    ExactId,
    RevokedKey,
    TimedId,
    TypedId,
    Window,
    hashed,
    read_id,
)

HEX16 = "0123456789abcdef" * 2
KID64 = "MTIzNDU2Nzg="
THUMB = "3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s"

EXACT = {
    "a DCC by its id": f"dcc-uci:{HEX16}",
    "a DCC by country and id": f"dcc-countryuci:{HEX16}",
    "a DCC by its signature": f"dcc-signature:{HEX16}",
    "a health card": f"shc-rid:{THUMB}:rid_-19",
    "a health card's longest rid": f"shc-rid:{THUMB}:{'a' * 24}",
    "a credential by URL": "vc-id:https://example.org/vc/1?a=b#c",
    "a credential by DID": "vc-id:did:infra:01:PUB_K1_8PwG",
    "a credential by UUID": "vc-id:urn:uuid:60a4f54d-4e30-4332-be33-ad78b1eafa4b",
    "a ticket": "ticket:abcdefghij",
    "a ticket with signs and a space": "ticket:a b:c/+=~#",
    "a ticket in another script": "ticket:초대장",
    "the first of an own list": "own:1:0",
    "one of an own list": "own:summer-2026.vip:4294967295",
}


@pytest.mark.parametrize("line", EXACT.values(), ids=EXACT.keys())
def test_an_exact_id_is_itself(line: str) -> None:
    assert read_id(line) == ExactId(line)


DID = "did:infra:01:PUB_K1_" + "5" * 50

OTHERS: dict[str, TypedId] = {
    f"kid:{KID64}": RevokedKey(b"12345678"),
    f"kid:{b64encode(DID.encode()).decode()}": RevokedKey(DID.encode()),
    f"kid:{b64encode(bytes(MAX_KID_BYTES)).decode()}": RevokedKey(bytes(128)),
    f"shc-rid:{THUMB}:r.1636977600": TimedId(f"shc-rid:{THUMB}:r", 1636977600),
    f"shc-rid:{THUMB}:r.0": TimedId(f"shc-rid:{THUMB}:r", 0),
    f"window:{KID64}:2026-05-01T00:00:00Z/2026-05-02T00:00:00Z": Window(
        b"12345678", datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC)
    ),
}


@pytest.mark.parametrize(("line", "read"), OTHERS.items())
def test_keys_windows_and_times_are_taken_apart(line: str, read: TypedId) -> None:
    assert read_id(line) == read


RID, VC, TICKET, OWN = "is not shc-rid:", "is not vc-id:", "is not ticket:", "is not own:"
WRONG = {
    "nothing": ("", "no typed id"),
    "a kind alone": ("dcc-uci", "no typed id"),
    "a rid without a kid": ("shc-rid:abc", RID),
    "a rid of nothing": (f"shc-rid:{THUMB}:", RID),
    "a rid of 25 characters": (f"shc-rid:{THUMB}:{'a' * 25}", RID),
    "a rid in plain base64": (f"shc-rid:{THUMB}:a+b/", RID),
    "a time of nothing": (f"shc-rid:{THUMB}:a.", RID),
    "a time with a fraction": (f"shc-rid:{THUMB}:a.1.5", RID),
    "a time before 1970": (f"shc-rid:{THUMB}:a.-1", RID),
    "a time of other digits": (f"shc-rid:{THUMB}:a.١٢", RID),
    "a time without end": (f"shc-rid:{THUMB}:a.{'1' * 13}", RID),
    "a kid too long": (f"shc-rid:{'k' * 65}:a", RID),
    "a URI without a scheme": ("vc-id:example", VC),
    "a URI with a space": ("vc-id:https://a b", VC),
    "a URI that is not ASCII": ("vc-id:https://ä", VC),
    "a URI too long": (f"vc-id:https://{'a' * 2048}", VC),
    "a ticket of nothing": ("ticket:", TICKET),
    "a ticket of a space": ("ticket: ", TICKET),
    "a ticket with a space behind it": ("ticket:a ", TICKET),
    "a ticket with a tab": ("ticket:a\tb", TICKET),
    "a ticket with half a character": ("ticket:\ud800", TICKET),
    "a ticket too long": (f"ticket:{'a' * 2048}", TICKET),
    "an own id without index": ("own:1", OWN),
    "an own id with a leading zero": ("own:1:01", OWN),
    "an own id below zero": ("own:1:-1", OWN),
    "an own id without a list": ("own::1", OWN),
    "a line end within": (f"dcc-uci:{HEX16}\n", "no typed id"),
}


@pytest.mark.parametrize(("line", "says"), WRONG.values(), ids=WRONG.keys())
def test_what_is_no_id_is_told_what_it_should_be(line: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as error:
        read_id(line)
    assert "\n" not in str(error.value)


def test_an_id_is_hashed_in_its_own_domain() -> None:
    text = f"dcc-uci:{HEX16}"
    digest = hashlib.sha256(b"door-scanner revoked id 1\x00" + text.encode()).digest()
    assert hashed(text) == int(digest.hex()[:16], 16)
    assert hashed("ticket:초대장") != hashed("ticket:초대")

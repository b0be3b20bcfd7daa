"""pretix tickets are read by their own content, in one writing only."""

import base64
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from scanner.passes import pretix
from scanner.passes.pretix import MAX_KEYS, MAX_TEXT_BYTES
from scanner.publish.pretix import Issuer, text_of, ticket
from scanner.terms import Kind, PassFormat, Reason, Refused
from scanner.trust import Algorithm, Key, Keyring

OFFICE, STRANGER = Issuer(), Issuer()
PRETIX = frozenset({PassFormat.PRETIX})


def key_of(issuer: Issuer, *, kid: bytes = b"01234567") -> Key:
    return Key(kid, Algorithm.EDDSA, issuer.key.public_key(), issuer="Tent", formats=PRETIX)


KEY = key_of(OFFICE)
KEYRING = Keyring.of([KEY])
PAYLOAD = ticket("CTJqJOl1H", item=1, variation=2, subevent=14)
VALID = OFFICE.sign(PAYLOAD)


def refused(text: str | bytes, *, keyring: Keyring = KEYRING) -> Refused:
    with pytest.raises(Refused) as caught:
        pretix.verify(text.encode() if isinstance(text, str) else text, keyring=keyring)
    return caught.value


def test_a_ticket_says_what_was_signed() -> None:
    genuine = pretix.verify(VALID.encode(), keyring=KEYRING)
    verified = genuine.verified
    assert (verified.format, verified.kind) == (PassFormat.PRETIX, Kind.TICKET)
    assert verified.claims == {"seed": "CTJqJOl1H", "item": 1, "variation": 2, "subevent": 14}
    assert verified.ids == (f"ticket:{VALID}",)
    assert (verified.not_before, verified.not_after, verified.issued_at) == (None, None, None)
    assert (verified.issuer, verified.key_id) == ("Tent", "MDEyMzQ1Njc=")
    assert genuine.key == KEY
    assert not genuine.key_is_named
    assert not genuine.is_presented


def test_its_text_is_not_among_its_claims() -> None:
    assert VALID not in str(pretix.verify(VALID.encode(), keyring=KEYRING).verified)


def test_its_times_are_its_dates() -> None:
    text = OFFICE.issue("x", valid_from=1_675_465_200, valid_until=-1)
    verified = pretix.verify(text.encode(), keyring=KEYRING).verified
    assert verified.not_before == datetime(2023, 2, 3, 23, tzinfo=UTC)
    assert verified.not_after == datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert verified.claims == {"seed": "x", "valid_from": 1_675_465_200, "valid_until": -1}


@pytest.mark.parametrize(
    "letters", [0, 1, 2, 3, 124, 125, 250, 253, 254, 255, 256, 257, 1000, 1458]
)
def test_a_payload_may_have_any_length_that_a_list_can_name(letters: int) -> None:
    text = OFFICE.issue("s" * letters).encode()
    assert pretix.looks_like(text)
    assert pretix.verify(text, keyring=KEYRING).verified.claims == {"seed": "s" * letters}


def test_one_too_long_for_a_list_is_refused_as_too_large() -> None:
    text = OFFICE.issue("s" * 1461)
    assert len(text) > MAX_TEXT_BYTES
    assert refused(text).reason is Reason.TOO_LARGE
    assert refused(b"A" * 10_000_000).reason is Reason.TOO_LARGE


def wrapped(data: bytes) -> str:
    return base64.b64encode(data).decode()[::-1]


def plain(text: str = VALID) -> bytes:
    return base64.b64decode(text[::-1])


CONTAINERS = {
    "nothing": "",
    "no base64": VALID[:20] + "-" + VALID[21:],
    "base64url": VALID[:20] + "_" + VALID[21:],
    "a letter too few": VALID[1:],
    "a line end": VALID + "\n",
    "a blank inside": VALID[:20] + " " + VALID[20:],
    "not reversed": VALID[::-1],
    "padding after padding": "==" + VALID,
    "another scheme": wrapped(b"\x02" + plain()[1:]),
    "scheme 0": wrapped(b"\x00" + plain()[1:]),
    "a head alone": wrapped(plain()[:5]),
    "half a head": wrapped(plain()[:3]),
    "no signature": wrapped(b"\x01" + len(PAYLOAD).to_bytes(2, "big") + bytes(2) + PAYLOAD),
    "a byte at the end": wrapped(plain() + b"\x00"),
    "a byte missing": wrapped(plain()[:-1]),
    "a longer signature": text_of(PAYLOAD, signature=OFFICE.key.sign(PAYLOAD) + b"\x00"),
    "a shorter signature": text_of(PAYLOAD, signature=OFFICE.key.sign(PAYLOAD)[:-1]),
    "lengths in the other byte order": wrapped(
        b"\x01" + plain()[2:0:-1] + plain()[4:2:-1] + plain()[5:]
    ),
}


@pytest.mark.parametrize("text", CONTAINERS.values(), ids=CONTAINERS.keys())
def test_a_broken_container_is_malformed(text: str) -> None:
    assert refused(text).reason is Reason.MALFORMED


CONTENTS = {
    "a seed that is no UTF-8": b"\x0a\x01\xff",
    "a seed that is a number": b"\x08\x01",
    "an item that is a text": b"\x12\x01x",
    "a time of another type": b"\x2d" + bytes(4),
    "half a message": PAYLOAD[:-1],
    "a time before the calendar": ticket("x", valid_from=-(2**62)),
    "a time after the calendar": ticket("x", valid_until=2**62),
}


@pytest.mark.parametrize("payload", CONTENTS.values(), ids=CONTENTS.keys())
def test_a_signed_payload_that_is_no_ticket_is_malformed(payload: bytes) -> None:
    assert refused(OFFICE.sign(payload)).reason is Reason.MALFORMED


def test_what_a_later_version_adds_is_skipped() -> None:
    added = PAYLOAD + b"\x38\x07" + b"\x42\x02hi" + b"\x4d" + bytes(4) + b"\x51" + bytes(8)
    claims = pretix.verify(OFFICE.sign(added).encode(), keyring=KEYRING).verified.claims
    assert claims == pretix.verify(VALID.encode(), keyring=KEYRING).verified.claims


def test_every_bit_of_payload_and_signature_is_signed() -> None:
    data = plain()
    for bit in range(8 * 5, 8 * len(data)):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        assert refused(wrapped(bytes(changed))).reason is Reason.BAD_SIGNATURE


@pytest.mark.parametrize("letters", [1, 2, 3], ids=["no padding", "two signs", "one sign"])
def test_a_ticket_has_one_text(letters: int) -> None:
    """A second one would get past the list that names the first."""
    text = OFFICE.issue("s" * letters)
    pretix.verify(text.encode(), keyring=KEYRING)
    signs = len(text) - len(text.lstrip("="))
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    others = {f"{'=' * signs}{one}{text[signs + 1 :]}" for one in alphabet} - {text}
    same = [one for one in others if base64.b64decode(one[::-1]) == base64.b64decode(text[::-1])]
    assert len(same) == {0: 0, 1: 3, 2: 15}[signs]
    for one in others:
        reason = Reason.MALFORMED if one in same else Reason.BAD_SIGNATURE
        assert refused(one).reason in (reason, Reason.MALFORMED)
    for unpadded in {text.lstrip("="), f"={text}", f"===={text}", f"{text}A"} - {text}:
        assert refused(unpadded).reason is Reason.MALFORMED


def test_all_keys_are_tried() -> None:
    others = [key_of(Issuer(), kid=bytes([number]) * 8) for number in range(5)]
    genuine = pretix.verify(VALID.encode(), keyring=Keyring.of([*others, KEY]))
    assert genuine.key == KEY


def test_no_more_keys_are_tried_than_a_guest_can_wait_for() -> None:
    others = [key_of(Issuer(), kid=bytes([number]) * 8) for number in range(MAX_KEYS)]
    caught = refused(VALID, keyring=Keyring.of([*others, KEY]))
    assert caught.reason is Reason.BAD_SIGNATURE
    assert caught.detail == "tried with 64 of 65 trusted keys"
    genuine = pretix.verify(VALID.encode(), keyring=Keyring.of([*others[1:], KEY]))
    assert genuine.key == KEY


def test_a_ticket_of_a_stranger_has_a_bad_signature() -> None:
    assert refused(STRANGER.sign(PAYLOAD)).reason is Reason.BAD_SIGNATURE


def test_without_any_key_the_issuer_is_unknown() -> None:
    assert refused(VALID, keyring=Keyring()).reason is Reason.UNKNOWN_ISSUER


def test_a_key_for_another_format_signs_no_tickets() -> None:
    own = Key(
        b"01234567", Algorithm.EDDSA, OFFICE.key.public_key(), formats=frozenset({PassFormat.OWN})
    )
    assert refused(VALID, keyring=Keyring.of([own])).reason is Reason.UNKNOWN_ISSUER


def test_a_key_of_another_type_signs_no_tickets() -> None:
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    other = Key(b"01234567", Algorithm.ES256, public, formats=PRETIX)
    assert refused(VALID, keyring=Keyring.of([other])).reason is Reason.WRONG_ALGORITHM
    assert pretix.verify(VALID.encode(), keyring=Keyring.of([other, KEY])).key == KEY


LIKELY = {
    "a ticket": VALID,
    "one of a stranger": STRANGER.sign(PAYLOAD),
    "one whose signature was changed": VALID[:5] + "FAKE" + VALID[9:],
    "one of 4,095 bytes": text_of(bytes(4095), signature=bytes(64)),
    "an empty one": text_of(b"", signature=bytes(64)),
}
UNLIKELY = {
    "nothing": "",
    "four letters": "AAQA",
    "a URL": "https://example.com/SQA",
    "a random secret of pretix": "abcdefghjkmnpqrstuvwxyz23456789a",
    "base64 that ends so": "AAAA" * 30 + "AAQA",
    "another length inside": wrapped(plain()[:2] + b"\x20" + plain()[3:]),
    "another signature": text_of(PAYLOAD, signature=bytes(63)),
    "another scheme": wrapped(b"\x02" + plain()[1:]),
    "a blank inside": VALID[:20] + " " + VALID[21:],
    "a line end": VALID + "\n",
    "not reversed": VALID[::-1],
    "a DCC": "HC1:" + VALID,
}


@pytest.mark.parametrize("text", LIKELY.values(), ids=LIKELY.keys())
def test_what_claims_to_be_a_ticket_is_recognised(text: str) -> None:
    assert pretix.looks_like(text.encode())


@pytest.mark.parametrize("text", UNLIKELY.values(), ids=UNLIKELY.keys())
def test_nothing_else_is_taken_for_a_ticket(text: str) -> None:
    assert not pretix.looks_like(text.encode())

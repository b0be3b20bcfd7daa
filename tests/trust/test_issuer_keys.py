"""Public keys of ticket sellers and venues: PEM, pretix events, and what is refused."""

import hashlib
import json
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from scanner.gate import Belief, judge
from scanner.publish import pretix
from scanner.publish.own import keys as own_keys
from scanner.publish.own.orders import Order
from scanner.publish.own.signing import text_of
from scanner.rules import GENUINE_ONLY
from scanner.terms import InputError, Kind, Moment, PassFormat, Reason
from scanner.trust import Algorithm, Binding, Keyring, RevocationList, read_trust
from scanner.trust.issuer_keys import MAX_KEYS, read_issuer_keys
from scanner.trust.lists import TICKETS

FIRST, SECOND = (ed25519.Ed25519PrivateKey.generate() for _ in range(2))
OWN = frozenset({PassFormat.OWN})
PRETIX = frozenset({PassFormat.PRETIX})
NOW = Moment(datetime(2026, 6, 1, tzinfo=UTC), trusted=True)
ENDS = datetime(2026, 12, 1, tzinfo=UTC)
SPKI = PublicFormat.SubjectPublicKeyInfo


def pem(
    private: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    | ed448.Ed448PrivateKey | x25519.X25519PrivateKey,
) -> bytes:  # fmt: skip
    return private.public_key().public_bytes(Encoding.PEM, SPKI)


def event(*pems: bytes) -> dict[str, list[str]]:
    return {"pretix_sig1": [b64encode(one).decode() for one in pems]}


def test_a_key_is_named_by_the_digest_of_its_raw_bytes() -> None:
    (key,) = read_issuer_keys(pem(FIRST), formats=OWN).keys
    raw = FIRST.public_key().public_bytes_raw()
    assert (key.kid, key.algorithm, key.formats) == (
        hashlib.sha256(raw).digest()[:8], Algorithm.EDDSA, OWN,
    )  # fmt: skip
    assert (key.issuer, key.not_before, key.not_after, key.purposes) == (
        None, None, None, frozenset(),
    )  # fmt: skip
    key.check(b"signed", signature=FIRST.sign(b"signed"))


def test_several_keys_in_one_file_each_have_their_issuer_line() -> None:
    content = (
        b"\xef\xbb\xbfKeys of 2026\n\nIssuer: Arena S\xc3\xbcd\r\n" + pem(FIRST) + b"# no name\n" +
        pem(SECOND).replace(b"\n", b"\r\n") + b"Issuer:    \n" + pem(FIRST)
    )  # fmt: skip
    keys = read_issuer_keys(content, formats=TICKETS).keys
    assert [key.issuer for key in keys] == ["Arena Süd", None, None]
    assert [key.formats for key in keys] == [OWN, TICKETS, OWN]
    for formats in (OWN, PRETIX):
        keys = read_issuer_keys(content, formats=formats).keys
        assert [key.issuer for key in keys] == ["Arena Süd", None, None]
        assert {(key.formats, key.purposes) for key in keys} == {(formats, frozenset())}


@pytest.mark.parametrize("issuer", ["Arena", None])
@pytest.mark.parametrize("kind", [Kind.TICKET, Kind.MEMBERSHIP, Kind.STAFF])
def test_a_key_that_may_be_a_shops_signs_no_pass_of_the_staff(
    kind: Kind, issuer: str | None, tmp_path: Path
) -> None:
    public = own_keys.make(tmp_path / "arena", issuer=issuer).read_bytes()
    bare = public[public.index(b"-----BEGIN") :]
    order = Order(
        kind=kind, event=None, zones=(), not_before=None, not_after=ENDS, admits=1, name=None,
        label="",
    )  # fmt: skip
    text = text_of(order, name="1", index=1, key=own_keys.load(tmp_path / "arena")).encode()
    expected = {
        "made here": (public, Binding(), Reason.ADMITTED),
        "bound": (bare, Binding(formats=OWN), Reason.ADMITTED),
        "bare": (bare, Binding(), Reason.KEY_PURPOSE if kind is Kind.STAFF else Reason.ADMITTED),
        "a shop's": (bare, Binding(formats=PRETIX), Reason.UNKNOWN_ISSUER),
    }
    for content, binding, reason in expected.values():
        keyring = Keyring.of(read_trust(content, binding=binding).keys)
        belief = Belief(keyring, RevocationList(), (GENUINE_ONLY,))
        assert judge(text, belief=belief, moment=NOW).reason is reason


def test_a_bare_key_signs_tickets_of_a_shop_and_a_venues_own_does_not() -> None:
    shop = pretix.Issuer()
    ticket = shop.issue("secret").encode()
    for line, reason in ((b"", Reason.ADMITTED), (b"Issuer: Arena\n", Reason.UNKNOWN_ISSUER)):
        belief = Belief(
            Keyring.of(read_trust(line + shop.public_pem).keys), RevocationList(), (GENUINE_ONLY,)
        )
        assert judge(ticket, belief=belief, moment=NOW).reason is reason


def test_a_trust_file_with_public_keys_is_told_apart_by_its_content() -> None:
    (key,) = read_trust(pem(FIRST)).keys
    assert key.formats == TICKETS
    (key,) = read_trust(json.dumps({"slug": "x", "valid_keys": event(pem(FIRST))}).encode()).keys
    assert key.formats == PRETIX


@pytest.mark.parametrize("told", [{"valid_keys": event(pem(FIRST), pem(SECOND))},
                                  event(pem(FIRST), pem(SECOND))])  # fmt: skip
def test_keys_of_an_event_are_for_its_tickets_whatever_a_person_says(told: object) -> None:
    keys = read_issuer_keys(json.dumps(told).encode(), formats=OWN).keys
    assert [key.formats for key in keys] == [PRETIX, PRETIX]
    assert len({key.kid for key in keys}) == 2


def test_the_keys_of_the_public_suite_are_read(conformance: Path) -> None:
    content = (conformance / "passes/pretix-sig1/vectors.json").read_bytes()
    assert len(read_issuer_keys(content, formats=PRETIX).keys) == 2


BAD_PEM: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "no public key"),
    "no PEM": (b"hello", "no public key"),
    "not UTF-8": (b"\xff" + pem(FIRST), "not UTF-8"),
    "a private key": (
        FIRST.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), "PRIVATE KEY",
    ),
    "a private key beside the public one": (
        pem(FIRST) + SECOND.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        "PRIVATE KEY",
    ),
    "a P-256 key": (pem(ec.generate_private_key(ec.SECP256R1())), "not Ed25519"),
    "an RSA key": (pem(rsa.generate_private_key(65537, 2048)), "not Ed25519"),
    "an Ed448 key": (pem(ed448.Ed448PrivateKey.generate()), "not Ed25519"),
    "an X25519 key": (pem(x25519.X25519PrivateKey.generate()), "not Ed25519"),
    "a key cut off": (pem(FIRST)[:80], "not whole"),
    "a key of which a part is missing": (pem(FIRST)[:60] + pem(FIRST)[-30:], "cannot be read"),
    "an empty key": (b"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n", "cannot be read"),
    "a certificate beside it": (
        pem(FIRST) + b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "no public key",
    ),
    "a good key and one of another type": (
        pem(FIRST) + pem(ec.generate_private_key(ec.SECP256R1())), "not Ed25519",
    ),
    "too many keys": (pem(FIRST) * (MAX_KEYS + 1), "more than"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "words"), BAD_PEM.values(), ids=BAD_PEM.keys())
def test_what_is_no_public_key_of_ed25519_gets_one_clear_line(content: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words) as refused:
        read_issuer_keys(content, formats=OWN)
    assert "\n" not in str(refused.value)


BAD_EVENTS: dict[str, object] = {
    "no keys": {"valid_keys": {}},
    "an empty list": {"valid_keys": {"pretix_sig1": []}},
    "keys that are null": {"valid_keys": None},
    "keys that are a text": {"valid_keys": {"pretix_sig1": "LS0t"}},
    "a number as a key": {"valid_keys": {"pretix_sig1": [7]}},
    "a key without base64": {"valid_keys": {"pretix_sig1": [pem(FIRST).decode()]}},
    "a key that is not ASCII": {"valid_keys": {"pretix_sig1": [b64encode(b"\xff").decode()]}},
    "too many": {"valid_keys": event(*[pem(FIRST)] * (MAX_KEYS + 1))},
}


@pytest.mark.parametrize("told", BAD_EVENTS.values(), ids=BAD_EVENTS.keys())
def test_an_event_without_its_keys_gets_one_clear_line(told: object) -> None:
    with pytest.raises(InputError, match="valid_keys"):
        read_issuer_keys(json.dumps(told).encode(), formats=PRETIX)


def test_broken_and_ambiguous_events_get_one_clear_line() -> None:
    twice = b'{"valid_keys": {"pretix_sig1": []}, "valid_keys": {"pretix_sig1": []}}'
    for content in (b"{", twice, b'{"a":' * 100_000):
        with pytest.raises(InputError, match="valid_keys"):
            read_issuer_keys(content, formats=PRETIX)


def test_a_listed_key_that_is_no_key_spoils_the_event() -> None:
    told = json.dumps(event(pem(FIRST), b"hello")).encode()
    with pytest.raises(InputError, match="no public key"):
        read_issuer_keys(told, formats=PRETIX)

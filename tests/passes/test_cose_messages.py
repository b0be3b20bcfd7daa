"""COSE_Sign1 in its three layouts; the key decides the algorithm, every key of an id is tried."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import cbor2
import pytest

from scanner.passes import cose
from scanner.terms import PassFormat, Reason, Refused
from scanner.trust import Keyring

if TYPE_CHECKING:
    from tests.conftest import Mint

ES256, PS256, ALGORITHM, KID = -7, -37, 1, 4


def parsed(protected: object, unprotected: object, payload: object = b"p") -> cose.Sign1:
    return cose.parse(cbor2.dumps([protected, unprotected, payload, b"s"]))


@pytest.mark.parametrize("tags", [b"", b"\xd2", b"\xd8\x3d\xd2"], ids=["none", "18", "61(18)"])
def test_the_three_layouts_hold_the_same_message(tags: bytes) -> None:
    plain = cbor2.dumps([cbor2.dumps({ALGORITHM: ES256, KID: b"12345678"}), {}, b"p", b"s"])
    message = cose.parse(tags + plain)
    assert (message.algorithm, message.kid) == (ES256, b"12345678")
    assert (message.payload, message.signature) == (b"p", b"s")


EMPTY = cbor2.dumps([b"", {}, b"", b""])
WRONG = {
    "a CWT tag without a COSE tag": b"\xd8\x3d" + EMPTY,
    "a CWT tag in a COSE tag": b"\xd2\xd8\x3d" + EMPTY,
    "two COSE tags": b"\xd2\xd2" + EMPTY,
    "two CWT tags": b"\xd8\x3d\xd8\x3d\xd2" + EMPTY,
    "a CWT tag in one byte too many": b"\xd9\x00\x3d\xd2" + EMPTY,
    "a COSE tag in one byte too many": b"\xd8\x12" + EMPTY,
    "COSE_Mac0 (tag 17)": b"\xd1" + EMPTY,
    "COSE_Sign (tag 98)": b"\xd8\x62" + EMPTY,
    "nothing": b"",
    "a COSE tag around nothing": b"\xd2",
    "three items": cbor2.dumps([b"", {}, b""]),
    "five items": cbor2.dumps([b"", {}, b"", b"", b""]),
    "a map": cbor2.dumps({1: b"", 2: {}, 3: b"", 4: b""}),
    "a number": b"\x04",
    "a text as protected header": cbor2.dumps(["", {}, b"", b""]),
    "a map as protected header": cbor2.dumps([{}, {}, b"", b""]),
    "an array as unprotected header": cbor2.dumps([b"", [], b"", b""]),
    "a detached payload": cbor2.dumps([b"", {}, None, b""]),
    "a text as payload": cbor2.dumps([b"", {}, "", b""]),
    "a text as signature": cbor2.dumps([b"", {}, b"", ""]),
    "a protected header that is no map": cbor2.dumps([b"\x01", {}, b"", b""]),
    "a protected header that is an array": cbor2.dumps([b"\x80", {}, b"", b""]),
    "a protected header that is broken": cbor2.dumps([b"\xa1", {}, b"", b""]),
    "a protected header with the algorithm twice": cbor2.dumps(
        [b"\xa2\x01\x26\x01\x26", {}, b"", b""]
    ),
    "a protected header with bytes after it": cbor2.dumps([b"\xa0\x00", {}, b"", b""]),
}


@pytest.mark.parametrize("data", WRONG.values(), ids=WRONG.keys())
def test_what_is_no_message_is_malformed(data: bytes) -> None:
    with pytest.raises(Refused) as refused:
        cose.parse(data)
    assert refused.value.reason is Reason.MALFORMED


KID_PLACES: dict[str, tuple[dict[int, Any], dict[int, Any], bytes | None]] = {
    "protected": ({KID: b"protects"}, {}, b"protects"),
    "unprotected": ({}, {KID: b"open ..."}, b"open ..."),
    "both: the signed one counts": ({KID: b"protects"}, {KID: b"open ..."}, b"protects"),
    "nowhere": ({}, {}, None),
    "a text": ({KID: "protects"}, {}, None),
    "a text that hides a good one": ({KID: "protects"}, {KID: b"open ..."}, None),
    "a null that hides a good one": ({KID: None}, {KID: b"open ..."}, None),
}


@pytest.mark.parametrize(
    ("protected", "unprotected", "kid"), KID_PLACES.values(), ids=KID_PLACES.keys()
)
def test_the_key_id_is_found_in_its_place(
    protected: dict[int, Any], unprotected: dict[int, Any], kid: bytes | None
) -> None:
    assert parsed(cbor2.dumps(protected), unprotected).kid == kid


ALGORITHM_PLACES: dict[str, tuple[dict[int, Any], dict[int, Any], Any]] = {
    "protected": ({ALGORITHM: ES256}, {}, ES256),
    "unprotected": ({}, {ALGORITHM: PS256}, PS256),
    "both: the signed one counts": ({ALGORITHM: ES256}, {ALGORITHM: PS256}, ES256),
    "nowhere": ({}, {}, None),
}


@pytest.mark.parametrize(
    ("protected", "unprotected", "algorithm"),
    ALGORITHM_PLACES.values(),
    ids=ALGORITHM_PLACES.keys(),
)
def test_the_claimed_algorithm_is_found_in_its_place(
    protected: dict[int, Any], unprotected: dict[int, Any], algorithm: int | None
) -> None:
    assert parsed(cbor2.dumps(protected), unprotected).algorithm == algorithm


def test_an_empty_protected_header_may_be_no_bytes_or_an_empty_map() -> None:
    for protected in (b"", b"\xa0"):
        assert parsed(protected, {KID: b"open ..."}).kid == b"open ..."


def test_the_signature_covers_the_protected_header_as_it_was_sent() -> None:
    assert cbor2.loads(parsed(b"\xa0", {}).to_be_signed) == ["Signature1", b"\xa0", b"", b"p"]


def test_a_key_id_that_nobody_has_is_an_unknown_issuer(mint: "Mint") -> None:
    for kid in (None, b"", b"1234567", b"123456789", mint.issuer.kid[:7], mint.issuer.kid + b"\0"):
        headers = {ALGORITHM: ES256} | ({} if kid is None else {KID: kid})
        message = cose.parse(mint.unwire(mint.headed(headers)))
        with pytest.raises(Refused) as refused:
            cose.verify(message, keyring=mint.keyring, form=PassFormat.DCC)
        assert refused.value.reason is Reason.UNKNOWN_ISSUER


def test_an_empty_key_id_matches_no_key_even_if_one_were_listed_so(mint: "Mint") -> None:
    message = cose.parse(mint.unwire(mint.headed({ALGORITHM: ES256, KID: b""})))
    with pytest.raises(Refused) as refused:
        cose.verify(message, keyring=Keyring.of([replace(mint.key, kid=b"")]), form=PassFormat.DCC)
    assert refused.value.reason is Reason.UNKNOWN_ISSUER


def test_every_key_of_an_id_is_tried(mint: "Mint", strange_mint: "Mint", rsa_mint: "Mint") -> None:
    shared = b"8 bytes!"
    mine, strange, rsa = (one.listed_as(shared) for one in (mint, strange_mint, rsa_mint))
    message = cose.parse(mint.unwire(mint.headed({ALGORITHM: ES256, KID: shared})))
    for keys in (mine, mine + strange, strange + mine, strange + rsa + mine, mine + rsa):
        assert cose.verify(message, keyring=Keyring.of(keys), form=PassFormat.DCC) == mine[0]
    with pytest.raises(Refused) as refused:
        cose.verify(message, keyring=Keyring.of(strange + rsa), form=PassFormat.DCC)
    assert refused.value.reason is Reason.BAD_SIGNATURE


def test_without_a_key_of_the_claimed_algorithm_no_signature_is_tried(
    mint: "Mint", rsa_mint: "Mint"
) -> None:
    shared = b"8 bytes!"
    message = cose.parse(mint.unwire(mint.headed({ALGORITHM: ES256, KID: shared})))
    with pytest.raises(Refused) as refused:
        cose.verify(message, keyring=Keyring.of(rsa_mint.listed_as(shared)), form=PassFormat.DCC)
    assert refused.value.reason is Reason.WRONG_ALGORITHM

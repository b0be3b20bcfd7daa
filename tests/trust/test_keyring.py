"""A key carries its own algorithm and checks signatures; a key id finds all its keys."""

import dataclasses
from typing import TYPE_CHECKING

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa

from scanner.terms import InputError, Kind, PassFormat, Reason, Refused
from scanner.trust import Algorithm, Keyring
from scanner.trust.keyring import MAX_RSA_BITS, algorithm_of

if TYPE_CHECKING:
    from tests.conftest import Mint

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256


def covered(mint: "Mint") -> tuple[bytes, bytes]:
    """Give bytes and the signature over them."""
    protected, _, payload, signature = mint.message()
    return cbor2.dumps(["Signature1", protected, b"", payload]), signature


def test_signatures_of_both_algorithms_hold(mint: "Mint", rsa_mint: "Mint") -> None:
    for one, algorithm in ((mint, Algorithm.ES256), (rsa_mint, Algorithm.PS256)):
        message, signature = covered(one)
        one.key.check(message, signature=signature)
        assert one.key.algorithm is algorithm


def test_a_signature_over_other_bytes_does_not_hold(mint: "Mint", rsa_mint: "Mint") -> None:
    for one in (mint, rsa_mint):
        message, signature = covered(one)
        with pytest.raises(Refused) as refused:
            one.key.check(message + b"\x00", signature=signature)
        assert refused.value.reason is Reason.BAD_SIGNATURE


def halves(r: int, s: int) -> bytes:
    return r.to_bytes(32) + s.to_bytes(32)


BAD_ES256 = {
    "nothing": b"",
    "r alone": bytes(32),
    "one byte short": bytes(63),
    "one byte long": bytes(65),
    "r and s of nought": bytes(64),
    "s of nought": halves(1, 0),
    "r of nought": halves(0, 1),
    "r and s of the order": halves(ORDER, ORDER),
    "r and s above the order": b"\xff" * 64,
    "r of one, s of one": halves(1, 1),
    "an RSA signature": bytes(256),
    "a DER signature": bytes.fromhex("3006020101020101"),
}


@pytest.mark.parametrize("signature", BAD_ES256.values(), ids=BAD_ES256.keys())
def test_degenerate_es256_signatures_do_not_hold(signature: bytes, mint: "Mint") -> None:
    with pytest.raises(Refused) as refused:
        mint.key.check(b"message", signature=signature)
    assert refused.value.reason is Reason.BAD_SIGNATURE


@pytest.mark.parametrize(
    "signature", [b"", bytes(64), bytes(255), bytes(256), b"\xff" * 256, bytes(300)]
)
def test_degenerate_ps256_signatures_do_not_hold(signature: bytes, rsa_mint: "Mint") -> None:
    with pytest.raises(Refused) as refused:
        rsa_mint.key.check(b"message", signature=signature)
    assert refused.value.reason is Reason.BAD_SIGNATURE


def rsa_of(bits: int) -> rsa.RSAPublicKey:
    """Give a public key of this length; nobody needs to sign with it."""
    return rsa.RSAPublicNumbers(65537, (1 << (bits - 1)) + 1).public_key()


def test_p256_and_rsa_keys_have_one_algorithm_each() -> None:
    assert algorithm_of(ec.generate_private_key(ec.SECP256R1()).public_key()) is Algorithm.ES256
    for bits in (2048, 3072, MAX_RSA_BITS):
        assert algorithm_of(rsa_of(bits)) is Algorithm.PS256


UNUSABLE = {
    "P-384": (ec.generate_private_key(ec.SECP384R1()).public_key(), "secp384r1"),
    "secp256k1": (ec.generate_private_key(ec.SECP256K1()).public_key(), "secp256k1"),
    "an RSA key too short": (rsa_of(2047), "2047 bits"),
    "an RSA key too long": (rsa_of(MAX_RSA_BITS + 8), "8200 bits"),
    "Ed25519": (ed25519.Ed25519PrivateKey.generate().public_key(), "neither"),
    "DSA": (dsa.generate_private_key(2048).public_key(), "neither"),
    "nothing": (None, "neither"),
}


@pytest.mark.parametrize(("public", "says"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_other_keys_are_refused_by_name(public: object, says: str) -> None:
    with pytest.raises(InputError, match=says):
        algorithm_of(public)


def test_an_id_finds_all_its_keys_and_another_none(mint: "Mint", strange_mint: "Mint") -> None:
    shared = b"8 bytes!"
    both = (*mint.listed_as(shared), *strange_mint.listed_as(shared))
    ring = Keyring.of((*both, mint.key))
    assert ring.find(shared, form=PassFormat.DCC) == both
    assert ring.find(mint.key.kid, form=PassFormat.DCC) == (mint.key,)
    assert ring.find(b"nobody's", form=PassFormat.DCC) == ()
    assert len(ring) == 3


def test_the_same_key_given_twice_counts_once(mint: "Mint") -> None:
    assert len(Keyring.of((mint.key, mint.key))) == 1


def test_a_key_with_other_dates_or_purposes_is_another_key(mint: "Mint") -> None:
    later = dataclasses.replace(mint.key, not_after=None)
    narrow = dataclasses.replace(mint.key, purposes=frozenset({Kind.TEST}))
    assert Keyring.of((mint.key, later, narrow)).find(mint.key.kid, form=PassFormat.DCC) == (
        later,
        mint.key,
        narrow,
    )


def test_a_key_that_may_sign_every_kind_comes_before_itself_bound_to_a_few(mint: "Mint") -> None:
    free = dataclasses.replace(mint.key, purposes=frozenset())
    narrow = dataclasses.replace(mint.key, purposes=frozenset({Kind.TEST}))
    for keys in ((free, narrow), (narrow, free)):
        assert Keyring.of(keys).find(mint.key.kid, form=PassFormat.DCC) == (free, narrow)


def test_a_keyring_of_nothing_is_empty_and_none_can_be_added() -> None:
    ring = Keyring()
    assert (len(ring), ring.find(b"12345678", form=PassFormat.DCC)) == (0, ())
    with pytest.raises(TypeError):
        ring.by_format[PassFormat.DCC] = {}  # type: ignore[index]

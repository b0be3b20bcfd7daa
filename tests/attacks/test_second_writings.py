"""The same pass in another writing: no list, purpose or header may be slipped past by it."""

import json
from base64 import b64encode
from dataclasses import replace
from typing import TYPE_CHECKING

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from scanner.gate import Belief, judge
from scanner.passes import verify
from scanner.rules import GENUINE_ONLY
from scanner.terms import Kind, PassFormat, Reason, Refused
from scanner.trust import Algorithm, Key, Keyring, RevocationList, read_trust
from scanner.trust.revocation import Window

if TYPE_CHECKING:
    from tests.conftest import Mint

ALG, KID = 1, 4
PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)


def test_a_ps256_signature_without_its_leading_zero_is_another_writing_and_refused() -> None:
    """One signature in 256 begins with a zero byte; OpenSSL takes it without, too."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    key = Key(kid=b"12345678", algorithm=Algorithm.PS256, public=private.public_key())
    attempts = (b"%d" % number for number in range(10_000))
    signed = ((text, private.sign(text, PSS, hashes.SHA256())) for text in attempts)
    message, signature = next((text, made) for text, made in signed if made[0] == 0)
    key.check(message, signature=signature)
    with pytest.raises(Refused) as refused:
        key.check(message, signature=signature[1:])
    assert refused.value.reason is Reason.BAD_SIGNATURE


def _belief(mint: "Mint", *, revoked: RevocationList | None = None, narrow: bool = False) -> Belief:
    """Trust one public key under two ids, as issuers that renew a certificate have it."""
    twin = replace(mint.key, kid=b"twin-kid")
    own = replace(mint.key, purposes=frozenset({Kind.TEST})) if narrow else mint.key
    return Belief(Keyring.of((own, twin)), revoked or RevocationList(), (GENUINE_ONLY,))


def _under_twin(mint: "Mint", *, signed: bool) -> bytes:
    """Name the twin's id, in the signed header or in the one that anybody can change."""
    named = {KID: b"twin-kid"}
    own = {ALG: mint.issuer.algorithm}
    return mint.headed({**own, **named}) if signed else mint.headed(own, named)


@pytest.mark.parametrize("signed", [True, False], ids=["signed id", "unsigned id"])
def test_a_revoked_key_is_revoked_under_each_of_its_ids(mint: "Mint", *, signed: bool) -> None:
    for revoked in (
        RevocationList(kids=frozenset({mint.key.kid})),
        RevocationList(windows=(Window(mint.key.kid, mint.begins, mint.ends),)),
    ):
        belief = _belief(mint, revoked=revoked)
        decision = judge(_under_twin(mint, signed=signed), belief=belief, moment=mint.now)
        assert decision.reason is Reason.REVOKED


def test_an_unsigned_key_id_cannot_choose_the_certificate_that_allows_more(mint: "Mint") -> None:
    belief = _belief(mint, narrow=True)
    chosen = judge(_under_twin(mint, signed=False), belief=belief, moment=mint.now)
    assert chosen.reason is Reason.KEY_PURPOSE
    named = judge(_under_twin(mint, signed=True), belief=belief, moment=mint.now)
    assert named.reason is Reason.ADMITTED


def test_a_critical_header_that_is_not_understood_is_not_ignored(mint: "Mint") -> None:
    asking = mint.headed({**mint.headers(), 2: [99]})
    assert judge(asking, belief=mint.belief, moment=mint.now).reason is Reason.MALFORMED


def test_bytes_after_the_message_are_refused_wherever_its_key_id_stands(mint: "Mint") -> None:
    raw = mint.headed({ALG: mint.issuer.algorithm}, {KID: mint.key.kid})
    assert judge(raw, belief=mint.belief, moment=mint.now).reason is Reason.ADMITTED
    longer = mint.wire(mint.unwire(raw) + cbor2.dumps(0))
    assert judge(longer, belief=mint.belief, moment=mint.now).reason is Reason.MALFORMED


def test_a_key_id_of_any_length_is_not_repeated_back(mint: "Mint") -> None:
    raw = mint.headed({ALG: mint.issuer.algorithm}, {KID: bytes(60_000)})
    decision = judge(raw, belief=mint.belief, moment=mint.now)
    assert (decision.reason, decision.key_id) == (Reason.UNKNOWN_ISSUER, None)


def test_an_id_listed_twice_in_one_file_has_both_keys(mint: "Mint", strange_mint: "Mint") -> None:
    kid = json.dumps(b64encode(mint.key.kid).decode())
    listed = ", ".join(
        f"{kid}: {json.dumps(b64encode(der).decode())}"
        for der in (mint.issuer.certificate_der, strange_mint.issuer.certificate_der)
    )
    keyring = Keyring.of(read_trust(f"{{{listed}}}".encode()).keys)
    assert len(keyring.find(mint.key.kid, form=PassFormat.DCC)) == 2
    assert verify(mint.valid, keyring=keyring).key.kid == mint.key.kid


def test_of_two_certificates_with_one_id_and_key_the_later_counts_in_any_order(
    mint: "Mint",
) -> None:
    old = replace(mint.key, not_after=mint.begins)
    for keys in ((old, mint.key), (mint.key, old)):
        belief = Belief(Keyring.of(keys), RevocationList(), (GENUINE_ONLY,))
        assert judge(mint.valid, belief=belief, moment=mint.now).reason is Reason.ADMITTED


def test_a_belief_without_any_rule_set_cannot_be_made(mint: "Mint") -> None:
    with pytest.raises(ValueError, match="no rule set"):
        Belief(mint.keyring, RevocationList(), ())

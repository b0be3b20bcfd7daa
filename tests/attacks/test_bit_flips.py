"""No bit of a valid pass can be changed so that it still admits, unless what was signed stays.

What was signed is protected header, payload and signature; the unprotected header, where a
protected key id overrides it, is not.
"""

from typing import TYPE_CHECKING

import cbor2
import pytest

from scanner.gate import judge
from scanner.passes import cose
from scanner.terms import Verdict

if TYPE_CHECKING:
    from tests.conftest import Mint

ALGORITHMS = pytest.mark.parametrize("made_by", ["mint", "rsa_mint"], ids=["ES256", "PS256"])
Signed = tuple[bytes, bytes, bytes]


@pytest.fixture
def issuing(made_by: str, request: pytest.FixtureRequest) -> "Mint":
    issuing: Mint = request.getfixturevalue(made_by)
    return issuing


def signed_part(message: bytes) -> Signed:
    parsed = cose.parse(message)
    return parsed.protected, parsed.payload, parsed.signature


def flips(data: bytes) -> "list[bytes]":
    whole = int.from_bytes(data)
    return [(whole ^ 1 << bit).to_bytes(len(data)) for bit in range(8 * len(data))]


def admits(raw: bytes, *, issuing: "Mint") -> bool:
    return judge(raw, belief=issuing.belief, moment=issuing.now).verdict is Verdict.ADMIT


@ALGORITHMS
def test_no_flipped_bit_of_the_message_admits(issuing: "Mint") -> None:
    message = issuing.unwire(issuing.valid)
    assert admits(issuing.wire(message), issuing=issuing)
    for flipped in flips(message):
        if admits(issuing.wire(flipped), issuing=issuing):
            assert signed_part(flipped) == signed_part(message)


@ALGORITHMS
def test_only_an_overridden_key_id_may_be_flipped(issuing: "Mint") -> None:
    headed = issuing.headed(issuing.headers(), {4: issuing.issuer.kid})
    message = issuing.unwire(headed)
    admitted = [one for one in flips(message) if admits(issuing.wire(one), issuing=issuing)]
    assert {signed_part(one) for one in admitted} == {signed_part(message)}
    # The 64 bits of the key id itself are free; its label and type are, too, where they
    # still make strict CBOR. Nothing else of the message is.
    start = message.index(cbor2.dumps({4: issuing.issuer.kid}))
    end = start + len(cbor2.dumps({4: issuing.issuer.kid}))
    assert len(admitted) >= 64
    assert {one[:start] + one[end:] for one in admitted} == {message[:start] + message[end:]}


@ALGORITHMS
def test_no_flipped_bit_of_the_text_admits(issuing: "Mint") -> None:
    message = issuing.unwire(issuing.valid)
    assert admits(issuing.valid, issuing=issuing)
    for flipped in flips(issuing.valid):
        if admits(flipped, issuing=issuing):
            assert signed_part(issuing.unwire(flipped)) == signed_part(message)


@ALGORITHMS
def test_no_signature_of_another_pass_fits(issuing: "Mint") -> None:
    other = issuing.unwire(issuing.strike(issuing.claims(iss="DE")))
    protected, unprotected, payload, _ = issuing.message()
    swapped = [protected, unprotected, payload, signed_part(other)[2]]
    assert not admits(issuing.wire(cbor2.dumps(swapped)), issuing=issuing)

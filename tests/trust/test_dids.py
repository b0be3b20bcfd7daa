"""A `did:infra` holds its key, in one writing; an allow-list holds a DID a line."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from scanner.publish.infradid import Signer, base58, did_of
from scanner.terms import InputError, PassFormat
from scanner.trust import Algorithm, Keyring
from scanner.trust.dids import BASE58, MAX_DIDS, key_of, read_dids

# The generator of secp256k1 (SEC 2, section 2.4.1), whose private key is 1.
GENERATOR = bytes.fromhex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")
# The DID of the issuer in the tests of infra-did-js.
PUBLISHED = "did:infra:01:PUB_K1_8PwG7of5B8p9Mpaw6XzeyYtSWJyeSXVtxZhPHQC5eZxZCkqiLU"
KINDS = {"secp256k1": "K1", "secp256r1": "R1"}
K1, R1 = Signer.es256k(), Signer.es256(network="sentinel")


def point_of(did: str) -> bytes:
    public = key_of(did).public
    return public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)


@pytest.mark.parametrize(("did", "algorithm"), [
    (PUBLISHED, Algorithm.ES256K), (K1.did, Algorithm.ES256K), (R1.did, Algorithm.ES256),
])  # fmt: skip
def test_a_did_is_its_key(did: str, algorithm: Algorithm) -> None:
    key = key_of(did)
    assert key.algorithm is algorithm
    assert (key.kid, key.issuer) == (did.encode(), did)
    assert key.formats == {PassFormat.INFRADID}


def test_a_did_comes_back_as_it_was_written() -> None:
    assert did_of(point_of(PUBLISHED), network="01", kind="K1") == PUBLISHED
    assert point_of(did_of(GENERATOR, network="01", kind="K1")) == GENERATOR


@given(st.integers(1, 2**255), st.sampled_from([ec.SECP256K1(), ec.SECP256R1()]))
def test_every_key_has_fifty_digits(secret: int, curve: ec.EllipticCurve) -> None:
    public = ec.derive_private_key(secret, curve).public_key()
    point = public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    did = did_of(point, network="n", kind=KINDS[curve.name])
    assert len(did.rpartition("_")[2]) == 50
    assert point_of(did) == point


def test_every_changed_letter_is_noticed() -> None:
    start = len("did:infra:01:PUB_K1_")
    for at in range(start, len(PUBLISHED)):
        letter = BASE58[BASE58.index(PUBLISHED[at]) - 1]
        with pytest.raises(InputError):
            key_of(PUBLISHED[:at] + letter + PUBLISHED[at + 1 :])


AS_SPECIFIED = "did:infra:01:PUB_K1_" + base58(
    GENERATOR + hashlib.new("ripemd160", b"PUB_K1_" + GENERATOR).digest()[:4]
)
OFF_CURVE = b"\x02" + bytes(31) + b"\x05"  # 5^3 + 7 is no square on secp256k1
WRONG = {
    "nothing": "",
    "another method": PUBLISHED.replace("infra", "web"),
    "an account": "did:infra:01:hu23nfowuehx",
    "another type of key": PUBLISHED.replace("PUB_K1", "PUB_WA"),
    "the other curve's mark": PUBLISHED.replace("PUB_K1", "PUB_R1"),
    "no network": PUBLISHED.replace(":01:", "::"),
    "a network of a book's length": PUBLISHED.replace(":01:", f":{'0' * 65}:"),
    "a path": PUBLISHED + "/x",
    "a fragment": PUBLISHED + "#key-1",
    "a query": PUBLISHED + "?x",
    "a line end": PUBLISHED + "\n",
    "a letter too many": PUBLISHED + "1",
    "a letter too few": PUBLISHED[:-1],
    "a leading nought": PUBLISHED.replace("_8Pw", "_18Pw"),
    "a letter outside base58": PUBLISHED.replace("8PwG7", "0PwG7"),
    "capital letters": PUBLISHED.replace("did:", "DID:"),
    "the checksum that the specification describes": AS_SPECIFIED,
    "a point off the curve": did_of(OFF_CURVE, network="01", kind="K1"),
    "an uncompressed point's mark": did_of(b"\x04" + bytes(32), network="01", kind="K1"),
    "the point at infinity": did_of(b"\x00" + bytes(32), network="01", kind="K1"),
    "a coordinate beyond the field": did_of(b"\x02" + b"\xff" * 32, network="01", kind="K1"),
    "a million letters": "did:infra:01:PUB_K1_" + "z" * 1_000_000,
}


@pytest.mark.parametrize("did", WRONG.values(), ids=WRONG.keys())
def test_anything_else_holds_no_key(did: str) -> None:
    with pytest.raises(InputError) as error:
        key_of(did)
    assert len(str(error.value)) < 160
    assert "\n" not in str(error.value)


def test_an_allow_list_is_a_did_a_line() -> None:
    listed = f"\ufeff# issuers\r\n{K1.did}\r\n\r\n  {R1.did}  \n# end".encode()
    keys = read_dids(listed).keys
    assert [key.issuer for key in keys] == [K1.did, R1.did]
    keyring = Keyring.of(keys)
    assert keyring.find(R1.did.encode(), form=PassFormat.INFRADID) == (keys[1],)
    assert keyring.find(R1.did.encode(), form=PassFormat.DCC) == ()


def test_a_did_listed_twice_is_one_key() -> None:
    assert len(Keyring.of(read_dids(f"{K1.did}\n{K1.did}\n".encode()).keys)) == 1


LISTS = {
    "nothing in it": (b"# nobody\n\n", "without a DID"),
    "a bad line": (f"{K1.did}\n# x\n{R1.did[:-1]}".encode(), "line 3: 'did:infra:sentinel:PUB_"),
    "a name behind a DID": (f"{K1.did} # KDCA\n".encode(), "line 1: .*; give one DID a line"),
    "two on a line": (f"{K1.did},{R1.did}".encode(), "line 1: "),
    "no text": (b"did:\xff\xfe", "not a text file"),
    "far too many": (f"{K1.did}\n".encode() * (MAX_DIDS + 1), "more than 1000 DIDs"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "words"), LISTS.values(), ids=LISTS.keys())
def test_a_list_that_cannot_be_used_says_where_and_why(content: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words) as error:
        read_dids(content)
    assert "\n" not in str(error.value)

"""VDS-NC: claimed algorithm x type of the certified key x kind of signature.

Only ES256 under a P-256 key with an ES256 signature is admitted, and only if the chain holds.
"""

import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scanner.gate import Belief, judge
from scanner.passes import canonical_json
from scanner.publish.nzcp import raw_signature
from scanner.publish.vdsnc import Authority, PrivateKey, Signer, encoded
from scanner.rules import GENUINE_ONLY
from scanner.terms import Moment, Reason, Verdict
from scanner.trust import Keyring, RevocationList, read_revocations, read_trust

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

BEGINS, ENDS = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
NOW: Final = Moment(datetime(2026, 6, 1, tzinfo=UTC), trusted=True)
DATA: Final = {"hdr": {"t": "icao.vacc", "v": 1, "is": "UTO"}, "msg": {"uvci": "U32870"}}
SIGNED: Final = canonical_json.encode(DATA)

AUTHORITY: Final = Authority(begins=BEGINS, ends=ENDS)
CSCA: Final = read_trust(AUTHORITY.certificate().public_bytes(Encoding.DER))
BELIEF: Final = Belief(
    Keyring.of(CSCA.keys, anchors=CSCA.anchors), RevocationList(), (GENUINE_ONLY,)
)

SHA256, SHA384, SHA512 = hashes.SHA256(), hashes.SHA384(), hashes.SHA512()
P256, P384 = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP384R1())
P521, K256 = ec.generate_private_key(ec.SECP521R1()), ec.generate_private_key(ec.SECP256K1())
RSA: Final = rsa.generate_private_key(65537, 2048)
MISSING: Final = object()

SIGNERS: Final[dict[str, PrivateKey]] = {
    "P-256": P256, "P-384": P384, "P-521": P521, "secp256k1": K256, "RSA": RSA,
}  # fmt: skip
CERTIFIED: Final = {
    name: Signer(AUTHORITY, begins=BEGINS, ends=ENDS, key=key) for name, key in SIGNERS.items()
}

CLAIMED: Final[dict[str, Any]] = {
    "ES256": "ES256", "ES384": "ES384", "ES512": "ES512", "ES256K": "ES256K", "PS256": "PS256",
    "RS256": "RS256", "HS256": "HS256", "EdDSA": "EdDSA", "none": "none", "lower case": "es256",
    "a number": -7, "null": None, "in a list": ["ES256"], "empty": "", "missing": MISSING,
}  # fmt: skip


def raw(key: ec.EllipticCurvePrivateKey, *, digest: hashes.HashAlgorithm) -> bytes:
    r, s = decode_dss_signature(key.sign(SIGNED, ec.ECDSA(digest)))
    size = (key.key_size + 7) // 8
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def keyed(key: PrivateKey) -> bytes:
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hmac.digest(public, SIGNED, hashlib.sha256)


SIGNATURES: Final[dict[str, Callable[[], bytes]]] = {
    "ES256": lambda: raw_signature(P256, data=SIGNED),
    "ES256 in DER": lambda: P256.sign(SIGNED, ec.ECDSA(SHA256)),
    "ES256 with ES384's digest": lambda: raw(P256, digest=SHA384),
    "ES384": lambda: raw(P384, digest=SHA384),
    "ES512": lambda: raw(P521, digest=SHA512),
    "ES256K": lambda: raw(K256, digest=SHA256),
    "PS256": lambda: RSA.sign(SIGNED, padding.PSS(padding.MGF1(SHA256), 32), SHA256),
    "RS256": lambda: RSA.sign(SIGNED, padding.PKCS1v15(), SHA256),
    "an HMAC with the P-256 key": lambda: keyed(P256),
    "an HMAC with the RSA key": lambda: keyed(RSA),
    "nothing": lambda: b"",
    "noughts": lambda: bytes(64),
}


@pytest.mark.parametrize("claim", CLAIMED)
def test_only_the_diagonal_admits(claim: str) -> None:
    admitted = set()
    told = CLAIMED[claim]
    for key_type, signer in CERTIFIED.items():
        for signed_as, sign in SIGNATURES.items():
            text = signer.seal(DATA, alg=None if told is MISSING else told, sigvl=encoded(sign()))
            if told is MISSING:
                text = text.replace('"alg":null,', "")
            if judge(text.encode(), belief=BELIEF, moment=NOW).verdict is Verdict.ADMIT:
                admitted.add((key_type, signed_as))
    assert admitted == ({("P-256", "ES256")} if claim == "ES256" else set())


def test_a_revoked_signer_is_refused_by_its_certificate_and_by_its_key_id() -> None:
    signer = CERTIFIED["P-256"]
    text = signer.seal(DATA).encode()
    admitted = judge(text, belief=BELIEF, moment=NOW)
    assert admitted.verdict is Verdict.ADMIT
    serial = signer.certificate.serial_number
    for content in (
        AUTHORITY.crl([serial], at=BEGINS, until=ENDS),
        f"kid:{admitted.key_id}\n".encode(),
    ):
        belief = Belief(BELIEF.keyring, read_revocations(content), BELIEF.rule_sets)
        assert judge(text, belief=belief, moment=NOW).reason is Reason.REVOKED
    others = AUTHORITY.crl([serial + 1], at=BEGINS, until=ENDS)
    belief = Belief(BELIEF.keyring, read_revocations(others), BELIEF.rule_sets)
    assert judge(text, belief=belief, moment=NOW).verdict is Verdict.ADMIT


def test_a_signer_of_one_country_admits_nobody_for_another() -> None:
    other = Authority(begins=BEGINS, ends=ENDS, country="XX", letters="XXX")
    found = read_trust(other.certificate().public_bytes(Encoding.DER))
    both = Keyring.of((), anchors=(*CSCA.anchors, *found.anchors))
    belief = Belief(both, RevocationList(), (GENUINE_ONLY,))
    text = Signer(other, begins=BEGINS, ends=ENDS).seal(DATA).encode()
    assert judge(text, belief=belief, moment=NOW).reason is Reason.ISSUER_MISMATCH

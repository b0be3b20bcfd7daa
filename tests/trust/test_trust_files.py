"""Files of trust are told apart by what they hold, and each wrong one gets one clear line."""

import json
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from scanner.publish import infradid, nzcp, pretix, shc, vdsnc
from scanner.terms import InputError, PassFormat
from scanner.trust import Binding, read_trust
from scanner.trust.lists import MAX_TRUST_BYTES

if TYPE_CHECKING:
    from tests.conftest import Mint


def pem(der: bytes) -> bytes:
    body = b64encode(der)
    lines = b"\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    return b"-----BEGIN CERTIFICATE-----\n" + lines + b"\n-----END CERTIFICATE-----\n"


def b64(data: bytes) -> str:
    return b64encode(data).decode()


def test_a_certificate_is_read_as_der_and_as_pem(mint: "Mint") -> None:
    der = mint.issuer.certificate_der
    framed = b"Subject: somebody\r\n" + pem(der).replace(b"\n", b"\r\n")
    for content in (der, pem(der), framed):
        assert read_trust(content).keys == (mint.key,)


def test_several_certificates_in_one_pem_are_all_read(mint: "Mint", rsa_mint: "Mint") -> None:
    content = pem(mint.issuer.certificate_der) + pem(rsa_mint.issuer.certificate_der)
    assert read_trust(content).keys == (mint.key, rsa_mint.key)


def test_a_list_is_taken_as_it_names_its_keys(mint: "Mint", rsa_mint: "Mint") -> None:
    listed = {
        b64(b"as given"): b64(mint.issuer.certificate_der),
        b64(rsa_mint.issuer.kid): b64(rsa_mint.issuer.certificate_der),
    }
    file = read_trust(b" \n" + json.dumps(listed).encode())
    assert [key.kid for key in file.keys] == [b"as given", rsa_mint.issuer.kid]
    assert file.notes == ()


BAD_ENTRIES = {
    "a number": (b64(b"12345678"), 7, "no base64 text"),
    "a kid that is no base64": ("?", "", "not base64"),
    "a kid with letters of another alphabet": ("ÄÖ==", "", "not base64"),
    "a value that is no base64": (b64(b"12345678"), "?", "not base64"),
    "a kid of 7 bytes": (b64(b"1234567"), "", "8 bytes"),
    "no certificate": (b64(b"12345678"), b64(b"0123"), "not a readable X.509"),
}


@pytest.mark.parametrize(("kid", "value", "says"), BAD_ENTRIES.values(), ids=BAD_ENTRIES.keys())
def test_an_unusable_entry_is_left_out_and_named(
    kid: str, value: object, says: str, mint: "Mint"
) -> None:
    good = {b64(mint.issuer.kid): b64(mint.issuer.certificate_der)}
    file = read_trust(json.dumps(good | {kid: value}).encode())
    assert file.keys == (mint.key,)
    (note,) = file.notes
    assert repr(kid) in note
    assert says in note


ISS = "https://issuer.example/cards"
CARDS = shc.Issuer(ISS)
COVID_PASSES = nzcp.Issuer("did:web:passes.example")
WALLETS = infradid.Signer.es256k()
TICKETS = pretix.Issuer()
AUTHORITY = vdsnc.Authority(
    begins=datetime(2026, 1, 1, tzinfo=UTC), ends=datetime(2027, 1, 1, tzinfo=UTC)
)
ANCHOR = AUTHORITY.certificate().public_bytes(Encoding.DER)
EVENT = {"valid_keys": {"pretix_sig1": [b64(TICKETS.public_pem)]}}
SNAPSHOT = {"issuerInfo": [{"issuer": {"iss": ISS}, "keys": [CARDS.jwk]}]}
DIRECTORY = {"participating_issuers": [{"iss": ISS, "name": "x", "keys": [CARDS.jwk]}]}
OF_CARDS = frozenset({PassFormat.SHC})
BOTH = frozenset({PassFormat.PRETIX, PassFormat.OWN})

KINDS: dict[str, tuple[bytes, Binding, frozenset[PassFormat], str | None]] = {
    "a JWKS of a named issuer": (CARDS.jwks(), Binding(issuer=ISS), OF_CARDS, ISS),
    "a JWKS that names its issuer": (
        json.dumps({"iss": ISS, **json.loads(CARDS.jwks())}).encode(), Binding(), OF_CARDS, ISS,
    ),
    "a JWKS that may be bare": (
        CARDS.jwks(), Binding(may_be_bare=True), OF_CARDS, None,
    ),
    "a VCI snapshot": (json.dumps(SNAPSHOT).encode(), Binding(), OF_CARDS, ISS),
    "a VCI directory": (json.dumps(DIRECTORY).encode(), Binding(), OF_CARDS, ISS),
    "a DID document": (
        b"\xef\xbb\xbf" + COVID_PASSES.did_document(), Binding(), frozenset({PassFormat.NZCP}),
        "did:web:passes.example",
    ),
    "a DID allow-list": (
        f"# ours\n{WALLETS.did}\n".encode(), Binding(), frozenset({PassFormat.INFRADID}),
        WALLETS.did,
    ),
    "a public key": (TICKETS.public_pem, Binding(), BOTH, None),
    "a public key of tickets": (
        TICKETS.public_pem, Binding(formats=frozenset({PassFormat.PRETIX})),
        frozenset({PassFormat.PRETIX}), None,
    ),
    "a pretix event": (json.dumps(EVENT).encode(), Binding(), frozenset({PassFormat.PRETIX}), None),
}  # fmt: skip


@pytest.mark.parametrize("case", KINDS)
def test_each_kind_of_file_binds_its_keys_to_its_formats(case: str) -> None:
    content, binding, formats, issuer = KINDS[case]
    (key,) = read_trust(content, binding=binding).keys
    assert (key.formats, key.issuer) == (formats, issuer)


def test_a_jwks_that_nobody_bound_is_refused_at_a_door() -> None:
    with pytest.raises(InputError, match="name it as ISSUER=PATH"):
        read_trust(CARDS.jwks())


@pytest.mark.parametrize("content", [ANCHOR, pem(ANCHOR)], ids=["DER", "PEM"])
def test_an_authority_is_an_anchor_and_signs_no_pass_itself(content: bytes) -> None:
    file = read_trust(content)
    (anchor,) = file.anchors
    assert (file.keys, anchor.der) == ((), ANCHOR)


def test_an_authority_that_signs_passes_too_is_both() -> None:
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=True, crl_sign=True,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
    both = replace(
        AUTHORITY, extensions=[(x509.BasicConstraints(ca=True, path_length=0), True), (usage, True)]
    )
    file = read_trust(both.certificate().public_bytes(Encoding.DER))
    assert (len(file.keys), len(file.anchors)) == (1, 1)


PRIVATE = ec.generate_private_key(ec.SECP256R1()).private_bytes(
    Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
)

WRONG = {
    "nothing": (b"", "empty"),
    "blank lines": (b" \r\n\t\n", "empty"),
    "too much": (bytes(MAX_TRUST_BYTES + 1), "larger than 16 MiB"),
    "a private key": (PRIVATE, "must never lie at a door"),
    "PEM of something else": (
        b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----",
        "PEM without",
    ),
    "PEM that breaks off": (b"-----BEGIN CERTIFICATE-----\nMIIB", "PEM without"),
    "PEM with rubbish inside": (pem(b"rubbish"), "PEM without"),
    "broken JSON": (b'{"a": ', "broken JSON"),
    "JSON that is not UTF-8": (b'{"\xff\xfe": 1}', "broken JSON"),
    "JSON without an end to its depth": (b"[" * 200_000, "broken JSON"),
    "a JSON list": (b"[1, 2]", "no object"),
    "an empty JSON object": (b"{}", "without one usable key"),
    "JSON of something else": (b'{"hello": "world"}', "without one usable key"),
    "DER of something else": (b"\x30\x03\x02\x01\x01", "not a readable X.509"),
    "a picture": (b"\x89PNG\r\n\x1a\n", "not a trust file"),
    "a text": (b"hello", "not a trust file"),
    "a payload": (b"HC1:6BF", "not a trust file"),
}


@pytest.mark.parametrize(("content", "says"), WRONG.values(), ids=WRONG.keys())
def test_anything_else_is_refused_in_one_line(content: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says) as error:
        read_trust(content)
    assert "\n" not in str(error.value)

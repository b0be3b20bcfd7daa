"""Files of trust are told apart by what they hold, and each wrong one gets one clear line."""

import json
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from scanner.terms import InputError
from scanner.trust import read_trust
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


LATER = {
    "a JWKS": b'{"keys": [{"kty": "EC"}]}',
    "a DID document": b'{"id": "did:web:x", "verificationMethod": []}',
    "a VCI directory": b'{"participating_issuers": []}',
    "a VCI snapshot": b'{"issuerInfo": []}',
    "a DID allow-list": b"\ndid:infra:01:5aDd\ndid:infra:01:5aDe\n",
    "a PEM public key": ed25519.Ed25519PrivateKey.generate()
    .public_key()
    .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
}


@pytest.mark.parametrize(("name", "content"), LATER.items(), ids=LATER.keys())
def test_kinds_of_a_later_version_are_named(name: str, content: bytes) -> None:
    with pytest.raises(InputError) as error:
        read_trust(content)
    assert str(error.value).startswith(name)
    assert str(error.value).endswith("not read by this version")


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

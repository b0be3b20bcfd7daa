"""VDS-NC: what is genuine, what each wrong one is refused for, and in which order."""

import base64
import json
import warnings
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type

from scanner.passes import Genuine, vdsnc
from scanner.publish.vdsnc import SIGNER_EXTENSIONS, Authority, Signer, encoded
from scanner.terms import InputError, Kind, PassFormat, Reason, Refused
from scanner.trust import Keyring, read_revocations
from scanner.trust.anchors import anchor_of, folded_name, id_of
from scanner.trust.ids import ExactId, read_id

BEGINS: Final = datetime(2026, 1, 1, tzinfo=UTC)
ENDS: Final = datetime(2027, 1, 1, tzinfo=UTC)
MESSAGE: Final = {
    "uvci": "U32870",
    "pid": {"n": "TUI  ANA", "dob": "1990-02-03"},
    "ve": [{"des": "XM68M6", "nam": "Comirnaty", "dis": "RA01.0", "vd": []}],
}
ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256

AUTHORITY: Final = Authority(begins=BEGINS, ends=ENDS)
SIGNER: Final = Signer(AUTHORITY, begins=BEGINS, ends=ENDS)


def trusting(*authorities: Authority) -> Keyring:
    ders = [one.certificate().public_bytes(Encoding.DER) for one in authorities]
    return Keyring.of((), anchors=[anchor for der in ders if (anchor := anchor_of(der))])


KEYRING: Final = trusting(AUTHORITY)
VALID: Final = SIGNER.issue(MESSAGE, form="icao.vacc")
DATA: Final = json.loads(VALID)["data"]
DER: Final = SIGNER.certificate.public_bytes(Encoding.DER)
SIG: Final = json.loads(VALID)["sig"]


def verified(text: str, *, keyring: Keyring = KEYRING) -> Genuine:
    return vdsnc.verify(text.encode(), keyring=keyring)


def refusal(text: str, *, keyring: Keyring = KEYRING) -> Refused:
    with pytest.raises(Refused) as refused:
        verified(text, keyring=keyring)
    return refused.value


def test_a_genuine_pass_says_its_country_and_kind_and_has_no_dates() -> None:
    genuine = verified(VALID)
    told = genuine.verified
    assert (told.format, told.kind) == (PassFormat.VDSNC, Kind.VACCINATION)
    assert (told.issuer, told.ids) == ("UTO", ("vc-id:vds-nc:UTO:U32870",))
    assert (told.issued_at, told.not_before, told.not_after) == (None, None, None)
    assert told.claims == {"hdr": {"t": "icao.vacc", "v": 1, "is": "UTO"}, "msg": MESSAGE}
    assert base64.b64decode(told.key_id) == genuine.key.kid == id_of(SIGNER.certificate)


def test_a_proof_of_testing_is_a_test() -> None:
    told = verified(SIGNER.issue({"utci": "1"}, form="icao.test")).verified
    assert told.kind is Kind.TEST


def test_a_pass_goes_by_its_certificate_identifier_where_it_has_one() -> None:
    ids = {
        "U32870": ("vc-id:vds-nc:UTO:U32870",),
        "two words": (),
        "": (),
        "x" * 65: (),
        7: (),
        None: (),
    }
    for told, expected in ids.items():
        for form, name in (("icao.vacc", "uvci"), ("icao.test", "utci")):
            verified_ids = verified(SIGNER.issue({name: told}, form=form)).verified.ids
            assert verified_ids == expected
            assert all(read_id(one) == ExactId(one) for one in verified_ids)
    assert verified(SIGNER.issue({}, form="icao.vacc")).verified.ids == ()


def test_the_key_is_valid_while_signer_and_authority_both_are() -> None:
    early, late = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)
    for outer, inner in (((early, ENDS), (BEGINS, late)), ((BEGINS, late), (early, ENDS))):
        authority = Authority(begins=outer[0], ends=outer[1])
        signer = Signer(authority, begins=inner[0], ends=inner[1])
        key = verified(signer.issue(MESSAGE, form="icao.vacc"), keyring=trusting(authority)).key
        assert (key.not_before, key.not_after) == (BEGINS, ENDS)
        assert key.certificate == (
            folded_name(authority.name),
            signer.certificate.serial_number,
        )
        assert key.formats == {PassFormat.VDSNC}


def test_blanks_the_order_of_names_and_escapes_do_not_matter() -> None:
    turned = {"sig": dict(reversed(SIG.items())), "data": {"msg": MESSAGE, "hdr": DATA["hdr"]}}
    for text in (
        json.dumps(turned, indent=4),
        VALID.replace("TUI", "\\u0054UI"),
        f"\n {VALID}\r\n",
    ):
        assert verified(text).verified.claims == DATA


def test_names_beyond_ascii_are_signed_as_they_are() -> None:
    told = {"pid": {"n": "ŠVARC  ÄNNE \U0001f600"}, "\U0001f600": 1, "\ufb33": [True, None, -5]}
    assert verified(SIGNER.issue(told, form="icao.vacc")).verified.claims["msg"] == told


def test_base64url_may_have_its_padding_or_none() -> None:
    bare = {name: SIG[name].rstrip("=") for name in ("cer", "sigvl")}
    assert SIG["sigvl"] != bare["sigvl"]
    assert verified(SIGNER.seal(DATA, **bare)).verified.claims == DATA


def sealed(**sig: object) -> str:
    return json.dumps({"data": DATA, "sig": SIG | sig})


def without(name: str) -> str:
    return json.dumps(
        {"data": DATA, "sig": {one: told for one, told in SIG.items() if one != name}}
    )


def with_header(**header: object) -> str:
    return SIGNER.seal({"hdr": DATA["hdr"] | header, "msg": MESSAGE})


MALFORMED: Final = {
    "nothing": "",
    "no JSON": "{",
    "a list": "[1]",
    "something after the object": VALID + "{}",
    "a name twice": VALID.replace('"v":1', '"v":1,"v":1'),
    "NaN": VALID.replace('"v":1', '"v":NaN'),
    "no data": json.dumps({"sig": SIG}),
    "no signature zone": json.dumps({"data": DATA}),
    "a member more": json.dumps({"data": DATA, "sig": SIG, "more": 1}),
    "data that is text": json.dumps({"data": "x", "sig": SIG}),
    "no header": SIGNER.seal({"msg": MESSAGE}),
    "a header that is a list": SIGNER.seal({"hdr": [], "msg": MESSAGE}),
    "a member more in the header": with_header(more=1),
    "no message": SIGNER.seal({"hdr": DATA["hdr"]}),
    "a message that is text": SIGNER.seal({"hdr": DATA["hdr"], "msg": "x"}),
    "no country": SIGNER.seal({"hdr": {"t": "icao.vacc", "v": 1}, "msg": MESSAGE}),
    "a country that is a number": with_header(**{"is": 7}),
    "a country in lower case": with_header(**{"is": "uto"}),
    "a fraction in the message": VALID.replace('"U32870"', "1.5"),
    "a whole number beyond 2^53": VALID.replace('"U32870"', "9007199254740992"),
    "no algorithm": without("alg"),
    "an algorithm that is null": sealed(alg=None),
    "no certificate": without("cer"),
    "a certificate that is no text": sealed(cer=["x"]),
    "an empty certificate": sealed(cer=""),
    "a certificate that is no certificate": sealed(cer="AAAA"),
    "a certificate in base64 of the other alphabet": sealed(cer=SIG["cer"] + "+/"),
    "a certificate with a blank": sealed(cer=SIG["cer"][:40] + " " + SIG["cer"][40:]),
    "a certificate with a byte more": sealed(
        cer=encoded(SIGNER.certificate.public_bytes(Encoding.DER) + b"\0")
    ),
    "a certificate whose issuer is no text": sealed(
        cer=encoded(
            SIGNER.certificate.public_bytes(Encoding.DER).replace(b"CSCA of", b"\xff\xffCA of")
        )
    ),
    "no signature": without("sigvl"),
    "padding too much": sealed(sigvl=SIG["sigvl"] + "="),
    "padding too little": sealed(sigvl=SIG["sigvl"][:-1]),
    "padding of its own": sealed(sigvl=SIG["sigvl"] + "===="),
    "bits behind the last byte": sealed(sigvl="A" * 85 + "B=="),
    "a signature beyond ASCII": sealed(sigvl="é" * 86),
}  # fmt: skip


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_not_as_specified_is_malformed(text: str) -> None:
    assert refusal(text).reason is Reason.MALFORMED


UNSUPPORTED: Final = {
    "another type": with_header(t="icao.visa"),
    "a type that is a number": with_header(t=1),
    "version 2": with_header(v=2),
    "version 1 as text": with_header(v="1"),
    "version true": with_header(v=True),
}


@pytest.mark.parametrize("text", UNSUPPORTED.values(), ids=UNSUPPORTED.keys())
def test_another_type_or_version_is_not_verified_here(text: str) -> None:
    assert refusal(text).reason is Reason.UNSUPPORTED


def test_a_text_longer_than_any_code_is_too_large() -> None:
    assert refusal(VALID + " " * (4297 - len(VALID))).reason is Reason.TOO_LARGE
    assert verified(VALID + " " * (4296 - len(VALID)))


def test_a_signer_that_no_authority_is_known_for_is_an_unknown_issuer() -> None:
    stranger = Authority(begins=BEGINS, ends=ENDS, country="XX", letters="UTO")
    text = Signer(stranger, begins=BEGINS, ends=ENDS).issue(MESSAGE, form="icao.vacc")
    for keyring in (KEYRING, Keyring()):
        refused = refusal(text, keyring=keyring)
        assert refused.reason is Reason.UNKNOWN_ISSUER
        assert refused.key_id


def test_a_signer_that_only_says_who_certified_it_is_an_unknown_issuer() -> None:
    impostor = Authority(begins=BEGINS, ends=ENDS)
    assert impostor.name == AUTHORITY.name
    refused = refusal(Signer(impostor, begins=BEGINS, ends=ENDS).issue(MESSAGE, form="icao.vacc"))
    assert (refused.reason, refused.detail) == (
        Reason.UNKNOWN_ISSUER,
        "no trusted authority signed the signer's certificate",
    )


def test_an_authority_signs_no_passes_itself() -> None:
    extensions = (*SIGNER_EXTENSIONS, (x509.BasicConstraints(ca=True, path_length=0), True))
    signer = Signer(AUTHORITY, begins=BEGINS, ends=ENDS, extensions=extensions)
    assert refusal(signer.issue(MESSAGE, form="icao.vacc")).reason is Reason.UNKNOWN_ISSUER


def test_a_signer_speaks_for_the_country_of_its_authority_only() -> None:
    refused = refusal(with_header(**{"is": "UTP"}))
    assert (refused.reason, refused.detail) == (Reason.ISSUER_MISMATCH, "the signer is of UTO")
    nameless = replace(AUTHORITY, letters=None)
    refused = refusal(VALID, keyring=trusting(nameless))
    assert (refused.reason, refused.detail) == (
        Reason.ISSUER_MISMATCH,
        "the signer is of a country not named",
    )


def test_of_two_certificates_of_one_authority_the_one_that_lasts_longest_counts() -> None:
    first = replace(AUTHORITY, ends=datetime(2026, 2, 1, tzinfo=UTC))
    impostor = Authority(begins=BEGINS, ends=datetime(2050, 1, 1, tzinfo=UTC))
    for order in ((first, AUTHORITY, impostor), (impostor, AUTHORITY, first)):
        assert verified(VALID, keyring=trusting(*order)).key.not_after == ENDS


def test_a_signer_in_another_curve_or_with_rsa_is_not_verified_here() -> None:
    for key in (ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)):
        signer = Signer(AUTHORITY, begins=BEGINS, ends=ENDS, key=key)
        refused = refusal(signer.seal(DATA, sigvl="AA"))
        assert refused.reason is Reason.UNSUPPORTED


@pytest.mark.parametrize("name", ["ES384", "ES512", "es256", "none", "PS256", ""])
def test_another_algorithm_than_es256_is_wrong(name: str) -> None:
    assert refusal(sealed(alg=name)).reason is Reason.WRONG_ALGORITHM


def flipped(text: str) -> str:
    return ("B" if text[0] == "A" else "A") + text[1:]


CHANGED: Final[dict[str, Callable[[], str]]] = {
    "a name": lambda: VALID.replace("ANA", "ANE"),
    "a blank less in a name": lambda: VALID.replace("TUI  ANA", "TUI ANA"),
    "a member more": lambda: VALID.replace('"uvci"', '"x":1,"uvci"'),
    "a member less": lambda: json.dumps({"data": DATA | {"msg": {}}, "sig": SIG}),
    "the signature": lambda: sealed(sigvl=flipped(SIG["sigvl"])),
    "a signature of another length": lambda: sealed(sigvl="AA"),
    "an empty signature": lambda: sealed(sigvl=""),
}


@pytest.mark.parametrize("make", CHANGED.values(), ids=CHANGED.keys())
def test_what_was_changed_after_signing_is_a_bad_signature(make: Callable[[], str]) -> None:
    assert refusal(make()).reason is Reason.BAD_SIGNATURE


def test_the_passes_of_two_signers_do_not_mix() -> None:
    other = Signer(AUTHORITY, begins=BEGINS, ends=ENDS)
    assert refusal(other.seal(DATA, sigvl=SIG["sigvl"])).reason is Reason.BAD_SIGNATURE


def second_writing(certificate: x509.Certificate) -> bytes:
    """Write the same certificate with the other signature that ECDSA allows."""
    r, s = decode_dss_signature(certificate.signature)
    signature = b"\0" + encode_dss_signature(r, ORDER - s)
    algorithm = bytes.fromhex("300a06082a8648ce3d040302")
    body = certificate.tbs_certificate_bytes + algorithm + b"\x03" + bytes([len(signature)])
    body += signature
    return b"\x30\x82" + len(body).to_bytes(2, "big") + body


def test_a_certificate_written_in_a_second_way_keeps_the_id_that_lists_name() -> None:
    der = second_writing(SIGNER.certificate)
    assert der != SIGNER.certificate.public_bytes(Encoding.DER)
    assert verified(sealed(cer=encoded(der))).key.kid == verified(VALID).key.kid


def test_what_makes_a_certificate_unusable_is_said() -> None:
    signer = Signer(AUTHORITY, begins=BEGINS, ends=ENDS, extensions=())
    refused = refusal(signer.issue(MESSAGE, form="icao.vacc"))
    assert (refused.reason, refused.detail) == (
        Reason.UNKNOWN_ISSUER,
        "the signer's certificate is not for VDS-NC",
    )
    assert not isinstance(refused, InputError)


def negative_serial() -> bytes:
    number = SIGNER.certificate.serial_number
    serial = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return DER.replace(serial, bytes([serial[0] | 0x80]) + serial[1:])


FROWNED_UPON: Final = {
    "a serial number below zero": negative_serial(),
    "an issuer whose country has twenty letters": DER.replace(
        b"\x06\x03\x55\x04\x03", b"\x06\x03\x55\x04\x06", 1
    ),
}


@pytest.mark.parametrize("case", FROWNED_UPON)
def test_a_certificate_that_the_library_frowns_upon_leaves_no_word_anywhere(case: str) -> None:
    raw = sealed(cer=encoded(FROWNED_UPON[case]))
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        assert refusal(raw).reason is Reason.UNKNOWN_ISSUER
    assert heard == []


def test_a_list_that_writes_its_authoritys_name_otherwise_revokes_just_the_same() -> None:
    printable = _ASN1Type.PrintableString
    parts = [
        x509.NameAttribute(one.oid, str(one.value).upper(), printable) for one in AUTHORITY.name
    ]
    at, serial = BEGINS, SIGNER.certificate.serial_number
    entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at).build()
    builder = x509.CertificateRevocationListBuilder().issuer_name(x509.Name(parts))
    builder = builder.last_update(at).next_update(ENDS).add_revoked_certificate(entry)
    listed = builder.sign(AUTHORITY.key, hashes.SHA256()).public_bytes(Encoding.DER)
    genuine = verified(VALID)
    assert AUTHORITY.name.public_bytes() not in listed
    assert read_revocations(listed).entry_for(
        genuine.verified, kids=[], certificate=genuine.key.certificate
    )

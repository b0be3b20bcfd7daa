"""The first characters of a code say what it claims to be, and what the door can do with it."""

from typing import TYPE_CHECKING

import pytest

from scanner.passes import every_kind, recognise, verify
from scanner.passes.recognise import Standing
from scanner.terms import PassFormat, Reason, Refused
from scanner.trust import Keyring

if TYPE_CHECKING:
    from tests.conftest import Mint

VDSNC = b'{"data":{"hdr":{"t":"icao.vacc","v":1}},"sig":{}}'
NAME = b"DESMARAIS/LUC       "

KNOWN: dict[str, tuple[bytes, Standing, PassFormat | None]] = {
    "EU DCC": (b"HC1:6BF", Standing.VERIFIED_HERE, PassFormat.DCC),
    "Swiss light": (b"LT1:6BF", Standing.VERIFIED_HERE, PassFormat.DCC),
    "SMART Health Card": (b"shc:/56762909", Standing.VERIFIED_HERE, PassFormat.SHC),
    "a part of a SMART Health Card": (b"shc:/1/2/5676", Standing.VERIFIED_HERE, PassFormat.SHC),
    "NZ COVID Pass": (b"NZCP:/1/2KCEV", Standing.VERIFIED_HERE, PassFormat.NZCP),
    "NZ COVID Pass to come": (b"NZCP:/2/2KCEV", Standing.UNSUPPORTED, PassFormat.NZCP),
    "the venue's own": (b"DP1:6BF", Standing.VERIFIED_HERE, PassFormat.OWN),
    "VDS-NC": (VDSNC, Standing.VERIFIED_HERE, PassFormat.VDSNC),
    "VDS-NC, signature first, on lines": (
        b'{\n "sig" : {"a":"b"}, "data": {"hdr":\n{"t" : "icao.test"', Standing.VERIFIED_HERE,
        PassFormat.VDSNC,
    ),
    "Dutch domestic": (b"NL2:ABC", Standing.UNSUPPORTED, None),
    "DIVOC": (b"PK\x03\x04\x14", Standing.UNSUPPORTED, None),
    "UIC rail ticket": (b"#UT010080", Standing.UNSUPPORTED, None),
    "mdoc": (b"mdoc:owBjMS4w", Standing.UNSUPPORTED, None),
    "boarding pass": (b"M1" + NAME + b"EABC123 YULFRAAC", Standing.UNSUPPORTED, None),
    "boarding pass without an electronic ticket": (
        b"M4" + NAME + b" ABC123", Standing.UNSUPPORTED, None,
    ),
    "KI-PASS": (b"003|eyJhbGciOi", Standing.ONLINE_ONLY, None),
    "COOV session as DID": (b"did:infra:01:5aDd", Standing.ONLINE_ONLY, None),
    "COOV session": (b"https://wss.coov.io/session/1", Standing.ONLINE_ONLY, None),
    "numbered COOV session": (b"https://wss-12.coov.io/session/1", Standing.ONLINE_ONLY, None),
    "wallet request": (b"openid4vp://?request_uri=x", Standing.ONLINE_ONLY, None),
    "health link": (b"shlink:/eyJ1cmw", Standing.ONLINE_ONLY, None),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "standing", "form"), KNOWN.values(), ids=KNOWN.keys())
def test_known_codes_are_recognised(
    raw: bytes, standing: Standing, form: PassFormat | None
) -> None:
    found = recognise(raw)
    assert (found.standing, found.format, found.is_pass) == (standing, form, True)


NO_PASS = {
    "a token of something else": b"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ4In0.AAAA",
    "a text that ends as tickets do": b"QA" * 40,
    "nothing": b"",
    "an address": b"https://example.org/menu",
    "the site of an app": b"https://coov.io/",
    "an address that pretends": b"https://wss-.coov.io",
    "another address that pretends": b"https://wss-1.coov.io.example.org"[:15],
    "Wi-Fi": b"WIFI:S:guests;T:WPA;P:secret;;",
    "a lower-case prefix": b"hc1:6BF",
    "a prefix in the middle": b" HC1:6BF",
    "half a prefix": b"HC1",
    "another version of the prefix": b"HC2:6BF",
    "JSON of someone else": b'{"data":{"t":"vcard"}}',
    "a type too far into the JSON": b'{"data":{"x":"' + b" " * 2953 + b'"t":"icao.vacc"',
    "a name too short for a boarding pass": b"M1DESMARAIS/LUC E",
    "five legs": b"M5" + NAME + b"E",
    "a zip of the second kind": b"PK\x05\x06",
}


@pytest.mark.parametrize("raw", NO_PASS.values(), ids=NO_PASS.keys())
def test_everything_else_is_no_pass(raw: bytes, mint: "Mint") -> None:
    assert not recognise(raw).is_pass
    with pytest.raises(Refused) as refused:
        verify(raw, keyring=mint.keyring)
    assert refused.value.reason is Reason.NOT_A_PASS


REASONS = {Standing.UNSUPPORTED: Reason.UNSUPPORTED, Standing.ONLINE_ONLY: Reason.ONLINE_ONLY}


@pytest.mark.parametrize(
    ("raw", "standing"),
    [(raw, standing) for raw, standing, _ in KNOWN.values() if standing in REASONS],
    ids=[name for name, known in KNOWN.items() if known[1] in REASONS],
)
def test_what_cannot_be_verified_here_is_told_by_its_name(raw: bytes, standing: Standing) -> None:
    with pytest.raises(Refused) as refused:
        verify(raw, keyring=Keyring())
    assert refused.value.reason is REASONS[standing]
    assert recognise(raw).name in (refused.value.detail or "")


def test_an_online_code_tells_the_guest_what_to_show() -> None:
    with pytest.raises(Refused, match="needs a server; show the printed pass"):
        verify(b"003|abc", keyring=Keyring())


def test_a_genuine_pass_comes_out_under_both_prefixes(mint: "Mint") -> None:
    for raw in (mint.valid, mint.strike(mint.claims(), prefix="LT1:")):
        assert verify(raw, keyring=mint.keyring).key == mint.key


def test_every_kind_is_listed_once_and_by_its_name() -> None:
    kinds = every_kind()
    assert len(kinds) == len(set(kinds))
    formats = [kind.format for kind in kinds if kind.standing is Standing.VERIFIED_HERE]
    assert set(formats) == set(PassFormat)
    assert {kind.standing for kind in kinds} == set(Standing) - {Standing.NOTHING_KNOWN}

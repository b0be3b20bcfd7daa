"""Public pictures through the real reader: certificates are read, hostile ones hurt nobody."""

from pathlib import Path

from scanner.gate import Belief, authenticate
from scanner.passes import Genuine
from scanner.rules.conditions import GENUINE_ONLY
from scanner.sight.pictures import PictureReader
from scanner.terms import Reason
from scanner.trust import Keyring, RevocationList, read_trust


def test_a_certificate_picture_is_read_to_its_text(
    certificate_picture: Path, reader: PictureReader
) -> None:
    text = certificate_picture.with_suffix(".txt").read_bytes().rstrip(b"\r\n")
    found = reader.read_picture(certificate_picture.read_bytes())
    assert [code.raw for code in found.codes] == [text]


# What stands in the hostile pictures that hold whole codes; parts of a series may come or not.
HELD = {
    "SO_SOH.png": {b"\x0e\x01abc"},
    "bin256.png": {bytes(range(256))},
    "latin1.png": {"\u00c5se \u00d8".encode("latin-1")},
    "nul.png": {bytes(20)},
    "utf8.png": {"\u00c5se \u00d8st \u2013 \u0142".encode()},
    "two.png": {b"HELLO ONE", b"HELLO TWO"},
    "sa_beside_valid.png": {b"HELLO ONE", b"HELLO TWO"},
}


def test_a_hostile_picture_is_read_and_leaves_the_reader_able(
    hostile_picture: Path, reader: PictureReader, conformance: Path
) -> None:
    found = reader.read_picture(hostile_picture.read_bytes())
    assert found.error is None
    assert HELD.get(hostile_picture.name, set()) <= {code.raw for code in found.codes}
    plain = conformance / "images" / "dcc-png" / "AT_3.png"
    (code,) = reader.read_picture(plain.read_bytes()).codes
    assert code.raw.startswith(b"HC1:")


def test_a_picture_without_a_code_gives_none(empty_picture: Path, reader: PictureReader) -> None:
    found = reader.read_picture(empty_picture.read_bytes())
    assert (found.codes, found.error) == ((), None)


def test_no_public_payload_breaks_the_verifiers(conformance: Path) -> None:
    lines = (conformance / "images" / "payloads_dcc.txt").read_bytes().splitlines()
    listed = conformance / "passes" / "dcc-quality-assurance" / "trustlist-dsc.json"
    ring = Keyring.of(read_trust(listed.read_bytes()).keys)
    for keyring in (Keyring(), ring):
        belief = Belief(keyring, RevocationList(), (GENUINE_ONLY,))
        answers = [authenticate(raw, belief=belief) for raw in lines]
        reasons = [None if isinstance(one, Genuine) else one.reason for one in answers]
        assert len(reasons) == 525
        genuine = reasons.count(None)
        assert genuine > 300 if keyring is ring else genuine == 0
        refused = {Reason.MALFORMED, Reason.BAD_SIGNATURE, Reason.UNKNOWN_ISSUER}
        assert set(reasons) <= {None, Reason.LIST_MISSING, *refused}

"""The examples of the NZ COVID Pass specification, at the time for which they were made."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from scanner.gate import Belief, judge
from scanner.rules import GENUINE_ONLY
from scanner.rules.claims import Holder, known_of
from scanner.sight.pictures import PictureReader
from scanner.terms import Moment, PassFormat, Reason
from scanner.trust import Keyring, RevocationList, read_trust

# The specification's examples became valid in November 2021, and one in November 2026.
NOW: Final = Moment(datetime(2021, 11, 26, tzinfo=UTC), trusted=True)
EXPECTED: Final = {
    "nzcp": Reason.ADMITTED,
    "nzcp-bad-public-key": Reason.BAD_SIGNATURE,
    "nzcp-expired-payload": Reason.EXPIRED,
    "nzcp-modified-payload": Reason.BAD_SIGNATURE,
    "nzcp-modified-sig": Reason.BAD_SIGNATURE,
    "nzcp-not-associated-public-key": Reason.UNKNOWN_ISSUER,
    "nzcp-notactive-payload": Reason.NOT_YET_VALID,
    # Of an earlier draft, with a tag around its id, and of another issuer.
    "nzcp-revoked-public-key": Reason.MALFORMED,
}


@pytest.fixture(scope="module")
def folder(conformance: Path) -> Path:
    return conformance / "passes" / "nzcp"


@pytest.fixture(scope="module")
def belief(folder: Path) -> Belief:
    keys = read_trust((folder / "valid" / "did.json").read_bytes()).keys
    return Belief(Keyring.of(keys), RevocationList(), (GENUINE_ONLY,))


def texts(folder: Path) -> dict[str, bytes]:
    """Give the text of every example that has one, by its name."""
    paths = [folder / "valid" / "nzcp.txt", *sorted((folder / "invalid").glob("*.txt"))]
    return {path.stem: path.read_bytes().rstrip(b"\r\n") for path in paths}


def test_every_text_is_judged_as_the_specification_says(folder: Path, belief: Belief) -> None:
    found = texts(folder)
    assert len(found) >= 4
    reasons = {name: judge(raw, belief=belief, moment=NOW).reason for name, raw in found.items()}
    assert reasons == {name: EXPECTED[name] for name in found}


def test_every_picture_is_read_and_judged_as_its_text(
    folder: Path, belief: Belief, reader: PictureReader
) -> None:
    expected = texts(folder)
    pictures = sorted(folder.glob("*/*.png"))
    assert len(pictures) >= 4
    for path in pictures:
        (code,) = reader.read_picture(path.read_bytes()).codes
        assert code.raw == expected.get(path.stem, code.raw)
        assert judge(code.raw, belief=belief, moment=NOW).reason is EXPECTED[path.stem]


def test_the_pass_of_the_specification_says_what_it_says_there(
    folder: Path, belief: Belief
) -> None:
    verified = judge(texts(folder)["nzcp"], belief=belief, moment=NOW).verified
    assert verified is not None
    assert (verified.format, verified.issuer) == (PassFormat.NZCP, "did:web:nzcp.covid19.health.nz")
    assert verified.ids == ("vc-id:urn:uuid:60a4f54d-4e30-4332-be33-ad78b1eafa4b",)
    assert known_of(verified).holder == Holder(("jack", "sparrow"), "1960-04-16")

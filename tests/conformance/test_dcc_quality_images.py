"""Every image of dcc-quality-assurance gives its expected signature result."""

import json
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from scanner.gate import Belief, authenticate, judge
from scanner.passes import Genuine
from scanner.rules.conditions import GENUINE_ONLY
from scanner.sight.pictures import PictureReader
from scanner.terms import Decision, Moment, Reason
from scanner.trust import Keyring, RevocationList, read_trust

# A time when most of these passes and their keys were valid.
THEN: Final = Moment(datetime(2021, 12, 15, 12, tzinfo=UTC), trusted=True)


@pytest.fixture(scope="module")
def belief(conformance: Path) -> Belief:
    listed = conformance / "passes" / "dcc-quality-assurance" / "trustlist-dsc.json"
    return Belief(
        Keyring.of(read_trust(listed.read_bytes()).keys), RevocationList(), (GENUINE_ONLY,)
    )


def test_an_image_gives_its_expected_signature_result(
    quality_image: tuple[Path, str], reader: PictureReader, belief: Belief, conformance: Path
) -> None:
    path, expected = quality_image
    (code,) = reader.read_picture(path.read_bytes()).codes
    known = authenticate(code.raw, belief=belief)
    decision = judge(code.raw, belief=belief, moment=THEN)
    kid = _expected_kid(path, conformance=conformance)
    if expected == "verified":
        assert isinstance(known, Genuine)
        assert known.verified.key_id == kid
        assert decision.verified == known.verified
    else:
        assert expected == "unknown-kid"
        assert isinstance(known, Decision)
        assert (known.reason, known.key_id) == (Reason.UNKNOWN_ISSUER, kid)
        assert decision == known


def _expected_kid(path: Path, *, conformance: Path) -> str:
    folder = conformance / "passes" / "dcc-quality-assurance"
    facts = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    kid = bytes.fromhex(facts[path.relative_to(folder).as_posix()]["kid_hex"])
    return b64encode(kid).decode()

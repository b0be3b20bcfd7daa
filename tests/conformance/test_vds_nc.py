"""The examples of Australia's passport office: one VDS-NC, the same with a changed name, none."""

import base64
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import pytest

from scanner.gate import Belief, judge
from scanner.rules import GENUINE_ONLY
from scanner.rules.claims import Holder, known_of
from scanner.terms import Kind, Moment, PassFormat, Reason
from scanner.trust import Keyring, read_revocations, read_trust

# The signer's certificate is valid from 31 August 2021 to 30 September 2031.
NOW: Final = Moment(datetime(2021, 12, 1, tzinfo=UTC), trusted=True)


@pytest.fixture(scope="module")
def folder(conformance: Path) -> Path:
    return conformance / "passes" / "vds-nc"


@pytest.fixture(scope="module")
def belief(folder: Path) -> Belief:
    found = read_trust(base64.b64decode((folder / "csca.der.b64").read_bytes()))
    revoked = read_revocations(base64.b64decode((folder / "csca.crl.der.b64").read_bytes()))
    keyring = Keyring.of(found.keys, anchors=found.anchors)
    return Belief(keyring, revoked, (GENUINE_ONLY,))


@pytest.fixture(scope="module")
def valid(folder: Path) -> bytes:
    return (folder / "validVDSJson.json").read_bytes()


def test_the_valid_pass_is_admitted_as_it_stands_and_as_a_code_would_hold_it(
    valid: bytes, belief: Belief
) -> None:
    assert len(belief.keyring.anchors) == 1
    for raw in (valid, json.dumps(json.loads(valid), separators=(",", ":")).encode()):
        decision = judge(raw, belief=belief, moment=NOW)
        assert decision.reason is Reason.ADMITTED
        assert decision.verified is not None
        assert (decision.verified.format, decision.verified.kind) == (
            PassFormat.VDSNC,
            Kind.VACCINATION,
        )
        assert decision.verified.issuer == "AUS"


def test_the_pass_says_what_it_says_there(valid: bytes, belief: Belief) -> None:
    verified = judge(valid, belief=belief, moment=NOW).verified
    assert verified is not None
    known = known_of(verified)
    assert known.holder == Holder(("citizen", "john"), "2004-03-20")
    assert [(event.on, event.dose, event.product) for event in known.events] == [
        (date(2021, 4, 2), 1, "EU/1/21/1529"),
        (date(2021, 10, 3), 2, "EU/1/20/1507"),
    ]


def test_the_pass_with_a_changed_name_is_refused(valid: bytes, belief: Belief) -> None:
    changed = valid.replace(b"JOHN", b"JOHNX")
    assert judge(changed, belief=belief, moment=NOW).reason is Reason.BAD_SIGNATURE


def test_json_that_is_no_vds_nc_is_no_pass(folder: Path, belief: Belief) -> None:
    raw = (folder / "nonVDSJson.json").read_bytes()
    assert judge(raw, belief=belief, moment=NOW).reason is Reason.NOT_A_PASS


@pytest.mark.parametrize("day", [date(2021, 8, 31), date(2031, 10, 1)])
def test_the_signer_counts_only_while_its_certificate_is_valid(
    day: date, valid: bytes, belief: Belief
) -> None:
    then = Moment(datetime(day.year, day.month, day.day, 13, 59, 59, tzinfo=UTC), trusted=True)
    assert judge(valid, belief=belief, moment=then).reason is Reason.KEY_EXPIRED


def test_without_its_authority_the_signer_is_unknown(
    valid: bytes, belief: Belief, folder: Path
) -> None:
    issuer = read_trust((folder.parent / "nzcp" / "valid" / "did.json").read_bytes()).keys
    stranger = Belief(Keyring.of(issuer), belief.revoked, belief.rule_sets)
    assert judge(valid, belief=stranger, moment=NOW).reason is Reason.UNKNOWN_ISSUER

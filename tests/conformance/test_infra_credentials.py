"""The credentials in the tests of infra-did-js, signed by the stack that COOV ran on."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scanner.gate import Belief, judge
from scanner.passes import recognise
from scanner.rules import GENUINE_ONLY
from scanner.terms import Decision, Kind, Moment, PassFormat, Reason
from scanner.trust import Keyring, RevocationList, read_trust


@pytest.fixture
def vectors(conformance: Path) -> list[dict[str, Any]]:
    path = conformance / "passes" / "infra-did-vc" / "vectors.json"
    told: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    assert len(told) == 2
    return told


def decided(
    text: str, *, dids: str, now: datetime, revoked: RevocationList | None = None
) -> Decision:
    belief = Belief(
        Keyring.of(read_trust(dids.encode()).keys), revoked or RevocationList(), (GENUINE_ONLY,)
    )
    return judge(text.encode(), belief=belief, moment=Moment(now, trusted=True))


STRANGER = "did:infra:01:PUB_K1_7jCDarXnZ3SdPAwfFEciTSyUzA4fnfnktvFH9Fj7J89UrFiHpt"


def test_every_credential_of_a_listed_issuer_is_genuine(vectors: list[dict[str, Any]]) -> None:
    for case in vectors:
        begins = datetime.fromtimestamp(case["nbf"], UTC)
        for late in (timedelta(0), timedelta(days=3650)):
            decision = decided(case["jwt"], dids=case["iss"], now=begins + late)
            assert decision.reason is Reason.ADMITTED
            assert decision.format is PassFormat.INFRADID
            assert decision.key_id == case["iss"]
            assert decision.verified is not None
            assert decision.verified.kind is Kind.VACCINATION


def test_none_is_valid_before_it_begins(vectors: list[dict[str, Any]]) -> None:
    for case in vectors:
        early = datetime.fromtimestamp(case["nbf"], UTC) - timedelta(seconds=121)
        assert decided(case["jwt"], dids=case["iss"], now=early).reason is Reason.NOT_YET_VALID


def test_none_of_an_issuer_who_is_not_listed_is_taken(vectors: list[dict[str, Any]]) -> None:
    for case in vectors:
        now = datetime.fromtimestamp(case["nbf"], UTC)
        decision = decided(case["jwt"], dids=STRANGER, now=now)
        assert (decision.reason, decision.key_id) == (Reason.UNKNOWN_ISSUER, case["iss"])


def test_each_is_revoked_by_its_handle(vectors: list[dict[str, Any]]) -> None:
    revoked = RevocationList(frozenset({"vc-id:http://example.vc/credentials/123532"}))
    for case in vectors:
        now = datetime.fromtimestamp(case["nbf"], UTC)
        assert (
            decided(case["jwt"], dids=case["iss"], now=now, revoked=revoked).reason
            is Reason.REVOKED
        )


def test_no_signature_fits_the_other_credential(vectors: list[dict[str, Any]]) -> None:
    one, two = vectors
    mixed = f"{one['jwt'].rpartition('.')[0]}.{two['jwt'].rpartition('.')[2]}"
    now = datetime.fromtimestamp(one["nbf"], UTC)
    assert decided(mixed, dids=one["iss"], now=now).reason is Reason.BAD_SIGNATURE


def test_every_credential_is_recognised(vectors: list[dict[str, Any]]) -> None:
    for case in vectors:
        assert recognise(case["jwt"].encode()).format is PassFormat.INFRADID

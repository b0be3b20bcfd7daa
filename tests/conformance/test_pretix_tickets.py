"""The tickets in the tests of pretix' own scanner are answered as they are there."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scanner.gate import Belief, judge
from scanner.passes import recognise, verify
from scanner.rules import GENUINE_ONLY
from scanner.terms import Moment, PassFormat, Reason, Verdict
from scanner.trust import Keyring, read_trust
from scanner.trust.pretix_lists import read_pretix_lists

ANY_TIME = datetime(2026, 11, 22, tzinfo=UTC)
MEMBERS = {"validFromUnixTime": "valid_from", "validUntilUnixTime": "valid_until"}


@pytest.fixture
def vectors(conformance: Path) -> dict[str, Any]:
    path = conformance / "passes" / "pretix-sig1" / "vectors.json"
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return told


@pytest.fixture
def keyring(vectors: dict[str, Any]) -> Keyring:
    event = {"slug": "democon", "valid_keys": vectors["valid_keys"]}
    return Keyring.of(read_trust(json.dumps(event).encode()).keys)


def reason(case: dict[str, Any], keyring: Keyring, now: datetime, *revoked: str) -> Reason:
    lists = read_pretix_lists({"revoked_secrets": list(revoked)})
    belief = Belief(keyring, lists, (GENUINE_ONLY,))
    decision = judge(case["secret"].encode(), belief=belief, moment=Moment(now, trusted=True))
    assert decision.format is PassFormat.PRETIX
    assert (decision.reason is Reason.ADMITTED) == (decision.verdict is Verdict.ADMIT)
    return decision.reason


def expected(case: dict[str, Any]) -> Iterator[tuple[datetime, Reason]]:
    """Give times and answers: at any time the same, or as the case has them."""
    if case["clock_expect"] is None:
        yield ANY_TIME, Reason.ADMITTED if case["ticket"] else Reason.BAD_SIGNATURE
    for at, answer in case["clock_expect"] or ():
        admitted = {"VALID": Reason.ADMITTED, "INVALID_TIME": Reason.NOT_YET_VALID}
        yield datetime.fromisoformat(at), admitted[answer]


def test_every_case_is_answered_as_expected_at_its_clock(
    vectors: dict[str, Any], keyring: Keyring
) -> None:
    asked = 0
    for case in vectors["cases"]:
        for now, answer in expected(case):
            assert reason(case, keyring, now) is answer, case["name"]
            asked += 1
    assert asked == 4


def test_every_ticket_says_what_it_says_there(vectors: dict[str, Any], keyring: Keyring) -> None:
    genuine = [case for case in vectors["cases"] if case["ticket"]]
    assert genuine
    for case in genuine:
        claims = verify(case["secret"].encode(), keyring=keyring).verified.claims
        named = {MEMBERS.get(name, name): value for name, value in case["ticket"].items() if value}
        assert claims == named


def test_every_case_is_recognised(vectors: dict[str, Any]) -> None:
    for case in vectors["cases"]:
        assert recognise(case["secret"].encode()).format is PassFormat.PRETIX


def test_a_listed_secret_is_revoked(vectors: dict[str, Any], keyring: Keyring) -> None:
    valid, *_ = vectors["cases"]
    assert reason(valid, keyring, ANY_TIME, valid["secret"]) is Reason.REVOKED
    assert reason(valid, keyring, ANY_TIME, valid["secret"][1:]) is Reason.ADMITTED


def test_each_ticket_holds_under_one_of_the_keys(vectors: dict[str, Any]) -> None:
    holding = []
    for listed in vectors["valid_keys"]["pretix_sig1"]:
        told = json.dumps({"pretix_sig1": [listed]}).encode()
        (key,) = read_trust(told).keys
        reasons = [
            reason(case, Keyring.of([key]), next(expected(case))[0]) for case in vectors["cases"]
        ]
        holding.append([one is not Reason.BAD_SIGNATURE for one in reasons])
    assert [sum(one) for one in zip(*holding, strict=True)] == [1, 0, 1]


def test_without_any_key_nothing_is_known_of_them(vectors: dict[str, Any]) -> None:
    for case in vectors["cases"]:
        assert reason(case, Keyring(), ANY_TIME) is Reason.LIST_MISSING

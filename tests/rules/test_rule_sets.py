"""Named rule sets: what they admit, and that none can be empty."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from scanner.passes import verify
from scanner.publish import content
from scanner.rules import RuleSet, first_unmet
from scanner.rules.named import GENUINE_ONLY, NO_INFECTION, find
from scanner.terms import InputError, Kind, Pass

if TYPE_CHECKING:
    from tests.conftest import Mint

POSITIVE, NEGATIVE = (outcome.value for outcome in content.Outcome)


@pytest.fixture
def test_pass(mint: "Mint") -> Pass:
    return verify(mint.strike(mint.claims(mint.test)), keyring=mint.keyring).verified


def with_result(verified: Pass, *results: Any) -> Pass:
    return replace(verified, claims={"t": [{"tr": result} for result in results]})


def test_a_rule_set_without_a_rule_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="would admit everything"):
        RuleSet(name="empty", version="1", rules=())


def test_no_infection_admits_a_negative_test_and_no_other(test_pass: Pass) -> None:
    assert first_unmet(test_pass, rule_sets=[NO_INFECTION]) is None
    unmet = first_unmet(with_result(test_pass, POSITIVE), rule_sets=[NO_INFECTION])
    assert unmet is not None
    assert unmet[0] == "no-infection/1/negative-test"
    assert "must not have found the virus" in unmet[1]


NOT_NEGATIVE: dict[str, dict[str, Any]] = {
    "an unknown result": {"t": [{"tr": "419984006"}]},
    "no result": {"t": [{}]},
    "a null result": {"t": [{"tr": None}]},
    "the result as a number": {"t": [{"tr": 260415000}]},
    "one of two positive": {"t": [{"tr": NEGATIVE}, {"tr": POSITIVE}]},
    "no test at all": {"t": []},
    "no member": {},
}


@pytest.mark.parametrize("claims", NOT_NEGATIVE.values(), ids=NOT_NEGATIVE.keys())
def test_a_test_counts_only_if_it_says_negative(claims: dict[str, Any], test_pass: Pass) -> None:
    assert first_unmet(replace(test_pass, claims=claims), rule_sets=[NO_INFECTION]) is not None


@pytest.mark.parametrize("kind", [Kind.VACCINATION, Kind.RECOVERY, None])
def test_no_infection_asks_nothing_of_other_proofs(kind: Kind | None, test_pass: Pass) -> None:
    other = replace(with_result(test_pass, POSITIVE), kind=kind)
    assert first_unmet(other, rule_sets=[NO_INFECTION]) is None


def test_genuine_only_admits_a_positive_test_but_nothing_unsigned(test_pass: Pass) -> None:
    assert first_unmet(with_result(test_pass, POSITIVE), rule_sets=[GENUINE_ONLY]) is None
    unsigned = first_unmet(replace(test_pass, key_id=""), rule_sets=[GENUINE_ONLY])
    assert unsigned is not None
    assert unsigned[0] == "genuine-only/1/signed"


def test_the_first_unmet_rule_of_several_sets_is_named(test_pass: Pass) -> None:
    positive = with_result(test_pass, POSITIVE)
    unmet = first_unmet(positive, rule_sets=[GENUINE_ONLY, NO_INFECTION])
    assert unmet is not None
    assert unmet[0].startswith("no-infection/")


def test_named_sets_are_found_by_their_name() -> None:
    assert (find("genuine-only"), find("no-infection")) == (GENUINE_ONLY, NO_INFECTION)


UNKNOWN = {
    "a name that does not exist": ("2g", "no rule set is called '2g'"),
    "nothing": ("", "no rule set is called"),
    "a name in upper case": ("No-Infection", "no rule set is called"),
    "a file": ("rules.json", "not read by this version"),
    "a path": ("/etc/door-scanner/rules", "not read by this version"),
}


@pytest.mark.parametrize(("name", "says"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_an_unknown_name_is_answered_with_those_there_are(name: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as error:
        find(name)
    assert "genuine-only, no-infection" in str(error.value)

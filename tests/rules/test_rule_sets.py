"""The rule sets without a file: what they admit; and how several rule sets combine."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from scanner.passes import verify
from scanner.publish import content, shc
from scanner.rules import (
    GENUINE_ONLY,
    NO_INFECTION,
    Family,
    Finding,
    Met,
    More,
    RuleSet,
    Shown,
    Unmet,
    Use,
    combined,
    family_of,
)
from scanner.terms import Kind, Pass, Reason
from scanner.trust import Binding, Keyring, read_trust

if TYPE_CHECKING:
    from tests.conftest import Mint

POSITIVE, NEGATIVE = (outcome.value for outcome in content.Outcome)
NOW = datetime(2021, 12, 13, 3, 0, tzinfo=UTC)


@pytest.fixture
def test_pass(mint: "Mint") -> Pass:
    return verify(mint.strike(mint.claims(mint.test)), keyring=mint.keyring).verified


def with_result(verified: Pass, *results: Any) -> Pass:
    return replace(verified, claims={"t": [{"tr": result} for result in results]})


def found(verified: Pass, *rule_sets: RuleSet) -> Finding:
    return combined(Shown((verified,), NOW), rule_sets=rule_sets)


def test_no_infection_admits_a_negative_test_and_no_other(test_pass: Pass) -> None:
    assert found(test_pass, NO_INFECTION) == Met()
    unmet = found(with_result(test_pass, POSITIVE), NO_INFECTION)
    assert isinstance(unmet, Unmet)
    assert (unmet.reason, unmet.rule) == (Reason.RULE_NOT_MET, "no-infection/1/negative-test")
    assert "must not have found the virus" in unmet.words


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
    assert isinstance(found(replace(test_pass, claims=claims), NO_INFECTION), Unmet)


def test_no_infection_asks_nothing_of_other_proofs(mint: "Mint") -> None:
    vaccinated = verify(mint.valid, keyring=mint.keyring).verified
    assert found(vaccinated, NO_INFECTION) == Met()


DOSE = shc.immunization(date(2021, 10, 1))
FOUND_NOTHING = shc.observation(NOW, result=content.Outcome.NOT_DETECTED)
FOUND_IT = shc.observation(NOW, result=content.Outcome.DETECTED)
PERSONS = [shc.patient(person) for person in content.INVENTED[:2]]
BESIDE_A_DOSE: dict[str, tuple[list[dict[str, Any]], bool]] = {
    "nothing": (PERSONS[:1], True),
    "a negative test": ([*PERSONS[:1], FOUND_NOTHING], True),
    "a count of blood": (
        [*PERSONS[:1], shc.observation(NOW, result=content.Outcome.DETECTED, loinc="718-7")], True),
    "a positive test": ([*PERSONS[:1], FOUND_IT], False),
    "a test that is not final": ([*PERSONS[:1], FOUND_NOTHING | {"status": "preliminary"}], False),
    "a test of no code": ([*PERSONS[:1], FOUND_NOTHING | {"code": {"text": "PCR"}}], False),
    "another person": (PERSONS, True),
    "another person and a test": ([*PERSONS, FOUND_IT], False),
}  # fmt: skip


@pytest.mark.parametrize(("beside", "is_met"), BESIDE_A_DOSE.values(), ids=BESIDE_A_DOSE)
def test_a_dose_does_not_hide_a_test_that_cannot_be_read(
    beside: list[dict[str, Any]], *, is_met: bool
) -> None:
    issuer = shc.Issuer("https://shc.example")
    told = read_trust(issuer.jwks(), binding=Binding(issuer=issuer.iss))
    card = issuer.issue([DOSE, *beside], issued_at=NOW).encode()
    verified = verify(card, keyring=Keyring.of(told.keys)).verified
    assert verified.kind is Kind.VACCINATION
    assert isinstance(found(verified, NO_INFECTION), Met) is is_met


def test_genuine_only_admits_a_positive_test(test_pass: Pass) -> None:
    assert found(with_result(test_pass, POSITIVE), GENUINE_ONLY) == Met()


def test_the_first_unmet_rule_of_several_sets_is_named(test_pass: Pass) -> None:
    unmet = found(with_result(test_pass, POSITIVE), GENUINE_ONLY, NO_INFECTION)
    assert isinstance(unmet, Unmet)
    assert unmet.rule.startswith("no-infection/")


USE = Use(serial="own:a:1", event="e", most=1, at_once=1, reenters=False, ends=NOW)


@dataclass(frozen=True)
class Fixed:
    """A rule set that always finds the same."""

    finding: Finding
    name: str = "fixed"
    version: str = "7"
    title: str = "fixed"
    family: Family = Family.ANY

    def find(self, shown: Shown) -> Finding:
        assert shown.now == NOW
        return self.finding


UNMET = Unmet(Reason.WRONG_GATE, "fixed/7/gate", "another gate")
MORE = More("fixed/7/pair", "a test too", 60)
TOGETHER: dict[str, tuple[list[Finding], Finding]] = {
    "all met": (
        [Met("a/1/x", "by x"), Met("b/1/y", "by y", USE)],
        Met("a/1/x + b/1/y", "by x; by y", USE),
    ),
    "met without a word": ([Met(), Met()], Met()),
    "one unmet": ([Met("a/1/x"), UNMET, MORE], UNMET),
    "unmet after one that wants more": ([MORE, UNMET], UNMET),
    "one wants more": ([Met("a/1/x"), MORE, Met()], MORE),
}


@pytest.mark.parametrize(("findings", "expected"), TOGETHER.values(), ids=TOGETHER)
def test_all_rule_sets_must_hold(
    findings: list[Finding], expected: Finding, test_pass: Pass
) -> None:
    assert found(test_pass, *map(Fixed, findings)) == expected


def test_a_venue_that_asks_for_both_waits_for_the_other(test_pass: Pass) -> None:
    tickets = Fixed(Met("t/1/once", use=USE), name="t", version="1", family=Family.ENTITLEMENT)
    health = Fixed(Met("h/1/neg"), name="h", version="1", family=Family.HEALTH)
    more = found(test_pass, health, tickets)
    assert isinstance(more, More)
    assert (more.rule, more.words) == ("t/1", "a ticket too")
    ticket = replace(test_pass, kind=Kind.TICKET)
    first = found(ticket, health, tickets)
    assert isinstance(first, More)
    assert first.words == "a health pass too"
    both = combined(Shown((ticket, test_pass), NOW), rule_sets=[health, tickets])
    assert both == Met("h/1/neg + t/1/once", use=USE)


def test_a_venue_that_asks_for_one_is_not_shown_the_other(test_pass: Pass) -> None:
    tickets = Fixed(UNMET, family=Family.ENTITLEMENT)
    assert found(test_pass, tickets) == UNMET


@pytest.mark.parametrize("kind", [*Kind, None])
def test_tickets_are_told_from_health_passes_by_their_kind(
    kind: Kind | None, test_pass: Pass
) -> None:
    tickets = (Kind.TICKET, Kind.MEMBERSHIP, Kind.STAFF)
    expected = Family.ENTITLEMENT if kind in tickets else Family.HEALTH
    assert family_of(replace(test_pass, kind=kind)) is expected

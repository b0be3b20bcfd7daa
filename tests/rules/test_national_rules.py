"""National rules at the door: which of them are asked, of whom, and what they see."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from scanner.passes import verify
from scanner.rules import Family, Finding, Met, Shown, Unmet, national
from scanner.terms import Kind, Pass, PassFormat, Reason

if TYPE_CHECKING:
    from tests.conftest import Mint

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
NO: Any = {"if": [True, False, {"var": "payload"}]}
YES: Any = {"if": [True, True, {"var": "payload"}]}
DOSES: Any = {">=": [{"var": "payload.v.0.dn"}, {"var": "payload.v.0.sd"}]}

Strike = Callable[[str], Pass]


def rule(identifier: str = "GR-AT-0001", **changes: Any) -> dict[str, Any]:
    return {
        "Identifier": identifier,
        "Type": "Acceptance",
        "Country": "AT",
        "Version": "1.0.0",
        "SchemaVersion": "1.0.0",
        "Engine": "CERTLOGIC",
        "EngineVersion": "0.7.5",
        "CertificateType": "General",
        "Description": [{"lang": "en", "desc": f"asks for {identifier}"}],
        "ValidFrom": "2021-07-03T00:00:00Z",
        "ValidTo": "2030-06-01T00:00:00Z",
        "AffectedFields": ["v.0"],
        "Logic": YES,
    } | changes


@pytest.fixture
def strike(mint: "Mint") -> Strike:
    """Strike a genuine certificate: `vaccination`, `test` or `recovery`, issued by the mint."""

    def make(what: str) -> Pass:
        claims = mint.claims(getattr(mint, what))
        return verify(mint.strike(claims), keyring=mint.keyring).verified

    return make


def find(
    rules: list[dict[str, Any]], *passes: Pass, country: str | None = "AT", **members: Any
) -> Finding:
    told = {"name": "at", "version": "7", "title": "Austria", "rules": rules, "country": "AT"}
    shown = Shown(passes, members.pop("now", NOW), country=country)
    return national.read(told | members, name="file").find(shown)


def unmet(finding: Finding) -> str:
    assert isinstance(finding, Unmet)
    assert finding.reason is Reason.RULE_NOT_MET
    return finding.rule


def test_a_certificate_that_meets_every_rule_is_admitted(strike: Strike) -> None:
    found = find([rule(Logic=DOSES), rule("GR-AT-0002")], strike("vaccination"))
    assert found == Met("at/7", "every rule of AT that speaks of it is met")


def test_the_first_rule_that_is_not_met_is_named_with_its_words(strike: Strike) -> None:
    rules = [rule(), rule("VR-AT-0002", Logic=NO), rule("VR-AT-0003", Logic=NO)]
    found = find(rules, strike("vaccination"))
    assert found == Unmet(Reason.RULE_NOT_MET, "at/7/VR-AT-0002", "asks for VR-AT-0002")


@pytest.mark.parametrize("what", ["vaccination", "test", "recovery"])
def test_a_rule_for_one_kind_is_asked_of_that_kind_only(what: str, strike: Strike) -> None:
    rules = [
        rule(),
        rule("VR-AT-0001", CertificateType="Vaccination", Logic=NO),
        rule("TR-AT-0001", CertificateType="Test", Logic=NO),
        rule("RR-AT-0001", CertificateType="Recovery", Logic=NO),
    ]
    assert unmet(find(rules, strike(what))) == f"at/7/{what[0].upper()}R-AT-0001"


def test_a_kind_that_no_rule_speaks_of_is_refused(strike: Strike) -> None:
    rules = [rule("VR-AT-0001", CertificateType="Vaccination")]
    assert isinstance(find(rules, strike("vaccination")), Met)
    found = find(rules, strike("test"))
    assert unmet(found) == "at/7/none"
    assert isinstance(found, Unmet)
    assert found.words == "no rule of AT in force speaks of this certificate"


def test_a_certificate_without_an_event_is_judged_by_general_rules_only(strike: Strike) -> None:
    light = replace(strike("vaccination"), kind=None, claims={"ver": "1.0.0"})
    assert isinstance(find([rule()], light), Met)
    assert unmet(find([rule("VR-AT-0001", CertificateType="Vaccination")], light)) == "at/7/none"


IN_FORCE = {
    "before it begins": ("2026-06-01T12:00:00.001Z", "2026-06-03T00:00:00Z", False),
    "when it begins": ("2026-06-01T12:00:00Z", "2026-06-03T00:00:00Z", True),
    "when it begins, elsewhere on earth": (
        "2026-06-01T14:00:00+02:00",
        "2026-06-03T00:00:00Z",
        True,
    ),
    "when it ends": ("2026-05-01T00:00:00Z", "2026-06-01T12:00:00Z", True),
    "after it ended": ("2026-05-01T00:00:00Z", "2026-06-01T11:59:59Z", False),
}


@pytest.mark.parametrize(("begins", "ends", "counts"), IN_FORCE.values(), ids=IN_FORCE.keys())
def test_a_rule_counts_from_its_first_moment_to_its_last(
    begins: str, ends: str, *, counts: bool, strike: Strike
) -> None:
    rules = [rule(), rule("GR-AT-0002", Logic=NO, ValidFrom=begins, ValidTo=ends)]
    assert isinstance(find(rules, strike("test")), Unmet) is counts


def test_rules_that_all_have_ended_admit_nobody(strike: Strike) -> None:
    rules = [rule(ValidTo="2026-01-01T00:00:00Z")]
    assert unmet(find(rules, strike("test"))) == "at/7/none"


@pytest.mark.parametrize("order", [1, -1])
def test_the_newest_version_in_force_replaces_the_older(order: int, strike: Strike) -> None:
    rules = [
        rule(Logic=NO, Version="1.9.0"),
        rule(Logic=YES, Version="1.10.0"),
        rule(Logic=NO, Version="2.0.0", ValidFrom="2026-06-02T00:00:00Z"),
        rule(Logic=NO, Version="1.9.9"),
    ][::order]
    assert isinstance(find(rules, strike("test")), Met)
    assert unmet(find(rules, strike("test"), now=NOW + timedelta(days=1))) == "at/7/GR-AT-0001"


def test_acceptance_rules_of_other_countries_are_not_asked(strike: Strike) -> None:
    rules = [rule(), rule("GR-DE-0001", Country="DE", Logic=NO)]
    assert isinstance(find(rules, strike("test")), Met)
    assert unmet(find(rules, strike("test"), country="DE")) == "at/7/GR-DE-0001"
    assert unmet(find(rules, strike("test"), country="FR")) == "at/7/none"


def test_without_a_country_of_the_door_that_of_the_file_counts(strike: Strike) -> None:
    rules = [rule(), rule("GR-DE-0001", Country="DE", Logic=NO)]
    assert isinstance(find(rules, strike("test"), country=None), Met)


def test_rules_of_a_region_are_asked_in_that_region_only(strike: Strike) -> None:
    rules = [rule(Region=None), rule("GR-AT-0002", Region=" Wien ", Logic=NO)]
    assert isinstance(find(rules, strike("test")), Met)
    assert unmet(find(rules, strike("test"), region="WIEN")) == "at/7/GR-AT-0002"


def test_invalidation_rules_are_those_of_the_country_that_issued(strike: Strike) -> None:
    def withdrawn(country: str) -> dict[str, Any]:
        return rule(f"IR-{country}-0001", Type="Invalidation", Country=country, Logic=NO)

    test = strike("test")
    assert isinstance(find([rule(), withdrawn("XX")], test), Met)
    from_xx = replace(test, issuer="XX")
    assert unmet(find([rule(), withdrawn("XX")], from_xx)) == "at/7/IR-XX-0001"
    assert isinstance(find([rule(), withdrawn("AT")], from_xx), Met)
    assert isinstance(find([rule(), withdrawn("XX")], replace(test, issuer=None)), Met)


COUNTRIES: dict[str, tuple[str | None, str | None]] = {
    "two letters": ("CH", "CH"),
    "two letters and an office": ("CH BAG", "CH"),
    "two letters and a mark": ("CH_1", "CH"),
    "a name": ("Switzerland", "AT"),
    "a name in capitals": ("CHE", "AT"),
    "a name with an umlaut": ("ÖSTERREICH", "AT"),
    "small letters": ("ch", "AT"),
    "nothing": (None, "AT"),
}


@pytest.mark.parametrize(("issuer", "country"), COUNTRIES.values(), ids=COUNTRIES.keys())
def test_the_country_that_issued_is_in_the_issuer_or_else_in_the_event(
    issuer: str | None, country: str, strike: Strike
) -> None:
    issued = replace(strike("test"), issuer=issuer)
    asking = {"===": [{"var": "external.issuerCountryCode"}, country]}
    assert isinstance(find([rule(Logic=asking)], issued), Met)
    withdrawn = rule("IR-0001", Type="Invalidation", Country=country, Logic=NO)
    assert unmet(find([rule(), withdrawn], issued)) == "at/7/IR-0001"


def test_where_nobody_says_who_issued_the_issuer_stands_as_it_is(strike: Strike) -> None:
    light = replace(strike("test"), issuer="Elsewhere", kind=None, claims={"ver": "1.0.0"})
    asking = {"===": [{"var": "external.issuerCountryCode"}, "Elsewhere"]}
    assert isinstance(find([rule(Logic=asking)], light), Met)


def test_invalidation_rules_alone_prove_nothing(strike: Strike) -> None:
    rules = [
        rule(CertificateType="Vaccination"),
        rule("IR-XX-0001", Type="Invalidation", Country="XX"),
    ]
    assert unmet(find(rules, replace(strike("test"), issuer="XX"))) == "at/7/none"


OPEN = {
    "another engine": {"Engine": "OPA"},
    "a newer engine": {"EngineVersion": "1.3.4"},
    "an engine to come": {"EngineVersion": "2.0.0"},
    "a newer schema": {"SchemaVersion": "1.4.0"},
    "a schema to come": {"SchemaVersion": "2.0.0"},
}


@pytest.mark.parametrize("changes", OPEN.values(), ids=OPEN.keys())
def test_a_rule_that_is_not_understood_admits_nobody(
    changes: dict[str, Any], strike: Strike
) -> None:
    newer = rule("GR-AT-0002", Logic={"no such": ["operation"]}, **changes)
    found = find([rule(), newer], strike("test"))
    assert unmet(found) == "at/7/GR-AT-0002"
    assert isinstance(found, Unmet)
    assert found.words == "asks for GR-AT-0002 (the rule is for a newer scanner)"


FAULTY: dict[str, tuple[Any, str]] = {
    "fails": ({"+": [{"var": "payload.ver"}, 1]}, "cannot be told: an operand that is no whole"),
    "is one": (1, "neither true nor false"),
    "is a text": ("true", "neither true nor false"),
    "is nothing": ({"var": "payload.x"}, "neither true nor false"),
}


@pytest.mark.parametrize(("logic", "words"), FAULTY.values(), ids=FAULTY.keys())
def test_a_rule_that_says_neither_true_nor_false_is_not_met(
    logic: Any, words: str, strike: Strike
) -> None:
    found = find([rule(Logic=logic)], strike("test"))
    assert unmet(found) == "at/7/GR-AT-0001"
    assert isinstance(found, Unmet)
    assert words in found.words


def test_a_rule_sees_the_payload_and_what_the_door_knows(strike: Strike) -> None:
    vaccination = replace(strike("vaccination"), issuer="XX", key_id="a2V5", issued_at=None)

    def seen(path: str, value: str) -> bool:
        logic = {"===": [{"var": path}, value]}
        sets = {"sets": ["a", "b"]}
        there = NOW.astimezone(timezone(timedelta(hours=2)))
        rules = [rule(Logic=logic, Region="Wien")]
        return isinstance(find(rules, vaccination, now=there, valueSets=sets, region="Wien"), Met)

    assert seen("payload.v.0.co", "AT")
    assert seen("external.validationClock", "2026-06-01T12:00:00.000+00:00")
    assert seen("external.valueSets.sets.1", "b")
    assert seen("external.countryCode", "AT")
    assert seen("external.issuerCountryCode", "XX")
    assert seen("external.exp", "2026-12-01T00:00:00.000+00:00")
    assert seen("external.kid", "a2V5")
    assert seen("external.region", "wien")
    assert not seen("external.iat", "")


def test_the_clock_of_the_door_is_the_clock_of_the_rules(strike: Strike) -> None:
    clock = {"plusTime": [{"var": "external.validationClock"}, 0, "day"]}
    days = {"plusTime": [{"var": "payload.v.0.dt"}, 61, "day"]}
    rules = [rule(Logic={"not-after": [clock, days]})]
    last = datetime(2026, 6, 1, tzinfo=UTC)
    assert isinstance(find(rules, strike("vaccination"), now=last), Met)
    assert isinstance(
        find(rules, strike("vaccination"), now=last + timedelta(milliseconds=1)), Unmet
    )


def test_only_eu_certificates_can_be_judged(strike: Strike) -> None:
    card = replace(strike("vaccination"), format=PassFormat.SHC)
    for passes in ((card,), (strike("test"), card), ()):
        found = find([rule()], *passes)
        assert unmet(found) == "at/7/format"
        assert isinstance(found, Unmet)
        assert found.words == "these rules can judge EU certificates (HC1:) only"


def test_a_ticket_beside_the_certificate_is_not_judged(strike: Strike) -> None:
    ticket = replace(strike("test"), format=PassFormat.OWN, kind=Kind.TICKET)
    assert isinstance(find([rule()], ticket, strike("test")), Met)
    assert unmet(find([rule()], ticket)) == "at/7/format"


def test_of_two_certificates_each_must_meet_the_rules(strike: Strike) -> None:
    rules = [rule(), rule("TR-AT-0001", CertificateType="Test", Logic=NO)]
    assert unmet(find(rules, strike("vaccination"), strike("test"))) == "at/7/TR-AT-0001"
    assert isinstance(find(rules, strike("vaccination"), strike("recovery")), Met)


def test_the_rule_set_says_what_it_is() -> None:
    told = {"name": "at", "version": "7", "title": "Austria", "rules": [rule()]}
    read = national.read(told, name="file")
    assert (read.name, read.version, read.title, read.country) == ("at", "7", "Austria", "AT")
    assert read.family is Family.HEALTH

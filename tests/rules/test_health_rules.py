"""Health rule sets: conditions and bounds, doses that are counted, and pairs of passes."""

import json
import sys
import timeit
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from time import process_time
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from scanner.rules import Finding, Met, More, RuleSet, Shown, Unmet
from scanner.rules.claims import Entitlement, HealthEvent, Holder, Known, Result, TestType
from scanner.rules.files import FORMAT, read_rule_set
from scanner.terms import Kind, Pass, PassFormat, Reason

COVID_19, FLU = "840539006", "6142004"
COMIRNATY, JANSSEN = "EU/1/20/1528", "EU/1/20/1525"
NOW: Final = datetime(2022, 1, 15, 12, tzinfo=UTC)
TODAY: Final = NOW.date()
MAJA: Final = Holder(("lindqvist", "maja"), "1984-03-17")

PASS: Final = Pass(
    format=PassFormat.DCC,
    kind=Kind.VACCINATION,
    issuer="AT",
    key_id="key",
    list_ids=tuple,
    issued_at=None,
    not_before=None,
    not_after=None,
    claims={},
)


def rules(*accept: dict[str, Any], **members: Any) -> RuleSet:
    """Make a rule set of ways, each named by its place."""
    told = {
        "format": FORMAT,
        "kind": "health",
        "name": "house",
        "version": "1",
        "title": "What this house asks",
        "timezone": "UTC",
        "diseases": [COVID_19],
        "vaccines": {"one_dose": [JANSSEN], "series_doses": 2, "booster_from_dose": 3},
        "accept": [
            {"name": f"way-{n}", "words": f"way {n}", **one} for n, one in enumerate(accept)
        ],
    } | members
    return read_rule_set(json.dumps(told).encode(), name="house", zone_of=ZoneInfo)


def shown(*known: Known, now: datetime = NOW) -> Shown:
    """Show passes of which it is known what they say, the newest last."""
    return Shown((PASS,) * len(known), now, _known=list(known))


def event(kind: Kind, **members: Any) -> HealthEvent:
    """Make an event about COVID-19."""
    return HealthEvent(kind=kind, **{"disease": COVID_19, **members})


def dose(days_ago: int, **members: Any) -> HealthEvent:
    """Make a dose."""
    return event(Kind.VACCINATION, on=TODAY - timedelta(days=days_ago), **members)


def sample(hours_ago: float, **members: Any) -> HealthEvent:
    """Make a negative PCR test."""
    told = {"test": TestType.NAAT, "result": Result.NEGATIVE, **members}
    return event(Kind.TEST, at=NOW - timedelta(hours=hours_ago), **told)


def of(*events: HealthEvent, holder: Holder | None = MAJA) -> Known:
    """Put events on one pass."""
    return Known(holder=holder, events=events)


def unmet(found: Finding) -> str:
    """Give the words of a refusal."""
    assert isinstance(found, Unmet)
    assert found.reason is Reason.RULE_NOT_MET
    return found.words


ANY_DOSE: Final = {"event": "vaccination", "series": "any"}
COMPLETE: Final = {"event": "vaccination", "series": "complete"}
BOOSTER: Final = {"event": "vaccination", "series": "booster"}
TEST: Final = {"event": "test", "types": ["naat"], "until": {"hours": 48, "end_of_day": False}}
RECOVERY: Final = {"event": "recovery", "counted_from": "first_positive"}
EXEMPTION: Final = {"event": "exemption"}


# Doses.

SERIES: Final[dict[str, tuple[Iterable[HealthEvent], str]]] = {
    "1 of 2": ([dose(50, dose=1, of=2)], "incomplete"),
    "2 of 2": ([dose(50, dose=2, of=2)], "complete"),
    "1 of 1 of a one-dose vaccine": ([dose(50, dose=1, of=1, product=JANSSEN)], "complete"),
    "1 of 1 after a recovery": ([dose(50, dose=1, of=1, product=COMIRNATY)], "complete"),
    "3 of 3": ([dose(50, dose=3, of=3)], "booster"),
    "3 of 2": ([dose(50, dose=3, of=2)], "booster"),
    "2 of 1": ([dose(50, dose=2, of=1, product=COMIRNATY)], "booster"),
    "2 of 2 of a one-dose vaccine": ([dose(50, dose=2, of=2, product=JANSSEN)], "booster"),
    "1 of 2 of a one-dose vaccine": ([dose(50, dose=1, of=2, product=JANSSEN)], "incomplete"),
    "4 of 4": ([dose(50, dose=4, of=4)], "booster"),
    "a dose that nobody counted": ([dose(50)], "incomplete"),
    "one of a one-dose vaccine that nobody counted": ([dose(50, product=JANSSEN)], "complete"),
    "two on two days": ([dose(50), dose(20)], "complete"),
    "two on two days, the later first": ([dose(20), dose(50)], "complete"),
    "one that is told twice": ([dose(50), dose(50)], "incomplete"),
    "two on two days, the first of one dose": ([dose(50, product=JANSSEN), dose(20)], "booster"),
    "three on three days": ([dose(90), dose(50), dose(20)], "booster"),
    "the second of a series whose first is not told": ([dose(50, dose=2)], "complete"),
    "minus one of two": ([dose(50, dose=-1, of=2)], "incomplete"),
    "one of minus one": ([dose(50, dose=1, of=-1)], "incomplete"),
    "one of none": ([dose(50, dose=1, of=0)], "incomplete"),
    "2 of 2 without a day": ([event(Kind.VACCINATION, dose=2, of=2)], "incomplete"),
    "2 of 2 of tomorrow": ([dose(-1, dose=2, of=2)], "incomplete"),
    "one of today and one of tomorrow": ([dose(0), dose(-1)], "incomplete"),
    "two, and a third of tomorrow": ([dose(50), dose(20), dose(-1)], "complete"),
    "one, and a flu shot before it": ([dose(50, disease=FLU), dose(20)], "incomplete"),
    "one, and a flu shot after it": ([dose(50), dose(20, disease=FLU)], "incomplete"),
    "one, and a shot against nothing that is named": (
        [dose(50), dose(20, disease=None)], "incomplete"),
    "1 of 2, and a flu shot": ([dose(50, disease=FLU), dose(20, dose=1, of=2)], "incomplete"),
    "two, and a flu shot": ([dose(90, disease=FLU), dose(50), dose(20)], "complete"),
    "two, and another vaccine of one dose before": (
        [dose(90, disease=FLU, product=JANSSEN), dose(50), dose(20)], "complete"),
    "one of a one-dose vaccine, and a flu shot before": (
        [dose(90, disease=FLU), dose(50, product=JANSSEN)], "complete"),
    "1 of 2 told on two days": ([dose(50, dose=1, of=2), dose(49, dose=1, of=2)], "incomplete"),
    "2 of 2 told on two days": ([dose(50, dose=2, of=2), dose(49, dose=2, of=2)], "complete"),
    "1 of 2 and 2 of 2": ([dose(50, dose=1, of=2), dose(20, dose=2, of=2)], "complete"),
    "two of two days that only say of 2": ([dose(50, of=2), dose(20, of=2)], "complete"),
    "a first dose of two days that do not say of how many": (
        [dose(50, dose=1), dose(20, dose=1)], "complete"),
    "two against the flu": ([dose(50, disease=FLU), dose(20, disease=FLU)], "incomplete"),
    "two against nothing that is named": ([dose(50, disease=None)] * 2, "incomplete"),
}  # fmt: skip


@pytest.mark.parametrize(("events", "reached"), SERIES.values(), ids=SERIES.keys())
def test_doses_are_counted(events: Iterable[HealthEvent], reached: str) -> None:
    found = rules(BOOSTER, COMPLETE).find(shown(of(*events)))
    rule = {"booster": "house/1/way-0", "complete": "house/1/way-1"}.get(reached)
    assert (found.rule if isinstance(found, Met) else None) == rule


def test_a_pass_counts_for_what_any_of_its_doses_gives_a_right_to() -> None:
    # The second dose still counts while the third is too fresh for this house.
    house = rules(COMPLETE | {"from_day": 14, "from_inclusive": True})
    assert isinstance(house.find(shown(of(dose(60), dose(20), dose(3)))), Met)


def test_a_house_may_take_any_dose_and_any_count_of_doses() -> None:
    three = {"one_dose": [JANSSEN], "series_doses": 3, "booster_from_dose": 4}
    assert isinstance(rules(ANY_DOSE).find(shown(of(dose(0)))), Met)
    assert isinstance(rules(COMPLETE, vaccines=three).find(shown(of(dose(9), dose(1)))), Unmet)
    assert isinstance(rules(BOOSTER, vaccines=three).find(shown(of(dose(1, dose=3, of=3)))), Unmet)


def test_a_house_may_take_some_vaccines_only() -> None:
    house = rules(ANY_DOSE | {"products": [COMIRNATY]})
    assert isinstance(house.find(shown(of(dose(3, product=COMIRNATY)))), Met)
    assert (
        unmet(house.find(shown(of(dose(3, product=JANSSEN))))) == "the vaccine does not count here"
    )
    assert isinstance(house.find(shown(of(dose(3)))), Unmet)


BOUNDS: Final = {
    "from day 14": ({"from_day": 14, "from_inclusive": True}, range(14, 400)),
    "after day 14": ({"from_day": 14, "from_inclusive": False}, range(15, 400)),
    "until day 180": ({"until_day": 180, "until_inclusive": True}, range(181)),
    "below day 180": ({"until_day": 180, "until_inclusive": False}, range(180)),
    "no bound": ({}, range(400)),
    "one day": (
        {"from_day": 3, "from_inclusive": True, "until_day": 3, "until_inclusive": True},
        range(3, 4),
    ),
}


@pytest.mark.parametrize(("bounds", "good"), BOUNDS.values(), ids=BOUNDS.keys())
def test_each_bound_of_days_counts_as_it_says(bounds: dict[str, Any], good: range) -> None:
    house = rules(ANY_DOSE | bounds)
    found = [n for n in range(-2, 400) if isinstance(house.find(shown(of(dose(n)))), Met)]
    assert found == list(good)


# Tests, recoveries, exemptions.


@pytest.mark.parametrize("result", [Result.POSITIVE, Result.UNKNOWN, None])
def test_only_a_negative_test_counts(result: Result | None) -> None:
    assert isinstance(rules(TEST).find(shown(of(sample(1)))), Met)
    found = rules(TEST).find(shown(of(sample(1, result=result))))
    assert unmet(found) == "the test must not have found the virus"


POSITIVE: Final = Result.POSITIVE
BESIDE_A_NEGATIVE: Final[dict[str, tuple[HealthEvent, bool]]] = {
    "a later positive one": (sample(1, result=POSITIVE), False),
    "a later one of another type": (sample(1, result=POSITIVE, test=TestType.OTHER), False),
    "a later one that cannot be read": (sample(1, result=Result.UNKNOWN), False),
    "a later one without a result": (sample(1, result=None), False),
    "a positive one of the same minute": (sample(9, result=POSITIVE), False),
    "a positive one that names no time": (
        event(Kind.TEST, on=TODAY - timedelta(days=30), result=POSITIVE), False),
    "a later positive one that names no disease": (
        sample(1, result=POSITIVE, disease=None), False),
    "a later positive one of another disease": (sample(1, result=POSITIVE, disease=FLU), True),
    "an earlier positive one": (sample(10, result=POSITIVE), True),
    "a later negative one": (sample(1), True),
    "a later negative one that does not count": (sample(1, test=TestType.OTHER), True),
}  # fmt: skip


@pytest.mark.parametrize(
    ("other", "counts"), BESIDE_A_NEGATIVE.values(), ids=BESIDE_A_NEGATIVE.keys()
)
def test_a_negative_test_counts_until_a_later_one_is_not(
    other: HealthEvent, *, counts: bool
) -> None:
    house, negative = rules(TEST), sample(9)
    for card in (
        shown(of(negative, other)),
        shown(of(other, negative)),
        shown(of(negative, other, holder=None)),
        shown(of(negative), of(other)),
        shown(of(other), of(negative)),
    ):
        assert isinstance(house.find(card), Met) is counts


def test_the_later_test_of_someone_else_belies_nothing() -> None:
    bad = sample(1, result=POSITIVE)
    for stranger in (ANNA, None, replace(MAJA, born=None)):
        found = rules(TEST).find(shown(of(sample(9)), of(bad, holder=stranger)))
        assert isinstance(found, Met)


def test_the_second_of_a_pair_does_not_outweigh_a_later_positive_test() -> None:
    house = rules(PLUS)
    ill = of(dose(9), sample(1, result=POSITIVE))
    assert isinstance(house.find(shown(ill, of(sample(9)))), Unmet)
    assert isinstance(house.find(shown(of(sample(9)), ill)), More)


def test_a_later_positive_test_says_why() -> None:
    found = rules(TEST).find(shown(of(sample(9), sample(1, result=POSITIVE))))
    assert unmet(found) == "the test must not have found the virus"


def test_plain_hours_end_to_the_second_and_clocks_may_differ_by_two_minutes() -> None:
    second = 1 / 3600
    house = rules(TEST)
    for hours, counts in {
        48: True, 48 + second: False, 0: True, -120 * second: True, -121 * second: False,
    }.items():  # fmt: skip
        assert isinstance(house.find(shown(of(sample(hours)))), Met) is counts
    assert unmet(house.find(shown(of(sample(49))))) == "the test is older than 48 hours"
    assert unmet(house.find(shown(of(sample(-1))))) == "the test is dated in the future"


def test_a_test_without_its_time_does_not_count() -> None:
    timeless = replace(sample(0), at=None, on=TODAY)
    assert unmet(rules(TEST).find(shown(of(timeless)))).endswith("no time that can be read")


def test_the_end_of_a_day_is_that_of_the_house_when_clocks_go_back() -> None:
    # 31 October 2021 has 25 hours in Berlin.
    until = {"until": {"hours": 24, "end_of_day": True}}
    house = rules(TEST | until, timezone="Europe/Berlin")
    berlin = ZoneInfo("Europe/Berlin")
    taken = replace(sample(0), at=datetime(2021, 10, 30, 23, 30, tzinfo=berlin))
    for hour, counts in ((22, True), (23, False)):
        now = datetime(2021, 10, 31, hour, 59, 59, tzinfo=UTC)
        assert isinstance(house.find(shown(of(taken), now=now)), Met) is counts


def test_a_recovery_counts_from_the_day_that_the_house_names() -> None:
    had_it = event(Kind.RECOVERY, on=TODAY - timedelta(days=12), valid_from=TODAY)
    bounds = {"from_day": 11, "from_inclusive": True}
    assert isinstance(rules(RECOVERY | bounds).find(shown(of(had_it))), Met)
    later = RECOVERY | bounds | {"counted_from": "valid_from"}
    words = unmet(rules(later).find(shown(of(had_it))))
    assert words == "0 days since the first day of validity; counts from day 11"
    unsaid = replace(had_it, valid_from=None)
    words = unmet(rules(later).find(shown(of(unsaid))))
    assert words == "the recovery does not name the day of the first day of validity"


def test_a_recovery_that_is_still_to_come_does_not_count() -> None:
    tomorrow = TODAY + timedelta(days=1)
    had_it = event(Kind.RECOVERY, on=TODAY, valid_from=tomorrow)
    later = RECOVERY | {"counted_from": "valid_from", "own_dates": False}
    assert unmet(rules(later).find(shown(of(had_it)))) == f"counts from {tomorrow}"
    assert unmet(rules(RECOVERY).find(shown(of(had_it)))) == f"valid from {tomorrow}"
    assert isinstance(rules(RECOVERY | {"own_dates": False}).find(shown(of(had_it))), Met)


def test_own_dates_hold_unless_the_house_says_otherwise() -> None:
    issued = event(Kind.EXEMPTION, on=TODAY - timedelta(days=9), valid_until=TODAY)
    assert isinstance(rules(EXEMPTION).find(shown(of(issued))), Met)
    over = replace(issued, valid_until=TODAY - timedelta(days=1))
    assert unmet(rules(EXEMPTION).find(shown(of(over)))) == "valid until 2022-01-14"
    assert isinstance(rules(EXEMPTION | {"own_dates": False}).find(shown(of(over))), Met)


def test_the_ends_of_the_calendar_are_only_days() -> None:
    house = rules(TEST | {"until": {"hours": 8784, "end_of_day": True}}, timezone="Asia/Seoul")
    first = datetime(1, 1, 1, tzinfo=UTC)
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    for now, taken, counts in (
        (first, first, True), (last, last, True), (last, first, False), (first, last, False),
        (first, NOW, False), (last, NOW, False), (NOW, first, False), (NOW, last, False),
    ):  # fmt: skip
        found = house.find(shown(of(replace(sample(0), at=taken)), now=now))
        assert isinstance(found, Met) is counts


# Who.

CHILD: Final = {"event": "any"}
AGES: Final[dict[str, tuple[dict[str, Any], dict[str | None, bool]]]] = {
    "born on or after a day": (
        {"on_or_after": "2004-06-01"},
        {"2022-01-15": True, "2022-01-16": False, "2022-01": True, "2022": True,
         "2022-02": False, "2023": False, "2999-01-01": False, "9999-12-31": False,
         "2004-06-01": True, "2004-05-31": False, "2004-06": True, "2004-05": False,
         "2004": False, "2005": True, None: False, "": False, "2004-06-31": False,
         "2004-13": False, "0000": False, "yesterday": False, "2004-06-01 ": False}),
    "born before a day": (
        {"before": "1960-06-01"},
        {"1960-05-31": True, "1960-06-01": False, "1960-05": True, "1960-06": False,
         "1960": False, "1959": True, "1959-02": True, None: False}),
    "under 18 on this day": (
        {"under_years": 18},
        {"2022-01-15": True, "2022-01-16": False, "2999": False,
         "2004-01-15": False, "2004-01-16": True, "2004-01": False, "2004-02": True,
         "2004": False, "2005": True, None: False}),
    "65 or over on this day": (
        {"from_years": 65},
        {"1957-01-15": True, "1957-01-16": False, "1957-01": False, "1956-12": True,
         "1957": False, "1956": True, None: False}),
    "of two bounds both": (
        {"from_years": 12, "under_years": 18},
        {"2010-01-15": True, "2010-01-16": False, "2004-01-16": True, "2004-01-15": False}),
}  # fmt: skip


@pytest.mark.parametrize(("born", "answers"), AGES.values(), ids=AGES.keys())
def test_a_date_of_birth_in_part_is_taken_in_the_cautious_direction(
    born: dict[str, Any], answers: dict[str | None, bool]
) -> None:
    house = rules(CHILD | {"born": born})
    for day, expected in answers.items():
        found = house.find(shown(of(dose(3), holder=Holder(("minji",), day))))
        assert isinstance(found, Met) is expected, day


def test_age_alone_needs_a_holder_and_no_test_that_is_not_negative() -> None:
    house = rules(CHILD | {"born": {"under_years": 99}})
    assert isinstance(house.find(shown(of())), Met)
    assert isinstance(house.find(shown(of(sample(900)))), Met)
    assert isinstance(house.find(shown(of(holder=None))), Unmet)
    assert isinstance(house.find(shown(of(sample(1, result=Result.POSITIVE)))), Unmet)
    assert isinstance(house.find(shown(of(sample(1, result=Result.UNKNOWN)))), Unmet)
    ill = of(sample(1, result=Result.POSITIVE))
    assert isinstance(house.find(shown(of(), ill)), Unmet)
    assert isinstance(house.find(shown(of(), replace(ill, holder=None))), Met)


def test_a_way_may_be_for_some_ages_only() -> None:
    house = rules(ANY_DOSE | {"born": {"under_years": 18}})
    assert isinstance(house.find(shown(of(dose(3), holder=Holder(("a",), "2010")))), Met)
    assert unmet(house.find(shown(of(dose(3))))) == "the date of birth does not fit"
    assert unmet(house.find(shown(of(dose(3), holder=None)))) == "the date of birth does not fit"


# Pairs.

TESTED: Final = {"words": "a test", **TEST}
VACCINATED: Final = {"words": "a dose", **ANY_DOSE}
HAD_IT: Final = {"words": "a recovery", **RECOVERY}
PLUS: Final = {"both": [[VACCINATED, HAD_IT], [TESTED]], "within_s": 60}
ANNA: Final = Holder(("anna", "berg"), "1990-01-01")


def test_of_two_passes_either_may_come_first() -> None:
    house = rules(PLUS)
    first = house.find(shown(of(dose(9))))
    assert first == More("house/1/way-0", "one more pass of the same person: a test", 60)
    other = house.find(shown(of(sample(9))))
    assert other == More(
        "house/1/way-0", "one more pass of the same person: a dose or a recovery", 60
    )
    met = Met("house/1/way-0", "way 0")
    assert house.find(shown(of(dose(9)), of(sample(9)))) == met
    assert house.find(shown(of(sample(9)), of(dose(9)))) == met
    assert house.find(shown(of(event(Kind.RECOVERY, on=TODAY)), of(sample(9)))) == met


def test_one_pass_may_say_both() -> None:
    assert isinstance(rules(PLUS).find(shown(of(dose(9), sample(9), holder=None))), Met)


SOMEONE_ELSE: Final = {
    "another name": (MAJA, replace(MAJA, names=("lindqvist", "elin"))),
    "one name more": (MAJA, replace(MAJA, names=("lindqvist", "maja", "elin"))),
    "another birthday": (MAJA, replace(MAJA, born="1984-03-18")),
    "a birthday in part": (MAJA, replace(MAJA, born="1984")),
    "no birthday on either": (replace(MAJA, born=None), replace(MAJA, born=None)),
    "no name on either": (replace(MAJA, names=()), replace(MAJA, names=())),
    "nobody on the first": (None, MAJA),
    "nobody on the second": (MAJA, None),
    "nobody on either": (None, None),
}


@pytest.mark.parametrize(("one", "other"), SOMEONE_ELSE.values(), ids=SOMEONE_ELSE.keys())
def test_the_pass_of_someone_else_is_not_joined(one: Holder | None, other: Holder | None) -> None:
    house = rules(PLUS)
    found = house.find(shown(of(dose(9), holder=one), of(sample(9), holder=other)))
    assert found == house.find(shown(of(sample(9), holder=other)))
    assert isinstance(found, More)


TICKET: Final = Known(entitlement=Entitlement(kind=Kind.TICKET, serial="t:1"))
THIRD: Final = {
    "a ticket": TICKET,
    "the dose of someone else": of(dose(9), holder=ANNA),
    "the test of someone else": of(sample(9), holder=ANNA),
    "the old test of someone else": of(sample(49), holder=ANNA),
    "the positive test of someone else": of(sample(1, result=POSITIVE), holder=ANNA),
    "the test of nobody": of(sample(9), holder=None),
    "a pass that tells nothing": Known(),
}


@pytest.mark.parametrize("third", THIRD.values(), ids=THIRD.keys())
def test_a_pair_is_any_two_of_one_person_and_others_do_not_spoil_it(third: Known) -> None:
    house = rules(PLUS)
    for three in permutations((of(dose(9)), of(sample(9)), third)):
        assert house.find(shown(*three)) == Met("house/1/way-0", "way 0")
    for three in permutations((of(dose(9), sample(9)), TICKET, third)):
        assert house.find(shown(*three)) == Met("house/1/way-0", "way 0")


def test_three_passes_of_three_persons_are_no_pair() -> None:
    stranger = of(sample(9), holder=ANNA)
    for three in permutations((of(dose(9)), stranger, TICKET)):
        assert isinstance(rules(PLUS).find(shown(*three)), More)
    for three in permutations((of(dose(9)), stranger, of(sample(9), holder=None))):
        assert isinstance(rules(PLUS).find(shown(*three)), More)


def test_the_order_of_names_does_not_matter() -> None:
    turned = replace(MAJA, names=MAJA.names[::-1])
    found = rules(PLUS).find(shown(of(dose(9)), of(sample(9), holder=turned)))
    assert isinstance(found, Met)


def test_one_event_is_not_two() -> None:
    twice = rules({"both": [[VACCINATED], [VACCINATED]], "within_s": 60})
    assert isinstance(twice.find(shown(of(dose(9)))), More)
    assert isinstance(twice.find(shown(of(dose(9)), of(dose(9)))), More)
    assert isinstance(twice.find(shown(of(dose(9)), of(dose(30)))), Met)


def test_a_second_pass_that_does_not_count_says_why() -> None:
    words = unmet(rules(PLUS).find(shown(of(dose(9)), of(sample(49)))))
    assert words == "the test is older than 48 hours"


def test_a_pair_without_a_time_must_be_on_one_pass() -> None:
    house = rules({"both": [[VACCINATED], [TESTED]]})
    assert isinstance(house.find(shown(of(dose(9), sample(9)))), Met)
    alone = house.find(shown(of(dose(9))))
    assert isinstance(alone, Unmet)
    assert isinstance(house.find(shown(of(dose(9)), of(sample(9)))), Unmet)
    assert alone.rule == "house/1/accept"


def test_a_way_that_is_open_alone_comes_before_a_pair_that_is_not() -> None:
    found = rules(PLUS, BOOSTER).find(shown(of(dose(9, dose=3, of=3))))
    assert found == Met("house/1/way-1", "way 1")


def test_another_pair_may_want_what_the_first_does_not() -> None:
    exempt = {"both": [[{"words": "exempt", **EXEMPTION}], [TESTED]], "within_s": 30}
    found = rules(PLUS, exempt).find(shown(of(event(Kind.EXEMPTION, on=TODAY))))
    assert found == More("house/1/way-1", "one more pass of the same person: a test", 30)


# Refusals.


def test_a_kind_that_no_way_asks_for_is_told_so() -> None:
    found = rules(TEST).find(shown(of(dose(9), event(Kind.EXEMPTION))))
    assert unmet(found) == "exemption and vaccination does not count here"
    assert isinstance(found, Unmet)
    assert found.rule == "house/1/accept"


@pytest.mark.parametrize(
    "known", [(), (Known(),), (Known(entitlement=Entitlement(kind=Kind.TICKET, serial="t:1")),)]
)
def test_nothing_is_not_enough(known: tuple[Known, ...]) -> None:
    assert unmet(rules(TEST, PLUS).find(shown(*known))) == "it tells of no event"


def test_the_way_that_came_nearest_is_named() -> None:
    house = rules(BOOSTER, COMPLETE | {"from_day": 14, "from_inclusive": True})
    found = house.find(shown(of(dose(13, dose=2, of=2))))
    assert found == Unmet(
        Reason.RULE_NOT_MET,
        "house/1/way-1",
        "13 days since the last dose; counts from day 14",
    )
    first = house.find(shown(of(dose(13, dose=1, of=2))))
    assert isinstance(first, Unmet)
    assert (first.rule, first.words) == (
        "house/1/way-1",
        "dose 1 of 2; the series is not complete",
    )
    second = rules(BOOSTER).find(shown(of(dose(13, dose=2, of=2))))
    assert unmet(second) == "dose 2 of 2; a booster comes after the series"


def test_of_two_passes_that_came_as_far_the_newest_is_told() -> None:
    house = rules(COMPLETE | {"from_day": 14, "from_inclusive": True})
    words = unmet(house.find(shown(of(dose(5, dose=2, of=2)), of(dose(6, dose=2, of=2)))))
    assert words == "6 days since the last dose; counts from day 14"


def test_a_vaccination_without_its_dose_is_told_so() -> None:
    # As a NZ COVID Pass, which stands for a vaccination and tells nothing of it.
    words = unmet(rules(COMPLETE).find(shown(of(event(Kind.VACCINATION)))))
    assert words == "the vaccination does not tell which dose it was"


UNREADABLE: Final = {
    "a dose without its number": event(Kind.VACCINATION, of=2),
    "a dose without a day": event(Kind.VACCINATION, dose=2, of=2),
    "a recovery without days": event(Kind.RECOVERY),
    "a recovery that only ends": event(Kind.RECOVERY, valid_until=date.max),
    "an exemption without days": event(Kind.EXEMPTION),
    "a test without anything": event(Kind.TEST),
    "a test of no type": sample(1, test=None),
    "a test of another type": sample(1, test=TestType.OTHER),
}


@pytest.mark.parametrize("told", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_cannot_be_read_is_never_taken_for_good(told: HealthEvent) -> None:
    house = rules(BOOSTER, COMPLETE, TEST, RECOVERY, EXEMPTION)
    assert isinstance(house.find(shown(of(told))), Unmet)


def test_fifteen_rules_take_less_than_a_millisecond() -> None:
    late = {"from_day": 500, "from_inclusive": True}
    ways: list[dict[str, Any]] = [
        COMPLETE | late,
        BOOSTER | late,
        TEST,
        RECOVERY | late,
        EXEMPTION | late,
    ] * 3
    house = rules(*ways)
    card = shown(of(dose(90), dose(60), dose(30), sample(900), event(Kind.RECOVERY, on=TODAY)))
    assert isinstance(house.find(card), Unmet)
    # The quickest of many, in processor time: other work on the machine, and what measures
    # coverage, only ever add.
    tracing = sys.gettrace()
    sys.settrace(None)
    try:
        rounds = timeit.repeat(lambda: house.find(card), timer=process_time, number=5, repeat=60)
    finally:
        sys.settrace(tracing)
    assert min(rounds) / 5 < 0.001

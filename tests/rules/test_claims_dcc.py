"""What EU certificates say in the terms of rules, in the odd ways of writing that were seen."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Final

import pytest

from scanner.publish import content
from scanner.publish.content import COMIRNATY, INVENTED, Outcome
from scanner.rules.claims import HealthEvent, Holder, Known, Result, TestType, known_of
from scanner.terms import Kind, Pass, PassFormat

GIVEN_ON: Final = date(2021, 7, 6)
TAKEN: Final = datetime(2022, 1, 3, 10, tzinfo=UTC)
MAJA: Final = INVENTED[0]
VACCINATION: Final = content.vaccination(MAJA, country="AT", given_on=GIVEN_ON)
TEST: Final = content.test(MAJA, country="AT", result=Outcome.NOT_DETECTED, sampled_at=TAKEN)
RECOVERY: Final = content.recovery(MAJA, country="AT", positive_on=GIVEN_ON)


def known(claims: Any) -> Known:
    """Read a certificate that says this."""
    verified = Pass(
        format=PassFormat.DCC,
        kind=None,
        issuer="AT",
        key_id="key",
        list_ids=tuple,
        issued_at=None,
        not_before=None,
        not_after=None,
        claims=claims,
    )
    return known_of(verified)


def only(claims: Any, member: str, **changes: Any) -> HealthEvent:
    """Read a certificate whose one event is changed."""
    told = {**claims, member: [{**claims[member][0], **changes}]}
    (event,) = known(told).events
    return event


def holder(**changes: Any) -> Holder | None:
    """Read a certificate whose holder is written otherwise."""
    return known({**VACCINATION, **changes}).holder


def test_a_vaccination_is_read() -> None:
    assert known(VACCINATION).events == (
        HealthEvent(
            kind=Kind.VACCINATION,
            on=GIVEN_ON,
            dose=2,
            of=2,
            product=COMIRNATY.product,
            disease="840539006",
        ),
    )


def test_a_test_is_read() -> None:
    assert known(TEST).events == (
        HealthEvent(
            kind=Kind.TEST,
            at=TAKEN,
            test=TestType.NAAT,
            result=Result.NEGATIVE,
            disease="840539006",
        ),
    )


def test_a_recovery_is_read() -> None:
    assert known(RECOVERY).events == (
        HealthEvent(
            kind=Kind.RECOVERY,
            on=GIVEN_ON,
            valid_from=GIVEN_ON + timedelta(days=11),
            valid_until=GIVEN_ON + timedelta(days=180),
            disease="840539006",
        ),
    )


def test_the_holder_is_spelt_as_in_a_passport() -> None:
    assert holder() == Holder(("lindqvist", "oester", "maja", "elin"), "1984-03-17")


HOLDERS: Final[dict[str, tuple[dict[str, Any], Holder | None]]] = {
    "names as written only": (
        {"nam": {"fn": "Grün  Wald", "gn": "Ülo"}},
        Holder(("grün", "wald", "ülo"), "1984-03-17"),
    ),
    "fillers of a passport": (
        {"nam": {"fnt": "<<BERG<<", "gnt": "ANNA<"}},
        Holder(("berg", "anna"), "1984-03-17"),
    ),
    "one name": ({"nam": {"fnt": "BERG"}}, Holder(("berg",), "1984-03-17")),
    "a name that is a number": ({"nam": {"fnt": 7, "fn": "Berg"}}, Holder(("berg",), "1984-03-17")),
    "no names": ({"nam": {}}, Holder((), "1984-03-17")),
    "names that are no object": ({"nam": "Berg"}, Holder((), "1984-03-17")),
    "nobody": ({"nam": None, "dob": ""}, None),
}


@pytest.mark.parametrize(("changes", "expected"), HOLDERS.values(), ids=HOLDERS.keys())
def test_names_are_read_however_they_are_written(
    changes: dict[str, Any], expected: Holder | None
) -> None:
    assert holder(**changes) == expected


BIRTHDAYS: Final = {
    "1984-03-17": "1984-03-17",
    " 1984-03-17 ": "1984-03-17",
    "1984-03-17T00:00:00": "1984-03-17",
    "1984-03": "1984-03",
    "1984": "1984",
    "1984-00-00": "1984",
    "1984-03-00": "1984-03",
    "1984-XX-XX": "1984",
    "19840317": "1984",
    "17.03.1984": None,
    "": None,
    7: None,
    None: None,
}


@pytest.mark.parametrize(("written", "born"), BIRTHDAYS.items(), ids=map(repr, BIRTHDAYS))
def test_a_day_of_birth_may_be_known_in_part(written: Any, born: str | None) -> None:
    found = holder(dob=written)
    assert found is not None
    assert found.born == born


DOSES: Final = {
    "a whole number": (3, 3),
    "a float": (2.0, 2),
    "half a dose": (1.5, None),
    "none": (0, None),
    "minus one": (-1, None),
    "too many": (100, None),
    "text": ("2", None),
    "a truth": (True, None),
    "null": (None, None),
    "no number": (float("nan"), None),
    "without end": (float("inf"), None),
}


@pytest.mark.parametrize(("written", "expected"), DOSES.values(), ids=DOSES.keys())
def test_doses_are_numbers_from_1(written: Any, expected: int | None) -> None:
    event = only(VACCINATION, "v", dn=written, sd=written)
    assert (event.dose, event.of) == (expected, expected)


DAYS: Final = {
    "2021-07-06": GIVEN_ON,
    " 2021-07-06": GIVEN_ON,
    "2021-07-06T00:00:00+02:00": GIVEN_ON,
    "2021-07-06 00:00": None,
    "2021-07": None,
    "20210706": None,
    "2021-W27-2": None,
    "2021-02-30": None,
    "06.07.2021": None,
    "": None,
    7: None,
    None: None,
}


@pytest.mark.parametrize(("written", "day"), DAYS.items(), ids=map(repr, DAYS))
def test_a_day_is_read_in_full_or_not_at_all(written: Any, day: date | None) -> None:
    assert only(VACCINATION, "v", dt=written).on == day
    recovery = only(RECOVERY, "r", fr=written, df=written, du=written)
    assert (recovery.on, recovery.valid_from, recovery.valid_until) == (day, day, day)


TIMES: Final = {
    "2022-01-03T10:00:00Z": TAKEN,
    "2022-01-03T19:00:00+09:00": TAKEN,
    "2022-01-03T19:00:00+0900": TAKEN,
    "2022-01-03T10:00:00.000Z": TAKEN,
    "2022-01-03T10:00:00": None,
    "2022-01-03": None,
    "yesterday": None,
    "": None,
    7: None,
    None: None,
}


@pytest.mark.parametrize(("written", "at"), TIMES.items(), ids=map(repr, TIMES))
def test_a_time_has_its_offset(written: Any, at: datetime | None) -> None:
    assert only(TEST, "t", sc=written).at == at


def test_offsets_are_kept_for_the_day_that_they_tell() -> None:
    at = only(TEST, "t", sc="2022-01-03T19:00:00+09:00").at
    assert at is not None
    assert at.utcoffset() == timedelta(hours=9)
    assert at.astimezone(timezone(timedelta(hours=9))).hour == 19


def test_codes_of_tests_are_those_of_the_value_sets() -> None:
    assert only(TEST, "t", tt="LP217198-3").test is TestType.ANTIGEN
    assert only(TEST, "t", tt=" LP6464-4 ").test is TestType.NAAT
    assert only(TEST, "t", tr="260373001").result is Result.POSITIVE
    assert only(TEST, "t", tr=" 260415000").result is Result.NEGATIVE
    for odd in ("a test", "", 7, None):
        assert only(TEST, "t", tt=odd).test is TestType.OTHER
        assert only(TEST, "t", tr=odd).result is Result.UNKNOWN


@pytest.mark.parametrize("events", [None, [], "v", 7, {}, [None, 7, "v"]])
def test_what_is_no_event_tells_of_none(events: Any) -> None:
    assert known({**VACCINATION, "v": events}).events == ()


def test_an_event_of_nothing_says_nothing() -> None:
    assert known({"v": [{}], "t": [{}], "r": [{}]}) == Known(
        events=(
            HealthEvent(kind=Kind.VACCINATION),
            HealthEvent(kind=Kind.TEST, test=TestType.OTHER, result=Result.UNKNOWN),
            HealthEvent(kind=Kind.RECOVERY),
        )
    )
    assert known({}) == Known()


def test_a_product_or_a_disease_that_is_no_text_is_absent() -> None:
    event = only(VACCINATION, "v", mp=7, tg=["840539006"])
    assert (event.product, event.disease) == (None, None)

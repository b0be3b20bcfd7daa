"""CertLogic: which dates are read, and how JavaScript adds to them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from scanner.rules.certlogic import CertLogicError, check, evaluate

IT = {"var": ""}


def written(value: Any) -> str:
    assert isinstance(value, datetime)
    assert value.tzinfo is UTC
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def plus(amount: int, *, unit: str, start: str) -> str:
    return written(evaluate({"plusTime": [IT, amount, unit]}, start))


READ = {
    "2021": "2021-12-31T00:00:00.000Z",
    "2004-02": "2004-02-29T00:00:00.000Z",
    "2100-02": "2100-02-28T00:00:00.000Z",
    "2021-11": "2021-11-30T00:00:00.000Z",
    "9999-12": "9999-12-31T00:00:00.000Z",
    "2021-05-04": "2021-05-04T00:00:00.000Z",
    "2021-05-04T13:37:42": "2021-05-04T13:37:42.000Z",
    "2021-05-04T13:37:42Z": "2021-05-04T13:37:42.000Z",
    "2021-08-20T12:03:12+2": "2021-08-20T10:03:12.000Z",
    "2021-08-20T12:03:12-02": "2021-08-20T14:03:12.000Z",
    "2021-08-20T12:03:12+230": "2021-08-20T09:33:12.000Z",
    "2021-08-20T12:03:12+0230": "2021-08-20T09:33:12.000Z",
    "2021-08-20T12:03:12-2:30": "2021-08-20T14:33:12.000Z",
    "2021-08-20T12:03:12+02:30": "2021-08-20T09:33:12.000Z",
    "2021-05-04T13:37:42-00:00": "2021-05-04T13:37:42.000Z",
    "2021-08-01T00:00:00.1": "2021-08-01T00:00:00.100Z",
    "2021-08-01T00:00:00.01Z": "2021-08-01T00:00:00.010Z",
    "2021-08-01T00:00:00.9999999999999+1": "2021-07-31T23:00:00.999Z",
    "2021-08-01T00:00:00.5-01": "2021-08-01T01:00:00.500Z",
    "2021-08-01T00:00:00.5+130": "2021-07-31T22:30:00.500Z",
    "2021-08-01T00:00:00.5+0130": "2021-07-31T22:30:00.500Z",
    "2021-08-01T00:00:00.5+1:30": "2021-07-31T22:30:00.500Z",
    "2021-08-01T00:00:00.5-23:59": "2021-08-01T23:59:00.500Z",
}


@pytest.mark.parametrize(("start", "result"), READ.items())
def test_every_listed_format_is_read(start: str, result: str) -> None:
    assert plus(0, unit="day", start=start) == result
    assert written(evaluate({"plusTime": [start, 0, "hour"]}, None)) == result


ADDED = [
    ("2021-06-23", 1, "day", "2021-06-24"),
    ("2021-06-23", -180, "day", "2020-12-25"),
    ("2021-06-23", 72, "hour", "2021-06-26"),
    ("2021-06-23", -24, "hour", "2021-06-22"),
    ("2020-02-29", 1, "day", "2020-03-01"),
    ("2020-02-29", 1, "month", "2020-03-29"),
    ("2020-02-29", 1, "year", "2021-03-01"),
    ("2020-02-29", -1, "year", "2019-03-01"),
    ("2020-02-29", 4, "year", "2024-02-29"),
    ("2004-02-29", 18, "year", "2022-03-01"),
    ("2021-01-31", 1, "month", "2021-03-03"),
    ("2020-01-31", 1, "month", "2020-03-02"),
    ("2021-03-31", -1, "month", "2021-03-03"),
    ("2021-12-01", 1, "month", "2022-01-01"),
    ("2021-12-31", 14, "month", "2023-03-03"),
    ("2021-12-01", -12, "month", "2020-12-01"),
    ("2021-01-15", -1, "month", "2020-12-15"),
    ("2022-03-01", 0, "year", "2022-03-01"),
    ("2022", 1, "day", "2023-01-01"),
    ("2022-02", 1, "month", "2022-03-28"),
]


@pytest.mark.parametrize(("start", "amount", "unit", "result"), ADDED)
def test_what_a_month_lacks_runs_into_the_next(
    start: str, amount: int, unit: str, result: str
) -> None:
    assert plus(amount, unit=unit, start=start) == f"{result}T00:00:00.000Z"


def test_adding_is_done_in_utc_and_keeps_the_time_of_day() -> None:
    assert plus(1, unit="month", start="2021-01-31T00:30:00.25+01:00") == "2021-03-02T23:30:00.250Z"


@pytest.mark.parametrize("born", ["2004", "2004-02", "2004-02-29"])
def test_a_date_of_birth_is_the_last_day_that_it_can_be(born: str) -> None:
    expected = "2004-12-31" if born == "2004" else "2004-02-29"
    for logic in ({"dccDateOfBirth": [born]}, {"dccDateOfBirth": [IT]}):
        assert written(evaluate(logic, born)) == f"{expected}T00:00:00.000Z"


NO_DATES = {
    "nothing": "",
    "words": "yesterday",
    "a short year": "21-05-04",
    "a long year": "12021-05-04",
    "one digit of a month": "2021-5",
    "a month that is none": "2022-13",
    "month zero": "2022-00",
    "a day that is none": "2021-09-99",
    "30 February": "2021-02-30",
    "29 February of another year": "2021-02-29",
    "hour 24": "2021-05-04T24:00:00Z",
    "second 60": "2021-05-04T23:59:60Z",
    "no seconds": "2021-05-04T13:37Z",
    "a small t": "2021-05-04t13:37:42Z",
    "a small z": "2021-05-04T13:37:42z",
    "a blank for T": "2021-05-04 13:37:42Z",
    "a blank behind": "2021-05-04 ",
    "a line end behind": "2021-05-04\n",
    "a time on a month": "2021-05T13:37:42Z",
    "no decimals": "2021-05-04T13:37:42.Z",
    "a comma": "2021-05-04T13:37:42,5Z",
    "an offset of a day": "2021-05-04T13:37:42+24:00",
    "sixty minutes": "2021-05-04T13:37:42+01:60",
    "half an offset": "2021-05-04T13:37:42+01:",
    "five digits of offset": "2021-05-04T13:37:42+01000",
    "a sign alone": "2021-05-04T13:37:42+",
    "Arabic digits": "٢٠٢١-٠٥-٠٤",
    "year zero": "0000-01-01",
    "before year one": "0001-01-01T00:00:00+01:00",
    "after year 9999": "9999-12-31T23:59:59-01:00",
}


@pytest.mark.parametrize("start", NO_DATES.values(), ids=NO_DATES.keys())
def test_what_is_no_date_has_no_value_and_is_refused_as_a_literal(start: str) -> None:
    with pytest.raises(CertLogicError):
        evaluate({"plusTime": [IT, 0, "day"]}, start)
    with pytest.raises(CertLogicError):
        check({"if": [False, {"plusTime": [start, 0, "day"]}, 1]})


@pytest.mark.parametrize("born", ["2004-02-29T00:00:00Z", *NO_DATES.values()])
def test_what_is_no_day_is_no_date_of_birth(born: str) -> None:
    with pytest.raises(CertLogicError):
        evaluate({"dccDateOfBirth": [IT]}, born)
    with pytest.raises(CertLogicError):
        check({"dccDateOfBirth": [born]})


@pytest.mark.parametrize("unit", ["year", "month", "day", "hour"])
@pytest.mark.parametrize("amount", [10**9, -(10**9), 2**53 - 1, 1 - 2**53])
def test_years_outside_the_calendar_are_an_error(amount: int, unit: str) -> None:
    with pytest.raises(CertLogicError, match="outside the years"):
        evaluate({"plusTime": [IT, amount, unit]}, "2021-01-01")
    with pytest.raises(CertLogicError, match="outside the years"):
        check({"plusTime": ["2021-01-01", amount, unit]})

"""CertLogic: what is truthy, what is the same, what lies at the end of a path, what counts."""

from datetime import UTC, datetime
from typing import Any

import pytest

from scanner.rules.certlogic import CertLogicError, evaluate

IT = {"var": ""}
MIDNIGHT = datetime(2022, 1, 1, tzinfo=UTC)
NOW = {"plusTime": ["2022-01-01", 0, "day"]}

TRUTHY: dict[str, Any] = {
    "true": True,
    "a text": "0",
    "a number": -1,
    "a whole number with a decimal": 2.0,
    "an array": [None],
    "an object": {"a": None},
}
FALSY: dict[str, Any] = {
    "false": False,
    "null": None,
    "no text": "",
    "zero": 0,
    "zero with a decimal": 0.0,
    "an empty array": [],
    "an empty object": {},
}


@pytest.mark.parametrize("value", TRUTHY.values(), ids=TRUTHY.keys())
def test_what_is_truthy_takes_the_first_way(value: Any) -> None:
    assert evaluate({"if": [IT, "then", "else"]}, value) == "then"
    assert evaluate({"!": [IT]}, value) is False
    assert evaluate({"and": [IT, "last"]}, value) == "last"


@pytest.mark.parametrize("value", FALSY.values(), ids=FALSY.keys())
def test_what_is_falsy_takes_the_second_way(value: Any) -> None:
    assert evaluate({"if": [IT, "then", "else"]}, value) == "else"
    assert evaluate({"!": [IT]}, value) is True
    assert evaluate({"and": [IT, "last"]}, value) == value


NEITHER: dict[str, Any] = {
    "a fraction": 1.5,
    "no number": float("nan"),
    "endless": float("inf"),
    "a tuple": (),
    "bytes": b"",
}


@pytest.mark.parametrize("value", NEITHER.values(), ids=NEITHER.keys())
@pytest.mark.parametrize("logic", [{"if": [IT, 1, 2]}, {"!": [IT]}, {"and": [IT, 1]}])
def test_what_is_neither_truthy_nor_falsy_decides_nothing(logic: Any, value: Any) -> None:
    with pytest.raises(CertLogicError, match="neither truthy nor falsy"):
        evaluate(logic, value)


def test_a_date_time_decides_nothing_not_even_as_the_last_operand() -> None:
    with pytest.raises(CertLogicError, match="neither truthy nor falsy"):
        evaluate({"and": [True, NOW]}, None)


SAME: dict[str, tuple[Any, Any]] = {
    "texts": ("a", "a"),
    "numbers": (7, 7),
    "one number in two writings": (2, 2.0),
    "booleans": (True, True),
    "nothing": (None, None),
}
NOT_SAME: dict[str, tuple[Any, Any]] = {
    "other texts": ("a", "A"),
    "true and one": (True, 1),
    "one and true": (1.0, True),
    "false and zero": (False, 0),
    "a number and its text": (1, "1"),
    "nothing and false": (None, False),
    "nothing and no text": (None, ""),
    "an array and its item": (["a"], "a"),
    "an array and an object": ([], {}),
}


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME.keys())
def test_the_same_is_the_same_and_is_in_its_array(pair: tuple[Any, Any]) -> None:
    left, right = pair
    assert evaluate({"===": [{"var": "0"}, {"var": "1"}]}, [left, right]) is True
    assert evaluate({"in": [{"var": "0"}, {"var": "1"}]}, [left, [None, right]]) is True


@pytest.mark.parametrize("pair", NOT_SAME.values(), ids=NOT_SAME.keys())
def test_nothing_else_is_the_same(pair: tuple[Any, Any]) -> None:
    left, right = pair
    assert evaluate({"===": [{"var": "0"}, {"var": "1"}]}, [left, right]) is False
    assert evaluate({"in": [{"var": "0"}, {"var": "1"}]}, [left, [right]]) is False


@pytest.mark.parametrize("value", [[], {}, ["a"]])
def test_two_arrays_or_objects_cannot_be_compared(value: Any) -> None:
    with pytest.raises(CertLogicError, match="cannot be compared"):
        evaluate({"===": [IT, IT]}, value)


def test_two_date_times_are_compared_by_their_own_operations_only() -> None:
    with pytest.raises(CertLogicError, match="cannot be compared"):
        evaluate({"===": [NOW, NOW]}, None)
    assert evaluate({"not-after": [NOW, NOW, NOW]}, None) is True


DATA = {"v": [{"dn": 2, "1": "one"}], "": "unnamed", "n": None}
PATHS: dict[str, Any] = {
    "": DATA,
    "v.0.dn": 2,
    "v.0.1": "one",
    "v.1": None,
    "v.-1": None,
    "v.dn": None,
    "v.0.dn.0": None,
    "v.999999999": None,
    "v.9999999999": None,
    "v.²": None,
    "n.0": None,
    "missing": None,
    "v.0.1.0": None,
}


@pytest.mark.parametrize(("path", "value"), PATHS.items())
def test_a_path_leads_to_a_value_or_to_null(path: str, value: Any) -> None:
    assert evaluate({"var": path}, DATA) == value


PARTS: dict[str, list[str | None]] = {
    "URN:UVCI:01:NL:187/375#B": ["01", "NL", "187", "375", "B", None],
    "01:NL:187": ["01", "NL", "187", None],
    "a::c/#/f": ["a", "", "c", "", "", "f", None],
    "": ["", None],
}


@pytest.mark.parametrize(("uci", "parts"), PARTS.items())
def test_a_certificate_identifier_is_read_part_by_part(uci: str, parts: list[str | None]) -> None:
    found = [evaluate({"extractFromUVCI": [IT, at]}, uci) for at in range(len(parts))]
    assert found == parts
    assert evaluate({"extractFromUVCI": [IT, -1]}, uci) is None


def test_no_identifier_has_no_parts() -> None:
    assert evaluate({"extractFromUVCI": [{"var": "ci"}, 0]}, {}) is None


SUM = {"reduce": [{"var": "all"}, {"+": [{"var": "accumulator"}, {"var": "current"}]}, 0]}


def test_reduce_goes_through_an_array_from_left_to_right() -> None:
    assert evaluate(SUM, {"all": [1, 2, 3.0]}) == 6
    assert evaluate(SUM, {"all": []}) == 0
    assert evaluate(SUM, {}) == 0
    assert evaluate({"reduce": [["a", "b"], {"var": "current"}, "z"]}, None) == "b"


def test_reduce_sees_nothing_of_the_data_around_it() -> None:
    seen = {"reduce": [[1], [{"var": "data"}, {"var": "all"}], 0]}
    assert evaluate(seen, {"all": 1}) == [None, None]


UNFIT: dict[str, tuple[Any, Any, str]] = {
    "a text as a number": ({">": [IT, 1]}, "2", "no whole number"),
    "true as a number": ({"<": [0, IT]}, True, "no whole number"),
    "nothing as a number": ({"+": [IT, 1]}, None, "no whole number"),
    "a fraction as a number": ({"<=": [0, 1, IT]}, 0.5, "no whole number"),
    "a text as a date-time": ({"before": [NOW, IT]}, "2022-01-01", "no date-time"),
    "a number as a date": ({"plusTime": [IT, 0, "day"]}, 2022, "no text"),
    "a date-time as a date": ({"plusTime": [NOW, 0, "day"]}, None, "no text"),
    "nothing as a date of birth": ({"dccDateOfBirth": [IT]}, None, "no text"),
    "an endless date": ({"plusTime": [IT, 0, "day"]}, "2" * 1001, "longer than 1000"),
    "an endless identifier": ({"extractFromUVCI": [IT, 0]}, ":" * 1001, "longer than 1000"),
    "a number as an identifier": ({"extractFromUVCI": [IT, 0]}, 1, "no text"),
    "a text as an array": ({"in": ["a", IT]}, "abc", "no array"),
    "nothing as an array": ({"in": ["a", IT]}, None, "no array"),
    "an object to go through": ({"reduce": [IT, 1, 0]}, {}, "no array"),
    "a sum that is not exact": ({"+": [IT, 1]}, 2**53 - 1, "too large"),
}


@pytest.mark.parametrize(("logic", "data", "words"), UNFIT.values(), ids=UNFIT.keys())
def test_data_that_do_not_fit_an_operation_have_no_value(logic: Any, data: Any, words: str) -> None:
    with pytest.raises(CertLogicError, match=words):
        evaluate(logic, data)


def test_operands_that_are_not_needed_are_not_evaluated() -> None:
    fails = {"+": ["a", 1]}
    assert evaluate({"if": [True, 1, fails]}, None) == 1
    assert evaluate({"if": [False, fails, 2]}, None) == 2
    assert evaluate({"and": ["", fails]}, None) == ""


def test_comparisons_take_two_or_three_operands() -> None:
    assert evaluate({"<": [1, 2, 3]}, None) is True
    assert evaluate({"<": [1, 3, 2]}, None) is False
    assert evaluate({">=": [3, 3, 2]}, None) is True
    assert evaluate({"after": [{"plusTime": [IT, 1, "hour"]}, NOW]}, "2022-01-01") is True


def test_an_array_is_evaluated_item_by_item() -> None:
    assert evaluate([1.0, [IT], True, NOW], "x") == [1, ["x"], True, MIDNIGHT]


def test_an_error_never_quotes_the_data() -> None:
    for logic in ({"dccDateOfBirth": [IT]}, {"+": [IT, 1]}, {"in": [1, IT]}):
        with pytest.raises(CertLogicError) as caught:
            evaluate(logic, "1964-08-32")
        assert "1964" not in str(caught.value)

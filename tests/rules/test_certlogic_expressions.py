"""CertLogic: an expression is checked as a whole before any of it is evaluated."""

from collections.abc import Callable
from typing import Any

import pytest

from scanner.rules.certlogic import CertLogicError, check, evaluate, prepare
from scanner.rules.certlogic.expression import MAX_LEVELS, MAX_SIZE
from scanner.rules.certlogic.steps import MAX_NESTING, MAX_STEPS
from scanner.terms import ScannerError

IT = {"var": ""}


def nested(levels: int, *, wrap: Callable[[Any], Any]) -> Any:
    logic: Any = True
    for _ in range(levels):
        logic = wrap(logic)
    return logic


def in_a_list(logic: Any) -> Any:
    return [logic]


def negated(logic: Any) -> Any:
    return {"!": [logic]}


def within_itself() -> Any:
    logic: dict[str, Any] = {"and": [True]}
    logic["and"].append(logic)
    return logic


def doubled_within_itself() -> Any:
    logic: list[Any] = []
    logic += [logic] * 3
    return logic


VALID: dict[str, Any] = {
    "a text": "",
    "a boolean": False,
    "a whole number": 42,
    "a whole number with a decimal": 42.0,
    "an empty array": [],
    "an array": ["a", [1, IT]],
    "all data": IT,
    "a path": {"var": "payload.v.0.dn"},
    "an index": {"var": "1"},
    "many conditions": {"and": [IT] * 100},
    "an amount with a decimal": {"plusTime": [IT, 2.0, "day"]},
    "the deepest": nested(MAX_LEVELS - 1, wrap=negated),
    "the largest": [True] * (MAX_SIZE - 1),
}


@pytest.mark.parametrize("logic", VALID.values(), ids=VALID.keys())
def test_a_valid_expression_is_taken(logic: Any) -> None:
    check(logic)


INVALID: dict[str, tuple[Any, str]] = {
    "null": (None, "no boolean, whole number"),
    "a fraction": (3.14, "no boolean, whole number"),
    "no number": (float("nan"), "no boolean, whole number"),
    "an endless number": (float("inf"), "no boolean, whole number"),
    "a number that is not exact": (2**53, "too large"),
    "a number of 5,000 digits": (10**5000, "too large"),
    "a tuple": ((), "no boolean, whole number"),
    "null in an array": ([1, None], "no boolean, whole number"),
    "no operation": ({}, "exactly one key, not 0"),
    "two operations": ({"!": [1], "in": [1, []]}, "exactly one key, not 2"),
    "an unknown operator": ({"xor": [True, False]}, "unknown operator 'xor'"),
    "an operator of JsonLogic": ({"or": [True, False]}, "unknown operator 'or'"),
    "two equal signs": ({"==": [1, 1]}, "unknown operator '=='"),
    "an endless operator": ({"x" * 9999: []}, r"unknown operator 'x{1,20}\.\.\.x{1,20}'"),
    "an operator of two lines": ({"a\nb": []}, r"unknown operator 'a\\nb'"),
    "an operator that is a number": ({1: []}, "unknown operator that is no text"),
    "an operator that is unknown, without operands": ({"all": None}, "unknown operator 'all'"),
    "a bare operand": ({"!": True}, 'not of the form {"!": '),
    "an operand as an object": ({"and": {"0": 1}}, 'not of the form {"and": '),
    "no operands": ({"===": []}, '"===" with 0 operands'),
    "one condition": ({"and": [True]}, '"and" with 1 operands'),
    "no else": ({"if": [True, 1]}, '"if" with 2 operands'),
    "two elses": ({"if": [True, 1, 2, 3]}, '"if" with 4 operands'),
    "four sides": ({"<": [1, 2, 3, 4]}, '"<" with 4 operands'),
    "three sides of a sum": ({"+": [1, 2, 3]}, r'"\+" with 3 operands'),
    "a path as a number": ({"var": 0}, 'not of the form {"var"'),
    "a path as a list": ({"var": ["x"]}, 'not of the form {"var"'),
    "a path that ends in a dot": ({"var": "x."}, "an empty part"),
    "a path that is a dot": ({"var": "."}, "an empty part"),
    "a path of 5,001 parts": ({"var": "x" + ".x" * MAX_SIZE}, "more than 5000"),
    "an unknown unit": ({"plusTime": [IT, 1, "week"]}, "one of year, month, day, hour"),
    "a unit in a list": ({"plusTime": [IT, 1, ["day"]]}, "one of year, month, day, hour"),
    "an amount as a text": ({"plusTime": [IT, "1", "day"]}, "must be a whole number"),
    "an amount that is worked out": ({"plusTime": [IT, {"+": [1, 1]}, "day"]}, "must be a whole"),
    "true as an amount": ({"plusTime": [IT, True, "day"]}, "must be a whole number"),
    "a number as a date": ({"plusTime": [2021, 1, "day"]}, "no text"),
    "half an index": ({"extractFromUVCI": [IT, 0.5]}, "must be a whole number"),
    "a fault deep inside": ({"if": [True, 1, {"!": [{"in": ["a", {"b": []}]}]}]}, "operator 'b'"),
    "one level too many": (nested(MAX_LEVELS, wrap=negated), "more than 64 levels"),
    "10,000 levels of operations": (nested(10_000, wrap=negated), "more than 64 levels"),
    "10,000 levels of arrays": (nested(10_000, wrap=in_a_list), "more than 64 levels"),
    "an expression inside itself": (within_itself(), "an expression inside itself"),
    "an array three times inside itself": (doubled_within_itself(), "inside itself"),
    "one expression too many": ([True] * MAX_SIZE, "more than 5000 expressions"),
    "a shared expression": (nested(20, wrap=lambda one: [one, one]), "more than 5000 expressions"),
}


@pytest.mark.parametrize(("logic", "words"), INVALID.values(), ids=INVALID.keys())
def test_an_invalid_expression_is_refused_in_one_line(logic: Any, words: str) -> None:
    with pytest.raises(CertLogicError, match=words) as caught:
        check(logic)
    assert len(str(caught.value)) < 120
    assert str(caught.value).isprintable()
    with pytest.raises(CertLogicError):
        evaluate({"if": [True, 1, logic]}, None)


def test_an_error_of_an_expression_is_one_of_this_project() -> None:
    assert issubclass(CertLogicError, ScannerError)


def test_a_prepared_expression_tells_what_it_reads_and_is_evaluated_again_and_again() -> None:
    logic = {"if": [{"var": "a.0"}, {"+": [{"var": "a.0"}, {"var": "b"}]}, 0]}
    expression = prepare(logic)
    assert expression.paths == {"a.0", "b"}
    assert [expression.evaluate({"a": [n], "b": 1}) for n in range(3)] == [0, 2, 3]


def test_the_deepest_expression_is_evaluated() -> None:
    assert evaluate(nested(MAX_LEVELS - 1, wrap=negated), None) is False


MANY = list(range(300))
GROWING: dict[str, tuple[Any, str]] = {
    "an accumulator that doubles": ([{"var": "accumulator"}] * 2, "takes more than"),
    "an accumulator that is wrapped": ([{"var": "accumulator"}], "levels"),
    "all data around themselves": ({"var": ""}, "takes more than"),
    "large data again and again": ([{"var": "current.x"}] * 100, "takes more than"),
    "an array in each round": ({"reduce": [MANY, {"var": "current"}, 0]}, "takes more than"),
    "a search in each round": ({"in": [-1, {"var": "current.x"}]}, "takes more than"),
}


@pytest.mark.parametrize(("fold", "words"), GROWING.values(), ids=GROWING.keys())
def test_what_reduce_repeats_and_builds_is_bounded(fold: Any, words: str) -> None:
    with pytest.raises(CertLogicError, match=words):
        evaluate({"reduce": [IT, fold, 0]}, [{"x": MANY}] * 300)


def test_what_may_just_be_built_is_built() -> None:
    wrapped = evaluate({"reduce": [IT, [{"var": "accumulator"}], 0]}, [0] * (MAX_NESTING - 1))
    for _ in range(MAX_NESTING - 1):
        (wrapped,) = wrapped
    assert wrapped == 0


def test_a_search_through_too_much_has_no_value() -> None:
    assert evaluate({"in": ["a", IT]}, ["b"] * MAX_STEPS) is False
    with pytest.raises(CertLogicError, match="takes more than 20000 steps"):
        evaluate({"in": ["a", IT]}, ["b"] * (MAX_STEPS + 1))


def test_data_of_any_depth_are_passed_through_untouched() -> None:
    deep = nested(100_000, wrap=in_a_list)
    assert evaluate(IT, deep) is deep
    assert evaluate({"!": [IT]}, deep) is False
    with pytest.raises(CertLogicError, match="levels"):
        evaluate({"reduce": [[1], [{"var": "accumulator"}], IT]}, deep)
    while deep is not True:  # taken apart from the outside: nothing frees it recursively
        (deep,) = deep

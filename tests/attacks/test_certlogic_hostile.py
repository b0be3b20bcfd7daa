"""20,000 random and hostile expressions on hostile data: only `CertLogicError` leaves, and soon."""

import json
import random
from collections.abc import Callable
from time import process_time
from typing import Any, Final

import pytest

from scanner.rules.certlogic import CertLogicError, check, evaluate
from scanner.rules.certlogic.operations import OPERATIONS

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

# Half are random from the root; half are valid rules with one wrong thing inside.
RANDOM: Final = 10_000
BROKEN: Final = 10_000
# The dearest legal evaluation takes 20 ms here; a machine under load may take ten times that.
MAX_ONE_S: Final = 0.5
MAX_CPU_S: Final = 60

OPERATORS: Final = (*OPERATIONS, "or", "==", "all", "map", "log", "__class__", "", "var")
PATHS: Final = (
    "", "a", "a.0", "a.b.c", "d", "n", "long", "current", "accumulator", "current.0", ".", "a..b",
    "a.99999999999999999999", "__class__.__mro__", "a.-1", "\ud800", "\x00",
)  # fmt: skip
TEXTS: Final = (
    "", "2021-01-31", "2020-02-29T23:59:59.999999999+1:30", "0001", "9999-12", "2021-02-30",
    "9" * 2000, "URN:UVCI:01:AT:1#2", "day", "month", "year", "hour", "\ud800", "۲۰۲۱", "a\nb",
)  # fmt: skip
NUMBERS: Final = (
    0, 1, -1, 2, 12, 400, 10**9, -(10**9), 2**53, -(2**63), 10**400, 0.0, -0.0, 2.0, 0.5, 1e308,
    float("inf"), float("-inf"), float("nan"),
)  # fmt: skip
STRANGERS: Final[tuple[Any, ...]] = (
    None, True, False, (), b"", set(), object(), {1: 2}, {None: []}, {("a",): [1, 2]}, print, ...,
)  # fmt: skip


def deep(levels: int, *, wrap: Callable[[Any], Any]) -> Any:
    made: Any = "x"
    for _ in range(levels):
        made = wrap(made)
    return made


def in_itself() -> Any:
    made: dict[str, Any] = {"and": [True, {"var": ""}]}
    made["and"].append(made)
    return made


HUGE: Final[tuple[Any, ...]] = (
    deep(10_000, wrap=lambda inner: [inner]),
    deep(10_000, wrap=lambda inner: {"!": [inner]}),
    deep(40, wrap=lambda inner: [inner, inner]),
    deep(40, wrap=lambda inner: {"if": [True, inner, inner]}),
    [1] * 100_000,
    {"and": [True] * 100_000},
    in_itself(),
)
LONG: Final = list(range(5_000))
DATA: Final[tuple[Any, ...]] = (
    {"a": [1, {"b": {"c": "2021-01-31"}}], "d": "2004", "n": None, "long": LONG},
    {"a": {"b": {"c": 2.0}}, "d": "9" * 100_000, "long": [LONG] * 50, "current": 1},
    {"a": HUGE[0], "d": object(), "long": ["URN:UVCI:01:AT:1"] * 5_000},
    [[["a"]], 1.5, float("nan")],
    None,
    "2021-01-01",
    in_itself(),
)


def leaf(chance: random.Random) -> Any:
    match chance.randrange(8):
        case 0 | 1:
            return {"var": chance.choice(PATHS)}
        case 2 | 3:
            return chance.choice(TEXTS)
        case 4 | 5:
            return chance.choice(NUMBERS)
        case 6:
            return chance.choice(STRANGERS)
        case _:
            return chance.choice(HUGE) if chance.random() < 0.1 else True


def any_expression(chance: random.Random, levels: int) -> Any:
    """Make whatever looks like an expression: any operator on any number of anything."""
    if levels == 0 or chance.random() < 0.2:
        return leaf(chance)
    operands: Any = [any_expression(chance, levels - 1) for _ in range(chance.randrange(5))]
    if chance.random() < 0.1:
        return operands
    if chance.random() < 0.05:
        operands = leaf(chance)
    name: Any = chance.choice(OPERATORS) if chance.random() < 0.95 else chance.choice((1, None, ()))
    return {name: operands}


def valid_expression(chance: random.Random, levels: int) -> Any:
    """Make an expression that is valid, whatever its data; the reductions are expensive ones."""

    def inner() -> Any:
        return valid_expression(chance, levels - 1)

    if levels == 0:
        return chance.choice([{"var": "a"}, {"var": "long"}, {"var": "accumulator"}, "a", 1, True])
    match chance.choice(tuple(OPERATIONS)):
        case "plusTime":
            unit = chance.choice(("year", "month", "day", "hour"))
            return {"plusTime": [{"var": "d"}, chance.choice((0, 1, -18, 10**15)), unit]}
        case "dccDateOfBirth":
            return {"dccDateOfBirth": [{"var": "d"}]}
        case "extractFromUVCI":
            return {"extractFromUVCI": [inner(), chance.choice((-1, 0, 3))]}
        case "reduce":
            return {"reduce": [{"var": chance.choice(("long", "current"))}, inner(), inner()]}
        case name:
            return {name: [inner() for _ in range(OPERATIONS[name].least)]}


def broken_expression(chance: random.Random) -> Any:
    """Put something wrong, or nothing, at one place of a valid expression."""
    made = valid_expression(chance, 4)
    place = made
    while isinstance(place, dict) and chance.random() < 0.7:
        ((_, operands),) = place.items()
        if not isinstance(operands, list):
            break
        at = chance.randrange(len(operands))
        if chance.random() < 0.3:
            operands[at] = leaf(chance)
            break
        place = operands[at]
    return made


def outcome(logic: Any, data: Any) -> bool:
    """Return whether there is a value; anything but `CertLogicError` fails the test."""
    started = process_time()
    words = ""
    try:
        check(logic)
        evaluate(logic, data)
    except CertLogicError as error:
        words = str(error)
    assert process_time() - started < MAX_ONE_S
    assert len(words) < 120
    assert not words or words.isprintable()
    return not words


@pytest.mark.parametrize(
    ("times", "make"),
    [(RANDOM, lambda chance: any_expression(chance, 5)), (BROKEN, broken_expression)],
    ids=["random", "broken"],
)
def test_only_its_own_error_leaves_and_soon(
    times: int, make: Callable[[random.Random], Any]
) -> None:
    chance = random.Random(1333)  # noqa: S311 - the same in every run
    started = process_time()
    found = [outcome(make(chance), chance.choice(DATA)) for _ in range(times)]
    assert process_time() - started < MAX_CPU_S
    assert {True, False} == set(found)  # neither all refused at the door nor all taken


@pytest.mark.parametrize("data", DATA, ids=range(len(DATA)))
def test_what_is_huge_is_refused_when_it_is_read(data: Any) -> None:
    for logic in HUGE:
        assert outcome(logic, data) is False


DEAR: Final[dict[str, Any]] = {
    "a search": {"in": [0.5, [{"var": ""}]]},
    "a date": {"plusTime": [{"var": "current"}, 1, "month"]},
    "an identifier": {"extractFromUVCI": [{"var": "current"}, 999]},
    "an array": [{"var": "current"}] * 50,
    "a reduction": deep(20, wrap=lambda inner: {"reduce": [[1, 2, 3, 4], inner, 0]}),
}


@pytest.mark.parametrize("fold", DEAR.values(), ids=DEAR.keys())
@pytest.mark.parametrize("current", [1, ":" * 1000, "2021-01-31T00:00:00." + "1" * 900])
def test_no_reduction_goes_on_for_long(fold: Any, current: Any) -> None:
    outcome({"reduce": [{"var": ""}, fold, 0]}, [current] * 100_000)


def test_an_expression_is_never_changed_by_its_evaluation() -> None:
    chance = random.Random(7)  # noqa: S311 - the same in every run
    for _ in range(500):
        logic = valid_expression(chance, 4)
        before = json.dumps(logic)
        outcome(logic, DATA[0])
        assert json.dumps(logic) == before

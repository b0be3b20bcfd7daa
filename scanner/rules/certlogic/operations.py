"""The operations of CertLogic 1.3.3, each as what reads its operands once and then runs.

An operation that names a literal operand (amount, unit, index, a date) has it checked when
it is read, so that a rule set with a wrong one is refused before it meets a guest.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from scanner.rules.certlogic import dates, values
from scanner.rules.certlogic.dates import Unit
from scanner.rules.certlogic.error import CertLogicError
from scanner.rules.certlogic.steps import Steps

Step = Callable[[Any, Steps], Any]


class Reader(Protocol):
    """What reads the expressions inside an operation."""

    @property
    def size(self) -> int:
        """Return how many expressions were read so far."""

    def read(self, logic: Any) -> Step:
        """Read one expression."""


Build = Callable[[list[Any], Reader], Step]


@dataclass(frozen=True, slots=True)
class Operation:
    """How many operands an operation takes, and what it does with them."""

    least: int
    most: int
    build: Build


def _if(operands: list[Any], reader: Reader) -> Step:
    guard, then, otherwise = map(reader.read, operands)

    def run(data: Any, steps: Steps) -> Any:
        chosen = then if values.is_truthy(guard(data, steps)) else otherwise
        return chosen(data, steps)

    return run


def _and(operands: list[Any], reader: Reader) -> Step:
    conditions = [reader.read(operand) for operand in operands]

    def run(data: Any, steps: Steps) -> Any:
        found = None
        for condition in conditions:
            found = condition(data, steps)
            if not values.is_truthy(found):
                break
        return found

    return run


def _not(operands: list[Any], reader: Reader) -> Step:
    (operand,) = map(reader.read, operands)
    return lambda data, steps: not values.is_truthy(operand(data, steps))


def _same(operands: list[Any], reader: Reader) -> Step:
    left, right = map(reader.read, operands)
    return lambda data, steps: values.same(left(data, steps), right(data, steps))


def _in(operands: list[Any], reader: Reader) -> Step:
    item, array = map(reader.read, operands)

    def run(data: Any, steps: Steps) -> bool:
        sought, among = item(data, steps), array(data, steps)
        if type(among) is not list:
            raise CertLogicError('the second operand of "in" is no array')
        steps.take(len(among))
        return values.holds(among, item=sought)

    return run


def _plus(operands: list[Any], reader: Reader) -> Step:
    left, right = map(reader.read, operands)

    def run(data: Any, steps: Steps) -> int:
        total = values.whole(left(data, steps)) + values.whole(right(data, steps))
        if abs(total) > values.MAX_INTEGER:
            raise CertLogicError("a sum too large to be exact")
        return total

    return run


def _compared(holds: Callable[[Any, Any], bool], *, as_kind: Callable[[Any], Any]) -> Build:
    """Return what compares two operands, or three of which each holds to the next."""

    def build(operands: list[Any], reader: Reader) -> Step:
        sides = [reader.read(operand) for operand in operands]

        def run(data: Any, steps: Steps) -> bool:
            found = [as_kind(side(data, steps)) for side in sides]
            return all(map(holds, found, found[1:]))

        return run

    return build


def _plus_time(operands: list[Any], reader: Reader) -> Step:
    start, amount, unit = reader.read(operands[0]), values.integer(operands[1]), operands[2]
    if amount is None:
        raise CertLogicError('the amount of "plusTime" must be a whole number')
    units = {one.value: one for one in Unit}
    if type(unit) is not str or unit not in units:
        raise CertLogicError(f'the unit of "plusTime" must be one of {", ".join(units)}')
    chosen = units[unit]

    def run(data: Any, steps: Steps) -> Any:
        written = _text(start(data, steps), steps=steps)
        return dates.shifted(dates.date_time(written), amount=amount, unit=chosen)

    return _checked(run, operand=operands[0])


def _date_of_birth(operands: list[Any], reader: Reader) -> Step:
    born = reader.read(operands[0])

    def run(data: Any, steps: Steps) -> Any:
        return dates.date_of_birth(_text(born(data, steps), steps=steps))

    return _checked(run, operand=operands[0])


def _text(value: Any, *, steps: Steps) -> str:
    """Return a text that will be taken apart, which takes longer the longer it is."""
    found = values.text(value)
    steps.take(len(found))
    return found


def _checked(step: Step, *, operand: Any) -> Step:
    """Run a step once where its operand is a literal: it has one value, or is refused."""
    if isinstance(operand, (dict, list)):
        return step
    value = step(None, Steps())
    return lambda _data, _steps: value


def _reduce(operands: list[Any], reader: Reader) -> Step:
    array, initial = reader.read(operands[0]), reader.read(operands[2])
    before = reader.size
    fold = reader.read(operands[1])
    cost = reader.size - before

    def run(data: Any, steps: Steps) -> Any:
        among, found = array(data, steps), initial(data, steps)
        if among is None:
            return found
        if type(among) is not list:
            raise CertLogicError('the first operand of "reduce" is no array')
        for current in among:
            steps.take(cost)
            found = fold({"accumulator": found, "current": current}, steps)
            steps.take_for(found)
        return found

    return run


def _extract_from_uci(operands: list[Any], reader: Reader) -> Step:
    uci, index = reader.read(operands[0]), values.integer(operands[1])
    if index is None:
        raise CertLogicError('the index of "extractFromUVCI" must be a whole number')

    def run(data: Any, steps: Steps) -> str | None:
        found = uci(data, steps)
        if found is None:
            return None
        return values.uci_part(_text(found, steps=steps), index=index)

    return run


_ANY_NUMBER: Final = 1 << 30

OPERATIONS: Final[Mapping[str, Operation]] = {
    "if": Operation(3, 3, _if),
    "and": Operation(2, _ANY_NUMBER, _and),
    "!": Operation(1, 1, _not),
    "===": Operation(2, 2, _same),
    "in": Operation(2, 2, _in),
    "+": Operation(2, 2, _plus),
    ">": Operation(2, 3, _compared(operator.gt, as_kind=values.whole)),
    "<": Operation(2, 3, _compared(operator.lt, as_kind=values.whole)),
    ">=": Operation(2, 3, _compared(operator.ge, as_kind=values.whole)),
    "<=": Operation(2, 3, _compared(operator.le, as_kind=values.whole)),
    "after": Operation(2, 3, _compared(operator.gt, as_kind=values.instant)),
    "before": Operation(2, 3, _compared(operator.lt, as_kind=values.instant)),
    "not-after": Operation(2, 3, _compared(operator.le, as_kind=values.instant)),
    "not-before": Operation(2, 3, _compared(operator.ge, as_kind=values.instant)),
    "plusTime": Operation(3, 3, _plus_time),
    "dccDateOfBirth": Operation(1, 1, _date_of_birth),
    "reduce": Operation(3, 3, _reduce),
    "extractFromUVCI": Operation(2, 2, _extract_from_uci),
}

"""An expression is read once, which checks all of it, and evaluated any number of times.

Reading turns each operation into a function, so that one walk through the expression both
refuses what is wrong and prepares what is right. It is bounded in levels and in size, which
also ends an object that contains itself.
"""

from dataclasses import dataclass, field
from reprlib import repr as brief
from typing import Any, Final

from scanner.rules.certlogic import values
from scanner.rules.certlogic.error import CertLogicError
from scanner.rules.certlogic.operations import OPERATIONS, Step
from scanner.rules.certlogic.steps import Steps

# Published rules nest 8 levels and hold 42 expressions. A level costs up to five Python frames.
MAX_LEVELS: Final = 64
MAX_SIZE: Final = 5_000


@dataclass(frozen=True, slots=True)
class Expression:
    """A valid CertLogic expression; `paths` is what it reads of its data."""

    _step: Step = field(repr=False)
    paths: frozenset[str]

    def evaluate(self, data: Any) -> Any:
        """Return the value on this data, or raise `CertLogicError`."""
        return self._step(data, Steps())


def prepare(logic: Any) -> Expression:
    """Read an expression, or raise `CertLogicError` for one that is not valid."""
    reading = _Reading()
    step = reading.read(logic)
    return Expression(step, frozenset(reading.paths))


class _Reading:
    def __init__(self) -> None:
        self.paths: set[str] = set()
        self.size = 0
        self._level = 0

    def read(self, logic: Any) -> Step:
        """Return the function that evaluates `logic`."""
        self._grow(1)
        if self._level == MAX_LEVELS:
            raise CertLogicError(f"more than {MAX_LEVELS} levels, or an expression inside itself")
        self._level += 1
        step = self._step(logic)
        self._level -= 1
        return step

    def _grow(self, count: int) -> None:
        self.size += count
        if self.size > MAX_SIZE:
            raise CertLogicError(f"more than {MAX_SIZE} expressions in one")

    def _step(self, logic: Any) -> Step:
        kind = type(logic)
        if kind is dict:
            return self._operation(logic)
        if kind is list:
            return self._array(logic)
        if kind is bool or kind is str:
            return lambda _data, _steps: logic
        return self._number(logic)

    def _number(self, logic: Any) -> Step:
        number = values.integer(logic)
        if number is None:
            raise CertLogicError("a literal that is no boolean, whole number, text or array")
        if abs(number) > values.MAX_INTEGER:
            raise CertLogicError("a number too large to be exact")
        return lambda _data, _steps: number

    def _array(self, logic: list[Any]) -> Step:
        items = [self.read(item) for item in logic]
        return lambda data, steps: [item(data, steps) for item in items]

    def _operation(self, logic: dict[Any, Any]) -> Step:
        if len(logic) != 1:
            raise CertLogicError(f"an operation has exactly one key, not {len(logic)}")
        ((name, operands),) = logic.items()
        if name == "var":
            return self._var(operands)
        if type(name) is not str or name not in OPERATIONS:
            written = brief(name) if type(name) is str else "that is no text"
            raise CertLogicError(f"unknown operator {written}")
        if type(operands) is not list:
            raise CertLogicError(f'not of the form {{"{name}": [OPERAND, ...]}}')
        operation = OPERATIONS[name]
        if not operation.least <= len(operands) <= operation.most:
            raise CertLogicError(f'"{name}" with {len(operands)} operands')
        return operation.build(operands, self)

    def _var(self, written: Any) -> Step:
        path = values.path(written)
        self._grow(len(path))
        self.paths.add(written)
        return lambda data, _steps: values.access(data, path=path)

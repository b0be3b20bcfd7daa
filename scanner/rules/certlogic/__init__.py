"""CertLogic 1.3.3, the language in which states publish the rules for their borders.

Complete: every operation and literal, JavaScript's arithmetic of dates, truthiness as
specified. Bounded in levels, size and steps. Whatever is wrong raises `CertLogicError`
and nothing else: with the expression when it is read, with the data when it is evaluated.

Source: ehn-dcc-development/eu-dcc-business-rules, certlogic/specification. Where it leaves
open what a value is (`===` of two arrays, a time of day in no clock), evaluation fails.
"""

from typing import Any

from scanner.rules.certlogic.error import CertLogicError
from scanner.rules.certlogic.expression import Expression, prepare

__all__ = ["CertLogicError", "Expression", "check", "evaluate", "prepare"]


def evaluate(logic: Any, data: Any) -> Any:
    """Return the value of an expression on data, or raise `CertLogicError`.

    Both are values as JSON has them; date-times come back as aware `datetime` in UTC, in
    whole milliseconds. For one expression and many data: `prepare(logic).evaluate(data)`.
    """
    return prepare(logic).evaluate(data)


def check(logic: Any) -> None:
    """Raise `CertLogicError` unless `logic` is a valid expression."""
    prepare(logic)

"""How much work one evaluation may do.

Without `reduce` the work is bounded by the expression, which is bounded when it is read.
What repeats (`reduce`), searches (`in`), takes texts apart (dates) or builds up (the
accumulator) is counted here.
"""

from typing import Any, Final

from scanner.rules.certlogic.error import CertLogicError

# The dearest published rule takes 100; going through all 250 countries of a value set with a
# lambda of 20 operations takes 5,000. All 20,000 take some 10 ms on a PC, 50 ms on a Pi.
MAX_STEPS: Final = 20_000
# No certificate nests deeper than 8; far below what Python itself can walk through.
MAX_NESTING: Final = 64


class Steps:
    """The steps that are left of one evaluation."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = MAX_STEPS

    def take(self, count: int) -> None:
        """Use `count` steps, or raise `CertLogicError` where so many are not left."""
        self._left -= count
        if self._left < 0:
            raise CertLogicError(f"takes more than {MAX_STEPS} steps")

    def take_for(self, value: Any) -> None:
        """Use one step for each value inside `value`, counted again wherever it is shared.

        A lambda can double its accumulator in each round, or wrap it once more; this
        stops it before anyone walks through the result.
        """
        level = [value]
        for _ in range(MAX_NESTING):
            inner = [one for one in level if type(one) is list or type(one) is dict]
            if not inner:
                return
            self.take(sum(map(len, inner)))
            level = [part for one in inner for part in _parts(one)]
        raise CertLogicError(f"builds up more than {MAX_NESTING} levels")


def _parts(value: Any) -> Any:
    return value.values() if type(value) is dict else value

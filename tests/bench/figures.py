"""Figures as benchmarks print them: measured, the bound that must hold, and whether it does."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

_WIDTHS = (38, 24, 9, 4)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a table; without a bound it is there for comparison."""

    what: str
    measured: str
    bound: str = ""
    holds: bool | None = None

    @property
    def line(self) -> str:
        """Return the figure within 80 columns."""
        verdict = {None: "", True: "ok", False: "over"}[self.holds]
        what, measured, bound, last = _WIDTHS
        return (
            f"{self.what:<{what}} {self.measured:>{measured}} {self.bound:>{bound}} "
            f"{verdict:<{last}}"
        ).rstrip()


def at_most(what: str, value: float, *, bound: float, unit: str, shown: str = "") -> Figure:
    """Make a figure that holds while `value` does not exceed `bound`."""
    return Figure(what, shown or f"{value:.2f} {unit}", f"<= {bound:g} {unit}", value <= bound)


def at_least(what: str, value: float, *, bound: float, unit: str, shown: str = "") -> Figure:
    """Make a figure that holds while `value` does not fall below `bound`."""
    return Figure(what, shown or f"{value:.2f} {unit}", f">= {bound:g} {unit}", value >= bound)


def spread(values: Sequence[float], *, unit: str, digits: int = 1) -> str:
    """Write the median, with the least and the greatest value in brackets."""
    middle, low, high = statistics.median(values), min(values), max(values)
    return f"{middle:.{digits}f} {unit} ({low:.{digits}f}-{high:.{digits}f})"


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` of all lie, by the nearest rank."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, round(share * (len(ranked) - 1)))]

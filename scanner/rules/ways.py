"""Ways to be let in: what an event of a pass must be for one way to be open.

A way is a list of conditions; what fails first says how near a guest came. Sources of the
terms: EU DCC schema 1.3.0 (`dn`, `sd`, `fr`, `df`), and the words of the rule sets themselves.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Final

from scanner.rules.bounds import AHEAD, Age, DaySpan, Lifetime, When
from scanner.rules.claims import HealthEvent, Result, TestType
from scanner.rules.counted import Series, Told, Vaccines, day_of
from scanner.terms import Kind


class Stage(IntEnum):
    """How far an event came; the farther, the nearer to being let in."""

    KIND = 0
    DISEASE = 1
    PRODUCT = 2
    BOOSTER = 3
    SERIES = 4
    PERSON = 5
    DATE = 6
    SPAN = 7


class Origin(Enum):
    """The day from which a recovery counts; any other event has one day only."""

    FIRST_POSITIVE = "first_positive"
    VALID_FROM = "valid_from"


@dataclass(frozen=True, slots=True)
class Miss:
    """Why a way is closed, in words for a guest."""

    stage: Stage
    words: str


@dataclass(frozen=True, slots=True)
class Case:
    """One event of one pass at one moment."""

    event: HealthEvent
    told: Told
    when: When


Condition = Callable[[Case], Miss | None]
"""One thing that an event has to be: says why it is not, or None."""

_SINCE: Final = {
    Kind.VACCINATION: "the last dose",
    Kind.RECOVERY: "the first positive test",
    Kind.EXEMPTION: "it was issued",
}


def of_disease(codes: frozenset[str]) -> Condition:
    """Ask for one of these diseases; an event that names none is about another."""

    def miss(case: Case) -> Miss | None:
        if case.event.disease in codes:
            return None
        words = f"the {case.event.kind.value} is not for the disease asked for"
        return Miss(Stage.DISEASE, words)

    return miss


def of_product(codes: frozenset[str]) -> Condition:
    """Ask for a vaccine that counts here."""

    def miss(case: Case) -> Miss | None:
        if case.event.product in codes:
            return None
        return Miss(Stage.PRODUCT, "the vaccine does not count here")

    return miss


def of_series(series: Series, *, vaccines: Vaccines) -> Condition:
    """Ask for a dose that completes the series, or for one more."""

    def miss(case: Case) -> Miss | None:
        event = case.event
        if vaccines.reaches(series, event=event):
            return None
        if event.dose is None or event.of is None:
            return Miss(Stage.DISEASE, "the vaccination does not tell which dose it was")
        count = f"dose {event.dose} of {event.of}"
        if series is Series.COMPLETE:
            return Miss(Stage.SERIES, f"{count}; the series is not complete")
        # Nearer to a series than to a booster after it, whichever way the set names first.
        return Miss(Stage.BOOSTER, f"{count}; a booster comes after the series")

    return miss


def negative_test(types: frozenset[TestType]) -> Condition:
    """Ask for a test of one of these types that found nothing."""

    def miss(case: Case) -> Miss | None:
        if case.event.test not in types:
            counted = " or ".join(sorted(one.value for one in types))
            return Miss(Stage.PRODUCT, f"this type of test does not count; {counted} does")
        if case.event.result is not Result.NEGATIVE:
            return Miss(Stage.SERIES, "the test must not have found the virus")
        return None

    return miss


def of_age(age: Age) -> Condition:
    """Ask for a holder whose date of birth fits."""

    def miss(case: Case) -> Miss | None:
        holder = case.told.holder
        if holder is not None and age.holds(holder.born, today=case.when.today):
            return None
        return Miss(Stage.PERSON, "the date of birth does not fit")

    return miss


def past(case: Case) -> Miss | None:
    """Ask that it has happened, on a day that can be read."""
    day = day_of(case.event)
    if day is not None and day <= case.when.today:
        return None
    words = "names no day that can be read" if day is None else "is dated in the future"
    return Miss(Stage.DATE, f"the {case.event.kind.value} {words}")


def in_days(span: DaySpan, *, origin: Origin = Origin.FIRST_POSITIVE) -> Condition:
    """Ask that it is so many days ago."""

    def miss(case: Case) -> Miss | None:
        event = case.event
        start, since = event.on, _SINCE[event.kind]
        if origin is Origin.VALID_FROM:
            start, since = event.valid_from, "the first day of validity"
        if start is None:
            return Miss(Stage.DATE, f"the {event.kind.value} does not name the day of {since}")
        days = (case.when.today - start).days
        # Counted from a day still to come, it has not begun, whether or not the set says so.
        if days < 0:
            return Miss(Stage.SPAN, f"counts from {start}")
        words = span.miss(days, since=since)
        return None if words is None else Miss(Stage.SPAN, words)

    return miss


def in_own_dates(case: Case) -> Miss | None:
    """Ask for the days that a recovery or an exemption itself names."""
    event, today = case.event, case.when.today
    if event.valid_from is not None and today < event.valid_from:
        return Miss(Stage.SPAN, f"valid from {event.valid_from}")
    if event.valid_until is not None and today > event.valid_until:
        return Miss(Stage.SPAN, f"valid until {event.valid_until}")
    return None


def in_life(lifetime: Lifetime) -> Condition:
    """Ask for a test that was taken, and is not too old."""

    def miss(case: Case) -> Miss | None:
        at = case.event.at
        if at is None:
            return Miss(Stage.DATE, "the test names no time that can be read")
        if at - case.when.now > AHEAD:
            return Miss(Stage.DATE, "the test is dated in the future")
        words = lifetime.miss(at, when=case.when)
        return None if words is None else Miss(Stage.SPAN, words)

    return miss


@dataclass(frozen=True, slots=True)
class Way:
    """One kind of event, and what it has to be, the first condition first."""

    kind: Kind
    words: str
    conditions: tuple[Condition, ...]

    def fitting(self, told: Told, *, when: When) -> Iterator[HealthEvent]:
        """Yield the events of a pass for which the way is open."""
        for event in told.of_kind(self.kind):
            if self._miss(Case(event, told, when)) is None:
                yield event

    def misses(self, told: Told, *, when: When) -> Iterable[Miss]:
        """Yield why it is not open for the events of a pass."""
        cases = (Case(event, told, when) for event in told.of_kind(self.kind))
        return filter(None, map(self._miss, cases))

    def _miss(self, case: Case) -> Miss | None:
        found = (condition(case) for condition in self.conditions)
        return next((miss for miss in found if miss is not None), None)

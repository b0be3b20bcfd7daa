"""The health events of one pass, made ready to be asked: doses counted, the newest first.

A pass may hold one dose and say which (a DCC), or all of them and say nothing (a SMART Health
Card). Doses against one disease are counted over the days on which they were given, so that one
of the future comes after those that count; a dose that says which it is of how many is taken at
its word. A pass counts for whatever any of its doses gives a right to. A negative test counts
for nothing once a later one of the same person was not negative.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum

from scanner.rules.claims import HealthEvent, Holder, Known, Result
from scanner.terms import Kind


class Series(Enum):
    """How far a series of doses has come."""

    ANY = "any"
    COMPLETE = "complete"
    BOOSTER = "booster"


@dataclass(frozen=True, slots=True)
class Vaccines:
    """How doses are counted: one is a series of the `one_dose` products, else `series_doses`.

    From dose number `booster_from_dose` every dose is a booster, since a third one is written
    both as 3/3 and as 3/2; so is a second one after, or of, a one-dose product (2/1 or 2/2).
    """

    one_dose: frozenset[str]
    series_doses: int
    booster_from_dose: int

    def reaches(self, series: Series, *, event: HealthEvent) -> bool:
        """Say whether a counted dose completes a series, or is one more than that."""
        if series is Series.ANY:
            return True
        dose, of = event.dose, event.of
        if dose is None or of is None:
            return False
        if series is Series.COMPLETE:
            return dose >= of
        return dose >= min(
            self.booster_from_dose, of + 1, 2 if event.product in self.one_dose else dose + 1
        )


@dataclass(frozen=True, slots=True)
class Told:
    """What one pass tells at a moment."""

    holder: Holder | None
    events: tuple[HealthEvent, ...]

    def of_kind(self, kind: Kind) -> Iterable[HealthEvent]:
        """Return the events of a kind, the newest first."""
        return (event for event in self.events if event.kind is kind)

    def same_person(self, other: "Told") -> bool:
        """Say whether two passes surely name the same person."""
        one, two = self.holder, other.holder
        if one is None or two is None or not one.names or not one.born:
            return False
        return set(one.names) == set(two.names) and one.born == two.born


def told(known: Known, *, vaccines: Vaccines | None) -> Told:
    """Make ready what a pass says."""
    dated = [event for event in known.events if event.kind is Kind.VACCINATION and event.on]
    rest = [event for event in known.events if event not in dated]
    counted = _counted(sorted(dated, key=_age), vaccines=vaccines) if vaccines else ()
    return Told(known.holder, tuple(sorted((*counted, *rest), key=_age, reverse=True)))


def tests_of(one: Told, *, shown: Iterable[Told]) -> list[HealthEvent]:
    """Return the tests of a pass, and of all others that surely name the same person."""
    return [
        test
        for other in shown
        if other is one or one.same_person(other)
        for test in other.of_kind(Kind.TEST)
    ]


def compared(shown: tuple[Told, ...]) -> tuple[Told, ...]:
    """Take each negative test that a later one of the same person belies for unknown."""
    return tuple(_compared(one, tests=tests_of(one, shown=shown)) for one in shown)


def day_of(event: HealthEvent) -> date | None:
    """Return the day of an event, or else the first on which it is valid."""
    return event.on or event.valid_from


def _age(event: HealthEvent) -> tuple[date, float]:
    return day_of(event) or date.min, event.at.timestamp() if event.at else 0.0


def _compared(one: Told, *, tests: list[HealthEvent]) -> Told:
    bad = [test for test in tests if test.result is not Result.NEGATIVE]
    events = (
        replace(event, result=Result.UNKNOWN)
        if any(_belies(late, event) for late in bad)
        else event
        for event in one.events
    )
    return replace(one, events=tuple(events))


def _belies(late: HealthEvent, event: HealthEvent) -> bool:
    """Say whether a test that is not negative may come after one that is, of the same disease."""
    return (
        event.result is Result.NEGATIVE
        and late.disease in (None, event.disease)
        and (late.at is None or event.at is None or late.at >= event.at)
    )


def _counted(doses: list[HealthEvent], *, vaccines: Vaccines) -> Iterable[HealthEvent]:
    """Give each dose its number among those against its disease; the oldest come first."""
    first: dict[str | None, HealthEvent] = {}
    days: set[tuple[str | None, date | None]] = set()
    for event in doses:
        days.add((event.disease, event.on))
        number = sum(disease == event.disease for disease, _ in days)
        is_single = first.setdefault(event.disease, event).product in vaccines.one_dose
        if event.of is not None and event.of > 0:
            # Twice "1 of 2" on two days is one dose that was written down twice.
            yield replace(event, dose=event.dose or number)
        else:
            of = 1 if is_single else vaccines.series_doses
            yield replace(event, dose=max(event.dose or 0, number), of=of)

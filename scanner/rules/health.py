"""A health rule set: a list of ways, any of which lets in; nothing else does.

What is shown is met by one open way of one pass, or by a way that asks for two things of the
same person (2G+), in one pass or in two. Where no way is open, the one that came nearest says
why, in words for a guest.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from scanner.rules.bounds import Age, When
from scanner.rules.claims import HealthEvent, Result
from scanner.rules.counted import Told, Vaccines, compared, tests_of, told
from scanner.rules.ruleset import Family, Finding, Met, More, Shown, Unmet
from scanner.rules.ways import Miss, Way
from scanner.terms import Reason

ACCEPT: Final = "accept"
"""The rule that is named where no way asks for what was shown."""


@dataclass(frozen=True, slots=True)
class AgeWay:
    """Lets in by a date of birth alone, unless a test of the same person is not negative."""

    words: str
    age: Age

    def is_open(self, shown: tuple[Told, ...], *, when: When) -> bool:
        """Say whether one pass is enough."""
        return any(
            one.holder is not None
            and self.age.holds(one.holder.born, today=when.today)
            and all(test.result is Result.NEGATIVE for test in tests_of(one, shown=shown))
            for one in shown
        )

    @property
    def ways(self) -> tuple[Way, ...]:
        """Return the ways that events may go: none."""
        return ()


@dataclass(frozen=True, slots=True)
class OneWay:
    """Lets in by one event."""

    way: Way

    @property
    def words(self) -> str:
        """Say what it asks."""
        return self.way.words

    @property
    def ways(self) -> tuple[Way, ...]:
        """Return the ways that events may go."""
        return (self.way,)

    def is_open(self, shown: tuple[Told, ...], *, when: When) -> bool:
        """Say whether one pass is enough."""
        return any(True for one in shown for _ in self.way.fitting(one, when=when))


@dataclass(frozen=True, slots=True)
class BothWays:
    """Lets in by two events of one person: one of each part.

    The second may come with another pass, within `within_s` seconds; None: one pass says both.
    """

    words: str
    parts: tuple[tuple[Way, ...], tuple[Way, ...]]
    within_s: int | None

    @property
    def ways(self) -> tuple[Way, ...]:
        """Return the ways that events may go."""
        return self.parts[0] + self.parts[1]

    def is_open(self, shown: tuple[Told, ...], *, when: When) -> bool:
        """Say whether both parts are there."""
        return any(
            first != second
            for one in shown
            for other in shown
            if one is other or (self.within_s is not None and one.same_person(other))
            for first in _fitting(self.parts[0], one, when=when)
            for second in _fitting(self.parts[1], other, when=when)
        )

    def wanted(self, newest: Told, *, when: When) -> str | None:
        """Say which part is missing beside a pass that fits the other, or None."""
        for fits, missing in (self.parts, self.parts[::-1]):
            if self.within_s is not None and any(_fitting(fits, newest, when=when)):
                return " or ".join(way.words for way in missing)
        return None


Accepted = AgeWay | OneWay | BothWays


@dataclass(frozen=True, slots=True)
class HealthRules:
    """A named, versioned list of ways; days are those of `zone`."""

    name: str
    version: str
    title: str
    zone: tzinfo
    vaccines: Vaccines | None
    accept: tuple[tuple[str, Accepted], ...]
    family: Family = Family.HEALTH

    def find(self, shown: Shown) -> Finding:
        """Say whether what a guest has shown meets it."""
        when = When(shown.now, self.zone)
        all_told = compared(tuple(told(one, vaccines=self.vaccines) for one in shown.known))
        for name, accepted in self.accept:
            if accepted.is_open(all_told, when=when):
                return Met(self._rule(name), accepted.words)
        speaking = [one for one in all_told if one.events]
        if speaking and (more := self._more(speaking[-1], when=when)):
            return more
        return self._unmet(speaking[::-1], when=when)

    def _rule(self, name: str) -> str:
        return f"{self.name}/{self.version}/{name}"

    def _more(self, newest: Told, *, when: When) -> More | None:
        for name, both in self.accept:
            if isinstance(both, BothWays) and both.within_s is not None:
                wanted = both.wanted(newest, when=when)
                if wanted is not None:
                    words = f"one more pass of the same person: {wanted}"
                    return More(self._rule(name), words, both.within_s)
        return None

    def _unmet(self, speaking: list[Told], *, when: When) -> Unmet:
        misses = list(self._misses(speaking, when=when))
        if misses:
            # Of several that came as far: the newest pass, and of its ways the first.
            name, nearest = max(misses, key=lambda miss: miss[1].stage)
            return Unmet(Reason.RULE_NOT_MET, self._rule(name), nearest.words)
        kinds = sorted({event.kind.value for one in speaking for event in one.events})
        words = f"{' and '.join(kinds)} does not count here" if kinds else "it tells of no event"
        return Unmet(Reason.RULE_NOT_MET, self._rule(ACCEPT), words)

    def _misses(self, speaking: list[Told], *, when: When) -> Iterator[tuple[str, Miss]]:
        for one in speaking:
            for name, accepted in self.accept:
                for way in accepted.ways:
                    for miss in way.misses(one, when=when):
                        yield name, miss


def _fitting(ways: Iterable[Way], one: Told, *, when: When) -> Iterator[HealthEvent]:
    for way in ways:
        yield from way.fitting(one, when=when)

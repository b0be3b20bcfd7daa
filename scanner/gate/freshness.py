"""How old the lists are, and what the venue makes of it: a ladder, never a cliff.

An old list is no wrong list: a door whose network died last night still knows most of what
it knew. So a list ages in steps, and for each step the venue chose what happens to a guest
whose pass is otherwise in order.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from scanner.gate.timekeeping import span


class Rung(Enum):
    """How old a list is, from the venue's view."""

    FRESH = "fresh"
    AGEING = "ageing"
    STALE = "stale"
    EXPIRED = "expired"

    @property
    def is_old(self) -> bool:
        """Say whether a person should be told."""
        return self in (Rung.STALE, Rung.EXPIRED)


class Action(Enum):
    """What happens to a guest whose pass is in order."""

    ADMIT = "admit"
    MARK = "mark"
    ASK = "ask"
    REFUSE = "refuse"


_BY_WEIGHT: Final = tuple(Action)


@dataclass(frozen=True, slots=True)
class Ladder:
    """From which age a list is ageing, stale, expired, and what happens then."""

    ageing: timedelta
    stale: timedelta
    expired: timedelta
    when_ageing: Action
    when_stale: Action
    when_expired: Action

    def rung(self, age: timedelta | None) -> Rung:
        """Return the step for an age; None, never synced, is the last one."""
        if age is None or age >= self.expired:
            return Rung.EXPIRED
        if age >= self.stale:
            return Rung.STALE
        return Rung.AGEING if age >= self.ageing else Rung.FRESH

    def action(self, rung: Rung) -> Action:
        """Return what happens on a step."""
        return {
            Rung.FRESH: Action.ADMIT,
            Rung.AGEING: self.when_ageing,
            Rung.STALE: self.when_stale,
            Rung.EXPIRED: self.when_expired,
        }[rung]


@dataclass(frozen=True, slots=True)
class ListAge:
    """A list that ages: `trust` or `revoked`, and when its publisher vouched for it last."""

    name: str
    issued: datetime | None
    ladder: Ladder

    def rung(self, now: datetime) -> Rung:
        """Return the step it stands on."""
        return self.ladder.rung(None if self.issued is None else now - self.issued)

    def action(self, now: datetime) -> Action:
        """Return what happens to a guest."""
        return self.ladder.action(self.rung(now))

    def words(self, now: datetime) -> str:
        """Say how old it is."""
        if self.issued is None:
            return f"the {self.name} list was never synced"
        return f"the {self.name} list is {span(max(now - self.issued, timedelta()))} old"


def worst(ages: Iterable[ListAge], *, now: datetime) -> tuple[Action, str | None]:
    """Return what the oldest lists ask for, and the words about those that ask for it."""
    found = [(age.action(now), age.words(now)) for age in ages]
    action = max((one for one, _ in found), key=_BY_WEIGHT.index, default=Action.ADMIT)
    if action is Action.ADMIT:
        return action, None
    return action, "; ".join(words for one, words in found if one is action)

"""What a rule set is asked, and what it may answer; several combine by "all must hold".

A rule set is told which genuine passes one guest has shown, and finds that they meet it, that
they do not, or that one more pass is wanted. Nothing is kept between two questions.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final, Protocol

from scanner.rules.claims import Known, known_of
from scanner.terms import Kind, Pass, Reason


class Family(Enum):
    """What passes a rule set speaks of."""

    HEALTH = "a health pass"
    ENTITLEMENT = "a ticket"
    ANY = "a pass"


_ENTITLEMENTS: Final = (Kind.TICKET, Kind.MEMBERSHIP, Kind.STAFF)


def family_of(verified: Pass) -> Family:
    """Say which rule sets speak of a pass."""
    return Family.ENTITLEMENT if verified.kind in _ENTITLEMENTS else Family.HEALTH


@dataclass(frozen=True, slots=True)
class Shown:
    """The genuine passes that one guest has shown, the newest last; and where and when.

    `country` (two letters) and `gate` are the door's own, where its venue names them; at an exit
    guests are `leaving`.
    """

    passes: tuple[Pass, ...]
    now: datetime
    country: str | None = None
    gate: str | None = None
    leaving: bool = False
    _known: list[Known] = field(default_factory=list, compare=False, repr=False)

    @property
    def known(self) -> tuple[Known, ...]:
        """Return what the passes say, in the terms of rules; read once."""
        if not self._known:
            self._known.extend(map(known_of, self.passes))
        return tuple(self._known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What has to be asked of the ledger before a ticket opens the door.

    It may let in `most` persons, `at_once` with one showing; with `reenters` again after an exit.
    When its event `ends`, nothing is kept of it.
    """

    serial: str
    event: str
    most: int
    at_once: int
    reenters: bool
    ends: datetime


@dataclass(frozen=True, slots=True)
class Met:
    """The passes meet the rule set, by this rule (`SET/VERSION/RULE`)."""

    rule: str | None = None
    words: str | None = None
    use: Use | None = None


@dataclass(frozen=True, slots=True)
class Unmet:
    """The passes do not meet the rule set, for this reason."""

    reason: Reason
    rule: str
    words: str


@dataclass(frozen=True, slots=True)
class More:
    """One more pass is wanted, within this time."""

    rule: str
    words: str
    within_s: int


Finding = Met | Unmet | More

WITHIN_S: Final = 30
"""How long the second of two passes may take where no rule set says more."""


class RuleSet(Protocol):
    """A named, versioned rule set."""

    @property
    def name(self) -> str:
        """Return the name, as technicians write it."""

    @property
    def version(self) -> str:
        """Return the version."""

    @property
    def title(self) -> str:
        """Say in one line what it asks."""

    @property
    def family(self) -> Family:
        """Say which passes it speaks of."""

    def find(self, shown: Shown) -> Finding:
        """Say whether what a guest has shown meets it."""


def combined(shown: Shown, *, rule_sets: Iterable[RuleSet]) -> Finding:
    """Return what all rule sets together find: the first that is not met, or that wants more."""
    sets = tuple(rule_sets)
    families = {family_of(one) for one in shown.passes}
    spoken_of = {rule_set.family for rule_set in sets}
    met: list[Met] = []
    wanting: More | None = None
    for rule_set in sets:
        # With a ticket and a health pass asked for, the one does not fail for not being the other.
        is_absent = rule_set.family not in {*families, Family.ANY}
        if is_absent and families <= spoken_of:
            rule = f"{rule_set.name}/{rule_set.version}"
            wanting = wanting or More(rule, f"{rule_set.family.value} too", WITHIN_S)
            continue
        match rule_set.find(shown):
            case Unmet() as unmet:
                return unmet
            case More() as more:
                wanting = wanting or more
            case found:
                met.append(found)
    return wanting or _joined(met)


def _joined(met: list[Met]) -> Met:
    return Met(
        rule=" + ".join(one.rule for one in met if one.rule) or None,
        words="; ".join(one.words for one in met if one.words) or None,
        use=next((one.use for one in met if one.use is not None), None),
    )

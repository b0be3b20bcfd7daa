"""Rules and rule sets; several sets combine by "all must hold"."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from scanner.terms import Pass


@dataclass(frozen=True, slots=True)
class Rule:
    """One condition: `holds` looks at a genuine pass, `words` tell a person what it asks."""

    name: str
    words: str
    holds: Callable[[Pass], bool]


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A named, versioned list of rules, at least one."""

    name: str
    version: str
    rules: tuple[Rule, ...]

    def __post_init__(self) -> None:
        if not self.rules:
            raise ValueError(f"rule set {self.name!r} has no rule and would admit everything")


def first_unmet(verified: Pass, *, rule_sets: Iterable[RuleSet]) -> tuple[str, str] | None:
    """Return (`SET/VERSION/RULE`, words) of the first rule that does not hold, or None."""
    for rule_set in rule_sets:
        for rule in rule_set.rules:
            if not rule.holds(verified):
                return f"{rule_set.name}/{rule_set.version}/{rule.name}", rule.words
    return None

"""The rule sets that need no country and no calendar: one condition each, and no file.

`genuine-only` lets in whatever is genuine and current, a positive test too; `no-infection`
refuses tests that found the virus, or that cannot be read, whatever else is on the pass.
"""

from dataclasses import dataclass
from typing import Final

from scanner.rules.claims import Result
from scanner.rules.ruleset import Family, Finding, Met, RuleSet, Shown, Unmet
from scanner.terms import Kind, Reason


@dataclass(frozen=True, slots=True)
class GenuineOnly:
    """Whatever comes this far is signed and current."""

    name: str = "genuine-only"
    version: str = "1"
    title: str = "the proof is real and current; a positive test is, too"
    family: Family = Family.ANY

    def find(self, shown: Shown) -> Finding:
        """Find no fault."""
        del shown
        return Met()


@dataclass(frozen=True, slots=True)
class NoInfection:
    """No test among what is shown has found the virus."""

    name: str = "no-infection"
    version: str = "1"
    title: str = "a test must not have found the virus"
    family: Family = Family.ANY

    def find(self, shown: Shown) -> Finding:
        """Refuse every test whose result is not known to be negative."""
        for verified, known in zip(shown.passes, shown.known, strict=True):
            results = [event.result for event in known.events if event.kind is Kind.TEST]
            # A pass of tests without one that can be read is none that found nothing.
            if not results and verified.kind is Kind.TEST:
                results = [None]
            if any(result is not Result.NEGATIVE for result in results):
                rule = f"{self.name}/{self.version}/negative-test"
                return Unmet(Reason.RULE_NOT_MET, rule, "the test must not have found the virus")
        return Met()


GENUINE_ONLY: Final[RuleSet] = GenuineOnly()
NO_INFECTION: Final[RuleSet] = NoInfection()

BY_NAME: Final = {one.name: one for one in (GENUINE_ONLY, NO_INFECTION)}

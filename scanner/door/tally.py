"""Counts of what the door answered, and the exit code they amount to."""

from collections import Counter
from dataclasses import dataclass, field

from scanner.terms import Decision, Reason, Verdict


@dataclass(slots=True)
class Tally:
    """Decisions by verdict and reason; no times, no ids."""

    counts: Counter[tuple[Verdict, Reason]] = field(default_factory=Counter)

    def add(self, decision: Decision) -> None:
        """Count one decision."""
        self.counts[decision.verdict, decision.reason] += 1

    @property
    def exit_code(self) -> int:
        """0 all admitted (or nothing seen), 1 another verdict, 3 any fault."""
        verdicts = {verdict for verdict, _ in self.counts}
        if Verdict.FAULT in verdicts:
            return 3
        return 1 if verdicts - {Verdict.ADMIT} else 0

"""Counts of what the door answered, and the exit code they amount to."""

from collections import Counter
from dataclasses import dataclass, field
from enum import IntEnum

from scanner.terms import Decision, Reason, Verdict


class Exit(IntEnum):
    """Exit codes of every command; `INTERRUPTED` is the shell's own for SIGINT."""

    DONE = 0
    FINDING = 1
    USAGE = 2
    FAULT = 3
    NOT_PERMITTED = 4
    INTERRUPTED = 130


@dataclass(slots=True)
class Tally:
    """Decisions by verdict and reason; no times, no ids."""

    counts: Counter[tuple[Verdict, Reason]] = field(default_factory=Counter)

    def add(self, decision: Decision) -> None:
        """Count one decision."""
        self.counts[decision.verdict, decision.reason] += 1

    @property
    def exit_code(self) -> Exit:
        """DONE if all were admitted (or nothing was seen), else FINDING, or FAULT if any was."""
        verdicts = {verdict for verdict, _ in self.counts}
        if Verdict.FAULT in verdicts:
            return Exit.FAULT
        return Exit.FINDING if verdicts - {Verdict.ADMIT} else Exit.DONE

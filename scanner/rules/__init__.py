"""What a venue asks of a genuine pass: named, versioned rule sets over its claims.

A rule set speaks of claims only; whether the proof is real was decided before. An
empty rule set cannot be made, since "all of nothing" would admit everything.
"""

from scanner.rules.named import GENUINE_ONLY, NO_INFECTION, find
from scanner.rules.ruleset import Rule, RuleSet, first_unmet

__all__ = ["GENUINE_ONLY", "NO_INFECTION", "Rule", "RuleSet", "find", "first_unmet"]

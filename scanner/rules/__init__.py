"""What a venue asks of genuine passes: named, versioned rule sets over what they say.

A rule set speaks of claims only; whether the proof is real was decided before. An empty rule
set cannot be made, since "all of nothing" would admit everything.
"""

from scanner.rules.conditions import BY_NAME, GENUINE_ONLY, NO_INFECTION
from scanner.rules.ruleset import (
    Family,
    Finding,
    Met,
    More,
    RuleSet,
    Shown,
    Unmet,
    Use,
    combined,
    family_of,
)

__all__ = [
    "BY_NAME",
    "GENUINE_ONLY",
    "NO_INFECTION",
    "Family",
    "Finding",
    "Met",
    "More",
    "RuleSet",
    "Shown",
    "Unmet",
    "Use",
    "combined",
    "family_of",
]

"""Whether a pass opens this door, now.

`judge` is the only caller of the verifiers, and the one place that says ADMIT.
`view` follows the codes in front of the camera and decides what is asked when.
`timekeeping` says what time it is, `freshness` how old the lists are.
"""

from scanner.gate.freshness import Action, Ladder, ListAge, Rung
from scanner.gate.judge import Belief, authenticate, doubted, judge, weigh
from scanner.gate.steps import Step, StepResult, steps_of
from scanner.gate.view import Answer, Subject, View

__all__ = [
    "Action",
    "Answer",
    "Belief",
    "Ladder",
    "ListAge",
    "Rung",
    "Step",
    "StepResult",
    "Subject",
    "View",
    "authenticate",
    "doubted",
    "judge",
    "steps_of",
    "weigh",
]

"""Whether a pass opens this door, now.

`judge` is the only caller of the verifiers, and the one place that says ADMIT. `entrance`
remembers what one guest has shown so far, and asks the ledger before anybody comes in.
`view` follows the codes in front of the camera and decides what is asked when.
`timekeeping` says what time it is, `freshness` how old the lists are.
"""

from scanner.gate.admission import Claim, Identity, Ledger, Policy, Role
from scanner.gate.entrance import Entrance, Present
from scanner.gate.freshness import Action, Ladder, ListAge, Rung
from scanner.gate.judge import Belief, Weighed, authenticate, doubted, judge, weigh
from scanner.gate.steps import Step, StepResult, steps_of
from scanner.gate.view import Answer, Subject, View

__all__ = [
    "Action",
    "Answer",
    "Belief",
    "Claim",
    "Entrance",
    "Identity",
    "Ladder",
    "Ledger",
    "ListAge",
    "Policy",
    "Present",
    "Role",
    "Rung",
    "Step",
    "StepResult",
    "Subject",
    "View",
    "Weighed",
    "authenticate",
    "doubted",
    "judge",
    "steps_of",
    "weigh",
]

"""Whether a pass opens this door, now.

`judge` is the only caller of the verifiers, and the one place that says ADMIT.
`view` follows the codes in front of the camera and decides what is asked when.
"""

from scanner.gate.judge import Belief, authenticate, judge, weigh
from scanner.gate.steps import Step, StepResult, steps_of
from scanner.gate.view import Answer, Subject, View

__all__ = [
    "Answer",
    "Belief",
    "Step",
    "StepResult",
    "Subject",
    "View",
    "authenticate",
    "judge",
    "steps_of",
    "weigh",
]

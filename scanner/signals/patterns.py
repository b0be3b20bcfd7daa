"""The pattern table: what each signal looks and sounds like, in units of 100 ms.

Positive answers are high and short, negative ones low and long, so that staff need not
look. Tones stay below 3 kHz, where piezo buzzers are loud and old ears still hear.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from scanner.terms import Decision, Reason, Verdict

UNIT_MS: Final = 100

HIGH_HZ: Final = 2000
MIDDLE_HZ: Final = 1200
LOW_HZ: Final = 400


class Pattern(Enum):
    """Names of signals; in events by what is `told`.

    WARY is READY of a door whose lists are old, or whose clock is not trusted: it works, and
    whoever passes by sees that somebody should look at it.
    """

    ACCEPT = "accept"
    REFUSE = "refuse"
    USED = "used"
    ASK = "ask"
    FAULT = "fault"
    READY = "ready"
    CLICK = "click"
    STALE = "stale"
    STAFF = "staff"
    WARY = "wary"
    DARK = "dark"

    @property
    def told(self) -> str:
        """Return the name for events and status: to a script, a wary door is a ready one."""
        return Pattern.READY.value if self is Pattern.WARY else self.value


@dataclass(frozen=True, slots=True)
class Step:
    """Lamps and tone held for `units` x 100 ms; `tone_hz` 0 is silence."""

    units: int
    green: bool = False
    red: bool = False
    tone_hz: int = 0


@dataclass(frozen=True, slots=True)
class Score:
    """Steps played once, or over and over while a state lasts."""

    steps: tuple[Step, ...]
    repeats: bool = False

    @property
    def length_ms(self) -> int:
        """Return the length of one pass through the steps."""
        return sum(step.units for step in self.steps) * UNIT_MS


def _both(units: int) -> Step:
    return Step(units, green=True, red=True)


_RED_BLINK: Final = (Step(5, red=True), Step(5))
# Red first: nothing that is not an admission begins with green alone.
_IN_TURN: Final = (Step(6, red=True), Step(6, green=True))

PATTERNS: Final[dict[Pattern, Score]] = {
    Pattern.ACCEPT: Score((Step(2, green=True, tone_hz=HIGH_HZ), Step(18, green=True))),
    Pattern.REFUSE: Score((Step(5, red=True, tone_hz=LOW_HZ), Step(5), *_RED_BLINK, *_RED_BLINK)),
    Pattern.USED: Score(
        (
            Step(2, red=True, tone_hz=LOW_HZ),
            Step(2, red=True),
            Step(2, red=True, tone_hz=LOW_HZ),
            Step(24, red=True),
        )
    ),
    Pattern.ASK: Score(
        (
            Step(2, red=True, tone_hz=HIGH_HZ),
            Step(4, red=True, tone_hz=LOW_HZ),
            Step(6, green=True),
            *_IN_TURN,
        )
    ),
    Pattern.STALE: Score(
        (Step(3, red=True, tone_hz=MIDDLE_HZ), Step(3, red=True), Step(6, green=True), *_IN_TURN)
    ),
    Pattern.STAFF: Score((Step(2, green=True, red=True, tone_hz=MIDDLE_HZ), _both(13))),
    Pattern.CLICK: Score((Step(1, tone_hz=MIDDLE_HZ),)),
    Pattern.FAULT: Score((_both(10), Step(10)), repeats=True),
    Pattern.READY: Score((Step(39), _both(1)), repeats=True),
    Pattern.DARK: Score((Step(10),), repeats=True),
    # Two winks, far enough apart for the limit of changes in a second.
    Pattern.WARY: Score((Step(26), _both(1), Step(12), _both(1)), repeats=True),
}

_SPECIAL: Final = {
    Reason.ALREADY_USED: Pattern.USED,
    Reason.LIST_STALE: Pattern.STALE,
    Reason.NO_CODE: None,
}
_BY_VERDICT: Final = {
    Verdict.ADMIT: Pattern.ACCEPT,
    Verdict.REFUSE: Pattern.REFUSE,
    Verdict.ASK: Pattern.ASK,
    Verdict.FAULT: Pattern.FAULT,
    Verdict.IGNORE: Pattern.CLICK,
}


def pattern_for(decision: Decision) -> Pattern | None:
    """Return the signal of a decision; None when nothing is to be seen or heard."""
    reason = decision.repeats or decision.reason
    return _SPECIAL.get(reason, _BY_VERDICT[decision.verdict])

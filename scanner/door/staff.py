"""The staff button: a person decided, and the door says so with a light of its own.

One press is a paper pass that was seen, two an exemption, three a minor, four or more
anything else. Never a verdict: nothing is admitted here, and the tally does not know of it.
It needs no camera and no keys, so it works while faults stand.
"""

from collections import Counter
from collections.abc import Callable
from enum import Enum
from typing import Final

from scanner.door.answers import Instant
from scanner.door.events import Events
from scanner.door.lights import Lights
from scanner.signals import Pattern

STUCK: Final = "the staff button does not come to rest; free it, or set staff_pin = 0 in [signals]"


class StaffReason(Enum):
    """Why staff let somebody pass."""

    PAPER = "staff_paper"
    EXEMPT = "staff_exempt"
    MINOR = "staff_minor"
    OTHER = "staff_other"


_BY_PRESSES: Final = tuple(StaffReason)


class Staff:
    """Shows, tells and counts what staff decided; `count` keeps it for longer than the door runs.

    `warning` is what a person should know of the button, or nothing.
    """

    def __init__(
        self,
        lights: Lights,
        *,
        events: Events,
        now: Callable[[], Instant],
        count: Callable[[StaffReason], None],
    ) -> None:
        self.counts: Counter[StaffReason] = Counter()
        self.warning = ""
        self._lights = lights
        self._events = events
        self._now = now
        self._count = count
        self._was_stuck = False

    def pressed(self, presses: int) -> None:
        """Take a run of presses: its light comes first, whatever was shown."""
        reason = _BY_PRESSES[min(presses, len(_BY_PRESSES)) - 1]
        now = self._now()
        self._lights.play(Pattern.STAFF, frame=now.frame, at_ms=now.lamps_ms, words=reason.value)
        self._events.write("staff", reason=reason.value)
        self._lights.tell()
        self.counts[reason] += 1
        self._count(reason)

    def found(self, *, stuck: bool) -> None:
        """Warn of a button that does not come to rest, for as long; say so aloud once."""
        self.warning = STUCK if stuck else ""
        if stuck and not self._was_stuck:
            self._was_stuck = True
            self._lights.note(STUCK)

    def told(self) -> dict[str, int]:
        """Return what stands in the status: decisions since the start by reason."""
        return {reason.value: self.counts[reason] for reason in StaffReason if self.counts[reason]}

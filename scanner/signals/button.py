"""What a hand says with one button: samples of its pin become presses, and presses runs.

Promises: a contact that bounces is one press, however long it is held; a run ends when the
button was let go and rested; what was down when nobody looked yet is no press. A button that
does not come to rest (held by something, or a loose wire) is stuck, and says nothing until
it rests again. Time is an argument, in milliseconds that only grow.
"""

from typing import Final

DEBOUNCE_MS: Final = 30
"""Contacts bounce for 1 to 10 ms; a hasty hand presses for 60 ms and more."""

SAMPLE_MS: Final = 10
"""A level counts after four samples that agree: what is missed between two is no press."""

REST_MS: Final = 700
"""Twice as long as a hand takes between two presses that belong together."""

STUCK_MS: Final = 10_000
"""No run of presses takes half as long."""

MOST_PRESSES: Final = 4
"""More presses mean the same as these."""


class Button:
    """A button that is sampled; `is_stuck` while it does not come to rest."""

    def __init__(self, *, down: bool, at_ms: int) -> None:
        """Begin with the level found: who holds the button already pressed it for another."""
        self.is_stuck = False
        self._down = down
        self._changed_ms = at_ms
        self._differs_ms: int | None = None
        self._busy_ms = at_ms if down else None
        self._presses = 0

    def sample(self, *, down: bool, at_ms: int) -> int:
        """Take a level as it is now; return the presses of a run that ended, else 0."""
        self._settle(down=down, at_ms=at_ms)
        if self._busy_ms is None:
            return 0
        if self._down:
            self.is_stuck |= at_ms - self._busy_ms >= STUCK_MS
            return 0
        if self._differs_ms is not None or at_ms - self._changed_ms < REST_MS:
            return 0
        presses = 0 if self.is_stuck else min(self._presses, MOST_PRESSES)
        self._busy_ms, self._presses, self.is_stuck = None, 0, False
        return presses

    def _settle(self, *, down: bool, at_ms: int) -> None:
        """Believe a level once it has stood."""
        if down is self._down:
            self._differs_ms = None
        elif self._differs_ms is None:
            self._differs_ms = at_ms
        elif at_ms - self._differs_ms >= DEBOUNCE_MS:
            self._down, self._changed_ms, self._differs_ms = down, at_ms, None
            if down:
                self._presses += 1
                self._busy_ms = at_ms if self._busy_ms is None else self._busy_ms

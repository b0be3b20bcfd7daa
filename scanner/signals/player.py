"""Plays patterns: which lamps burn at a given millisecond, and when that changes next.

Time is an argument, so that a rehearsal, a test and the keeper of real pins play the
same. A new pattern pre-empts the running one at once; when one ends, the resting
pattern (ready, fault or dark) goes on.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

from scanner.signals.patterns import PATTERNS, UNIT_MS, Pattern, Score, Step

# Flashing beyond three times a second, which is six changes, can harm people with
# photosensitive epilepsy (WCAG 2.3.1); counted over both lamps.
MAX_CHANGES_PER_S: Final = 6
_SECOND_MS: Final = 1000


@dataclass(frozen=True, slots=True)
class Lamps:
    """What burns and sounds at one moment; `tone_hz` 0 is silence."""

    green: bool = False
    red: bool = False
    tone_hz: int = 0


DARK: Final = Lamps()


class Player:
    """A pattern over a resting pattern; `at` may only move forward in time."""

    def __init__(self, *, resting: Pattern = Pattern.DARK) -> None:
        self._resting = resting
        self._resting_since_ms = 0
        self._playing: Pattern | None = None
        self._since_ms = 0
        self._shown = DARK
        self._red_was_lit = False
        self._changes: deque[int] = deque()

    def play(self, pattern: Pattern, *, at_ms: int) -> None:
        """Start `pattern` now, whatever is running."""
        self._playing, self._since_ms = pattern, at_ms
        self._red_was_lit = False

    def rest(self, pattern: Pattern, *, at_ms: int) -> None:
        """Change the resting pattern; a running signal is played to its end first."""
        if pattern is not self._resting:
            self._resting, self._resting_since_ms = pattern, at_ms

    def is_playing(self, at_ms: int) -> bool:
        """Say whether a signal runs, and not the resting pattern."""
        self.current(at_ms)
        return self._playing is not None

    def current(self, at_ms: int) -> Pattern:
        """Return the pattern in force."""
        if self._playing is not None and at_ms - self._since_ms >= _length_ms(self._playing):
            self._resting_since_ms = max(
                self._resting_since_ms, self._since_ms + _length_ms(self._playing)
            )
            self._playing = None
        return self._playing or self._resting

    def at(self, at_ms: int) -> Lamps:
        """Return the lamps at `at_ms`, within the limit of changes."""
        pattern = self.current(at_ms)
        since_ms = self._since_ms if self._playing else self._resting_since_ms
        step, _ = _step_at(PATTERNS[pattern], at_ms - since_ms)
        while self._changes and self._changes[0] < at_ms - _SECOND_MS:
            self._changes.popleft()
        red = self._switched("red", wanted=step.red, at_ms=at_ms)
        self._red_was_lit |= red
        # Green alone comes first in an admission only: it never burns because red had to wait.
        leads = pattern is Pattern.ACCEPT or self._red_was_lit
        green_wanted = step.green and (red or (not step.red and leads))
        green = self._switched("green", wanted=green_wanted, at_ms=at_ms)
        self._shown = Lamps(green, red, step.tone_hz)
        return self._shown

    def next_change_ms(self, at_ms: int) -> int:
        """Return when the lamps should be asked for again, later than `at_ms`."""
        pattern = self.current(at_ms)
        since_ms = self._since_ms if self._playing else self._resting_since_ms
        _, left_ms = _step_at(PATTERNS[pattern], at_ms - since_ms)
        return at_ms + min(left_ms, UNIT_MS if self._changes else left_ms)

    def _switched(self, lamp: str, *, wanted: bool, at_ms: int) -> bool:
        """Switch one lamp if the limit allows; the last change is kept for green to go out."""
        shown: bool = getattr(self._shown, lamp)
        if shown is wanted:
            return shown
        green_goes_out = lamp == "green" and shown
        allowed = MAX_CHANGES_PER_S if green_goes_out else MAX_CHANGES_PER_S - 1
        if len(self._changes) >= allowed:
            return shown
        self._changes.append(at_ms)
        return wanted


def _length_ms(pattern: Pattern) -> int:
    return PATTERNS[pattern].length_ms


def _step_at(score: Score, elapsed_ms: int) -> tuple[Step, int]:
    """Return the step in force after `elapsed_ms`, and how long it still lasts."""
    left_ms = elapsed_ms % score.length_ms if score.repeats else elapsed_ms
    for step in score.steps:
        if left_ms < step.units * UNIT_MS:
            return step, step.units * UNIT_MS - left_ms
        left_ms -= step.units * UNIT_MS
    return score.steps[-1], UNIT_MS

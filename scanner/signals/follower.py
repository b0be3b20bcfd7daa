"""What the keeper plays: the door's word, for as long as the door speaks.

A pattern that repeats (ready, wary, fault, dark) is a state: it rests under the others.
Fault and dark begin at once; ready and wary wait for a running signal to end. A signal over
a fault is followed by dark until the door says which state it is in now. A door that said
nothing for a second is dark; when it speaks again its state goes on, but no signal does: the
guest it was for is gone. Time is an argument, in milliseconds that only grow.
"""

from typing import Final

from scanner.signals.patterns import PATTERNS, Pattern
from scanner.signals.player import Lamps, Player

SILENCE_MS: Final = 1000
"""A door beats four times a second; a green lamp must not outlive its door."""


class Follower:
    """A player that stops without its door."""

    def __init__(self, *, at_ms: int) -> None:
        self._player = Player(resting=Pattern.DARK)
        self._state = Pattern.DARK
        self._heard_ms = at_ms
        self._hushed = False

    def heard(self, at_ms: int) -> None:
        """Note that the door lives."""
        self._heard_ms = at_ms
        if self._hushed:
            self._hushed = False
            self._rest(self._state, at_ms=at_ms)

    def play(self, pattern: Pattern, *, at_ms: int, late_ms: int = 0) -> None:
        """Do what the door says; whatever it says, the player's limit of changes holds."""
        self.heard(at_ms)
        if PATTERNS[pattern].repeats:
            self._state = pattern
            self._rest(pattern, at_ms=at_ms)
            return
        if self._state is Pattern.FAULT:
            self._state = Pattern.DARK
            self._player.rest(Pattern.DARK, at_ms=at_ms)
        if late_ms < SILENCE_MS:
            self._player.play(pattern, at_ms=at_ms)

    def at(self, at_ms: int) -> Lamps:
        """Return what burns and sounds now."""
        if not self._hushed and at_ms - self._heard_ms >= SILENCE_MS:
            self._hushed = True
            self._rest(Pattern.DARK, at_ms=at_ms)
        return self._player.at(at_ms)

    def next_ms(self, at_ms: int) -> int:
        """Return when `at` should be asked again, later than `at_ms`."""
        change_ms = self._player.next_change_ms(at_ms)
        return change_ms if self._hushed else min(change_ms, self._heard_ms + SILENCE_MS)

    def _rest(self, pattern: Pattern, *, at_ms: int) -> None:
        running = self._player.current(at_ms)
        self._player.rest(pattern, at_ms=at_ms)
        waits = pattern in (Pattern.READY, Pattern.WARY) and not PATTERNS[running].repeats
        if running is not pattern and not waits:
            self._player.play(pattern, at_ms=at_ms)

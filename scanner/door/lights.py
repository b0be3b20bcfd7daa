"""Decisions and states become signals: the player, who shows it, and the events."""

from typing import Any, Protocol

from scanner.door.events import Events
from scanner.signals import Lamps, Pattern, Player, pattern_for
from scanner.terms import Decision


class Indicator(Protocol):
    """Whoever shows the lamps: a terminal now, the keeper of the pins on a door."""

    def signal(self, pattern: Pattern, lamps: Lamps, *, at_ms: int, words: str = "") -> None:
        """Show that a pattern begins."""

    def lamps(self, lamps: Lamps) -> None:
        """Show the lamps as they change within a pattern."""

    def note(self, words: str) -> None:
        """Tell a person a line of words."""

    def close(self) -> None:
        """Go dark and give everything back."""


class Lights:
    """The one place where lamps change; `at_ms` moves forward only."""

    def __init__(self, indicator: Indicator, *, events: Events) -> None:
        self._indicator = indicator
        self._events = events
        self._player = Player(resting=Pattern.DARK)
        self.pattern = Pattern.DARK
        self._frame = 0
        self._untold: dict[str, Any] | None = None
        self._is_rehearsal = False

    def answer(self, decision: Decision, *, frame: int, at_ms: int, words: str) -> None:
        """Play a decision's signal at once, pre-empting whatever runs.

        Light comes first: the event is written by `tell`, after the decision's own.
        """
        pattern = pattern_for(decision)
        if pattern is None:
            self._frame = frame
        else:
            self.play(pattern, frame=frame, at_ms=at_ms, words=words)

    def play(self, pattern: Pattern, *, frame: int, at_ms: int, words: str) -> None:
        """Play one signal at once, pre-empting whatever runs; `tell` writes its event."""
        self._frame = frame
        self._is_rehearsal = False
        self._player.play(pattern, at_ms=at_ms)
        self._begin(pattern, at_ms=at_ms, words=words)

    def tell(self) -> None:
        """Write the event of the last signal, if it was not written yet."""
        if self._untold is not None:
            self._events.write("signal", **self._untold)
            self._untold = None

    def rehearse(self, pattern: Pattern, *, at_ms: int) -> bool:
        """Play one pattern once, for a person who wants to see and hear it.

        False, and nothing is played, while a guest is being answered: nobody who was just
        refused sees a green lamp.
        """
        if self._player.is_playing(at_ms) and not self._is_rehearsal:
            return False
        self._is_rehearsal = True
        self._player.play(pattern, at_ms=at_ms)
        self._begin(pattern, at_ms=at_ms, words="rehearsed on request")
        self.tell()
        return True

    def rest(self, pattern: Pattern, *, at_ms: int) -> None:
        """Set what is shown between signals: ready, fault or dark."""
        self._player.rest(pattern, at_ms=at_ms)
        self.turn(at_ms)

    def turn(self, at_ms: int) -> None:
        """Let time pass: lamps blink on, patterns end."""
        pattern = self._player.current(at_ms)
        if pattern is not self.pattern:
            self._begin(pattern, at_ms=at_ms, words="")
            self.tell()
        else:
            self._indicator.lamps(self._player.at(at_ms))

    def next_change_ms(self, at_ms: int) -> int:
        """Return when `turn` should be called again."""
        return self._player.next_change_ms(at_ms)

    def note(self, words: str) -> None:
        """Hand a line to whoever shows the lamps."""
        self._indicator.note(words)

    def close(self, *, at_ms: int) -> None:
        """Go dark for good."""
        self._player = Player(resting=Pattern.DARK)
        self._begin(Pattern.DARK, at_ms=at_ms, words="")
        self.tell()
        self._indicator.close()

    def _begin(self, pattern: Pattern, *, at_ms: int, words: str) -> None:
        self.tell()
        self.pattern = pattern
        lamps = self._player.at(at_ms)
        self._indicator.signal(pattern, lamps, at_ms=at_ms, words=words)
        self._untold = {
            "frame": self._frame,
            "pattern": pattern.told,
            "green": lamps.green,
            "red": lamps.red,
            "tone_hz": lamps.tone_hz,
        }

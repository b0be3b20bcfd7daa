"""No lights at all, for a door whose decisions only scripts read."""

import contextlib
import sys

from scanner.signals.patterns import Pattern
from scanner.signals.player import Lamps
from scanner.signals.terminal import Screen, harmless


class NoLights:
    """`--signals none`: decisions go to the events only, notes to a stream for a person."""

    def __init__(self, notes: Screen | None = None) -> None:
        """Write notes to standard error, if no other stream is given."""
        self._notes = notes

    def signal(self, pattern: Pattern, lamps: Lamps, *, at_ms: int, words: str = "") -> None:
        """Show nothing."""

    def lamps(self, lamps: Lamps) -> None:
        """Show nothing."""

    def note(self, words: str) -> None:
        """Write one line; a stream that is gone is not worth a fault."""
        with contextlib.suppress(OSError, ValueError):
            stream = self._notes or sys.stderr
            stream.write(f"{harmless(words, encoding=stream.encoding or 'ascii')}\n")

    def close(self) -> None:
        """Nothing is open."""

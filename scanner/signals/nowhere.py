"""No lights at all, for a door whose decisions only scripts read."""

import contextlib
import sys

from scanner.signals.patterns import Pattern
from scanner.signals.player import Lamps


class NoLights:
    """`--signals none`: decisions go to the events only, notes to standard error."""

    def signal(self, pattern: Pattern, lamps: Lamps, *, at_ms: int, words: str = "") -> None:
        """Show nothing."""

    def lamps(self, lamps: Lamps) -> None:
        """Show nothing."""

    def note(self, words: str) -> None:
        """Write one line; a standard error that is gone is not worth a fault."""
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(f"{words}\n")

    def close(self) -> None:
        """Nothing is open."""

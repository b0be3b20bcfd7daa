"""The lamps in a terminal, for rehearsal and for a door without pins.

One line for each signal. On a terminal the lamps themselves are drawn in place below
it as they change; colour is left out where NO_COLOR asks for it or no terminal is there,
and the marks are plain ASCII where the encoding has no others.
"""

import re
import textwrap
from typing import Final, Protocol

from scanner.signals.patterns import Pattern
from scanner.signals.player import DARK, Lamps

_GREEN: Final = "\x1b[1;32m"
_RED: Final = "\x1b[1;31m"
_RESET: Final = "\x1b[0m"
_ESCAPES: Final = re.compile(r"\x1b\[[0-9;]*m")
# Every SSH window has at least this many.
_COLUMNS: Final = 80
_CLEAR_LINE: Final = "\r\x1b[K"


class Screen(Protocol):
    """A text stream, as far as lamps need one."""

    @property
    def encoding(self) -> str:
        """Name the encoding."""

    def isatty(self) -> bool:
        """Say whether a person looks at it."""

    def write(self, text: str, /) -> object:
        """Write text."""

    def flush(self) -> None:
        """Let it go."""


class TerminalSignals:
    """Writes to a text stream; a stream that is gone is not written to again."""

    def __init__(self, stream: Screen, *, colour: bool, live: bool = True) -> None:
        self._stream = stream
        self._live = live and stream.isatty()
        self._colour = colour and stream.isatty()
        self._lamp = _encodable("\u25cf", "#", stream)
        self._off = _encodable("\u25cb", ".", stream)
        self._shown: Lamps | None = None
        self._gone = False

    def signal(self, pattern: Pattern, lamps: Lamps, *, at_ms: int, words: str = "") -> None:
        """Write time, lamps, tone, the pattern's name and what it is about, whole.

        Words that do not fit go on below themselves: a remedy must not be cut off.
        """
        tone = f"{lamps.tone_hz:>4} Hz" if lamps.tone_hz else " " * 7
        began = f"{at_ms / 1000:7.2f} s  {self._drawn(lamps)} {tone}  {pattern.told:<6}  "
        # Escape sequences take no room: the width is counted on what is seen.
        indent = len(_ESCAPES.sub("", began))
        first, *more = textwrap.wrap(self._safe(words), _COLUMNS - indent) or [""]
        lines = [(began + first).rstrip(), *(" " * indent + line for line in more)]
        self._write(f"{_CLEAR_LINE if self._live else ''}{chr(10).join(lines)}\n")
        self._shown = None

    def lamps(self, lamps: Lamps) -> None:
        """Draw the lamps in place; without a terminal nothing is written."""
        if self._live and lamps != self._shown:
            self._shown = lamps
            self._write(f"{_CLEAR_LINE}  {self._drawn(lamps)}")

    def note(self, words: str) -> None:
        """Write plain words, whole: a remedy must not be cut off."""
        self._write(f"{_CLEAR_LINE if self._live else ''}{self._safe(words)}\n")
        self._shown = None

    def close(self) -> None:
        """Leave the terminal dark and on a line of its own."""
        self.lamps(DARK)
        if self._live:
            self._write(_CLEAR_LINE)

    def _drawn(self, lamps: Lamps) -> str:
        return f"{self._one(lamps.green, _GREEN)} {self._one(lamps.red, _RED)}"

    def _one(self, burning: bool, colour: str) -> str:  # noqa: FBT001 - a lamp is on or off
        mark = (self._lamp if burning else self._off) + (
            {_GREEN: "GREEN", _RED: "RED  "}[colour] if burning else " " * 5
        )
        return f"{colour}{mark}{_RESET}" if burning and self._colour else mark

    def _safe(self, words: str) -> str:
        """Escape what could steer the terminal, or what its encoding lacks."""
        return harmless(words, encoding=self._stream.encoding or "ascii")

    def _write(self, text: str) -> None:
        if self._gone:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            self._gone = True


def harmless(words: str, *, encoding: str) -> str:
    """Escape what could steer a terminal, and what an encoding lacks."""
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in words)
    return shown.encode(encoding, "backslashreplace").decode(encoding)


def _encodable(mark: str, plain: str, stream: Screen) -> str:
    try:
        mark.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return plain
    return mark

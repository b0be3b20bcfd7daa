"""The door's side of the keeper of the pins: patterns go out, beats and presses come back.

Promises that a keeper which died, hangs for two seconds or says what it should not is
killed and told of once, as `DeviceError(pins_lost)`; that its pins are dark by then; and
that the next one goes on with the state of the door, but never with an old answer: its
guest is gone. Showing a pattern never raises. Seconds are monotonic and the caller's.

Loads no pin library: it costs the door no memory.
"""

import contextlib
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from scanner.process import wire
from scanner.process.child import CODE, Child, Program
from scanner.signals import dark
from scanner.signals.patterns import PATTERNS, Pattern
from scanner.signals.player import Lamps
from scanner.signals.presses import Presses
from scanner.signals.terminal import Screen, harmless
from scanner.signals.wiring import Wiring
from scanner.terms import DeviceError, Reason

START_DEADLINE_S: Final = 20.0
"""0.5 s here; importing gpiozero from a cold card on a Zero 2 W takes several."""

BEAT_S: Final = 0.25
"""The keeper goes dark after a second: three beats may be late."""

ANSWER_DEADLINE_S: Final = 2.0
"""A keeper answers within a millisecond; guests see a lamp that hangs no longer than this."""

_UNANSWERED: Final = 4
"""So many beats too: after a stall of the whole machine the door may be the first to wake."""

_END_S: Final = 0.5
"""Dark and exit take milliseconds."""

_MAX_BEAT: Final = 1 << 53
_SYSTEM_PACKAGES: Final = "/usr/lib/python3/dist-packages"
"""lgpio has no wheel for Python 3.13: the system's own is found here, after ours."""


class Keeper:
    """One keeper process at a time."""

    def __init__(
        self,
        wiring: Wiring,
        *,
        folder: str | None = None,
        program: Program | None = None,
        notes: Screen | None = None,
        darken: Callable[[str], str | None] = dark.darken,
    ) -> None:
        """Keep pins as wired; lgpio writes its FIFO into `folder`, a private one without.

        `notes` is where words for a person go, standard error without.
        """
        self.wiring = wiring
        self._notes = notes
        self._folder = folder
        self._private: str | None = None
        self._program = program
        self._darken = darken
        self._child: Child | None = None
        self._pattern = Pattern.DARK
        self._start_by_s = 0.0
        self._beats = 0
        self._beat_at_s = 0.0
        self._unanswered: deque[tuple[int, float]] = deque()
        self.told: str | None = None
        self.presses = Presses()

    def start(self, *, now_s: float) -> None:
        """Start the child; it takes the pins by itself. After a loss, start it again."""
        self._end_child()
        self._start_by_s = now_s + START_DEADLINE_S
        try:
            program = self._program or _program(self._work_folder())
            self._child = Child(program, arguments=[self.wiring.to_json()])
        except OSError as error:
            self._lose(f"cannot start: {error.strerror}")

    def fileno(self) -> int:
        """Return the descriptor to wait on; -1 while there is no child; new after `start`."""
        return -1 if self._child is None else self._child.wire.fileno()

    @property
    def pid(self) -> int | None:
        """The child's process id."""
        return None if self._child is None else self._child.pid

    def signal(self, pattern: Pattern, lamps: Lamps, *, at_ms: int, words: str = "") -> None:  # noqa: ARG002
        """Play a pattern now; the keeper has its own clock, and lamps of its own."""
        self._pattern = pattern
        if self.told is not None:
            self._send({"play": pattern.value, "at_ms": time.monotonic_ns() // 1_000_000})

    def lamps(self, lamps: Lamps) -> None:
        """Do nothing: the keeper plays its pattern by itself."""

    def note(self, words: str) -> None:
        """Write one line; a stream that is gone is not worth a fault."""
        with contextlib.suppress(OSError, ValueError):
            stream = self._notes or sys.stderr
            stream.write(f"{harmless(words, encoding=stream.encoding or 'ascii')}\n")

    def beat(self, now_s: float) -> None:
        """Tell the keeper that the door lives; call it every turn, at least four times a second."""
        if self.told is None or now_s < self._beat_at_s:
            return
        self._beat_at_s = now_s + BEAT_S
        self._beats = (self._beats + 1) % _MAX_BEAT
        self._unanswered.append((self._beats, now_s))
        self._send({"beat": self._beats})

    def receive(self, *, now_s: float) -> None:
        """Take all that the keeper has said; `DeviceError` when it died, failed or lied."""
        try:
            while self._child is not None:
                message = self._child.receive(max_bytes=wire.SMALL_BYTES)
                if message is None:
                    return
                self._take(message, now_s=now_s)
        except wire.WireClosed:
            self._lose("the keeper ended")
        except wire.WireError as lie:
            # Nor was it a hand that pressed.
            self.presses = Presses()
            self._lose(f"the keeper broke the protocol: {lie}")

    def check(self, now_s: float) -> None:
        """Raise `DeviceError(pins_lost)` when the keeper is lost; call it every turn."""
        self.receive(now_s=now_s)
        if self._child is None:
            return
        hung = None
        if self.told is None:
            if now_s > self._start_by_s:
                hung = f"the keeper did not start within {START_DEADLINE_S:g} seconds"
        elif len(self._unanswered) >= _UNANSWERED and (
            now_s - self._unanswered[0][1] > ANSWER_DEADLINE_S
        ):
            hung = f"the keeper did not answer for {ANSWER_DEADLINE_S:g} seconds"
        if hung is not None:
            # Who hangs does not see its wire end either.
            self._child.process.kill()
            self._lose(hung)

    def close(self) -> None:
        """Go dark and give the pins back."""
        self._end_child()
        if self._private is not None:
            import shutil  # noqa: PLC0415 - only where the folder is our own

            shutil.rmtree(self._private, ignore_errors=True)
            self._private = None

    def _take(self, message: wire.Message, *, now_s: float) -> None:
        if "error" in message:
            self._lose(wire.words(message, "error"))
        if self.told is None:
            self.told = wire.words(message, "holds")
            self._beat_at_s = now_s
            self.beat(now_s)
            if PATTERNS[self._pattern].repeats:
                self._send({"play": self._pattern.value, "at_ms": time.monotonic_ns() // 1_000_000})
            return
        if self.wiring.staff_pin is not None and self.presses.are_told(message):
            self.presses.hear(message, now_s=now_s)
            return
        beat = wire.integer(message, "beat", low=0, high=_MAX_BEAT)
        if not self._unanswered or beat != self._unanswered[0][0]:
            raise wire.WireError("an answer to no beat")
        self._unanswered.popleft()

    def _send(self, message: wire.Message) -> None:
        # `receive` and `check` find a closed or full wire too, and say so.
        if self._child is not None:
            with contextlib.suppress(wire.WireClosed):
                self._child.send(message)

    def _lose(self, how: str) -> None:
        """Bury the child, see to it that the pins are dark, and tell the door."""
        raise DeviceError(Reason.PINS_LOST, how + self._end_child())

    def _end_child(self) -> str:
        """End the child by closing its wire, by force if need be; what was wrong, for a person."""
        child, held = self._child, self.told is not None
        self._child, self.told, self.presses.is_stuck = None, None, False
        self._unanswered.clear()
        if child is None:
            return ""
        child.wire.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            # It writes dark by itself once its wire ends.
            child.process.wait(_END_S)
        child.end()
        if child.process.returncode == 0 or not held:
            return ""
        # A Raspberry Pi keeps the level of a pin whose process was killed.
        trouble = self._darken(self.wiring.to_json())
        return f" ({child.obituary()})" + (f"; {trouble}" if trouble else "")

    def _work_folder(self) -> str:
        if self._folder is None and self._private is None:
            import tempfile  # noqa: PLC0415 - a service gives a folder

            self._private = tempfile.mkdtemp(prefix="door-scanner-")
        return self._folder or self._private or "/"


def _program(folder: str) -> Program:
    return Program(
        "scanner.signals.keeper_child",
        path=f"{CODE}:{_SYSTEM_PACKAGES}",
        cwd=folder,
        environment=(("LG_WD", folder),),
    )

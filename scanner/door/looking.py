"""From a waiting frame to an answer: one frame at a time goes to the reader.

A reader that dies or hangs is replaced; the frame that killed it is gone.
"""

import contextlib
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from scanner.door.answers import Instant
from scanner.door.faults import Faults
from scanner.door.frames import Held
from scanner.door.parts import Door
from scanner.door.position import Position
from scanner.door.watching import Watching
from scanner.sight.attention import Attention, Effort
from scanner.sight.sightings import Looked, Skipped
from scanner.terms import DeviceError, Reason

_HOPELESS_LOSSES: Final = 5
# A reader answers within a second, or is replaced.
_TOO_OLD_S: Final = 1.5
# What a live eye says of its pictures is passed on this often at most.
_SAY_EVERY_S: Final = 1.0


class Looking:
    """Owns the reader's life and the frame in its hands."""

    def __init__(
        self, door: Door, *, faults: Faults, position: Position, now: Callable[[], Instant]
    ) -> None:
        self.reader = door.reader
        self.is_introduced = False
        self.losses = 0
        self.looks = 0
        self._door = door
        self._faults = faults
        self._position = position
        self._now = now
        self._attention = Attention()
        self._held: Held | None = None
        self._skipped = ""
        self._silent_until_s = 0.0

    @property
    def is_busy(self) -> bool:
        """Say whether a frame is being read."""
        return self._held is not None

    @property
    def is_hopeless(self) -> bool:
        """Say whether the reader failed to start again and again."""
        return not self.is_introduced and self.losses >= _HOPELESS_LOSSES

    def start(self, *, now_s: float, watching: Watching) -> None:
        """Start the reader."""
        try:
            self.reader.start(now_s=now_s)
        except DeviceError as lost:
            self._lose(lost, now_s=now_s, watching=watching)

    def hear(self, now_s: float, *, watching: Watching) -> None:
        """Take what the reader says, and answer."""
        try:
            looked = self.reader.receive()
            self.reader.check(now_s)
        except DeviceError as lost:
            self._lose(lost, now_s=now_s, watching=watching)
            return
        if self.reader.ready:
            self._faults.end(Reason.READER_LOST)
            if not self.is_introduced:
                self.is_introduced = True
                self._door.on_ready()
        if looked is not None:
            self._answer(looked, watching=watching)

    def take_up(self, now_s: float, *, watching: Watching) -> None:
        """Hand the next frame worth reading to the reader, if it is free."""
        while watching.waiting and self._held is None and self.reader.ready:
            held = watching.waiting.take()
            if isinstance(held, Skipped):
                self._pass_over(held)
            else:
                self._look(held, now_s=now_s, watching=watching)

    def orphan(self) -> None:
        """Take note that the eye is gone: the frame being read belongs to nobody now."""
        if self._held is not None:
            self._held = replace(self._held, is_orphan=True)

    def _lose(self, lost: DeviceError, *, now_s: float, watching: Watching) -> None:
        self._faults.begin(lost, now=self._now())
        self._let_go(watching)
        self.losses += 1
        # A rehearsal gives up; a daemon never does.
        if not (self._door.once and self.is_hopeless):
            # One that cannot even be started is tried again at the next turn.
            with contextlib.suppress(DeviceError):
                self.reader.replace(now_s=now_s)

    def _pass_over(self, skipped: Skipped) -> None:
        """Show a picture that cannot be read as a fault, once for all its frames."""
        self._position.go_to(skipped)
        self.looks += 1
        if skipped.why != self._skipped and self._may_speak():
            self._skipped = skipped.why
            self._door.answers.fault(Reason.INTERNAL, skipped.why, now=self._now())

    def _look(self, held: Held, *, now_s: float, watching: Watching) -> None:
        shot = held.shot
        frame_ms = self._position.go_to(shot)
        if shot.note is not None and self._may_speak():
            self._door.lights.note(f"frame {shot.frame}: {shot.note}")
        effort = self._attention.effort(frame_ms, changed_cells=shot.changed_cells)
        if effort is Effort.SKIP:
            self.looks += 1
            watching.eye.free(shot.slot)
            self._door.lights.turn(self._now().lamps_ms)
            return
        # A rehearsal's frames wait in a queue that no guest stands in.
        self._held = held if self._position.paced else replace(held, since_s=time.monotonic())
        try:
            self.reader.submit(shot, effort=effort, now_s=now_s)
        except DeviceError as lost:
            self._lose(lost, now_s=now_s, watching=watching)

    def _may_speak(self) -> bool:
        """Say whether the eye's words are passed on: a live one may not fill the journal."""
        now_s = time.monotonic()
        if self._position.paced and now_s < self._silent_until_s:
            return False
        self._silent_until_s = now_s + _SAY_EVERY_S
        return True

    def _answer(self, looked: Looked, *, watching: Watching) -> None:
        # While the frame is in hand, a rehearsal that ends with it has not ended yet.
        now = self._now()
        if (held := self._let_go(watching)) is None:
            return
        self.looks += 1
        if self._position.paced and time.monotonic() - held.since_s > _TOO_OLD_S:
            # The door stood still meanwhile: whoever showed this is gone.
            return
        if looked.error is not None:
            detail = f"a frame could not be read: {looked.error}"
            self._door.answers.fault(Reason.INTERNAL, detail, now=now)
            return
        if looked.codes:
            self._attention.stay_keen(self._position.frame_ms)
            if self._position.paced:
                watching.eye.stay_keen()
        self._door.answers.look(looked.codes, now=now, since_s=held.since_s)

    def _let_go(self, watching: Watching) -> Held | None:
        """Give back the slot of the frame being read."""
        held, self._held = self._held, None
        if held is not None and not held.is_orphan:
            watching.eye.free(held.shot.slot)
        return held

"""The loop: frames come from the eye, codes from the reader, answers go to the lights.

One thread, one turn after another. A camera or reader that is lost becomes a fault on
the lamps and is started again for as long as the door runs; a frame that killed the
reader is gone. A paced camera's newest frame wins; a rehearsal's frames are all looked
at, in order, and its time is frame time, so that it repeats exactly.
"""

import contextlib
import select
import socket
import time
from dataclasses import replace
from typing import Final

from scanner.door.answers import Instant
from scanner.door.frames import Held, Waiting
from scanner.door.parts import Door
from scanner.door.position import Position
from scanner.sight.attention import Attention, Effort
from scanner.sight.eye import Sighting
from scanner.sight.sightings import Ended, Looked, Opened, Shot, Skipped
from scanner.signals import Pattern
from scanner.terms import DeviceError, Reason

# A lost camera is opened again soon at first, then every five seconds.
_REOPEN_S: Final = (0.2, 1.0, 2.0, 5.0)
_HOPELESS_STARTS: Final = 5
# An eye that talks without end must not keep the door from its lamps.
_HEARD_AT_ONCE: Final = 16
_LONGEST_WAIT_MS: Final = 500


class Loop:
    """Runs a door until it is stopped, or its rehearsal ends."""

    def __init__(self, door: Door, *, stop: socket.socket | None = None) -> None:
        self._door = door
        self._stop = stop
        self.stopping = self.interrupted = False
        self._attention = Attention()
        self._waiting = Waiting(door.eye.free)
        self._looking: Held | None = None
        self._position = Position()
        self._losses = 0
        self._reopen_at_s: float | None = None
        self._faults: set[Reason] = set()
        self._state: str | None = None
        self._introduced = False
        self._lost_readers = 0
        self._skipped = self._end_note = ""

    def run(self) -> None:
        """Turn until stopped; the children are closed by whoever made them."""
        self._enter("starting")
        self._reopen_at_s = now_s = time.monotonic()
        try:
            self._door.reader.start(now_s=now_s)
        except DeviceError as lost:
            self._lose_reader(lost, now_s=now_s)
        try:
            while not self.stopping:
                self._wait()
                self._turn(time.monotonic())
            self._enter("stopping")
        finally:
            # Whatever ends the loop, no lamp stays on.
            self._door.lights.close(at_ms=self._now().lamps_ms)

    def _turn(self, now_s: float) -> None:
        self._hear_reader(now_s)
        # The first line is about the reader; what the eye has to say waits for it.
        self._open_eye(now_s)
        if self._introduced or self._faults:
            self._hear_eye(now_s)
        self._take_up(now_s)
        self._settle()
        self._door.lights.turn(self._now().lamps_ms)
        if self._finished():
            self._tell_end()
            self.stopping |= self._door.once

    def _wait(self) -> None:
        now_ms = self._now().lamps_ms
        until_ms = min(self._door.lights.next_change_ms(now_ms), now_ms + _LONGEST_WAIT_MS)
        # An eye that is not listened to yet would wake the loop for nothing.
        eye_fd = self._door.eye.fileno() if self._introduced or self._faults else -1
        stop_fd = self._stop.fileno() if self._stop is not None else -1
        waiting = select.poll()
        for fd in (self._door.reader.fileno(), eye_fd, stop_fd):
            if fd >= 0:
                waiting.register(fd, select.POLLIN)
        self.interrupted |= any(fd == stop_fd for fd, _ in waiting.poll(until_ms - now_ms))
        self.stopping |= self.interrupted

    def _hear_reader(self, now_s: float) -> None:
        reader = self._door.reader
        try:
            looked = reader.receive()
            reader.check(now_s)
        except DeviceError as lost:
            self._lose_reader(lost, now_s=now_s)
            return
        if reader.ready:
            self._faults.discard(Reason.READER_LOST)
            if not self._introduced:
                self._introduced = True
                self._door.on_ready()
        if looked is not None:
            self._answer(looked)

    def _lose_reader(self, lost: DeviceError, *, now_s: float) -> None:
        self._fail(lost)
        self._let_go()
        self._lost_readers += 1
        # A daemon tries for ever; a rehearsal whose reader cannot start is over.
        if self._door.once and not self._introduced and self._lost_readers >= _HOPELESS_STARTS:
            self.stopping = True
            return
        # One that cannot even be started is tried again at the next turn.
        with contextlib.suppress(DeviceError):
            self._door.reader.replace(now_s=now_s)

    def _open_eye(self, now_s: float) -> None:
        if self._reopen_at_s is None or now_s < self._reopen_at_s:
            return
        self._reopen_at_s = None
        try:
            self._door.eye.start(now_s=now_s)
        except DeviceError as lost:
            self._lose_eye(lost, now_s=now_s)

    def _hear_eye(self, now_s: float) -> None:
        eye = self._door.eye
        try:
            for _ in range(_HEARD_AT_ONCE):
                seen = eye.receive(now_s=now_s)
                if seen is None:
                    break
                self._see(seen, now_s=now_s)
            eye.check(now_s)
        except DeviceError as lost:
            self._lose_eye(lost, now_s=now_s)

    def _lose_eye(self, lost: DeviceError, *, now_s: float) -> None:
        self._waiting.clear()
        # Its slots went with it; the frame being read belongs to nobody now.
        if self._looking is not None:
            self._looking = replace(self._looking, is_orphan=True)
        self._fail(lost)
        self._reopen_at_s = now_s + _REOPEN_S[min(self._losses, len(_REOPEN_S) - 1)]
        self._losses += 1
        self.stopping |= self._door.once

    def _see(self, seen: Sighting, *, now_s: float) -> None:
        match seen:
            case Opened():
                self._position.opened(paced=seen.paced)
                self._faults.discard(Reason.CAMERA_LOST)
            case Shot() | Skipped():
                self._losses = 0
                self._waiting.put(seen, now_s=now_s, newest_only=self._position.paced is True)
            case Ended():
                self._end_note = seen.note

    def _take_up(self, now_s: float) -> None:
        """Hand the next frame worth reading to the reader, if it is free."""
        while self._waiting and self._looking is None and self._door.reader.ready:
            held = self._waiting.take()
            if isinstance(held, Skipped):
                self._pass_over(held)
            else:
                self._look(held, now_s=now_s)

    def _pass_over(self, skipped: Skipped) -> None:
        """Show a picture that cannot be read as a fault, once for all its frames."""
        self._position.go_to(skipped)
        if skipped.why != self._skipped:
            self._skipped = skipped.why
            self._door.answers.fault(Reason.INTERNAL, skipped.why, now=self._now())

    def _look(self, held: Held, *, now_s: float) -> None:
        shot = held.shot
        frame_ms = self._position.go_to(shot)
        if shot.note is not None:
            self._door.lights.note(f"frame {shot.frame}: {shot.note}")
        effort = self._attention.effort(frame_ms, changed_cells=shot.changed_cells)
        if effort is Effort.SKIP:
            self._door.eye.free(shot.slot)
            self._door.lights.turn(self._now().lamps_ms)
            return
        # A rehearsal's frames wait in a queue that no guest stands in.
        self._looking = held if self._position.paced else replace(held, since_s=time.monotonic())
        try:
            self._door.reader.submit(shot, effort=effort, now_s=now_s)
        except DeviceError as lost:
            self._lose_reader(lost, now_s=now_s)

    def _answer(self, looked: Looked) -> None:
        if (held := self._let_go()) is None:
            return
        if looked.error is not None:
            detail = f"a frame could not be read: {looked.error}"
            self._door.answers.fault(Reason.INTERNAL, detail, now=self._now())
            return
        if looked.codes:
            self._attention.stay_keen(self._position.frame_ms)
            if self._position.paced:
                self._door.eye.stay_keen()
        self._door.answers.look(looked.codes, now=self._now(), since_s=held.since_s)

    def _let_go(self) -> Held | None:
        """Give back the slot of the frame being read."""
        held, self._looking = self._looking, None
        if held is not None and not held.is_orphan:
            self._door.eye.free(held.shot.slot)
        return held

    def _fail(self, lost: DeviceError) -> None:
        """Show a fault once, until it is over."""
        if lost.reason not in self._faults:
            self._faults.add(lost.reason)
            self._door.answers.fault(lost.reason, lost.detail, now=self._now())

    def _settle(self) -> None:
        """Rest on ready or fault, and say so when that changes."""
        if self._faults:
            self._enter("fault")
            self._door.lights.rest(Pattern.FAULT, at_ms=self._now().lamps_ms)
        elif self._door.reader.ready and self._position.paced is not None:
            self._enter("ready")
            self._door.lights.rest(Pattern.READY, at_ms=self._now().lamps_ms)

    def _enter(self, state: str) -> None:
        if state != self._state:
            self._state = state
            self._door.events.write("state", state=state)

    def _tell_end(self) -> None:
        """Say what the camera said last, after the last answer."""
        if self._end_note:
            self._door.lights.note(self._end_note)
            self._end_note = ""

    def _finished(self) -> bool:
        return self._door.eye.ended and not self._waiting and self._looking is None

    def _now(self) -> Instant:
        is_lost = self._reopen_at_s is not None and bool(self._faults)
        return self._position.now(stands_still=self._door.eye.ended or is_lost)

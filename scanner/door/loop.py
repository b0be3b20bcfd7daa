"""The loop: frames come from the eye, codes from the reader, answers go to the lights.

One thread, one turn after another. A camera or reader that is lost becomes a fault on
the lamps and is started again for as long as the door runs; a frame that killed the
reader is gone. A paced camera's newest frame wins; a rehearsal's frames are all looked
at, in order, and its time is frame time, so that it repeats exactly.
"""

import select
import socket
import time
from collections.abc import Iterable
from typing import Final, Protocol

from scanner.door.answers import Instant
from scanner.door.faults import Faults
from scanner.door.looking import Looking
from scanner.door.parts import Door
from scanner.door.position import Position
from scanner.door.watching import Watching
from scanner.signals import Pattern

# The keeper of the pins goes dark when it hears nothing for a second.
_LONGEST_WAIT_MS: Final = 250


class Attendant(Protocol):
    """Somebody with a place in every turn: pins, status, control, the supervisor."""

    def filenos(self) -> Iterable[int]:
        """Return the descriptors that should wake the loop."""

    def turn(self, now_s: float) -> None:
        """Do what is due; raises nothing."""


class Loop:
    """Runs a door until it is stopped, or its rehearsal ends."""

    def __init__(self, door: Door, *, stop: socket.socket | None = None) -> None:
        self.door = door
        self._stop = stop
        self.stopping = self.interrupted = False
        self.is_wary = False
        """Whether lists or clock are such that a person should look at this door."""
        self.state = ""
        self.state_since_s = 0.0
        self.attendants: list[Attendant] = []
        self.faults = Faults(door.answers)
        self._position = Position()
        self.looking = Looking(door, faults=self.faults, position=self._position, now=self.now)
        self.watching = Watching(
            door.eye,
            faults=self.faults,
            position=self._position,
            now=self.now,
            on_lost=self._lose_eye,
        )

    def run(self) -> None:
        """Turn until stopped; the children are closed by whoever made them."""
        self._enter("starting")
        for lost in self.door.standing:
            self.faults.begin(lost, now=self.now())
        self.looking.start(now_s=time.monotonic(), watching=self.watching)
        try:
            while not self.stopping:
                self._wait()
                self._turn(time.monotonic())
            self._enter("stopping")
            self._attend(time.monotonic())
        finally:
            # Whatever ends the loop, no lamp stays on.
            self.door.lights.close(at_ms=self.now().lamps_ms)

    @property
    def is_idle(self) -> bool:
        """Say whether all that was to be looked at has been."""
        return self.door.eye.ended and not self.watching.waiting and not self.looking.is_busy

    def now(self) -> Instant:
        """Return the present, as frames, pins and lamps count it."""
        # Before the first camera, and without one, time goes on for the lamps of a fault.
        is_lost = bool(self.faults) and (self.watching.is_lost or self._position.paced is None)
        return self._position.now(stands_still=self.is_idle or is_lost)

    def _turn(self, now_s: float) -> None:
        self.looking.hear(now_s, watching=self.watching)
        # A daemon tries for ever; a rehearsal whose reader cannot start is over.
        self.stopping |= self.door.once and self.looking.is_hopeless
        # The first line is about the reader; what the eye has to say waits for it.
        self.watching.open(now_s)
        if self._listens_to_eye:
            self.watching.hear(now_s)
        self.looking.take_up(now_s, watching=self.watching)
        self._settle()
        self.door.lights.turn(self.now().lamps_ms)
        self._attend(now_s)
        if self.is_idle:
            self._tell_end()
            self.stopping |= self.door.once

    @property
    def _listens_to_eye(self) -> bool:
        return self.looking.is_introduced or bool(self.faults)

    def _attend(self, now_s: float) -> None:
        for attendant in self.attendants:
            attendant.turn(now_s)

    def _wait(self) -> None:
        now_ms = self.now().lamps_ms
        until_ms = min(self.door.lights.next_change_ms(now_ms), now_ms + _LONGEST_WAIT_MS)
        # An eye that is not listened to yet would wake the loop for nothing.
        eye_fd = self.door.eye.fileno() if self._listens_to_eye else -1
        stop_fd = self._stop.fileno() if self._stop is not None else -1
        others = [fd for attendant in self.attendants for fd in attendant.filenos()]
        waiting = select.poll()
        for fd in (self.door.reader.fileno(), eye_fd, stop_fd, *others):
            if fd >= 0:
                waiting.register(fd, select.POLLIN)
        self.interrupted |= any(fd == stop_fd for fd, _ in waiting.poll(until_ms - now_ms))
        self.stopping |= self.interrupted

    def _lose_eye(self) -> None:
        self.looking.orphan()
        self.stopping |= self.door.once

    def _settle(self) -> None:
        """Rest on ready or fault, and say so when that changes."""
        if self.faults:
            self._enter("fault")
            self.door.lights.rest(Pattern.FAULT, at_ms=self.now().lamps_ms)
        elif self.door.reader.ready and (self.watching.frames or self.door.eye.ended):
            self._enter("ready")
            rest = Pattern.WARY if self.is_wary else Pattern.READY
            self.door.lights.rest(rest, at_ms=self.now().lamps_ms)

    def _enter(self, state: str) -> None:
        if state != self.state:
            self.state, self.state_since_s = state, time.monotonic()
            self.door.events.write("state", state=state)

    def _tell_end(self) -> None:
        """Say what the camera said last, after the last answer."""
        if self.watching.end_note:
            self.door.lights.note(self.watching.end_note)
            self.watching.end_note = ""

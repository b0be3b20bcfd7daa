"""The door's side of the eye: frames as they come, a lost camera as a `DeviceError`.

Promises that every field the child says is checked, that a slot is never announced twice
before it was freed, that the one frame kept back by a slow door costs no more than its
slot, and that a camera which gives nothing is lost after two seconds (eight, when it is a
rehearsal that may wait for a decoder). Seconds are monotonic and come from the caller.
"""

import contextlib
from typing import Final

from scanner.process import wire
from scanner.process.child import Child, Program
from scanner.sight.memory import FrameMemory
from scanner.sight.sightings import Ended, Opened, Shot, Skipped
from scanner.sight.spec import is_picamera
from scanner.terms import DeviceError, Reason

PACED_SILENCE_S: Final = 2.0
"""Thirty frames missing: nobody at the door would wait longer in the dark."""

LOSSLESS_SILENCE_S: Final = 8.0
"""Decoding a 64-megapixel file or drawing a scene takes a second on the slowest Pi."""

OPEN_DEADLINE_S: Final = 20.0
"""Importing OpenCV from a cold card, then waking a USB camera."""

_MAX_FRAME: Final = 1 << 40
_MAX_LEAP_MS: Final = 60 * 60 * 1000
_MAX_SIDE: Final = 1 << 15
_EYE: Final = Program("scanner.sight.eye_child")

PI_EYE: Final = Program("scanner.sight.eye_child", interpreter="/usr/bin/python3")
"""picamera2 and libcamera belong to the system's Python, and load nowhere else."""

Sighting = Opened | Shot | Skipped | Ended


class Eye:
    """One camera process at a time."""

    def __init__(
        self,
        camera: str,
        *,
        memory: FrameMemory,
        script_fd: int | None = None,
        program: Program | None = None,
    ) -> None:
        self._camera = camera
        self._memory = memory
        self._script_fd = script_fd
        self._program = program or (PI_EYE if is_picamera(camera) else _EYE)
        self._child: Child | None = None
        self._held: set[int] = set()
        self._last_s = 0.0
        self._silence_s = OPEN_DEADLINE_S
        self._at_ms = 0
        self._is_open = self.ended = False

    def start(self, *, now_s: float) -> None:
        """Start the child on its camera; after a loss, start it again."""
        self.close()
        self._is_open = self.ended = False
        self._at_ms = 0
        self._last_s, self._silence_s = now_s, OPEN_DEADLINE_S
        memory = self._memory
        script = -1 if self._script_fd is None else self._script_fd
        told = (memory.writable_fd, memory.slots, memory.slot_bytes, self._camera, script)
        shared = [fd for fd in (memory.writable_fd, script) if fd >= 0]
        try:
            self._child = Child(self._program, arguments=[*map(str, told)], descriptors=shared)
        except OSError as error:
            raise self._lost(f"cannot start: {error.strerror}") from None

    def fileno(self) -> int:
        """Return the descriptor to wait on; -1 while there is no child; new after `start`."""
        return -1 if self._child is None else self._child.wire.fileno()

    @property
    def pid(self) -> int | None:
        """The child's process id."""
        return None if self._child is None else self._child.pid

    def receive(self, *, now_s: float) -> Sighting | None:
        """Take the next thing the eye says; None when there is none yet."""
        if self._child is None:
            return None
        try:
            message = self._child.receive(max_bytes=wire.SMALL_BYTES)
            if message is None:
                return None
            self._last_s = now_s
            return self._sighting(message)
        except wire.WireClosed:
            raise self._lost("the camera process ended") from None
        except wire.WireError as lie:
            raise self._lost(f"the camera process broke the protocol: {lie}") from None

    def free(self, slot: int) -> None:
        """Give a slot back once nobody reads it any more."""
        if slot not in self._held or self._child is None:
            return  # of a child that is gone
        self._held.discard(slot)
        # `receive` finds a closed wire too, and says so.
        with contextlib.suppress(wire.WireClosed):
            self._child.send({"free": slot})

    def stay_keen(self) -> None:
        """Tell the eye that a code is in view: every frame counts, though nothing moves."""
        if self._child is not None:
            with contextlib.suppress(wire.WireClosed):
                self._child.send({"keen": True})

    def check(self, now_s: float) -> None:
        """Raise `DeviceError(camera_lost)` when the camera has been silent for too long."""
        if self._child is None or self.ended:
            return
        if len(self._held) == self._memory.slots:
            # It is the door that keeps the eye waiting.
            self._last_s = now_s
        elif now_s - self._last_s > self._silence_s:
            raise self._lost(f"no picture for {self._silence_s:g} seconds")

    def close(self) -> None:
        """Kill the child."""
        if self._child is not None:
            self._child.end()
        self._child = None
        self._held.clear()

    def _sighting(self, message: wire.Message) -> Sighting:
        if "error" in message:
            raise self._lost(wire.words(message, "error"))
        if self.ended or ("opened" in message) is self._is_open:
            raise wire.WireError("words out of order")
        if "end" in message:
            self.ended = True
            return Ended(wire.words(message, "end"))
        if "opened" in message:
            self._is_open = True
            paced = message.get("paced") is True
            self._silence_s = PACED_SILENCE_S if paced else LOSSLESS_SILENCE_S
            name = wire.words(message, "name") if "name" in message else ""
            return Opened(paced=paced, name=name, note=_note(message))
        frame = wire.integer(message, "frame", low=0, high=_MAX_FRAME)
        # Time goes on, and not by leaps: lamps and rules of the door go by it.
        at_ms = wire.integer(message, "at_ms", low=self._at_ms, high=self._at_ms + _MAX_LEAP_MS)
        self._at_ms = at_ms
        if "skipped" in message:
            return Skipped(frame, at_ms=at_ms, why=wire.words(message, "skipped"))
        return self._shot(message, frame=frame, at_ms=at_ms)

    def _shot(self, message: wire.Message, *, frame: int, at_ms: int) -> Shot:
        slot = wire.integer(message, "slot", low=0, high=self._memory.slots - 1)
        width = wire.integer(message, "width", low=1, high=_MAX_SIDE)
        height = wire.integer(message, "height", low=1, high=_MAX_SIDE)
        changed = wire.integer(message, "changed", low=0, high=_MAX_FRAME)
        if slot in self._held or width * height > self._memory.slot_bytes:
            raise wire.WireError("a slot is announced twice, or too small")
        self._held.add(slot)
        note = _note(message)
        return Shot(frame, at_ms, slot, width, height, changed_cells=changed, note=note)

    def _lost(self, detail: str) -> DeviceError:
        self.close()
        return DeviceError(Reason.CAMERA_LOST, detail)


def _note(message: wire.Message) -> str | None:
    return None if message.get("note") is None else wire.words(message, "note")

"""The door's watch over its eye: opened, listened to, and opened again for as long as it runs.

A lost camera is a fault on the lamps, never an end; what it had announced is forgotten.
"""

import math
from collections.abc import Callable
from typing import Final

from scanner.door.answers import Instant
from scanner.door.faults import Faults
from scanner.door.frames import Waiting
from scanner.door.position import Position
from scanner.sight.eye import Eye, Sighting
from scanner.sight.sightings import Ended, Opened, Shot, Skipped
from scanner.terms import DeviceError, Reason

# A lost camera is opened again soon at first, then every three seconds: with
# the time to open it, pictures that return are looked at within five.
_REOPEN_S: Final = (0.2, 1.0, 2.0, 3.0)
# An eye that talks without end must not keep the door from its lamps.
_HEARD_AT_ONCE: Final = 16
# Pictures that cannot be read take no slot, and would be taken in without end.
_MOST_WAITING: Final = 64
# No guest puts a pass down and walks on sooner.
_OLD_MS: Final = 1000
# Frames per second are told over about this long: long enough to be steady.
_RATE_OVER_MS: Final = 4000
_RATE_FROM_MS: Final = 1000


class Watching:
    """Owns the eye's life; frames go to `waiting`, time to `position`."""

    def __init__(
        self,
        eye: Eye,
        *,
        faults: Faults,
        position: Position,
        now: Callable[[], Instant],
        on_lost: Callable[[], None],
    ) -> None:
        self.eye = eye
        self.waiting = Waiting(eye.free)
        self.starts = 0
        self.frames = 0
        self.fps = 0.0
        self.name = self.note = self.end_note = ""
        self._faults = faults
        self._position = position
        self._now = now
        self._on_lost = on_lost
        self._losses = 0
        self._reopen_at_s: float | None = None
        self._rate_from = (0, 0)
        self._least_behind_ms = math.inf

    @property
    def is_lost(self) -> bool:
        """Say whether there is no camera now."""
        return self._reopen_at_s is not None

    def open(self, now_s: float) -> None:
        """Start the eye when it is due."""
        if self.starts == 0:
            self._reopen_at_s = now_s
        if self._reopen_at_s is None or now_s < self._reopen_at_s:
            return
        self._reopen_at_s = None
        self.starts += 1
        try:
            self.eye.start(now_s=now_s)
        except DeviceError as lost:
            self._lose(lost, now_s=now_s)

    def hear(self, now_s: float) -> None:
        """Take what the eye has seen."""
        try:
            for _ in range(_HEARD_AT_ONCE if len(self.waiting) < _MOST_WAITING else 0):
                seen = self.eye.receive(now_s=now_s)
                if seen is None:
                    break
                self._see(seen, now_s=now_s)
            self.eye.check(now_s)
        except DeviceError as lost:
            self._lose(lost, now_s=now_s)

    def _lose(self, lost: DeviceError, *, now_s: float) -> None:
        self.waiting.clear()
        self.fps = 0.0
        self._on_lost()
        self._faults.begin(lost, now=self._now())
        self._reopen_at_s = now_s + _REOPEN_S[min(self._losses, len(_REOPEN_S) - 1)]
        self._losses += 1

    def _see(self, seen: Sighting, *, now_s: float) -> None:
        match seen:
            case Opened():
                self.name, self.note = seen.name, seen.note or ""
                self._rate_from = (0, 0)
                self._least_behind_ms = math.inf
                self._position.opened(paced=seen.paced)
            case Shot() | Skipped():
                # Only a picture proves a camera: some open, and give none.
                self._faults.end(Reason.CAMERA_LOST)
                self._losses = 0
                self._count(seen)
                if isinstance(seen, Shot) and self._is_old(seen, now_s=now_s):
                    self.eye.free(seen.slot)
                    return
                self.waiting.put(seen, now_s=now_s, newest_only=self._position.paced is True)
            case Ended():
                self._faults.end(Reason.CAMERA_LOST)
                self.end_note = seen.note

    def _is_old(self, shot: Shot, *, now_s: float) -> bool:
        """Say whether a live picture waited for a door that stood still: its guest is gone."""
        behind_ms = now_s * 1000 - shot.at_ms
        self._least_behind_ms = min(self._least_behind_ms, behind_ms)
        return self._position.paced is True and behind_ms - self._least_behind_ms > _OLD_MS

    def _count(self, seen: Shot | Skipped) -> None:
        """Count frames by their numbers: those that the eye keeps back count too."""
        frame, at_ms = self._rate_from
        if at_ms == 0 or seen.at_ms - at_ms >= _RATE_OVER_MS:
            self._rate_from = (seen.frame, max(seen.at_ms, 1))
        if at_ms and seen.at_ms - at_ms >= _RATE_FROM_MS:
            self.fps = (seen.frame - frame) * 1000 / (seen.at_ms - at_ms)
        self.frames += 1

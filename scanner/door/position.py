"""Where the door is in frames and in time, across cameras that are opened again."""

import time

from scanner.door.answers import Instant
from scanner.sight.sightings import Shot, Skipped


class Position:
    """Frame numbers, frame time, and the time that lamps go by; none runs backwards.

    Lamps go by the machine's clock before a live camera. In a rehearsal they go by frame
    time, so that everything repeats; where no frame comes any more, the machine's clock
    takes over, since no lamp may burn for ever.
    """

    def __init__(self) -> None:
        self.paced: bool | None = None
        self._frame, self._frame_ms = 0, 0
        self._first_frame, self._first_ms = 0, 0
        self._started_s = self._frame_s = time.monotonic()
        self._lamps_ms = 0
        self._ahead_ms = 0

    def opened(self, *, paced: bool) -> None:
        """Take note of a camera; opened again, its frames go on where the last one was."""
        if self.paced is not None:
            self._first_frame = self._frame + 1
            self._first_ms = max(self._frame_ms + 1, self._lamps_ms)
        # A fault may have been shown before: lamps go on from there, frame by frame.
        self._ahead_ms = max(0, self._lamps_ms - self._first_ms)
        self.paced = paced

    def go_to(self, seen: Shot | Skipped) -> int:
        """Take up the next frame; return its time in milliseconds."""
        self._frame = self._first_frame + seen.frame
        self._frame_ms = self._first_ms + seen.at_ms
        self._frame_s = time.monotonic()
        return self._frame_ms

    @property
    def frame_ms(self) -> int:
        """Return the time of the frame in hand."""
        return self._frame_ms

    def now(self, *, stands_still: bool) -> Instant:
        """Return the present; `stands_still` says that no frame is to be expected."""
        now_s = time.monotonic()
        lamps_ms = self._frame_ms + self._ahead_ms
        if self.paced or (self.paced is None and stands_still):
            lamps_ms = int((now_s - self._started_s) * 1000)
        elif self.paced is not None and stands_still:
            lamps_ms += int((now_s - self._frame_s) * 1000)
        self._lamps_ms = max(self._lamps_ms, lamps_ms)
        return Instant(self._frame, self._frame_ms, self._lamps_ms)

"""Where the door is in frames and in time, across cameras that are opened again."""

import time
from typing import Final

from scanner.door.answers import Instant
from scanner.sight.sightings import Shot, Skipped

# No camera, drawn or real, leaves this much time between two frames that it owes us.
STILL_AFTER_S: Final = 1.0


class Position:
    """Frame numbers, frame time, and the time that lamps go by; none runs backwards.

    Lamps go by the machine's clock before a live camera. In a rehearsal they go by frame
    time, so that everything repeats; where no frame comes any more, the machine's clock
    takes over, since no lamp may burn for ever. Whatever a camera says of its time, the
    lamps of the next one go on from where they are.
    """

    def __init__(self) -> None:
        self.paced: bool | None = None
        self._frame, self._frame_ms = 0, 0
        self._first_frame, self._first_ms = 0, 0
        self._started_s = self._frame_s = time.monotonic()
        self._lamps_ms = 0
        # What the lamps showed, and their source said, when the camera was opened.
        self._lamps_from_ms, self._source_from_ms = 0, 0

    def opened(self, *, paced: bool) -> None:
        """Take note of a camera; opened again, its frames go on where the last one was."""
        if self.paced is not None:
            self._first_frame = self._frame + 1
            gone_ms = int((time.monotonic() - self._frame_s) * 1000)
            self._first_ms = self._frame_ms + max(1, gone_ms)
        self.paced = paced
        self._frame_s = time.monotonic()
        self._lamps_from_ms = self._lamps_ms
        self._source_from_ms = self._machine_ms() if paced else self._first_ms

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
        silent_s = time.monotonic() - self._frame_s
        if self.paced is None:
            lamps_ms = self._machine_ms() if stands_still else 0
        elif self.paced:
            lamps_ms = self._lamps_from_ms + self._machine_ms() - self._source_from_ms
        else:
            lamps_ms = self._lamps_from_ms + self._frame_ms - self._source_from_ms
            if stands_still or silent_s > STILL_AFTER_S:
                lamps_ms += int(silent_s * 1000)
        self._lamps_ms = max(self._lamps_ms, lamps_ms)
        return Instant(self._frame, self._frame_ms, self._lamps_ms)

    def _machine_ms(self) -> int:
        return int((time.monotonic() - self._started_s) * 1000)

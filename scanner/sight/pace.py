"""The beat of a rehearsal: when each frame was "taken", and the wait until then."""

import time

from scanner.sight.spec import FramesSpec, Pace


class Metronome:
    """Counts frames; in real time each tick waits until the frame is due."""

    def __init__(self, spec: FramesSpec) -> None:
        self._fps = spec.fps
        self._realtime = spec.pace is Pace.REALTIME
        self._start_s = time.monotonic()
        self._ticks = 0

    def tick(self) -> int:
        """Return the time of the next frame in milliseconds from the first."""
        since_start_s = self._ticks / self._fps
        self._ticks += 1
        if self._realtime:
            time.sleep(max(0.0, self._start_s + since_start_s - time.monotonic()))
        return round(since_start_s * 1000)

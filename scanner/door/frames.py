"""Frames waiting for the reader: all of them in order, or only the newest."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from scanner.sight.sightings import Shot, Skipped


@dataclass(frozen=True, slots=True)
class Held:
    """A frame in the door's hands, since when, and whether its eye is gone."""

    shot: Shot
    since_s: float
    is_orphan: bool = False


class Waiting:
    """A queue that loses nothing of a rehearsal, and all but the newest of a live camera.

    `free` gives the slot of a frame back that will not be read.
    """

    def __init__(self, free: Callable[[int], None]) -> None:
        self._free = free
        self._queue: deque[Held | Skipped] = deque()

    def put(self, seen: Shot | Skipped, *, now_s: float, newest_only: bool) -> None:
        """Append what the eye saw; of dropped frames the motion is remembered."""
        if isinstance(seen, Skipped):
            while newest_only and self._queue and isinstance(self._queue[-1], Skipped):
                self._queue.pop()
            self._queue.append(seen)
            return
        while newest_only and self._queue:
            older = self._queue.popleft()
            if isinstance(older, Held):
                self._free(older.shot.slot)
                moved = max(seen.changed_cells, older.shot.changed_cells)
                seen = replace(seen, changed_cells=moved)
        self._queue.append(Held(seen, now_s))

    def take(self) -> Held | Skipped:
        """Return the next frame; there must be one."""
        return self._queue.popleft()

    def clear(self) -> None:
        """Forget everything: the eye is gone, and its slots with it."""
        self._queue.clear()

    def __len__(self) -> int:
        return len(self._queue)

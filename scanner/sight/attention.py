"""Attention: which frames are worth reading, and how hard.

Promises: the first frame is read; after motion every frame is read for three seconds;
and one frame a second is read regardless, so that a code held still before the door
woke up is never starved. Frame time alone decides, so a rehearsal repeats exactly.
"""

from enum import Enum
from typing import Final

MOVED_CELLS: Final = 40
"""Changed cells that count as motion: less than a fifth of the smallest readable code,
more than the 0.1 % of 14,400 cells that noise alone changes."""

KEEN_MS: Final = 3_000
"""How long a guest is given after the last motion: hands come to rest before they show."""

IDLE_MS: Final = 1_000
"""A still picture is read this often."""


class Effort(Enum):
    """What to spend on a frame."""

    SKIP = "skip"
    GLANCE = "glance"
    """One plain reading."""
    RESCUE = "rescue"
    """One plain reading and, when it finds nothing, one rescue in rotation."""


class Attention:
    """Decides for each frame in turn; a still picture is worth a look every `idle_ms`."""

    def __init__(self, *, idle_ms: int = IDLE_MS) -> None:
        self._idle_ms = idle_ms
        self._keen_until_ms: int | None = None
        self._last_read_ms: int | None = None

    def effort(self, at_ms: int, *, changed_cells: int) -> Effort:
        """Say what the frame taken at `at_ms` deserves; times must not run backwards."""
        if changed_cells >= MOVED_CELLS:
            self._keen_until_ms = at_ms + KEEN_MS
        effort = self._effort(at_ms)
        if effort is not Effort.SKIP:
            self._last_read_ms = at_ms
        return effort

    def _effort(self, at_ms: int) -> Effort:
        if self._keen_until_ms is not None and at_ms <= self._keen_until_ms:
            return Effort.RESCUE
        if self._last_read_ms is None or at_ms - self._last_read_ms >= self._idle_ms:
            return Effort.GLANCE
        return Effort.SKIP

    def stay_keen(self, at_ms: int) -> None:
        """Keep reading as if something had just moved: a code is in view."""
        self._keen_until_ms = at_ms + KEEN_MS

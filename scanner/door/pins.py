"""The door's care for its keeper: a heartbeat each turn, and a new keeper for a lost one.

What the keeper hears from the staff button is handed on in the same turn.

Lost pins cannot be shown on the lamps: the fault stands in the status, the door goes on
deciding, and every few seconds a keeper is tried again.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from scanner.door.answers import Instant
from scanner.door.faults import Faults
from scanner.door.staff import Staff
from scanner.signals.keeper import Keeper
from scanner.terms import DeviceError, Reason

_RESTART_S: Final = (0.0, 1.0, 2.0, 5.0)
# A keeper that held the pins this long was well.
_WELL_AFTER_S: Final = 30.0


class Pins:
    """An attendant that keeps a keeper alive."""

    def __init__(
        self, keeper: Keeper, *, faults: Faults, now: Callable[[], Instant], staff: Staff
    ) -> None:
        self.staff = staff
        self._keeper = keeper
        self._faults = faults
        self._now = now
        self._losses = 0
        self._starts = 0
        self._start_at_s: float | None = 0.0
        self._started_s = 0.0

    def filenos(self) -> Iterable[int]:
        """Wait for the keeper's words."""
        return (self._keeper.fileno(),)

    def turn(self, now_s: float) -> None:
        """Start a keeper that is due; hear the one there is, and let it hear us."""
        try:
            self._start(now_s)
            self._keeper.check(now_s)
            if self._keeper.told is not None:
                self._faults.end(Reason.PINS_LOST)
            self._keeper.beat(now_s)
        except DeviceError as lost:
            self._lose(lost, now_s=now_s)
        # After the lights of a fault: staff is told even by a keeper that is gone since.
        for presses in self._keeper.presses.taken():
            self.staff.pressed(presses)
        self.staff.found(stuck=self._keeper.presses.is_stuck)

    def told(self) -> dict[str, Any]:
        """Return what stands in the status about the pins."""
        return {
            "detail": self._keeper.told,
            "starts": self._starts,
            "staff": self.staff.told(),
        }

    def _start(self, now_s: float) -> None:
        if self._start_at_s is None or now_s < self._start_at_s:
            return
        self._start_at_s, self._started_s = None, now_s
        self._starts += 1
        self._keeper.start(now_s=now_s)

    def _lose(self, lost: DeviceError, *, now_s: float) -> None:
        if now_s - self._started_s > _WELL_AFTER_S:
            self._losses = 0
        self._start_at_s = now_s + _RESTART_S[min(self._losses, len(_RESTART_S) - 1)]
        self._losses += 1
        self._faults.begin(lost, now=self._now())

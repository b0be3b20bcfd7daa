"""What the machine says of its time: its clocks, and who claims to have set them.

Whatever cannot be read is not there: a door without evidence does not trust its clock, and
that is all that may happen. What the evidence is worth is weighed in `scanner.gate`.
"""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from scanner.gate.timekeeping import RELEASED, TOLERANCE, Evidence, Source

BOOT_ID_VARIABLE: Final = "DOOR_SCANNER_BOOT_ID"
"""Set by the door's unit, whose sandbox hides /proc/sys."""

SYNCHRONISED: Final = "run/door-clock/synchronised"
"""Touched by a unit of its own, since the door's sandbox hides the kernel's clock from it."""

_BOOT_ID: Final = "proc/sys/kernel/random/boot_id"
_TIMESYNCD: Final = "run/systemd/timesync/synchronized"
_RTC: Final = "sys/class/rtc/rtc0"
_CHRONY_AGE: Final = timedelta(minutes=10)
"""Looked at every two minutes."""

_MAX_BYTES: Final = 128


class Machine:
    """The clocks of this machine; `root` is another folder than / in tests."""

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root

    def look(self) -> Evidence:
        """Return the present: clocks read one after the other, at once."""
        return self.evidence(
            wall=datetime.now(tz=UTC),
            boottime_s=self.boottime_s(),
            boot_id=self._boot_id(),
        )

    @staticmethod
    def boottime_s() -> float:
        """Return the seconds since the machine was switched on, with those it was asleep."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def evidence(self, *, wall: datetime, boottime_s: float, boot_id: str) -> Evidence:
        """Return the evidence at these clocks: who, if anybody, says that `wall` is right."""
        return Evidence(
            wall, boot_id, boottime_s, self._synchronised_by(wall, boottime_s=boottime_s)
        )

    def _synchronised_by(self, wall: datetime, *, boottime_s: float) -> Source | None:
        switched_on = wall - timedelta(seconds=boottime_s)
        touched = self._touched(_TIMESYNCD)
        if touched and switched_on - TOLERANCE <= touched <= wall + TOLERANCE:
            return Source.TIMESYNCD
        touched = self._touched(SYNCHRONISED)
        if touched and wall - _CHRONY_AGE <= touched <= wall + TOLERANCE:
            return Source.CHRONY
        return Source.RTC if self._battery_clock_agrees(wall) else None

    def _battery_clock_agrees(self, wall: datetime) -> bool:
        """Say whether the clock was set from one with a battery, and still agrees with it."""
        if self._text(f"{_RTC}/hctosys") != "1":
            return False
        said = self._text(f"{_RTC}/since_epoch")
        if not said.isdecimal():
            return False
        try:
            rtc = datetime.fromtimestamp(int(said), tz=UTC)
        except (ValueError, OverflowError, OSError):
            return False
        # One that lost its power begins at 1970, or at 2000.
        return rtc > RELEASED and abs(wall - rtc) <= TOLERANCE

    def _boot_id(self) -> str:
        said = self._text(_BOOT_ID) or os.environ.get(BOOT_ID_VARIABLE, "")
        # Written with hyphens by the kernel, and without by systemd.
        return said.replace("-", "")

    def _touched(self, path: str) -> datetime | None:
        try:
            return datetime.fromtimestamp((self._root / path).lstat().st_mtime, tz=UTC)
        except (OSError, ValueError, OverflowError):
            return None

    def _text(self, path: str) -> str:
        try:
            with (self._root / path).open("rb") as file:
                return file.read(_MAX_BYTES).decode("ascii").strip()
        except (OSError, ValueError):
            return ""

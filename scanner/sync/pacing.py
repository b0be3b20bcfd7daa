"""When the next round begins: timing alone, so that a simulated fleet runs this very code.

A hundred thousand doors must not come at once: each has a phase of its own, its period
wavers, and after a failure it waits for a random part of a growing time ("full jitter").
A server may ask for more patience, within bounds. Nothing that happens at the door, a scan
least of all, brings a round forward.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

Random = Callable[[], float]
"""A random number of [0, 1)."""

PERIOD_S: Final = 15 * 60
"""111 rounds a second for 100,000 doors: what one small web server carries with ease."""

MAX_PERIOD_S: Final = 24 * 3600
"""No server talks a door into asking less often than once a day."""

BOOT_SPREAD_S: Final = 300
"""A power cut at a stadium starts all its doors at once."""

WAVER: Final = 0.1
BACK_OFF_S: Final = 60
MAX_BACK_OFF_S: Final = 900
MIN_WAIT_S: Final = 10
"""Even the luckiest jitter leaves a server the time to get up."""

MAX_RETRY_AFTER_S: Final = 3600
_MAX_DOUBLINGS: Final = 10


@dataclass(frozen=True, slots=True)
class Pacing:
    """The rhythm of one door: its phase in [0, 1), kept for ever, and its period."""

    phase: float
    period_s: float = PERIOD_S

    def first_s(self) -> float:
        """Return when the first round begins, in seconds after the boot."""
        return self.phase * BOOT_SPREAD_S

    def after_success_s(self, *, min_wait_s: float | None, random: Random) -> float:
        """Return the wait after a round that ended well; `min_wait_s` is what the feed asks."""
        return self._settled_s(min_wait_s) * (1 - WAVER + 2 * WAVER * random())

    def after_failure_s(
        self,
        failures: int,
        *,
        min_wait_s: float | None,
        retry_after_s: float | None,
        random: Random,
    ) -> float:
        """Return the wait after so many failures in a row, this one included.

        `retry_after_s` is what the server asked for; jitter comes on top of it.
        """
        doublings = min(max(failures - 1, 0), _MAX_DOUBLINGS)
        # Who asks once a day need not ask every few minutes because one answer failed.
        highest_s = max(MAX_BACK_OFF_S, self._settled_s(min_wait_s))
        jitter_s = random() * min(highest_s, BACK_OFF_S << doublings)
        asked_s = 0.0 if retry_after_s is None else min(max(retry_after_s, 0.0), MAX_RETRY_AFTER_S)
        return max(MIN_WAIT_S, asked_s + jitter_s)

    def _settled_s(self, min_wait_s: float | None) -> float:
        return min(max(self.period_s, min_wait_s or 0.0), MAX_PERIOD_S)

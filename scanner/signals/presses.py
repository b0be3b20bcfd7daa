"""The door's side of the button: what its keeper says of it, and no more than a hand can do.

Refuses, as `wire.WireError`, words that mean nothing and presses that come faster than a hand
presses: who says so does not hold a button.
"""

import math
from typing import Final

from scanner.process import wire
from scanner.signals.button import MOST_PRESSES

HAND_S: Final = 0.5
"""A run of presses takes longer, with the rest behind it."""

BACKLOG_S: Final = 8.0
"""What was pressed while the machine stood still comes at once."""

_WORDS: Final = {"staff", "stuck"}


class Presses:
    """Presses that the door has yet to take; `is_stuck` while the button does not rest."""

    def __init__(self) -> None:
        self.is_stuck = False
        self._runs: list[int] = []
        self._free_s = -math.inf

    @staticmethod
    def are_told(message: wire.Message) -> bool:
        """Say whether a message is about the button."""
        return not _WORDS.isdisjoint(message)

    def hear(self, message: wire.Message, *, now_s: float) -> None:
        """Take what is said of the button; `wire.WireError` when that cannot be."""
        self._free_s = max(self._free_s, now_s - BACKLOG_S) + HAND_S
        if self._free_s > now_s:
            raise wire.WireError("more presses than a hand can do")
        if "staff" in message:
            self._runs.append(wire.integer(message, "staff", low=1, high=MOST_PRESSES))
        elif isinstance(message["stuck"], bool):
            self.is_stuck = message["stuck"]
        else:
            raise wire.WireError("stuck is neither true nor false")

    def taken(self) -> list[int]:
        """Return the runs since the last call, in order: how many presses each had, 1 to 4."""
        runs, self._runs = self._runs, []
        return runs

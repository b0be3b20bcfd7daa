"""Faults in force: each is shown once when it begins, and stands until it is over."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.door.answers import Answers, Instant
from scanner.terms import DeviceError, Reason


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: its reason, what a person should know, and since when (monotonic)."""

    reason: Reason
    detail: str
    since_s: float


class Faults:
    """What is wrong with the machine now."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._standing: dict[Reason, Fault] = {}

    def begin(self, lost: DeviceError, *, now: Instant) -> None:
        """Show a fault, unless it stands already; the newest words about it are kept."""
        known = self._standing.get(lost.reason)
        since_s = time.monotonic() if known is None else known.since_s
        self._standing[lost.reason] = Fault(lost.reason, lost.detail, since_s)
        if known is None:
            self._answers.fault(lost.reason, lost.detail, now=now)

    def end(self, reason: Reason) -> None:
        """Take note that a fault is over."""
        self._standing.pop(reason, None)

    def __bool__(self) -> bool:
        return bool(self._standing)

    def __iter__(self) -> Iterator[Fault]:
        return iter(tuple(self._standing.values()))

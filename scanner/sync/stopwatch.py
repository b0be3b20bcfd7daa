"""Seconds and bytes that a round may still take, for a client that waits in system calls.

Time-outs of a socket begin anew with every byte; a server that sends one a second holds them
off for ever. A timer of the process interrupts any wait: connecting, shaking hands, headers
and body alike. It needs the main thread, and it is armed only while the network is waited for.
"""

import contextlib
import signal
import time
from collections.abc import Iterator
from types import FrameType

from scanner.sync.source import Limits
from scanner.trust.refusal import Cause, FeedRefused

_AGAIN_S = 1.0
"""An alarm that falls into code which swallows it comes again."""


class Stopwatch:
    """Counts one round from its making on; each request has a time of its own within it."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._round_ends = time.monotonic() + limits.round_s
        self._request_ends = self._round_ends
        self._bytes_left = limits.round_bytes

    def begin_request(self) -> None:
        """Give the next request its time."""
        self._request_ends = min(time.monotonic() + self._limits.request_s, self._round_ends)

    def count(self, size: int) -> None:
        """Take bytes from what the round may cost, or raise `FeedRefused` (too_large)."""
        self._bytes_left -= size
        if self._bytes_left < 0:
            words = f"a round of more than {self._limits.round_bytes:,} bytes"
            raise FeedRefused(Cause.TOO_LARGE, words)

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """Interrupt what is in the block when the time is over: `FeedRefused` (slow)."""
        left_s = self._request_ends - time.monotonic()
        if left_s <= 0:
            raise self._too_slow()
        before = signal.signal(signal.SIGALRM, self._ring)
        signal.setitimer(signal.ITIMER_REAL, left_s, _AGAIN_S)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    def _ring(self, _number: int, _frame: FrameType | None) -> None:
        raise self._too_slow()

    def _too_slow(self) -> FeedRefused:
        limit_s, what = self._limits.request_s, "an answer"
        if self._request_ends >= self._round_ends:
            limit_s, what = self._limits.round_s, "a round"
        return FeedRefused(Cause.SLOW, f"{what} that takes more than {limit_s:g} s was given up")

"""The last decisions, in memory only: a technician sees why, and nothing is kept of anyone.

No name, no pass, no id; the ring ends with the process.
"""

from collections import deque
from datetime import datetime
from typing import Any, Final

from scanner.door.answers import Happened

MAX_ENTRIES: Final = 200
_MAX_DETAIL_CHARS: Final = 240


class Journal:
    """A ring of decisions, newest last."""

    def __init__(self) -> None:
        self._ring: deque[dict[str, Any]] = deque(maxlen=MAX_ENTRIES)

    def add(self, happened: Happened, *, at: datetime) -> None:
        """Take note of one decision made at `at`."""
        decision = happened.decision
        verified = decision.verified
        self._ring.append(
            {
                "at": at.isoformat(timespec="seconds"),
                "verdict": decision.verdict.value,
                "reason": decision.reason.value,
                "format": decision.format.value if decision.format else None,
                "kind": verified.kind.value if verified and verified.kind else None,
                "issuer": verified.issuer if verified else None,
                "rule": decision.rule,
                "detail": decision.detail[:_MAX_DETAIL_CHARS] if decision.detail else None,
                "latency_ms": happened.latency_ms and round(happened.latency_ms, 1),
            }
        )

    def entries(self, *, newest: int = MAX_ENTRIES) -> list[dict[str, Any]]:
        """Return up to `newest` entries, oldest first."""
        return list(self._ring)[-newest:] if newest > 0 else []

"""What stands in status.json: the whole state of the door on one screen, for anybody.

Written anew whenever something changes, and once a second as a sign of life; a reader
that finds it older than a few seconds knows that the door does not answer.
"""

import json
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from scanner import __version__
from scanner.door.loop import Loop
from scanner.door.pins import Pins
from scanner.door.plan import Plan
from scanner.store import publish_file
from scanner.terms import Moment

_EVERY_S: Final = 1.0
_MODE: Final = 0o644
# A list of keys may have a note for each of a thousand entries: one screen shows a few.
_MAX_WARNINGS: Final = 8
_MAX_WARNING_CHARS: Final = 500


@dataclass(frozen=True, slots=True)
class Beside:
    """What others have to say: what is amiss, and how the lists are."""

    warnings: list[str]
    lists: dict[str, Any] | None = None


class Status:
    """An attendant that writes down what the others are doing."""

    def __init__(
        self,
        path: Path,
        *,
        loop: Loop,
        plan: Plan,
        pins: Pins | None,
        beside: Callable[[], Beside],
    ) -> None:
        self._path = path
        self._loop = loop
        self._plan = plan
        self._pins = pins
        self._beside = beside
        self._written_s = 0.0
        self._shown = ""

    def filenos(self) -> Iterable[int]:
        """Wait for nothing."""
        return ()

    def turn(self, now_s: float) -> None:
        """Write if something that matters changed, or a second has passed."""
        loop = self._loop
        shown = f"{loop.state} {loop.door.lights.pattern.value} {[*loop.faults]}"
        if shown == self._shown and now_s - self._written_s < _EVERY_S:
            return
        self._shown, self._written_s = shown, now_s
        try:
            publish_file(self._path, (json.dumps(self.told()) + "\n").encode(), mode=_MODE)
        except Exception:  # noqa: BLE001 - whatever cannot be told must not end the door
            # An old file says that something is wrong: full memory, or words of others.
            return

    def told(self) -> dict[str, Any]:
        """Return the status as the interface lists it."""
        loop, plan = self._loop, self._plan
        moment = plan.clock.moment(loop.now().frame_ms)
        belief, beside = loop.door.answers.belief, self._beside()
        counts = loop.door.answers.tally.counts
        return {
            "state": loop.state,
            "since": _ago(moment, since_s=loop.state_since_s),
            "updated": moment.wall.isoformat(timespec="milliseconds"),
            "version": __version__,
            "door_id": plan.door_id,
            "pid": os.getpid(),
            "pattern": loop.door.lights.pattern.told,
            "faults": [
                {
                    "reason": fault.reason.value,
                    "detail": fault.detail,
                    "since": _ago(moment, since_s=fault.since_s),
                }
                for fault in loop.faults
            ],
            "camera": self._camera(),
            "reader": self._reader(),
            "signals": self._signals(),
            "rules": [f"{rules.name}/{rules.version}" for rules in belief.rule_sets],
            "keys": len(belief.keyring),
            "revoked": len(belief.revoked),
            "clock": plan.clock.told(),
            "lists": beside.lists,
            "warnings": _first(beside.warnings),
            "decisions": {
                f"{verdict.value}.{reason.value}": count
                for (verdict, reason), count in counts.items()
            },
        }

    def _camera(self) -> dict[str, Any]:
        watching = self._loop.watching
        return {
            "source": self._plan.camera,
            "name": watching.name or None,
            "note": watching.note or None,
            "fps": round(watching.fps, 1),
            "frames": watching.frames,
            "starts": watching.starts,
        }

    def _signals(self) -> dict[str, Any]:
        held: dict[str, Any] = {"detail": None, "starts": 0, "staff": {}}
        if self._pins is not None:
            held = self._pins.told()
        return {"output": self._plan.output, **held}

    def _reader(self) -> dict[str, Any]:
        reader = self._loop.looking.reader
        return {
            "cage": reader.cage,
            "second_opinion": reader.second_opinion,
            "starts": self._loop.looking.losses + 1,
        }


def _first(warnings: list[str]) -> list[str]:
    shown = [warning[:_MAX_WARNING_CHARS] for warning in warnings[:_MAX_WARNINGS]]
    more = len(warnings) - len(shown)
    return [*shown, f"{more} more; look at: journalctl -u door-scanner"] if more else shown


def _ago(moment: Moment, *, since_s: float) -> str:
    since = moment.wall - timedelta(seconds=time.monotonic() - since_s)
    return since.isoformat(timespec="seconds")

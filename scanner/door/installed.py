"""What an installed door does beside deciding: journal, counts, status, control, systemd.

A door without premises (a rehearsal, a test) does none of it. Trouble with any of it is a
warning in the status, and never keeps the door from deciding.
"""

from datetime import datetime
from pathlib import Path

from scanner.door.answers import Happened
from scanner.door.control import Control
from scanner.door.counts import Counts
from scanner.door.journal import Journal
from scanner.door.loop import Loop
from scanner.door.pins import Pins
from scanner.door.plan import Plan
from scanner.door.premises import CONTROL, STATUS
from scanner.door.status import Status
from scanner.door.supervisor import Supervisor
from scanner.signals import Pattern


class Installed:
    """Wires the attendants of a door that has premises."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._journal = Journal()
        self._warnings = list(plan.warnings)
        self._loop: Loop | None = None
        self._counts: Counts | None = None
        self._control: Control | None = None
        if (premises := plan.premises) is not None:
            folder = premises.state / "counts"
            self._counts = Counts(folder, kept_days=plan.counts_days, wall=self._wall)

    def take_note(self, happened: Happened) -> None:
        """Remember one decision, as far as decisions are remembered."""
        if self._counts is None:
            return
        self._journal.add(happened, at=self._wall())
        self._counts.add(happened.decision)

    def warn(self, words: str) -> None:
        """Put a line into the status for as long as the door runs."""
        self._warnings.append(words)

    def attend(self, loop: Loop, *, pins: Pins | None) -> None:
        """Give everybody a place in the loop."""
        self._loop = loop
        premises = self._plan.premises
        if premises is not None and self._counts is not None:
            self._open_control(premises.run / CONTROL, loop=loop)
            loop.attendants.append(self._counts)
            loop.attendants.append(
                Status(
                    premises.run / STATUS,
                    loop=loop,
                    plan=self._plan,
                    pins=pins,
                    warnings=self._told_warnings,
                )
            )
        # Last, so that a sign of life vouches for all of the turn.
        loop.attendants.append(Supervisor(loop))

    def close(self) -> None:
        """Write what was counted, and hang up."""
        if self._counts is not None:
            self._counts.close()
        if self._control is not None:
            self._control.close()

    def _open_control(self, path: Path, *, loop: Loop) -> None:
        try:
            self._control = Control(
                path,
                journal=self._journal,
                rehearse=lambda pattern: _rehearse(pattern, loop=loop),
            )
        except OSError as error:
            self._warnings.append(f"{path}: no control socket ({error.strerror or error})")
        else:
            loop.attendants.append(self._control)

    def _wall(self) -> datetime:
        frame_ms = 0 if self._loop is None else self._loop.now().frame_ms
        return self._plan.clock.moment(frame_ms).wall

    def _told_warnings(self) -> list[str]:
        trouble = self._counts.trouble if self._counts is not None else ""
        return [trouble, *self._warnings] if trouble else self._warnings


def _rehearse(pattern: Pattern, *, loop: Loop) -> str | None:
    """Play a signal for a person; say why not where a guest or the start comes first."""
    if loop.state == "starting":
        return "the door is starting; try again"
    if not loop.door.lights.rehearse(pattern, at_ms=loop.now().lamps_ms):
        return "a guest is being answered; try again"
    return None

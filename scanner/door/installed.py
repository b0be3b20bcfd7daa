"""What an installed door does beside deciding: journal, counts, status, control, systemd.

A door without premises (a rehearsal, a test) does none of it. Trouble with any of it is a
warning in the status, and never keeps the door from deciding.
"""

import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from scanner.door.answers import Happened
from scanner.door.believing import Believing
from scanner.door.control import Control
from scanner.door.counts import Counts
from scanner.door.journal import Journal
from scanner.door.listing import told_lists
from scanner.door.loop import Loop
from scanner.door.pins import Pins
from scanner.door.plan import Plan
from scanner.door.premises import CONTROL, STATUS
from scanner.door.staff import StaffReason
from scanner.door.status import Beside, Status
from scanner.door.supervisor import Supervisor
from scanner.door.tickets import LEDGER, Tickets
from scanner.door.timekeeper import Timekeeper
from scanner.gate import Belief, Entrance
from scanner.gate.timekeeping import floor_of
from scanner.rules import Family
from scanner.signals import Pattern
from scanner.terms import DeviceError, Moment, Reason

_LOOK_S: Final = 1.0
_KEY_BYTES: Final = 32


class Installed:
    """Wires the attendants of a door that has premises, and is one of them."""

    def __init__(self, plan: Plan) -> None:
        """Open what the door believes, before its first frame."""
        self._plan = plan
        self._journal = Journal()
        self._warnings = list(plan.warnings)
        self._loop: Loop | None = None
        self._counts: Counts | None = None
        self._control: Control | None = None
        self._believing: Believing | None = None
        self._look_at_s = 0.0
        self._tickets: Tickets | None = None
        self._pins: Pins | None = None
        self.belief = plan.belief
        if (premises := plan.premises) is not None:
            folder = premises.state / "counts"
            self._counts = Counts(folder, kept_days=plan.counts_days, now=self._moment)
            # Local files that cannot be read stand as a fault, with nobody admitted.
            if plan.lists is not None and not plan.standing:
                self._believing = Believing(plan.lists, local=plan.belief)
                self._take_up(self._believing.belief)
                self._believing.on_belief = self._take_up
            self._tickets = Tickets(premises.state / LEDGER, key=plan.hmac_key, now=self._moment)
            if any(one.family is Family.ENTITLEMENT for one in self.belief.rule_sets):
                self._tickets.open()
        self.entrance = Entrance(
            policy=plan.policy,
            ledger=self._tickets or plan.ledger,
            key=plan.hmac_key or secrets.token_bytes(_KEY_BYTES),
        )

    @property
    def standing(self) -> tuple[DeviceError, ...]:
        """Return the faults that the door begins with."""
        keyless = self._plan.keyless
        if keyless is None or len(self.belief.keyring):
            return self._plan.standing
        return (*self._plan.standing, keyless)

    def take_note(self, happened: Happened) -> None:
        """Remember one decision, as far as decisions are remembered."""
        if self._counts is None:
            return
        self._journal.add(happened, at=self._moment().wall)
        self._counts.add(happened.decision)

    def count_staff(self, reason: StaffReason) -> None:
        """Count what a person decided."""
        if self._counts is not None:
            self._counts.add_staff(reason)

    def warn(self, words: str) -> None:
        """Put a line into the status for as long as the door runs."""
        self._warnings.append(words)

    def attend(self, loop: Loop, *, pins: Pins | None) -> None:
        """Give everybody a place in the loop."""
        self._loop, self._pins = loop, pins
        premises = self._plan.premises
        if premises is not None and self._counts is not None:
            if isinstance(self._plan.clock, Timekeeper):
                loop.attendants.append(self._plan.clock)
            if self._believing is not None:
                loop.attendants.append(self._believing)
            loop.attendants.append(self)
            if self._tickets is not None:
                loop.attendants.append(self._tickets)
            self._open_control(premises.run / CONTROL, loop=loop)
            loop.attendants.append(self._counts)
            loop.attendants.append(
                Status(
                    premises.run / STATUS,
                    loop=loop,
                    plan=self._plan,
                    pins=pins,
                    beside=lambda: Beside(self._told_warnings(), self._told_lists()),
                )
            )
        # Last, so that a sign of life vouches for all of the turn.
        loop.attendants.append(Supervisor(loop))

    def filenos(self) -> Iterable[int]:
        """Wait for nothing."""
        return ()

    def turn(self, now_s: float) -> None:
        """Let the resting lamps show, within a second, that a person should look at this door."""
        if self._loop is None or now_s < self._look_at_s:
            return
        self._look_at_s = now_s + _LOOK_S
        moment = self._moment()
        is_old = any(age.rung(moment.wall).is_old for age in self.belief.ages)
        self._loop.is_wary = is_old or not moment.trusted

    def close(self) -> None:
        """Write what was counted and what time it is, and hang up."""
        if self._counts is not None:
            self._counts.close()
        if self._control is not None:
            self._control.close()
        if isinstance(self._plan.clock, Timekeeper):
            self._plan.clock.close()
        if self._believing is not None:
            self._believing.close()
        if self._tickets is not None:
            self._tickets.close()

    def _take_up(self, belief: Belief) -> None:
        """Judge by another belief from now on."""
        self.belief = belief
        issued = None if self._believing is None else self._believing.issued
        if issued is not None and isinstance(self._plan.clock, Timekeeper):
            self._plan.clock.go_by_floor(floor_of(issued))
        if self._loop is None:
            return
        self._loop.door.answers.belief = belief
        if len(belief.keyring):
            self._loop.faults.end(Reason.LIST_MISSING)
        elif self._plan.keyless is not None:
            self._loop.faults.begin(self._plan.keyless, now=self._loop.now())

    def _open_control(self, path: Path, *, loop: Loop) -> None:
        try:
            self._control = Control(
                path,
                journal=self._journal,
                rehearse=lambda pattern: _rehearse(pattern, loop=loop),
                clock=self._plan.clock,
            )
        except OSError as error:
            self._warnings.append(f"{path}: no control socket ({error.strerror or error})")
        else:
            loop.attendants.append(self._control)

    def _moment(self) -> Moment:
        frame_ms = 0 if self._loop is None else self._loop.now().frame_ms
        return self._plan.clock.moment(frame_ms)

    def _told_lists(self) -> dict[str, Any] | None:
        if self._believing is None or self._plan.lists is None:
            return None
        evidence = None
        if isinstance(self._plan.clock, Timekeeper):
            evidence = self._plan.clock.evidence
        return told_lists(
            self._believing,
            lists=self._plan.lists,
            moment=self._moment(),
            evidence=evidence,
            clock_why=self._plan.clock.told()["why"],
        )

    def _told_warnings(self) -> list[str]:
        troubles = [self._counts.trouble if self._counts is not None else ""]
        if isinstance(self._plan.clock, Timekeeper):
            troubles += self._plan.clock.warnings
        if self._believing is not None:
            troubles += (self._believing.trouble, *self._believing.notes)
        if self._tickets is not None:
            troubles.append(self._tickets.trouble)
        if self._pins is not None:
            troubles.append(self._pins.staff.warning)
        return [*filter(None, troubles), *self._warnings]


def _rehearse(pattern: Pattern, *, loop: Loop) -> str | None:
    """Play a signal for a person; say why not where a guest or the start comes first."""
    if loop.state == "starting":
        return "the door is starting; try again"
    if not loop.door.lights.rehearse(pattern, at_ms=loop.now().lamps_ms):
        return "a guest is being answered; try again"
    return None

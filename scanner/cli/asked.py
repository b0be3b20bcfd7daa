"""What `run` was asked for, by options and by the settings of a venue, and what it amounts to."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import click

from scanner.cli import options
from scanner.door.clock import Clock, MachineClock, RehearsalClock
from scanner.door.events import Events
from scanner.door.furnish import (
    Furnished,
    camera_of,
    furnish,
    lists_at,
    no_key,
    policy_of,
    wiring_of,
)
from scanner.door.lights import Indicator
from scanner.door.outlet import over
from scanner.door.plan import Lists
from scanner.door.premises import Premises
from scanner.door.recording import Recording, record
from scanner.door.rulesets import Where
from scanner.door.timekeeper import MARK, Timekeeper
from scanner.gate import Policy, Role
from scanner.rules import Family
from scanner.settings import Settings
from scanner.sight.spec import CameraSpec, FramesSpec, Pace, ScenesSpec, parse_camera, written
from scanner.signals import NoLights, TerminalSignals
from scanner.signals.keeper import Keeper
from scanner.store.evidence import Machine
from scanner.terms import InputError

DEFAULT_RULES = "no-infection"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Options as given; `venue` are the settings that fill their gaps."""

    camera: str | None
    signals: str | None
    trust: Sequence[str]
    revoked: Sequence[Path]
    rules: Sequence[str]
    at: datetime | None
    events: str | None
    once: bool
    country: str | None = None
    gate: str | None = None
    venue: Settings | None = None

    def completed_by(self, venue: Settings) -> "Asked":
        """Fill the gaps from the settings of a venue."""
        door = venue.door
        return replace(
            self,
            venue=venue,
            camera=self.camera or camera_of(venue),
            signals=self.signals or venue.signals.output.value,
            trust=self.trust or door.trust,
            revoked=self.revoked or door.revoked,
            rules=self.rules or door.rules,
            country=self.country or door.country,
            gate=self.gate or door.gate,
        )

    @property
    def spec(self) -> CameraSpec | None:
        """The camera, checked; None where an installed door finds out later what is wrong."""
        if self.camera is None:
            raise InputError("no camera: name one (--camera frames:PATH) or settings (--config)")
        try:
            spec = parse_camera(self.camera)
        except InputError:
            # A folder may come back, a camera be plugged in: the fault is shown until then.
            if self.venue is not None and self.camera == camera_of(self.venue):
                return None
            raise
        if isinstance(spec, ScenesSpec):
            raise InputError("--camera scenes: plays a script; use door-scanner demo")
        return spec

    @property
    def camera_text(self) -> str:
        """The camera as its process is told."""
        spec = self.spec
        return str(self.camera) if spec is None else written(spec)

    @property
    def is_live(self) -> bool:
        """Whether nobody waits for this door: no rehearsal that must lose nothing."""
        spec = self.spec
        return (
            self.venue is not None or not isinstance(spec, FramesSpec) or spec.pace is Pace.REALTIME
        )

    @property
    def counts_days(self) -> int:
        """How long counts are kept."""
        return (self.venue or Settings()).door.counts_days

    def clock(self) -> Clock:
        """Return where the time comes from."""
        spec = self.spec
        if not isinstance(spec, FramesSpec):
            if self.at is not None:
                raise InputError("--at goes with frames: cameras only; a live door has one present")
            if self.once:
                raise InputError(
                    "--once goes with frames: cameras only; a live one has no last frame"
                )
            return MachineClock()
        if self.at is None and (self.venue is not None or spec.pace is Pace.REALTIME):
            return MachineClock()
        return RehearsalClock(options.moment(self.at))

    def recording(self, state: Path | None, *, patience_s: float) -> Recording:
        """Open what decisions are written to."""
        file = None if self.venue is None else self.venue.door.events
        if self.events is None and file is not None:
            return record(file, state=state, now=datetime.now(tz=UTC))
        return Recording(Events.to(self.events, patience_s=patience_s))

    def kept_clock(self, clock: Clock, *, state: Path | None) -> Clock:
        """Return a clock that keeps its time in `state`, where it is the machine's."""
        if state is None or not isinstance(clock, MachineClock):
            return clock
        return Timekeeper(state / MARK, machine=Machine())

    def lists(self, state: Path | None) -> Lists | None:
        """Return where lists from a feed are, and how they age; nowhere without `state`."""
        if state is None:
            return None
        return lists_at(state, venue=self.venue, rules=self.rules or (DEFAULT_RULES,))

    @property
    def policy(self) -> Policy:
        """What the venue asks beside its rule sets."""
        return policy_of(self.venue or Settings())

    def furnished(self, state: Path | None) -> Furnished:
        """Load keys, lists and rules; `state` is the folder that the door keeps, if any."""
        furnished = self._furnished(state)
        rule_sets = furnished.belief.rule_sets
        if state is None and any(one.family is Family.ENTITLEMENT for one in rule_sets):
            if self.signals == "gpio":
                words = "tickets need a folder to be counted in: name one (--state DIR)"
                raise InputError(words)
            click.echo("door-scanner: without --state no ticket is used up", err=True)
        belief = replace(
            furnished.belief,
            country=self.country,
            gate=self.gate,
            leaving=self.policy.role is Role.EXIT,
        )
        return replace(furnished, belief=belief)

    def _furnished(self, state: Path | None) -> Furnished:
        if self.signals == "gpio" and not self.rules:
            raise InputError("--signals gpio: name the rule set of this door (--rules NAME)")
        rules = self.rules or (DEFAULT_RULES,)
        if self.venue is None:
            named = options.Named(
                self.trust, self.revoked, rules, country=self.country, gate=self.gate
            )
            belief = options.believe(named, feed_rules=options.rules_in(state))
            # Without a state folder no feed can ever bring keys: each pass gets its fault.
            is_keyless = state is not None and not len(belief.keyring)
            keyless = no_key(self.trust) if is_keyless else None
            return Furnished(belief, keyless=keyless)
        try:
            furnished = furnish(
                trust=self.trust,
                revoked=self.revoked,
                rules=rules,
                feed_rules=options.rules_in(state),
                where=Where(self.country, self.gate),
            )
        except InputError as error:
            is_set = self.rules == self.venue.door.rules
            where = "door.rules in the settings: " if is_set else ""
            raise InputError(f"{where}{error}") from None
        for note in furnished.notes:
            click.echo(f"door-scanner: {note}", err=True)
        return furnished

    def indicator(self, premises: Premises | None, *, patience_s: float) -> Indicator:
        """Return whoever shows the lamps."""
        if self.signals == "gpio":
            folder = None if premises is None else str(premises.run)
            notes = over(sys.stderr)
            return Keeper(wiring_of(self.venue or Settings()), folder=folder, notes=notes)
        if self.signals == "none":
            return NoLights(over(sys.stderr, patience_s=patience_s))
        return terminal(self.events, patience_s=patience_s)


def terminal(events: str | None, *, patience_s: float) -> TerminalSignals:
    """Return the lamps in a terminal, on the stream that scripts do not read."""
    stream = over(sys.stderr if events == "-" else sys.stdout, patience_s=patience_s)
    # Lamps drawn in place would run into events on the same screen.
    return TerminalSignals(stream, colour="NO_COLOR" not in os.environ, live=events != "-")

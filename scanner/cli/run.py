"""`door-scanner run`: the door itself."""

import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from scanner.cli import options
from scanner.door.clock import Clock, MachineClock, RehearsalClock
from scanner.door.events import Events
from scanner.door.lights import Indicator
from scanner.door.outlet import REHEARSAL_PATIENCE_S, over
from scanner.door.run import Plan, run
from scanner.door.tally import Exit
from scanner.sight.spec import CameraSpec, FramesSpec, Pace, ScenesSpec, parse_camera, written
from scanner.signals import NoLights, TerminalSignals
from scanner.terms import InputError

_LATER_CAMERAS = ("picamera2", "none")


def terminal(events: str | None, *, patience_s: float) -> TerminalSignals:
    """Return the lamps in a terminal, on the stream that scripts do not read."""
    stream = over(sys.stderr if events == "-" else sys.stdout, patience_s=patience_s)
    # Lamps drawn in place would run into events on the same screen.
    return TerminalSignals(stream, colour="NO_COLOR" not in os.environ, live=events != "-")


@click.command()
@click.option(
    "--camera",
    required=True,
    metavar="CAMERA",
    help="frames:PATH[?fps=15][&realtime][&hold=N] or opencv:DEV.",
)
@click.option(
    "--signals",
    type=click.Choice(["terminal", "none", "gpio"]),
    default="terminal",
    show_default=True,
    help="Where the lights are; gpio comes with a later version.",
)
@options.trust
@options.revoked
@click.option(
    "--rules",
    multiple=True,
    metavar="NAME",
    help="Rule set; several must all hold.  [default: no-infection]",
)
@options.at
@click.option("--events", metavar="PATH|-", help="Write events as JSON lines.")
@click.option("--once", is_flag=True, help="End after the last frame of frames:.")
@options.later("--engine", metavar="ENGINE")
@options.later("--state", metavar="DIR")
@options.later("--config", metavar="FILE")
def command(  # noqa: PLR0913 - one parameter an option
    *,
    camera: str,
    signals: str,
    trust: Sequence[Path],
    revoked: Sequence[Path],
    rules: Sequence[str],
    at: datetime | None,
    events: str | None,
    once: bool,
) -> int:
    """Run the door until it is told to end; with --once, until the frames end."""
    if signals == "gpio":
        raise InputError("--signals gpio is not read by this version; use terminal or none")
    spec = _spec(camera)
    clock = _clock(spec, at=at, once=once)
    belief = options.believe(
        trust=trust, revoked=revoked, rules=rules, default_rules="no-infection"
    )
    is_live = not isinstance(spec, FramesSpec) or spec.pace is Pace.REALTIME
    patience_s = 0.0 if is_live else REHEARSAL_PATIENCE_S
    indicator: Indicator = (
        NoLights() if signals == "none" else terminal(events, patience_s=patience_s)
    )
    ended = run(
        Plan(
            camera=written(spec),
            belief=belief,
            clock=clock,
            indicator=indicator,
            events=Events.to(events, patience_s=patience_s),
            once=once,
        )
    )
    if not once:
        return 0
    if ended.interrupted:
        return Exit.INTERRUPTED
    if ended.unanswered:
        click.echo(
            f"door-scanner: {ended.unanswered} passes seen in one frame only were not answered; "
            "let each picture stay: hold=2",
            err=True,
        )
    return max(ended.tally.exit_code, Exit.FINDING if ended.unanswered else Exit.DONE)


def _spec(camera: str) -> CameraSpec:
    if camera.partition(":")[0] in _LATER_CAMERAS:
        raise InputError(f"--camera {camera} is not read by this version; use frames: or opencv:")
    spec = parse_camera(camera)
    if isinstance(spec, ScenesSpec):
        raise InputError("--camera scenes: plays a script; use door-scanner demo")
    return spec


def _clock(spec: CameraSpec, *, at: datetime | None, once: bool) -> Clock:
    if not isinstance(spec, FramesSpec):
        if at is not None:
            raise InputError("--at goes with frames: cameras only; a live door has one present")
        if once:
            raise InputError("--once goes with frames: cameras only; a live one has no last frame")
        return MachineClock()
    if at is None and spec.pace is Pace.REALTIME:
        return MachineClock()
    return RehearsalClock(options.moment(at))

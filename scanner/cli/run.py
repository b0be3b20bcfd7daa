"""`door-scanner run`: the door itself, as options say, or as the settings of a venue do."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from scanner.cli import options
from scanner.cli.asked import DEFAULT_RULES, Asked
from scanner.door.outlet import REHEARSAL_PATIENCE_S
from scanner.door.plan import Plan
from scanner.door.premises import Occupied, Premises, occupied, step_down
from scanner.door.run import Ended, run
from scanner.door.supervisor import is_there
from scanner.door.tally import Exit
from scanner.settings import load

# Whether it may be read is told by whoever reads it, with the remedy.
_PATH = click.Path(path_type=Path, readable=False)


@click.command()
@click.option(
    "--camera",
    metavar="CAMERA",
    help="picamera2, opencv:DEV or frames:PATH[?fps=15][&realtime][&hold=N].",
)
@click.option(
    "--signals",
    type=click.Choice(["gpio", "terminal", "none"]),
    help="Where the lights are; gpio asks for --rules.  [default: terminal]",
)
@options.trust
@options.revoked
@click.option(
    "--rules",
    multiple=True,
    metavar="NAME|FILE",
    help=f"Rule set; several must all hold.  [default: {DEFAULT_RULES}]",
)
@click.option(
    "--config",
    metavar="FILE",
    type=_PATH,
    help="Settings of a venue (scanner.toml); options come first.",
)
@click.option(
    "--state",
    metavar="DIR",
    type=_PATH,
    help="Folder for the door's id, counts and status; one door at a time.",
)
@options.country
@options.gate
@options.at
@click.option("--events", metavar="PATH|-", help="Write events as JSON lines.")
@click.option("--once", is_flag=True, help="End after the last frame of frames:.")
@options.later("--engine", metavar="ENGINE")
def command(*, config: Path | None, state: Path | None, **options_given: Any) -> int:
    """Run the door until it is told to end; with --once, until the frames end."""
    asked = Asked(**options_given)
    if config is not None:
        asked = asked.completed_by(load(config))
    furnished = asked.furnished(state)
    clock = asked.clock()
    patience_s = REHEARSAL_PATIENCE_S if asked.once or not asked.is_live else 0.0
    with _premises(state) as (premises, found):
        recording = asked.recording(state, patience_s=patience_s)
        warnings = [*found.warnings, *furnished.notes, *filter(None, [recording.warning])]
        for warning in found.warnings:
            click.echo(f"door-scanner: {warning}", err=True)
        plan = Plan(
            camera=asked.camera_text,
            belief=furnished.belief,
            clock=asked.kept_clock(clock, state=state),
            indicator=asked.indicator(premises, patience_s=patience_s),
            events=recording.events,
            output=asked.signals or "terminal",
            once=asked.once,
            standing=furnished.standing,
            keyless=furnished.keyless,
            lists=asked.lists(state),
            premises=premises,
            door_id=found.door_id,
            hmac_key=found.hmac_key,
            policy=asked.policy,
            warnings=tuple(warnings),
            counts_days=asked.counts_days,
        )
        ended = run(plan)
    return _outcome(ended) if asked.once else Exit.DONE


@contextlib.contextmanager
def _premises(state: Path | None) -> Iterator[tuple[Premises | None, Occupied]]:
    """Move into the state folder; without one nothing is kept."""
    if state is None:
        yield None, Occupied()
        return
    step_down(state)
    premises = Premises.at(state)
    with occupied(premises, waits=is_there()) as found:
        yield premises, found


def _outcome(ended: Ended) -> int:
    if ended.interrupted:
        return Exit.INTERRUPTED
    if ended.unanswered:
        click.echo(
            f"door-scanner: {ended.unanswered} passes seen in one frame only were not answered; "
            "let each picture stay: hold=2",
            err=True,
        )
    return max(ended.tally.exit_code, Exit.FINDING if ended.unanswered else Exit.DONE)

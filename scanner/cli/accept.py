"""`door-scanner accept`: verify what lies in the inbox, and believe it if it holds."""

from pathlib import Path
from typing import Final

import click

from scanner.cli.named_folder import Use, check_folder
from scanner.cli.report import printable
from scanner.door.premises import step_down
from scanner.door.tally import Exit
from scanner.store.places import Places
from scanner.sync.accept.acceptance import accept
from scanner.sync.accept.outcome import Outcome, Result
from scanner.sync.accept.recheck import recheck
from scanner.sync.accept.withdrawn import Removals
from scanner.trust.refusal import Cause

_PATH: Final = click.Path(path_type=Path, readable=False)


@click.command()
@click.option(
    "--state", metavar="DIR", type=_PATH, help="The door of this folder, not the installed one."
)
@click.option(
    "--recheck",
    "at_boot",
    is_flag=True,
    help="First look whether what is believed is whole; done by itself after a boot.",
)
@click.option(
    "--begin-anew",
    is_flag=True,
    help="Let entries leave that nobody withdrew. Ask the operator first.",
)
def command(*, state: Path | None, at_boot: bool, begin_anew: bool) -> int:
    """Verify what the inbox offers from the pinned root on, and put it in force.

    Started by its unit whenever the courier has delivered. Exit: 0 accepted, or nothing new; 1
    refused, the old lists stay; 2 no root is pinned; 3 the disk failed, or files are damaged.

    A door that slept for months may be offered lists without entries whose removal the feed no
    longer proves. --begin-anew takes them: if the online key was stolen, revoked passes get in.
    """
    places = Places.installed() if state is None else Places.at(state)
    step_down(places.state)
    check_folder(places.state, use=Use.WRITING)
    # What was told is gone after a boot.
    is_first = state is None and not places.accepted.exists()
    found = recheck(places) if at_boot or is_first else None
    if found is not None:
        _say(found)
    removals = Removals.ANY if begin_anew else Removals.WITHDRAWN
    return accepted_now(places, rechecked=found, removals=removals)


def accepted_now(
    places: Places,
    *,
    rechecked: Outcome | None = None,
    removals: Removals = Removals.WITHDRAWN,
) -> Exit:
    """Accept what the inbox offers, say so, and return the exit code for it."""
    outcome = accept(places, rechecked=rechecked, removals=removals)
    if outcome is not rechecked:
        _say(outcome)
    return _exit(outcome)


def _say(outcome: Outcome) -> None:
    cause = "" if outcome.cause is None else f" ({outcome.cause.value})"
    stays = "; the lists in force stay" if outcome.result is Result.REFUSED else ""
    words = printable(f"{outcome.result.value}{cause}: {outcome.detail}{stays}")
    click.echo(words, err=outcome.cause is not None)


def _exit(outcome: Outcome) -> Exit:
    if outcome.cause is Cause.NOT_PINNED:
        return Exit.USAGE
    if outcome.result is Result.FAILED:
        return Exit.FAULT
    return Exit.FINDING if outcome.result is Result.REFUSED else Exit.DONE

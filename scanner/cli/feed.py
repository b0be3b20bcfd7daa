"""`door-scanner feed`: look at a published feed before doors do."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from scanner.cli.options import at as at_option
from scanner.cli.report import printable
from scanner.door.tally import Exit
from scanner.store import read_file
from scanner.store.places import Places
from scanner.sync.inbox import MAX_ROOT_BYTES
from scanner.sync.inspection import Inspection, inspect
from scanner.terms import InputError
from scanner.trust.refusal import FeedRefused

_PATH: Final = click.Path(path_type=Path, readable=False)


@click.group()
def command() -> None:
    """Look at a feed that is published, as doors will."""


@command.command("verify")
@click.argument("folder", type=_PATH)
@click.option("--root", type=_PATH, metavar="ROOT.json", help="The root to begin with.")
@click.option("--state", type=_PATH, metavar="DIR", help="Begin with the root of this door.")
@at_option
def verify(*, folder: Path, root: Path | None, state: Path | None, at: datetime | None) -> int:
    """Verify FOLDER (the web root public/) wholly: signatures, files, every way of every list.

    Exit: 0 it holds; 1 it does not, or a signature is past half of its time; 2 no such folder, or
    no root to begin with.
    """
    places = Places.installed() if state is None else Places.at(state)
    pinned = read_file(root or places.pinned_root, max_bytes=MAX_ROOT_BYTES)
    if not (folder / "metadata").is_dir():
        raise InputError(f"{folder}: no feed; name the folder that holds metadata/ and targets/")
    try:
        found = inspect(folder, pinned=pinned, now=at or datetime.now(tz=UTC))
    except FeedRefused as refused:
        click.echo(f"door-scanner: {printable(f'{folder}: {refused}')}", err=True)
        return Exit.FINDING
    _print(found)
    return Exit.FINDING if any(one.is_alarming for one in found.expiries) else Exit.DONE


def _print(found: Inspection) -> None:
    click.echo(f"issued    {found.issued:%Y-%m-%d %H:%M} UTC")
    for one in found.expiries:
        alarm = "  RENEW IT: past half of its time" if one.is_alarming else ""
        told = f"{one.role:<10}{one.version:>5}  holds until {one.at:%Y-%m-%d %H:%M}{alarm}"
        click.echo(f"{'':<10}{told}")
    for name, held in found.lists.items():
        ways = f"{held.entries:>11,} ids, {held.deltas} deltas, {held.ways} ways"
        click.echo(f"list      {name:<24} {ways}")
    click.echo(f"files     {found.files:,}, {found.bytes_in_all:,} bytes, all as signed")

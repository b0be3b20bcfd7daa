"""`door-scanner feed`: look at a published feed before doors do."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from scanner.cli.named_folder import Use, check_folder
from scanner.cli.options import at as at_option
from scanner.cli.report import printable
from scanner.door.tally import Exit
from scanner.store.places import Places
from scanner.sync.inspection import Inspection, inspect
from scanner.sync.pin import root_in
from scanner.terms import InputError
from scanner.trust.refusal import FeedRefused

_PATH: Final = click.Path(path_type=Path, readable=False)


@click.group(no_args_is_help=False)
def command() -> None:
    """Look at a feed that is published, as doors will."""


@command.command("verify", short_help="Verify a published feed wholly.")
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
    begin = root or places.pinned_root
    if root is None and state is not None:
        check_folder(state, use=Use.READING)
    if root is None and not begin.exists():
        raise InputError(f"{begin}: no root is pinned; name one to begin with: --root 1.root.json")
    pinned, _ = root_in(begin)
    check_folder(folder, use=Use.READING)
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
        deltas, ways = _many(held.deltas, "delta"), _many(held.ways, "way")
        ways = f"{held.entries:>11,} {_noun(held.entries, 'id')}, {deltas}, {ways}"
        click.echo(f"list      {name:<24} {ways}")
    click.echo(f"files     {found.files:,}, {found.bytes_in_all:,} bytes, all as signed")


def _many(count: int, noun: str) -> str:
    return f"{count} {_noun(count, noun)}"


def _noun(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"

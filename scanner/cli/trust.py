"""`door-scanner trust`: pin the root of a feed, and show the one that is pinned."""

import os
import textwrap
from pathlib import Path
from typing import Final

import click

from scanner.cli.named_folder import Use, check_folder
from scanner.cli.report import printable
from scanner.door.premises import step_down
from scanner.door.tally import Exit
from scanner.gate.timekeeping import RELEASED
from scanner.store.places import Places
from scanner.sync.accept.clock import believed_now
from scanner.sync.pin import Change, Pinned, Replacing, pin, root_in
from scanner.terms import InputError

_PATH: Final = click.Path(path_type=Path, readable=False)
_WIDTH: Final = 79
_GROUP: Final = 8
_STATE = click.option(
    "--state", metavar="DIR", type=_PATH, help="The door of this folder, not the installed one."
)


@click.group(no_args_is_help=False)
def command() -> None:
    """Say which feed this door believes."""


@command.command("pin", short_help="Pin the root of a feed, by its fingerprint.")
@click.argument("root", type=_PATH, metavar="ROOT.json")
@click.option(
    "--sha256", required=True, metavar="HEX", help="Its SHA-256, from the operator's set-up sheet."
)
@click.option("--replace", is_flag=True, help="Give up the root that is pinned for another one.")
@_STATE
def pin_root(*, root: Path, sha256: str, replace: bool, state: Path | None) -> int:
    """Pin the root of a feed: from now on its keys say what this door believes.

    Nobody else compares the digest; take it from a person you know, not from where the file
    came from.
    """
    places = Places.installed() if state is None else Places.at(state)
    if state is not None:
        step_down(state)
        _check_place(state, use=Use.WRITING)
    replacing = Replacing.ALLOWED if replace else Replacing.NOT
    pinned, change = pin(root, sha256=sha256, at=places.pinned_root, replacing=replacing)
    click.echo(f"{places.pinned_root}: {_CHANGES[change]}")
    _show(pinned, places=places)
    return Exit.DONE


@command.command("show")
@_STATE
def show(*, state: Path | None) -> int:
    """Show the root that is pinned."""
    places = Places.installed() if state is None else Places.at(state)
    if state is not None:
        _check_place(state, use=Use.READING)
    if not places.pinned_root.exists():
        raise InputError(
            f"{places.pinned_root}: no root is pinned; "
            "pin one: door-scanner trust pin ROOT.json --sha256 HEX"
        )
    _, pinned = root_in(places.pinned_root)
    click.echo(f"{places.pinned_root}: pinned")
    _show(pinned, places=places)
    return Exit.DONE


def _check_place(state: Path, *, use: Use) -> None:
    """Check the folder of a door, or the nearest above in which pinning makes it."""
    whole = state.absolute()
    check_folder(next(one for one in (whole, *whole.parents) if os.path.lexists(one)), use=use)


_CHANGES: Final = {
    Change.NEW: "pinned",
    Change.SAME: "was pinned already",
    Change.REPLACED: "pinned in place of another; the lists in force stay until its first feed",
}


def _show(pinned: Pinned, *, places: Places) -> None:
    digits = " ".join(textwrap.wrap(pinned.sha256, _GROUP))
    rows = (
        f"root version {pinned.version}, {pinned.threshold} of {pinned.keys} keys sign",
        *textwrap.wrap(f"SHA-256 {digits}", _WIDTH - 2, subsequent_indent=" " * len("SHA-256 ")),
    )
    for row in rows:
        click.echo(f"  {printable(row)}")
    when = f"{pinned.expires:%Y-%m-%d}"
    if pinned.expires <= max(believed_now(places).wall, RELEASED):
        click.echo(
            f"door-scanner: this root expired on {when}; "
            "it works only if the feed holds a newer one that follows it",
            err=True,
        )
    else:
        click.echo(f"  expires {when}; newer roots that follow it come with the feed")

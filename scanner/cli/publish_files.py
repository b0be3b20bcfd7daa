"""`door-scanner publish trust | rules`: files that the curator's key signs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from scanner.cli.publish_options import Place, at_place, files, fitting
from scanner.door.tally import Exit
from scanner.publish.targets import WITHDRAWN, change_files, notes_on_trust, read_target
from scanner.terms import InputError

_NOTES: Final = 5
"""Of a list with many entries that doors cannot use, the first will do."""


@click.group(no_args_is_help=False)
def trust() -> None:
    """Add or remove files of trusted keys (curator's key)."""


@click.group(no_args_is_help=False)
def rules() -> None:
    """Add or remove rule sets (curator's key)."""


@trust.command(name="add")
@files
@at_place
def add_trust(*, place: Place, files: tuple[Path, ...]) -> int:
    """Add or replace files of trusted keys, each under its own name."""
    return _add(place, role="trust", files=files)


@trust.command(name="remove")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@at_place
def remove_trust(*, place: Place, names: tuple[str, ...]) -> int:
    """Take files of trusted keys out of the feed."""
    if WITHDRAWN in names:
        raise InputError(f"{WITHDRAWN}: doors need it, it says what may leave the lists; it stays")
    return _change(place, role="trust", add={}, remove=names)


@rules.command(name="add")
@files
@at_place
def add_rules(*, place: Place, files: tuple[Path, ...]) -> int:
    """Add or replace rule sets, each in a file NAME.json."""
    return _add(place, role="rules", files=files)


@rules.command(name="remove")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@at_place
def remove_rules(*, place: Place, names: tuple[str, ...]) -> int:
    """Take rule sets out of the feed."""
    return _change(place, role="rules", add={}, remove=names)


def _add(place: Place, *, role: str, files: tuple[Path, ...]) -> int:
    read = [read_target(path, role=role) for path in files]
    if len(dict(read)) != len(read):
        raise InputError("two of the files have the same name; names in the feed are unique")
    for name, content in read if role == "trust" else ():
        for note in notes_on_trust(content)[:_NOTES]:
            click.echo(fitting(f"note: trust/{name}: {note}"))
    return _change(place, role=role, add=dict(read), remove=())


def _change(place: Place, *, role: str, add: Mapping[str, bytes], remove: tuple[str, ...]) -> int:
    with place.opened() as repository:
        change_files(repository, role=role, add=add, remove=remove)
        repository.commit()
    for verb, names in (("added", add), ("removed", remove)):
        for name in names:
            click.echo(f"{role}/{name}: {verb}")
    click.echo("signed; in the feed with the next release")
    return Exit.DONE

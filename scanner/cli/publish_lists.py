"""`door-scanner publish revoke | reinstate`: ids into the lists, and out of them."""

from pathlib import Path
from typing import Final

import click

from scanner.cli.publish_options import PATH, Place, at_place
from scanner.door.tally import Exit
from scanner.publish import staging
from scanner.publish.listed import read_ids
from scanner.publish.repository import Repository
from scanner.publish.tables import Ids, Listed
from scanner.terms import InputError

DEFAULT_LIST = "main"


@click.command()
@click.option(
    "--ids", required=True, type=PATH, metavar="FILE", help="Typed ids, one a line, any mixture."
)
@click.option(
    "--list", "name", default=DEFAULT_LIST, show_default=True, metavar="NAME",
    help="The list that takes them.",
)  # fmt: skip
@click.option(
    "--until", metavar="YYYY-MM",
    help="All these passes have expired when that month is over; the list then leaves.",
)  # fmt: skip
@at_place
def revoke(*, place: Place, ids: Path, name: str, until: str | None) -> int:
    """Revoke passes, keys and issue windows, with the next release.

    Keys, windows and rids with a time go into a file of lines, all else as
    hashes into the list. Takes no key: release signs.
    """
    full = staging.list_name(name, until=until)
    listed = read_ids(ids)
    with place.opened() as repository:
        new = staging.revoke(repository, listed.ids, name=full)
        lines = staging.revoke_lines(repository, listed.lines)
        repository.commit()
    click.echo(f"list {full}: {new:,} of {len(listed.ids):,} ids are new")
    if listed.lines:
        click.echo(f"lines: {lines:,} of {len(listed.lines):,} are new")
    click.echo("in the feed with the next release")
    return Exit.DONE


@click.command()
@click.option("--ids", type=PATH, metavar="FILE", help="Typed ids, one a line, any mixture.")
@click.option("--list", "name", metavar="NAME", help="Take ids out of this list only; lines stay.")
@click.option("--drop-list", "dropped", multiple=True, metavar="NAME", help="A whole list.")
@at_place
def reinstate(*, place: Place, ids: Path | None, name: str | None, dropped: tuple[str, ...]) -> int:
    """Take ids out of the lists again, with the next release.

    Takes the curator's key: without its signature no door lets an id leave.
    """
    if (ids is None) == (not dropped):
        raise InputError("name what is to leave: either --ids FILE or --drop-list NAME")
    with place.opened() as repository:
        if ids is None:
            staging.drop_lists(repository, dropped)
            told = [f"list {one}: leaves" for one in dropped]
        else:
            listed = read_ids(ids)
            told = _let_go(repository, listed, name=name)
        repository.commit()
    for line in told:
        click.echo(line)
    click.echo("signed; out of the feed with the next release" if told else _NOTHING_LEAVES)
    return Exit.DONE


_NOTHING_LEAVES: Final = "nothing leaves: none of these is revoked there"


def _let_go(repository: Repository, listed: Listed, *, name: str | None) -> list[str]:
    """Take ids out of one list, or ids and lines out of all; return what left, in words."""
    known = staging.known_lists(repository)
    if name is not None and name not in known:
        raise InputError(f"{name}: no such list; door-scanner publish status names them")
    by_list: dict[str, Ids] = dict.fromkeys(known if name is None else [name], listed.ids)
    # A line is in no list: whoever names one does not mean it.
    lines = listed.lines if name is None else ()
    counted = staging.reinstate(repository, ids_by_list=by_list, lines=lines)
    told = [
        f"list {one}: {n:,} {'id leaves' if n == 1 else 'ids leave'}"
        for one, n in counted.by_list.items()
    ]
    if counted.lines:
        told.append(f"lines: {counted.lines:,} {'leaves' if counted.lines == 1 else 'leave'}")
    return told

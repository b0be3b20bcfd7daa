"""`door-scanner publish import`: lists of others, shown before they change anything."""

import functools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from scanner.cli.publish_options import Place, at_place, files, fitting
from scanner.door.tally import Exit
from scanner.publish import staging
from scanner.publish.imports import columns, dcc, keys_of_others, pretix, shc
from scanner.publish.imports.keys_of_others import KeyFile
from scanner.publish.imports.proposal import SHOWN, Proposal, Source, propose
from scanner.publish.imports.reading import about, contents
from scanner.publish.targets import MAX_TARGET_BYTES, change_files, content_of
from scanner.terms import InputError


@click.group(name="import", no_args_is_help=False)
def imports() -> None:
    """Take over lists of others, after a look at what changes.

    Shows what would change, and does it with --yes. Exit 1 when something would
    change and --yes is missing. What leaves a list takes the curator's key.
    """


def _agreed(command: Callable[..., int]) -> Callable[..., int]:
    """Add FILE..., --yes, and the options of all commands."""
    yes = click.option("--yes", is_flag=True, help="Do it, after looking at what changes.")
    return files(yes(at_place(command)))


def _into_list(*, default: str) -> Callable[[Callable[..., Source]], Callable[..., int]]:
    """Make a command that puts what `read` found into the lists by `--list`."""

    def make(read: Callable[..., Source]) -> Callable[..., int]:
        @click.option(
            "--list", "name", default=default, show_default=True, metavar="NAME",
            help="The list, or how its name begins, that these files speak for.",
        )  # fmt: skip
        @click.option(
            "--add-only", is_flag=True,
            help="The files are a part: what they do not hold stays.",
        )  # fmt: skip
        @_agreed
        @functools.wraps(read)
        def call(
            *, place: Place, files: Sequence[Path], yes: bool, add_only: bool, **asked: Any
        ) -> int:
            source = read(files, place=place, add_only=add_only, **asked)
            return _take_over(place, source, yes=yes, add_only=add_only)

        return call

    return make


@imports.command(name="dcc-batches")
@_into_list(default="dcc")
def dcc_batches(files: Sequence[Path], *, place: Place, name: str, add_only: bool) -> Source:
    """EU DCC revocation batches (JSON).

    They go into a list for each month in which entries expire.
    """
    del add_only
    return dcc.read(files, name=name, now=place.now)


@imports.command(name="shc-crl")
@_into_list(default="shc")
def shc_crl(files: Sequence[Path], *, place: Place, name: str, add_only: bool) -> Source:
    """SMART Health Card revocation lists (JSON).

    Those inside a VCI snapshot are read as well. Each key has a list of its own.
    """
    del place, add_only
    return shc.read(files, name=name)


@imports.command(name="pretix")
@_into_list(default="pretix")
def pretix_secrets(files: Sequence[Path], *, place: Place, name: str, add_only: bool) -> Source:
    """Revoked and blocked ticket secrets of pretix (JSON, all pages)."""
    del place
    return pretix.read(files, name=name, add_only=add_only)


@imports.command(name="csv")
@click.option("--type", "kind", metavar="TYPE", help="The type of ids in a single column.")
@_into_list(default="csv")
def csv_ids(
    files: Sequence[Path], *, place: Place, name: str, add_only: bool, kind: str | None
) -> Source:
    """CSV with the columns type,id, or one column of ids with --type."""
    del place, add_only
    return columns.read(files, name=name, kind=kind)


@imports.command()
@_agreed
def gdhcn(*, place: Place, files: Sequence[Path], yes: bool) -> int:
    """Take over the trust list of the WHO (did.json).

    It becomes trust/gdhcn.json, signed by the curator's key. The list is not
    verified here: fetch it from its owner, and look at what changes.
    """
    return _take_over_keys(
        place, files, yes=yes,
        read=keys_of_others.read_gdhcn, keys_in=keys_of_others.keys_in_gdhcn,
    )  # fmt: skip


@imports.command()
@_agreed
def vci(*, place: Place, files: Sequence[Path], yes: bool) -> int:
    """Take over the VCI snapshot of card issuers.

    It becomes trust/vci-snapshot.json, signed by the curator's key. The snapshot
    is not verified here: fetch it from its owner, and look at what changes.
    """
    return _take_over_keys(
        place, files, yes=yes,
        read=keys_of_others.read_vci, keys_in=keys_of_others.keys_in_vci,
    )  # fmt: skip


def _take_over(place: Place, source: Source, *, yes: bool, add_only: bool) -> int:
    with place.opened() as repository:
        proposal = propose(repository, source, add_only=add_only)
        for one in proposal.lists:
            # Doors refuse a whole feed for one name that no list may have.
            staging.list_name(one.name, until=None)
        _show([*source.notes, *_changes(proposal)])
        if proposal and yes:
            proposal.apply(repository)
            repository.commit()
    return _ended(is_change=bool(proposal), yes=yes)


def _changes(proposal: Proposal) -> Iterator[str]:
    for one in proposal.lists:
        yield (
            f"list {one.name}: {len(one.added):,} added, {len(one.removed):,} removed, "
            f"{one.unchanged:,} unchanged"
        )
        yield from (f"  {line}" for line in one.shown)
    yield from _few("lines", added=proposal.new_lines, removed=proposal.old_lines)


def _take_over_keys(
    place: Place,
    paths: Sequence[Path],
    *,
    yes: bool,
    read: Callable[[bytes], KeyFile],
    keys_in: Callable[[bytes], frozenset[str]],
) -> int:
    if len(paths) != 1:
        raise InputError("one file at a time; it replaces the one in the feed")
    ((path, content),) = contents(paths)
    with about(path):
        new = read(content)
        if len(new.content) > MAX_TARGET_BYTES:
            raise InputError(f"larger than {MAX_TARGET_BYTES >> 20} MiB, which no door takes")
    with place.opened() as repository:
        old = content_of(repository, role="trust", name=new.name)
        before = frozenset[str]() if old is None else keys_in(old)
        added, removed = sorted(new.keys - before), sorted(before - new.keys)
        _show([*new.notes, *_few(f"trust/{new.name}", added=added, removed=removed)])
        is_change = old != new.content
        if is_change and yes:
            change_files(repository, role="trust", add={new.name: new.content})
            repository.commit()
    return _ended(is_change=is_change, yes=yes)


def _few(what: str, *, added: Sequence[str], removed: Sequence[str]) -> Iterator[str]:
    if added or removed:
        yield f"{what}: {len(added):,} added, {len(removed):,} removed"
        yield from (f"  + {one}" for one in added[:SHOWN])
        yield from (f"  - {one}" for one in removed[:SHOWN])


def _show(lines: Sequence[str]) -> None:
    for line in lines:
        click.echo(fitting(line))


def _ended(*, is_change: bool, yes: bool) -> int:
    if not is_change:
        click.echo("nothing to change")
        return Exit.DONE
    if not yes:
        click.echo("nothing is changed yet; with --yes it will be")
        return Exit.FINDING
    click.echo("in the feed with the next release")
    return Exit.DONE

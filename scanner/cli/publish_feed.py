"""`door-scanner publish init | release | renew`: the feed as a whole."""

import time
from pathlib import Path
from typing import Final

import click

from scanner.cli.publish_options import Place, amount, at_place, entries
from scanner.cli.publish_sheet import sheet
from scanner.door.tally import Exit
from scanner.publish.release import Changed, released, renewed
from scanner.publish.renewal import RENEWABLE, renew_offline
from scanner.publish.roles import Profile
from scanner.publish.setup import set_up
from scanner.terms import InputError
from scanner.trust.manifest import MAX_WAIT_S

_PROFILES: Final = [profile.value for profile in Profile]


@click.command()
@click.option(
    "--profile", default="fleet", type=click.Choice(_PROFILES), show_default=True,
    help="fleet: signed anew by cron, holds 7 days; venue: holds 30 days.",
)  # fmt: skip
@at_place
def init(*, place: Place, profile: str) -> int:
    """Make the keys and an empty feed, and print the set-up sheet.

    Keys and repository must not lie one in the other. Nothing that is there is
    written over.
    """
    if not place.keys:
        raise InputError("init makes the keys: name a folder for them with --keys DIR")
    made = set_up(place.repo, keys=place.keys, profile=Profile(profile), now=place.now)
    for line in sheet(place.repo, keys=place.keys[0], root_sha256=made.root_sha256):
        click.echo(line)
    return Exit.DONE


@click.command()
@click.option(
    "--min-wait-s", type=click.IntRange(0, MAX_WAIT_S), metavar="SECONDS",
    help="Ask doors to wait so long between polls; kept until set anew.",
)  # fmt: skip
@at_place
def release(*, place: Place, min_wait_s: int | None) -> int:
    """Put all that waits into the feed. Takes the online keys only."""
    started = time.perf_counter()
    with place.opened() as repository:
        if min_wait_s is not None:
            repository.state.min_wait_s = min_wait_s
        changed = released(repository)
        public = repository.public
    _tell(changed, public=public)
    click.echo(f"done in {time.perf_counter() - started:.1f} s")
    return Exit.DONE


@click.command()
@click.option(
    "--role", "roles", multiple=True, type=click.Choice(RENEWABLE),
    help="Renew this role too, whatever its age; takes its keys.",
)  # fmt: skip
@at_place
def renew(*, place: Place, roles: tuple[str, ...]) -> int:
    """Sign the feed anew, so that it does not expire; for cron.

    The roles of the root and curator keys are renewed as well where their keys
    are at hand and half of their time is over.
    """
    with place.opened() as repository:
        offline = renew_offline(repository, asked=roles)
        changed = renewed(repository)
    for role in offline:
        click.echo(f"{role}: signed anew")
    click.echo(f"issued {changed.issued:%Y-%m-%dT%H:%M:%SZ}")
    return Exit.DONE


def _tell(changed: Changed, *, public: Path) -> None:
    for one in changed.lists:
        base = ", new base" if one.has_new_base else ""
        click.echo(f"list {one.name}: seq {one.seq}, {entries(one.entries)}{base}")
        click.echo(
            f"  {one.added:,} added, {one.removed:,} removed; table {amount(one.size)}, "
            f"to fetch {amount(one.wire_size)}"
        )
    for name in changed.left:
        click.echo(f"list {name}: left the feed")
    if not changed.lists and not changed.left:
        click.echo("no list changed")
    click.echo(
        f"manifest {amount(changed.manifest_size)}, issued {changed.issued:%Y-%m-%dT%H:%M:%SZ}"
    )
    click.echo(f"serve {public}")

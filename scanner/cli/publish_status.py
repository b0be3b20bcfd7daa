"""`door-scanner publish status`: ages, expiry, lists and sizes; exit 1 is the alarm."""

from collections.abc import Iterator
from typing import Any

import click

from scanner.cli import report
from scanner.cli.publish_options import Place, amount, at_place, entries
from scanner.door.tally import Exit
from scanner.publish.ages import Age
from scanner.publish.standing import standing_of


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object on one line.")
@click.option("--quiet", is_flag=True, help="Print alarms only, for a cron that mails.")
@at_place
def status(*, place: Place, as_json: bool, quiet: bool) -> int:
    """Tell how the feed stands; exit 1 is an alarm.

    Age and expiry of every role, the lists, and what waits. Exit 1 when
    half of any role's time is over. Takes no key.
    """
    with place.opened() as repository:
        standing = standing_of(repository)
    if as_json:
        click.echo(report.as_json(standing.told))
    elif quiet:
        for age in standing.ages:
            if age.is_alarming:
                click.echo(_role(age))
    else:
        for line in (*map(_role, standing.ages), *_rest(standing.told)):
            click.echo(report.printable(line))
    return Exit.FINDING if standing.is_alarming else Exit.DONE


def _role(age: Age) -> str:
    days = age.left.total_seconds() / 86400
    holds = f"holds {days:.1f} days" if days > 0 else "EXPIRED"
    alarm = "  ALARM: sign it anew" if age.is_alarming else ""
    return f"{age.role:<10} version {age.version:<6} {holds:<18}{alarm}".rstrip()


def _rest(told: dict[str, Any]) -> Iterator[str]:
    for name, one in told["lists"].items():
        yield f"list {name}: {entries(one['entries'])}, {amount(one['size'])}, seq {one['seq']}"
    yield f"lines: {told['lines']:,}"
    for role in ("trust", "rules"):
        for name in told[role]:
            yield f"{role}/{name}"
    for name, one in told["waiting"].items():
        yield f"waiting for a release: {name}, {one['adds']:,} in, {one['removes']:,} out"
    yield f"issued {told['issued']}, manifest {amount(told['manifest_size'])}"
    yield f"public/ holds {amount(told['public_size'])}"

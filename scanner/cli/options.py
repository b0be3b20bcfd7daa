"""Options that several commands share, and the belief they amount to."""

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from scanner.door.belief import load_trust
from scanner.door.clock import believed
from scanner.door.rulesets import Feed, Where, find_all
from scanner.gate import Belief
from scanner.store.places import Places
from scanner.terms import InputError, Moment, rfc3339

_F = TypeVar("_F", bound=Callable[..., Any])
DEFAULT_RULES: Final = ("genuine-only",)
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_PATH: Final = click.Path(path_type=Path, readable=False)


def trust(command: _F) -> _F:
    """Add --trust."""
    return click.option(
        "--trust", multiple=True, metavar="PATH",
        help="Trusted keys: a file or folder; ISSUER=PATH, pretix:PATH, own:PATH bind them.",
    )(command)  # fmt: skip


def revoked(command: _F) -> _F:
    """Add --revoked."""
    return click.option(
        "--revoked", multiple=True, type=_PATH, metavar="PATH",
        help="Revoked ids: typed lines, or the list of an issuer (JSON, X.509 CRL).",
    )(command)  # fmt: skip


def rules(command: _F, *, default: str) -> _F:
    """Add --rules."""
    return click.option(
        "--rules", multiple=True, metavar="NAME|FILE",
        help=f"Rule set; several must all hold.  [default: {default}]",
    )(command)  # fmt: skip


def country(command: _F) -> _F:
    """Add --country."""
    return click.option(
        "--country", metavar="CC", callback=lambda _c, _p, value: _country(value),
        help="Where the door is, for national rules: two letters.",
    )(command)  # fmt: skip


def gate(command: _F) -> _F:
    """Add --gate."""
    return click.option(
        "--gate", metavar="NAME", help="Which gate this is, for ticket rules.",
    )(command)  # fmt: skip


def running_door(command: _F) -> _F:
    """Add --state, for commands that speak to a running door."""
    return click.option(
        "--state", metavar="DIR", type=_PATH,
        help="The door that runs with this folder, instead of the installed one.",
    )(command)  # fmt: skip


def state(command: _F) -> _F:
    """Add --state, for commands that only read what a door believes."""
    return click.option(
        "--state", metavar="DIR", type=_PATH,
        help="Believe what the door of this folder believes, beside --trust and --revoked.",
    )(command)  # fmt: skip


def at(command: _F) -> _F:
    """Add --at."""
    return click.option(
        "--at", metavar="TIME", callback=lambda _c, _p, value: _time(value),
        help="Judge at this time (RFC 3339 with offset) instead of now.",
    )(command)  # fmt: skip


def later(name: str, *, metavar: str) -> Callable[[_F], _F]:
    """Add an option of the interface that this version does not read."""

    def refuse(_context: click.Context, _option: click.Parameter, value: str | None) -> None:
        if value is not None:
            raise InputError(f"{name} is not read by this version; leave it out")

    return click.option(name, metavar=metavar, callback=refuse, expose_value=False, hidden=True)


@dataclass(frozen=True, slots=True)
class Judging:
    """What a person asked `check` or `explain` to do, with files read and times parsed."""

    inputs: Sequence[str]
    belief: Belief
    moment: Moment
    show_claims: bool
    as_json: bool


def judging(command: Callable[[Judging], int]) -> Callable[..., int]:
    """Add the options of `check` and `explain`, and hand over what they amount to."""
    options = (
        trust, revoked, lambda c: rules(c, default=DEFAULT_RULES[0]), at,
        country, gate, state,
        click.option("--show-claims", is_flag=True, help="Add the pass's content; personal data."),
        click.option("--json", "as_json", is_flag=True, help="One JSON object a line."),
        click.argument("inputs", nargs=-1, required=True, metavar="INPUT..."),
    )  # fmt: skip

    @functools.wraps(command)
    def call(*, at: datetime | None, state: Path | None, **given: Any) -> int:
        named = Named(**{name: given.pop(name) for name in Named.__slots__})
        belief = believe(named, feed_rules=rules_in(state), may_be_bare=True)
        now = moment(at)
        if state is not None:
            belief, kept = _kept_in(state, local=belief)
            now = now if at is not None else kept
        return command(Judging(belief=belief, moment=now, **given))

    for option in reversed(options):
        call = option(call)
    return call


@dataclass(frozen=True, slots=True)
class Named:
    """What a person named to be believed, and where the door is."""

    trust: Sequence[str]
    revoked: Sequence[Path]
    rules: Sequence[str]
    country: str | None = None
    gate: str | None = None

    @property
    def where(self) -> Where:
        """Where the door is."""
        return Where(self.country, self.gate)


def believe(named: Named, *, feed_rules: Feed, may_be_bare: bool = False) -> Belief:
    """Load what the options name; notes on unusable entries go to standard error."""
    rule_sets = find_all(named.rules or DEFAULT_RULES, feed=feed_rules, where=named.where)
    loaded = load_trust(named.trust, revoked=named.revoked, may_be_bare=may_be_bare)
    for note in loaded.notes:
        click.echo(f"door-scanner: {note}", err=True)
    return Belief(loaded.keyring, loaded.revoked, rule_sets, country=named.country, gate=named.gate)


def rules_in(state: Path | None) -> Feed:
    """Return the rule sets that a state folder has from its feed."""
    if state is None:
        return {}
    from scanner.door.opened import rules_at  # noqa: PLC0415 - for those who name a folder

    return rules_at(Places.at(state).current)


def _kept_in(state: Path, *, local: Belief) -> tuple[Belief, Moment]:
    """Return what a state folder believes beside `local`, and its time, while the command runs."""
    from scanner.cli import folder  # noqa: PLC0415 - whoever names no folder does not pay for it

    believing = folder.believed_in(folder.opened_for_reading(state), local=local)
    click.get_current_context().call_on_close(believing.close)
    for note in filter(None, (believing.trouble, *believing.notes)):
        click.echo(f"door-scanner: {note}", err=True)
    return believing.belief, folder.moment_in(state)


def moment(named: datetime | None) -> Moment:
    """Return the time to judge at: the one a person named, or the machine's."""
    if named is not None:
        return Moment(named, trusted=True)
    return believed(datetime.now(tz=UTC))


def _time(value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        return rfc3339(value)
    except ValueError:
        raise InputError(
            f"--at {value}: write a time with its offset, as 2021-12-13T11:40:00+09:00"
        ) from None


def _country(value: str | None) -> str | None:
    if value is not None and not _COUNTRY.fullmatch(value):
        raise InputError(f"--country {value}: write two capital letters, as KR")
    return value

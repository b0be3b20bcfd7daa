"""`door-scanner sync`: fetch news of a feed, from a server or a USB stick."""

import time
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import click

from scanner.cli.named_folder import Use, check_folder
from scanner.cli.report import printable
from scanner.door.tally import Exit
from scanner.store.places import Places
from scanner.sync import record, schedule
from scanner.sync.record import Outcome, Record
from scanner.terms import InputError, NotPermittedError

CONFIG: Final = Path("/etc/door-scanner/scanner.toml")
_PATH: Final = click.Path(path_type=Path, readable=False)


@click.command()
@click.option(
    "--from",
    "where",
    metavar="URL|FOLDER",
    help="Where the feed is, instead of what the settings say.",
)
@click.option(
    "--state",
    metavar="DIR",
    type=_PATH,
    help="The door of this folder, instead of the installed one; accepts what came, too.",
)
@click.option(
    "--config",
    metavar="FILE",
    type=_PATH,
    default=CONFIG,
    show_default=True,
    help="Settings that name the feed.",
)
@click.option("--now", is_flag=True, help="Let the installed door's own courier do it, now.")
@click.option("--scheduled", is_flag=True, help="For the timer: wait for the time of a round.")
def command(
    *, where: str | None, state: Path | None, config: Path, now: bool, scheduled: bool
) -> int:
    """Fetch what is new into the inbox, where it is verified before the door believes it.

    Exit: 0 done, with news or without; 1 the feed was refused; 2 no root is pinned, or no feed
    is named; 3 the network or the disk failed; 4 not permitted.
    """
    places = Places.installed() if state is None else Places.at(state)
    is_installed = places == Places.installed()
    if scheduled:
        return _scheduled(places, where=where, config=config)
    if where is not None and not where.strip():
        raise click.UsageError("--from is empty; name an address or a folder")
    if now and is_installed:
        return _by_the_unit(places, where=where, config=config)
    if not is_installed:
        check_folder(places.state, use=Use.WRITING)
    _become_owner(places)
    told = _round(places, where=_source(where, config=config), config=config)
    return told if is_installed or told else _accepted(places)


def _scheduled(places: Places, *, where: str | None, config: Path) -> int:
    """Hold the rounds that fall into the time until the timer's next look."""
    _become_owner(places)
    code = int(Exit.DONE)
    ends = time.monotonic() + schedule.WINDOW_S
    while schedule.wait_for_round(places, window_s=ends - time.monotonic()):
        if not (source := where or _named(config)):
            return Exit.DONE
        is_taken = schedule.take_request(places)
        code = _round(places, where=source, config=config)
        if not is_taken or record.next_round_s(places) <= 0:
            # The disk takes nothing, so the round looks due still: no server is to suffer for it.
            break
    return code


def _by_the_unit(places: Places, *, where: str | None, config: Path) -> int:
    from scanner.cli.sync_unit import round_by_the_unit  # noqa: PLC0415 - for this way alone

    if where is not None:
        raise click.UsageError("--now asks the feed of the settings; leave out --from, or --now")
    check_pinned(places)
    _source(None, config=config)
    return report(round_by_the_unit(places))


def _round(places: Places, *, where: str, config: Path) -> int:
    """Hold one round and print how it went."""
    from scanner.sync.rounds import Busy, hold_round, is_url  # noqa: PLC0415 - brings the network

    check_pinned(places)
    if is_url(where) and not _is_web_address(where):
        raise click.UsageError(f"{where}: a feed is at http://HOST, https://HOST or in a folder")
    try:
        held = hold_round(where, places=places, period_s=_period_s(config))
    except Busy as busy:
        click.echo(f"door-scanner: {busy}; see door-scanner lists", err=True)
        return Exit.FAULT
    except PermissionError:
        words = f"{places.courier}: may not be written; run with sudo"
        raise NotPermittedError(words) from None
    return report(held)


def report(held: Record) -> int:
    """Print how a round went, in one line, and return the exit code for it."""
    if held.cause is None:
        words = "news" if held.outcome is Outcome.NEWS else "no news"
        click.echo(printable(f"{words} from {held.source}"))
        return Exit.DONE
    click.echo(printable(f"door-scanner: {held.cause}: {held.detail}"), err=True)
    if held.cause == "not_pinned":
        return Exit.USAGE
    return Exit.FINDING if held.outcome is Outcome.REFUSED else Exit.FAULT


def check_pinned(places: Places) -> None:
    """Raise `InputError` when no root is pinned: nothing is trusted on first use."""
    if not places.pinned_root.exists():
        state = "" if places == Places.installed() else f" --state {places.state}"
        raise InputError(
            f"{places.pinned_root}: no root is pinned, so no feed can be trusted; "
            f"door-scanner trust pin ROOT.json --sha256 HEX{state}"
        )


def _source(where: str | None, *, config: Path) -> str:
    source = where or _named(config)
    if not source and not config.exists():
        raise InputError(
            f"{config}: no such file; name settings with --config and set url in [feed], "
            "or give --from"
        )
    if not source:
        raise InputError(f"{config}: no feed is named; set url in [feed], or give --from")
    return source


def _is_web_address(where: str) -> bool:
    try:
        parts = urlsplit(where)
        # Asking for the port tells whether it is one.
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _named(config: Path) -> str:
    """Return the feed of the settings; empty if there is none."""
    from scanner.settings import load  # noqa: PLC0415 - a look of the timer needs none

    return load(config).feed.url if config.exists() else ""


def _period_s(config: Path) -> float:
    from scanner.settings import Settings, load  # noqa: PLC0415 - the same

    return 60.0 * (load(config) if config.exists() else Settings()).feed.period_min


def _become_owner(places: Places) -> None:
    from scanner.door.premises import step_down  # noqa: PLC0415 - the same

    step_down(places.courier if places.courier.is_dir() else places.state)


def _accepted(places: Places) -> int:
    """Verify what came at once: without units nobody else would."""
    from scanner.cli.accept import accepted_now  # noqa: PLC0415 - for this way alone

    return accepted_now(places)

"""Options that the commands of `issue` share, and what they amount to."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

import click

from scanner.publish.own import keys, numbers
from scanner.terms import InputError, rfc3339

_F = TypeVar("_F", bound=Callable[..., Any])

PATH: Final = click.Path(path_type=Path, readable=False)


def folder(command: _F) -> _F:
    """Add FOLDER, which holds the key."""
    return click.argument("folder", type=PATH, metavar="FOLDER")(command)


def on_list(command: _F) -> _F:
    """Add --list."""
    return click.option(
        "--list", "name", metavar="NAME",
        help="The list on which the passes can be revoked.  [default: one of the key's own]",
    )(command)  # fmt: skip


def timezone(command: _F) -> _F:
    """Add --timezone."""
    return click.option(
        "--timezone", "zone", metavar="NAME", callback=lambda _c, _p, value: _zone(value),
        help="Where days begin and end, as Asia/Seoul.",
    )(command)  # fmt: skip


def at(command: _F) -> _F:
    """Add --at."""
    return click.option(
        "--at", "now", metavar="TIME", callback=lambda _c, _p, value: _time(value),
        help="Issue as at this time (RFC 3339) instead of now.",
    )(command)  # fmt: skip


def list_name(folder: Path, name: str | None) -> str:
    """Return the list that a person named, or the key's own."""
    if name is None:
        return numbers.own_list(keys.load(folder).kid)
    numbers.check_list(name)
    return name


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return None if name is None else ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise InputError(f"--timezone {name}: no such time zone; write it as Asia/Seoul") from None


def _time(value: str | None) -> datetime:
    if value is None:
        return datetime.now(tz=UTC)
    try:
        return rfc3339(value)
    except ValueError:
        raise InputError(
            f"--at {value}: write a time with its offset, as 2026-12-19T18:00:00+09:00"
        ) from None

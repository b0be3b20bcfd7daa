"""Options that all `publish` commands share: the repository, the keys, the time."""

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from scanner.cli.named_folder import Use, check_folder
from scanner.cli.report import printable
from scanner.publish.keys import Keys
from scanner.publish.repository import Repository, opened
from scanner.terms import InputError, NotPermittedError, rfc3339

_F = TypeVar("_F", bound=Callable[..., Any])
_COLUMNS: Final = 79
_YEARS: Final = range(2000, 9000)
"""What a feed signs holds for a year, and the calendar of Python ends with 9999."""

PATH: Final = click.Path(path_type=Path, readable=False)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command works, and when: the repository's folder, those of keys, the time."""

    repo: Path
    keys: tuple[Path, ...]
    now: datetime

    @contextmanager
    def opened(self) -> Iterator[Repository]:
        """Open the repository for this command alone."""
        keys = Keys(self.keys, repository=self.repo)
        with opened(self.repo, keys=keys, now=self.now) as repository:
            for folder in self.keys:
                check_folder(folder, use=Use.READING)
            yield repository


def at_place(command: Callable[..., int]) -> Callable[..., int]:
    """Add --repo, --keys and --at, and hand over what they amount to as `place`."""
    options = (
        click.option("--repo", required=True, type=PATH, metavar="DIR", help="The repository."),
        click.option(
            "--keys", multiple=True, type=PATH, metavar="DIR",
            help="Where private keys lie; several times for several folders.",
        ),
        click.option("--at", metavar="TIME", help="Work at this time (RFC 3339) instead of now."),
    )  # fmt: skip

    @functools.wraps(command)
    def call(*, repo: Path, keys: Sequence[Path], at: str | None, **asked: Any) -> int:
        with _told_by_name(repo):
            return command(place=Place(repo, tuple(keys), _time(at)), **asked)

    for option in reversed(options):
        call = option(call)
    return call


def files(command: _F) -> _F:
    """Add FILE..."""
    return click.argument("files", nargs=-1, required=True, type=PATH, metavar="FILE...")(command)


def amount(size: int) -> str:
    """Write a number of bytes for a person."""
    value, units = float(size), iter(("B", "KB", "MB", "GB"))
    unit = next(units)
    while value >= 1000 and unit != "GB":  # noqa: PLR2004 - the step between units
        value, unit = value / 1000, next(units)
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"


def entries(count: int) -> str:
    """Write a number of entries for a person."""
    return f"{count:,} {'entry' if count == 1 else 'entries'}"


def fitting(line: str) -> str:
    """Return a line that fits a terminal, and cannot steer it."""
    shown = printable(line)
    return shown if len(shown) <= _COLUMNS else f"{shown[: _COLUMNS - 3]}..."


@contextmanager
def _told_by_name(repo: Path) -> Iterator[None]:
    """Turn what the disk says of a file or folder that a person named into one line about it."""
    try:
        yield
    except PermissionError as error:
        words = f"{error.filename or repo}: may not be read or written; check its owner and mode"
        raise NotPermittedError(words) from None
    except (FileExistsError, FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise InputError(f"{error.filename or repo}: {error.strerror}; check the path") from None
    except OverflowError:
        words = "a time beyond the year 9999; check --at, and the dates in the files"
        raise InputError(words) from None


def _time(value: str | None) -> datetime:
    if value is None:
        return datetime.now(tz=UTC)
    try:
        time = rfc3339(value).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InputError(
            f"--at {value}: write a time with its offset, as 2026-11-22T10:00:00+00:00"
        ) from None
    if time.year not in _YEARS:
        raise InputError(f"--at {value}: give a year from {_YEARS[0]} to {_YEARS[-1]}")
    return time

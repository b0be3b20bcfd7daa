"""What tests of the ledger share: tickets of one evening, and a ledger that is synced by hand."""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from scanner.gate.admission import Claim, Role
from scanner.rules import Use
from scanner.store.ledger import Ledger

KEY: Final = bytes(range(32))
NOW: Final = datetime(2026, 6, 1, 20, 0, tzinfo=UTC)
ENDS: Final = NOW + timedelta(hours=6)
EVENT: Final = "Sommerfest"


class ByHand:
    """Work that is done when its end is waited for, and not before."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work

    def join(self, timeout: float | None = None) -> None:
        del timeout
        self._work()


def use(  # noqa: PLR0913 - the fields of a use
    serial: str = "own:12:345",
    *,
    event: str = EVENT,
    most: int = 1,
    at_once: int = 1,
    reenters: bool = False,
    ends: datetime = ENDS,
) -> Use:
    """Return what a ticket asks for."""
    return Use(serial=serial, event=event, most=most, at_once=at_once, reenters=reenters, ends=ends)


def ledger_at(path: Path) -> Ledger:
    """Open a ledger that does nothing beside its claims until `beside.turn()`."""
    return Ledger(path, key=KEY, run=ByHand)


def enter(ledger: Ledger, asked: Use, *, now: datetime = NOW) -> Claim:
    return ledger.claim(asked, role=Role.ENTRY, now=now)


def leave(ledger: Ledger, asked: Use, *, now: datetime = NOW) -> Claim:
    return ledger.claim(asked, role=Role.EXIT, now=now)


def used(path: Path, *, serials: list[str]) -> list[str]:
    """Return which of the tickets, each for one, are on record."""
    ledger = ledger_at(path)
    try:
        return [serial for serial in serials if not enter(ledger, use(serial)).granted]
    finally:
        ledger.close()


def open_below(folder: Path) -> list[str]:
    """Return which files of a folder this process has open."""
    found = []
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found.append(str(link.readlink()))
    return [name for name in found if name.startswith(f"{folder}/")]

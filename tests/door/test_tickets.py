"""The door's ledger: a use that cannot be written down lets nobody in."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scanner.door.tickets import LEDGER, Tickets
from scanner.gate import Role
from scanner.rules import Use
from scanner.terms import Moment

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
KEY = b"k" * 32


def use(serial: str = "own:summer:7", *, hours: int = 9) -> Use:
    return Use(
        serial=serial,
        event="gala",
        most=1,
        at_once=1,
        reenters=False,
        ends=NOW + timedelta(hours=hours),
    )


class Hands:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.moment = Moment(NOW, trusted=True)

    def __call__(self) -> Moment:
        return self.moment


def claimed(tickets: Tickets, one: Use) -> bool:
    return tickets.claim(one, role=Role.ENTRY, now=NOW).granted


def test_a_ticket_is_used_once_also_after_a_restart(tmp_path: Path) -> None:
    for expected in (True, False):
        tickets = Tickets(tmp_path / LEDGER, key=KEY, now=Hands())
        tickets.open()
        assert (tickets.trouble, claimed(tickets, use())) == ("", expected)
        tickets.close()


def test_without_a_key_no_ticket_comes_in(tmp_path: Path) -> None:
    tickets = Tickets(tmp_path / LEDGER, key=None, now=Hands())
    tickets.open()
    assert "no key for their hashes" in tickets.trouble
    with pytest.raises(OSError, match="no key"):
        claimed(tickets, use())


def test_a_damaged_ledger_is_told_and_lets_nobody_in(tmp_path: Path) -> None:
    (tmp_path / LEDGER).write_bytes(b"no database at all, but long enough to look at" * 100)
    tickets = Tickets(tmp_path / LEDGER, key=KEY, now=Hands())
    tickets.open()
    assert str(tmp_path / LEDGER) in tickets.trouble
    with pytest.raises(OSError, match="ledger"):
        claimed(tickets, use())


def test_a_ledger_that_is_well_again_ends_the_trouble(tmp_path: Path) -> None:
    folder = tmp_path / "not-there"
    tickets = Tickets(folder / LEDGER, key=KEY, now=Hands())
    tickets.open()
    assert tickets.trouble
    folder.mkdir()
    tickets.turn(1.0)
    assert (tickets.trouble, claimed(tickets, use())) == ("", True)
    tickets.close()


def test_tickets_of_events_that_ended_are_forgotten_by_a_trusted_clock_alone(
    tmp_path: Path,
) -> None:
    hands = Hands()
    tickets = Tickets(tmp_path / LEDGER, key=KEY, now=hands)
    tickets.open()
    assert claimed(tickets, use())
    later = NOW + timedelta(days=30)
    hands.moment = Moment(later, trusted=False)
    tickets.turn(1.0)
    assert not claimed(tickets, use())
    hands.moment = Moment(later, trusted=True)
    tickets.turn(1000.0)
    # Whoever holds it now is turned away by the dates of the event, not by the ledger.
    assert claimed(tickets, use())
    tickets.close()


def test_it_waits_for_nothing(tmp_path: Path) -> None:
    tickets = Tickets(tmp_path / LEDGER, key=KEY, now=Hands())
    assert list(tickets.filenos()) == []
    tickets.turn(0.0)
    tickets.close()
    assert not (tmp_path / LEDGER).exists()

"""One-time tickets of one door: a claim is granted once, whoever asks and whatever is killed.

On the disk is a keyed hash for each ticket (HMAC-SHA256 over event and serial, so that nobody
without the door's key can look for a ticket, and one ticket looks different at each event), how
often it let in, and how many of its holders are inside. No serial, no name and no time: when a
ticket was used is known for the last few hundred alone, in memory. Rows go when their event ends,
overwritten with zeros.

A door that is killed loses nothing that was granted. A power cut loses the claims of the last
second at most (`scanner.store.ledger_sync.WINDOW_S`); the loop never waits for the card. What
cannot be written is not granted: `OSError`, after a bounded wait.

Any number of threads may claim, and processes too; one door at a time runs on a folder
(`scanner.store.lock`), and it alone should have the ledger open when the power may go.
"""

import contextlib
import errno
import hashlib
import hmac
import json
import math
import sqlite3
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from scanner.gate.admission import Claim, Role
from scanner.rules import Use
from scanner.store.ledger_file import BUSY_S, failure, open_ledger
from scanner.store.ledger_sync import Beside, Runner, in_a_thread

MAX_TICKETS: Final = 1_000_000
"""Some 40 MB on the disk."""

_HASH_BYTES: Final = 16
"""Two of a million tickets share one with a chance of 1e-27; without the key none can be made."""

_RECENT: Final = 512
"""Half an hour of a full line; some 80 KB."""

_BATCH: Final = 500
"""Rows that are dropped at once: a few milliseconds in which a claim waits."""

_MINUTES_TOLD: Final = 120

_FIND: Final = """
SELECT ticket.used, ticket.inside FROM event JOIN ticket ON ticket.event = event.id
WHERE event.hash = ? AND ticket.hash = ?
"""
_ENTER_EVENT: Final = """
INSERT INTO event (hash, ends, tickets, used, inside) VALUES (:event, :ends, 1, :count, :count)
ON CONFLICT (hash) DO UPDATE SET ends = max(ends, excluded.ends), tickets = tickets + :new,
    used = used + :count, inside = inside + :count
RETURNING id
"""
_ENTER_TICKET: Final = """
INSERT INTO ticket (event, hash, used, inside) VALUES (:event, :ticket, :count, :count)
ON CONFLICT (event, hash) DO UPDATE SET used = used + :count, inside = inside + :count
"""
_LEAVE_EVENT: Final = "UPDATE event SET inside = inside - ? WHERE hash = ? RETURNING id"
_LEAVE_TICKET: Final = "UPDATE ticket SET inside = inside - ? WHERE event = ? AND hash = ?"
_DROP: Final = """
DELETE FROM ticket WHERE event = ? AND hash IN (SELECT hash FROM ticket WHERE event = ? LIMIT ?)
"""


class Counts(NamedTuple):
    """How many were let in to an event with one-time tickets, and how many are inside."""

    used: int
    inside: int


class Ledger:
    """The tickets used at this door; `key` is the door's secret, `run` begins what is done beside.

    Raises `InputError` for a file that cannot be believed, `OSError` where the disk fails.
    """

    def __init__(self, path: Path, *, key: bytes, run: Runner = in_a_thread) -> None:
        self._path = path
        self._key = key
        self._mutex = threading.Lock()
        self._recent: dict[bytes, datetime] = {}
        opened = open_ledger(path, proof=self._hash("door"))
        self._sql = opened.claims
        try:
            self.beside = Beside(path, opened=opened, mutex=self._mutex, drop=self._drop_some)
            self.beside.start(run=run)
        except OSError:
            opened.close()
            raise

    @property
    def trouble(self) -> str:
        """Say what a person should know of the disk; empty while all is well."""
        return self.beside.trouble

    def claim(self, use: Use, *, role: Role, now: datetime) -> Claim:
        """Enter a use of a ticket, or say in words why it is not granted.

        `OSError` where it cannot be written: nothing is granted then. Who leaves is never kept in.
        """
        if use.at_once < 1:
            raise ValueError("a ticket lets in one person or more")
        if role is Role.ENTRY and use.ends <= now:
            # Its rows are gone, or may be at any moment: nobody knows what was used.
            return Claim(granted=False, words="the event has ended")
        with self._writing():
            return self._entered(use, now=now) if role is Role.ENTRY else self._left(use)

    def counts(self, event: str) -> Counts:
        """Return how many came to an event, and how many are inside."""
        with self._writing() as sql:
            asked = "SELECT used, inside FROM event WHERE hash = ?"
            return Counts(*(sql.execute(asked, (self._hash("event", event),)).fetchone() or (0, 0)))

    def drop_ended(self, now: datetime) -> None:
        """Drop the events that have ended by `now`, a time that is trusted.

        What was used is forgotten at once, and its bytes are removed beside the loop.
        """
        ended = "UPDATE event SET hash = NULL WHERE hash NOT NULL AND ends <= ?"
        with self._writing() as sql:
            if sql.execute(ended, (int(now.timestamp()),)).rowcount:
                self._recent.clear()

    def close(self) -> None:
        """Sync and end, after a second at most; nothing that was granted is lost by that."""
        self.beside.close()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Hold a transaction that is alone, and end it; `OSError` where that is not possible."""
        if self.beside.failed:
            raise OSError(errno.EIO, self.beside.failed, str(self._path))
        if not self._mutex.acquire(timeout=BUSY_S):
            raise OSError(errno.EBUSY, "busy; try again", str(self._path))
        try:
            sql, before = self._sql, self._sql.total_changes
            sql.execute("BEGIN IMMEDIATE")
            try:
                yield sql
                sql.execute("COMMIT")
            finally:
                # What could not be committed is not there.
                if sql.in_transaction:
                    sql.execute("ROLLBACK")
            if sql.total_changes != before:
                self.beside.wrote()
        except sqlite3.Error as error:
            raise failure(error, path=self._path) from None
        finally:
            self._mutex.release()

    def _entered(self, use: Use, *, now: datetime) -> Claim:
        ticket = self._hash("ticket", use.event, use.serial)
        row = self._row(use, ticket=ticket)
        used, inside = row or (0, 0)
        if (inside if use.reenters else used) + use.at_once > use.most:
            return Claim(granted=False, words=self._words(use, used=used, inside=inside, now=now))
        if row is None:
            self._check_room()
        told: dict[str, int | bytes]
        told = {"count": use.at_once, "new": row is None, "ends": math.ceil(use.ends.timestamp())}
        event = self._sql.execute(_ENTER_EVENT, {"event": self._hash("event", use.event), **told})
        told |= {"ticket": ticket, "event": event.fetchone()[0]}
        self._sql.execute(_ENTER_TICKET, told)
        self._remember(ticket, now=now)
        return Claim(granted=True, words=_let_in(use, counted=inside if use.reenters else used))

    def _left(self, use: Use) -> Claim:
        ticket = self._hash("ticket", use.event, use.serial)
        _, inside = self._row(use, ticket=ticket) or (0, 0)
        if inside:
            count = min(inside, use.at_once)
            event = self._sql.execute(
                _LEAVE_EVENT, (count, self._hash("event", use.event))
            ).fetchone()[0]
            self._sql.execute(_LEAVE_TICKET, (count, event, ticket))
        return Claim(granted=True)

    def _row(self, use: Use, *, ticket: bytes) -> tuple[int, int] | None:
        """Return how often a ticket let in, and how many of it are inside."""
        row: tuple[int, int] | None
        row = self._sql.execute(_FIND, (self._hash("event", use.event), ticket)).fetchone()
        return row

    def _check_room(self) -> None:
        if self._sql.execute("SELECT total(tickets) FROM event").fetchone()[0] >= MAX_TICKETS:
            words = f"full: {MAX_TICKETS:,} tickets; set the clock, so that old events are dropped"
            raise OSError(errno.ENOSPC, words, str(self._path))

    def _drop_some(self) -> bool:
        """Take away some tickets of an event that has ended, and in the end the event."""
        with self._writing() as sql:
            event = sql.execute("SELECT id FROM event WHERE hash IS NULL").fetchone()
            if event is None:
                return False
            dropped = sql.execute(_DROP, (*event, *event, _BATCH)).rowcount
            if dropped:
                fewer = "UPDATE event SET tickets = tickets - ? WHERE id = ?"
                sql.execute(fewer, (dropped, *event))
            else:
                sql.execute("DELETE FROM event WHERE id = ?", event)
            return True

    def _words(self, use: Use, *, used: int, inside: int, now: datetime) -> str:
        if use.reenters:
            return f"{inside} of {use.most} {'is' if inside == 1 else 'are'} in"
        before = self._recent.get(self._hash("ticket", use.event, use.serial))
        ago = "earlier" if before is None else _ago(now - before)
        if use.most == 1 or not used:
            return f"used {ago}" if used else f"for {use.most}, not for {use.at_once}"
        return f"{used} of {use.most} used, the last {ago}"

    def _remember(self, ticket: bytes, *, now: datetime) -> None:
        self._recent.pop(ticket, None)
        self._recent[ticket] = now
        if len(self._recent) > _RECENT:
            del self._recent[next(iter(self._recent))]

    def _hash(self, *words: str) -> bytes:
        # As JSON, in which no two lists of words are written alike.
        return hmac.digest(self._key, json.dumps(words).encode(), hashlib.sha256)[:_HASH_BYTES]


def _ago(age: timedelta) -> str:
    minutes = max(0, age // timedelta(minutes=1))
    if not minutes:
        return "just now"
    if minutes == 1:
        return "a minute ago"
    if minutes < _MINUTES_TOLD:
        return f"{minutes} minutes ago"
    return f"{minutes // 60} hours ago"


def _let_in(use: Use, *, counted: int) -> str | None:
    """Say how many come in, where it is not one who is meant."""
    if use.most == 1:
        return None
    if use.at_once == use.most:
        return f"{use.most} persons"
    return f"{counted + use.at_once} of {use.most}"

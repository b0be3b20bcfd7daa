"""The file of a ledger: made whole or not at all, and looked over before it is believed.

A ledger that is there is never made anew, since each ticket would open the door once more: a
damaged one, one of another door, and an empty one are `InputError`, and a person decides.
The journal is SQLite's write-ahead log (https://sqlite.org/wal.html).
"""

import contextlib
import errno
import os
import sqlite3
import stat
from pathlib import Path
from typing import Final, NamedTuple

from scanner.store.durable import sync_folder, write_new
from scanner.terms import InputError

BUSY_S: Final = 0.5
"""How long a claim waits for another thread, and for another process; a guest hardly sees it."""

_MODE: Final = 0o600
_APPLICATION: Final = 0x444F4F52
_VERSION: Final = 1
_CACHE_KIB: Final = 64
"""A claim reads four pages; the kernel keeps the others."""

_SETTINGS: Final = (f"cache_size = -{_CACHE_KIB}", "wal_autocheckpoint = 0", "secure_delete = ON")
_STATEMENTS: Final = 16
_PRIMARY: Final = 0xFF
"""What is above it tells SQLite's errors apart more finely than a person needs."""

_SCHEMA: Final = f"""
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {_VERSION};
CREATE TABLE door (proof BLOB NOT NULL);
CREATE TABLE event (
    id INTEGER PRIMARY KEY, hash BLOB UNIQUE, ends INTEGER NOT NULL,
    tickets INTEGER NOT NULL, used INTEGER NOT NULL, inside INTEGER NOT NULL
);
CREATE TABLE ticket (
    event INTEGER NOT NULL, hash BLOB NOT NULL, used INTEGER NOT NULL, inside INTEGER NOT NULL,
    PRIMARY KEY (event, hash)
) WITHOUT ROWID;
"""
"""An event without a hash has ended, and is being dropped."""

_JOURNAL: Final = slice(18, 20)
_WRITE_AHEAD: Final = b"\2\2"
"""Where and how the file says that it has such a log (https://sqlite.org/fileformat2.html, 1.3)."""

_SUMS: Final = """
SELECT 1 FROM (
    SELECT event, count(*) AS n, sum(used) AS u, sum(inside) AS i FROM ticket GROUP BY event
    UNION ALL SELECT id, -tickets, -used, -inside FROM event
)
GROUP BY event HAVING (sum(n), sum(u), sum(i)) IS NOT (0, 0, 0)
AND event NOT IN (SELECT id FROM event WHERE hash IS NULL)
"""
"""Finds an event whose tickets are not those that were counted: some are lost, or changed."""

_MEANINGS: Final = {
    sqlite3.SQLITE_BUSY: (errno.EBUSY, "another process holds it; end that one"),
    sqlite3.SQLITE_LOCKED: (errno.EBUSY, "another process holds it; end that one"),
    sqlite3.SQLITE_FULL: (errno.ENOSPC, "no space left; free some"),
    sqlite3.SQLITE_READONLY: (errno.EROFS, "may not be written; check the disk, and its owner"),
    sqlite3.SQLITE_CANTOPEN: (errno.EACCES, "cannot be opened; check the disk, and its owner"),
}
FAILED: Final = "the disk failed; check the card, then restart the door"
_NOT_OURS: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)
"""The last one is a table that is missing."""

_DAMAGED: Final = "damaged; move it aside or restore it: without it, used tickets open again"


class Opened(NamedTuple):
    """Two connections to a ledger: one for claims, and one that moves its log into the database.

    The second one syncs, and is closed last, since the last one to close moves the log.
    """

    claims: sqlite3.Connection
    checkpoints: sqlite3.Connection

    def close(self) -> None:
        """Close both."""
        self.claims.close()
        self.checkpoints.close()


def open_ledger(path: Path, *, proof: bytes) -> Opened:
    """Open the ledger at `path`, or make it; `proof` tells the key that it was made with.

    `InputError` for one that cannot be believed, `OSError` where the disk is at fault.
    """
    _check_file(path, proof=proof)
    with contextlib.ExitStack() as closing:
        try:
            checkpoints = connected(path)
            closing.callback(checkpoints.close)
            _look_over(checkpoints, path=path, proof=proof)
            # It is tried again later; nobody waits for it.
            checkpoints.execute("PRAGMA busy_timeout = 0")
            claims = connected(path)
            closing.callback(claims.close)
            claims.execute("PRAGMA synchronous = OFF")
        except sqlite3.Error as error:
            if _code(error) in _NOT_OURS:
                raise InputError(f"{path}: {_DAMAGED}") from None
            raise failure(error, path=path) from None
        closing.pop_all()
    return Opened(claims, checkpoints)


def connected(path: Path) -> sqlite3.Connection:
    """Return one more connection; it never moves the log into the database by itself."""
    sql = sqlite3.connect(
        path,
        timeout=BUSY_S,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=_STATEMENTS,
    )
    try:
        for setting in _SETTINGS:
            sql.execute(f"PRAGMA {setting}")
    except sqlite3.Error:
        sql.close()
        raise
    return sql


def failure(error: sqlite3.Error, *, path: Path) -> OSError:
    """Return what SQLite found as an error of the disk, in words for a person."""
    number, words = _MEANINGS.get(_code(error), (errno.EIO, FAILED))
    return OSError(number, words, str(path))


def _code(error: sqlite3.Error) -> int:
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_MISUSE)
    # No room for the index of the log is no room.
    return sqlite3.SQLITE_FULL if code == sqlite3.SQLITE_IOERR_SHMSIZE else code & _PRIMARY


def _check_file(path: Path, *, proof: bytes) -> None:
    """Raise unless there is a file of this door alone; make one where there is none."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        _make(path, proof=proof)
        status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise InputError(f"{path}: not a file of its own; remove what stands in its place")
    if not status.st_size:
        raise InputError(f"{path}: {_DAMAGED}")
    # Never opened but by SQLite: closing it would drop the locks of this process (fcntl(2)).
    if stat.S_IMODE(status.st_mode) != _MODE:
        path.chmod(_MODE)


def _make(path: Path, *, proof: bytes) -> None:
    """Make an empty ledger, all of it on the disk before it has its name."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as sql:
        sql.executescript(_SCHEMA)
        sql.execute("INSERT INTO door VALUES (?)", (proof,))
        content = bytearray(sql.serialize())
    content[_JOURNAL] = _WRITE_AHEAD
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    write_new(new, [bytes(content)], mode=_MODE)
    # A link, not a rename: one that was made meanwhile stays.
    with contextlib.suppress(FileExistsError):
        os.link(new, path, follow_symlinks=False)
    new.unlink()
    sync_folder(path.parent)


def _look_over(sql: sqlite3.Connection, *, path: Path, proof: bytes) -> None:
    """Raise unless it is a whole ledger of this door; what was made of it is put into the log."""
    if _one(sql, "PRAGMA application_id") != _APPLICATION:
        raise InputError(f"{path}: not a ledger; move it aside")
    if (version := _one(sql, "PRAGMA user_version")) != _VERSION:
        raise InputError(f"{path}: of version {version}; start the program that made it, or newer")
    if _one(sql, "PRAGMA journal_mode") != "wal":
        raise InputError(f"{path}: {_DAMAGED}")
    if _one(sql, "PRAGMA quick_check(1)") != "ok" or sql.execute(_SUMS).fetchone():
        raise InputError(f"{path}: {_DAMAGED}")
    if _one(sql, "SELECT proof FROM door") != proof:
        raise InputError(
            f"{path}: made with another key; restore hmac-key, "
            "or move it aside: without it, used tickets open again"
        )


def _one(sql: sqlite3.Connection, question: str) -> object:
    row = sql.execute(question).fetchone()
    return None if row is None else row[0]

"""A door that is killed at any step: what it was granted is on record, and is granted once."""

import os
import shutil
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.store.ledger_setting import ENDS, enter, ledger_at, use, used

if TYPE_CHECKING:
    from tests.store.conftest import Child

_BEFORE: Final = ["a", "b"]
_CLAIMED: Final = ["c", "d", "e"]
_BOUND_S: Final = 20

# Tells each ticket as soon as it is granted, with nothing in between.
_EVENING: Final = """
import os
from pathlib import Path
from tests.store.ledger_setting import ENDS, enter, ledger_at, use
os.chdir("/")
ledger = ledger_at(Path(sys.argv[1]))
for serial in "cd":
    if enter(ledger, use(serial)).granted:
        os.write(1, serial.encode())
ledger.beside._empties = True
ledger.beside.turn()
if enter(ledger, use("e")).granted:
    os.write(1, b"e")
ledger.close()
os._exit(0)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a ledger in which some tickets are."""
    path = tmp_path / "before" / "ledger.sqlite"
    path.parent.mkdir()
    ledger = ledger_at(path)
    for serial in _BEFORE:
        enter(ledger, use(serial))
    ledger.close()
    return path.parent


# --- at every step of SQLite's machine -----------------------------------------------------


class _Struck:
    """Counts what SQLite does, and strikes at one step of it."""

    def __init__(self, at: int) -> None:
        self.steps = 0
        self._at = at

    def step(self, *_told: object) -> int:
        self.steps += 1
        if self.steps == self._at:
            os.kill(os.getpid(), signal.SIGKILL)
        return 0


def _evening(path: Path, tell: Callable[[bytes], object]) -> None:
    ledger = ledger_at(path)
    for serial in _CLAIMED:
        if enter(ledger, use(serial)).granted:
            tell(serial.encode())
        ledger.beside.turn()
    enter(ledger, use("past", event="yesterday", ends=ENDS.replace(hour=1)))
    ledger.drop_ended(ENDS.replace(hour=1))
    ledger.beside.turn()
    ledger.close()


def _struck(path: Path, *, at: int) -> tuple[list[str], int | None]:
    """Spend an evening in a fork that is killed; return what it told, and its steps if it lived."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        signal.alarm(_BOUND_S)
        struck, connect = _Struck(at), sqlite3.connect

        def connected(*args: object, **more: object) -> sqlite3.Connection:
            sql: sqlite3.Connection = connect(*args, **more)  # type: ignore[call-overload]
            sql.set_progress_handler(struck.step, 1)
            sql.set_trace_callback(struck.step)
            return sql

        sqlite3.connect = connected  # type: ignore[assignment]
        try:
            _evening(path, lambda told: os.write(writing, told))
        finally:
            os.write(writing, f"|{struck.steps}".encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told, _, steps = pipe.read().partition("|")
    os.waitpid(pid, 0)
    return list(told), int(steps) if steps else None


@pytest.mark.long
def test_killed_at_any_step_of_sqlite_what_was_granted_is_on_record(
    folder: Path, tmp_path: Path
) -> None:
    told, steps = _struck(_copy(folder, tmp_path), at=0)
    assert told == _CLAIMED
    assert steps is not None
    assert steps > 200
    seen = set()
    for at in range(1, steps + 1):
        path = _copy(folder, tmp_path)
        told, lived = _struck(path, at=at)
        assert lived is None, at
        _check(path, told=told)
        seen.add(len(told))
    assert seen == {0, 1, 2, 3}


def _copy(folder: Path, tmp_path: Path) -> Path:
    after = tmp_path / "after"
    shutil.rmtree(after, ignore_errors=True)
    shutil.copytree(folder, after)
    return after / "ledger.sqlite"


def _check(path: Path, *, told: list[str]) -> None:
    """What was told is on record, and at most the one that was on its way beside it."""
    found = used(path, serials=[*_BEFORE, *_CLAIMED])
    kept = found[len(_BEFORE) :]
    assert found[: len(_BEFORE)] == _BEFORE
    assert kept[: len(told)] == told
    assert len(kept) - len(told) in (0, 1)


# --- at every call that changes a file ---------------------------------------------------

_CALLS: Final = "pwrite64,ftruncate,fdatasync,fsync,unlink,fcntl,chdir"


@pytest.mark.long
def test_killed_at_any_call_of_the_system_what_was_granted_is_on_record(
    folder: Path, tmp_path: Path, strace: str, child: "Child"
) -> None:
    calls = tmp_path / "calls"
    watch = (strace, "-f", "-o", str(calls), "-e", f"trace={_CALLS}")
    path = _copy(folder, tmp_path)
    assert child(_EVENING, path, under=watch).stdout == "cde"
    names = [line.split()[1].partition("(")[0] for line in calls.read_text().splitlines()[:-1]]
    begins = names.index("chdir")
    strikes = [
        (name, names[: number + 1].count(name))
        for number, name in enumerate(names)
        # A lock moves no byte; those after a write say that a transaction is over.
        if number > begins and (name != "fcntl" or names[number - 1] == "pwrite64")
    ]
    assert {name for name, _ in strikes} > {"pwrite64", "ftruncate", "fdatasync", "unlink"}
    seen = set()
    for name, when in strikes:
        path = _copy(folder, tmp_path)
        inject = ("-e", f"inject={name}:signal=SIGKILL:when={when}")
        ended = child(_EVENING, path, under=(*watch, *inject))
        assert ended.returncode != 0, (name, when)
        _check(path, told=list(ended.stdout))
        seen.add(ended.stdout)
    assert seen == {"", "c", "cd", "cde"}

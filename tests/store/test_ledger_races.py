"""Two claims at once have one winner: threads of one ledger, ledgers of one process, processes."""

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen
from typing import Any, Final

import pytest

from scanner.store import ledger_sync
from scanner.store.ledger import Counts
from tests.store.ledger_setting import EVENT, enter, leave, ledger_at, open_below, use

_ROUNDS: Final = 200
_BOUND_S: Final = 30

# Says which tickets it was granted, each as it is asked for it.
_DOOR: Final = """
from pathlib import Path
from scanner.store.ledger import Ledger
from tests.store.ledger_setting import KEY, enter, use
ledger = Ledger(Path(sys.argv[1]), key=KEY)
print("ready", flush=True)
for line in sys.stdin:
    serial = line.strip()
    print(int(enter(ledger, use(serial, most=int(sys.argv[2]))).granted), flush=True)
ledger.close()
"""


@pytest.mark.parametrize("ledgers", [1, 4], ids=["one ledger", "a ledger each"])
@pytest.mark.parametrize("most", [1, 3])
def test_of_threads_that_claim_one_ticket_as_many_win_as_it_is_for(
    most: int, ledgers: int, tmp_path: Path
) -> None:
    path = tmp_path / "ledger.sqlite"
    opened = [ledger_at(path) for _ in range(ledgers)]
    at_once = threading.Barrier(4)
    granted: list[list[bool]] = [[], [], [], []]

    def claim(number: int) -> None:
        for serial in range(_ROUNDS):
            at_once.wait(_BOUND_S)
            asked = use(str(serial), most=most)
            granted[number].append(enter(opened[number % ledgers], asked).granted)

    threads = [threading.Thread(target=claim, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_BOUND_S)
    assert [sum(won) for won in zip(*granted, strict=True)] == [most] * _ROUNDS
    assert opened[0].counts(EVENT) == Counts(most * _ROUNDS, most * _ROUNDS)
    for ledger in opened:
        ledger.close()


@pytest.mark.parametrize("most", [1, 2])
def test_of_processes_that_claim_one_ticket_as_many_win_as_it_is_for(
    most: int, start: Callable[..., Popen[str]], tmp_path: Path
) -> None:
    path = tmp_path / "ledger.sqlite"
    ledger_at(path).close()
    doors = [start(_DOOR, path, most) for _ in range(3)]
    assert [_said(door) for door in doors] == ["ready"] * 3
    for serial in range(_ROUNDS):
        for door in doors:
            assert door.stdin is not None
            door.stdin.write(f"{serial}\n")
            door.stdin.flush()
        assert sum(int(_said(door)) for door in doors) == most, serial
    for door in doors:
        door.communicate(timeout=_BOUND_S)
        assert door.returncode == 0
    ledger = ledger_at(path)
    assert ledger.counts(EVENT) == Counts(most * _ROUNDS, most * _ROUNDS)
    ledger.close()


def _said(door: Popen[str]) -> str:
    assert door.stdout is not None
    return door.stdout.readline().strip()


def test_who_comes_and_goes_at_once_is_counted(tmp_path: Path) -> None:
    ledger = ledger_at(tmp_path / "ledger.sqlite")
    asked = use(most=1, reenters=True)
    inside: list[int] = []

    def turn() -> None:
        for _ in range(_ROUNDS):
            if enter(ledger, asked).granted:
                inside.append(ledger.counts(EVENT).inside)
                leave(ledger, asked)

    threads = [threading.Thread(target=turn) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_BOUND_S)
    assert set(inside) == {1}
    assert ledger.counts(EVENT) == Counts(used=len(inside), inside=0)
    ledger.close()


def test_two_that_make_the_ledger_have_one(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    first, second = ledger_at(path), ledger_at(path)
    assert enter(first, use()).granted
    assert not enter(second, use()).granted
    first.close()
    assert not enter(second, use()).granted
    second.close()


def test_a_ledger_that_another_process_holds_is_waited_for_and_then_not_granted(
    tmp_path: Path,
) -> None:
    path = tmp_path / "ledger.sqlite"
    ledger = ledger_at(path)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(OSError, match="another process holds it"):
        enter(ledger, use())
    # Beside the loop it is waited for, too.
    ledger.beside.turn()
    assert "another process holds it" in ledger.trouble
    holder.execute("ROLLBACK")
    assert enter(ledger, use()).granted
    ledger.beside.turn()
    assert ledger.trouble == ""
    holder.execute("BEGIN EXCLUSIVE")
    holder.execute("COMMIT")
    holder.close()
    ledger.close()


def test_a_ledger_that_another_process_keeps_for_itself_cannot_be_opened(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    ledger_at(path).close()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("SELECT * FROM event")
    with pytest.raises(OSError, match="another process holds it"):
        ledger_at(path)
    holder.close()
    assert open_below(tmp_path) == []


class _Between:
    """Stands before the connection that empties the log: a guest comes behind its first step."""

    def __init__(self, sql: sqlite3.Connection, *, comes: Callable[[], object]) -> None:
        self._sql = sql
        self._comes = comes

    def execute(self, asked: str) -> sqlite3.Cursor:
        done = self._sql.execute(asked)
        if "PASSIVE" in asked:
            self._comes()
        return done

    def close(self) -> None:
        self._sql.close()


@pytest.mark.parametrize("is_long", [False, True])
def test_a_guest_who_comes_while_the_log_is_emptied_is_on_record(
    is_long: bool,  # noqa: FBT001 - one of two cases
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ledger_sync, "_LOG_BYTES", 1)
    if is_long:
        monkeypatch.setattr(ledger_sync, "_LONGEST_LOG_BYTES", 1)
    path = tmp_path / "ledger.sqlite"
    log = path.with_name(f"{path.name}-wal")
    ledger = ledger_at(path)
    enter(ledger, use("a"))
    opened = ledger.beside._opened  # noqa: SLF001 - the step has no other place to stand in
    between: Any = _Between(opened.checkpoints, comes=lambda: enter(ledger, use("b")))
    ledger.beside._opened = opened._replace(checkpoints=between)  # noqa: SLF001
    ledger.beside.turn()
    # Emptied at another turn, but where it would fill the disk.
    assert (log.stat().st_size == 0) is is_long
    ledger.beside._opened = opened  # noqa: SLF001
    ledger.beside.turn()
    assert log.stat().st_size == 0
    assert [enter(ledger, use(one)).granted for one in "abc"] == [False, False, True]
    ledger.close()


def test_a_log_that_somebody_reads_is_emptied_later_and_nobody_waits(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    ledger = ledger_at(path)
    event = use()
    enter(ledger, event)
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM ticket").fetchone()
    ledger.drop_ended(event.ends)
    ledger.beside.turn()
    log = path.with_name(f"{path.name}-wal")
    assert log.stat().st_size > 0
    assert enter(ledger, use("b")).granted
    reader.execute("COMMIT")
    reader.close()
    ledger.beside.turn()
    assert log.stat().st_size == 0
    assert ledger.trouble == ""
    ledger.close()


def test_a_claim_waits_for_another_thread_no_longer_than_for_a_process(tmp_path: Path) -> None:
    ledger = ledger_at(tmp_path / "ledger.sqlite")
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with ledger._mutex:  # noqa: SLF001 - as a drop holds it
            held.set()
            done.wait(_BOUND_S)

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(_BOUND_S)
    with pytest.raises(OSError, match="busy; try again"):
        enter(ledger, use())
    done.set()
    thread.join(_BOUND_S)
    assert enter(ledger, use()).granted
    ledger.close()

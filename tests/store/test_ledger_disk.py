"""Cards that are slow, full, dying or read-only: nobody waits, and nothing is granted unwritten."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from scanner.store import ledger_sync
from scanner.store.ledger import Ledger
from tests.store.ledger_setting import KEY, enter, ledger_at, open_below, use, used

if TYPE_CHECKING:
    from tests.store.conftest import Child

_BOUND_S: Final = 20
_BEGIN: Final = """
import os, subprocess
from pathlib import Path
from tests.store.ledger_setting import enter, ledger_at, leave, use
path = Path(sys.argv[1])
def claim(serial):
    try:
        print(serial, enter(ledger, use(serial)).granted)
    except OSError as error:
        print(serial, error.strerror)
def mount(*options):
    subprocess.run(["mount", *options, path.parent], check=True, timeout=10)
"""


class SlowCard:
    """A card on which a sync ends only when it is let."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.may_end = threading.Event()

    def sync(self, fd: int) -> None:
        assert os.fstat(fd)
        self.begun.release()
        assert self.may_end.wait(_BOUND_S)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def card(path: Path) -> Iterator[SlowCard]:
    """A card that is slow from when the ledger is there."""
    ledger_at(path).close()
    slow = SlowCard()
    yield slow
    slow.may_end.set()


def _awaited(said: Callable[[], bool]) -> bool:
    """Wait until a thread has done its part."""
    pause = threading.Event()
    return any(said() or pause.wait(0.01) for _ in range(_BOUND_S * 100))


# --- slow --------------------------------------------------------------------------------


def test_guests_do_not_wait_for_a_card_that_does_not_end_a_sync(
    path: Path, card: SlowCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger(path, key=KEY)
    assert ledger.trouble == ""
    monkeypatch.setattr(os, "fdatasync", card.sync)
    assert enter(ledger, use("first")).granted
    assert card.begun.acquire(timeout=_BOUND_S)
    # The sync is under way until it may end, which is after these.
    assert all(enter(ledger, use(str(number))).granted for number in range(600))
    assert not enter(ledger, use("599")).granted
    monkeypatch.setattr(ledger_sync, "WINDOW_S", 0.0)
    assert ledger.trouble == f"{path}: the disk takes more than 0 s to keep a ticket"
    monkeypatch.setattr(ledger_sync, "WINDOW_S", 1.0)
    card.may_end.set()
    assert _awaited(lambda: path.with_name(f"{path.name}-wal").stat().st_size == 0)
    assert ledger.trouble == ""
    ledger.close()
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_door_ends_before_a_card_that_does_not(
    path: Path, card: SlowCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_sync, "_PATIENCE_S", 0.01)
    ledger = Ledger(path, key=KEY)
    monkeypatch.setattr(os, "fdatasync", card.sync)
    assert enter(ledger, use()).granted
    assert card.begun.acquire(timeout=_BOUND_S)
    ledger.close()
    log = path.with_name(f"{path.name}-wal")
    assert log.stat().st_size > 0
    card.may_end.set()
    assert _awaited(lambda: not log.exists())
    monkeypatch.undo()
    assert used(path, serials=["own:12:345"]) == ["own:12:345"]


def test_claims_are_synced_and_old_events_dropped_without_being_asked(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_sync, "_REST_S", 0.0)
    ledger = Ledger(path, key=KEY)
    log = path.with_name(f"{path.name}-wal")
    asked = use()
    assert enter(ledger, asked).granted
    ledger.drop_ended(asked.ends)
    assert _awaited(lambda: log.stat().st_size == 0)
    ledger.close()


def test_claiming_syncs_nothing_not_even_after_the_log_was_emptied(
    strace: str, child: "Child", path: Path
) -> None:
    calls = path.with_name("calls")
    ledger_at(path).close()
    code = """
os.chdir("/")
claim("a")
os.chdir("/")
ledger.beside._empties = True
ledger.beside.turn()
os.chdir("/")
claim("b")
claim("b")
leave(ledger, use("b"))
os.chdir("/")
sys.stdout.flush()
os._exit(0)
"""
    watch = (strace, "-f", "-e", "trace=fsync,fdatasync,sync,chdir,pwrite64", "-o", str(calls))
    ended = child(_BEGIN + "ledger = ledger_at(path)\n" + code, path, under=watch)
    assert ended.stdout == "a True\nb True\nb False\n"
    names = [line.split()[1].partition("(")[0] for line in calls.read_text().splitlines()[:-1]]
    parts = " ".join(names).split("chdir")
    assert len(parts) == 5
    _, first, beside, second, _ = (set(part.split()) for part in parts)
    assert first == second == {"pwrite64"}
    assert beside >= {"fdatasync"}


# --- dying -------------------------------------------------------------------------------


def test_a_card_that_could_not_sync_is_not_relied_on_until_the_ledger_is_opened_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = ledger_at(path)
    assert enter(ledger, use("a")).granted

    def dying(_fd: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", dying)
    ledger.beside.turn()
    failed = f"{path}: the disk failed; check the card, then restart the door"
    assert ledger.trouble == failed
    monkeypatch.undo()
    # The kernel says once that a sync failed, and the next one succeeds.
    ledger.beside.turn()
    with pytest.raises(OSError, match=failed):
        enter(ledger, use("b"))
    ledger.close()
    assert path.with_name(f"{path.name}-wal").stat().st_size > 0
    assert used(path, serials=["a", "b"]) == ["a"]


def test_what_sqlite_cannot_do_beside_the_loop_is_told_and_not_relied_on(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_sync, "_LOG_BYTES", 1)
    ledger = ledger_at(path)
    assert enter(ledger, use("a")).granted
    ledger.beside._opened.checkpoints.close()  # noqa: SLF001 - as good as a failure
    ledger.beside.turn()
    assert ledger.trouble == f"{path}: the disk failed; check the card, then restart the door"
    with pytest.raises(OSError, match="the disk failed"):
        enter(ledger, use("b"))
    ledger.close()
    assert used(path, serials=["a", "b"]) == ["a"]


def test_a_card_that_cannot_sync_at_the_start_is_an_error_that_leaves_nothing_open(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger_at(path).close()

    def dying(_fd: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", dying)
    for _ in range(3):
        with pytest.raises(OSError, match="Input/output error"):
            ledger_at(path)
    assert open_below(path.parent) == []


def test_a_card_that_fails_while_the_log_is_emptied_is_not_relied_on(
    strace: str, child: "Child", path: Path
) -> None:
    ledger_at(path).close()
    code = """
ledger = ledger_at(path)
claim("a")
ledger.beside._empties = True
ledger.beside.turn()
print(ledger.trouble.removeprefix(str(path)))
claim("b")
sys.stdout.flush()
os._exit(0)
"""
    # SQLite's own, of the log before it is moved; the others are the ledger's.
    inject = ("-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=3+")
    watch = (strace, "-f", "-o", str(path.with_name("calls")), *inject)
    failed = "the disk failed; check the card, then restart the door"
    assert child(_BEGIN + code, path, under=watch).stdout.splitlines() == [
        "a True",
        f": {failed}",
        f"b {path}: {failed}",
    ]
    assert used(path, serials=["a", "b"]) == ["a"]


# --- full, and read-only ------------------------------------------------------------------


@pytest.fixture
def disk(child: "Child", tmp_path: Path) -> Callable[[str], list[str]]:
    """Run code whose ledger lies on a disk of its own, and return what it said."""
    under = ("unshare", "-rm")
    if child("", under=under).returncode:
        pytest.skip("namespaces may not be made here (remedy: run as root)")
    (tmp_path / "disk").mkdir()

    def run(code: str) -> list[str]:
        ended = child(_BEGIN + code, tmp_path / "disk" / "ledger.sqlite", under=under)
        assert ended.stderr == ""
        return ended.stdout.splitlines()

    return run


def test_on_a_full_disk_nothing_is_granted_that_is_not_on_record(
    disk: Callable[[str], list[str]],
) -> None:
    said = disk("""
mount("-t", "tmpfs", "-o", "size=200k", "none")
ledger = ledger_at(path)
for number in range(40):
    claim(f"t{number}")
ledger.beside.turn()
ledger.beside._empties = True
ledger.beside.turn()
print("full:", ledger.trouble.removeprefix(str(path)))
mount("-o", "remount,size=1m")
ledger.beside.turn()
print("room:", ledger.trouble)
for number in range(40):
    claim(f"t{number}")
ledger.close()
""")
    first, second = said[:40], said[42:]
    granted = sum(line.endswith("True") for line in first)
    assert 5 < granted < 35
    assert {line.partition(" ")[2] for line in first[granted:]} == {"no space left; free some"}
    assert [line.endswith("False") for line in second] == [number < granted for number in range(40)]
    assert said[41] == "room: "


def test_a_disk_without_room_for_a_ledger_is_an_error_that_says_so(
    disk: Callable[[str], list[str]],
) -> None:
    said = disk("""
for size in range(4, 84, 8):
    mount("-t", "tmpfs", "-o", f"size={size}k", "none")
    try:
        ledger = ledger_at(path)
    except OSError as error:
        print(error.strerror)
    else:
        claim("a")
        ledger.close()
    # Refused where anything is still open.
    subprocess.run(["umount", path.parent], check=True, timeout=10)
""")
    assert {line.lower().partition(" left")[0] for line in said} == {
        "no space",
        "a no space",
        "a true",
    }
    assert said[-1] == "a True"


def test_a_disk_that_turned_read_only_grants_nothing(disk: Callable[[str], list[str]]) -> None:
    said = disk("""
mount("-t", "tmpfs", "-o", "size=1m", "none")
ledger = ledger_at(path)
claim("a")
ledger.close()
mount("-o", "remount,ro")
try:
    ledger = ledger_at(path)
except OSError as error:
    print(error.strerror)
mount("-o", "remount,rw")
ledger = ledger_at(path)
claim("a")
""")
    assert said[0] == "a True"
    assert "check the disk, and its owner" in said[1]
    assert said[2] == "a False"

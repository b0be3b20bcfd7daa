"""Power cuts while tickets are used: what was synced is on record, and the ledger is whole."""

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from scanner.terms import InputError
from tests.store.disks import put
from tests.store.ledger_power import PowerCuts, Record, recorded
from tests.store.ledger_setting import enter, ledger_at, use, used

# Long, and what it goes through is measured by the tests of the room.
pytestmark = pytest.mark.no_cover

if TYPE_CHECKING:
    from tests.store.crashmodel import Tree

_BEGIN: Final = """
from pathlib import Path
from tests.store.ledger_setting import ENDS, enter, ledger_at, use
folder = Path(sys.argv[1])
def claim(ledger, *serials):
    for serial in serials:
        assert enter(ledger, use(serial)).granted
        (folder / f"granted {serial}").touch()
def empty(ledger):
    ledger.beside._empties = True
    ledger.beside.turn()
"""

_AROUND: Final = """
class Around:
    "Stands before the connection that empties the log: somebody claims behind its first step."
    def __init__(self, sql, then):
        self.sql, self.then = sql, then
    def execute(self, asked):
        done = self.sql.execute(asked)
        if "PASSIVE" in asked:
            self.then()
        return done
    def close(self):
        self.sql.close()
"""

EVENINGS: Final[dict[str, str]] = {
    "two claims, a sync, two claims": """
ledger = ledger_at(folder / "ledger.sqlite")
claim(ledger, "c", "d")
ledger.beside.turn()
claim(ledger, "e", "f")
""",
    "the log is emptied, and claims begin it anew": """
ledger = ledger_at(folder / "ledger.sqlite")
claim(ledger, "c", "d")
empty(ledger)
claim(ledger, "e", "f")
""",
    "closed, and opened again": """
ledger = ledger_at(folder / "ledger.sqlite")
claim(ledger, "c")
ledger.close()
ledger = ledger_at(folder / "ledger.sqlite")
claim(ledger, "d", "e")
ledger.beside.turn()
claim(ledger, "f")
""",
    "claims while the log is being emptied": """
ledger = ledger_at(folder / "ledger.sqlite")
claim(ledger, "c")
beside = ledger.beside
around = Around(beside._opened.checkpoints, lambda: claim(ledger, "d"))
beside._opened = beside._opened._replace(checkpoints=around)
empty(ledger)
assert beside._empties
around.then = lambda: None
claim(ledger, "e")
empty(ledger)
assert not beside._empties
claim(ledger, "f")
""",
}
_SERIALS: Final = list("abcdef")


@pytest.fixture
def record(tmp_path: Path, strace: str) -> Record:
    """Record what is done to a folder with a ledger that knows two tickets, all of it synced."""
    folder = tmp_path / "watched"
    folder.mkdir()

    def run(code: str, *, known: str = "ab") -> PowerCuts:
        if known:
            ledger = ledger_at(folder / "ledger.sqlite")
            for serial in known:
                enter(ledger, use(serial))
            ledger.close()
        # Ended as by a power cut, and not by closing what is open.
        code = f"import os\n{_BEGIN}{_AROUND}{code}\nos._exit(0)"
        return recorded(code, folder=folder, log=tmp_path / "calls", strace=strace)

    return run


@pytest.fixture
def reopened() -> Iterator[Callable[["Tree"], Path]]:
    """Put what a power cut left into a folder in memory, where a sync takes no time."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of random name is made there
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:

        def mount(tree: "Tree") -> Path:
            put(tree, Path(name) / "after")
            return Path(name) / "after"

        yield mount


def _seen(tree: "Tree") -> tuple[object, ...]:
    return tuple((name, tree[name]) for name in tree if not name.startswith("granted"))


def _wrong(cuts: PowerCuts, *, reopened: Callable[["Tree"], Path]) -> Iterator[tuple[str, int]]:
    """Yield for each state what is wrong with it, or nothing, and how many tickets it knows."""
    for words, tree in cuts.states(view=_seen):
        moment = int(words.split()[1])
        known = used(reopened(tree) / "ledger.sqlite", serials=_SERIALS)
        kept = [one for one in _SERIALS[2:] if cuts.is_synced(one, before=moment)]
        # In the order in which they were granted, and none but these.
        is_right = known == _SERIALS[: len(known)] and set(known) >= {"a", "b", *kept}
        yield "" if is_right else f"{words}: {known} of {kept}", len(known)


@pytest.mark.long
@pytest.mark.parametrize("evening", EVENINGS)
def test_after_a_power_cut_the_ledger_is_whole_and_knows_what_was_synced(
    evening: str, record: Record, reopened: Callable[["Tree"], Path]
) -> None:
    cuts = record(EVENINGS[evening])
    looked = list(_wrong(cuts, reopened=reopened))
    assert [wrong for wrong, _ in looked if wrong] == []
    assert {known for _, known in looked} == {2, 3, 4, 5, 6}
    assert len(looked) > 100


@pytest.mark.long
def test_a_new_ledger_is_whole_or_not_there_and_knows_what_was_synced(
    record: Record, reopened: Callable[["Tree"], Path]
) -> None:
    cuts = record(EVENINGS["two claims, a sync, two claims"], known="")
    found = set()
    for words, tree in cuts.states(view=_seen):
        path = reopened(tree) / "ledger.sqlite"
        is_there = path.exists()
        known = used(path, serials=list("cdef"))
        synced = [one for one in "cdef" if cuts.is_synced(one, before=int(words.split()[1]))]
        assert known == list("cdef")[: len(known)], words
        assert set(known) >= set(synced), words
        found.add((is_there, len(known)))
    assert found == {(False, 0), (True, 0), (True, 1), (True, 2), (True, 3), (True, 4)}


MISTAKES: Final[dict[str, str]] = {
    "the log is begun anew without a cut": """
ledger = ledger_at(folder / "ledger.sqlite")
claim(ledger, "c", "d")
ledger.beside._opened.checkpoints.execute("PRAGMA wal_checkpoint(PASSIVE)")
claim(ledger, "e", "f")
""",
    "the log is moved into the database by a connection that does not sync": """
ledger = ledger_at(folder / "ledger.sqlite")
claim(ledger, "c", "d")
ledger.beside.turn()
ledger._sql.execute("PRAGMA wal_checkpoint(TRUNCATE)")
claim(ledger, "e", "f")
""",
}


@pytest.mark.long
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_found(
    mistake: str, record: Record, reopened: Callable[["Tree"], Path]
) -> None:
    looked = _wrong(record(MISTAKES[mistake]), reopened=reopened)
    # What cannot be opened at all is as wrong as what was forgotten.
    with contextlib.suppress(InputError):
        assert any(wrong for wrong, _ in looked)

"""A feed accepted, a root pinned, a mark written: cut short anywhere, it is the old or the new."""

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from scanner.door.timekeeper import MARK as MARK_FILE
from scanner.door.timekeeper import read_mark
from scanner.gate.timekeeping import Mark, Source
from scanner.store.places import Places
from scanner.store.shelf import Shelf
from scanner.sync.accept.acceptance import accept
from scanner.sync.accept.held import described, held_at
from scanner.sync.accept.outcome import Outcome, Result
from scanner.sync.accept.recheck import recheck
from scanner.sync.accept.tables import held_list
from scanner.sync.pin import root_in
from scanner.terms import Moment
from tests.store.faults import Fault, struck
from tests.sync.house import NOON, QUARTER, House, some_ids

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

if TYPE_CHECKING:
    from collections.abc import Hashable

    from tests.store.crashmodel import Recording, Tree

    Record = Callable[[str], Recording]

IDS: Final = some_ids(400, seed=11)
LATER: Final = Moment(NOON + QUARTER, trusted=True)

ACCEPT: Final = """
from datetime import datetime
from pathlib import Path
from scanner.store.places import Places
from scanner.terms import Moment
from scanner.sync.accept.acceptance import accept
now = Moment(datetime.fromisoformat(sys.argv[2]), trusted=True)
outcome = accept(Places.at(Path(sys.argv[1])), now=now)
assert outcome.result.value == "accepted", outcome
"""


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A door that believes one feed, and is offered the next."""
    house = House(tmp_path_factory.mktemp("house"))
    house.release(revoke=IDS[:300], lines=["kid:2Rk3X8HntrI="])
    assert house.bring().result is Result.ACCEPTED
    house.now += QUARTER
    house.release(revoke=IDS[300:350], reinstate=IDS[:5], lines=["kid:AAAAAAAAAAA="])
    house.deliver()
    return house.door


def _believed(state: Path) -> int:
    """Say which feed is in force, as a door reads it; it must be whole, and all of one piece."""
    places = Places.at(state)
    outcome = recheck(places, now=LATER)
    assert outcome.cause is None, outcome.detail
    current = Shelf(state).current()
    generation = outcome.generation
    assert current is not None
    assert generation is not None
    with ExitStack() as stack:
        held = held_list(generation.lists["main"], folder=current, stack=stack)
        listed = set(held.table)
        assert not held.overlay.adds
    shift = 64 - held.table.width
    which = 1 if generation.issued == NOON else 2
    expected = IDS[:300] if which == 1 else IDS[5:350]
    assert {one >> shift for one in listed} == {one >> shift for one in expected}
    assert (current / "revoked/typed.txt").read_bytes().count(b"kid:") == which
    return which


def _goes_on(state: Path) -> None:
    """The offer is still there: whatever was cut short is done now."""
    again = accept(Places.at(state), now=LATER)
    assert again.cause is None, again.detail
    assert _believed(state) == 2


def _seen(tree: "Tree") -> "Hashable":
    hidden = ("generations/.new", "courier", "run")
    return tuple((name, tree[name]) for name in tree if not name.startswith(hidden))


def test_a_feed_is_believed_or_not_after_any_power_cut(
    door: Path, record: "Record", watched: Path, reopened: Callable[["Tree"], Path]
) -> None:
    shutil.copytree(door, watched, symlinks=True, dirs_exist_ok=True)
    code = ACCEPT.replace("sys.argv[2]", repr(LATER.wall.isoformat()))
    found = []
    for words, tree in record(code).states(view=_seen):
        state = reopened(tree)
        number = _believed(state)
        assert number in {1, 2}, words
        found.append(number)
        if len(found) % 20 == 0:
            _goes_on(state)
    assert set(found) == {1, 2}


@pytest.fixture
def copied(door: Path, tmp_path: Path) -> Callable[[], Path]:
    """The door as it was, each time."""

    def copy() -> Path:
        shutil.rmtree(tmp_path / "door", ignore_errors=True)
        shutil.copytree(door, tmp_path / "door", symlinks=True)
        return tmp_path / "door"

    return copy


def _told(outcome: Outcome) -> str:
    return f"{outcome.result.value} {outcome.cause and outcome.cause.value}"


def _steps(copied: Callable[[], Path]) -> int:
    """Return how many steps there are, once what is loaded at the first time is loaded."""
    _goes_on(copied())
    state = copied()
    whole = struck(lambda: _told(accept(Places.at(state), now=LATER)))
    assert whole.said == "accepted None"
    return whole.steps


@pytest.mark.long
def test_killed_at_any_step_the_old_feed_is_believed_or_the_new(
    copied: Callable[[], Path],
) -> None:
    steps = _steps(copied)
    assert steps > 40
    found = set()
    for step in range(1, steps + 1):
        state = copied()
        ended = struck(lambda: _told(accept(Places.at(state), now=LATER)), at=step)  # noqa: B023
        assert ended.killed, step
        found.add(_believed(state))
        _goes_on(state)
    assert found == {1, 2}


@pytest.mark.long
def test_a_disk_that_fails_at_any_step_leaves_the_old_feed_or_the_new(
    copied: Callable[[], Path],
) -> None:
    seen = set()
    for step in range(1, _steps(copied) + 1):
        state = copied()
        ended = struck(
            lambda: _told(accept(Places.at(state), now=LATER)),  # noqa: B023
            fault=Fault.NO_DISK,
            at=step,
        )
        number = _believed(state)
        seen.add((ended.said, number))
        _goes_on(state)
    # A file that cannot be read is refused or a failed disk; none of it is ever a new belief
    # that was not told, but for the last sync behind the rename.
    assert seen <= {
        ("accepted None", 2),
        ("failed disk", 1),
        ("failed disk", 2),
        ("refused not_pinned", 1),
    }
    assert {("accepted None", 2), ("failed disk", 1)} <= seen
    assert held_at(Shelf(state).current(), state=state) is not None
    assert described(Shelf(state).older()[0]) is not None


# --- a root, and the clock's mark --------------------------------------------------------

PIN: Final = """
import hashlib
from pathlib import Path
from scanner.sync.pin import Replacing, pin
state = Path(sys.argv[1])
content = (state / "new.json").read_bytes()
digest = hashlib.sha256(content).hexdigest()
pin(state / "new.json", sha256=digest, at=state / "root.json", replacing=Replacing.ALLOWED)
"""
MARK: Final = """
from pathlib import Path
from scanner.door.timekeeper import MARK, Timekeeper
from scanner.gate.timekeeping import Evidence, Source
from scanner.terms import rfc3339
class Machine:
    def look(self):
        return Evidence(rfc3339("2026-12-01T12:00:00Z"), "boot", 60.0, Source.TIMESYNCD)
    def boottime_s(self):
        return 60.0
class Done:
    def join(self, timeout=None):
        pass
def at_once(work):
    work()
    return Done()
keeper = Timekeeper(Path(sys.argv[1]) / MARK, machine=Machine(), run=at_once)
keeper.close()
"""


def test_a_pinned_root_is_the_old_or_the_new_after_any_power_cut(
    record: "Record",
    watched: Path,
    reopened: Callable[["Tree"], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    old, new = (House(tmp_path_factory.mktemp("house")) for _ in range(2))
    shutil.copy(old.places.pinned_root, watched / "root.json")
    shutil.copy(new.places.pinned_root, watched / "new.json")
    found = set()
    for words, tree in record(PIN).states():
        _, pinned = root_in(reopened(tree) / "root.json")
        assert pinned.sha256 in {old.root_sha256, new.root_sha256}, words
        found.add(pinned.sha256)
    assert len(found) == 2


def test_the_clocks_mark_is_the_old_or_the_new_after_any_power_cut(
    record: "Record", watched: Path, reopened: Callable[["Tree"], Path]
) -> None:
    old = Mark(NOON - QUARTER, "before", 5.0, trusted=True, source=Source.PERSON)
    (watched / MARK_FILE).write_bytes(old.to_json())
    found = set()
    for words, tree in record(MARK).states():
        mark, note = read_mark(reopened(tree) / MARK_FILE)
        assert mark is not None, words
        assert not note, words
        found.add(mark.wall)
    assert found == {NOON - QUARTER, NOON}

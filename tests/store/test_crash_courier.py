"""A courier's round cut short anywhere: the next one brings what an unhurt one would have."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.store.places import Places
from scanner.sync import record
from scanner.sync.inbox import Inbox, Offer
from scanner.sync.record import Outcome
from scanner.sync.rounds import hold_round
from tests.store.faults import Fault, struck
from tests.sync.supplier import Feed, contents, new_door, new_feed

# Long, and what it goes through is measured by the tests of the rooms.
pytestmark = pytest.mark.no_cover

WELL = {Outcome.NEWS, Outcome.NO_NEWS}
EVERY = 5
"""A round has 300 steps, and what is done at one of them is done at its neighbours too."""


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Feed:
    """A feed as it is a day after its first release."""
    folder = tmp_path_factory.mktemp("feed")
    first = new_feed(folder / "feed")
    first.revoke(range(1000, 3000))
    first.copy(folder / "before")
    first.revoke([1, 2, 3])
    return first


def _round(places: Places, feed: Path) -> str:
    return hold_round(str(feed), places=places, draw=lambda: 0.5).outcome.value


def _is_whole(places: Places, *, whole: dict[str, bytes]) -> bool:
    """Say whether all that is needed lies there; an older part or two may lie beside it."""
    Offer.parse(Inbox(places.inbox).offer.read_bytes())
    return whole.items() <= contents(places.inbox).items()


@pytest.fixture(params=["first", "second"])
def copied(request: pytest.FixtureRequest, feed: Feed, tmp_path: Path) -> Callable[[], Places]:
    """A door before its first round, or one that has had it and is brought news."""
    kept = new_door(tmp_path / "kept", feed=feed)
    if request.param == "second":
        before = feed.folder.with_name("before") / "repo/public"
        stick = tmp_path / "stick"
        shutil.copytree(before, stick)
        assert _round(kept, stick) == "news"

    def copy() -> Places:
        shutil.rmtree(tmp_path / "door", ignore_errors=True)
        shutil.copytree(kept.state, tmp_path / "door", symlinks=True)
        return Places.at(tmp_path / "door")

    return copy


@pytest.mark.parametrize("fault", [Fault.KILL, Fault.NO_DISK, Fault.NO_ROOM], ids=lambda f: f.value)
def test_whatever_cuts_a_round_short_the_next_one_is_whole(
    fault: Fault, copied: Callable[[], Places], feed: Feed
) -> None:
    places = copied()
    _round(places, feed.public)
    whole = contents(places.inbox)
    # It names the moment at which it was fetched.
    del whole["offer.json"]
    places = copied()
    steps = struck(lambda: _round(places, feed.public)).steps
    assert steps > 100
    for step in (*range(1, steps + 1, EVERY), steps):
        places = copied()
        before = Inbox(places.inbox).offer.exists()
        ended = struck(lambda: _round(places, feed.public), fault=fault, at=step)  # noqa: B023
        assert ended.killed == (fault is Fault.KILL), step
        if not before and Inbox(places.inbox).offer.exists():
            # An offer is laid down last: what it speaks of is there.
            assert _is_whole(places, whole=whole), step
        held = hold_round(str(feed.public), places=places, draw=lambda: 0.5)
        assert held.outcome in WELL, (step, held)
        assert _is_whole(places, whole=whole), step
        assert record.read(places) is not None
